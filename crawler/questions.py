"""The five questions asked of every crawl, each answered with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from config.portal import Expect
from crawler.failures import PageFailure
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.errors import ChallengePageError, PageError

Question = Literal["ended", "blocked", "fields", "count", "canaries"]
QUESTIONS: dict[Question, str] = {
    "ended": "Did the listing end where the portal says it ends?",
    "blocked": "Were there block or challenge pages?",
    "fields": "Do records have the fields they had?",
    "count": "Is the count within what this portal's history allows?",
    "canaries": "Were the canary records seen?",
}
DROP = 0.5
"""A list that shrinks below this share of the last healthy one is outside its history."""
REFUSED = frozenset({401, 403, 407, 429, 451})


@dataclass(frozen=True, slots=True)
class Answer:
    """`yes`, `no` or `unknown`, and the sentence that shows it."""

    answer: Literal["yes", "no", "unknown"]
    evidence: str
    seen: dict[str, int] = field(default_factory=dict)
    """Figures that later crawls are compared with."""


@dataclass(slots=True)
class Findings:
    """What one crawl met, filled while it runs."""

    listing_pages: list[ListingPage] = field(default_factory=list)
    empty_markers: list[EmptyMarker] = field(default_factory=list)
    page_errors: list[PageError] = field(default_factory=list)
    answers: list[tuple[str, int, str]] = field(default_factory=list)
    """URL, status and sign of a block page (or empty) of every answer, in order of arrival."""
    failures: list[PageFailure] = field(default_factory=list)
    """Every page that could not be had after all attempts."""
    limited_by: str = ""
    """The limit of ours that ended the crawl early."""
    keys: set[str] = field(default_factory=set)
    """Keys that were sighted."""
    records: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """Field → records that had a value for it."""
    unsaid: set[str] = field(default_factory=set)
    """Fields that a page's layout never prints: not lost, whatever earlier layouts had."""

    def saw(self, item: Sighting | Record) -> None:
        """Count a sighting or a record; the crawl calls this for each it takes."""
        self.keys.add(item.key)
        if isinstance(item, Record):
            self.records += 1
            self.unsaid |= item.absent_means_unknown - item.fields.keys()
            self.fields.update(name for name, value in item.fields.items() if value not in (None, "", []))


@dataclass(frozen=True, slots=True)
class History:
    """What the last complete healthy crawl showed; nothing for a portal that had none."""

    first: bool = True
    """The portal was never crawled."""
    backfill: bool = True
    """No complete healthy crawl came before."""
    sightings: int | None = None
    records: int = 0
    fields: dict[str, int] = field(default_factory=dict)


def answer_all(findings: Findings, history: History, expect: Expect) -> dict[str, Answer]:
    """Question → answer."""
    return {
        "ended": _ended(findings),
        "blocked": _blocked(findings),
        "fields": _fields(findings, history, expect),
        "count": _count(findings, history, expect),
        "canaries": _canaries(findings, expect),
    }


def robots(urls: Iterable[str]) -> set[str]:
    """Those of `urls` that are robots.txt: they say nothing of the list."""
    return {url for url in urls if url.endswith("/robots.txt")}


def refused(findings: Findings) -> dict[str, str]:
    """URL → sign, of pages whose last answer was a block page or a refusal."""
    found: dict[str, str] = {}
    for url, status, sign in findings.answers:
        if sign or status in REFUSED:
            found[url] = sign or f"status {status}"
        else:
            found.pop(url, None)
    found |= {error.url: error.sign for error in findings.page_errors if isinstance(error, ChallengePageError)}
    return {url: sign for url, sign in found.items() if url not in robots(found)}


def _ended(findings: Findings) -> Answer:
    pages = findings.listing_pages
    if findings.limited_by:
        return Answer("unknown", f"stopped by {findings.limited_by}")
    if not pages:
        return Answer("unknown", "this spider reports no listing pages")
    seen, rows = len(findings.keys), sum(page.rows for page in pages)
    numbers = {page.number for page in pages}
    said = max((page.pages or 0) for page in pages)
    totals = {page.total for page in pages if page.total is not None}
    capped = any(page.capped for page in pages)
    if len(numbers) < said:
        return Answer("no", f"the portal says it has {said} pages, {len(numbers)} were seen")
    fullest = max(page.rows for page in pages)
    if len(pages) > 1 and fullest and rows - seen >= max(fullest, 2):
        return Answer("no", f"{len(pages)} pages have {rows} rows but only {seen} different records: pages repeat")
    # A list may grow while it is read; with several lists their totals can not be told apart.
    if len(totals) == 1 and not capped and max(rows, seen) < (total := next(iter(totals))):
        return Answer("no", f"the portal says it has {count_of(total, 'record')}, {max(rows, seen)} were seen")
    if any(page.last for page in pages):
        return Answer("yes", f"the list ends after {count_of(len(pages), 'page')}, as the portal says")
    if said or totals:
        return Answer(
            "yes", f"{count_of(len(pages), 'page')} and {count_of(seen, 'record')}, as many as the portal says"
        )
    return Answer("unknown", f"{count_of(len(pages), 'page')} read; the portal does not say where its list ends")


def _blocked(findings: Findings) -> Answer:
    refusals = refused(findings)
    if refusals:
        url, sign = next(iter(refusals.items()))
        return Answer("yes", f"{count_of(len(refusals), 'page')} refused, first {url} ({sign})")
    if not findings.answers:
        return Answer("unknown", "there were no answers")
    return Answer("no", f"none among {count_of(len(findings.answers), 'answer')}")


def _fields(findings: Findings, history: History, expect: Expect) -> Answer:
    seen = {**findings.fields, "": findings.records}
    if not findings.records:
        return Answer("unknown", "no record was read", seen)
    for name in expect.required_fields:
        if findings.fields[name] < findings.records:
            lacking = findings.records - findings.fields[name]
            return Answer(
                "no",
                f"{lacking} of {count_of(findings.records, 'record')} have no “{name}” (expect.required_fields)",
                seen,
            )
    always = [name for name, count in history.fields.items() if history.records and count >= history.records]
    lost = sorted(name for name in always if not findings.fields[name] and name not in findings.unsaid)
    if lost:
        names = ", ".join(f"“{name}”" for name in lost)
        return Answer("no", f"no record has {names} any more; all {history.records} had it", seen)
    if not history.records:
        return Answer("unknown", f"{count_of(findings.records, 'record')} read, none to compare with", seen)
    return Answer("yes", f"{count_of(findings.records, 'record')} read, with the fields they had", seen)


def _count(findings: Findings, history: History, expect: Expect) -> Answer:
    seen, figures = len(findings.keys), {"sightings": len(findings.keys)}
    if findings.limited_by:
        return Answer("unknown", f"stopped by {findings.limited_by}", figures)
    if seen < expect.min_records and not findings.empty_markers:
        return Answer("no", f"{seen} seen, at least {expect.min_records} expected", figures)
    if history.sightings is None:
        return Answer("unknown", f"{seen} seen, no healthy crawl to compare with", figures)
    if seen < history.sightings * DROP:
        return Answer("no", f"{seen} seen, {history.sightings} in the last healthy crawl", figures)
    return Answer("yes", f"{seen} seen, {history.sightings} in the last healthy crawl", figures)


def _canaries(findings: Findings, expect: Expect) -> Answer:
    missing = [key for key in expect.canaries if key not in findings.keys]
    if not expect.canaries:
        return Answer("unknown", "the portal file names none (expect.canaries)")
    if missing and findings.limited_by:
        return Answer("unknown", f"stopped by {findings.limited_by}")
    if missing:
        return Answer(
            "no", f"the canary record {missing[0]!r} was not listed; if the portal took it down, name another one"
        )
    return Answer("yes", f"all {len(expect.canaries)} were listed")


def count_of(number: int, thing: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
