"""What a portal usually shows, learnt from its own healthy crawls: the figures each leaves behind.

Nothing here has a table of its own: `catalog.Crawl.figures` keeps what one crawl showed, `history` reads
those of the last healthy ones, and a crawl is compared with them.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from zlib import crc32

import msgspec

from crawler.findings import Findings
from crawler.shapes import Shape

REMEMBERED = 60
"""Healthy crawls that are looked back on."""
SAMPLE = 60
"""Records of each crawl that are remembered by key: those with the smallest hashes, so that every crawl
remembers the same ones for as long as they are listed."""
ENDS = 2
"""Records at either end of the list that are remembered besides."""
LONGEST = 512
"""Characters of a key or URL that is remembered."""
LEAST = 3
"""So many fewer records than before are never unusual."""
YOUNG, YOUNG_SHARE = 5, 0.2
"""With fewer crawls than this to learn from, this share of the list may go without being unusual."""
HALF = 0.5


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A record of the sample."""

    key: str
    url: str
    place: int
    """Where in the list it stood: 0 first, 1000 last."""


class Checks(msgspec.Struct, frozen=True, array_like=True):
    """What became of the portal's own word that records are as they were (`crawler.readings`)."""

    unopened: int = 0
    """Records that were not opened on it."""
    checked: int = 0
    """Records that were read all the same."""
    wrong: int = 0
    """Of these, those that had changed."""


class Figures(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one crawl showed; `catalog.Crawl.figures` as JSON."""

    sightings: int = 0
    """Different records the listing showed."""
    records: int = 0
    """Records that were read."""
    repeats: int = 0
    """Rows beyond the different records."""
    fields: dict[str, int] = {}
    """Field → records that had a value for it."""
    sample: tuple[Kept, ...] = ()
    shapes: dict[str, Shape] = {}
    """Kind of page → what these pages were like."""
    same: int = 0
    """Most addresses, listing pages aside, that gave one and the same body."""
    order: str = ""
    """How the list was sorted beside the crawl before (`crawler.order`)."""
    doubted: bool = False
    """The list showed so much less than before that it is not believed yet."""
    checks: Checks = Checks()
    notes: tuple[str, ...] = ()
    """What deserves to be known and makes no crawl less than healthy; one sentence each."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A record whose absence says something of the list."""

    key: str
    url: str = ""
    """Its own page; empty when we never saw it."""


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a portal before this crawl; nothing for a portal that had none."""

    first: bool = True
    """The portal was never crawled."""
    backfill: bool = True
    """No complete healthy crawl came before."""
    sightings: int | None = None
    """Of the last complete healthy crawl; None without one."""
    records: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    past: tuple[Figures, ...] = ()
    """Of complete healthy crawls, oldest first, REMEMBERED at most. Those that another version of the
    spider made have no `fields`."""
    since: datetime | None = None
    """When the last complete healthy crawl began."""
    canaries: tuple[Canary, ...] = ()
    """Learnt: records that the last crawls all listed, spread over the list."""
    addresses: dict[str, str] = field(default_factory=dict)
    """Key → URL, of the canaries that the portal file names."""
    doubted: tuple[int, ...] = ()
    """Records listed in each crawl since then that was doubted, newest first, up to the first that was not."""

    @property
    def counts(self) -> list[int]:
        """Records listed in each healthy crawl, oldest first."""
        if self.past:
            return [figures.sightings for figures in self.past]
        return [] if self.sightings is None else [self.sightings]

    def lowest(self) -> int:
        """Fewest records that would still be usual. Twice the largest loss but one is; 3 always are."""
        counts = self.counts
        if not counts:
            return 0
        last = min(counts[-1], sorted(counts[-3:])[len(counts[-3:]) // 2])
        losses = sorted(max(0, before - after) for before, after in pairwise(counts))
        usual = losses[-2] if len(losses) >= 2 * YOUNG else max(losses, default=0)
        allowed = max(LEAST, 2 * usual)
        if len(counts) < YOUNG:
            allowed = max(allowed, int(last * YOUNG_SHARE))
        return max(0, last - min(allowed, max(LEAST, int(last * HALF))))

    def turns_over(self) -> bool:
        """Whether this list has replaced most of its records before: such a list has no canaries."""
        return any(replaced(before, after) for before, after in pairwise(self.past))


def replaced(before: Figures, after: Figures) -> bool:
    """Whether most records of two crawls are others."""
    return kept_share(before, after) < HALF and kept_share(after, before) < HALF


def kept_share(before: Figures, after: Figures) -> float:
    """Share of the records of one crawl that another still lists, as far as their samples tell. The other
    way round: share of the records of the second that the first had listed.
    """
    within = reach(after)
    listed = {kept.key for kept in after.sample}
    told = [kept.key for kept in before.sample if kept.key in listed or mark(kept.key) <= within]
    return sum(key in listed for key in told) / len(told) if told else 1.0


def reach(figures: Figures) -> int:
    """Records with this mark, or a lower one, are in the sample if the crawl listed them."""
    marks = sorted(mark(kept.key) for kept in figures.sample)
    return marks[SAMPLE - 1] if figures.sightings > SAMPLE and len(marks) >= SAMPLE else 1 << 32


def mark(key: str) -> int:
    """The number by which a crawl's sample is drawn: the same ones for as long as they are listed."""
    return crc32(key.encode("utf-8", "replace"))


def mostly_new(figures: Figures, history: History) -> bool:
    """Whether most of what a crawl lists was not listed by the last healthy one."""
    return bool(history.past) and kept_share(figures, history.past[-1]) < HALF


def figures_of(findings: Findings, history: History | None = None) -> Figures:
    """What later crawls are compared with. A record that was not opened, because the portal says it is as it was,
    counts with the fields that records had when they were last read.
    """
    records, fields = findings.records, {name: count for name, count in findings.fields.items() if _plain(name)}
    if findings.unopened and history is not None and history.records:
        records += findings.unopened
        for name, count in history.fields.items():
            share = min(1.0, count / history.records)
            fields[name] = fields.get(name, 0) + round(share * findings.unopened)
    return Figures(
        sightings=len(findings.keys), records=records, repeats=findings.repeats, fields=fields,
        sample=_sample(findings.keys), shapes=findings.shapes.summary(),
        same=len(findings.shapes.same(page.url for page in findings.listing_pages)),
    )  # fmt: skip


def _sample(keys: dict[str, str]) -> tuple[Kept, ...]:
    last = max(1, len(keys) - 1)
    chosen = heapq.nsmallest(SAMPLE, ((mark(key), n, key) for n, key in enumerate(keys)))
    places = {key: number for _, number, key in chosen}
    if len(keys) > len(places):
        ends = {*range(ENDS), *range(len(keys) - ENDS, len(keys))}
        places |= {key: number for number, key in enumerate(keys) if number in ends}
    return tuple(
        Kept(key, url if _plain(url := keys[key]) else "", 1000 * places[key] // last)
        for key in sorted(places, key=places.__getitem__)
        if _plain(key)
    )


def _plain(text: str) -> bool:
    """Whether `text` can be kept and compared as it is."""
    return len(text) <= LONGEST and "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def figures_in(stored: object) -> Figures:
    """Figures as they were kept; those of an older or newer release give what is understood."""
    try:
        return msgspec.convert(stored, Figures)
    except msgspec.ValidationError:
        return Figures()
