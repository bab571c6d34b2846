"""A folder as a store: the default, which needs nothing.

An object is written under a temporary name, fsynced, made read-only and then linked to its key, which
fails when the key is taken: a reader sees a whole object or none, and nothing is ever overwritten.
Every path is walked directory by directory without following symbolic links, so that no key and no
link planted in the folder leads out of it.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat as modes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from archive.store.atomic import Incoming, link_new
from archive.store.base import ObjectExists, ObjectMissing, ObjectStat, StoreFull, StoreRefused, StoreUnavailable
from archive.store.keys import segments
from archive.store.span import Span
from config.faults import fault

_CHUNK = 1 << 20
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_INSIDE = _DIRECTORY | os.O_NOFOLLOW
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}


class FolderStore:
    """Keeps the duties of `archive.store.base` in the folder `path`, which is made when missing.

    Objects are read-only files (0444). A store's folder must be one filesystem. `stat` and `list`
    leave `sha256` empty: a folder keeps no digests, `verify --full` reads the bytes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self._incoming = Incoming(path / ".incoming")

    def put_file(self, key: str, path: Path, *, sha256: str) -> ObjectStat:
        """Keep the file `path` as `key`; the file itself stays where it is, the caller deletes it.

        On one filesystem the object is a second hard link to the file, made read-only: 4 GB are read
        once to check the digest and not copied. The caller must not write to the file any more.

        Raises:
            ObjectExists, StoreFull, StoreRefused (among others: the bytes do not have this digest),
            StoreUnavailable. OSError when `path` itself can not be read.
        """
        parts = segments(key, self.name)
        with path.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            with self._errors(key), self._parent(parts, make=True) as folder:
                if self._held(folder, key, parts[-1], sha256):
                    return ObjectStat(key, size, sha256)
                fault("store.part")
                if not self._link(source, path, folder, key, parts[-1], sha256):
                    self._copy(source, folder, key, parts[-1], sha256)
                return self._check(folder, key, parts[-1], size, sha256)

    def put_bytes(self, key: str, data: bytes) -> ObjectStat:
        """Keep `data` as `key`. Raises like `put_file`."""
        parts = segments(key, self.name)
        sha256 = hashlib.sha256(data).hexdigest()
        with self._errors(key), self._parent(parts, make=True) as folder:
            if self._held(folder, key, parts[-1], sha256):
                return ObjectStat(key, len(data), sha256)
            fault("store.part")
            self._copy(io.BytesIO(data), folder, key, parts[-1], sha256)
            return self._check(folder, key, parts[-1], len(data), sha256)

    @contextmanager
    def open(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[BinaryIO]:
        """A stream over `length` bytes from `offset`; empty past the end.

        Raises:
            ObjectMissing, StoreRefused, StoreUnavailable (also from the stream's reads).
        """
        if offset < 0 or (length is not None and length < 0):
            raise ValueError(f"offset {offset} and length {length} must not be negative")
        with self._opened(key) as file:
            file.seek(offset)
            left = None if length is None else length
            with io.BufferedReader(Span(file, left, lambda: self._errors(key))) as stream:
                yield cast("BinaryIO", stream)

    def stat(self, key: str) -> ObjectStat:
        """Size of `key`. Raises ObjectMissing, StoreRefused, StoreUnavailable."""
        with self._opened(key) as file:
            return ObjectStat(key, os.fstat(file.fileno()).st_size, "")

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """Every object whose key starts with `prefix`, in bytewise key order.

        Temporary files, symbolic links and whatever else is no plain file are left out.
        """
        with self._errors(prefix):
            try:
                root = os.open(self.path, _DIRECTORY)
            except FileNotFoundError:
                return
        try:
            yield from self._walk(root, "", prefix)
        finally:
            os.close(root)

    def _walk(self, folder: int, base: str, prefix: str) -> Iterator[ObjectStat]:
        with self._errors(base or prefix), os.scandir(folder) as found:
            entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
        # A folder sorts as its name with a slash, so that `a-b` comes before `a/b` as in a bucket.
        entries.sort(key=lambda item: os.fsencode(item[0] + "/" * item[1]))
        for name, is_folder in entries:
            key = base + name + "/" * is_folder
            if name.startswith(".") or not (key.startswith(prefix) or (is_folder and prefix.startswith(key))):
                continue
            if is_folder:
                with self._errors(key):
                    inner = os.open(name, _INSIDE, dir_fd=folder)
                try:
                    yield from self._walk(inner, key, prefix)
                finally:
                    os.close(inner)
                continue
            with self._errors(key):
                try:
                    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                except FileNotFoundError:
                    continue
            if modes.S_ISREG(status.st_mode):
                yield ObjectStat(key, status.st_size, "")

    def _link(self, source: BufferedReader, path: Path, folder: int, key: str, name: str, sha256: str) -> bool:
        """Seal by a second link to the spool's file. False when this filesystem needs a copy."""
        status = os.fstat(source.fileno())
        if status.st_dev != os.fstat(folder).st_dev or status.st_nlink > 1:
            return False
        self._digest(source, key, sha256)
        os.fsync(source.fileno())
        os.fchmod(source.fileno(), 0o444)
        try:
            os.link(path, name, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            self._taken(folder, key, sha256)
            return True
        except OSError as error:
            if error.errno in {errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS}:
                return False
            raise
        if not os.path.samestat(status, os.stat(name, dir_fd=folder, follow_symlinks=False)):
            os.unlink(name, dir_fd=folder)
            raise StoreRefused("the spool's file was replaced while it was being sealed", where=self._where(key))
        return True

    def _copy(self, source: BinaryIO, folder: int, key: str, name: str, sha256: str) -> None:
        source.seek(0)
        with self._incoming.new() as temporary:
            digest = hashlib.sha256()
            while piece := source.read(_CHUNK):
                digest.update(piece)
                temporary.file.write(piece)
            self._compare(digest.hexdigest(), key, sha256)
            temporary.file.flush()
            os.fchmod(temporary.file.fileno(), 0o444)
            os.fsync(temporary.file.fileno())
            try:
                link_new(temporary.path, name, folder)
            except FileExistsError:
                self._taken(folder, key, sha256)

    def _check(self, folder: int, key: str, name: str, size: int, sha256: str) -> ObjectStat:
        os.fsync(folder)
        fault("store.put")
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not modes.S_ISREG(status.st_mode) or status.st_size != size:
            raise StoreUnavailable(f"the object has {status.st_size} bytes, not {size}", where=self._where(key))
        fault("store.verified")
        return ObjectStat(key, size, sha256)

    def _held(self, folder: int, key: str, name: str, sha256: str) -> bool:
        """Whether the key holds these bytes already. Raises ObjectExists when it holds others."""
        try:
            os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        self._taken(folder, key, sha256)
        return True

    def _taken(self, folder: int, key: str, sha256: str) -> None:
        try:
            with self._opened(key) as file:
                same = hashlib.file_digest(cast("io.BytesIO", file), "sha256").hexdigest() == sha256
        except ObjectMissing:
            same = False  # a folder or a device stands there
        if not same:
            raise ObjectExists(
                "this key holds other content",
                where=self._where(key),
                todo="sealed objects are never overwritten; `recordwatch verify` says which is the right one",
            )
        # Whoever wrote it may have died before the directory was on disk.
        os.fsync(folder)

    def _digest(self, source: BufferedReader, key: str, sha256: str) -> None:
        self._compare(hashlib.file_digest(source, "sha256").hexdigest(), key, sha256)

    def _compare(self, found: str, key: str, sha256: str) -> None:
        if found != sha256:
            raise StoreRefused(
                f"the bytes to store have SHA-256 {found}, not {sha256}",
                where=self._where(key),
                todo="the spool's file changed after it was sealed: check the disk",
            )

    @contextmanager
    def _opened(self, key: str) -> Iterator[BinaryIO]:
        parts = segments(key, self.name)
        with self._errors(key):
            try:
                with self._parent(parts, make=False) as folder:
                    descriptor = os.open(
                        parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder
                    )
            except (FileNotFoundError, NotADirectoryError):
                raise self._missing(key) from None
        if not modes.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise self._missing(key)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            yield cast("BinaryIO", file)

    @contextmanager
    def _parent(self, parts: Sequence[str], *, make: bool) -> Iterator[int]:
        """A descriptor of the folder that holds the object, reached without symbolic links."""
        if make and not self.path.is_dir():
            self.path.mkdir(parents=True, exist_ok=True)
            _sync(self.path.parent)
        folder = os.open(self.path, _DIRECTORY)
        try:
            for part in parts[:-1]:
                try:
                    inner = os.open(part, _INSIDE, dir_fd=folder)
                except FileNotFoundError:
                    if not make:
                        raise
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=folder)
                    os.fsync(folder)
                    inner = os.open(part, _INSIDE, dir_fd=folder)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = self._where(key)
            reason = os.strerror(error.errno) if error.errno else str(error)
            if error.errno in _FULL:
                raise StoreFull(
                    f"the store is full: {reason}", where=where, todo="free space or raise the quota"
                ) from error
            if error.errno in _REFUSED:
                raise StoreRefused(
                    f"the store's folder does not let us: {reason}",
                    where=where,
                    todo="check owner, permissions and symbolic links in the folder",
                ) from error
            raise StoreUnavailable(f"the store's disk fails: {reason}", where=where, todo="check the disk") from error

    def _where(self, key: str) -> str:
        return f"{key} in {self.name}"

    def _missing(self, key: str) -> ObjectMissing:
        return ObjectMissing(
            "there is no such object", where=self._where(key), todo="`recordwatch verify` lists what is missing"
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, _DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
