"""A copy that every browser plays, of what came in another shape: picture and sound apart, MPEG-TS, or encrypted.

Nothing is encoded anew: ffmpeg copies the streams into one MP4, in the sandbox, from files on this disk alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from config.errors import RecordwatchError
from crawler.capture.media.playlist import Key
from crawler.capture.media.take import Taken
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
        name = _encrypted(folder, number, one, open_) if one.keys else _plain(folder, number, one, open_)
        if one.keys:
            inputs += ["-allowed_extensions", "ALL"]
        inputs += ["-protocol_whitelist", "file,crypto,data", "-i", name]
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


def _plain(folder: Path, number: int, taken: Taken, open_: Open) -> str:
    name = f"in{number}.{'ts' if taken.mime == 'video/mp2t' else 'bin'}"
    with (folder / name).open("wb") as out, closing(open_(taken.capture)) as stream:
        shutil.copyfileobj(stream, out, _PIECE)
    return name


def _encrypted(folder: Path, number: int, taken: Taken, open_: Open) -> str:
    """Each piece as a file, and a playlist that names these files and the keys'."""
    assert taken.keys is not None
    names = {url: f"key{number}-{place}.bin" for place, url in enumerate(taken.keys)}
    for url, key in taken.keys.items():
        (folder / names[url]).write_bytes(key)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:86400", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for place, piece in enumerate(taken.pieces):
        stretch, part = piece.stretch, piece.part
        name = f"p{number}-{place}.{'mp4' if stretch.init else 'ts'}"
        with (folder / name).open("wb") as out, closing(open_(part.capture)) as stream:
            _copy(stream, out, part.start, part.length)
        lines.append(_key_line(stretch.key, stretch.number, names))
        lines += [f'#EXT-X-MAP:URI="{name}"'] if stretch.init else [f"#EXTINF:{stretch.seconds:.3f},", name]
    local = f"in{number}.m3u8"
    (folder / local).write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]), "ascii")
    return local


def _key_line(key: Key | None, number: int, names: dict[str, str]) -> str:
    if key is None:
        return "#EXT-X-KEY:METHOD=NONE"
    plain = key.iv.lower().removeprefix("0x")
    good = 0 < len(plain) <= 32 and all(char in "0123456789abcdef" for char in plain)
    iv = plain.rjust(32, "0") if good else f"{number:032x}"
    return f'#EXT-X-KEY:METHOD=AES-128,URI="{names[key.url]}",IV=0x{iv}'


def _copy(stream: BinaryIO, out: BinaryIO, start: int, length: int) -> None:
    while start and (skipped := stream.read(min(start, _PIECE))):
        start -= len(skipped)
    while length and (data := stream.read(min(length, _PIECE))):
        out.write(data)
        length -= len(data)
