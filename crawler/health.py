"""What a crawl can vouch for: five questions, each answered with its evidence, and one verdict.

Only a `healthy` or `empty` complete crawl may let the ledger say that something was withdrawn; so
whatever is doubtful makes a crawl less than healthy, and says in one sentence what to check first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from config.portal import Expect
from releases.model import Coverage, EmptyMarker, ListingPage, Record, Sighting, VerdictName
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
GONE = frozenset({404, 410})
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
    failures: list[tuple[str, str]] = field(default_factory=list)
    """URL and sentence of every page that gave no answer after all attempts."""
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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a crawl can vouch for. `reason`: one sentence, and the first thing to check."""

    verdict: VerdictName
    coverage: Coverage
    complete: bool
    """The whole listing was seen, as far as the portal shows it."""
    reason: str
    answers: dict[str, Answer]


def judge(findings: Findings, history: History, expect: Expect) -> Judgement:
    """The verdict on one crawl."""
    answers: dict[str, Answer] = {
        "ended": _ended(findings),
        "blocked": _blocked(findings),
        "fields": _fields(findings, history, expect),
        "count": _count(findings, history, expect),
        "canaries": _canaries(findings, expect),
    }
    verdict, reason = _verdict(findings, expect, answers)
    coverage: Coverage = "complete"
    if findings.limited_by:
        coverage = "limited"
    elif any(page.capped for page in findings.listing_pages):
        coverage = "capped"
    complete = verdict in {"healthy", "empty"} and coverage != "limited"
    return Judgement(verdict, coverage, complete, reason, answers)


def _verdict(findings: Findings, expect: Expect, answers: dict[str, Answer]) -> tuple[VerdictName, str]:
    """The first of these that holds, most severe first."""
    seen = len(findings.keys)
    refused = _refused(findings)
    layout = [error for error in findings.page_errors if not isinstance(error, ChallengePageError)]
    if refused and _hides_the_list(findings, refused):
        return (
            "blocked",
            f"The portal refused us: {answers['blocked'].evidence}. Open it in a browser, then ask its operator.",
        )
    if down := _down(findings):
        return "down", down
    if layout:
        pages = len({error.url for error in layout})
        first = layout[0]
        return "broken", (
            f"{_count_of(pages, 'page')} could not be read, first {first.url}: expected {first.expected} for "
            f"{first.selector!r}, found {first.found}. Compare it with its last good capture."
        )
    if not seen and not findings.records:
        if findings.empty_markers:
            marker = findings.empty_markers[0]
            return "empty", f"The portal says it has nothing to list: “{marker.words.strip()[:200]}” at {marker.url}."
        return "broken", (
            "The portal answered, but no record was found, and no page says that there is none. Look at the list in a browser."
        )
    if answers["fields"].answer == "no":
        return (
            "broken",
            f"{answers['fields'].evidence}. The page's layout may have changed: compare it with its last good capture.",
        )
    if not findings.limited_by and seen < expect.min_records and not findings.empty_markers:
        return "broken", (
            f"The list shows {_count_of(seen, 'record')}, at least {expect.min_records} are expected "
            "(expect.min_records). Look at the list in a browser."
        )
    if reasons := _partial(findings, refused, answers):
        return "partial", f"{'; '.join(reasons)}. What was seen counts, what was not proves nothing."
    if findings.limited_by:
        return "healthy", f"{_count_of(seen, 'record')} seen, then stopped by {findings.limited_by}."
    return "healthy", f"{_count_of(seen, 'record')} seen; {answers['ended'].evidence}."


def _down(findings: Findings) -> str:
    """Why the portal counts as down: nothing but failures and server errors; empty when it does not."""
    if findings.listing_pages or findings.keys or findings.empty_markers:
        return ""
    last = {url: status for url, status, _ in findings.answers}
    if any(status < 500 and url not in _robots(last) for url, status in last.items()):
        return ""
    errors = [f"{url} answered {status}" for url, status in last.items() if status >= 500]
    said = [f"{url}: {sentence}" for url, sentence in findings.failures] + errors
    if not said:
        return "The portal gave no answer at all. Try its address in a browser." if not findings.page_errors else ""
    return f"The portal can not be reached: {said[0].rstrip('.')}. Try its address in a browser."


def _robots(urls: Iterable[str]) -> set[str]:
    return {url for url in urls if url.endswith("/robots.txt")}


def _refused(findings: Findings) -> dict[str, str]:
    """URL → sign, of pages whose last answer was a block page or a refusal."""
    found: dict[str, str] = {}
    for url, status, sign in findings.answers:
        if sign or status in REFUSED:
            found[url] = sign or f"status {status}"
        else:
            found.pop(url, None)
    found |= {error.url: error.sign for error in findings.page_errors if isinstance(error, ChallengePageError)}
    return {url: sign for url, sign in found.items() if url not in _robots(found)}


def _hides_the_list(findings: Findings, refused: dict[str, str]) -> bool:
    """Whether refusals are more than a few pages of a list that was otherwise seen."""
    if not findings.keys or not findings.listing_pages:
        return True
    asked = {url for url, _, _ in findings.answers} | refused.keys()
    return len(refused) * 5 >= len(asked) or _next_page_refused(findings, refused)


def _next_page_refused(findings: Findings, refused: dict[str, str]) -> bool:
    """The listing did not end, and an address like its pages' was refused."""
    if any(page.last for page in findings.listing_pages):
        return False
    listing = {page.url.partition("?")[0].rstrip("/0123456789") for page in findings.listing_pages}
    return any(url.partition("?")[0].rstrip("/0123456789") in listing for url in refused)


def _partial(findings: Findings, refused: dict[str, str], answers: dict[str, Answer]) -> list[str]:
    reasons = []
    if refused:
        url, sign = next(iter(refused.items()))
        reasons.append(f"{_count_of(len(refused), 'page')} refused, first {url} ({sign})")
    if findings.failures:
        url, sentence = findings.failures[0]
        pages = len({url for url, _ in findings.failures})
        reasons.append(f"{_count_of(pages, 'page')} gave no answer, first {url}: {sentence.rstrip('.')}")
    last = {url: status for url, status, _ in findings.answers}
    errors = {url: status for url, status in last.items() if status >= 500 and url not in _robots(last)}
    if errors:
        url, status = next(iter(errors.items()))
        reasons.append(f"{_count_of(len(errors), 'page')} answered with a server error, first {url} ({status})")
    if answers["ended"].answer == "no" and not findings.limited_by:
        reasons.append(answers["ended"].evidence)
    if answers["canaries"].answer == "no":
        reasons.append(answers["canaries"].evidence)
    return reasons


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
        return Answer("no", f"the portal says it has {_count_of(total, 'record')}, {max(rows, seen)} were seen")
    if any(page.last for page in pages):
        return Answer("yes", f"the list ends after {_count_of(len(pages), 'page')}, as the portal says")
    if said or totals:
        return Answer(
            "yes", f"{_count_of(len(pages), 'page')} and {_count_of(seen, 'record')}, as many as the portal says"
        )
    return Answer("unknown", f"{_count_of(len(pages), 'page')} read; the portal does not say where its list ends")


def _blocked(findings: Findings) -> Answer:
    refused = _refused(findings)
    if refused:
        url, sign = next(iter(refused.items()))
        return Answer("yes", f"{_count_of(len(refused), 'page')} refused, first {url} ({sign})")
    if not findings.answers:
        return Answer("unknown", "there were no answers")
    return Answer("no", f"none among {_count_of(len(findings.answers), 'answer')}")


def _fields(findings: Findings, history: History, expect: Expect) -> Answer:
    seen = {**findings.fields, "": findings.records}
    if not findings.records:
        return Answer("unknown", "no record was read", seen)
    for name in expect.required_fields:
        if findings.fields[name] < findings.records:
            lacking = findings.records - findings.fields[name]
            return Answer(
                "no",
                f"{lacking} of {_count_of(findings.records, 'record')} have no “{name}” (expect.required_fields)",
                seen,
            )
    always = [name for name, count in history.fields.items() if history.records and count >= history.records]
    lost = sorted(name for name in always if not findings.fields[name] and name not in findings.unsaid)
    if lost:
        names = ", ".join(f"“{name}”" for name in lost)
        return Answer("no", f"no record has {names} any more; all {history.records} had it", seen)
    if not history.records:
        return Answer("unknown", f"{_count_of(findings.records, 'record')} read, none to compare with", seen)
    return Answer("yes", f"{_count_of(findings.records, 'record')} read, with the fields they had", seen)


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


def _count_of(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def history(portal: str) -> History:
    """What is known of `portal` before this crawl. Reads the database."""
    from archive.catalog.models import Crawl, Portal

    if not Portal.objects.filter(slug=portal).exists():
        return History()
    healthy = Crawl.objects.filter(portal=portal, verdict__in=["healthy", "empty"]).exclude(coverage="limited")
    if not healthy.exists():
        return History(first=False)
    full = healthy.filter(verdict="healthy").order_by("-started_at").first()
    if full is None:
        return History(first=False, backfill=False, sightings=0)
    fields = dict((full.answers.get("fields") or {}).get("seen") or {})
    records = fields.pop("", 0)
    count = (full.answers.get("count") or {}).get("seen") or {}
    return History(first=False, backfill=False, sightings=count.get("sightings"), records=records, fields=fields)
