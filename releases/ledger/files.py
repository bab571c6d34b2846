"""From what became of asked-for files to their versions, and what of that is news."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from archive.catalog.models import Crawl
from releases.ledger import known
from releases.ledger.canonical import clean, clip
from releases.ledger.observation import FileOutcome, Plan, Row
from releases.ledger.portals import recovered_in, tag_late
from releases.ledger.rows import Rows, Subject
from releases.model import EventKind
from releases.models import File, FileVersion, Record

GONE = frozenset({404, 410})
ODD = "odd: "
"""How the outcome of a file begins whose bytes are held and look wrong."""
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_MEDIA = (".pdf", ".mp4", ".mov", ".m4v", ".mp3", ".wav", ".m4a", ".zip", ".docx", ".doc", ".xlsx", ".jpg", ".png")
_SMALLEST = 100
"""Bytes. No PDF, recording or picture is smaller; agencies do serve 31-byte "PDFs"."""


def plan_files(portal: str, crawl: str, at: datetime, outcomes: Sequence[FileOutcome]) -> Plan:
    """What to commit of one batch of files of one crawl. Reads the database, writes nothing.

    First bytes are version 1 and no event: the file itself was the news. Other bytes at the same
    file are `file_replaced`. A 404 or 410 twice in a row, while the record's page still links the
    file, is `file_withdrawn`, tagged `gone at source`; that a player's host says twice that it removed a recording,
    `removed at host`. Any other failure is the file's `outcome`: a login wall or a country's block withdraws nothing.
    """
    row = Crawl.objects.filter(id=crawl).values_list("backfill", "listed_at", "started_at").first()
    rows = Rows(portal, crawl, at, row[0] if row else False)
    unique: dict[str, FileOutcome] = {}
    for outcome in outcomes:
        unique.setdefault(outcome.file_id, outcome)
    same: list[str] = []
    for batch in known.batches(sorted(unique)):
        files = {file.id: file for file in File.objects.filter(id__in=batch)}
        records = {record.id: record for record in Record.objects.filter(id__in={f.record for f in files.values()})}
        versions = _versions(files.values())
        for id_ in batch:
            if id_ in files:
                step = _Step(rows, files[id_], records[files[id_].record], versions.get(id_, []), unique[id_])
                if step.plan():
                    same.append(id_)
    rows.assign("releases.File", same, checked_at=at)
    if row and rows.events and recovered_in(portal, crawl, row[1] or row[2]):
        tag_late(rows)
    return Plan(operations=rows.operations(), events=rows.events)


def newest_captures(files: Iterable[str]) -> dict[str, str]:
    """File id → capture of its newest bytes, for those of `files` that have any."""
    found: dict[str, str] = {}
    for batch in known.batches(files):
        rows = FileVersion.objects.filter(file__in=batch).order_by("file", "number").values_list("file", "capture")
        found.update(rows)
    return found


def suspicious(kind: str, url: str, outcome: FileOutcome, before: str, name: str = "") -> str:
    """Why these bytes can hardly be the file, one sentence that begins with ODD; empty when nothing is odd.

    Args:
        kind: the file's kind, as its spider says.
        url: where its record's page links to.
        outcome: what was received.
        before: media type of the version before, if any.
        name: what its page calls it: links of many platforms do not end like a file.
    """
    if outcome.size == 0:
        return f"{ODD}no bytes at all"
    ends = (url.casefold().partition("?")[0], name.casefold().rstrip())
    media = kind in {"video", "audio", "image"} or any(end.endswith(_MEDIA) for end in ends)
    if outcome.mime.casefold() in _PAGES and (media or (before and before.casefold() not in _PAGES)):
        return f"{ODD}a web page came instead of the file"
    if media and outcome.size < _SMALLEST:
        return f"{ODD}only {outcome.size} bytes"
    return ""


def _failure(outcome: FileOutcome) -> str:
    if outcome.error:
        return str(clean(outcome.error))
    if outcome.not_modified or (200 <= outcome.status < 300 and outcome.digest):
        return ""
    return f"its source answered {outcome.status}" if outcome.status else "its source gave no answer"


def _versions(files: Iterable[File]) -> dict[str, list[Row]]:
    """Versions of `files`, oldest first, by file id."""
    found: dict[str, list[Row]] = defaultdict(list)
    rows = FileVersion.objects.filter(file__in=[file.id for file in files if file.version]).order_by("file", "number")
    for row in rows.values("file", "digest", "size", "mime", "capture"):
        found[row["file"]].append(dict(row))
    return found


class _Step:
    """One file and what became of it."""

    def __init__(self, rows: Rows, file: File, record: Record, versions: Sequence[Row], outcome: FileOutcome) -> None:
        self.rows, self.file, self.record, self.versions, self.outcome = rows, file, record, versions, outcome

    def plan(self) -> bool:
        """Add this file's rows; True when all there is to say is that it was checked."""
        outcome, file = self.outcome, self.file
        if outcome.trouble == "removed" or (outcome.status in GONE and not outcome.trouble):
            self._gone()
            return False
        if failure := _failure(outcome):
            if file.outcome != failure:
                self._update(outcome=failure)
            return False
        if file.state == "gone":
            self._back()
        # "Not modified" speaks of the bytes that were asked for with its validators: perhaps those of an earlier
        # version, or bytes that a killed crawl archived and no version names yet.
        if outcome.digest == file.digest or (outcome.not_modified and not outcome.digest):
            settled = file.state != "gone" and not file.missing_crawls
            if settled and (not file.outcome or file.outcome.startswith(ODD)):
                return True
            said = file.outcome if file.outcome.startswith(ODD) else ""
            self._update(
                state=self._state(), checked_at=self.rows.at, outcome=said, missing_since=None, missing_crawls=0
            )
            return False
        self._version()
        return False

    def _state(self) -> str:
        return "present" if self.file.state == "gone" else self.file.state

    def _version(self) -> None:
        """Bytes that differ from those held."""
        outcome, file = self.outcome, self.file
        odd = suspicious(
            file.kind, file.url, outcome, str(self.versions[-1]["mime"]) if self.versions else "", file.name
        )
        number = file.version + 1
        mime = clip(clean(outcome.mime), 255)
        self.rows.insert(
            "releases.FileVersion", file=file.id, number=number, at=self.rows.at, crawl=self.rows.crawl,
            url=clean(outcome.url), digest=outcome.digest, size=outcome.size, mime=mime, capture=outcome.capture,
        )  # fmt: skip
        self._update(
            state=self._state(), version=number, digest=outcome.digest,
            checked_at=self.rows.at, outcome=odd, missing_since=None, missing_crawls=0,
        )  # fmt: skip
        if not self.versions:
            return
        last = self.versions[-1]
        tags = ["suspicious"] if odd else []
        if any(version["digest"] == outcome.digest for version in self.versions):
            tags.append("reverted")
        new: Row = {"digest": outcome.digest, "size": outcome.size, "mime": mime}
        if odd:
            new["odd"] = odd
        self._event(
            "file_replaced", tags, old={name: last[name] for name in ("digest", "size", "mime")}, new=new,
            captures=[str(last["capture"]), outcome.capture],
        )  # fmt: skip

    def _gone(self) -> None:
        """Its source has it no more, though its record's page links it."""
        file, outcome = self.file, self.outcome
        crawls = file.missing_crawls + 1
        removed = outcome.trouble == "removed"
        said = str(clean(outcome.error)) if removed else f"its source answered {outcome.status}"
        values: Row = {"outcome": said, "missing_crawls": crawls, "missing_since": file.missing_since or self.rows.at}
        if crawls >= 2 and file.state == "present" and self.versions:
            values["state"] = "gone"
            last = self.versions[-1]
            self._event(
                "file_withdrawn", ["removed at host" if removed else "gone at source"],
                old={name: last[name] for name in ("digest", "size", "mime")},
                new={"status": outcome.status, "said": said} if removed else {"status": outcome.status},
                captures=[str(last["capture"]), *filter(None, [outcome.capture])],
            )  # fmt: skip
        self._update(**{"state": file.state, **values})

    def _back(self) -> None:
        """Its source has it again."""
        captures = [str(self.versions[-1]["capture"])] if self.versions else []
        self._event("file_added", ["restored"], captures=[*captures, self.outcome.capture])

    def _update(self, **values: object) -> None:
        self.rows.update("releases.File", self.file.id, **values)

    def _event(
        self, kind: EventKind, tags: list[str], captures: list[str], old: Row | None = None, new: Row | None = None
    ) -> None:
        file, record = self.file, self.record
        told = {"id": file.id, "identity": file.identity, "url": file.url, "name": file.name, "kind": file.kind}
        subject = Subject(record.id, record.key, record.title, record.url)
        self.rows.event(kind, subject, old=old, new=new, files=[told], captures=captures, tags=tags)
