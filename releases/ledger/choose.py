"""Which record a row of the portal is, and which of several rows speaks for one record.

Order of arrival never decides: answers come in another order each time, and would read as changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from releases.ledger import known
from releases.ledger.canonical import number_form
from releases.ledger.known import Presence
from releases.ledger.state import State


def resolve(portal: str, urls: Mapping[str, str], held: Mapping[str, Presence], seen: set[str]) -> dict[str, str]:
    """Key → record id, for keys that no record has now but that mean one all the same.

    In this order: a key whose record was merged; an alias of exactly one record; the key of the one
    record at the same URL in another number form (2019-0294 for 2019-294). A record that was `seen`
    under its own key takes no further row by the last two.

    Args:
        portal: its slug.
        urls: key → URL of the rows in question.
        held: the portal's records, by key.
        seen: ids of the records that were seen under their own key.
    """
    found: dict[str, str] = {}
    live = {presence.id for presence in held.values() if presence.state != "merged"}
    named = known.aliases_of(portal, urls)
    open_: list[str] = []
    for key in urls:
        targets = named.get(key, set()) & live
        merged = key in held
        if len(targets) == 1 and (merged or not targets & seen):
            found[key] = next(iter(targets))
        elif not merged:
            open_.append(key)
    neighbours: dict[tuple[str, Any], list[str]] = defaultdict(list)
    for url, there in (known.at_urls(portal, sorted({urls[key] for key in open_})) if live - seen else {}).items():
        for record, name in there:
            neighbours[url, number_form(name)].append(record)
    claims: dict[str, list[str]] = defaultdict(list)
    for key in open_:
        same = neighbours.get((urls[key], number_form(key)), [])
        if len(same) == 1 and same[0] not in seen:
            claims[same[0]].append(key)
    found |= {keys[0]: record for record, keys in claims.items() if len(keys) == 1}
    return found


@dataclass(slots=True)
class Rivals:
    """The rows that claim to be one record."""

    own: list[State] = field(default_factory=list)
    """Rows with the record's own key; the others say it by another name."""
    other: list[State] = field(default_factory=list)

    def chosen(self, differences: Callable[[State], int]) -> tuple[State, bool]:
        """The row that speaks for the record, and whether the others contradict it: the one with the
        fewest `differences` from what is held, among equals the one with the shortest, first URL.
        """
        rows = self.own or self.other
        if len(rows) == 1:
            return rows[0], False
        best = min(rows, key=lambda row: (differences(row), len(row.url), row.url, row.fields_hash))
        return best, contradictory(rows)


def contradictory(rows: Iterable[State]) -> bool:
    """Whether rows say different things, their flapping fields aside."""
    first: State | None = None
    for row in rows:
        if first is not None and row.fields_hash != first.fields_hash and row.told != first.told:
            return True
        first = first or row
    return False


def strongest(rows: Iterable[State]) -> tuple[State, bool]:
    """As `Rivals.chosen`, for a record that is not held."""
    return Rivals(own=list(rows)).chosen(lambda row: 0)
