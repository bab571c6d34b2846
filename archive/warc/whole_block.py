"""A small record's block, checked: what was made from captures is read so."""

from __future__ import annotations

from typing import BinaryIO

from archive.warc.claims import claim_of
from archive.warc.reader import read_member
from archive.warc.source import Damage


def whole_block(stream: BinaryIO) -> bytes:
    """The block of the record at the stream's position, in memory: all of it, and as its digest says.

    Raises:
        NotAWarc, Damage.
    """
    record = read_member(stream)
    data = record.block.read()
    if record.block.short:
        raise Damage("the record ends before its Content-Length", where=record.headers.id)
    said = record.headers.get("WARC-Block-Digest")
    try:
        claim = claim_of("WARC-Block-Digest", said) if said else None
    except ValueError:
        return data  # a digest that we cannot check
    if claim is not None:
        claim.hash.update(data)
        if not claim.holds:
            raise Damage("the record is not what its digest says", where=record.headers.id)
    return data
