"""A portal watched day by day: observations go in, commits are applied, told events come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from archive.catalog.apply import apply
from archive.catalog.models import Crawl
from archive.catalog.prepare import cleaned, completed, prepared
from archive.commit import Commit, Operation, decode, encode
from archive.ids import uuid7
from config.portal import Portal
from releases.ledger.plan import Confirmation, Observation, Plan, absent, plan_files, plan_listing
from releases.model import File, Page, Record, Sighting

START = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)


@dataclass
class Outcome:
    """What the file lane says of one file."""

    file_id: str
    url: str = "https://portal.example/a.pdf"
    capture: str = ""
    digest: str = ""
    size: int = 5000
    mime: str = "application/pdf"
    not_modified: bool = False
    error: str = ""
    status: int = 200
    trouble: str = ""


def case(key: str, *files: File, **values) -> Record:
    """A record as a spider would yield it."""
    fields = values.pop("fields", {"status": "open"})
    made = {"kind": "case", "url": f"https://portal.example/case/{key}/", "title": f"Case {key}"} | values
    return Record(key=key, fields=fields, files=tuple(files), capture=made.pop("capture", f"capture-of-{key}"), **made)


def pdf(name: str, path: str | None = None, host: str = "portal.example", **values) -> File:
    return File(url=f"https://{host}{path or '/' + name + '.pdf'}", name=name, **values)


class Watch:
    """One portal, one crawl a day."""

    def __init__(self, slug: str = "copa") -> None:
        self.portal = Portal(
            slug=slug, name="Portal", agency="A", place="P", url="https://portal.example/", spider="copa"
        )
        self.day = 0
        self.crawl_id = ""
        self.plan = Plan()
        self.healthy_before = False

    @property
    def now(self) -> datetime:
        return START + timedelta(days=self.day)

    def observe(self, records: Sequence[Record], **values) -> Observation:
        made = {
            "sightings": [Sighting(record.key, record.url, f"list-{record.key}") for record in records],
            "pages": (), "verdict": "healthy", "coverage": "complete", "extractor": "copa 1",
            "backfill": not self.healthy_before, "reason": "as it should be",
        } | values  # fmt: skip
        made.setdefault("complete", made["verdict"] in {"healthy", "empty"} and made["coverage"] != "limited")
        return Observation(
            portal=self.portal, crawl=self.crawl_id, started_at=self.now, at=self.now, records=iter(records), **made
        )  # fmt: skip

    def crawl(self, *records: Record, gone: Sequence[str] = (), there: Sequence[str] = (), **values) -> list[dict]:
        """One crawl; the events it tells. `gone`, `there`: keys whose own pages said so when asked again."""
        self.day += 1
        self.crawl_id = uuid7()
        observation = self.observe(records, **values)
        missing = {row.key: row.id for row in absent(self.portal.slug, [s.key for s in observation.sightings])}
        confirmations = [Confirmation(missing[key], "gone", f"404-of-{key}") for key in gone if key in missing]
        confirmations += [Confirmation(missing[key], "still there") for key in there if key in missing]
        self.plan = plan_listing(observation, confirmations)
        self.apply(self.plan.operations)
        Crawl.objects.create(
            id=self.crawl_id, portal=self.portal.slug, started_at=self.now, verdict=observation.verdict,
            backfill=observation.backfill,
        )  # fmt: skip
        if observation.complete and observation.verdict in {"healthy", "empty"}:
            self.healthy_before = True
        return self.plan.events

    def files(self, *outcomes: Outcome) -> list[dict]:
        """The file lane's answers of this crawl; the events they tell."""
        plan = plan_files(self.portal.slug, self.crawl_id, self.now, outcomes)
        self.apply(plan.operations)
        return plan.events

    def apply(self, operations: Sequence[Operation]) -> None:
        """As the committer does, without a store: through the record's JSON, twice, in one transaction."""
        block = encode(Commit(uuid7(), self.portal.slug, 1, self.now, "test", completed(cleaned(operations))))
        commit = decode(block)
        with transaction.atomic():
            apply(connection, commit, prepared(commit))


def told(events: Sequence[dict]) -> list[tuple[str, str]]:
    """(kind, key) of each event, sorted."""
    return sorted((event["kind"], event["key"]) for event in events)


__all__ = ["Outcome", "Page", "Watch", "case", "pdf", "told"]
