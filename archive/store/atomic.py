"""Creating a file whole or not at all, and never over another one."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.ids import uuid7

STALE_SECONDS = 3600
_NOREPLACE = 1
_AT_FDCWD = -100
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EOPNOTSUPP}


@dataclass(frozen=True, slots=True)
class Temporary:
    """A file being written, under a name nobody reads."""

    path: Path
    file: BinaryIO


class Incoming:
    """The folder of temporary files. What a killed process left is removed by the next writer.

    A writer holds a lock on its file, so that a slow copy is never taken for a leftover, on whatever
    machine it runs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cleaned = False

    @contextmanager
    def new(self) -> Iterator[Temporary]:
        """A new temporary file, removed at the end whatever happened. Raises OSError."""
        self.path.mkdir(exist_ok=True)
        if not self._cleaned:
            self.clean()
        path = self.path / f"{uuid7()}.part"
        with path.open("xb") as file:
            try:
                path.chmod(0o600)
                fcntl.flock(file, fcntl.LOCK_EX)
                yield Temporary(path, file)
            finally:
                # After link_new by renaming, the temporary name is gone already.
                with suppress(FileNotFoundError):
                    path.unlink()

    def clean(self) -> int:
        """Remove leftovers that nobody has written to for an hour and nobody has locked."""
        self._cleaned = True
        removed = 0
        for path in self.path.glob("*.part"):
            try:
                if time.time() - path.lstat().st_mtime < STALE_SECONDS:
                    continue
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                    removed += 1
            except (FileNotFoundError, BlockingIOError):
                continue
        return removed


def link_new(source: Path, name: str, folder: int) -> None:
    """Give the file `source` the name `name` in the folder open as `folder`.

    By a hard link; on filesystems without (exFAT, some network shares) by renameat2 with
    RENAME_NOREPLACE; where that is missing too, by look-up and rename under a lock on the folder,
    which only writers of this module respect.

    Raises:
        FileExistsError: the name is taken.
        OSError: whatever else the filesystem says.
    """
    try:
        os.link(source, name, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return
    if _rename_new(source, name, folder):
        return
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        try:
            os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(source, name, dst_dir_fd=folder)
            return
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
    finally:
        fcntl.flock(folder, fcntl.LOCK_UN)


def _rename_new(source: Path, name: str, folder: int) -> bool:
    """Rename without replacing. False where kernel, C library or filesystem can not."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if renameat2(_AT_FDCWD, os.fsencode(source), folder, os.fsencode(name), _NOREPLACE) == 0:
        return True
    code = ctypes.get_errno()
    if code in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}:
        return False
    raise OSError(code, os.strerror(code), name)
