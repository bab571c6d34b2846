"""Rows that hold passages back, and an editor's decisions about them. Reads the database, writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from archive.commit import Insert, Operation
from config.errors import RecordwatchError
from releases.ledger.observation import Plan, Row
from releases.ledger.rows import Rows, Subject
from releases.models import File, Quarantine, Record
from releases.quarantine.gate import merged

Reason = Literal["under a box", "visible before"]
REASONS: tuple[Reason, ...] = get_args(Reason)
State = Literal["released", "kept"]


class QuarantineRefused(RecordwatchError):
    """This can not be decided so; says what can."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Passages of some bytes that nobody should be shown."""

    file: str
    """Id of the file whose bytes they are, or were."""
    digest: str
    capture: str
    engine: str
    reason: Reason
    pages: Mapping[int, Sequence[tuple[int, int]]]
    """1-based page → spans in its text as `engine` gives it."""


def plan_quarantine(
    portal: str, crawl: str, at: datetime, findings: Sequence[Finding], beside: Sequence[Operation] = ()
) -> Plan:
    """What to commit: a row per page, and an event per record, which only editors are told of.

    What is held back already is not put there again, nor what was released, unless for another reason.

    Args:
        portal: slug of the portal.
        crawl: the crawl, or the deposit.
        at: now.
        findings: what was found.
        beside: what goes into the same commit: files and records that are not in the database yet.
    """
    rows = Rows(portal, crawl, at)
    files = {file.id: file for file in File.objects.filter(id__in={finding.file for finding in findings})}
    files |= {row["id"]: File(**row) for row in _inserted(beside, "releases.File")}
    records = {record.id: record for record in Record.objects.filter(id__in={file.record for file in files.values()})}
    records |= {row["id"]: Record(**row) for row in _inserted(beside, "releases.Record")}
    known = _known({finding.digest for finding in findings})
    told: dict[str, list[tuple[Finding, int]]] = defaultdict(list)
    for finding in findings:
        file = files[finding.file]
        passages = 0
        for page, spans in sorted(finding.pages.items()):
            fresh = merged(spans)
            there = known[finding.digest, page, finding.reason]
            if not fresh or merged([*there, *fresh]) == merged(there):
                continue
            for reason in REASONS:
                known[finding.digest, page, reason] = [*known[finding.digest, page, reason], *fresh]
            passages += len(fresh)
            rows.insert(
                "releases.Quarantine", portal=portal, record=file.record, file=file.id, digest=finding.digest,
                capture=finding.capture, page=page, spans=[list(span) for span in fresh], engine=finding.engine,
                reason=finding.reason, state="held", at=at, crawl=crawl, decided_at=None, decided_by="", why="",
            )  # fmt: skip
        if passages:
            told[file.record].append((finding, passages))
    for ident, found in told.items():
        _tell(rows, records[ident], found, files)
    pages = len(rows.inserts.get("releases.Quarantine", ()))
    where = "on 1 page" if pages == 1 else f"on {pages} pages"
    said = f"words that an agency meant to black out can be read {where}; held back: `recordwatch quarantine list`"
    return Plan(operations=rows.operations(), events=rows.events, warnings=[said] if pages else [])


def _inserted(operations: Sequence[Operation], table: str) -> list[Row]:
    return [row for one in operations if isinstance(one, Insert) and one.table == table for row in one.rows]


def _known(digests: set[str]) -> dict[tuple[str, int, str], list[tuple[int, int]]]:
    """Digest, page and reason → spans for which there is nothing new to decide: those found for this reason
    before, and those that are held back for another one.
    """
    known: dict[tuple[str, int, str], list[tuple[int, int]]] = defaultdict(list)
    for digest, page, reason, spans, state in Quarantine.objects.filter(digest__in=digests).values_list(
        "digest", "page", "reason", "spans", "state"
    ):
        for one in REASONS if state != "released" else (reason,):
            known[digest, page, one] += [(start, end) for start, end in spans]
    return known


def _tell(rows: Rows, record: Record, found: Sequence[tuple[Finding, int]], files: Mapping[str, File]) -> None:
    named = {finding.file: files[finding.file] for finding, _ in found}
    new: Row = {
        "passages": sum(passages for _, passages in found),
        "reasons": sorted({finding.reason for finding, _ in found}),
    }
    rows.event(
        "quarantined", Subject(record.id, record.key, record.title, record.url), new=new,
        files=[
            {"id": f.id, "identity": f.identity, "url": f.url, "name": f.name, "kind": f.kind} for f in named.values()
        ],
        captures=[finding.capture for finding, _ in found],
    )  # fmt: skip


def plan_decision(portal: str, ids: Sequence[str], state: State, by: str, why: str, at: datetime) -> Plan:
    """Release the rows `ids` of `portal`, or keep them hidden for good. A decision can be changed by another.

    Raises:
        QuarantineRefused: an id is unknown, or no name or reason is given.
    """
    if not by.strip() or not why.strip():
        raise QuarantineRefused("a decision needs a name and a reason", todo="--by NAME --why TEXT")
    rows = Rows(portal, "", at)
    found = {row.id: row for row in Quarantine.objects.filter(id__in=ids, portal=portal)}
    for ident in ids:
        if ident not in found:
            raise QuarantineRefused(f"nothing of {portal} is in quarantine under this id", where=ident)
        rows.update("releases.Quarantine", ident, state=state, decided_at=at, decided_by=by.strip(), why=why.strip())
    return Plan(operations=rows.operations())


def same_passages(ids: Sequence[str]) -> dict[str, list[str]]:
    """Rows about the same passages as `ids`, those included, by portal: bytes that two portals publish, or
    two crawls found at once, have two rows.

    Each id may be given by its beginning or end. Raises QuarantineRefused for an id that none or several have.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for ident in ids:
        exact = Quarantine.objects.filter(id=ident)
        chosen = list(exact or Quarantine.objects.filter(id__endswith=ident)[:2])
        if len(chosen) != 1:
            how = "several passages have ids that end so" if chosen else "nothing is in quarantine under this id"
            raise QuarantineRefused(how, where=ident, todo="`recordwatch quarantine list --all` has them all")
        row = chosen[0]
        for other in Quarantine.objects.filter(digest=row.digest, page=row.page):
            if other.id == row.id or (other.reason == row.reason and other.spans == row.spans):
                wanted[other.portal].add(other.id)
    return {portal: sorted(found) for portal, found in sorted(wanted.items())}
