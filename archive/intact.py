"""Bytes that are given whole and as they were archived, or not to their end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from archive.payload import Body
from archive.warc.source import Damage


def intact(body: Body, size: int, digest: str) -> Iterator[bytes]:
    """All `size` bytes of `body`, the last piece only if the whole has the digest (`sha256:…`; others say nothing of it).

    Raises:
        Damage, and what reading the pieces raises.
    """
    hashed, before = hashlib.sha256(), b""
    for piece in exactly(body, 0, size):
        hashed.update(piece)
        if before:
            yield before
        before = piece
    if digest.startswith("sha256:") and hashed.hexdigest() != digest[7:]:
        raise Damage("these bytes are not what was archived")
    yield before


def exactly(body: Body, start: int, length: int) -> Iterator[bytes]:
    """`length` bytes of `body` from `start`. Raises Damage where there are fewer."""
    left = length
    for piece in body.pieces(start, length):
        left -= len(piece)
        yield piece
    if left:
        raise Damage(f"{left} bytes of {length} are missing")
