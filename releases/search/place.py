"""Where the index lies, who may write it, and how it is opened once for thousands of searches.

`index/current` names the folder in use; a rebuild makes another beside it and swaps the name, so that
those who search are never without. Writing needs the lock; whoever does not get it searches what is there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import tantivy

from archive.ids import uuid7
from releases.search.schema import ANALYZER, VERSION, analyzer, schema

HEAP = 96 * 1024**2
"""Bytes the writer may gather before it writes a segment."""
_MOST_KEPT = 128
"""Answers of an index that are kept: the hits of a search are some hundred kilobytes."""
_MOST_OPEN = 8

T = TypeVar("T")


@dataclass(slots=True)
class Opened:
    """An index as it was at its last commit."""

    name: str
    index: Any
    searcher: Any
    stamp: tuple[int, int, int]
    """Of its meta.json: another one is another commit."""
    _answers: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, key: Any, find: Callable[[], T]) -> T:
        """What `find` gives, kept for as long as this commit is the newest."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                found: T = self._answers[key]
                return found
        found = find()
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > _MOST_KEPT:
                self._answers.popitem(last=False)
        return found


_open: OrderedDict[str, Opened] = OrderedDict()
_opening = threading.Lock()


@contextmanager
def lock(root: Path) -> Iterator[bool]:
    """Whether we may write to the index below `root`; never waits."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def opened(root: Path) -> Opened | None:
    """The index in use as of its newest commit; None when there is none, or none of this version, or it cannot be
    opened. Cheap: a process opens it once, and again when it has changed.
    """
    with _opening:
        try:
            name = (root / "current").read_text("ascii").strip()
            if not name.startswith(f"v{VERSION}-"):
                return None
            found = (root / name / "meta.json").stat()
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
            kept = _open.get(str(root))
            if kept is None or kept.name != name or kept.stamp != stamp:
                index = _prepared(tantivy.Index.open(str(root / name)))
                kept = _open[str(root)] = Opened(name, index, index.searcher(), stamp)
                while len(_open) > _MOST_OPEN:
                    _open.popitem(last=False)
        except (OSError, ValueError):
            _open.pop(str(root), None)
            return None
        _open.move_to_end(str(root))
        return kept


def current(root: Path) -> Any | None:
    """The index in use, `opened`."""
    found = opened(root)
    return found.index if found is not None else None


def fresh(root: Path) -> tuple[str, Any]:
    """A new, empty index beside the one in use, and its name. Needs the lock."""
    name = f"v{VERSION}-{uuid7()}"
    path = root / name
    path.mkdir()
    return name, _prepared(tantivy.Index(schema(), path=str(path)))


def use(root: Path, name: str) -> None:
    """Make the index `name` the one in use and remove all others. Needs the lock."""
    draft = root / "current.part"
    draft.write_text(name, "ascii")
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(root / "current")
    for path in root.iterdir():
        if path.is_dir() and path.name != name:
            # Who still searches there keeps the files it has open.
            shutil.rmtree(path, ignore_errors=True)


def _prepared(index: Any) -> Any:
    index.register_tokenizer(ANALYZER, analyzer())
    return index
