"""An open WARC: appended to in whole units, journalled, sealed by rename.

Only the writer's thread uses an instance. `append` puts a unit into the file, `settle` makes all
appended units durable and journals them; what is not settled does not exist after a crash.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from isal import isal_zlib

from archive.ids import uuid7
from archive.model import CaptureRow, DerivedRow, SealedWarc
from archive.warc import journal
from archive.warc.exchange import Record
from archive.warc.member import RECORD_END, deflated, stored
from archive.warc.naming import OPEN, warc_key
from archive.warc.record import Fields, header, now, warc_fields
from config.faults import fault


def info_record(name: str, portal: str, crawl: str, info: Mapping[str, str]) -> Record:
    """The `warcinfo` record: WARC-Filename, then portal, crawl and what the caller says of himself."""
    fields = {
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    fields |= {"portal": portal, "crawl": crawl} | {k: v for k, v in info.items() if k not in {"portal", "crawl"}}
    block = warc_fields(fields.items())
    return Record(
        header("warcinfo", uuid7(), now(), (("WARC-Filename", name),), "application/warc-fields", len(block)), (block,)
    )


def pieces(record: Record) -> list[bytes]:
    """A record's gzip member, in pieces to be written one after the other."""
    if record.deflate:
        return [deflated((record.header, *record.block, RECORD_END))]
    return stored(record.header, record.block)


def write_all(fd: int, parts: Sequence[bytes | memoryview]) -> int:
    """Writes all of `parts` at the file's position; returns their length. Raises OSError."""
    fault("spool.write")
    total = 0
    for start in range(0, len(parts), 512):
        group = list(parts[start : start + 512])
        size = sum(map(len, group))
        done = os.writev(fd, group)
        if done != size:
            rest = memoryview(b"".join(group))[done:]
            while rest:
                rest = rest[os.write(fd, rest) :]
        total += size
    return total


def sync_folder(folder: Path) -> None:
    """Makes names in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def file_sha256(path: Path) -> str:
    """Lowercase hex of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_SYNC = ThreadPoolExecutor(2, "warc-sync")
_HASH = ThreadPoolExecutor(2, "warc-file-hash")


class OpenWarc:
    """One WARC file being written. `size` counts its bytes."""

    def __init__(self, folder: Path, name: str, portal: str, crawl: str, info: Mapping[str, str]) -> None:
        self.name = name
        self.key = warc_key(name)
        self.path = folder / (name + OPEN)
        self.captures: list[CaptureRow] = []
        self.derived: list[DerivedRow] = []
        self._lines: list[bytes] = []
        self._fresh: list[CaptureRow | DerivedRow] = []
        self._settled = 0
        self._units = 0
        self._large_unit = 0
        self._hashing: Future[str] | None = None
        self._hash = hashlib.sha256()
        self._settled_hash = self._hash
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self._journal: journal.Journal | None = None
        self.size = 0
        try:
            self._journal = journal.Journal(journal.path_of(self.path))
            head = pieces(info_record(name, portal, crawl, info))
            self.size = self._write(head)
            crc = isal_zlib.crc32(b"".join(head))
            self._lines.append(journal.encode(journal.Start(name, portal, crawl, self.size, crc)))
            sync_folder(folder)
        except OSError:
            self.discard()
            raise

    def discard(self) -> None:
        """Removes the file; only for one that holds nothing."""
        os.close(self._fd)
        if self._journal:
            self._journal.close()
            self._journal.path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _write(self, parts: Sequence[bytes | memoryview]) -> int:
        try:
            size = write_all(self._fd, parts)
        except OSError:
            os.ftruncate(self._fd, self.size)
            os.lseek(self._fd, self.size, os.SEEK_SET)
            raise
        for part in parts:
            self._hash.update(part)
        return size

    def append_capture(self, records: Sequence[Record], main: int, row: CaptureRow) -> CaptureRow:
        """Appends one exchange; returns its row with its place. On OSError the file is as before."""
        members = [pieces(record) for record in records]
        lengths = [sum(map(len, member)) for member in members]
        offset = self.size
        row = replace(row, warc=self.key, offset=offset + sum(lengths[:main]), length=lengths[main])
        parts = [part for member in members for part in member]
        self.size += self._write(parts)
        self._unit(parts, offset, row.id, row.payload_digest, capture=row)
        return row

    def append_derived(self, record: Record, record_id: str, digest: str, row: DerivedRow | None) -> DerivedRow | None:
        """Appends a record made from a capture, or a resource (`row` None)."""
        member = pieces(record)
        offset = self.size
        if row is not None:
            row = replace(row, warc=self.key, offset=offset, length=sum(map(len, member)))
        self.size += self._write(member)
        self._unit(member, offset, record_id, digest, derived=row)
        return row

    @property
    def fd(self) -> int:
        """The file, for a large member that is written in place."""
        return self._fd

    def begin_large(self, before: Sequence[Record], prefix: int, head: bytes, fields: Fields, row: CaptureRow) -> int:
        """Appends and journals the beginning of an exchange with a large body: the records before it,
        `prefix` free bytes. Returns the offset of the member to be written. Raises OSError.
        """
        parts = [part for record in before for part in pieces(record)]
        offset = self.size
        self.size += self._write(parts) if parts else 0
        crc = 0
        for part in parts:
            crc = isal_zlib.crc32(part, crc)
        line = journal.Large(offset, self.size - offset, crc, prefix, len(head), tuple(fields), row)
        self._lines.append(journal.encode(line))
        self._large_unit = offset
        self.settle()
        return self.size

    def end_large(self, row: CaptureRow, start: int, length: int, after: Sequence[Record]) -> CaptureRow:
        """Appends what follows the large member of `length` bytes at `start`, and journals the whole."""
        self.size = start + length
        row = replace(row, warc=self.key, offset=start, length=length)
        parts = [part for record in after for part in pieces(record)]
        if parts:
            os.lseek(self._fd, self.size, os.SEEK_SET)
            self.size += self._write(parts)
        entry = journal.Entry(
            self._large_unit, self.size - self._large_unit, journal.NO_CRC, row.id, row.payload_digest, row
        )
        self._lines.append(journal.encode(entry))
        self._fresh.append(row)
        # Nothing is written any more: the file is read for its digest while the disk takes it.
        self._hashing = _HASH.submit(file_sha256, self.path)
        try:
            self.settle()
        except OSError:
            self._hashing.exception()
            raise
        return row

    def _unit(
        self,
        parts: Sequence[bytes],
        offset: int,
        record_id: str,
        digest: str,
        capture: CaptureRow | None = None,
        derived: DerivedRow | None = None,
    ) -> None:
        crc = 0
        for part in parts:
            crc = isal_zlib.crc32(part, crc)
        entry = journal.Entry(offset, self.size - offset, crc, record_id, digest, capture, derived)
        self._lines.append(journal.encode(entry))
        if capture:
            self._fresh.append(capture)
        if derived:
            self._fresh.append(derived)

    def settle(self) -> None:
        """Makes every appended unit durable, then journals them. On OSError none of them exists."""
        if not self._lines:
            return
        fault("warc.appended")
        assert self._journal is not None
        try:
            self._journal.append(b"".join(self._lines))
            # Side by side: a journal that is durable before its WARC is harmless, its checksums tell.
            journalled = _SYNC.submit(os.fdatasync, self._journal.fd)
            try:
                os.fdatasync(self._fd)
            finally:
                journalled.result()
            self._journal.keep()
        except OSError:
            self._journal.take_back()
            self._roll_back()
            raise
        fault("warc.journalled")
        for row in self._fresh:
            if isinstance(row, CaptureRow):
                self.captures.append(row)
            else:
                self.derived.append(row)
        self._units += len(self._lines)
        self._settled = self.size
        self._settled_hash = self._hash.copy()
        self._lines.clear()
        self._fresh.clear()

    def _roll_back(self) -> None:
        os.ftruncate(self._fd, self._settled)
        os.lseek(self._fd, self._settled, os.SEEK_SET)
        self.size = self._settled
        self._hash = self._settled_hash.copy()
        self._lines.clear()
        self._fresh.clear()

    @property
    def broken(self) -> bool:
        """A failure took the warcinfo away: call `discard` and open another file."""
        return self._settled == 0 and not self._lines

    def seal(self) -> SealedWarc | None:
        """Gives the file its final name; None (and no file) when it holds no unit. Raises OSError."""
        self.settle()
        assert self._journal is not None
        if self._units <= 1:  # the journal's first line alone
            self.discard()
            return None
        os.fsync(self._fd)
        digest = self._hashing.result() if self._hashing is not None else self._hash.hexdigest()
        final = self.path.with_name(self.name)
        self.path.rename(final)
        sync_folder(final.parent)
        fault("warc.sealed")
        os.close(self._fd)
        self._journal.close()
        self._journal.path.unlink(missing_ok=True)
        return SealedWarc(
            path=final,
            key=self.key,
            sha256=digest,
            size=self.size,
            sealed_at=now(),
            captures=tuple(self.captures),
            derived=tuple(self.derived),
        )
