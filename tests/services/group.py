"""Server processes that never outlive the tests: one group, ended together, its folder removed.

A keeper process holds the servers and reads a pipe from us. When we close it, or die however suddenly,
it ends them and removes their folder.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

DEADLINE = 60.0

_KEEPER = Path(__file__).with_name("keeper.py")


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """A temporary folder. The keeper of a group started in it removes it; else we do."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(
    path: Path,
    commands: Sequence[Sequence[str]],
    *,
    ready: Callable[[], bool],
    ending: str = "TERM",
    user: int | None = None,
) -> Iterator[None]:
    """Run `commands` side by side in `path` until the block ends.

    Raises:
        RuntimeError: not `ready` within a minute; holds the servers' output.
    """
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", _KEEPER, path, ending, "" if user is None else str(user), json.dumps(commands)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        until = time.monotonic() + DEADLINE
        while not ready():
            if keeper.poll() is not None or time.monotonic() > until:
                raise RuntimeError(
                    "the servers did not come up:\n" + (path / "log").read_text(errors="replace")[-4000:]
                )
            time.sleep(0.02)
        yield
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(20)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
