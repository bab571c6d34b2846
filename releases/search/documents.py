"""From rows of catalog and ledger to documents of the index.

A record is one document, a file one (its name), and each page of text one, whatever file or page it
belongs to: bytes that two records link to are one text with two owners.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from django.db.models import Model, QuerySet

from archive.access import restricted
from archive.catalog.models import Capture, Derived
from releases.models import Alias, File, FileVersion, Record, RecordVersion, WatchedPage
from releases.quarantine.gate import hidden, masked
from releases.search.schema import folded
from releases.search.settled import confidences, not_examined
from releases.search.texts import Text, Texts
from releases.speech.vtt import spoken

Row = dict[str, Any]
"""One document: `group` (what it is of: deleted together), and the fields of `schema.schema`."""

PART = 1_000_000
"""Characters of one document; longer texts become several."""
_SLICE = 500

M = TypeVar("M", bound=Model)


class Shown(msgspec.Struct, frozen=True):
    """What a hit needs to be told, stored with its document; the rest is looked up when it is shown."""

    type: str
    """record, file or page"""
    owners: list[tuple[str, str, str]]
    """(portal, record id or empty, file id or empty)"""
    url: str = ""
    capture: str = ""
    page: int = 0
    """1-based page of a document; 0 where there are none."""
    confidence: int = 0
    """Percent, of words that were read off a picture; 0 of all others."""
    hidden: list[tuple[int, int]] = []
    """Passages of the page that were held back when it was indexed. Where others are held back now, the
    document is not to be shown."""


def record_documents(ids: Collection[str]) -> Iterator[Row]:
    """A document per record that is still one: merged ones are found under the record they became."""
    for batch in _slices(ids):
        records = [record for record in Record.objects.filter(id__in=batch) if record.state != "merged"]
        names = _names(record.id for record in records)
        numbers = {record.id: record.version for record in records}
        versions = {
            v.record: v
            for v in RecordVersion.objects.filter(record__in=list(numbers)).order_by("number")
            if v.number <= numbers[v.record]
        }
        for record in records:
            version = versions.get(record.id)
            title = dict.fromkeys((record.title, record.printed_key, record.key, *names[record.id]))
            yield {
                "group": f"record:{record.id}",
                "portal": [folded(record.portal)],
                "kind": [folded(record.kind), "record"],
                "key": _keys(record, names),
                "title": " · ".join(filter(None, title)),
                "body": "\n".join(_lines(version.fields)) if version else "",
                "at": version.at if version else record.first_seen_at,
                "shown": Shown("record", [(record.portal, record.id, "")], record.url),
            }


def file_documents(ids: Collection[str]) -> Iterator[Row]:
    """A document per file: its name, for files that have no text (recordings, pictures) too."""
    for batch in _slices(ids):
        files = list(File.objects.filter(id__in=batch))
        records = _by_id(Record.objects, {file.record for file in files})
        names = _names(records)
        for file in files:
            record = records.get(file.record)
            yield {
                "group": f"file:{file.id}",
                "portal": [folded(file.portal)],
                "kind": sorted({folded(file.kind), folded(record.kind if record else ""), "file"} - {""}),
                "key": _keys(record, names) if record else [],
                "title": file.name,
                "body": "",
                "at": file.first_seen_at,
                "shown": Shown("file", [(file.portal, file.record, file.id)], file.url),
            }


def text_documents(ids: Collection[str], texts: Texts) -> Iterator[Row]:
    """A document per `conversion` record (and per PART of long ones), with everything that owns its bytes.

    Passages in quarantine are masked; what nobody has looked through for them (its crawl was
    killed between its text and its facts) has no documents, nor have bytes under a restriction.
    """
    for batch in _slices(ids, 20 * _SLICE):
        derived = {
            row[0]: Text(*row)
            for part in _slices(batch)
            for row in Derived.objects.filter(
                id__in=part,
                kind="conversion",
                mime__startswith="text/",  # posters and the like have no words
            ).values_list(*Text._fields)
        }
        captures = _by_id(Capture.objects, {row.capture for row in derived.values()})
        digests = {capture.payload_digest for capture in captures.values()}
        held, shut = hidden(digests), restricted(digests)
        unread = not_examined(derived.values(), captures)
        sure = confidences(digests)
        files = _owning_files(digests)
        pages = _owning_records(captures.values())
        wanted = {file.record for found in files.values() for file in found} | set(pages.values())
        records = _by_id(Record.objects, wanted)
        titles = _page_titles(captures.values())
        names = _names(records)
        for ident, text in texts(list(derived.values())):
            row = derived[ident]
            capture = captures.get(row.capture)
            if capture is not None and ident not in unread and capture.payload_digest not in shut:
                spans = held.get(capture.payload_digest, {}).get(row.page, [])
                words = masked(spoken(text) if row.mime.startswith("text/vtt") else text, spans)
                yield from _text(row, capture, words, spans, files, pages, records, names, titles, sure)


def texts_of_digests(digests: Collection[str]) -> set[str]:
    """Ids of the texts made from these bytes."""
    found: set[str] = set()
    for batch in _slices(digests):
        captures = Capture.objects.filter(payload_digest__in=batch).values_list("id", flat=True)
        for part in _slices(list(captures)):
            found.update(Derived.objects.filter(capture__in=part, kind="conversion").values_list("id", flat=True))
    return found


def texts_of_pages(records: Collection[str]) -> set[str]:
    """Ids of the texts of these records' own pages."""
    found: set[str] = set()
    for batch in _slices(records):
        urls = set(Record.objects.filter(id__in=batch).values_list("url", flat=True))
        captures = list(Capture.objects.filter(url__in=urls, status=200).values_list("id", flat=True))
        for part in _slices(captures):
            found.update(Derived.objects.filter(capture__in=part, kind="conversion").values_list("id", flat=True))
    return found


def _text(
    row: Text,
    capture: Capture,
    text: str,
    spans: list[tuple[int, int]],
    files: dict[str, list[File]],
    pages: dict[str, str],
    records: dict[str, Record],
    names: dict[str, set[str]],
    titles: dict[tuple[str, str], str],
    sure: dict[tuple[str, int], int],
) -> Iterator[Row]:
    owners: list[tuple[str, str, str]] = []
    kinds, keys, title = {"file"}, set(), ""
    for file in files.get(capture.payload_digest, []):
        owners.append((file.portal, file.record, file.id))
        kinds.add(folded(file.kind))
        title = title or file.name
        if file.record in records:
            kinds.add(folded(records[file.record].kind))
            keys.update(_keys(records[file.record], names))
    of_file = bool(owners)
    if not of_file:
        record = records.get(pages.get(capture.id, ""))
        owners.append((capture.portal, record.id if record else "", ""))
        kinds = {"page", folded(record.kind)} if record else {"page"}
        title = record.title if record else titles.get((capture.portal, capture.url), "")
        keys.update(_keys(record, names) if record else [])
    confidence = sure.get((capture.payload_digest, row.page), 0)
    shown = Shown("file" if of_file else "page", owners, capture.url, capture.id, row.page, confidence, spans)
    for start in range(0, max(len(text), 1), PART):
        yield {
            "group": f"text:{row.id}",
            "portal": sorted({folded(portal) for portal, _, _ in owners}),
            "kind": sorted(kinds),
            "key": sorted(keys),
            "title": title,
            "body": text[start : start + PART],
            "at": capture.at,
            "shown": shown,
        }


def _owning_files(digests: set[str]) -> dict[str, list[File]]:
    """Files that have, or had, these bytes, by digest."""
    owners: dict[str, set[str]] = defaultdict(set)
    for batch in _slices(digests - {""}):
        for digest, file in FileVersion.objects.filter(digest__in=batch).values_list("digest", "file"):
            owners[digest].add(file)
    files = _by_id(File.objects, {file for found in owners.values() for file in found})
    return {digest: [files[i] for i in sorted(found) if i in files] for digest, found in owners.items()}


def _owning_records(captures: Iterable[Capture]) -> dict[str, str]:
    """Capture id → record whose own page it is."""
    wanted: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for capture in captures:
        wanted[capture.portal][capture.url].append(capture.id)
    found: dict[str, str] = {}
    for portal, urls in wanted.items():
        rows = Record.objects.filter(portal=portal).exclude(state="merged").order_by("id").values_list("id", "url")
        # No index leads from a URL to its record: few are asked for, of many the whole portal is gone through.
        for ident, url in rows.filter(url__in=list(urls)) if len(urls) <= _SLICE else rows.iterator(chunk_size=5000):
            for capture_id in urls.get(url, ()):
                found.setdefault(capture_id, ident)
    return found


def _page_titles(captures: Iterable[Capture]) -> dict[tuple[str, str], str]:
    urls: dict[str, set[str]] = defaultdict(set)
    for capture in captures:
        urls[capture.portal].add(capture.url)
    return {
        (portal, url): title
        for portal, wanted in urls.items()
        for batch in _slices(wanted)
        for url, title in WatchedPage.objects.filter(portal=portal, url__in=batch).values_list("url", "title")
    }


def _names(records: Iterable[str]) -> dict[str, set[str]]:
    """Aliases that count, by record."""
    found: dict[str, set[str]] = defaultdict(set)
    for batch in _slices(set(records)):
        for record, name in Alias.objects.filter(record__in=batch, ended_at=None).values_list("record", "name"):
            found[record].add(name)
    return found


def _keys(record: Record, names: dict[str, set[str]]) -> list[str]:
    return sorted({folded(name) for name in (record.key, record.printed_key, *names[record.id]) if name})


def _lines(fields: Any) -> Iterator[str]:
    for name, value in (fields or {}).items():
        for item in value if isinstance(value, list) else [value]:
            text = " ".join(str(part) for part in item.values()) if isinstance(item, dict) else item
            if text not in (None, ""):
                yield f"{name}: {text}"


def _by_id(manager: Any, ids: Collection[str]) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for batch in _slices(ids):
        found: QuerySet[Any] = manager.filter(id__in=batch)
        rows |= {row.id: row for row in found}
    return rows


def _slices(values: Collection[str], size: int = _SLICE) -> Iterator[Sequence[str]]:
    ordered = sorted(values)
    return (ordered[start : start + size] for start in range(0, len(ordered), size))
