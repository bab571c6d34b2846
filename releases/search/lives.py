"""Since when and until when things were there: records and files as their events say, pages as their captures say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby, pairwise

from archive.catalog.models import Capture
from releases.ledger.known import batches
from releases.models import Event, File, Record

FAR = datetime(2200, 1, 1, tzinfo=UTC)
"""No end."""

Spans = list[tuple[datetime, datetime]]
"""From, until (not included), ascending."""


class Lives:
    """Of some records and of their files."""

    def __init__(self, records: Collection[Record], files: Collection[File] = ()) -> None:
        turns: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
        for batch in batches(sorted({record.id for record in records} | {file.record for file in files})):
            rows = Event.objects.filter(
                record__in=batch, kind__in=("withdrawn", "restored", "file_added", "file_withdrawn")
            )
            for record, kind, at, named in rows.order_by("at", "id").values_list("record", "kind", "at", "files"):
                if kind in {"withdrawn", "restored"}:
                    turns[record].append((at, kind == "restored"))
                else:
                    for one in named or ():
                        turns[str(one.get("id"))].append((at, kind == "file_added"))
        self.records = {
            one.id: _spans(one.first_seen_at, turns[one.id], None if one.state != "withdrawn" else one.last_seen_at)
            for one in records
        }
        self.files = {
            one.id: both(
                _spans(one.first_seen_at, turns[one.id], None if one.state == "present" else one.last_seen_at),
                self.records.get(one.record, ALWAYS),
            )
            for one in files
        }


ALWAYS: Spans = [(datetime(1700, 1, 1, tzinfo=UTC), FAR)]


def both(one: Spans, other: Spans) -> Spans:
    """When both were."""
    found = [(max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other]
    return sorted((start, end) for start, end in found if start < end)


def versions(numbered: Iterable[tuple[int, datetime]]) -> dict[int, tuple[datetime, datetime]]:
    """Version number → from its own time until the next one's."""
    ordered = sorted(numbered)
    return {
        number: (at, following[1] if following else FAR)
        for (number, at), following in zip(ordered, [*ordered[1:], None], strict=True)
    }


def pages(captures: Iterable[Capture]) -> dict[tuple[str, str, str], Spans]:
    """(portal, URL, payload digest) → when the page was served so: from a capture until the next with other bytes."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for capture in captures:
        wanted[capture.portal].add(capture.url)
    found: dict[tuple[str, str, str], Spans] = defaultdict(list)
    for portal, urls in wanted.items():
        for batch in batches(sorted(urls)):
            rows = Capture.objects.filter(portal=portal, url__in=batch, status=200).exclude(payload_digest="")
            seen = rows.order_by("url", "at", "id").values_list("url", "at", "payload_digest")
            for url, of in groupby(seen, key=lambda row: row[0]):
                told = list(of)
                turns = [told[0], *(later for earlier, later in pairwise(told) if earlier[2] != later[2])]
                for (_, at, digest), following in zip(turns, [*turns[1:], None], strict=True):
                    found[portal, url, digest].append((at, following[1] if following else FAR))
    return found


def _spans(first: datetime, turns: Sequence[tuple[datetime, bool]], ended: datetime | None) -> Spans:
    """`ended`: when it was last seen, if it is gone now; None while it is there."""
    found: Spans = []
    since: datetime | None = first
    for at, here in turns:
        if here and since is None:
            since = at
        elif not here and since is not None:
            if at > since:
                found.append((since, at))
            since = None
    if ended is None:
        # Unmerged, or listed again without a word: what is there now has been since it was last seen to come.
        start = since if since is not None else found.pop()[0] if found else first
        found.append((start, FAR))
    elif since is not None and ended > since:
        found.append((since, ended))
    return found
