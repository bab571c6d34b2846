"""The five questions asked of every crawl, each answered with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from config.portal import Expect
from crawler.baseline import Canary, History
from crawler.coverage import lost_fields
from crawler.findings import Findings
from spiders.errors import ChallengePageError

Question = Literal["ended", "blocked", "fields", "count", "canaries"]
QUESTIONS: dict[Question, str] = {
    "ended": "Did the listing end where the portal says it ends?",
    "blocked": "Were there block or challenge pages?",
    "fields": "Do records have the fields they had?",
    "count": "Is the count within what this portal's history allows?",
    "canaries": "Were the canary records seen?",
}
REFUSED = frozenset({401, 403, 407, 429, 451})
NAMED = 3
"""Lost fields that are named in one sentence."""
MOST_ALIKE, ALIKE_SHARE, ALIKE_GROWTH = 5, 0.2, 2
"""So many different addresses with one and the same body, this share of all pages, and so much more
than ever in a healthy crawl, are no coincidence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`yes`, `no` or `unknown`, and the sentence that shows it."""

    answer: Literal["yes", "no", "unknown"]
    evidence: str


def answer_all(findings: Findings, history: History, expect: Expect) -> dict[str, Answer]:
    """Question → answer."""
    return {
        "ended": _ended(findings, history),
        "blocked": _blocked(findings, history),
        "fields": _fields(findings, history, expect),
        "count": _count(findings, history, expect),
        "canaries": _canaries(findings, history, expect),
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


def one_page_for_all(findings: Findings, history: History) -> list[str]:
    """Addresses, listing pages aside, that gave one and the same body, where that can not be the portal's way."""
    urls = findings.shapes.same(page.url for page in findings.listing_pages)
    if len(urls) < MOST_ALIKE:
        return []
    if history.past:
        usual = max(figures.same for figures in history.past)
        return urls if len(urls) > ALIKE_GROWTH * usual and len(urls) >= ALIKE_SHARE * findings.shapes.answered else []
    return urls if 2 * len(urls) > findings.shapes.answered - len(findings.listing_pages) else []


def unlisted(findings: Findings, canaries: Iterable[Canary]) -> list[Canary]:
    """Those of `canaries` that neither key nor address of any listed record names."""
    wanted = [canary for canary in canaries if canary.key not in findings.keys]
    if not wanted:
        return []
    # Rows without a page of their own have the list's address: that it is there says nothing of any of them.
    shared = Counter(findings.keys.values())
    lists = {page.url for page in findings.listing_pages}
    addresses = {canary.url for canary in wanted if shared[canary.url] == 1} - lists
    return [canary for canary in wanted if canary.url not in addresses]


def named(history: History, expect: Expect) -> list[Canary]:
    """The canaries of the portal file."""
    return [Canary(key, history.addresses.get(key, "")) for key in expect.canaries]


def _ended(findings: Findings, history: History) -> Answer:
    pages = findings.listing_pages
    if findings.limited_by:
        return Answer("unknown", f"stopped by {findings.limited_by}")
    if not pages:
        return Answer("unknown", "no page of a list was read")
    seen, rows = len(findings.keys), findings.rows
    numbers = {page.number for page in pages}
    said = max((page.pages or 0) for page in pages)
    totals = {page.total for page in pages if page.total is not None}
    capped = any(page.capped for page in pages)
    if len(numbers) < said:
        return Answer("no", f"the portal says it has {said} pages, {len(numbers)} were seen")
    bare = [
        p for p in pages if not p.rows and any(o.listing == p.listing and o.number > p.number and o.rows for o in pages)
    ]
    if bare:
        return Answer("no", f"page {bare[0].number} of the list shows no rows, though later pages do ({bare[0].url})")
    fullest = max(page.rows for page in pages)
    if len(pages) > 1 and fullest and rows - seen >= max(fullest, 2):
        return Answer("no", f"{len(pages)} pages have {rows} rows but only {seen} different records: pages repeat")
    # A list may grow while it is read; with several lists their totals can not be told apart.
    if len(totals) == 1 and not capped and max(rows, seen) < (total := next(iter(totals))):
        return Answer("no", f"the portal says it has {count_of(total, 'record')}, {max(rows, seen):,} were seen")
    usual = max((figures.repeats for figures in history.past), default=None)
    if usual is not None and seen < history.counts[-1] and findings.repeats > usual and len(pages) > 1:
        # The list moved while it was read: rows that came twice pushed others out of sight.
        return Answer(
            "no",
            f"{count_of(findings.repeats, 'row')} came twice and {count_of(history.counts[-1] - seen, 'record')} "
            "fewer than last time were seen: the list moved while it was read",
        )
    if any(page.last for page in pages):
        how = "as the portal says" if said or totals else "no further one is named"
        return Answer("yes", f"the list ends after {count_of(len(pages), 'page')}, {how}")
    if said or totals:
        return Answer(
            "yes", f"{count_of(len(pages), 'page')} and {count_of(seen, 'record')}, as many as the portal says"
        )
    return Answer("unknown", f"{count_of(len(pages), 'page')} read; the portal does not say where its list ends")


def _blocked(findings: Findings, history: History) -> Answer:
    refusals = refused(findings)
    if refusals:
        url, sign = next(iter(refusals.items()))
        return Answer("yes", f"{count_of(len(refusals), 'page')} refused, first {url} ({sign})")
    if not findings.answers:
        return Answer("unknown", "there were no answers")
    if alike := one_page_for_all(findings, history):
        return Answer(
            "yes",
            f"{len(alike)} different addresses answered with one and the same page, first {alike[0]} and {alike[1]}",
        )
    return Answer("no", f"none among {count_of(len(findings.answers), 'answer')}")


def _fields(findings: Findings, history: History, expect: Expect) -> Answer:
    if not findings.records:
        return Answer("unknown", "no record was read")
    for name in expect.required_fields:
        if findings.fields[name] < findings.records:
            lacking = findings.records - findings.fields[name]
            return Answer(
                "no", f"{lacking:,} of {count_of(findings.records, 'record')} have no “{name}” (expect.required_fields)"
            )
    if lost := lost_fields(findings, history, expect):
        more = [f"and {count_of(len(lost) - NAMED, 'more field')}"] if len(lost) > NAMED else []
        return Answer("no", "; ".join([*lost[:NAMED], *more]))
    read = f"{count_of(findings.records, 'record')} read"
    if findings.unopened:
        read += f" ({findings.unopened:,} not opened, as the portal says they are unchanged)"
    if not history.records:
        return Answer("unknown", f"{read}, none to compare with")
    return Answer("yes", f"{read}, with the fields they had")


def _count(findings: Findings, history: History, expect: Expect) -> Answer:
    seen = len(findings.keys)
    if findings.limited_by:
        return Answer("unknown", f"stopped by {findings.limited_by}")
    if seen < expect.min_records and not findings.empty_markers:
        return Answer("no", f"{seen:,} seen, at least {expect.min_records:,} expected")
    if history.sightings is None:
        return Answer("unknown", f"{seen:,} seen, no healthy crawl to compare with")
    lowest = history.lowest()
    if seen < lowest:
        return Answer(
            "no",
            f"{seen:,} seen, {history.sightings:,} in the last healthy crawl; at least {lowest:,} would be usual",
        )
    return Answer("yes", f"{seen:,} seen, {history.sightings:,} in the last healthy crawl")


def _canaries(findings: Findings, history: History, expect: Expect) -> Answer:
    ours, learnt = named(history, expect), history.canaries
    if not ours and not learnt:
        return Answer("unknown", "the portal file names none (expect.canaries), and none are learnt yet")
    if findings.limited_by:
        return Answer("unknown", f"stopped by {findings.limited_by}")
    missing = unlisted(findings, [*ours, *learnt])
    gone = [canary for canary in missing if findings.asked.get(canary.key) == "gone"]
    if strays := [canary for canary in missing if canary in ours and canary not in gone]:
        there = ", though its own page is still there" if findings.asked.get(strays[0].key) == "still there" else ""
        return Answer(
            "no",
            f"the canary record {strays[0].key!r} was not listed{there}; if the portal took it down, name another one",
        )
    if missing:
        each = f"{len(missing)} of {count_of(len({*ours, *learnt}), 'canary record')} not listed"
        told = f", {len(gone)} of them taken down as their own pages say" if gone else ""
        return Answer("yes" if len(gone) == len(missing) else "unknown", f"{each}{told}")
    every = len({*ours, *learnt})
    return Answer("yes", f"all {every} were listed" if every > 1 else "the only one was listed")


def count_of(number: int, thing: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
