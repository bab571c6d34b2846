"""In which language a portal writes: what it printed is told apart from what we say."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from config.errors import RecordwatchError
from config.portal import read_portal
from web.shell import place

_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


def tongue_of(slug: str) -> str:
    """A tag of BCP 47, or empty: that is what HTML calls an unknown language."""
    path = place.home().portals / f"{slug}.toml"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, RecordwatchError):  # no longer watched, or being edited
        return ""


@lru_cache(maxsize=1024)
def _read(path: Path, changed: int) -> str:
    del changed  # a part of the name: another file is read anew
    first = next(iter(read_portal(path).languages), "")
    return first if _TAG.fullmatch(first) else ""
