"""Gzip members (RFC 1952), one per WARC record: deflated, or stored so that they are seekable by arithmetic.

A stored member is the fixed gzip header, an optional FEXTRA field, one stored block that holds the
WARC header alone, then stored blocks of exactly BLOCK bytes with the record's block and its closing
CRLF CRLF, the last one shorter and final. So byte `n` of the record's block lies at a place that
`stored_offset` computes without reading what is before it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import chain

from isal import isal_zlib

BLOCK = 65535
"""Payload bytes of one stored block (RFC 1951 section 3.2.4: LEN has 16 bits)."""
FRAME = 5
"""Bytes of a stored block's own header."""
LEVEL = 3
"""isal's level: 1.05 times the bytes of zlib's level 6 at five times its speed."""
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
RECORD_END = b"\r\n\r\n"

_EXTRA_HEADER = b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff"
_FULL_FRAME = struct.pack("<BHH", 0, BLOCK, BLOCK ^ 0xFFFF)


def frame(length: int, final: bool = False) -> bytes:
    """Header of a stored block of `length` bytes."""
    return struct.pack("<BHH", int(final), length, length ^ 0xFFFF)


def deflated(pieces: Iterable[bytes]) -> bytes:
    """One deflated member of `pieces` joined."""
    member: bytes = isal_zlib.compress(b"".join(pieces), LEVEL, 31)
    return member


def stored(header: bytes, block: Iterable[bytes]) -> list[bytes]:
    """One stored member as a list of pieces to be written one after the other."""
    body = b"".join([*block, RECORD_END])
    crc = isal_zlib.crc32(body, isal_zlib.crc32(header))
    view = memoryview(body)
    out: list[bytes] = [GZIP_HEADER, frame(len(header)), header]
    for at in range(0, len(body), BLOCK):
        piece = view[at : at + BLOCK]
        out += (frame(len(piece), at + BLOCK >= len(body)), bytes(piece))
    out.append(struct.pack("<II", crc, (len(header) + len(body)) & 0xFFFFFFFF))
    return out


def stored_stream(header: bytes, block: Iterable[bytes], length: int) -> Iterator[bytes]:
    """As `stored`, for a block of `length` bytes that is not held in memory: pieces as they are to be written.

    `block` comes in any pieces. Raises ValueError when it is longer or shorter.
    """
    yield b"".join((GZIP_HEADER, frame(len(header)), header))
    crc, left, waiting = isal_zlib.crc32(header), length + len(RECORD_END), bytearray()
    for piece in chain(block, (RECORD_END,)):
        crc = isal_zlib.crc32(piece, crc)
        waiting += piece
        while len(waiting) >= BLOCK and left >= BLOCK:
            left -= BLOCK
            yield frame(BLOCK, final=not left) + bytes(waiting[:BLOCK])
            del waiting[:BLOCK]
    if len(waiting) != left:
        raise ValueError(f"the block has {length - left + len(waiting)} bytes, not {length}")
    if left:
        yield frame(left, final=True) + bytes(waiting)
    yield struct.pack("<II", crc, (len(header) + length + len(RECORD_END)) & 0xFFFFFFFF)


def prefix(header: bytes, size: int) -> bytes:
    """Gzip header and first stored block in exactly `size` bytes; a FEXTRA field (subfield `RW`,
    zeros) takes the slack. Raises ValueError when the header does not fit.
    """
    slack = size - len(_EXTRA_HEADER) - 2 - FRAME - len(header)
    if slack < 4:
        raise ValueError(f"a WARC header of {len(header)} bytes does not fit into {size}")
    subfield = b"RW" + struct.pack("<H", slack - 4) + bytes(slack - 4)
    return b"".join((_EXTRA_HEADER, struct.pack("<H", slack), subfield, frame(len(header)), header))


def trailer(header: bytes, body_crc: int, body_length: int) -> bytes:
    """CRC-32 and length of a member, from the CRC of what follows its header."""
    crc = isal_zlib.crc32_combine(isal_zlib.crc32(header), body_crc, body_length)
    return struct.pack("<II", crc, (len(header) + body_length) & 0xFFFFFFFF)


def stored_offset(member_offset: int, header_length: int, payload_offset: int) -> int:
    """File offset of byte `payload_offset` of a record's block in a stored member.

    `header_length`: bytes from the member's first byte to the end of its first stored block (gzip
    header, FEXTRA, block frame and WARC header), as `reader.StoredMember` finds it.
    """
    whole, rest = divmod(payload_offset, BLOCK)
    return member_offset + header_length + whole * (BLOCK + FRAME) + FRAME + rest


_MEDIA = ("image/", "video/", "audio/", "font/woff")
_PACKED = frozenset(
    {
        "application/zip",
        "application/gzip",
        "application/x-gzip",
        "application/x-7z-compressed",
        "application/vnd.rar",
        "application/x-xz",
        "application/zstd",
        "application/x-bzip2",
        "application/epub+zip",
        "application/warc",
    }
)
_NOT_PACKED = frozenset({"image/svg+xml", "image/bmp", "image/tiff", "audio/wav", "audio/x-wav"})
SMALL = 32 * 1024
_SAMPLE = 16 * 1024


def worth_deflating(mime: str, encoding: str, body: bytes) -> bool:
    """Whether deflating `body` saves space: by size, content-encoding, media type, then by a sample.

    Small bodies always are: the headers beside them compress well and the time does not count.
    """
    if len(body) <= SMALL:
        return True
    if encoding and encoding != "identity":
        return False
    if mime in _PACKED or (mime.startswith(_MEDIA) and mime not in _NOT_PACKED):
        return False
    middle = len(body) // 2
    sample = body[:_SAMPLE] + body[middle : middle + _SAMPLE]
    return len(isal_zlib.compress(sample, 1, 31)) < 0.95 * len(sample)
