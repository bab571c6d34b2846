"""Brings the index up to date from the catalog's change log. Derived: it can be thrown away and made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from archive.catalog.models import Capture, ChangeLog, Derived, Restriction
from releases.models import Quarantine
from releases.quarantine.gate import HIDING, hidden
from releases.search import place
from releases.search.changed import Changed, belonging, changed, unrestricted
from releases.search.document_texts import text_documents
from releases.search.documents import Row, file_documents, record_documents
from releases.search.entry import as_document
from releases.search.indexed import Indexed
from releases.search.mark import Line, Mark, read_mark, restrictions_now, write_mark
from releases.search.owners import slices, texts_of_digests, values
from releases.search.texts import Texts

BATCH = 20_000
"""Lines of the change log per commit of the index: what a kill may cost."""


def catch_up(root: Path, texts: Texts, *, said: Callable[[int], None] = lambda _: None) -> bool:
    """Index what the catalog says has changed, and restrictions that begin or end. `said` hears how many lines are
    done.

    Where words were indexed that are shown to nobody now, the index is made anew: what is deleted in an index stays
    in its files until they are merged.

    Returns:
        False when another process is writing the index: what is there can be searched meanwhile.

    Raises:
        StoreUnavailable: texts cannot be read now; what was indexed before stays.
    """
    with place.lock(root) as ours:
        if not ours:
            return False
        opened = place.opened(root)
        mark = read_mark(opened.searcher) if opened is not None else None
        if opened is None or mark is None:
            _build(root, texts, said)
            return True
        restrictions = restrictions_now()
        news = ChangeLog.objects.filter(seq__gt=mark.line[0]).exists()
        if not news and restrictions == mark.restrictions:
            return True
        if _holds_hidden(opened.searcher, mark, restrictions):
            _build(root, texts, said)
        else:
            _Follower(opened.index, mark, restrictions, texts, said).follow()
        return True


def rebuild_index(root: Path, texts: Texts, *, said: Callable[[int], None] = lambda _: None) -> bool:
    """Make the index anew beside the old one, then swap. Returns and raises as `catch_up`."""
    with place.lock(root) as ours:
        if ours:
            _build(root, texts, said)
        return ours


def _build(root: Path, texts: Texts, said: Callable[[int], None]) -> None:
    name, index = place.fresh(root)
    _Follower(index, None, restrictions_now(), texts, said).follow()
    place.use(root, name)


class _Follower:
    """Writes an index. `mark`: how far it is; None for a new one."""

    def __init__(
        self, index: Any, mark: Mark | None, restrictions: list[str], texts: Texts, said: Callable[[int], None]
    ) -> None:
        self.index, self.mark, self.restrictions, self.texts, self.said = index, mark, restrictions, texts, said
        self.high: int = ChangeLog.objects.order_by("-seq").values_list("seq", flat=True).first() or 0

    def follow(self) -> None:
        writer = self.index.writer(heap_size=place.HEAP, num_threads=2)
        line, done = Line(*(self.mark or Mark()).line), 0
        try:
            if self.mark is not None and (over := set(self.mark.restrictions) - set(self.restrictions)):
                self._write(writer, unrestricted(over))
            while True:
                rows = ChangeLog.objects.filter(seq__gt=line[0]).order_by("seq").values_list(*Line._fields)[:BATCH]
                lines = [Line(*row) for row in rows]
                if lines:
                    self._write(writer, changed(lines, building=self.mark is None, high=self.high))
                    line = lines[-1]
                write_mark(writer, Mark(line, self.restrictions))
                writer.commit()
                self.index.reload()
                done += len(lines)
                self.said(done)
                if len(lines) < BATCH:
                    break
        finally:
            writer.wait_merging_threads()
        self.index.reload()

    def _write(self, writer: Any, made: Changed) -> None:
        for row in self._documents(made, writer):
            writer.add_document(as_document(row))

    def _documents(self, made: Changed, writer: Any) -> Iterator[Row]:
        """Documents to add; what they replace is deleted first. Records first: what else is found by them follows."""
        have = Indexed(self.index.searcher())
        told = have.told(made.records)
        rows = list(record_documents(made.records))
        now = {row["shown"].owners[0][1]: row["shown"].told for row in rows if row["shown"].told}
        asked = made.records if self.mark is not None else told.keys()
        moved = {record for record in asked if told.get(record) != now.get(record)}
        belonging(moved | made.late, made)
        for kind, ids in (("record", made.records), ("file", made.files), ("text", made.texts)):
            for ident in ids:
                writer.delete_documents_by_term("group", f"{kind}:{ident}")
        yield from rows
        yield from file_documents(made.files)
        yield from text_documents(made.texts, self.texts, have.kept)


def _holds_hidden(searcher: Any, mark: Mark, restrictions: list[str]) -> bool:
    """Whether the index has words that nobody is to be shown since `mark`: in quarantine, or under a restriction. And
    whether a name is masked in it that may be shown now: nobody knows where.
    """
    have = Indexed(searcher)
    since = set(restrictions) - set(mark.restrictions)
    over = set(mark.restrictions) - set(restrictions)
    begun = list(Restriction.objects.filter(id__in=since))
    if any(one.kind == "name" for one in begun) or values(Restriction, over, "id", kind="name"):
        return True
    if any(have.has("record", one.record) or have.owned(one.record) for one in begun if one.record):
        return True
    if any(have.has("text", ident) for ident in texts_of_digests({one.digest for one in begun if one.kind == "bytes"})):
        return True
    lines = ChangeLog.objects.filter(seq__gt=mark.line[0], table="releases.Quarantine").values_list("row", flat=True)
    digests = values(Quarantine, set(lines), "digest", state__in=HIDING)
    digests |= {one.digest for one in begun if one.kind == "passage"}
    for part in slices(texts_of_digests(digests - {""})):
        rows = Derived.objects.filter(id__in=part).values_list("id", "capture", "page")
        owner = dict(Capture.objects.filter(id__in={row[1] for row in rows}).values_list("id", "payload_digest"))
        now = hidden(owner.values())
        for ident, capture, page in rows:
            found = have.shown("text", ident)
            if found is not None and found.hidden != now.get(owner.get(capture, ""), {}).get(page, []):
                return True
    return False
