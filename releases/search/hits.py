"""From documents of the index to hits: what may be shown of them, once per thing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from archive.access import restricted
from archive.catalog.models import Capture
from releases.access import evidence_of_shut
from releases.models import File, Record
from releases.quarantine.gate import hidden
from releases.restricting.in_force import in_force
from releases.search.cursor import Key
from releases.search.documents import Shown
from releases.search.indexed import cues_of
from releases.search.marking import Phrase, marked
from releases.search.owners import by_id, slices
from releases.search.place import Opened
from releases.search.snippet import Snippet, snippet


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
    because: Hit | None = None
    """Where its record says the words, if it does not itself."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that becomes a hit."""

    key: Key
    score: float
    document: Any
    shown: Shown
    owner: tuple[str, str, str]
    version: int


class Candidates:
    """What of one search's documents may be shown, each thing once."""

    def __init__(self, opened: Opened, portal: str, as_of: datetime | None) -> None:
        self._searcher, self._portal, self._as_of = opened.searcher, portal, as_of
        self._seen: set[tuple[Any, ...]] = set()

    def shown(self, found: Sequence[tuple[Key, float, Any]]) -> Iterator[Candidate]:
        """Candidates among these documents, in their order. Reads the database."""
        documents = [self._searcher.doc(address) for *_, address in found]
        said = [msgspec.json.decode(bytes(document["shown"][0]), type=Shown) for document in documents]
        held, closed = _held({one.capture for one in said} - {""})
        now = in_force()
        for (key, score, _), document, shown in zip(found, documents, said, strict=True):
            if shown.capture in closed or shown.hidden != held.get((shown.capture, shown.page), []):
                continue  # what may be shown of it has changed since it was indexed
            if now.names.within(document["body"][0]) or now.names.within(document["title"][0]):
                continue
            owner = self._owner(shown, now.records)
            if owner is None:
                continue
            place, version = owner
            if place[2] and not shown.capture and ("its text", place) in self._seen:
                continue  # a file's name says nothing that a page of it did not
            self._seen.add(("its text", place))
            same = (shown.type, place, "" if place[2] else shown.url, shown.page)
            if same not in self._seen:
                self._seen.add(same)
                yield Candidate(key, score, document, shown, place, version)

    def _owner(self, shown: Shown, shut: Collection[str]) -> tuple[tuple[str, str, str], int] | None:
        """Whose document it is for this search, and the number of the file's version."""
        for place, owner in enumerate(shown.owners):
            version, spans = shown.held[place] if place < len(shown.held) else (0, [])
            if owner[1] in shut or (self._portal and owner[0].casefold() != self._portal.casefold()):
                continue
            if self._as_of is None or any(start <= self._as_of < end for start, end in spans):
                return owner, version
        return None


def told(candidates: Sequence[Candidate], words: Sequence[Phrase]) -> tuple[Hit, ...]:
    """The hits, with what their records and files are called now. Reads the database."""
    records: dict[str, Record] = by_id(Record.objects, {one.owner[1] for one in candidates} - {""})
    files: dict[str, File] = by_id(File.objects, {one.owner[2] for one in candidates} - {""})
    names = in_force().names
    hits = []
    for one in candidates:
        record, file = records.get(one.owner[1]), files.get(one.owner[2])
        body, title = one.document["body"][0], one.document["title"][0]
        hits.append(
            Hit(
                type=one.shown.type,
                portal=one.owner[0],
                key=record.key if record else "",
                printed_key=names.masked(record.printed_key or record.key) if record else "",
                title=names.masked(record.title) if record else title,
                state=record.state if record else "",
                file=names.masked(file.name) if file else "",
                page=one.shown.page,
                confidence=one.shown.confidence,
                url=names.masked(file.url if file else one.shown.url),
                capture=one.shown.capture,
                at=one.document["at"][0],
                score=one.score,
                snippet=_snippet(one.document, words),
                record=record.id if record else "",
                file_id=file.id if file else "",
                version=one.version,
                kind=file.kind if file else record.kind if record else "",
                seconds=_seconds(one.document, body, words),
            )
        )
    return tuple(hits)


def _snippet(document: Any, words: Sequence[Phrase]) -> Snippet:
    """Of the text; of files without any, of what their record says, where that is why they were found."""
    body, title, about = document["body"][0], document["title"][0], _about(document)
    if not body and about and not marked(title, words) and marked(about, words):
        return snippet(about, words)
    return snippet(body or title, words)


def _about(document: Any) -> str:
    stored = document["about"] if document.get_first("about") is not None else []
    return bytes(stored[0]).decode() if stored else ""


def _seconds(document: Any, body: str, words: Sequence[Phrase]) -> float | None:
    """When the first marked word is said; when speech begins, where no word is marked."""
    cues = cues_of(document)
    if not cues:
        return None
    first = next((mark.start for mark in marked(body, words)), 0)
    return next((seconds for at, seconds in reversed(cues) if at <= first), cues[0][1])


def _held(captures: set[str]) -> tuple[dict[tuple[str, int], list[tuple[int, int]]], set[str]]:
    """Passages that are held back now, by capture and page; and captures whose bytes are shown to nobody."""
    digests: dict[str, str] = {}
    for batch in slices(captures):
        digests.update(Capture.objects.filter(id__in=batch).values_list("id", "payload_digest"))
    wanted = set(digests.values())
    held, closed = hidden(wanted), restricted(wanted) | evidence_of_shut(wanted)
    passages = {
        (capture, page): spans for capture, digest in digests.items() for page, spans in held.get(digest, {}).items()
    }
    return passages, {capture for capture, digest in digests.items() if digest in closed}
