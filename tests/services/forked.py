"""The real command in a process of its own that need not import everything first: it is forked from one that has.

Half a second to one of each process are imports, and the suite starts thousands. What is tested of the imports
themselves, of memory, of a terminal or of the environment starts a fresh interpreter: `python -m cli`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from cli.__main__ import _CARRYING, _NEWSROOM
from tests.services.swift import SECRET_ENV

ROOT = Path(__file__).resolve().parents[2]
_FRESH = [sys.executable, "-W", "error::ResourceWarning", "-m"]
_OWN = frozenset({
    "COLUMNS", "PYTEST_CURRENT_TEST", "RECORDWATCH_FAULT", "RECORDWATCH_HOME", "RECORDWATCH_PATIENCE", "RECORDWATCH_SLEEPLESS", SECRET_ENV,
})  # fmt: skip
"""Read when a verb runs. Whatever else differs may have been read when it was imported."""


def run_verb(
    *words: str,
    environment: Mapping[str, str] | None = None,
    timeout: float = 240,
    folder: Path = ROOT,
    costs: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """`recordwatch WORDS` in `folder`, with `environment` beside ours, and what it said. `costs`: see `measured`.

    Raises:
        subprocess.TimeoutExpired: it took longer, and was killed with all that it had started in its session.
    """
    env = {**_theirs(), **(environment or {})}
    if not _may_fork(words, env):
        what = ["tests.acceptance.measured", str(costs)] if costs else ["cli"]
        return subprocess.run(
            [*_FRESH, *what, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=timeout, check=False
        )
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        running = Running(words, out, err, env=env, folder=folder, costs=costs)
        try:
            code = running.wait(timeout)
        finally:
            running.kill()
        said = [_read(file) for file in (out, err)]
    return subprocess.CompletedProcess(["recordwatch", *words], code, *said)


def run_program(
    module: str, *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE WORDS`, whose `main` is what it runs: where only being a process of its own matters."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = Running(words, out, err, env={**_theirs(), **(environment or {})}, program=module).wait(240)
        said = [_read(file) for file in (out, err)]
    return subprocess.CompletedProcess([module, *words], code, *said)


def ended_within(seconds: float, *words: str) -> bool:
    """Start `recordwatch WORDS` and kill it and all it started after `seconds`, as a power cut would. Whether it had ended."""
    with open(os.devnull, "wb") as nowhere:
        running = Running(words, nowhere, nowhere)
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        running.kill()
        return False
    return True


class Running:
    """A verb that was started, in a session of its own."""

    def __init__(
        self, words: tuple[str, ...], out: IO[bytes], err: IO[bytes], *,
        env: Mapping[str, str] | None = None, folder: Path = ROOT, costs: Path | None = None, program: str = "cli.__main__",
    ) -> None:  # fmt: skip
        self.words = words
        self.returncode: int | None = None
        self._line, theirs = socket.socketpair()
        request = {
            "words": words, "environment": {**(_theirs() if env is None else env)}, "folder": str(folder),
            "costs": str(costs or ""), "program": program,
        }  # fmt: skip
        with theirs, open(os.devnull, "rb") as nothing:
            handles = [file.fileno() for file in (theirs, nothing, out, err)]
            socket.send_fds(_parent(), [json.dumps(request).encode()], handles)
        self.pid = self._number()

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, as `subprocess` says it.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                self.returncode = self._number()
            except TimeoutError:
                raise subprocess.TimeoutExpired(list(self.words), timeout or 0) from None
            self._line.close()
        return self.returncode

    def kill(self) -> None:
        """End it and all that it started, where it has not ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait()

    def _number(self) -> int:
        answer = self._line.recv(4, socket.MSG_WAITALL)
        assert len(answer) == 4, "the process that forks is gone"
        return int.from_bytes(answer, "big", signed=True)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


def _theirs() -> dict[str, str]:
    """Our environment, without the settings that opening a database here put into it: a verb chooses its own."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


def _plain(env: Mapping[str, str]) -> dict[str, str]:
    """What must be as it was when the parent started. These settings it would choose itself."""
    return {
        name: value
        for name, value in env.items()
        if name not in _OWN and (name, value) != ("DJANGO_SETTINGS_MODULE", "config.settings")
    }


def _may_fork(words: tuple[str, ...], env: Mapping[str, str]) -> bool:
    """Whether the newsroom's tables are not needed, and nothing in `env` would change what was imported."""
    if not hasattr(os, "pidfd_open") or words[0] in _NEWSROOM or words[:2] in _CARRYING:
        return False
    _parent()
    return _plain(env) == _known


_known: dict[str, str] = {}


@functools.cache
def _parent() -> socket.socket:
    """The line to the process that forks; it starts when the first verb is run."""
    _known.update(_plain(_theirs()))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen([*_FRESH, "tests.services.forking"], cwd=ROOT, stdin=theirs, env=_known)

    def end() -> None:
        ours.close()
        process.wait(20)

    atexit.register(end)
    return ours
