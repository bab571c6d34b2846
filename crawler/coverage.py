"""Whether records still have the fields they had. A field need not have been on every record to be missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import sqrt

from config.portal import Expect
from crawler.baseline import Figures, History
from crawler.findings import Findings

FEW = 3
"""With fewer records than this, one record's change and a page's change look the same."""
USUAL = 0.5
"""A field that this share of the records has is one whose loss means the page changed."""
COMPARABLE = 0.5
"""A crawl that read a smaller share of the records than this read others: new ones lack what comes later."""
SIGMAS = 4
REMEMBERED = 10
"""Crawls back to which a field that few records had is missed."""
CHANCE = 1e-4
"""Other records than last time may lack a field by chance; less likely than this is no chance."""


def lost_fields(findings: Findings, history: History, expect: Expect) -> list[str]:
    """One sentence per field that records have lost, beyond what chance and growth explain."""
    past = _past(history)
    read, _ = _told(findings)
    if not past or not read:
        return []
    lost = {
        name: sentence
        for name, sentence in _losses(findings, past)
        if name not in findings.unsaid and name not in expect.optional_fields
    }
    if read < FEW:
        always = {name for name, count in past[-1].fields.items() if count >= past[-1].records} - findings.unsaid
        return list(lost.values())[:1] if always and always <= lost.keys() else []
    return list(lost.values())


def field_notes(findings: Findings, history: History) -> Iterator[str]:
    """What is odd about fields and proves nothing."""
    past = _past(history)
    if not past or findings.records < COMPARABLE * past[-1].records:
        return
    for name in sorted(findings.unsaid):
        had = max(past, key=lambda figures: _share(figures, name))
        if not findings.fields[name] and had.fields.get(name, 0) >= max(FEW, USUAL * had.records):
            yield (
                f"no page prints “{name}” any more ({had.fields[name]:,} of {had.records:,} records had it); the values "
                "known before are kept, and changes to it can not be seen"
            )
    recent = past[-REMEMBERED:]
    for name in sorted({name for figures in recent for name in figures.fields} - findings.unsaid):
        had = max(recent, key=lambda figures: _share(figures, name))
        share = _share(had, name)
        if not findings.fields[name] and share < USUAL and (1 - share) ** findings.records < CHANCE:
            yield (
                f"no record has “{name}” any more, {had.fields[name]:,} of {had.records:,} had it: look at one of them, "
                "whether its page still prints it"
            )


def _told(findings: Findings) -> tuple[int, Counter[str]]:
    """How many records speak for all, and their fields. Where some were not opened, those that might have stayed
    so too, a sample drawn by chance: what else was read is new or changed, and like no other record.
    """
    if findings.unopened:
        return findings.checked, findings.checked_fields
    return findings.records, findings.fields


def _past(history: History) -> list[Figures]:
    """Earlier crawls whose fields can be compared, oldest first."""
    past = [figures for figures in history.past if figures.records and figures.fields]
    if not past and history.records and history.fields:
        past = [Figures(history.sightings or 0, history.records, fields=history.fields)]
    return past


def _losses(findings: Findings, past: list[Figures]) -> Iterator[tuple[str, str]]:
    (now, fields), last = _told(findings), past[-1]
    read = sum(figures.records for figures in past)
    others = _others(findings, last)
    for name in sorted({name for figures in past for name in figures.fields}):
        with_it = fields[name]
        shares = sorted(_share(figures, name) for figures in past)
        # The second lowest of many: one odd healthy crawl must not decide what is usual.
        low = shares[1] if len(shares) > 2 * FEW else shares[0]
        if low >= 1 and not with_it and not (others and (1 / (read + 2)) ** now > CHANCE):
            yield name, f"no record has “{name}” any more; all {last.records:,} had it"
            continue
        if low < USUAL or (now < COMPARABLE * last.records and not findings.unopened):
            continue
        expected = low * now
        chance = SIGMAS * sqrt(now * low * (1 - low))
        halved = 2 * with_it < last.fields.get(name, 0) and 2 * with_it < expected
        if halved and expected - with_it > max(FEW, chance):
            yield (
                name,
                f"{with_it:,} of {now:,} records have “{name}”, {last.fields.get(name, 0):,} of {last.records:,} had it",
            )


def _others(findings: Findings, last: Figures) -> bool:
    """Whether most records are others than last time."""
    listed = [kept.key in findings.keys for kept in last.sample]
    return bool(listed) and sum(listed) < COMPARABLE * len(listed)


def _share(figures: Figures, name: str) -> float:
    return figures.fields.get(name, 0) / figures.records if figures.records else 0.0
