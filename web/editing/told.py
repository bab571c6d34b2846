"""What editors are shown of passages in quarantine and of restrictions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from archive.catalog.models import Capture, Restriction
from releases.access import without_names
from releases.facts.model import PdfFacts
from releases.facts.turned import size, turned
from releases.models import File, FileFacts, FileVersion, Quarantine, Record


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as an outline with its boxes, in points from its upper left corner."""

    width: float
    height: float
    boxes: tuple[tuple[float, float, float, float, bool], ...]
    """x, y, width, height, whether words lie under it."""
    digest: str
    """Of the bytes whose page it is."""
    turned: int
    """Degrees clockwise by which the page is shown turned, as far as is known: the outline is of the page before that."""

    def shown(self, degrees: int) -> Sheet:
        """The same as the page is shown, turned by 0, 90, 180 or 270 degrees."""
        boxes = []
        for x, y, wide, high, covers in self.boxes:
            # `turned` counts from below, a sheet from above: what turns one clockwise turns the other back.
            x0, y0, x1, y1 = turned((x, y, x + wide, y + high), self.width, self.height, -degrees)
            boxes.append((x0, y0, x1 - x0, y1 - y0, covers))
        return Sheet(*size(self.width, self.height, degrees), tuple(boxes), self.digest, 0)


@dataclass(frozen=True, slots=True)
class Told:
    """A restriction."""

    row: Restriction
    what: str
    """Title of the record, address of the bytes, or the name itself: for the editors' list alone."""
    where: str
    """Address of the page that it restricts; may be empty."""
    overdue: bool
    """Somebody should have looked at it again."""
    over: bool
    """It holds no more."""
    reasons: tuple[str, ...]


def sheet(row: Quarantine) -> Sheet | None:
    """The page that a passage stands on: of these bytes, or of the newer version that has the box."""
    digests = [row.digest]
    if row.reason != "under a box":
        digests = [
            *FileVersion.objects.filter(file=row.file).order_by("-number").values_list("digest", flat=True)[:5],
            row.digest,
        ]
    for digest in digests:
        kept = FileFacts.objects.filter(digest=digest, kind="pdf").order_by("at", "id").last()
        if kept is None:
            continue
        pages = msgspec.convert(kept.facts, PdfFacts, strict=False).pages
        if row.page <= len(pages) and (pages[row.page - 1].boxes or digest == row.digest):
            page = pages[row.page - 1]
            boxes = (
                (one.x0, page.height - one.y1, one.x1 - one.x0, one.y1 - one.y0, one.covers > 0) for one in page.boxes
            )
            return Sheet(page.width, page.height, tuple(boxes), digest, page.turned or 0)
    return None


def restrictions(rows: Iterable[Restriction]) -> list[Told]:
    """Each with what it is of."""
    listed = list(rows)
    records = {r.id: r for r in Record.objects.filter(id__in={row.record for row in listed if row.record})}
    held = _captures({row.digest for row in listed if row.digest})
    now = datetime.now(UTC)
    return [_told(row, records.get(row.record), held.get(row.digest), now) for row in listed]


def _told(row: Restriction, record: Record | None, capture: Capture | None, now: datetime) -> Told:
    what, where = row.name, ""
    if record is not None:
        what, where = without_names(record.title or record.key), f"/records/{record.portal}/{record.key}"
    elif capture is not None:
        what, where = without_names(capture.url), f"/captures/{capture.id}"
    elif row.digest:
        what = row.digest
    over = row.lifted_at is not None or (row.lifts_at is not None and row.lifts_at <= now)
    due = bool(row.review_by) and row.review_by <= now.date().isoformat()
    return Told(row, what, where, due and not over, over, tuple(row.why.splitlines()))


def _captures(digests: Iterable[str]) -> dict[str, Capture]:
    rows = Capture.objects.filter(payload_digest__in=list(digests)).order_by("-id")
    return {row.payload_digest: row for row in rows.only("id", "url", "payload_digest", "portal")}


def of_record(record: str) -> list[Restriction]:
    """Restrictions of this record that hold now."""
    return _now(kind="record", record=record)


def of_bytes(digests: Sequence[str]) -> list[Restriction]:
    """Restrictions of these bytes, or of passages in them, that hold now."""
    return _now(kind__in=("bytes", "passage"), digest__in=[one for one in digests if one])


def _now(**about: Any) -> list[Restriction]:
    from archive.access import lasting

    found = Restriction.objects.filter(lasting(datetime.now(UTC)), lifted_at=None, **about)
    return list(found.order_by("-at", "-id")[:20])


def digests_of(file: File) -> list[str]:
    """Of all versions of a file."""
    return list(FileVersion.objects.filter(file=file.id).values_list("digest", flat=True))
