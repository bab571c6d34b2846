"""Documents of texts: of pages, and of each page of a file, whatever it belongs to. Bytes that two records link to
are one text with two owners.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from archive.access import restricted
from archive.catalog.models import Capture, Derived
from releases.access import evidence_of_shut
from releases.models import File, FileVersion, Record
from releases.quarantine.gate import hidden, masked
from releases.restricting.in_force import InForce, in_force
from releases.search.documents import Owner, Row, Shown, owners_of, states_of
from releases.search.lives import Lives, Spans, both, pages, versions
from releases.search.owners import SLICE, by_id, files_by_digest, records_of_pages, slices, titles_of_pages
from releases.search.schema import folded
from releases.search.settled import confidences, not_examined
from releases.search.texts import Text, Texts
from releases.speech.vtt import read_vtt, spoken
from releases.text.passages import MASK

PART = 1_000_000
"""Characters of one document; longer texts become several."""
Cues = list[tuple[int, float]]
"""(first character, second) of each cue of a transcript, ascending."""
_Made = tuple[list[tuple[str, str, str]], list[tuple[int, Spans]], Row]
"""Owners, when each held it, and what else of the document is the same for all pages."""


class Kept(NamedTuple):
    """A text as it was indexed: without the passages `hidden`, nor names that nobody is shown."""

    body: str
    cues: Cues
    hidden: list[tuple[int, int]]


Keeping = Callable[[Collection[str]], dict[str, Kept]]
"""Gives what is indexed already of these texts, by id."""


@dataclass(slots=True)
class _Owned:
    """What some texts belong to."""

    files: dict[str, list[File]]
    versions: dict[str, list[FileVersion]]
    pages: dict[str, str]
    owners: dict[str, Owner]
    lives: Lives
    served: dict[tuple[str, str, str], Spans]
    titles: dict[tuple[str, str], str]
    now: InForce
    made: dict[str, _Made | None] = field(default_factory=dict)
    """By capture: pages of one file are found by the same."""

    def found_by(self, capture: Capture) -> _Made | None:
        if capture.id not in self.made:
            of = _of_files if capture.payload_digest in self.files else _of_page
            self.made[capture.id] = of(capture, self)
        return self.made[capture.id]


def text_documents(ids: Collection[str], texts: Texts, kept: Keeping | None = None) -> Iterator[Row]:
    """A document per `conversion` record (and per PART of long ones), with everything that owns its bytes.

    Passages that are held back are masked, and names; what nobody has looked through for them (its crawl was
    killed between its text and its facts) has no documents, nor have bytes or records under a restriction. Texts that
    `kept` has are not asked of `texts`.
    """
    for batch in slices(ids, 20 * SLICE):
        derived = {
            row[0]: Text(*row)
            for part in slices(batch)
            for row in Derived.objects.filter(
                id__in=part,
                kind="conversion",
                mime__startswith="text/",  # posters and the like have no words
            ).values_list(*Text._fields)
        }
        captures: dict[str, Capture] = by_id(Capture.objects, {row.capture for row in derived.values()})
        digests = {capture.payload_digest for capture in captures.values()}
        held, closed = hidden(digests), restricted(digests) | evidence_of_shut(digests)
        unread = not_examined(derived.values(), captures)
        sure = confidences(digests)
        owned = _owned(captures)
        wanted = {
            ident: (row, captures[row.capture], held.get(captures[row.capture].payload_digest, {}).get(row.page, []))
            for ident, row in derived.items()
            if row.capture in captures and ident not in unread and captures[row.capture].payload_digest not in closed
        }
        for ident, (words, cues) in _words(wanted, texts, kept, owned.now):
            row, capture, spans = wanted[ident]
            yield from _rows(row, capture, words, cues, spans, owned, sure.get((capture.payload_digest, row.page), 0))


def _owned(captures: dict[str, Capture]) -> _Owned:
    files, versions = files_by_digest({capture.payload_digest for capture in captures.values()})
    own = [capture for capture in captures.values() if capture.payload_digest not in files]
    of_page = records_of_pages(own)
    every = {file.id: file for found in files.values() for file in found}
    records: dict[str, Record] = by_id(Record.objects, {file.record for file in every.values()} | set(of_page.values()))
    now = in_force()
    owners, lives = owners_of(records, now, list(every.values()))
    return _Owned(files, versions, of_page, owners, lives, pages(own), titles_of_pages(own), now)


def _words(
    wanted: dict[str, tuple[Text, Capture, list[tuple[int, int]]]], texts: Texts, kept: Keeping | None, now: InForce
) -> Iterator[tuple[str, tuple[str, Cues]]]:
    """(id, what is indexed of the text) of each that can be read."""
    have = kept(wanted) if kept is not None else {}
    for ident, (_, _, spans) in wanted.items():
        if ident in have and have[ident].hidden == spans:
            yield ident, (have[ident].body, have[ident].cues)
    missing = [row for ident, (row, _, spans) in wanted.items() if ident not in have or have[ident].hidden != spans]
    for ident, text in texts(missing) if missing else ():
        row, _, spans = wanted[ident]
        said = row.mime.startswith("text/vtt")
        plain = spoken(text) if said else text
        words = now.names.masked(masked(plain, spans))
        yield ident, (words, _cues(text, plain, words) if said else [])


def _cues(vtt: str, plain: str, shown: str) -> Cues:
    """Where in `shown`, which is `plain` with something masked, each cue begins."""
    at, found = 0, []
    for segment in read_vtt(vtt):
        found.append((at, round(segment.start, 3)))
        at += len(segment.text) + 1
    if plain == shown:
        return found
    places = [(0, 0)]
    read = written = 0
    for piece in shown.split(MASK):
        start = plain.find(piece, read)
        if start < 0:
            break
        places.append((start, written))
        read, written = start + len(piece), written + len(piece) + len(MASK)
    moved = []
    for start, seconds in found:
        before, then = places[bisect_right(places, (start, len(shown) + 1)) - 1]
        moved.append((min(then + start - before, len(shown)), seconds))
    return moved


def _rows(
    row: Text, capture: Capture, text: str, cues: Cues, spans: list[tuple[int, int]], owned: _Owned, confidence: int
) -> Iterator[Row]:
    made = owned.found_by(capture)
    if made is None:
        return
    owners, held, found = made
    lasting = [span for _, own in held for span in own] or [(capture.at, capture.at)]
    found = found | {
        "group": f"text:{row.id}",
        "at": capture.at,
        "begins": min(start for start, _ in lasting),
        "ends": max(end for _, end in lasting),
    }
    kind = "file" if "file" in found["kind"] and owners[0][2] else "page"
    for part, start in enumerate(range(0, max(len(text), 1), PART)):
        yield found | {
            "body": text[start : start + PART],
            "cues": [(at - start, seconds) for at, seconds in cues if start <= at < start + PART],
            "shown": Shown(
                kind, owners, capture.url, capture.id, row.page, confidence, spans, held=held, part=part
            ),
        }  # fmt: skip


def _of_files(capture: Capture, owned: _Owned) -> _Made | None:
    owners: list[tuple[str, str, str]] = []
    held: list[tuple[int, Spans]] = []
    kinds, keys, states = {"file"}, set[str](), set[str]()
    fields: dict[str, tuple[str, dict[str, list[float]]]] = {}
    names: dict[str, None] = {}
    for file in owned.files[capture.payload_digest]:
        if file.record in owned.now.records:
            continue
        owner = owned.owners.get(file.record)
        told = owned.versions[file.id]
        whole = versions((version.number, version.at) for version in told)
        numbers = [version.number for version in told if version.digest == capture.payload_digest]
        lasting = [span for number in numbers for span in both([whole[number]], owned.lives.files[file.id])]
        owners.append((file.portal, file.record, file.id))
        held.append((numbers[-1], sorted(lasting)))
        kinds.add(folded(file.kind))
        names[file.name] = None
        states.update(states_of(owner, file))
        if owner is not None:
            kinds.add(folded(owner.record.kind))
            keys.update(owner.keys)
            fields[owner.record.id] = owner.told
    if not owners:
        return None
    return owners, held, {
        "portal": sorted({folded(portal) for portal, _, _ in owners}),
        "kind": sorted(kinds - {""}),
        "key": owned.now.names.value(sorted(keys)),
        "state": sorted(states),
        "title": owned.now.names.masked(" · ".join(names)),
        "field": " ".join(terms for terms, _ in fields.values()),
        "amount": _together([amounts for _, amounts in fields.values()]),
    }  # fmt: skip


def _of_page(capture: Capture, owned: _Owned) -> _Made | None:
    ident = owned.pages.get(capture.id, "")
    owner = owned.owners.get(ident)
    if ident in owned.now.records:
        return None
    served = owned.served.get((capture.portal, capture.url, capture.payload_digest), [])
    spans = both(served, owner.spans) if owner else served
    title = owner.record.title if owner else owned.titles.get((capture.portal, capture.url), "")
    field, amount = owner.told if owner else ("", {})
    return [(capture.portal, ident if owner else "", "")], [(0, spans)], {
        "portal": [folded(capture.portal)],
        "kind": sorted({"page", folded(owner.record.kind)} - {""}) if owner else ["page"],
        "key": owned.now.names.value(owner.keys) if owner else [],
        "state": [folded(owner.record.state)] if owner else [],
        "title": owned.now.names.masked(title),
        "field": field,
        "amount": amount,
    }  # fmt: skip


def _together(amounts: Sequence[dict[str, list[float]]]) -> dict[str, list[float]]:
    if len(amounts) == 1:
        return amounts[0]
    found: dict[str, list[float]] = {}
    for one in amounts:
        for name, numbers in one.items():
            found.setdefault(name, []).extend(numbers)
    return found
