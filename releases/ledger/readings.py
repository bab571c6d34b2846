"""What came of reading the words of files: for whoever wonders why one has no text."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from releases.ledger.known import batches
from releases.models import FileFacts
from releases.text.scan_pages import scan_pages

Row = dict[str, Any]


class Facts(NamedTuple):
    """A row of `releases.models.FileFacts`."""

    digest: str
    kind: str
    engine: str
    facts: Row


def readings(digests: Collection[str]) -> dict[str, list[Row]]:
    """Payload digest → what was read of it, as `how` (text, ocr), `engine`, `pages` (from 1), `confidence` (percent,
    of all pages; None where none is known), `trouble`, `error`.

    A scan that nobody read yet has `ocr` with an empty engine and its pages. Texts that speak for themselves are not
    in it.
    """
    return readings_of(facts_of(digests))


def facts_of(digests: Collection[str]) -> list[Facts]:
    """Everything that was read of these payloads, oldest first."""
    made: list[Facts] = []
    for part in batches(sorted(set(digests) - {""})):
        rows = FileFacts.objects.filter(digest__in=part).order_by("at", "id")
        made += (Facts(*row) for row in rows.values_list(*Facts._fields))
    return made


def readings_of(rows: Iterable[Facts]) -> dict[str, list[Row]]:
    """`readings`, of what `facts_of` found."""
    found: dict[str, dict[str, Row]] = {}
    scans: dict[str, tuple[int, ...]] = {}
    for digest, kind, engine, facts in rows:
        if kind == "pdf" and (pages := scan_pages(kind, facts)[0]):
            scans[digest] = pages
        elif kind in {"text", "ocr"}:
            found.setdefault(digest, {})[kind] = _row(kind, engine, facts)
    for digest, pages in scans.items():
        unread: Row = {
            "how": "ocr", "engine": "", "pages": list(pages), "confidence": None, "trouble": "", "error": "",
        }  # fmt: skip
        found.setdefault(digest, {}).setdefault("ocr", unread)
    return {digest: list(rows.values()) for digest, rows in found.items()}


def _row(kind: str, engine: str, facts: Row) -> Row:
    pages, confidence = [], None
    if kind == "ocr":
        words = [one for one in facts.get("pages", ()) if one["confidence"]]
        pages = [one["page"] for one in words]
        confidence = round(sum(one["confidence"] for one in words) / len(words)) if words else None
    return {
        "how": kind, "engine": engine, "pages": pages, "confidence": confidence,
        "trouble": facts.get("trouble", ""), "error": facts.get("error", ""),
    }  # fmt: skip
