"""Keeps what is derived fresh while the newsroom is served: the search index, and whatever else pages need quickly.

A process of its own, started by `web.beside`: one for all that answer requests. It may be killed at any time.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from config.errors import RecordwatchError
from config.home import open_home

if TYPE_CHECKING:
    from archive.holdings import Holdings

EVERY = 2.0
"""Seconds between two looks at whether anything has changed."""
WORK = (
    "web.searching.kept",
    "web.figures.kept",
    "web.accounts.kept",
    "web.operate.kept",
    "web.desk.kept",
    "web.records.kept",
    "web.diffs.kept",
)
"""Modules with `keep(holdings) -> None`: does what is to be done now; called every EVERY seconds, cheap when there is
nothing to do.
"""
log = logging.getLogger("recordwatch.keeper")


def main(path: str) -> int:
    """Work until told to stop, or until who started us is gone."""
    stopped, parent = threading.Event(), os.getppid()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    from web.start import configure

    holdings = configure(open_home(path))
    work: list[Callable[[Holdings], None]] = [import_module(name).keep for name in WORK]
    failing: set[str] = set()
    while not stopped.wait(EVERY) and os.getppid() == parent:
        for one in work:
            try:
                one(holdings)
                failing.discard(one.__module__)
            except RecordwatchError as error:
                if one.__module__ not in failing:  # said once, tried on
                    log.warning("%s: %s", one.__module__, error)
                failing.add(one.__module__)
            except Exception:
                if one.__module__ not in failing:
                    log.exception("%s failed", one.__module__)
                failing.add(one.__module__)
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="recordwatch: %(message)s")
    sys.exit(main(sys.argv[1]))
