"""How far an index has come: a document of its own, committed with what it speaks of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import tantivy

from archive.access import lasting
from archive.catalog.models import ChangeLog, Restriction
from releases.search.schema import CURSOR, schema


class Line(NamedTuple):
    """A line of the change log: columns of `archive.catalog.models.ChangeLog`."""

    seq: int
    commit: str
    table: str
    row: str


class Mark(msgspec.Struct, frozen=True):
    """What an index speaks of."""

    line: tuple[int, str, str, str] = (0, "", "", "")
    """The last indexed line of the change log; its number is 0 where nothing is."""
    restrictions: list[str] = []
    """Ids of those that held."""


def restrictions_now() -> list[str]:
    """Ids of the restrictions of every kind that hold now: one may end by itself, which no line tells of."""
    rows = Restriction.objects.filter(lasting(datetime.now(UTC)), lifted_at=None)
    return sorted(rows.values_list("id", flat=True))


def write_mark(writer: Any, mark: Mark) -> None:
    """Put `mark` into the commit to come."""
    writer.delete_documents_by_term("id", CURSOR)
    made = tantivy.Document()
    made.add_text("id", CURSOR)
    made.add_bytes("shown", msgspec.json.encode(mark))
    writer.add_document(made)


def mark_within(searcher: Any) -> Mark | None:
    """What the index itself says; None where it says nothing yet."""
    hits = searcher.search(tantivy.Query.term_query(schema(), "id", CURSOR, "basic"), 1).hits
    return msgspec.json.decode(bytes(searcher.doc(hits[0][1])["shown"][0]), type=Mark) if hits else None


def read_mark(searcher: Any) -> Mark | None:
    """The index's mark; None when its line is not in this catalog: a rebuilt catalog numbers its log anew, and the
    index has to follow.
    """
    mark = mark_within(searcher)
    if mark is None or mark.line[0] == 0:
        return mark
    row = ChangeLog.objects.filter(seq=mark.line[0]).values_list(*Line._fields).first()
    return mark if row is not None and tuple(row) == mark.line else None
