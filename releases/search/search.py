"""Searches: hits that say which record, which file, which page, and show the words that were found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from tantivy import Occur, Query

from archive.access import restricted
from archive.catalog.models import Capture
from releases.models import File, Record
from releases.quarantine.gate import hidden
from releases.search import place
from releases.search.compile import compiled, marks
from releases.search.documents import Shown
from releases.search.errors import IndexBusy
from releases.search.query import Exactly, parse
from releases.search.snippet import Snippet, snippet

MOST = 1000
"""Hits of one search."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `key`, `title`: of its record, as they are now; empty for pages of no record."""

    type: str
    """record, file or page"""
    portal: str
    key: str
    printed_key: str
    title: str
    state: str
    """present or withdrawn; empty without a record."""
    file: str
    """The file's name; empty for records and pages."""
    page: int
    """1-based page of a document; 0 where there are none."""
    confidence: int
    """Percent, where the words were read off a picture: how sure the machine is of them; 0 of all others."""
    url: str
    """Of the record, the file, or the page."""
    capture: str
    """Capture the text was read from; empty for records and for files without text."""
    at: datetime
    """When what was found was captured, or the record last changed."""
    score: float
    snippet: Snippet
    record: str = ""
    """Record id; empty for pages of no record."""
    file_id: str = ""
    version: int = 0
    """Number of the file's version that has the text; 0 where there is none."""
    kind: str = ""
    """Of the file, else of the record."""
    seconds: float | None = None
    """Of transcripts and captions: where in the recording the first marked word is said."""


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, and how many documents (records, files, pages) match in all."""

    hits: tuple[Hit, ...]
    documents: int
    next: str = ""
    """For `after`: where the next hits begin; empty where these are the last."""
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    """How many documents there are of each portal, type, kind, year and state; empty unless asked for."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value and how many documents have it."""

    value: str
    count: int


def search(
    root: Path,
    query: str,
    *,
    portal: str = "",
    limit: int = 20,
    sort: Literal["best", "newest", "oldest"] = "best",  # noqa: ARG001
    after: str = "",  # noqa: ARG001
    as_of: datetime | None = None,  # noqa: ARG001
    facets: bool = False,  # noqa: ARG001
) -> Found:
    """Search the index below `root` as it is now.

    Several captures of one page are one hit: the best of them.

    Raises:
        QueryError: the query means nothing; says what to write instead.
        IndexBusy: there is no index yet.
    """
    tree = parse(query)
    wanted = compiled(tree, query)
    if portal:
        wanted = Query.boolean_query([(Occur.Must, wanted), (Occur.Must, compiled(Exactly("portal", portal), query))])
    index = place.current(root)
    if index is None:
        raise IndexBusy("there is no search index yet", where=str(root), todo="search again when it is built")
    searcher = index.searcher()
    limit = min(limit, MOST)
    words = frozenset(marks(tree))
    depth, found = limit, searcher.search(wanted, limit)
    while True:
        hits, stale = _hits(searcher, found.hits, words, portal, limit)
        if len(hits) >= limit or depth >= found.count or depth >= 8 * limit:
            return Found(tuple(hits), found.count - stale)
        depth *= 4
        found = searcher.search(wanted, depth)


def _hits(
    searcher: Any, found: Any, words: frozenset[tuple[str, bool]], portal: str, limit: int
) -> tuple[list[Hit], int]:
    """Hits, and how many documents are not shown because what is in quarantine has changed since they were indexed."""
    chosen: list[tuple[float, Any, Shown, tuple[str, str, str]]] = []
    seen: set[tuple[Any, ...]] = set()
    # Equal scores come in the order of the index, which depends on how it grew; by age they are stable.
    loaded = [(score, searcher.doc(address)) for score, address in found]
    loaded.sort(key=lambda pair: (-round(pair[0], 4), -pair[1]["at"][0].timestamp(), bytes(pair[1]["shown"][0])))
    said = [
        (score, document, msgspec.json.decode(bytes(document["shown"][0]), type=Shown)) for score, document in loaded
    ]
    held, shut = _held({shown.capture for *_, shown in said} - {""})
    current = [
        one
        for one in said
        if one[2].capture not in shut and one[2].hidden == held.get((one[2].capture, one[2].page), [])
    ]
    for score, document, shown in current:
        owner = next((o for o in shown.owners if not portal or o[0] == portal), shown.owners[0])
        if owner[2] and not shown.capture and ("its text", owner) in seen:
            continue  # a file's name says nothing that a page of it did not
        seen.add(("its text", owner))
        same = (shown.type, owner, "" if owner[2] else shown.url, shown.page)
        if same not in seen and len(chosen) < limit:
            seen.add(same)
            chosen.append((score, document, shown, owner))
    records = {r.id: r for r in Record.objects.filter(id__in={owner[1] for *_, owner in chosen} - {""})}
    files = {f.id: f for f in File.objects.filter(id__in={owner[2] for *_, owner in chosen} - {""})}
    hits = []
    for score, document, shown, owner in chosen:
        record, file = records.get(owner[1]), files.get(owner[2])
        body = document["body"][0]
        title = document["title"][0]
        hits.append(
            Hit(
                type=shown.type,
                portal=owner[0],
                key=record.key if record else "",
                printed_key=record.printed_key or record.key if record else "",
                title=record.title if record else title,
                state=record.state if record else "",
                file=file.name if file else "",
                page=shown.page,
                confidence=shown.confidence,
                url=file.url if file else shown.url,
                capture=shown.capture,
                at=document["at"][0],
                score=score,
                snippet=snippet(body or title, words),
                record=record.id if record else "",
                file_id=file.id if file else "",
                version=file.version if file else 0,
                kind=file.kind if file else record.kind if record else "",
            )
        )
    return hits, len(said) - len(current)


def _held(captures: set[str]) -> tuple[dict[tuple[str, int], list[tuple[int, int]]], set[str]]:
    """Passages that are held back now, by capture and page; and captures whose bytes are shown to nobody."""
    digests: dict[str, str] = {}
    ordered = sorted(captures)
    for start in range(0, len(ordered), 500):
        rows = Capture.objects.filter(id__in=ordered[start : start + 500])
        digests.update(rows.values_list("id", "payload_digest"))
    held, shut = hidden(digests.values()), restricted(digests.values())
    passages = {
        (capture, page): spans for capture, digest in digests.items() for page, spans in held.get(digest, {}).items()
    }
    return passages, {capture for capture, digest in digests.items() if digest in shut}
