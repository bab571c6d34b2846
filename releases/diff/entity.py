"""The body of an archived answer: its bytes as sent, and, for text, its Content-Encoding undone within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from archive.catalog.models import Capture
from archive.holdings import Holdings, NotHeld
from archive.warc.reader import Entity, read_member, response_parts

MOST_CODINGS = 4
_PIECE = 256 * 1024
_ZLIB = {"gzip": 47, "x-gzip": 47, "deflate": 47}
_RAW_DEFLATE = -15


class CannotUnpack(Exception):
    """The body's Content-Encoding cannot be undone; says why in one sentence."""


@dataclass(slots=True)
class Body:
    """The entity of one answer, to be read once."""

    stream: Entity | BinaryIO
    charset: str
    coding: tuple[str, ...]
    """Content codings, in the order they were applied."""

    def unpacked(self, most: int) -> bytes:
        """Up to `most` bytes of it, content-decoded.

        Raises:
            CannotUnpack.
        """
        if not self.coding:
            return b"".join(_pieces(self.stream, most))
        if len(self.coding) > MOST_CODINGS or not set(self.coding) <= set(_ZLIB):
            raise CannotUnpack(f"its Content-Encoding ({', '.join(self.coding)[:80]}) is not read here")
        data = b"".join(_pieces(self.stream, most))
        for coding in reversed(self.coding):
            data = _inflated(data, coding, most)
        return data


@contextmanager
def open_body(holdings: Holdings, capture: str) -> Iterator[Body]:
    """The answer that a capture stands for: a revisit gives its original's.

    Raises:
        NotHeld, NotAWarc, PartMissing, ObjectMissing, StoreUnavailable.
    """
    row = Capture.objects.filter(pk=capture).values("kind", "refers_to").first()
    if row is None:
        raise NotHeld("the catalog knows no such capture", where=capture)
    target = row["refers_to"] if row["kind"].startswith("revisit") else capture
    if row["kind"] == "failed":
        raise NotHeld("this capture has no body: its request got no answer", where=capture)
    if holdings.place(target).kind == "assembled":
        with holdings.open_payload(target) as whole:
            yield Body(whole, "", ())  # what came in parts was not coded
        return
    stream: BinaryIO = holdings.open_record(target)
    try:
        parts = response_parts(read_member(stream), stream)
        said = {name.lower(): value.decode("latin-1") for name, value in parts.headers}
        codings = tuple(
            coding.strip().lower()
            for name, value in parts.headers
            if name.lower() == b"content-encoding"
            for coding in value.decode("latin-1").split(",")
        )
        _, _, charset = said.get(b"content-type", "").lower().partition("charset=")
        known = tuple(coding for coding in codings if coding not in {"", "identity"})
        yield Body(parts.body, charset.partition(";")[0].strip("\"' "), known)
    finally:
        stream.close()


def _pieces(stream: Entity | BinaryIO, most: int) -> Iterator[bytes]:
    while most > 0 and (piece := stream.read(min(_PIECE, most))):
        most -= len(piece)
        yield piece


def _inflated(data: bytes, coding: str, most: int) -> bytes:
    if not data:
        return data
    for bits in (_ZLIB[coding], _RAW_DEFLATE):
        try:
            return zlib.decompressobj(bits).decompress(data, most)
        except zlib.error as error:
            said = str(error)
    raise CannotUnpack(f"it is not what its Content-Encoding ({coding}) says: {said}")
