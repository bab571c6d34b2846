"""What a changed field of a record does to saved searches: its files and pages say what they said, and are found now.

The documents of a record are asked about as they are, and as they would be had its fields not changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from releases.alerts.matching_documents import Brought
from releases.models import Event, Record, RecordVersion
from releases.restricting.in_force import in_force
from releases.search.documents import Owner, Row, owners_of, record_documents
from releases.search.memory import Memory
from releases.search.owners import by_id
from releases.search.query import QueryError, parse
from releases.search.tree import Agency, All, Compared, Either, Field, Node

TELLING = frozenset({"changed", "restored"})
"""Events that tell of a record's new fields."""


def of_fields(query: str) -> bool:
    """Whether `query` asks what a field of a record says."""
    try:
        return any(_conditions(parse(query)))
    except QueryError:
        return False


def _conditions(node: Node) -> Iterator[Node]:
    if isinstance(node, (Field, Compared, Agency)):
        yield node
    elif isinstance(node, (All, Either)):
        for child in (*node.wanted, *node.unwanted) if isinstance(node, All) else node.choices:
            yield from _conditions(child)


class Before:
    """Records whose fields these commits changed, and what their fields were."""

    def __init__(self, new: Brought) -> None:
        told = {ident for ident, events in new.events.items() if any(event.kind in TELLING for event in events)}
        first = {record: number for record, number in new.versions.items() if number > 1 and record in told}
        self._records: dict[str, Record] = by_id(Record.objects, set(first))
        self._now, _ = owners_of(self._records, in_force())
        self._then: dict[str, Owner] = {}
        for version in RecordVersion.objects.filter(record__in=list(first)):
            owner = self._now.get(version.record)
            if owner is not None and version.number == first[version.record] - 1:
                then = dataclasses.replace(owner, fields=version.fields or {}, _told=None)
                if then.told != owner.told:
                    self._then[version.record] = then
        self.records = frozenset(self._then)
        """Ids of those whose fields are found otherwise than before."""

    def changing(self, queries: Iterable[str]) -> set[str]:
        """Those of the records of which some condition of one of `queries` holds now and did not, or the other way."""
        rows = list(record_documents(self.records, past=False))
        conditions = [(node, query) for query in queries for node in _conditions(parse(query))]
        now, then = Memory(rows), Memory(self.rows(rows))
        found: set[str] = set()
        for node, query in conditions:
            found |= {_record(rows[at]) for at in set(now.meeting(node, query)) ^ set(then.meeting(node, query))}
        return found

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """These documents, as they would be found had no field changed."""
        return [self._row(row) for row in rows]

    def _row(self, row: Row) -> Row:
        owners = list(dict.fromkeys(record for _, record, _ in row["shown"].owners if record))
        if not self.records.intersection(owners):
            return row
        others: Mapping[str, Owner] = {}
        if set(owners) - self._now.keys():
            others, _ = owners_of(by_id(Record.objects, set(owners)), in_force())
        told = [
            one.told for ident in owners if (one := self._then.get(ident) or self._now.get(ident) or others.get(ident))
        ]
        amounts: dict[str, list[float]] = {}
        for _, numbers in told:
            for name, values in numbers.items():
                amounts.setdefault(name, []).extend(values)
        return row | {"field": " ".join(terms for terms, _ in told), "amount": amounts}

    def telling(self, rows: Iterable[Row], new: Brought) -> list[Event]:
        """The events that tell of the changed fields of what these documents belong to."""
        owners = {record for row in rows for _, record, _ in row["shown"].owners} & self.records
        return [event for ident in sorted(owners) for event in new.events.get(ident, ()) if event.kind in TELLING]


def ask_fields(
    before: Before, rows: Sequence[Row], now: Memory, queries: Collection[str]
) -> Iterator[tuple[str, list[Row]]]:
    """(query, those of `rows` that it finds in `now`, which holds them, and would not had no field changed)."""
    then = Memory(before.rows(rows))
    known = {query: set(found) for query, found in then.ask(queries) if not isinstance(found, QueryError)}
    for query, found in now.ask(queries):
        if not isinstance(found, QueryError) and (late := set(found) - known.get(query, set())):
            yield query, [rows[at] for at in sorted(late)]


def _record(row: Row) -> str:
    return str(row["group"]).partition(":")[2]
