"""A `conversion` record too large for memory: a file of ours, streamed into a WARC of its own.

The WARC appears whole or not at all: it is written under a name that `recover` removes, and renamed when it is durable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from archive.ids import uuid7
from archive.model import DerivedRow, SealedWarc
from archive.warc.member import stored_stream
from archive.warc.naming import warc_key
from archive.warc.open_file import info_record, pieces
from archive.warc.record import ENGINE, clean_url, field_value, header, now, urn
from archive.warc.whole_file import whole_warc
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
    mime, engine = field_value(mime)[:255], field_value(engine)[:64]
    with whole_warc(folder, name) as (out, seal):
        with path.open("rb") as stream:
            digest, size = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}", stream.tell()
        fields = (
            ("WARC-Target-URI", clean_url(url)), ("WARC-Refers-To", urn(capture)), (ENGINE, engine),
            ("WARC-Block-Digest", digest),
        )  # fmt: skip
        head = header("conversion", ident, at, fields, mime, size)
        out.writelines(pieces(info_record(name, portal, crawl, info)))
        start = out.tell()
        fault("spool.write")
        out.writelines(stored_stream(head, _blocks(path), size))
        length = out.tell() - start
    key = warc_key(name)
    row = DerivedRow(ident, portal, crawl, capture, "conversion", mime, engine, at, key, start, length)
    return SealedWarc(final, key, seal.sha256, seal.size, now(), (), (row,))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
