"""Whose texts are: which files have, or had, these bytes; which record's page this is; which texts those have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from archive.catalog.models import Capture, Derived
from releases.models import Alias, File, FileVersion, Record, WatchedPage

SLICE = 500


def texts_of_digests(digests: Collection[str]) -> set[str]:
    """Ids of the texts made from these bytes."""
    found: set[str] = set()
    for batch in slices(digests):
        captures = Capture.objects.filter(payload_digest__in=batch).values_list("id", flat=True)
        found |= texts_of_captures(list(captures))
    return found


def texts_of_captures(captures: Collection[str]) -> set[str]:
    """Ids of the texts made from these captures."""
    found: set[str] = set()
    for part in slices(captures):
        found.update(Derived.objects.filter(capture__in=part, kind="conversion").values_list("id", flat=True))
    return found


def texts_of_pages(records: Collection[str]) -> set[str]:
    """Ids of the texts of these records' own pages."""
    urls: set[str] = set()
    for batch in slices(records):
        urls.update(Record.objects.filter(id__in=batch).values_list("url", flat=True))
    return texts_of_urls(urls)


def texts_of_urls(urls: Collection[str]) -> set[str]:
    """Ids of the texts of pages at these addresses, at any time."""
    found: set[str] = set()
    for batch in slices(urls):
        found |= texts_of_captures(list(Capture.objects.filter(url__in=batch, status=200).values_list("id", flat=True)))
    return found


def files_of_records(records: Collection[str]) -> set[str]:
    """Ids of their files."""
    return values(File, records, "id", by="record")


def digests_of_files(files: Collection[str]) -> set[str]:
    """Of all their versions."""
    return values(FileVersion, files, "digest", by="file") - {""}


def files_by_digest(digests: set[str]) -> tuple[dict[str, list[File]], dict[str, list[FileVersion]]]:
    """Digest → files that have, or had, these bytes; file id → all its versions."""
    owners: dict[str, set[str]] = defaultdict(set)
    for batch in slices(digests - {""}):
        for digest, file in FileVersion.objects.filter(digest__in=batch).values_list("digest", "file"):
            owners[digest].add(file)
    files = by_id(File.objects, {file for found in owners.values() for file in found})
    versions: dict[str, list[FileVersion]] = defaultdict(list)
    for batch in slices(files):
        for version in FileVersion.objects.filter(file__in=batch).order_by("number", "id"):
            versions[version.file].append(version)
    return {digest: [files[i] for i in sorted(found) if i in files] for digest, found in owners.items()}, versions


def records_of_pages(captures: Iterable[Capture]) -> dict[str, str]:
    """Capture id → record whose own page it is."""
    wanted: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for capture in captures:
        wanted[capture.portal][capture.url].append(capture.id)
    found: dict[str, str] = {}
    for portal, urls in wanted.items():
        rows = Record.objects.filter(portal=portal).exclude(state="merged").order_by("id").values_list("id", "url")
        # No index leads from a URL to its record: few are asked for, of many the whole portal is gone through.
        for ident, url in rows.filter(url__in=list(urls)) if len(urls) <= SLICE else rows.iterator(chunk_size=5000):
            for capture_id in urls.get(url, ()):
                found.setdefault(capture_id, ident)
    return found


def titles_of_pages(captures: Iterable[Capture]) -> dict[tuple[str, str], str]:
    """(portal, URL) → title of the watched page there."""
    urls: dict[str, set[str]] = defaultdict(set)
    for capture in captures:
        urls[capture.portal].add(capture.url)
    return {
        (portal, url): title
        for portal, wanted in urls.items()
        for batch in slices(wanted)
        for url, title in WatchedPage.objects.filter(portal=portal, url__in=batch).values_list("url", "title")
    }


def names_of(records: Iterable[str]) -> dict[str, set[str]]:
    """Aliases that count, by record."""
    found: dict[str, set[str]] = defaultdict(set)
    for batch in slices(set(records)):
        for record, name in Alias.objects.filter(record__in=batch, ended_at=None).values_list("record", "name"):
            found[record].add(name)
    return found


def by_id(manager: Any, ids: Collection[str]) -> dict[str, Any]:
    """Rows by their ids."""
    rows: dict[str, Any] = {}
    for batch in slices(ids):
        found: QuerySet[Any] = manager.filter(id__in=batch)
        rows |= {row.id: row for row in found}
    return rows


def values(model: Any, keys: Iterable[str], column: str, *, by: str = "id", **only: Any) -> set[str]:
    """`column` of the rows whose `by` is one of `keys`."""
    found: set[str] = set()
    for part in slices(set(keys)):
        found.update(model.objects.filter(**{f"{by}__in": part}, **only).values_list(column, flat=True))
    return found


def slices(wanted: Collection[str], size: int = SLICE) -> Iterator[Sequence[str]]:
    """`wanted` in order, `size` at once."""
    ordered = sorted(wanted)
    return (ordered[start : start + size] for start in range(0, len(ordered), size))
