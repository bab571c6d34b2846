"""What runs beside the served newsroom: `run` every minute, where asked for."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from config.home import Home

EVERY = 60.0
"""Seconds between the beginnings of two runs; one that takes longer delays the next."""


@contextmanager
def beside(home: Home, *, run: bool) -> Iterator[None]:
    """While the block runs, call `recordwatch run` every minute, if `run`; a run that is under way at its end is
    stopped as Ctrl-C would, and goes on next time.
    """
    if not run:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_runs, args=(home, ended), name="runs")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _runs(home: Home, ended: threading.Event) -> None:
    command = [sys.executable, "-m", "cli", "run", "--home", str(home.path)]
    while not ended.is_set():
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
            while process.poll() is None:
                if ended.wait(0.5):
                    process.terminate()
                    process.wait()
        ended.wait(EVERY)
