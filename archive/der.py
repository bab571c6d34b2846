"""Just enough DER to put a timestamp token's certificates in order.

CMS (RFC 5652 section 5.1) allows certificates in any order, and OpenSSL's authorities send them as they
come; the strict parser of rfc3161-client refuses a SET that is not sorted. No signature covers their order.
"""

from __future__ import annotations

_SEQUENCE = 0x30
_CONTEXT_0 = 0xA0
_LONGEST_LENGTH = 4


def with_sorted_certificates(response: bytes) -> bytes:
    """A TimeStampResp (RFC 3161 section 2.4.2) with SignedData's certificates sorted; same length.

    Raises:
        ValueError: it is not built like one.
    """
    top = _only(response, 0, len(response), _SEQUENCE)
    token = _second(response, *top)
    content = _second(response, *_inside(response, token, _SEQUENCE))
    signed = _only(response, *_inside(response, content, _CONTEXT_0), _SEQUENCE)
    for start, end in _children(response, *signed):
        if response[start] == _CONTEXT_0:
            first, last = _inside(response, (start, end), _CONTEXT_0)
            parts = sorted(response[a:b] for a, b in _children(response, first, last))
            return response[:first] + b"".join(parts) + response[last:]
    return response


def _inside(data: bytes, span: tuple[int, int], tag: int) -> tuple[int, int]:
    if data[span[0]] != tag:
        raise ValueError(f"tag {data[span[0]]:#x} where {tag:#x} belongs")
    return _header(data, *span)[0], span[1]


def _only(data: bytes, start: int, end: int, tag: int) -> tuple[int, int]:
    spans = _children(data, start, end)
    if len(spans) != 1:
        raise ValueError(f"{len(spans)} elements where one belongs")
    return _inside(data, spans[0], tag)


def _second(data: bytes, start: int, end: int) -> tuple[int, int]:
    spans = _children(data, start, end)
    if len(spans) < 2:
        raise ValueError("there is no token")
    return spans[1]


def _children(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    while start < end:
        _, after = _header(data, start, end)
        spans.append((start, after))
        start = after
    if len(spans) < 1:
        raise ValueError("an element is empty")
    return spans


def _header(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the element at `start` has its content, and where it ends."""
    if end - start < 2:
        raise ValueError("cut short")
    length, at = data[start + 1], start + 2
    if length & 0x80:
        size = length & 0x7F
        if not 0 < size <= _LONGEST_LENGTH or at + size > end:
            raise ValueError("a length that is not DER")
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    if at + length > end:
        raise ValueError("cut short")
    return at, at + length
