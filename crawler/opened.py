"""The opening of an answer's body as its reader sees it: decoded, and no more of it than is needed."""

from __future__ import annotations

import zlib
from typing import Any


def opening(fetched: Any, size: int = 65536) -> bytes:
    """The first decoded bytes of a page: a block page may arrive compressed too."""
    payload: bytes = fetched.payload or b""
    coding = b"".join(value for name, value in fetched.headers if name.lower() == b"content-encoding").lower()
    if coding not in {b"gzip", b"x-gzip", b"deflate"}:
        return payload[:size]
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(window).decompress(payload, size)
        except zlib.error:
            continue
    return payload[:size]
