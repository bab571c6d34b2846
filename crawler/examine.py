"""What a batch of files is like inside: texts, facts and hidden words, read before anything of it is committed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from archive.commit import Insert, Operation
from archive.ids import uuid7
from archive.model import Held
from config.errors import RecordwatchError
from crawler.capture.files import FileOutcome
from crawler.examine_before import Before, fetch, masked_facts, scratch, visible_before
from crawler.examine_media import MediaReader
from crawler.examine_text import live_texts, only_examined, settle, to_keep
from releases.facts.model import READINGS, Facts, TextRead, Trouble
from releases.facts.worker import FactsWorker, can_read
from releases.ledger.known import batches
from releases.models import FileFacts, FileVersion
from releases.quarantine.gate import EVERYTHING
from releases.quarantine.plan import Finding
from releases.text.outcome import Extracted
from releases.text.passages import without
from releases.text.readings import engine_of, facts_row, text_read
from releases.text.worker import TextWorker, can_extract, is_pdf

if TYPE_CHECKING:
    from crawler.run import Crawl

FACTS_TYPE = "application/vnd.recordwatch.facts+json"
_UNSAID = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/download", "application/force-download"}
)
"""Media types that say nothing."""
MOST_BEFORE = 20
"""Earlier versions of a file, newest first, that are compared with a new one."""


@dataclass(slots=True)
class Examined:
    """What to commit of a batch besides what the file lane says."""

    operations: list[Operation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """What the catalog knows of a batch."""

    held: Mapping[str, Held]
    examined: set[str]
    """Digests whose facts it has."""
    texted: dict[str, str]
    """Digests whose text it has, and the engine that read it."""
    before: dict[str, list[Before]]
    """By file id: the PDFs it was, newest first."""
    current: dict[str, str]
    """By file id: digest of what it is, as far as is known."""


class Examiner:
    """Reads files for one crawl; holds the reading processes. A context manager."""

    def __init__(self, crawl: Crawl) -> None:
        self._crawl = crawl
        self._text = TextWorker()
        self._facts = FactsWorker()
        self._media = MediaReader(crawl, self._facts)

    def __enter__(self) -> Examiner:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()
        self._facts.close()

    async def examine(self, batch: Sequence[FileOutcome], at: datetime) -> Examined:
        """Read what is new of `batch`: texts and facts go into the WARC, rows and findings are returned."""
        made = Examined()
        fresh = [outcome for outcome in batch if _readable(outcome)]
        if not fresh:
            return made
        known = await self._crawl.database.run(_known, self._crawl.holdings.readable, fresh)
        done: set[str] = set()
        for outcome in fresh:
            unread = _asked(outcome, known) and outcome.digest not in done
            if unread or _replaces(outcome, known):
                done.add(outcome.digest)
                await self._one(outcome, known, made, at, unread=unread)
        return made

    async def _one(self, outcome: FileOutcome, known: _Known, made: Examined, at: datetime, *, unread: bool) -> None:
        """Read one file. `unread`: its bytes are new; else they only took the place of others."""
        try:
            async with self._payload(outcome, known) as stream:
                if can_read(outcome.mime, outcome.url) and not await self._says_pdf(outcome, known):
                    facts, engine = await self._media.read(outcome, stream)
                    if not isinstance(facts, Trouble):
                        await self._keep_facts(outcome, facts, engine, made, at)
                    return
                extracted = await asyncio.to_thread(self._text.extract, outcome.mime, stream, url=outcome.url)
        except RecordwatchError:
            return  # the bytes are archived; they can be read later
        if unread and to_keep(extracted, known.texted.get(outcome.digest, "")):
            await self._keep_text(outcome, extracted)
        if unread and (read := text_read(extracted)) is not None:
            await self._keep_facts(outcome, read, engine_of(extracted), made, at)
        pages: Mapping[int, Sequence[tuple[int, int]]] = extracted.hidden
        if unread and pages:
            if known.texted.get(outcome.digest, extracted.engine) != extracted.engine:
                pages = {page: [EVERYTHING] for page in pages}  # another engine read its text: other places
            made.findings.append(
                Finding(outcome.file_id, outcome.digest, outcome.capture, extracted.engine, "under a box", pages)
            )
        if extracted.facts is None:
            return
        others = [one for one in known.before.get(outcome.file_id, ()) if one.digest != outcome.digest]
        found = await visible_before(self._crawl, self._text, outcome.file_id, others, extracted)
        made.findings += found.findings
        digests = [one.digest for one in others] if unread else [outcome.digest, *(one.digest for one in others)]
        if unread:
            facts = msgspec.structs.replace(
                extracted.facts,
                metadata={name: without(value, found.secret) for name, value in extracted.facts.metadata.items()},
            )
            await self._keep_facts(outcome, facts, extracted.engine, made, at)
        if found.secret:
            made.operations += await self._crawl.database.run(
                masked_facts, self._crawl.portal.slug, digests, found.secret
            )

    async def _keep_text(self, outcome: FileOutcome, extracted: Extracted) -> None:
        """One `conversion` record per page."""
        for number, text in enumerate(extracted.pages, 1):
            if text.strip():
                await self._crawl.writer.conversion(
                    outcome.capture, outcome.url, text.encode("utf-8", "replace"), "text/plain; charset=utf-8",
                    extracted.engine, page=number,
                )  # fmt: skip

    async def _keep_facts(
        self, outcome: FileOutcome, facts: Facts | TextRead, engine: str, made: Examined, at: datetime
    ) -> None:
        """A `metadata` record, and the ledger's row."""
        crawl = self._crawl
        block = msgspec.json.encode(facts)
        await crawl.writer.metadata(outcome.capture, outcome.url, block, FACTS_TYPE, engine)
        row = facts_row(uuid7(), crawl.portal.slug, crawl.id, outcome.digest, outcome.capture, facts, engine, at)
        made.operations.append(Insert("releases.FileFacts", [row]))

    @asynccontextmanager
    async def _payload(self, outcome: FileOutcome, known: _Known) -> AsyncIterator[BinaryIO]:
        """The bytes of a file: from the spool, or from where they were archived before."""
        crawl = self._crawl
        try:
            stream = crawl.writer.open_payload(outcome.capture)
        except RecordwatchError:
            if outcome.digest not in known.held:
                raise
            with scratch() as path:
                await crawl.database.run(fetch, crawl.holdings.open_payload, known.held[outcome.digest].capture, path)
                with path.open("rb") as copied:
                    yield copied
            return
        with closing(stream):
            yield stream

    async def _says_pdf(self, outcome: FileOutcome, known: _Known) -> bool:
        """Whether bytes that are said to be a picture or a recording are a PDF."""
        async with self._payload(outcome, known) as stream:
            return b"%PDF-" in stream.read(1024)


def _readable(outcome: FileOutcome) -> bool:
    """Whether there may be something to read: new bytes, or a document that may not have been looked through."""
    if not outcome.capture or not outcome.digest or outcome.error:
        return False
    if outcome.not_modified:
        return can_extract(outcome.mime, outcome.url)
    said = can_extract(outcome.mime, outcome.url) or can_read(outcome.mime, outcome.url)
    return said or outcome.mime in _UNSAID  # their first bytes may say more


def _asked(outcome: FileOutcome, known: _Known) -> bool:
    """Whether these bytes are still to be read. A killed crawl may have left a text without its facts."""
    if outcome.digest in known.examined:
        return False
    read = known.texted.get(outcome.digest, "")
    return outcome.digest not in known.held or not read or only_examined(read) or is_pdf(outcome.mime, outcome.url)


def _replaces(outcome: FileOutcome, known: _Known) -> bool:
    """Whether a file is these bytes since now, anew or again, and was other PDFs before."""
    others = {was.digest for was in known.before.get(outcome.file_id, ())} - {outcome.digest}
    return bool(others) and known.current.get(outcome.file_id) != outcome.digest


def _known(held: Callable[[Sequence[str]], Mapping[str, Held]], fresh: Sequence[FileOutcome]) -> _Known:
    from archive.catalog.models import Capture

    digests = sorted({outcome.digest for outcome in fresh})
    files = sorted({outcome.file_id for outcome in fresh})
    made = _Known(held(digests), set(), {}, {}, {})
    was: dict[str, dict[str, FileVersion]] = defaultdict(dict)
    for part in batches(files):
        for version in FileVersion.objects.filter(file__in=part).order_by("-number"):
            made.current.setdefault(version.file, version.digest)
            was[version.file].setdefault(version.digest, version)
    before = {digest for versions in was.values() for digest in versions}
    captures: dict[str, str] = {}
    pdfs: set[str] = set()
    for part in batches(sorted({*digests, *before} - {""})):
        for digest, kind in FileFacts.objects.filter(digest__in=part).values_list("digest", "kind"):
            made.examined.update({digest} if kind not in READINGS else ())
            pdfs.update({digest} if kind == "pdf" else ())
        settle(part, made.examined)
        rows = Capture.objects.filter(payload_digest__in=part, kind__in=("response", "assembled"))
        captures.update(rows.values_list("id", "payload_digest"))
    for part in batches(sorted(captures)):
        for capture, engine in live_texts(part).values_list("capture", "engine").distinct():
            made.texted[captures[capture]] = engine
    for file, versions in was.items():
        chosen = [one for one in versions.values() if one.digest in pdfs or is_pdf(one.mime, one.url)]
        made.before[file] = [
            Before(one.digest, one.capture, made.texted.get(one.digest, "")) for one in chosen[:MOST_BEFORE]
        ]
    return made
