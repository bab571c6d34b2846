"""A `conversion` record too large for memory: a file of ours, streamed into a WARC of its own.

The WARC appears whole or not at all: it is written under a name that `recover` removes, and renamed when it is durable.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from archive.ids import uuid7
from archive.model import DerivedRow, SealedWarc
from archive.warc.member import stored_stream
from archive.warc.naming import OPEN, warc_key
from archive.warc.open_file import file_sha256, info_record, pieces, sync_folder
from archive.warc.record import ENGINE, clean_url, field_value, header, now, urn
from archive.warc.spool_errors import spool_error
from config.faults import fault

_PIECE = 1 << 20


def write_conversion(
    folder: Path, name: str, portal: str, crawl: str, info: Mapping[str, str], *,
    capture: str, url: str, path: Path, mime: str, engine: str,
) -> SealedWarc:  # fmt: skip
    """One sealed WARC in `folder` with the bytes of `path` as a `conversion` of `capture`.

    Raises:
        SpoolFull, SpoolFailed. ValueError when the file changes meanwhile.
    """
    at, ident, final = now(), uuid7(), folder / name
    part = final.with_name(name + OPEN)
    mime, engine = field_value(mime)[:255], field_value(engine)[:64]
    try:
        with path.open("rb") as stream:
            digest, size = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}", stream.tell()
        fields = (
            ("WARC-Target-URI", clean_url(url)), ("WARC-Refers-To", urn(capture)), (ENGINE, engine),
            ("WARC-Block-Digest", digest),
        )  # fmt: skip
        head = header("conversion", ident, at, fields, mime, size)
        with part.open("xb") as out:
            out.writelines(pieces(info_record(name, portal, crawl, info)))
            start = out.tell()
            fault("spool.write")
            out.writelines(stored_stream(head, _blocks(path), size))
            length = out.tell() - start
            out.flush()
            os.fsync(out.fileno())
        sealed_digest, whole = file_sha256(part), part.stat().st_size
        part.rename(final)
        sync_folder(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise spool_error(error, folder) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fault("warc.sealed")
    key = warc_key(name)
    row = DerivedRow(ident, portal, crawl, capture, "conversion", mime, engine, at, key, start, length)
    return SealedWarc(final, key, sealed_digest, whole, now(), (), (row,))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
