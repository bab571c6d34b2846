"""Writes down what is said in a portal's recordings, after its news is out: slow, bounded, gone on with later.

Nothing else waits for it: it has a lock of its own, and takes the portal's only to commit a transcript
that is done. What has no transcript yet is found by query, so a kill costs the piece that was listened to.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from archive.access import restricted
from archive.catalog.commits import warc_operations
from archive.holdings import Holdings
from archive.ids import uuid7
from archive.model import SealedWarc
from archive.portal_lock import PortalLocked, portal_lock
from archive.warc.crawl_writer import CrawlWriter
from config.errors import RecordwatchError
from config.home import Home
from config.portal import Portal
from config.programs import FFMPEG, require
from crawler.opening import warcinfo
from releases.ledger.known import batches
from releases.models import File, FileFacts, FileVersion
from releases.recordings import captions, transcripts
from releases.speech.engine import Engine, open_engine
from releases.speech.recording import Progress, has_failed, listen
from releases.speech.vtt import MIME, write_vtt

_ROOM = 1024**3
"""Bytes that stay free where recordings are copied to."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One that has sound and no transcript."""

    digest: str
    capture: str
    url: str
    size: int
    seconds: float | None


@dataclass(slots=True)
class Transcribed:
    """What came of one run."""

    done: int = 0
    waiting: int = 0
    """That have sound and no transcript now."""
    notes: list[str] = field(default_factory=list)
    """Sentences for whoever keeps the portal."""


def transcribe_portal(
    home: Home, portal: Portal, holdings: Holdings, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Transcribed:
    """Transcribe recordings of `portal`, newest first, until all are or the run's time is over.

    Raises:
        RecordwatchError: the store or the database failed. Whatever was heard is kept for the next run.
    """
    made = Transcribed()
    if not (portal.text.transcribe and portal.media):
        return made
    try:
        ffmpeg = require(FFMPEG, home.settings.programs.ffmpeg)
        engine = open_engine(home.settings.speech, home.settings.programs.whisper)
    except RecordwatchError as missing:
        made.notes.append(f"nothing is transcribed: {missing}")
        return made
    language = next((one for one in portal.languages if engine.speaks(one)), None)
    if language is None:
        made.notes.append(f"nothing is transcribed: {engine.label} understands none of: {', '.join(portal.languages)}")
        return made
    try:
        with portal_lock(home.locks, f"{portal.slug}.transcripts"):
            _Run(home, portal, holdings, ffmpeg, engine, language, made).all(progress)
    except PortalLocked:
        pass  # another process is at it
    return made


class _Run:
    def __init__(
        self,
        home: Home,
        portal: Portal,
        holdings: Holdings,
        ffmpeg: str,
        engine: Engine,
        language: str,
        made: Transcribed,
    ) -> None:
        self._home, self._portal, self._holdings = home, portal, holdings
        self._ffmpeg, self._engine, self._language = ffmpeg, engine, language
        self._made = made
        self._folder = home.transcripts / portal.slug
        self._until = time.monotonic() + 60 * home.settings.speech.run_minutes

    def all(self, progress: Callable[[str, int, int], None]) -> None:
        waiting = untranscribed(self._portal.slug)
        self._made.waiting = len(waiting)
        if not waiting:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for number, recording in enumerate(waiting):
            progress("transcripts", number, len(waiting))
            if not self._in_time():
                break
            try:
                self._one(recording)
            except PortalLocked:
                continue  # it is done, and kept; a crawl is running now
            except OSError as error:
                self._made.notes.append(f"{recording.url}: it was not transcribed: {error.strerror or error}")
        if self._made.waiting:
            left = f"{self._made.waiting} recording{'s' if self._made.waiting > 1 else ''}"
            self._made.notes.append(f"{left} of {self._portal.slug} still without a transcript; the next crawl goes on")

    def _in_time(self) -> bool:
        return time.monotonic() < self._until

    def _one(self, recording: Recording) -> None:
        settings = self._home.settings.speech
        kept = self._folder / f"{recording.digest.replace(':', '-')}.json"
        work = self._folder / "work"
        shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
        if not self._fits(recording):
            return
        work.mkdir()
        try:
            path = work / "recording"
            with closing(self._holdings.open_payload(recording.capture)) as stream, path.open("wb") as file:
                shutil.copyfileobj(stream, file, 1024**2)
            state = listen(
                self._ffmpeg, self._engine, path, self._language, kept,
                most=60.0 * settings.minutes, go_on=self._in_time,
            )  # fmt: skip
        except RecordwatchError as error:
            self._made.notes.append(f"{recording.url}: it was not transcribed: {error}")
            return
        finally:
            shutil.rmtree(work, ignore_errors=True)
        if has_failed(state):
            self._made.notes.append(f"{recording.url}: {self._engine.label} failed over it: {state.error}")
        elif state.done:
            self._keep(recording, state)
            kept.unlink(missing_ok=True)
            self._made.done += 1
            self._made.waiting -= 1

    def _fits(self, recording: Recording) -> bool:
        if recording.size > self._home.settings.speech.gigabytes * 1000**3:
            why = "larger than speech.gigabytes"
        elif shutil.disk_usage(self._folder).free < recording.size + _ROOM:
            why = "there is no room to copy it to"
        else:
            return True
        self._made.notes.append(f"{recording.url}: it is not transcribed: {why}")
        return False

    def _keep(self, recording: Recording, state: Progress) -> None:
        """Into the archive and the catalog. Raises PortalLocked."""
        slug, ident = self._portal.slug, uuid7()
        with portal_lock(self._home.locks, slug):
            self._holdings.committer.replay(slug)
            try:
                sealed = asyncio.run(self._written(recording, state, ident))
                self._holdings.committer.store_warcs(sealed)
                self._holdings.committer.commit(slug, "transcripts", warc_operations(sealed))
                self._holdings.forget_local(sealed)
            finally:
                with contextlib.suppress(OSError):  # not empty: it is for `recover`
                    (self._home.spool / slug / ident).rmdir()

    async def _written(self, recording: Recording, state: Progress, ident: str) -> list[SealedWarc]:
        info = warcinfo(self._home, self._portal)
        writer = CrawlWriter(self._home.spool, portal=self._portal.slug, crawl=ident, info=info, known=lambda _: {})
        try:
            vtt = write_vtt(state.transcript(), state.heard, recording.seconds)
            await writer.conversion(recording.capture, recording.url, vtt, MIME, self._engine.label)
            return await writer.seal()
        finally:
            await writer.close()


def untranscribed(portal: str) -> list[Recording]:
    """Recordings of `portal` with sound, as far as their facts say, and without a transcript; newest first."""
    files = list(File.objects.filter(portal=portal).values_list("id", flat=True))
    versions: dict[str, FileVersion] = {}
    for part in batches(files):
        for version in FileVersion.objects.filter(file__in=part).exclude(capture="").order_by("at"):
            versions[version.digest] = version
    versions.pop("", None)
    sound: dict[str, float | None] = {}
    for part in batches(sorted(versions)):
        for digest, facts in FileFacts.objects.filter(digest__in=part, kind="media").values_list("digest", "facts"):
            if any(phrase.startswith("audio") for phrase in facts.get("streams", ())):
                sound[digest] = facts.get("duration")
    wanted = set(sound) - restricted(sound)
    wanted -= transcripts(wanted).keys() | captions(wanted).keys()
    chosen = sorted((versions[digest] for digest in wanted), key=lambda version: (version.at, version.id), reverse=True)
    return [Recording(one.digest, one.capture, one.url, one.size, sound[one.digest]) for one in chosen]
