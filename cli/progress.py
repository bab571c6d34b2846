"""Progress of one crawl: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PLAIN_SECONDS = 15.0


@contextmanager
def progress_for(title: str, *, off: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A function (stage, done, known) that shows progress on standard error while the block runs."""
    if off:
        yield lambda stage, done, known: None
    elif sys.stderr.isatty():
        with _bar(title) as show:
            yield show
    else:
        yield _plain(title)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=None)

        def show(stage: str, done: int, known: int) -> None:
            bars.update(task, description=f"{title}: {stage}", completed=done, total=known or None)

        yield show


def _plain(title: str) -> Callable[[str, int, int], None]:
    last = time.monotonic()

    def show(stage: str, done: int, known: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PLAIN_SECONDS:
            last = time.monotonic()
            sys.stderr.write(f"{title}: {stage} {done} of {known}\n")

    return show
