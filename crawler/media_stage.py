"""The media stage: recordings on other hosts' players, after the files, so that no long video delays a document.

    the player's address ─► resolver (yt-dlp, a process of its own) ─► which form ─► playlist ─► bytes through the door
        ─► one capture of the whole ─► captions, still, playable copy, what the host said ─► commit

One recording at a time, one commit each. What goes wrong with one is that file's outcome, never the crawl's.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from archive.model import Archived, Held
from archive.warc.parts import PartMissing
from config.errors import RecordwatchError
from crawler.capture.door import Door
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.files import MEDIA_KINDS, ONE_FILES_TROUBLE, FileOutcome, media_type
from crawler.capture.media.answer import Format, Info
from crawler.capture.media.choose import Choice, choose, way
from crawler.capture.media.found import DASH, HLS, media_addresses, named
from crawler.capture.media.memory import description, part_told
from crawler.capture.media.outcomes import Unhad, sentence
from crawler.capture.media.playlist import Stream
from crawler.capture.media.resolver import Resolver
from crawler.capture.media.take import Taken, Taker
from crawler.capture.media.visited import VISIT, Visits
from crawler.examine import Examiner
from crawler.files_stage import commit_files
from crawler.media_candidates import Candidates
from crawler.media_extras import Extras
from crawler.media_memory import Remembered, remember
from crawler.recheck.stage import leave, select, time_is_up
from releases.ledger.plan import FileWanted
from releases.model import MediaTrouble
from releases.models import File

if TYPE_CHECKING:
    from crawler.run import Crawl

PLAYERS = frozenset({"vimeo", "youtube", "soundcloud", "embed"})
"""`File.host` of what is resolved."""
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_PLAYLISTS = HLS | DASH
_PAGE_EXTRACTORS = frozenset({"generic", "html5", "page", VISIT})
"""Those that know nothing of the host: that a file's address is the same says little of its bytes."""
_ITS_OWN = (*ONE_FILES_TROUBLE, PartMissing)


async def fetch_media(crawl: Crawl, door: Door, wanted: Sequence[FileWanted], visits: Visits) -> None:
    """Take the recordings of `wanted` that players show, of those held already as many as `recheck` allows; none where
    the portal file says `media = false`. `visits`: what pages played in this crawl's browser.
    """
    players = [file for file in wanted if file.host in PLAYERS and (file.host != "embed" or file.kind in MEDIA_KINDS)]
    if not players or not crawl.portal.media:
        return
    chosen, _ = await select(crawl, door, players)
    if len(chosen) < len(players):
        crawl.result.warnings.append(
            f"{len(players) - len(chosen):,} of {len(players):,} recordings on other hosts were not asked for again"
        )
    spent, had = time_is_up(crawl, door), dict[str, FileOutcome]()
    async with Resolver(door, crawl.portal.limits, crawl.portal.languages) as resolver:
        stage = MediaStage(crawl, door, resolver, visits)
        with Examiner(crawl) as examiner:
            for done, file in enumerate(chosen, 1):
                if spent():
                    leave(crawl, door, len(chosen) - done + 1, len(chosen))
                    return
                crawl.progress("media", done, len(chosen))
                before = had.get(file.url)
                outcome = dataclasses.replace(before, file_id=file.file_id) if before else await stage.take(file)
                if outcome is None:
                    continue
                had[file.url] = outcome
                await commit_files(crawl, examiner, [outcome])


class MediaStage:
    """Takes recordings for one crawl."""

    def __init__(self, crawl: Crawl, door: Door, resolver: Resolver, visits: Visits) -> None:
        self._crawl = crawl
        self._door = door
        self._resolver = resolver
        portal = crawl.portal
        self._taker = Taker(door, crawl.writer, portal.limits, portal.politeness.connections, self._payload)
        self._extras = Extras(crawl, self._taker)
        self._visits = visits
        self._candidates = Candidates(resolver, self._taker)

    async def _payload(self, archived: Archived) -> bytes | None:
        """The body of a capture, also where it was too large for memory, or is held since an earlier crawl."""
        if archived.payload is not None:
            return archived.payload
        crawl, digest = self._crawl, archived.payload_digest
        try:
            with closing(crawl.writer.open_payload(archived.capture)) as stream:
                return await asyncio.to_thread(stream.read)
        except RecordwatchError:
            held: Mapping[str, Held] = await crawl.database.run(crawl.holdings.readable, [digest])
            if digest not in held:
                return None
            body: bytes = await crawl.database.run(crawl.holdings.read_payload, held[digest].capture)
            return body

    async def take(self, file: FileWanted) -> FileOutcome | None:
        """What became of one recording. Links of hosts expire: where one did, the host is asked again, once. None for
        one that only its page in a browser tells of, which this crawl did not open.

        Raises:
            RecordwatchError: what concerns the whole crawl.
        """
        remembered = await self._crawl.database.run(remember, self._crawl.holdings, file.file_id)
        if _seen_in_a_visit(file, remembered) and self._visits.of(file.url, file.referer) is None:
            return None
        try:
            try:
                return await self._take(file, remembered)
            except Unhad as error:
                if not error.expired:
                    raise
            return await self._take(file, remembered)
        except Unhad as error:
            status = error.status if error.trouble == "removed" else 0
            return _failed(file, error.what, error.trouble, error.capture, status)
        except _ITS_OWN as error:
            archived = getattr(error, "archived", None)
            capture = archived.capture if archived is not None else ""
            return _failed(file, sentence("unreachable", error.what), "unreachable", capture, 0)

    async def _take(self, file: FileWanted, remembered: Remembered | None) -> FileOutcome:
        page: Fetched | None = None
        if file.host == "embed":
            page = await self._door.fetch(Fetch(file.url, referer=file.referer, conditional=True, purpose="file"))
            if (itself := _itself(file, page)) is not None:
                return itself
        info = await self._info(file, page)
        choice = choose(info, self._crawl.portal.languages, self._crawl.portal.limits.file_bytes)
        if choice.why:
            raise _nothing(choice, self._crawl.portal.limits.file_bytes)
        lists = [None if way(one) == "file" else await self._taker.stream(one, file.referer) for one in choice.formats]
        same = description(info, choice.formats, lists)
        if remembered is not None and await self._unchanged(file, info, choice.formats, lists, remembered, same):
            await self._extras.more_captions(file, info, choice, remembered)
            return _unchanged(file, remembered)
        taken = [
            await self._bytes(file, one, each, remembered) for one, each in zip(choice.formats, lists, strict=True)
        ]
        if remembered is not None and [one.digest for one in taken] == [one.digest for one in remembered.memory.parts]:
            await self._extras.more_captions(file, info, choice, remembered)
            if remembered.memory.same != same:
                roles = [part.role for part in remembered.memory.parts]
                parts = [part_told(*each) for each in zip(roles, choice.formats, taken, strict=True)]
                await self._extras.again(file, info, same, remembered, parts)
            return _unchanged(file, remembered)
        await self._extras.keep(file, info, choice, taken, same)
        if remembered is not None and len(taken) > 1 and taken[0].digest == remembered.digest:
            self._crawl.result.warnings.append(
                f"the sound of {file.url} changed while its picture did not: both are archived, and no version tells it"
            )
        first = taken[0]
        return FileOutcome(file.file_id, file.url, first.url, first.capture, 200, first.digest, first.size, first.mime)

    async def _info(self, file: FileWanted, page: Fetched | None) -> Info:
        """What plays there, by the resolver; else by what the page itself names, or played in a browser. Raises Unhad."""
        resolved = await self._resolver.resolve(file.url, file.referer)
        if resolved.info is not None and resolved.trouble is None:
            return resolved.info
        if resolved.trouble == "unsupported" and page is not None:
            identity = await self._crawl.database.run(_identity, file.file_id)
            shown = named(media_addresses(await self._html(page), page.url))
            found = await self._candidates.shown(shown, page.url, identity)
            if found is None and (played := self._visits.of(file.url, file.referer)):
                found = await self._candidates.played(played, file.url, identity)
            if found is not None:
                return found
        evidence = resolved.evidence
        raise Unhad(
            resolved.trouble or "unreachable", resolved.said, status=evidence.status if evidence else 0,
            capture=evidence.capture if evidence else "",
        )  # fmt: skip

    async def _html(self, page: Fetched) -> str:
        body = page.archived.payload
        if page.held is not None:
            try:
                body = (await self._door.held.answer(page.held)).payload
            except RecordwatchError:
                return ""
        return (body or b"").decode("utf-8", "replace")

    async def _unchanged(
        self, file: FileWanted, info: Info, formats: Sequence[Format], lists: Sequence[Stream | None], was: Remembered,
        same: str,
    ) -> bool:  # fmt: skip
        """Whether the host offers what is held, as far as it can be asked without fetching it again.

        A file is asked for by its validators later on, where it has any; of a stream one piece is.
        """
        if was.memory.same != same:
            return False
        for one, stream, part in zip(formats, lists, was.memory.parts, strict=True):
            held = was.witnesses.get(part.witness)
            asks = held is not None and bool(held.etag or held.last_modified)
            if stream is None:
                if asks or info.extractor in _PAGE_EXTRACTORS:
                    return False
                continue
            last = stream.stretches[-1]
            asked = held is not None and asks and not last.length
            if asked and held is not None and not await self._taker.unchanged(last, one, file.referer, held):
                return False
        return True

    async def _bytes(self, file: FileWanted, one: Format, stream: Stream | None, was: Remembered | None) -> Taken:
        if stream is not None:
            return await self._taker.whole(stream, one, file.referer)
        return await self._taker.file(one, file.referer, was.witness_of(one) if was is not None else None)


def _identity(file_id: str) -> str:
    """What the ledger has of the file's own name."""
    return File.objects.filter(id=file_id).values_list("identity", flat=True).first() or ""


def _seen_in_a_visit(file: FileWanted, was: Remembered | None) -> bool:
    """Whether only its page in a browser told where it was."""
    return was is not None and was.memory.recording.extractor == VISIT and was.memory.recording.page == file.url


def _itself(file: FileWanted, page: Fetched) -> FileOutcome | None:
    """The outcome where the address is that of the recording, or of nothing; None where it is a page or playlist."""
    held, archived = page.held, page.archived
    mime = media_type(page.header("content-type")) or (held.mime if held is not None else "")
    good = held is not None or 200 <= page.status < 300
    if good and (mime in _PAGES or mime in _PLAYLISTS):
        return None
    return FileOutcome(
        file.file_id, file.url, page.url, archived.capture, archived.status,
        held.payload_digest if held is not None else archived.payload_digest,
        held.payload_length if held is not None else archived.payload_length, mime,
        not_modified=page.not_modified, error="" if good else f"the server answered {page.status}",
    )  # fmt: skip


def _nothing(choice: Choice, most: int) -> Unhad:
    if choice.why == "drm":
        return Unhad("drm")
    if choice.why == "too large":
        return Unhad("unreachable", f"every form of it has more than {most} bytes (limits.file_bytes)")
    return Unhad("unsupported", "its host names no form that can be taken")


def _unchanged(file: FileWanted, was: Remembered) -> FileOutcome:
    first = was.memory.parts[0]
    return FileOutcome(
        file.file_id, file.url, first.url, was.capture, 304, was.digest, first.size, first.mime, not_modified=True
    )


def _failed(file: FileWanted, error: str, trouble: MediaTrouble, capture: str, status: int) -> FileOutcome:
    return FileOutcome(file.file_id, file.url, file.url, capture, status, "", 0, "", error=error, trouble=trouble)
