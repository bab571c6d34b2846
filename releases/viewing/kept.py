"""Pictures of pages on disk, so that a page is drawn once: in the home's `pictures/`, a folder per payload digest.

Derived and bounded: whoever deletes it loses nothing but time. It decides nothing: whoever reads from it has asked first
whether the page may be shown.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from releases.viewing.drawer import ENGINE, Drawn

MOST_BYTES = 1024**3
"""Of all pictures; the ones that were looked at longest ago go first."""
_LEFT = 0.8
"""Of MOST_BYTES that stay when some have to go."""
_LOOK_EVERY = 64
"""Pictures kept between two looks at how many bytes there are."""


class Kept:
    """The pictures in `folder`."""

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most
        self._added = 0

    def get(self, digest: str, page: int) -> Drawn | None:
        """The page as it was drawn by today's engine."""
        path = self._path(digest, page)
        try:
            found = msgspec.msgpack.decode(path.read_bytes(), type=Drawn)
            os.utime(path)
        except (OSError, msgspec.MsgspecError):
            return None
        return found

    def put(self, digest: str, page: int, drawn: Drawn) -> None:
        """Keep it; a full disk keeps nothing, and fails nothing."""
        path = self._path(digest, page)
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.touch(0o600)
            draft.write_bytes(msgspec.msgpack.encode(drawn))
            draft.replace(path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            return
        self._added += 1
        if self._added % _LOOK_EVERY == 1:
            self.shrink()

    def forget(self, digest: str) -> None:
        """Delete what is kept of these bytes: they are shown to nobody any more."""
        shutil.rmtree(self._path(digest, 1).parent, ignore_errors=True)

    def shrink(self) -> None:
        """Delete the oldest where there are too many bytes."""
        found: list[tuple[float, int, Path]] = []
        with suppress(OSError):
            for path in self._folder.glob("*/*"):
                with suppress(OSError):
                    stat = path.stat()
                    found.append((stat.st_mtime, stat.st_size, path))
        left = sum(size for _, size, _ in found)
        if left <= self._most:
            return
        for _, size, path in sorted(found, key=lambda one: one[0]):
            path.unlink(missing_ok=True)
            left -= size
            if left <= _LEFT * self._most:
                return

    def _path(self, digest: str, page: int) -> Path:
        folder = sha256(digest.encode()).hexdigest()[:32]
        return self._folder / folder / sha256(f"{page} {ENGINE}".encode()).hexdigest()[:16]
