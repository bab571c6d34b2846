"""Facts and posters of recordings, for a crawl: with the programs that are here, and what to say where they are not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, BinaryIO

from config.home import Home
from config.programs import FFMPEG, FFPROBE, ProgramMissing, require
from crawler.capture.files import FileOutcome
from releases.facts.model import Facts, MediaFacts, Trouble
from releases.facts.poster import MIME
from releases.facts.recordings import Programs, look
from releases.facts.worker import FactsWorker
from releases.recordings import posters

if TYPE_CHECKING:
    from crawler.run import Crawl


class MediaReader:
    """Looks at recordings for one crawl. Says once what is missing here, when the first one comes."""

    def __init__(self, crawl: Crawl, worker: FactsWorker) -> None:
        self._crawl = crawl
        self._worker = worker
        self._programs, self._missing = programs_here(crawl.home) if crawl.portal.media else (Programs(), [])

    async def read(self, outcome: FileOutcome, stream: BinaryIO) -> tuple[Facts | Trouble, str]:
        """Facts of a file and what read them; its poster goes into the WARC, once for these bytes."""
        crawl = self._crawl
        had = await crawl.database.run(posters, [outcome.digest])
        try:
            seen = await asyncio.to_thread(
                look, self._worker, self._programs, outcome.mime, stream,
                url=outcome.url, size=outcome.size, with_poster=not had,
            )  # fmt: skip
        except OSError as error:  # no room to look at it: its bytes are archived all the same
            crawl.result.warnings.append(f"{outcome.url}: what it holds was not looked at: {error.strerror or error}")
            return Trouble("crashed", str(error)), ""
        if seen.poster:
            await crawl.writer.conversion(outcome.capture, outcome.url, seen.poster, MIME, seen.poster_engine)
        if isinstance(seen.facts, MediaFacts):
            self._say_missing()
        return seen.facts, seen.engine

    def _say_missing(self) -> None:
        """One sentence each, once a crawl; the two come together."""
        for missing in self._missing[-1:]:
            self._crawl.result.warnings.append(f"{missing.what}. {missing.todo}")
        self._missing.clear()


def programs_here(home: Home) -> tuple[Programs, list[ProgramMissing]]:
    """The programs that look at recordings, and what to say of those that are not here."""
    configured = home.settings.programs
    missing: list[ProgramMissing] = []
    paths = []
    for program, path in ((FFPROBE, configured.ffprobe), (FFMPEG, configured.ffmpeg)):
        try:
            paths.append(require(program, path))
        except ProgramMissing as error:
            paths.append("")
            missing.append(error)
    return Programs(*paths), missing
