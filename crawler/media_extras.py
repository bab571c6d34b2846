"""What belongs to a recording besides its bytes: captions, the host's still, a copy that plays, what the host said."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from archive.export_loaded import LOADED_TYPE, Loaded
from archive.warc.derived_file import write_conversion
from archive.warc.spooled import PayloadElsewhere
from config.programs import FFMPEG, ProgramMissing, require
from crawler.capture.files import ONE_FILES_TROUBLE
from crawler.capture.media.answer import Caption, Info
from crawler.capture.media.captions import as_webvtt
from crawler.capture.media.choose import Choice
from crawler.capture.media.memory import MEDIA_TYPE, CaptionTold, Memory, PartTold, part_told, told
from crawler.capture.media.outcomes import Unhad
from crawler.capture.media.playable import ENGINE, NoCopy, make_copy, needed
from crawler.capture.media.take import Taken, Taker
from crawler.media_memory import Remembered
from releases.ledger.plan import FileWanted

if TYPE_CHECKING:
    from crawler.run import Crawl

CAPTIONS = "text/vtt; charset=utf-8"
PLAYABLE = "video/mp4"
_ITS_OWN = (*ONE_FILES_TROUBLE, Unhad)


class Extras:
    """For one crawl. None of it stands in the way of the bytes: what cannot be had is left out, or said in a note."""

    def __init__(self, crawl: Crawl, taker: Taker) -> None:
        self._crawl = crawl
        self._taker = taker
        self._ffmpeg: str | None = None

    async def keep(self, file: FileWanted, info: Info, choice: Choice, taken: Sequence[Taken], same: str) -> None:
        """Archive captions and still, make the playable copy, and write it all down beside the first of `taken`."""
        first = taken[0]
        roles = ("recording",) if len(taken) == 1 else ("picture", "sound")
        parts = tuple(
            part_told(role, format_, one) for role, format_, one in zip(roles, choice.formats, taken, strict=True)
        )
        captions = await self._captions(file, first.capture, choice.captions)
        still = await self._still(file, choice)
        playable = await self._playable(file, taken) if needed(taken) else 0
        await self._write(file, first.capture, Memory(told(info), parts, same, captions, still, playable))

    async def more_captions(self, file: FileWanted, info: Info, choice: Choice, held: Remembered) -> None:
        """Take tracks of captions that came to a recording whose bytes are as held."""
        new = [one for one in choice.captions if (one.language, one.automatic) not in held.memory.tracks]
        if not new:
            return
        memory = msgspec.structs.replace(
            held.memory,
            recording=told(info),
            captions=(*held.memory.captions, *await self._captions(file, held.capture, new)),
        )
        await self._write(file, held.capture, memory)

    async def again(self, file: FileWanted, info: Info, same: str, held: Remembered, parts: Sequence[PartTold]) -> None:
        """Write down that the same bytes are described in another way now, so that the next crawl knows them."""
        await self._write(
            file,
            held.capture,
            msgspec.structs.replace(held.memory, recording=told(info), same=same, parts=tuple(parts)),
        )

    async def _write(self, file: FileWanted, capture: str, memory: Memory) -> None:
        engine = f"yt-dlp {version('yt-dlp')}"
        await self._crawl.writer.metadata(capture, file.url, msgspec.json.encode(memory), MEDIA_TYPE, engine)
        had = [*(one.capture for one in memory.parts), *(one.capture for one in memory.captions), memory.still]
        own = [one for one in dict.fromkeys(had) if one not in {"", capture}]
        if own:
            block = msgspec.json.encode(Loaded(own, own=True))
            await self._crawl.writer.metadata(capture, file.url, block, LOADED_TYPE, engine)

    async def _captions(self, file: FileWanted, capture: str, wanted: Sequence[Caption]) -> tuple[CaptionTold, ...]:
        """Each track as it came, and as WebVTT that can be searched."""
        had = []
        for one in wanted:
            try:
                source, body, _ = await self._taker.small(one.url, file.referer)
            except _ITS_OWN:
                continue
            had.append(CaptionTold(one.language, one.automatic, one.ext, source))
            if text := await asyncio.to_thread(as_webvtt, body, one.ext):
                made = "captions by a machine" if one.automatic else "captions"
                await self._crawl.writer.conversion(
                    capture, file.url, text.encode("utf-8", "replace"), CAPTIONS, f"{made}, {one.language}"
                )
        return tuple(had)

    async def _still(self, file: FileWanted, choice: Choice) -> str:
        if choice.thumbnail is not None:
            with suppress(*_ITS_OWN):
                return (await self._taker.small(choice.thumbnail.url, file.referer))[0]
        return ""

    async def _playable(self, file: FileWanted, taken: Sequence[Taken]) -> int:
        """Bytes of the copy; 0 where there is none, which a note of the crawl explains."""
        ffmpeg = self._program()
        if not ffmpeg:
            return 0
        writer = self._crawl.writer
        try:
            with tempfile.TemporaryDirectory(prefix="recordwatch-playable-") as name:
                made = await asyncio.to_thread(make_copy, ffmpeg, Path(name), taken, self._open)
                sealed = await asyncio.to_thread(
                    write_conversion, writer.folder, writer.next_name(), writer.portal, writer.crawl, self._crawl.info,
                    capture=taken[0].capture, url=file.url, path=made, mime=PLAYABLE, engine=ENGINE,
                )  # fmt: skip
                writer.sealed(sealed)
                return made.stat().st_size
        except NoCopy as error:
            self._note(f"{file.url}: {error.what}; its bytes are archived")
        except OSError as error:
            self._note(f"{file.url}: no playable copy was made ({error.strerror or error}); its bytes are archived")
        return 0

    def _open(self, capture: str) -> BinaryIO:
        try:
            return self._crawl.writer.open_payload(capture)
        except PayloadElsewhere:
            return self._crawl.holdings.open_payload(capture)

    def _program(self) -> str:
        """ffmpeg; empty where there is none, which is said once."""
        if self._ffmpeg is None:
            try:
                self._ffmpeg = require(FFMPEG, self._crawl.home.settings.programs.ffmpeg)
            except ProgramMissing as missing:
                self._ffmpeg = ""
                self._note(f"{missing.what}. {missing.todo}")
        return self._ffmpeg

    def _note(self, words: str) -> None:
        if words not in self._crawl.result.warnings:
            self._crawl.result.warnings.append(words)
