"""Saved searches for words of whole records: a new video of a case whose old report says them, and an old video of a
case whose new report does.

What a commit brought is asked about together with all else its records have. Something that was there before counts
where it was not found without what came; then the event of what says the words is told. Where a changed field makes
the difference, the event of the change is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from releases.alerts.matching_documents import Brought
from releases.alerts.matching_fields import Before, ask_fields, of_fields
from releases.models import Event
from releases.search.document_texts import text_documents
from releases.search.documents import Row, file_documents, record_documents
from releases.search.memory import Memory
from releases.search.owners import digests_of_files, files_of_records, slices, texts_of_digests, texts_of_pages
from releases.search.query import QueryError, parse
from releases.search.texts import Texts
from releases.search.whole import whole_words

_RECORDS = 50
"""Asked about at once: all their texts are held in memory."""


def of_whole_records(query: str) -> bool:
    """Whether `query` asks whole records for words."""
    try:
        return any(whole_words(parse(query)))
    except QueryError:
        return False


def ask_whole(
    new: Brought, records: Collection[str], queries: Iterable[str], texts: Texts
) -> Iterator[tuple[str, list[Event]]]:
    """(query, events that tell of what it finds now). `records`: ids of those that something came to."""
    ordered = sorted(queries)
    if not ordered:
        return
    before = Before(new)
    for part in slices(records, _RECORDS):
        yield from _asked(new, before, list(_all_of(part, texts)), ordered)


def ask_changed(new: Brought, queries: Iterable[str], texts: Texts) -> Iterator[tuple[str, list[Event]]]:
    """The same of queries that ask no whole records, but what a field says: of what is found because it changed."""
    ordered = sorted(query for query in queries if of_fields(query))
    before = Before(new) if ordered else None
    if before is None or not before.records:
        return
    for part in slices(before.changing(ordered), _RECORDS):
        rows = list(_all_of(part, texts))
        for query, late in ask_fields(before, rows, Memory(rows), ordered):
            yield query, before.telling(late, new)


def _all_of(records: Collection[str], texts: Texts) -> Iterator[Row]:
    files = files_of_records(records)
    yield from record_documents(records, past=False)
    yield from file_documents(files)
    yield from text_documents(texts_of_digests(digests_of_files(files)) | texts_of_pages(records), texts)


def _asked(new: Brought, before: Before, rows: list[Row], queries: list[str]) -> Iterator[tuple[str, list[Event]]]:
    fresh = {at for at, row in enumerate(rows) if _is_new(new, row)}
    old = [at for at in range(len(rows)) if at not in fresh]
    now, then = Memory(rows), Memory(rows[at] for at in old)
    if before.records:
        for query, by_fields in ask_fields(before, rows, now, queries):
            yield query, before.telling(by_fields, new)
    known = {
        query: {old[number] for number in found}
        for query, found in then.ask(queries)
        if not isinstance(found, QueryError)
    }
    for query, found in now.ask(queries):
        if isinstance(found, QueryError):
            continue
        wanted = fresh.intersection(found)
        events = [event for at in wanted for owner in rows[at]["shown"].owners for event in new.telling(owner)]
        late = set(found) - wanted - known.get(query, set())
        if late:
            records = {record for at in late for _, record, _ in rows[at]["shown"].owners}
            saying = fresh.intersection(now.saying(query))
            owners = [owner for at in saying for owner in rows[at]["shown"].owners if owner[1] in records]
            events += [event for owner in owners for event in new.telling(owner)]
        yield query, events


def _is_new(new: Brought, row: Row) -> bool:
    kind, ident = row["group"].split(":", 1)
    return ident in {"record": new.records, "file": new.files, "text": new.texts}[kind]
