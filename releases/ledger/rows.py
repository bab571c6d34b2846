"""Rows of the ledger's tables, gathered into as few operations as a commit can have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.commit import Assign, Insert, Operation, Update
from archive.ids import uuid7
from releases.ledger.canonical import clip
from releases.ledger.compare import HeldFile
from releases.ledger.observation import Row
from releases.ledger.state import Listed, State
from releases.model import EventKind


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: a record, or with the first two empty a portal."""

    record: str
    key: str
    title: str
    url: str


@dataclass(slots=True)
class Rows:
    """The rows one plan makes."""

    portal: str
    crawl: str
    at: datetime
    backfill: bool = False
    inserts: dict[str, list[Row]] = field(default_factory=dict)
    updates: dict[tuple[str, tuple[str, ...]], list[Row]] = field(default_factory=dict)
    assigns: list[Assign] = field(default_factory=list)
    listed_files: list[str] = field(default_factory=list)
    """Ids of files that a page read in this crawl links."""

    @property
    def events(self) -> list[Row]:
        return self.inserts.get("releases.Event", [])

    def insert(self, table: str, **row: Any) -> Row:
        """A new row with an id of its own."""
        made = {"id": uuid7(), **row}
        self.inserts.setdefault(table, []).append(made)
        return made

    def update(self, table: str, id_: str, **values: Any) -> None:
        """New values of some columns of one row."""
        self.updates.setdefault((table, tuple(sorted(values))), []).append({"id": id_, **values})

    def assign(self, table: str, ids: Iterable[str], **values: Any) -> None:
        """The same values for many rows."""
        if chosen := sorted(ids):
            self.assigns.append(Assign(table, chosen, values))

    def operations(self) -> list[Operation]:
        """Inserts, then updates, then assignments."""
        return [
            *(Insert(table, rows) for table, rows in self.inserts.items()),
            *(Update(table, rows) for (table, _), rows in self.updates.items()),
            *self.assigns,
        ]

    def event(
        self,
        kind: EventKind,
        subject: Subject,
        *,
        old: Row | None = None,
        new: Row | None = None,
        files: Sequence[Row] = (),
        captures: Iterable[str] = (),
        tags: Iterable[str] = (),
        backfill: bool | None = None,
    ) -> Row:
        """Something a reader may be told; `captures` lose blanks and doubles, and keep their order."""
        return self.insert(
            "releases.Event",
            at=self.at,
            portal=self.portal,
            record=subject.record,
            key=subject.key,
            title=subject.title,
            url=subject.url,
            kind=kind,
            backfill=self.backfill if backfill is None else backfill,
            old=old,
            new=new,
            files=list(files),
            captures=list(dict.fromkeys(filter(None, captures))),
            crawl=self.crawl,
            tags=list(tags),
        )

    def version(self, record: str, number: int, state: State, extractor: str, *, noise: bool) -> None:
        """A record's state, kept."""
        self.insert(
            "releases.RecordVersion",
            record=record,
            number=number,
            at=self.at,
            crawl=self.crawl,
            url=state.url,
            title=state.title,
            printed_key=state.printed_key,
            fields=state.fields,
            files=[file.identity for file in state.files],
            fields_hash=state.fields_hash,
            text_hash=state.text_hash,
            raw_hash=state.raw_hash,
            captures=[state.capture] if state.capture else [],
            extractor=extractor,
            noise=noise,
        )

    def alias(self, record: str, name: str) -> None:
        """Another name of a record."""
        self.insert(
            "releases.Alias",
            portal=self.portal,
            record=record,
            name=clip(name, 512),
            crawl=self.crawl,
            at=self.at,
            ended_at=None,
        )

    def file(self, record: str, file: Listed) -> Row:
        """A file that was not held."""
        return self.insert(
            "releases.File",
            portal=self.portal,
            record=record,
            identity=file.identity,
            url=file.url,
            name=file.name,
            kind=file.kind,
            host=file.host,
            state="present",
            version=0,
            digest="",
            first_seen_at=self.at,
            first_crawl=self.crawl,
            last_seen_at=self.at,
            last_crawl=self.crawl,
            checked_at=None,
            outcome="",
            missing_since=None,
            missing_crawls=0,
        )


def told_file(id_: str, file: Listed | HeldFile) -> Row:
    """A file as events name it."""
    return {"id": id_, "identity": file.identity, "url": file.url, "name": file.name, "kind": file.kind}
