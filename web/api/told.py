"""Rows of the ledger as the API tells them: what may be shown, by batches, led along an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from archive.catalog.models import Capture
from releases.access import captures_of_shut, shut_records, withheld, without_names
from releases.models import File, FileVersion, Record
from releases.restricting.shown import unnamed
from web.listing.keyset import after as behind
from web.listing.keyset import nowhere, read, write

M = TypeVar("M", bound=Model)
LOOKED_AT = 5_000
"""Rows that one page looks at where no index leads to those that are wanted: it may end early, and leads on."""
_SLICE = 500


def walked(
    rows: QuerySet[M], keys: Sequence[str], cursor: str, limit: int, keep: Any = None
) -> tuple[list[M], str | None]:
    """Some of `rows` behind `cursor` along `keys` (as for `order_by`), and where they go on.

    `keep`: which rows of a batch are wanted and shown; it is given a list and gives one. Raises Shown.
    """
    names = [key.lstrip("-") for key in keys]
    down = keys[0].startswith("-")
    at = read(cursor, len(names)) if cursor else None
    found: list[M] = []
    looked = 0
    size = limit + 1
    while looked < LOOKED_AT:
        asked = rows.filter(behind(names, at, down=down)) if at is not None else rows
        try:
            batch = list(asked.order_by(*keys)[:size])
        except (ValueError, TypeError, OverflowError):
            raise nowhere() from None
        looked += len(batch)
        kept = batch if keep is None else keep(batch)
        found += kept
        if len(found) > limit:
            return found[:limit], write([getattr(found[limit - 1], name) for name in names])
        if len(batch) < size:
            return found, None
        at = [getattr(batch[-1], name) for name in names]
        size = min(max(size, 2 * limit), 1000)
    return found, write(at) if at else None


def open_records(rows: Iterable[Record]) -> list[Record]:
    """Without those that are shown to nobody, and without names."""
    shut = shut_records()
    return unnamed(row for row in rows if row.id not in shut)


def open_files(rows: Iterable[File]) -> list[dict[str, Any]]:
    """Files as rows: without those of shut records, and those of which nothing but restricted bytes is held."""
    shut = shut_records()
    given = [row for row in rows if row.record not in shut]
    versions = list(FileVersion.objects.filter(file__in=[row.id for row in given]).values_list("file", "digest"))
    why = withheld({digest for _file, digest in versions})
    held = {file for file, _digest in versions}
    open_ = {file for file, digest in versions if why.get(digest) != "restricted"}
    return [file_row(row, why) for row in unnamed(given) if row.id in open_ or row.id not in held]


def file_row(row: File, why: Any) -> dict[str, Any]:
    """One file; the digest of restricted bytes is not told."""
    names = (
        "id",
        "portal",
        "record",
        "name",
        "kind",
        "url",
        "state",
        "version",
        "first_seen_at",
        "last_seen_at",
        "checked_at",
    )
    shut = why.get(row.digest)
    digest = "" if shut == "restricted" else row.digest
    return {name: getattr(row, name) for name in names} | {"digest": digest, "withheld": shut}


def open_captures(rows: Sequence[Capture]) -> list[dict[str, Any]]:
    """Captures as rows, without those of which nothing is shown, and those whose address has a name that is not told."""
    why = withheld({row.payload_digest for row in rows})
    texts, shut = without_names([row.url for row in rows]), captures_of_shut(rows)
    names = (
        "id", "portal", "crawl", "kind", "method", "url", "at", "status", "mime", "payload_digest", "payload_length",
        "warc", "offset", "length",
    )  # fmt: skip
    return [
        {name: getattr(row, name) for name in names} | {"withheld": why.get(row.payload_digest)}
        for row, text in zip(rows, texts, strict=True)
        if why.get(row.payload_digest) != "restricted" and text == row.url and row.id not in shut
    ]
