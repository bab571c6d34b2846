"""Brings the index up to date from the catalog's change log. Derived: it can be thrown away and made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import tantivy

from archive.catalog.models import Capture, ChangeLog, Derived, Restriction
from releases.models import Alias, File, FileFacts, FileVersion, Quarantine, RecordVersion, WatchedPage
from releases.quarantine.gate import HIDING, hidden
from releases.search import place
from releases.search.documents import (
    Row,
    Shown,
    file_documents,
    record_documents,
    text_documents,
    texts_of_digests,
    texts_of_pages,
)
from releases.search.schema import CURSOR, schema
from releases.search.texts import Texts

BATCH = 20_000
"""Lines of the change log per commit of the index: what a kill may cost."""
_SLICE = 500


class Line(NamedTuple):
    """A line of the change log: columns of `archive.catalog.models.ChangeLog`."""

    seq: int
    commit: str
    table: str
    row: str


def catch_up(root: Path, texts: Texts, *, said: Callable[[int], None] = lambda _: None) -> bool:
    """Index what the catalog says has changed. `said` hears how many lines are done.

    Where words were indexed that are in quarantine now, the index is made anew: what is deleted in an
    index stays in its files until they are merged.

    Returns:
        False when another process is writing the index: what is there can be searched meanwhile.

    Raises:
        StoreUnavailable: texts cannot be read now; what was indexed before stays.
    """
    with place.lock(root) as ours:
        if not ours:
            return False
        index = place.current(root)
        seq = _cursor(index) if index is not None else None
        if index is None or seq is None or _holds_hidden(index, seq):
            _build(root, texts, said)
        elif ChangeLog.objects.filter(seq__gt=seq).exists():
            _follow(index, seq, texts, said)
        return True


def rebuild_index(root: Path, texts: Texts, *, said: Callable[[int], None] = lambda _: None) -> bool:
    """Make the index anew beside the old one, then swap. Returns and raises as `catch_up`."""
    with place.lock(root) as ours:
        if ours:
            _build(root, texts, said)
        return ours


def _build(root: Path, texts: Texts, said: Callable[[int], None]) -> None:
    name, index = place.fresh(root)
    _follow(index, 0, texts, said)
    place.use(root, name)


def _follow(index: Any, seq: int, texts: Texts, said: Callable[[int], None]) -> None:
    writer = index.writer(heap_size=place.HEAP, num_threads=2)
    done = 0
    try:
        while True:
            lines = [
                Line(*row)
                for row in ChangeLog.objects.filter(seq__gt=seq).order_by("seq").values_list(*Line._fields)[:BATCH]
            ]
            if not lines and seq:
                break
            for row in _documents(lines, texts, writer):
                writer.add_document(as_document(row))
            seq = lines[-1].seq if lines else 0
            _move(writer, lines[-1] if lines else None)
            writer.commit()
            done += len(lines)
            said(done)
            if len(lines) < BATCH:
                break
    finally:
        writer.wait_merging_threads()
    index.reload()


def _documents(lines: list[Line], texts: Texts, writer: Any) -> Iterator[Row]:
    """Documents to add; what they replace is deleted first."""
    rows: dict[str, set[str]] = {}
    for line in lines:
        rows.setdefault(line.table, set()).add(line.row)
    records = set(rows.get("releases.Record", ()))
    records |= _values(RecordVersion, rows.get("releases.RecordVersion", ()), "record")
    renamed = _values(Alias, rows.get("releases.Alias", ()), "record")
    digests = _values(FileVersion, rows.get("releases.FileVersion", ()), "digest")
    # Held back or released, or looked through only now.
    digests |= _values(Quarantine, rows.get("releases.Quarantine", ()), "digest")
    digests |= _values(FileFacts, rows.get("releases.FileFacts", ()), "digest")
    digests |= _values(Restriction, rows.get("catalog.Restriction", ()), "digest")
    files = set(rows.get("releases.File", ()))
    derived = set(rows.get("catalog.Derived", ()))
    for part in _slices(renamed):
        # A record's other names are found in its files and their texts too.
        files.update(owned := set(File.objects.filter(record__in=part).values_list("id", flat=True)))
        for few in _slices(owned):
            digests.update(FileVersion.objects.filter(file__in=few).values_list("digest", flat=True))
    derived |= texts_of_digests(digests - {""})
    # Its own page may have been indexed before it: with a batch's end between them.
    arrived = _values(RecordVersion, rows.get("releases.RecordVersion", ()), "record", number=1)
    derived |= texts_of_pages(renamed | arrived)
    for part in _slices(_values(WatchedPage, rows.get("releases.WatchedPage", ()), "capture")):
        derived.update(Derived.objects.filter(capture__in=part, kind="conversion").values_list("id", flat=True))
    for kind, ids in (("record", records | renamed), ("file", files), ("text", derived)):
        for ident in ids:
            writer.delete_documents_by_term("group", f"{kind}:{ident}")
    yield from record_documents(records | renamed)
    yield from file_documents(files)
    yield from text_documents(derived, texts)


def _holds_hidden(index: Any, seq: int) -> bool:
    """Whether the index has texts with words that the change log, after `seq`, puts in quarantine, or under a
    restriction.
    """
    searcher = index.searcher()
    lines = ChangeLog.objects.filter(seq__gt=seq, table="catalog.Restriction").values_list("row", flat=True)
    for ident in texts_of_digests(_values(Restriction, set(lines), "digest", lifted_at=None)):
        if searcher.search(tantivy.Query.term_query(schema(), "group", f"text:{ident}", "basic"), 1).hits:
            return True
    lines = ChangeLog.objects.filter(seq__gt=seq, table="releases.Quarantine").values_list("row", flat=True)
    digests = _values(Quarantine, set(lines), "digest", state__in=HIDING)
    if not digests:
        return False
    for part in _slices(texts_of_digests(digests)):
        rows = Derived.objects.filter(id__in=part).values_list("id", "capture", "page")
        owner = dict(Capture.objects.filter(id__in={row[1] for row in rows}).values_list("id", "payload_digest"))
        now = hidden(owner.values())
        for ident, capture, page in rows:
            query = tantivy.Query.term_query(schema(), "group", f"text:{ident}", "basic")
            hits = searcher.search(query, 1).hits
            if hits:
                shown = msgspec.json.decode(bytes(searcher.doc(hits[0][1])["shown"][0]), type=Shown)
                if shown.hidden != now.get(owner.get(capture, ""), {}).get(page, []):
                    return True
    return False


def _values(model: Any, ids: Any, column: str, **only: Any) -> set[str]:
    found: set[str] = set()
    for part in _slices(set(ids)):
        found.update(model.objects.filter(id__in=part, **only).values_list(column, flat=True))
    return found


def _slices(values: set[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    return (ordered[start : start + _SLICE] for start in range(0, len(ordered), _SLICE))


def as_document(row: Row) -> Any:
    """`row` for an index of `schema.schema`, this one or one in memory."""
    made = tantivy.Document()
    made.add_text("group", row["group"])
    for name in ("portal", "kind", "key"):
        for value in row[name]:
            made.add_text(name, value)
    made.add_text("title", row["title"])
    made.add_text("body", row["body"])
    made.add_date("at", row["at"])
    made.add_bytes("shown", msgspec.json.encode(row["shown"]))
    return made


def _move(writer: Any, line: Line | None) -> None:
    """How far we are, in the same commit as what it speaks of."""
    writer.delete_documents_by_term("id", CURSOR)
    made = tantivy.Document()
    made.add_text("id", CURSOR)
    made.add_bytes("shown", msgspec.json.encode(_mark(line)))
    writer.add_document(made)


def _mark(line: Line | None) -> list[Any]:
    return list(line) if line else [0, "", "", ""]


def _cursor(index: Any) -> int | None:
    """The last indexed line of the change log; None when it is not in this catalog: a rebuilt catalog
    numbers its log anew, and the index has to follow.
    """
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.term_query(schema(), "id", CURSOR, "basic"), 1).hits
    if not hits:
        return None
    mark = msgspec.json.decode(bytes(searcher.doc(hits[0][1])["shown"][0]))
    if mark[0] == 0:
        return 0
    row = ChangeLog.objects.filter(seq=mark[0]).values_list(*Line._fields).first()
    return mark[0] if row is not None and list(row) == mark else None
