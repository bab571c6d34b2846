"""The bytes of a recording, through the one door: a file, or the pieces of a stream, each an archived exchange."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal, Protocol

from archive.model import Archived, Held, Part
from config.portal import Limits
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.files import media_type
from crawler.capture.limits import LimitExceeded
from crawler.capture.media.answer import Format
from crawler.capture.media.choose import way
from crawler.capture.media.outcomes import Unhad
from crawler.capture.media.playlist import LARGEST, MOST_PIECES, Stream, Stretch, read_dash, read_hls

AHEAD = 4
"""Pieces asked for beyond a host's connections: some wait for the archive's disk."""
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/")
_SAID_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream", "text/plain"})
_LARGEST_KEY = 64


class OneDoor(Protocol):
    """What is asked of the door."""

    async def fetch(self, fetch: Fetch) -> Fetched: ...


class Assembler(Protocol):
    """What is asked of the crawl's writer (`CrawlWriter.assemble`)."""

    async def assemble(
        self, url: str, parts: Sequence[Part], *, mime: str, etag: str = "", last_modified: str = "",
        how: Literal["ranges", "segments"],
    ) -> Archived: ...  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch, and where its bytes are."""

    stretch: Stretch
    part: Part


@dataclass(frozen=True, slots=True)
class Taken:
    """A file or stream that is archived."""

    url: str
    capture: str
    """Of the file; of a stream the assembled whole."""
    digest: str
    size: int
    mime: str
    witness: str
    """Capture of one exchange, whose validators tell the next crawl whether anything changed."""
    pieces: tuple[Piece, ...] = ()
    keys: Mapping[str, bytes] | None = None
    """Address → key, where the pieces are encrypted."""
    not_modified: bool = False


async def _in_memory(archived: Archived) -> bytes | None:
    return archived.payload


class Taker:
    """For one crawl. `limits.file_bytes` holds for each whole, `politeness` for each piece.

    `read` gives the body of a capture of this crawl, None where it cannot be read back; without it, only of small ones.
    """

    def __init__(
        self,
        door: OneDoor,
        writer: Assembler,
        limits: Limits,
        connections: int,
        read: Callable[[Archived], Awaitable[bytes | None]] = _in_memory,
    ) -> None:
        self._read = read
        self._door = door
        self._writer = writer
        self._limits = limits
        self._workers = connections + AHEAD

    async def stream(self, format_: Format, referer: str) -> Stream:
        """Where the pieces of an HLS or DASH format are. Raises Unhad, and what the door raises."""
        if way(format_) == "dash":
            return read_dash(format_)
        fetched = await self._good(Fetch(format_.url, referer=_referer(format_, referer), purpose="file"))
        small = fetched.archived.payload_length <= LARGEST
        body = await self._read(fetched.archived) if small else None
        if body is None:
            raise Unhad("unreachable", f"its playlist has more than {LARGEST} bytes, or cannot be read")
        return await asyncio.to_thread(read_hls, body.decode("utf-8", "replace"), fetched.url)

    async def file(self, format_: Format, referer: str, held: Held | None) -> Taken:
        """One whole file. `held`: what the same link, signed differently, gave before.

        Raises Unhad, and what the door raises.
        """
        known = {format_.url: held} if held is not None else None
        fetched = await self._good(
            Fetch(format_.url, referer=_referer(format_, referer), conditional=True, purpose="file", known=known)
        )
        kept, got = fetched.held, fetched.archived
        mime = media_type(fetched.header("content-type"))
        if kept is not None:
            return Taken(fetched.url, kept.capture, kept.payload_digest, kept.payload_length, kept.mime or mime,
                         kept.capture, not_modified=True)  # fmt: skip
        if mime in _SAID_NOTHING and format_.ext in {"mp4", "m4a", "mp3", "webm", "mov"}:
            mime = {"mp4": "video/mp4", "m4a": "audio/mp4", "mp3": "audio/mpeg", "mov": "video/quicktime"}.get(
                format_.ext, "video/webm"
            )
        return Taken(fetched.url, got.capture, got.payload_digest, got.payload_length, mime, got.capture)

    async def unchanged(self, stretch: Stretch, format_: Format, referer: str, held: Held) -> bool:
        """Whether one stretch of a stream is what it was: asked by its validators, which costs no byte."""
        fetched = await self._good(
            Fetch(stretch.url, referer=_referer(format_, referer), conditional=True, purpose="file",
                  known={stretch.url: held})
        )  # fmt: skip
        return fetched.held is not None or fetched.archived.payload_digest == held.payload_digest

    async def small(self, url: str, referer: str) -> tuple[str, bytes, str]:
        """A caption or a still: capture, bytes (empty where they are large), media type. Raises as `file`."""
        fetched = await self._good(Fetch(url, referer=referer, purpose="file"))
        mime = media_type(fetched.header("content-type"))
        return fetched.archived.capture, fetched.archived.payload or b"", mime

    async def whole(self, stream: Stream, format_: Format, referer: str) -> Taken:
        """All pieces of `stream`, in order, and what they are together.

        Raises Unhad, LimitExceeded, PartMissing, and what the door and the archive raise.
        """
        referer = _referer(format_, referer)
        keys = {url: await self._key(url, referer) for url in stream.keys}
        said = ""
        pieces: list[Piece | None] = [None] * len(stream.stretches)
        turn, size = count(), 0

        async def work() -> None:
            nonlocal said, size
            while (place := next(turn)) < len(pieces):
                stretch = stream.stretches[place]
                part, mime = await self._piece(stretch, referer)
                pieces[place] = Piece(stretch, part)
                said = mime if not place else said
                size += part.length
                if size > self._limits.file_bytes:
                    raise LimitExceeded(
                        "file_bytes", self._limits.file_bytes, format_.url, what="its pieces are larger"
                    )

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._workers, len(pieces))):
                    group.create_task(work())
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        had = tuple(piece for piece in pieces if piece is not None)
        mime = _mime(format_, stream, said)
        archived = await self._writer.assemble(
            format_.url, [piece.part for piece in had], mime=mime, how="segments"
        )  # fmt: skip
        last = had[-1].part.capture
        return Taken(
            format_.url, archived.capture, archived.payload_digest, archived.payload_length, mime, last, had, keys
        )

    async def _piece(self, stretch: Stretch, referer: str) -> tuple[Part, str]:
        if not stretch.length:
            fetched = await self._good(Fetch(stretch.url, referer=referer, conditional=True, purpose="file"))
            kept, got = fetched.held, fetched.archived
            mime = media_type(fetched.header("content-type"))
            if kept is not None:
                return Part(kept.capture, 0, kept.payload_length), mime or kept.mime
            if not got.payload_length:
                raise Unhad("unreachable", "a piece of it has no bytes")
            return Part(got.capture, 0, got.payload_length), mime
        end = stretch.start + stretch.length - 1
        asked = ((b"Range", b"bytes=%d-%d" % (stretch.start, end)),)
        fetched = await self._good(Fetch(stretch.url, headers=asked, referer=referer, purpose="file"))
        first = 0
        if fetched.status == 206:
            found = _RANGE.match(fetched.header("content-range"))
            if found is None:
                raise Unhad("unreachable", "a piece of it does not say which bytes it is")
            first = int(found[1])
        start = stretch.start - first
        if start < 0 or fetched.archived.payload_length < start + stretch.length:
            raise Unhad("unreachable", "a piece of it has other bytes than were asked for")
        return Part(fetched.archived.capture, start, stretch.length), media_type(fetched.header("content-type"))

    async def _key(self, url: str, referer: str) -> bytes:
        fetched = await self._good(Fetch(url, referer=referer, purpose="file"))
        key = fetched.archived.payload or b""
        if len(key) != 16:
            raise Unhad("unreachable" if len(key) <= _LARGEST_KEY else "drm", "what its playlist calls a key is none")
        return key

    async def _good(self, fetch: Fetch) -> Fetched:
        """The answer. Raises Unhad where it is none."""
        fetched = await self._door.fetch(fetch)
        if fetched.held is not None or 200 <= fetched.status < 300:
            return fetched
        said = f"a link to its bytes was answered {fetched.status}"
        raise Unhad("unreachable", said, status=fetched.status, capture=fetched.archived.capture, link=True)


def _referer(format_: Format, page: str) -> str:
    """What its host wants to see: as the resolver says, else the page that shows it."""
    return next((value for name, value in format_.headers.items() if name.lower() == "referer"), page)


def _mime(format_: Format, stream: Stream, said: str) -> str:
    """Of pieces put together: fragmented MP4 has an initialisation section, the rest is as its server says."""
    kind = "audio" if format_.vcodec == "none" else "video"
    if stream.encrypted:
        return "application/octet-stream"
    if any(one.init for one in stream.stretches):
        return f"{kind}/webm" if format_.ext == "webm" else f"{kind}/mp4"
    if said in _SAID_NOTHING or said == "video/mp2t":
        return "video/mp2t"
    return said


__all__ = ["MOST_PIECES", "Assembler", "OneDoor", "Piece", "Taken", "Taker"]
