"""Where the index lies, and who may write it.

`index/current` names the folder in use; a rebuild makes another beside it and swaps the name, so that
those who search are never without. Writing needs the lock; whoever does not get it searches what is there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from archive.ids import uuid7
from releases.search.schema import ANALYZER, VERSION, analyzer, schema

HEAP = 96 * 1024**2
"""Bytes the writer may gather before it writes a segment."""


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


def current(root: Path) -> Any | None:
    """The index in use; None when there is none, or none of this version, or it cannot be opened."""
    try:
        name = (root / "current").read_text("ascii").strip()
        if not name.startswith(f"v{VERSION}-"):
            return None
        return _prepared(tantivy.Index.open(str(root / name)))
    except (OSError, ValueError):
        return None


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
