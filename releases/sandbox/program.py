"""Runs one program of somebody else's over bytes of somebody else's: bounded, alone, and without our secrets.

The program gets a folder of its own to work in, an empty environment, limits on memory, processor time,
clock, and on what it writes, and no network where the system lets us take it away. It is ended with all its children.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MOST_OUTPUT = 64 * 1024**2
"""Bytes of standard output that are kept."""
_TAIL = 2000
_START = Path(__file__).with_name("start.py")


class ProgramFailed(Exception):
    """It ended with an error, or was ended. `why` is one of `releases.text.outcome.Trouble`'s words:
    `damaged` (it says so itself), `too slow`, `too much memory`, `crashed`.
    """

    def __init__(self, why: str, error: str) -> None:
        super().__init__(error)
        self.why = why
        self.error = error


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one run may take."""

    seconds: float
    """On the clock; the same in processor time, per processor used."""
    memory: int = 2 * 1024**3
    """Bytes of address space."""
    written: int = 4 * 1024**3
    """Bytes of any one file it writes."""


def run(command: Sequence[str], folder: Path, allowed: Allowed) -> bytes:
    """Run `command` in `folder`, and return what it printed (at most MOST_OUTPUT bytes).

    Args:
        command: path of the program, then its arguments. Never build one from what a portal said.
        folder: where it works, and may write. Input lies there, or is named by an absolute path.
        allowed: its limits.

    Raises:
        ProgramFailed: a code other than 0, a limit, a signal.
        OSError: `command` cannot be started.
    """
    if not os.access(command[0], os.X_OK):
        raise FileNotFoundError(f"there is no program {command[0]}")
    limits = [str(allowed.memory), str(int(allowed.seconds) + 1), str(allowed.written)]
    with (folder / ".errors").open("wb+") as errors, (folder / ".output").open("wb+") as output:
        process = subprocess.Popen(
            [*_without_network(), sys.executable, "-I", "-S", "-B", str(_START), *limits, *command],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder), "OMP_THREAD_LIMIT": "1"},
        )  # fmt: skip
        try:
            code = process.wait(allowed.seconds)
        except subprocess.TimeoutExpired:
            raise ProgramFailed("too slow", f"it took over {allowed.seconds:g} s") from None
        finally:
            _end(process)
        if code:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL))
            raise _failure(code, errors.read().decode("utf-8", "replace"), allowed)
        output.seek(0)
        return output.read(MOST_OUTPUT)


def without_network() -> bool:
    """Whether programs run here without a network; else only their limits and empty environment hold them."""
    return bool(_without_network())


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failure(code: int, said: str, allowed: Allowed) -> ProgramFailed:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = "".join(char if char.isprintable() else " " for char in lines[-1])[:300] if lines else "it did not say why"
    if code in {-signal.SIGXCPU, 128 + signal.SIGXCPU}:
        return ProgramFailed("too slow", f"it took over {allowed.seconds:g} s of processor time")
    if code in {-signal.SIGXFSZ, 128 + signal.SIGXFSZ}:
        return ProgramFailed("damaged", f"what it writes grows beyond {allowed.written} bytes")
    if any(word in said for word in ("Cannot allocate memory", "bad_alloc", "MemoryError", "out of memory")):
        return ProgramFailed("too much memory", last)
    if code < 0 or code > 128:
        return ProgramFailed("crashed", f"it ended with code {code}: {last}")
    return ProgramFailed("damaged", last)


@cache
def _without_network() -> tuple[str, ...]:
    """Words before a command that give it a network of its own, with nobody on it; none where that is not allowed."""
    unshare = shutil.which("unshare")
    if unshare is None or not sys.platform.startswith("linux"):
        return ()
    for words in ((unshare, "--net"), (unshare, "--user", "--map-current-user", "--net")):
        tried = subprocess.run([*words, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if tried.returncode == 0:
            return (*words, "--")
    return ()
