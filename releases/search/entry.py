"""A row of `releases.search.documents` as a document of an index, this one or one in memory."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import tantivy

from releases.search.documents import Row
from releases.search.lives import ALWAYS, FAR
from releases.search.query import TYPES
from releases.search.schema import SAMPLE, SEVERAL
from releases.search.whole import record_term

APART = "\x1f"
"""Between the values of `told_portal` and `told_kind`."""
SAMPLED = 32
_START = datetime(1700, 1, 1, tzinfo=UTC)
_BITS = 28
"""Of `place`, that tell documents of one second apart."""


def as_document(row: Row) -> Any:
    """The document. What `row` does not say of when it was held is always."""
    made = tantivy.Document()
    made.add_text("group", row["group"])
    if zlib.crc32(row["group"].encode()) % SAMPLED == 0:
        made.add_text("group", SAMPLE)
    for name in ("portal", "kind", "key", "state"):
        for value in row.get(name, ()):
            made.add_text(name, value)
    made.add_text("title", row["title"])
    made.add_text("body", row["body"])
    if row.get("about"):
        made.add_bytes("about", row["about"].encode("utf-8", "replace"))
    if row.get("field"):
        made.add_text("field", row["field"])
    if row.get("amount"):
        made.add_json("amount", row["amount"])
    made.add_date("at", row["at"])
    made.add_date("begins", row.get("begins", ALWAYS[0][0]))
    made.add_date("ends", row.get("ends", FAR))
    shown = row["shown"]
    made.add_text("told_portal", APART.join(row["portal"]))
    made.add_text("told_kind", APART.join([shown.type, ",".join(row.get("state", ())), *_kinds(row)]))
    made.add_unsigned("year", row["at"].astimezone(UTC).year)
    made.add_integer("place", place_of(row))
    owners = sorted({record_term(record) for _, record, _ in shown.owners if record})
    for owner in owners:
        made.add_text("record", owner)
    if owners:
        made.add_unsigned("of", int(owners[0], 16) if len(owners) == 1 else SEVERAL)
    made.add_bytes("shown", msgspec.json.encode(shown))
    if row.get("cues"):
        made.add_bytes("cues", msgspec.json.encode(row["cues"]))
    return made


def place_of(row: Row) -> int:
    """Ascending by second; within one in an order that is the same in every index of this catalog."""
    seconds = int((row["at"] - _START).total_seconds())
    shown = row["shown"]
    same = f"{row['group']} {shown.part} {row.get('begins', '')}"
    return (max(seconds, 0) << _BITS) | (zlib.crc32(same.encode()) >> (32 - _BITS))


def _kinds(row: Row) -> list[str]:
    return sorted(set(row["kind"]) - set(TYPES))
