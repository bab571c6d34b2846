"""After a crash: an open WARC is cut back to its last whole journalled unit, and sealed.

Every step may be interrupted and repeated. A large body that was under way is kept as a truncated
capture: all whole stored blocks that are on disk, with `WARC-Truncated: unspecified`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from archive.model import CaptureRow, DerivedRow, SealedWarc
from archive.warc import journal
from archive.warc.index import scan
from archive.warc.naming import OPEN, warc_key
from archive.warc.open_file import file_sha256, sync_folder
from archive.warc.record import now
from archive.warc.salvage_large import mend_large

_PIECE = 1 << 20


def salvage_folder(folder: Path) -> list[SealedWarc]:
    """Salvages every WARC in a crawl's spool folder, in order of names; removes empty ones."""
    names = {path.name.removesuffix(OPEN) for path in folder.glob(f"*.warc.gz{OPEN}")}
    names |= {path.name for path in folder.glob("*.warc.gz")}
    names |= {path.name.removesuffix(journal.SUFFIX) for path in folder.glob(f"*{journal.SUFFIX}")}
    found = (salvage(folder / name) for name in sorted(names))
    return [warc for warc in found if warc is not None]


def salvage(path: Path) -> SealedWarc | None:
    """Mends and seals the WARC `path` (with or without `.open`), whatever state it was left in.

    Returns None, and removes the file, when it holds no whole unit. Nothing may be writing to it.
    Raises OSError, and ValueError for a name that is not ours.
    """
    final = path.with_name(path.name.removesuffix(OPEN))
    opened = final.with_name(final.name + OPEN)
    key = warc_key(final.name)
    notes = journal.path_of(opened)
    mended = opened.exists()
    if mended:
        rows = _mend(opened, journal.read(notes), key)
        if rows is None:
            opened.unlink()
            notes.unlink(missing_ok=True)
            return None
        opened.rename(final)
        sync_folder(final.parent)
        captures, derived = rows
    elif final.exists():
        with final.open("rb") as file:
            found = scan(file, key)
        captures, derived = tuple(found.captures), tuple(found.derived)
    else:
        notes.unlink(missing_ok=True)
        return None
    notes.unlink(missing_ok=True)
    stat = final.stat()
    return SealedWarc(
        path=final,
        key=key,
        sha256=file_sha256(final),
        size=stat.st_size,
        sealed_at=now() if mended else datetime.fromtimestamp(stat.st_mtime, UTC),
        captures=captures,
        derived=derived,
    )


Rows = tuple[tuple[CaptureRow, ...], tuple[DerivedRow, ...]]


def _mend(opened: Path, lines: list[journal.Line], key: str) -> Rows | None:
    """Cuts the file behind its last whole unit; the rows of what stays, or None for nothing."""
    captures: list[CaptureRow] = []
    derived: list[DerivedRow] = []
    with opened.open("r+b") as file:
        end = 0
        units = 0
        for line in lines:
            if isinstance(line, journal.Start):
                end = line.head if _crc(file, 0, line.head) == line.crc else 0
            elif isinstance(line, journal.Large):
                large = mend_large(file, line, lines, key) if line.offset == end else None
                if large is not None:
                    captures.append(large)
                    units += 1
                    end = os.fstat(file.fileno()).st_size
                break
            elif end and line.offset == end and _crc(file, line.offset, line.length) == line.crc:
                end += line.length
                units += 1
                captures += [line.capture] if line.capture else []
                derived += [line.derived] if line.derived else []
            else:
                break
            if not end:
                break
        if not units:
            return None
        file.truncate(end)
        os.fsync(file.fileno())
    return tuple(captures), tuple(derived)


def _crc(file: BinaryIO, offset: int, length: int) -> int:
    """CRC-32 of a stretch of the file; -1 when the file is shorter."""
    file.seek(offset)
    crc = 0
    while length:
        data = file.read(min(length, _PIECE))
        if not data:
            return -1
        crc = isal_zlib.crc32(data, crc)
        length -= len(data)
    return crc
