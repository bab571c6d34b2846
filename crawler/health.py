"""What a crawl can vouch for: five questions, each answered with its evidence, and one verdict.

Only a `healthy` or `empty` complete crawl may let the ledger say that something was withdrawn; so
whatever is doubtful makes a crawl less than healthy, and says in one sentence what to check first.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.portal import Expect
from crawler.questions import Answer, Findings, History, answer_all, count_of, refused, robots
from releases.model import Coverage, VerdictName
from spiders.errors import ChallengePageError

__all__ = ["Answer", "Findings", "History", "Judgement", "history", "judge"]


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
    answers = answer_all(findings, history, expect)
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
    refusals = refused(findings)
    layout = [error for error in findings.page_errors if not isinstance(error, ChallengePageError)]
    if refusals and _hides_the_list(findings, refusals):
        return (
            "blocked",
            f"The portal refused us: {answers['blocked'].evidence}. Open it in a browser, then ask its operator.",
        )
    if dark := _dark(findings):
        return dark
    if layout:
        pages = len({error.url for error in layout})
        first = layout[0]
        return "broken", (
            f"{count_of(pages, 'page')} could not be read, first {first.url}: expected {first.expected} for "
            f"{first.selector!r}, found {first.found}. Compare it with its last good capture."
        )
    if not seen and not findings.records:
        if findings.empty_markers:
            marker = findings.empty_markers[0]
            return "empty", f"The portal says it has nothing to list: “{marker.words.strip()[:200]}” at {marker.url}."
        odd = [f" ({url} answered {status})" for url, status in last_answers(findings) if status != 200]
        return "broken", (
            f"The portal answered{odd[0] if odd else ''}, but no record was found, and no page says that there is none. "
            "Look at the list in a browser."
        )
    if answers["fields"].answer == "no":
        return (
            "broken",
            f"{answers['fields'].evidence}. The page's layout may have changed: compare it with its last good capture.",
        )
    if not findings.limited_by and seen < expect.min_records and not findings.empty_markers:
        return "broken", (
            f"The list shows {count_of(seen, 'record')}, at least {expect.min_records} are expected "
            "(expect.min_records). Look at the list in a browser."
        )
    if reasons := _partial(findings, refusals, answers):
        return "partial", f"{'; '.join(reasons)}. What was seen counts, what was not proves nothing."
    if findings.limited_by:
        return "healthy", f"{count_of(seen, 'record')} seen, then stopped by {findings.limited_by}."
    return "healthy", f"{count_of(seen, 'record')} seen; {answers['ended'].evidence}."


def last_answers(findings: Findings) -> list[tuple[str, int]]:
    """URL and status of what each page answered last, robots.txt aside."""
    last = {url: status for url, status, _ in findings.answers}
    return [(url, status) for url, status in last.items() if url not in robots(last)]


def _dark(findings: Findings) -> tuple[VerdictName, str] | None:
    """What to say when there was nothing but failures and server errors; None when there was more."""
    if findings.listing_pages or findings.keys or findings.empty_markers:
        return None
    unread = {failure.url for failure in findings.failures}
    last = {url: status for url, status, _ in findings.answers if url not in unread}
    if any(status < 500 and url not in robots(last) for url, status in last.items()):
        return None
    if findings.failures:
        url, sentence, kind = findings.failures[0]
        advice = "" if ". " in sentence else " Try its address in a browser."
        if kind == "robots":
            return "blocked", f"The portal refused us: {url}: {sentence}."
        if kind == "unusable":
            return "broken", f"The portal answers, but not with a page that could be read: {url}: {sentence}.{advice}"
        return "down", f"The portal can not be reached: {url}: {sentence}.{advice}"
    errors = [f"{url} answered {status}" for url, status in last.items() if status >= 500]
    if errors:
        return "down", f"The portal can not be reached: {errors[0]}. Try its address in a browser."
    if not findings.page_errors:
        return "down", "The portal gave no answer at all. Try its address in a browser."
    return None


def _hides_the_list(findings: Findings, refusals: dict[str, str]) -> bool:
    """Whether refusals are more than a few pages of a list that was otherwise seen."""
    if not findings.keys or not findings.listing_pages:
        return True
    asked = {url for url, _, _ in findings.answers} | refusals.keys()
    return len(refusals) * 5 >= len(asked) or _next_page_refused(findings, refusals)


def _next_page_refused(findings: Findings, refusals: dict[str, str]) -> bool:
    """The listing did not end, and an address like its pages' was refused."""
    if any(page.last for page in findings.listing_pages):
        return False
    listing = {page.url.partition("?")[0].rstrip("/0123456789") for page in findings.listing_pages}
    return any(url.partition("?")[0].rstrip("/0123456789") in listing for url in refusals)


def _partial(findings: Findings, refusals: dict[str, str], answers: dict[str, Answer]) -> list[str]:
    reasons = []
    if refusals:
        url, sign = next(iter(refusals.items()))
        reasons.append(f"{count_of(len(refusals), 'page')} refused, first {url} ({sign})")
    if findings.failures:
        url, sentence, _ = findings.failures[0]
        pages = len({failure.url for failure in findings.failures})
        reasons.append(f"{count_of(pages, 'page')} could not be had, first {url}: {sentence}")
    last = {url: status for url, status, _ in findings.answers}
    errors = {url: status for url, status in last.items() if status >= 500 and url not in robots(last)}
    if errors:
        url, status = next(iter(errors.items()))
        reasons.append(f"{count_of(len(errors), 'page')} answered with a server error, first {url} ({status})")
    if answers["ended"].answer == "no" and not findings.limited_by:
        reasons.append(answers["ended"].evidence)
    if answers["canaries"].answer == "no":
        reasons.append(answers["canaries"].evidence)
    return reasons


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
