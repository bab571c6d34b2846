"""What lines of the change log, and restrictions that end, make anew in the index."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from archive.catalog.models import Capture, Derived, Restriction
from releases.models import Alias, FileFacts, FileVersion, Quarantine, RecordVersion, WatchedPage
from releases.search.mark import Line
from releases.search.owners import (
    digests_of_files,
    files_of_records,
    texts_of_captures,
    texts_of_digests,
    texts_of_pages,
    texts_of_urls,
    values,
)


@dataclass(slots=True)
class Changed:
    """Ids of records, files and texts whose documents are made anew."""

    records: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    """Records that were changed while we worked: what belongs to them may be of before."""


def changed(lines: Collection[Line], *, building: bool, high: int) -> Changed:
    """What `lines` speak of. Reads the database.

    Args:
        lines: of the change log, as it goes on.
        building: a new index is made: what belongs to what comes in lines of its own.
        high: number of the log's last line when the work began. What later lines speak of changed while we worked.
    """
    rows = _rows(lines)
    made = Changed(_records(rows), set(rows.get("releases.File", ())), set(rows.get("catalog.Derived", ())))
    renamed = values(Alias, rows.get("releases.Alias", ()), "record")
    made.records |= renamed
    digests = values(FileVersion, rows.get("releases.FileVersion", ()), "digest")
    # Held back or released, or looked through only now.
    digests |= values(Quarantine, rows.get("releases.Quarantine", ()), "digest")
    digests |= values(FileFacts, rows.get("releases.FileFacts", ()), "digest")
    made.texts |= texts_of_digests(digests - {""})
    # Its own page may have been indexed before it: with a batch's end between them.
    made.texts |= texts_of_pages(values(RecordVersion, rows.get("releases.RecordVersion", ()), "record", number=1))
    made.texts |= texts_of_captures(values(WatchedPage, rows.get("releases.WatchedPage", ()), "capture"))
    late = _rows([line for line in lines if line.seq > high] if building else lines)
    _ended(made, late)
    made.late = _records(_rows([line for line in lines if line.seq > high]))
    return made


def belonging(records: Collection[str], made: Changed) -> None:
    """Add what `records` own: their files, the texts of these, their pages."""
    files = files_of_records(records)
    made.files |= files
    made.texts |= texts_of_digests(digests_of_files(files)) | texts_of_pages(records)


def unrestricted(restrictions: Iterable[str]) -> Changed:
    """What is to be shown again when `restrictions` (ids) hold no more."""
    made = Changed()
    found = list(Restriction.objects.filter(id__in=sorted(restrictions)))
    made.records = {one.record for one in found} - {""}
    belonging(made.records, made)
    made.texts |= texts_of_digests({one.digest for one in found} - {""})
    return made


def _ended(made: Changed, rows: dict[str, set[str]]) -> None:
    """Add what lasted until now, as something else came in its place: earlier bytes of a file, of a page; and files
    that were withdrawn, or listed again.
    """
    files = values(FileVersion, rows.get("releases.FileVersion", ()), "file") | rows.get("releases.File", set())
    made.files |= files
    made.texts |= texts_of_digests(digests_of_files(files))
    captures = values(Derived, rows.get("catalog.Derived", ()), "capture", kind="conversion")
    captures |= values(WatchedPage, rows.get("releases.WatchedPage", ()), "capture")
    made.texts |= texts_of_urls(values(Capture, captures, "url", mime__startswith="text/html"))


def _rows(lines: Iterable[Line]) -> dict[str, set[str]]:
    rows: dict[str, set[str]] = {}
    for line in lines:
        rows.setdefault(line.table, set()).add(line.row)
    return rows


def _records(rows: dict[str, set[str]]) -> set[str]:
    """Records whose rows, versions or other names changed."""
    found = set(rows.get("releases.Record", ()))
    found |= values(RecordVersion, rows.get("releases.RecordVersion", ()), "record")
    return found | values(Alias, rows.get("releases.Alias", ()), "record")
