"""What a batch of files is like inside: texts, facts and hidden words, read before anything of it is committed."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from archive.commit import Insert, Operation, Row, Update
from archive.ids import uuid7
from archive.model import Held
from config.errors import RecordwatchError
from crawler.capture.files import FileOutcome
from releases.facts.model import Facts, Trouble
from releases.facts.worker import ENGINE as FACTS_ENGINE
from releases.facts.worker import FactsWorker, can_read
from releases.ledger.known import batches
from releases.models import FileFacts, FileVersion
from releases.quarantine.compare import areas
from releases.quarantine.gate import EVERYTHING
from releases.quarantine.plan import Finding
from releases.text.outcome import Extracted
from releases.text.passages import without
from releases.text.worker import TextWorker, Unreadable, can_extract, is_pdf

if TYPE_CHECKING:
    from crawler.run import Crawl

FACTS_TYPE = "application/vnd.recordwatch.facts+json"
MOST_BEFORE = 20
"""Earlier versions of a file, newest first, that are compared with a new one."""


@dataclass(slots=True)
class Examined:
    """What to commit of a batch besides what the file lane says."""

    operations: list[Operation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Before:
    """A PDF that a file was before, and whether these bytes have a text."""

    digest: str
    capture: str
    mime: str
    engine: str
    """That read its conversion; empty when it has none."""


@dataclass(slots=True)
class _Known:
    """What the catalog knows of a batch."""

    held: Mapping[str, Held]
    examined: set[str]
    """Digests whose facts it has."""
    texted: dict[str, str]
    """Digests whose text it has, and the engine that read it."""
    before: dict[str, list[_Before]]
    """By file id: the other PDFs it was, newest first."""


class Examiner:
    """Reads files for one crawl; holds the reading processes. A context manager."""

    def __init__(self, crawl: Crawl) -> None:
        self._crawl = crawl
        self._text = TextWorker()
        self._facts = FactsWorker()

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
        known = await self._crawl.database.run(_known, self._crawl.holdings.known, fresh)
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
                if can_read(outcome.mime, outcome.url):
                    facts = await asyncio.to_thread(
                        self._facts.read, outcome.mime, stream, url=outcome.url, size=outcome.size
                    )
                    if not isinstance(facts, Trouble):
                        await self._keep_facts(outcome, facts, FACTS_ENGINE, made, at)
                    return
                extracted = await asyncio.to_thread(self._text.extract, outcome.mime, stream, url=outcome.url)
        except RecordwatchError:
            return  # the bytes are archived; they can be read later
        if unread and outcome.digest not in known.texted:
            await self._keep_text(outcome, extracted)
        if extracted.facts is None:
            return
        if unread:
            await self._keep_facts(outcome, extracted.facts, extracted.engine, made, at)
        if unread and extracted.hidden:
            made.findings.append(
                Finding(
                    outcome.file_id, outcome.digest, outcome.capture, extracted.engine, "under a box", extracted.hidden
                )
            )
        if any(page.boxes for page in extracted.facts.pages):
            for before in known.before.get(outcome.file_id, ()):
                if before.digest != outcome.digest:
                    await self._visible_before(outcome, before, extracted, made)

    async def _keep_text(self, outcome: FileOutcome, extracted: Extracted) -> None:
        """One `conversion` record per page."""
        for number, text in enumerate(extracted.pages, 1):
            if text.strip():
                await self._crawl.writer.conversion(
                    outcome.capture, outcome.url, text.encode("utf-8", "replace"), "text/plain; charset=utf-8",
                    extracted.engine, page=number,
                )  # fmt: skip

    async def _keep_facts(self, outcome: FileOutcome, facts: Facts, engine: str, made: Examined, at: datetime) -> None:
        """A `metadata` record, and the ledger's row."""
        crawl = self._crawl
        block = msgspec.json.encode(facts)
        await crawl.writer.metadata(outcome.capture, outcome.url, block, FACTS_TYPE, engine)
        values = msgspec.to_builtins(facts)
        row: Row = {
            "id": uuid7(), "portal": crawl.portal.slug, "digest": outcome.digest, "capture": outcome.capture,
            "kind": values["kind"], "engine": engine[:64], "facts": values, "at": at, "crawl": crawl.id,
        }  # fmt: skip
        made.operations.append(Insert("releases.FileFacts", [row]))

    async def _visible_before(self, outcome: FileOutcome, before: _Before, now: Extracted, made: Examined) -> None:
        """Words that a version before showed where this one has a box."""
        assert now.facts is not None
        crawl = self._crawl
        with _scratch() as path:
            try:
                await crawl.database.run(_fetch, crawl.holdings.open_payload, before.capture, path)
                then = await asyncio.to_thread(self._text.extract, before.mime, path)
                if then.facts is None:
                    return
                shown = [_without(text, now.hidden.get(page, ())) for page, text in enumerate(now.pages, 1)]
                wanted = areas(then.facts.pages, then.pages, now.facts.pages, shown)
                if not wanted:
                    return
                spans = await asyncio.to_thread(self._text.words_in, path, wanted)
            except (RecordwatchError, OSError, Unreadable):
                return
        pages = {page: found for page, found in spans.items() if found}
        if not pages:
            return
        secret = [then.pages[page - 1][start:end] for page, found in pages.items() for start, end in found]
        made.operations += await crawl.database.run(_masked_facts, crawl.portal.slug, before.digest, secret)
        if before.engine not in {"", then.engine}:
            pages = {page: [EVERYTHING] for page in pages}  # another engine read its text: other places
        made.findings.append(
            Finding(outcome.file_id, before.digest, before.capture, then.engine, "visible before", pages)
        )

    @asynccontextmanager
    async def _payload(self, outcome: FileOutcome, known: _Known) -> AsyncIterator[BinaryIO]:
        """The bytes of a file: from the spool, or from where they were archived before."""
        crawl = self._crawl
        try:
            stream = crawl.writer.open_payload(outcome.capture)
        except RecordwatchError:
            if outcome.digest not in known.held:
                raise
            with _scratch() as path:
                await crawl.database.run(_fetch, crawl.holdings.open_payload, known.held[outcome.digest].capture, path)
                with path.open("rb") as copied:
                    yield copied
            return
        with closing(stream):
            yield stream


def _readable(outcome: FileOutcome) -> bool:
    """Whether there may be something to read: new bytes, or a PDF that may not have been looked through."""
    if not outcome.capture or not outcome.digest or outcome.error:
        return False
    if outcome.not_modified:
        return is_pdf(outcome.mime, outcome.url)
    return can_extract(outcome.mime, outcome.url) or can_read(outcome.mime, outcome.url)


def _asked(outcome: FileOutcome, known: _Known) -> bool:
    """Whether these bytes are still to be read. A killed crawl may have left a text without its facts."""
    if outcome.digest in known.examined:
        return False
    return outcome.digest not in known.held or outcome.digest not in known.texted or is_pdf(outcome.mime, outcome.url)


def _replaces(outcome: FileOutcome, known: _Known) -> bool:
    """Whether a file was other PDFs before, and never these bytes."""
    before = known.before.get(outcome.file_id, ())
    return bool(before) and is_pdf(outcome.mime, outcome.url) and outcome.digest not in {was.digest for was in before}


def _known(held: Callable[[Sequence[str]], Mapping[str, Held]], fresh: Sequence[FileOutcome]) -> _Known:
    from archive.catalog.models import Capture, Derived

    digests = sorted({outcome.digest for outcome in fresh})
    files = sorted({outcome.file_id for outcome in fresh})
    made = _Known(held(digests), set(), {}, {})
    was: dict[str, dict[str, FileVersion]] = defaultdict(dict)
    for part in batches(files):
        for version in FileVersion.objects.filter(file__in=part).order_by("-number"):
            if is_pdf(version.mime, version.url) and len(was[version.file]) < MOST_BEFORE:
                was[version.file].setdefault(version.digest, version)
    before = {digest for versions in was.values() for digest in versions}
    captures: dict[str, str] = {}
    for part in batches(sorted({*digests, *before})):
        made.examined.update(FileFacts.objects.filter(digest__in=part).values_list("digest", flat=True))
        rows = Capture.objects.filter(payload_digest__in=part, kind="response")
        captures.update(rows.values_list("id", "payload_digest"))
    for part in batches(sorted(captures)):
        for capture, engine in (
            Derived.objects.filter(capture__in=part, kind="conversion").values_list("capture", "engine").distinct()
        ):
            made.texted[captures[capture]] = engine
    for file, versions in was.items():
        made.before[file] = [
            _Before(version.digest, version.capture, version.mime, made.texted.get(version.digest, ""))
            for version in versions.values()
        ]
    return made


def _masked_facts(portal: str, digest: str, secret: Sequence[str]) -> list[Operation]:
    """What a document says of itself, without words that are held back from now on."""
    changed: list[Row] = []
    for row in FileFacts.objects.filter(portal=portal, digest=digest, kind="pdf"):
        said = row.facts.get("metadata", {})
        masked = {name: without(value, secret) for name, value in said.items()}
        if masked != said:
            changed.append({"id": row.id, "facts": {**row.facts, "metadata": masked}})
    return [Update("releases.FileFacts", changed)] if changed else []


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def _fetch(open_payload: Callable[[str], BinaryIO], capture: str, path: Path) -> None:
    with closing(open_payload(capture)) as stream, path.open("wb") as file:
        shutil.copyfileobj(stream, file, 1024**2)


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="recordwatch-") as folder:
        yield Path(folder) / "document"
