"""Takes in what came another way than over the wire: archived, read and put on the timelines, in one commit."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from archive.catalog.operations import portal_operation, warc_operations
from archive.commit import Insert, Operation
from archive.holdings import Holdings
from archive.ids import uuid7
from archive.portal_lock import portal_lock
from archive.warc.deposit import Deposited, Derived, measured, write_deposit
from config.home import Home
from config.portal import Portal
from crawler.examine import FACTS_TYPE
from crawler.examine_media import programs_here
from releases.alerts.outbox import enqueue
from releases.facts.model import Facts, TextRead, Trouble
from releases.facts.recordings import Programs, look
from releases.facts.worker import FactsWorker, can_read
from releases.ledger.canonical import clean
from releases.ledger.deposit import Said, about, files_of, key_of, plan_deposit, refuse_doubles, sealed_pieces
from releases.ledger.observation import Plan
from releases.models import FileFacts
from releases.quarantine.plan import Finding, plan_quarantine
from releases.recordings import POSTER, posters
from releases.text.outcome import Extracted
from releases.text.passages import without
from releases.text.readings import engine_of, facts_row, text_read
from releases.text.worker import TextWorker
from spiders.links import kind_of

DEPOSIT_TYPE = "application/vnd.recordwatch.deposit+json"


@dataclass(frozen=True, slots=True)
class DepositResult:
    """What became of a deposit."""

    key: str
    """The record it is now."""
    about: tuple[str, ...]
    captures: tuple[str, ...]
    digests: tuple[str, ...]
    size: int
    captured_too: tuple[str, ...]
    """Addresses that served the very same bytes, as far as they were captured."""
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Read:
    """One file with what was read in it."""

    file: Deposited
    text: Extracted
    facts: Facts | None
    engine: str
    poster_engine: str
    poster: bytes
    """Of a video: a JPEG."""


def deposit(home: Home, portal: Portal, paths: Sequence[Path], said: Said) -> DepositResult:
    """Archive `paths` as one deposit at `portal` and put it on the timelines of the records it is about.

    Nothing is committed unless all of it is. What the files hold is read like any captured file's: texts are
    searchable, words under a box are held back.

    Raises:
        PortalLocked: a crawl of this portal is running. DepositRefused, UnknownRecordError, ConfigError; and
            what store and database raise: then nothing was deposited, and the same command may be given again.
    """
    files = [measured(path) for path in paths]
    holdings = Holdings(home, on_apply=enqueue)
    ident, at = uuid7(), datetime.now(UTC)
    with portal_lock(home.locks, portal.slug):
        holdings.committer.replay(portal.slug)
        keys = about(portal.slug, said.about)
        refuse_doubles(portal.slug, [file.digest for file in files])
        read = _read(files, programs_here(home)[0] if portal.media else Programs())
        operator = home.settings.operator
        info = {
            "software": f"recordwatch/{version('recordwatch')}", "operator": operator.name,
            "description": "handed in by a person (see the metadata records); not captured from anywhere",
        }  # fmt: skip
        try:
            sealed = write_deposit(home.spool, portal.slug, ident, info, files, _derived(read, said, keys))
            names = {one.file.capture: (clean(one.file.path.name), kind_of(one.file.path.name)) for one in read}
            plan = plan_deposit(portal.slug, ident, at, said, keys, sealed_pieces(sealed, names))
            held_back = plan_quarantine(portal.slug, ident, at, _findings(read, plan), plan.operations)
            holdings.committer.store_warcs([sealed])
            rows: list[Operation] = [
                portal_operation(portal.slug, portal.name, portal.url, at), *warc_operations([sealed]),
                *plan.operations, *_facts(read, portal.slug, ident, at), *held_back.operations,
            ]  # fmt: skip
            holdings.committer.commit(portal.slug, "deposit", rows)
            holdings.forget_local([sealed])
        finally:
            with contextlib.suppress(OSError):  # not empty: it is stored and not committed, for `recover`
                (home.spool / portal.slug / ident).rmdir()
    return DepositResult(
        key_of(ident), tuple(keys), tuple(row.id for row in sealed.captures), tuple(file.digest for file in files),
        sum(file.size for file in files), tuple(_captured(files)), tuple(held_back.warnings),
    )  # fmt: skip


def _read(files: Sequence[Deposited], programs: Programs) -> list[_Read]:
    """Texts, facts and posters, read by the same processes as those of captured files."""
    found = []
    had = posters([file.digest for file in files])
    with TextWorker() as texts, FactsWorker() as facts:
        for file in files:
            text = texts.extract(file.mime, file.path, url=clean(file.path.name))
            about: Facts | None = text.facts
            engine, poster = text.engine, ("", b"")
            if about is None and can_read(file.mime, file.path.name):
                with file.path.open("rb") as stream:
                    seen = look(
                        facts, programs, file.mime, stream, url=clean(file.path.name), size=file.size,
                        with_poster=file.digest not in had,
                    )  # fmt: skip
                about, engine = (None, "") if isinstance(seen.facts, Trouble) else (seen.facts, seen.engine)
                poster = seen.poster_engine, seen.poster
            elif text.facts is not None:
                secret = [
                    text.pages[page - 1][start:end] for page, spans in text.hidden.items() for start, end in spans
                ]
                metadata = {name: without(value, secret) for name, value in text.facts.metadata.items()}
                about = msgspec.structs.replace(text.facts, metadata=metadata)
            found.append(_Read(file, text, about, engine, *poster))
    return found


def _derived(read: Sequence[_Read], said: Said, keys: Sequence[str]) -> list[Derived]:
    """What the depositor says, and texts and facts, as records beside the bytes."""
    made = []
    for one in read:
        capture = one.file.capture
        words = {"file": one.file.path.name, **msgspec.to_builtins(said), "about": list(keys)}
        told = msgspec.json.encode(clean(words), order="sorted")  # names of files are bytes, of no encoding
        made.append(Derived(capture, "metadata", told, DEPOSIT_TYPE, "deposit 1"))
        for number, text in enumerate(one.text.pages, 1):
            if text.strip():
                payload = text.encode("utf-8", "replace")
                made.append(
                    Derived(capture, "conversion", payload, "text/plain; charset=utf-8", one.text.engine, number)
                )
        if one.facts is not None:
            made.append(Derived(capture, "metadata", msgspec.json.encode(one.facts), FACTS_TYPE, one.engine))
        if one.poster:
            made.append(Derived(capture, "conversion", one.poster, POSTER, one.poster_engine))
    return made


def _facts(read: Sequence[_Read], portal: str, ident: str, at: datetime) -> list[Operation]:
    kept = FileFacts.objects.filter(digest__in=[one.file.digest for one in read])
    known = {(digest, kind == "text") for digest, kind in kept.exclude(kind="ocr").values_list("digest", "kind")}
    rows = []
    for one in read:
        for facts, engine in ((one.facts, one.engine), (text_read(one.text), engine_of(one.text))):
            sign = one.file.digest, isinstance(facts, TextRead)
            if facts is not None and sign not in known:
                known.add(sign)
                rows.append(facts_row(uuid7(), portal, ident, one.file.digest, one.file.capture, facts, engine, at))
    return [Insert("releases.FileFacts", rows)] if rows else []


def _findings(read: Sequence[_Read], plan: Plan) -> list[Finding]:
    files = files_of(plan)
    return [
        Finding(
            files[one.file.capture], one.file.digest, one.file.capture, one.text.engine, "under a box", one.text.hidden
        )
        for one in read
        if one.text.hidden
    ]


def _captured(files: Sequence[Deposited]) -> list[str]:
    """Where the very same bytes were captured."""
    from archive.catalog.models import Capture

    rows = Capture.objects.filter(payload_digest__in=[file.digest for file in files], status=200)
    return sorted(set(rows.values_list("url", flat=True)[:100]))
