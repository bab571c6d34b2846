"""A copy that every browser plays, of what came in another shape: picture and sound apart, MPEG-TS, or encrypted.

Nothing is encoded anew: ffmpeg copies the streams into one MP4, in the sandbox, from files on this disk alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from config.errors import RecordwatchError
from crawler.capture.media.playlist import Key
from crawler.capture.media.take import Piece, Taken
from releases.facts.probe import CLOSED
from releases.sandbox.program import Allowed, ProgramFailed, run

ENGINE = "ffmpeg -c copy"
SECONDS = 1800.0
_PIECE = 1 << 20
_ROOM = 2.2
"""Of the recording's size: its bytes, the copy, and something to breathe."""

Open = Callable[[str], BinaryIO]
"""Capture id → its bytes."""


class NoCopy(RecordwatchError):
    """There is no playable copy of this recording; its bytes are archived all the same."""


def needed(taken: Sequence[Taken]) -> bool:
    """Whether browsers cannot play what was taken as it is."""
    return len(taken) > 1 or any(one.keys or one.mime in {"video/mp2t", "video/mp2p"} for one in taken)


def make_copy(ffmpeg: str, folder: Path, taken: Sequence[Taken], open_: Open) -> Path:
    """The copy, in `folder`: an MP4 with the streams of `taken`. In a thread: it takes as long as copying does.

    Raises:
        NoCopy: ffmpeg does not make one of them, or the disk has no room; and what `open_` raises.
    """
    size = sum(one.size for one in taken)
    if shutil.disk_usage(folder).free < _ROOM * size:
        raise NoCopy(f"there is no room on this disk for a playable copy of {size} bytes")
    inputs: list[str] = []
    for number, one in enumerate(taken):
        name = f"in{number}.bin"
        (_decrypted if one.keys else _plain)(folder / name, one, open_)
        inputs += [*CLOSED, "-i", f"file:{name}"]
    maps = ["-map", "0:v?", "-map", "0:a?"] if len(taken) == 1 else ["-map", "0:v", "-map", "1:a"]
    command = [
        ffmpeg, "-v", "error", "-nostdin", "-y", *inputs, *maps, "-c", "copy", "-map_metadata", "-1",
        "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", "playable.mp4",
    ]  # fmt: skip
    try:
        run(command, folder, Allowed(SECONDS, written=max(64 * 1024**2, 2 * size)))
    except ProgramFailed as failed:
        raise NoCopy(f"ffmpeg makes no playable copy of this recording: {failed.error}") from failed
    return folder / "playable.mp4"


def _plain(path: Path, taken: Taken, open_: Open) -> None:
    with path.open("wb") as out, closing(open_(taken.capture)) as stream:
        shutil.copyfileobj(stream, out, _PIECE)


def _decrypted(path: Path, taken: Taken, open_: Open) -> None:
    """All pieces in one file, opened by us: whoever is given a playlist opens what its pieces name. Raises NoCopy."""
    assert taken.keys is not None
    with path.open("wb") as out:
        for piece in taken.pieces:
            key = piece.stretch.key
            with closing(open_(piece.part.capture)) as stream:
                stretch = _stretch(stream, piece.part.start, piece.part.length)
                out.writelines(stretch if key is None else _opened(stretch, taken.keys[key.url], _iv(key, piece)))


def _opened(stretch: Iterator[bytes], key: bytes, iv: bytes) -> Iterator[bytes]:
    """AES-128-CBC with PKCS#7 (RFC 8216 section 4.3.2.4)."""
    cipher, unpadder = Cipher(AES(key), CBC(iv)).decryptor(), PKCS7(128).unpadder()
    try:
        for data in stretch:
            yield unpadder.update(cipher.update(data))
        yield unpadder.update(cipher.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise NoCopy("a piece of it does not open with its key") from error


def _iv(key: Key, piece: Piece) -> bytes:
    plain = key.iv.lower().removeprefix("0x")
    good = 0 < len(plain) <= 32 and all(char in "0123456789abcdef" for char in plain)
    return bytes.fromhex(plain.rjust(32, "0")) if good else piece.stretch.number.to_bytes(16, "big")


def _stretch(stream: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    while start and (skipped := stream.read(min(start, _PIECE))):
        start -= len(skipped)
    while length and (data := stream.read(min(length, _PIECE))):
        length -= len(data)
        yield data
