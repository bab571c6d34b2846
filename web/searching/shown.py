"""Hits as a page shows them: those of one record together, each with the place it leads to. What may be shown of them,
the search itself has asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from releases.alerts.wording import clean, web_link
from releases.search.hits import Hit
from web.front.told import record_address

COLUMNS = (
    "type", "portal", "key", "printed_key", "title", "state", "kind", "file", "file_id", "version", "page", "seconds",
    "confidence", "url", "address", "said_in", "capture", "at", "score", "snippet", "marks",
)  # fmt: skip
"""A hit as JSON and CSV."""


@dataclass(frozen=True, slots=True)
class Place:
    """One hit."""

    hit: Hit
    address: str
    """Where it is read, with the words marked."""
    name: str
    """Of the file or page; empty for the record's own fields."""
    source: str
    """At the portal; empty unless http(s)."""
    because: bool = False
    """It says the words that the place before it is found by."""


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one record, or a page of no record."""

    portal: str
    portal_name: str
    key: str
    title: str
    state: str
    at: datetime
    address: str
    places: tuple[Place, ...]


def groups(hits: Sequence[Hit], query: str, names: Mapping[str, str]) -> list[Group]:
    """`hits` in the order in which each record comes first. `names`: of portals, by slug."""
    together: dict[str, list[Hit]] = {}
    for hit in hits:
        together.setdefault(hit.record or f"page {hit.capture or hit.url}", []).append(hit)
    return [_group(found, query, names) for found in together.values()]


def _group(hits: Sequence[Hit], query: str, names: Mapping[str, str]) -> Group:
    best = hits[0]
    read = {hit.file_id for hit in hits if hit.capture}
    places = [
        _place(hit, query)
        for hit in hits
        if hit.capture or not hit.file_id or hit.file_id not in read  # a name says nothing that its text does not
    ]
    saying = {address(hit.because, query): hit.because for hit in hits if hit.because}
    places += [
        _place(hit, query, because=True) for at, hit in saying.items() if at not in {one.address for one in places}
    ]
    return Group(
        portal=best.portal,
        portal_name=clean(names.get(best.portal) or best.portal, 120),
        key=clean(best.printed_key or best.key, 120),
        title=clean(best.title, 240) or clean(best.printed_key or best.key, 120) or clean(best.url, 160),
        state=best.state,
        at=best.at,
        address=record_address(best.portal, best.key) if best.key else address(best, query),
        places=tuple(places),
    )


def _place(hit: Hit, query: str, *, because: bool = False) -> Place:
    return Place(hit, address(hit, query), clean(hit.file, 160) if hit.file_id else "", web_link(hit.url), because)


def address(hit: Hit, query: str) -> str:
    """Our page of a hit: a file at its page or second, a record, or a capture."""
    if hit.file_id:
        asked: dict[str, Any] = {"v": hit.version or None, "page": hit.page or None}
        if hit.seconds is not None:
            asked["t"] = f"{hit.seconds:g}"
        known = {name: value for name, value in asked.items() if value is not None}
        return f"/files/{hit.file_id}?{urlencode({**known, 'q': query})}"
    if hit.type == "record" and hit.key:
        return record_address(hit.portal, hit.key)
    if hit.capture:
        return f"/captures/{quote(hit.capture)}?{urlencode({'q': query})}"
    return record_address(hit.portal, hit.key) if hit.key else f"/portals/{quote(hit.portal)}"


def row(hit: Hit, query: str) -> dict[str, Any]:
    """A hit as JSON; COLUMNS are its keys."""
    known = {
        name: getattr(hit, name) for name in COLUMNS if name not in {"address", "said_in", "snippet", "marks", "score"}
    }
    return known | {
        "address": address(hit, query),
        "said_in": address(hit.because, query) if hit.because else "",
        "score": round(hit.score, 3),
        "snippet": hit.snippet.text,
        "marks": [list(mark) for mark in hit.snippet.marks],
    }
