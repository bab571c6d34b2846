"""What a crawl can vouch for: five questions, each answered with its evidence, and one verdict.

Only a `healthy` or `empty` complete crawl may let the ledger say that something was withdrawn; so
whatever is doubtful makes a crawl less than healthy, and says in one sentence what to check first.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import msgspec

from config.portal import Expect
from crawler.baseline import Checks, Figures, History, figures_of
from crawler.coverage import field_notes
from crawler.darkness import dark, last_answers, next_page_refused
from crawler.doubt import Doubt, doubts, strange_list
from crawler.findings import Findings
from crawler.gone import gone_notes
from crawler.history import history
from crawler.order import order_notes, order_of
from crawler.questions import Answer, answer_all, count_of, one_page_for_all, refused, robots
from crawler.window import window
from releases.model import Coverage, VerdictName
from spiders.errors import ChallengePageError

__all__ = ["Answer", "Findings", "History", "Judgement", "history", "judge"]
LIST_IN_BROWSER = "Look at the list in a browser"
LAST_GOOD = "Compare it with its last good capture"
SOURCE = "Compare it with the page's source, as the server sends it"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a crawl can vouch for. `reason`: one sentence, and the first thing to check."""

    verdict: VerdictName
    coverage: Coverage
    complete: bool
    """The whole listing was seen, as far as the portal shows it."""
    reason: str
    answers: dict[str, Answer]
    figures: Figures = field(default_factory=Figures)
    """What later crawls are compared with."""
    incident: str = ""
    """Why far fewer records than ever are listed and that is not believed yet; opens a `mass_withdrawal`."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What deserves to be known and makes no crawl less than healthy."""
        return self.figures.notes

    def noting(self, *more: str) -> Judgement:
        """This judgement with these notes besides; empty ones are left out."""
        notes = (*self.notes, *filter(None, more))
        return dataclasses.replace(self, figures=msgspec.structs.replace(self.figures, notes=notes))

    def checking(self, checks: Checks, why: str) -> Judgement:
        """This judgement with what the crawl found out about the portal's own word, and why it is not taken."""
        judged = self if not checks.checked else dataclasses.replace(
            self, figures=msgspec.structs.replace(self.figures, checks=checks)
        )  # fmt: skip
        wrong = (
            f"{count_of(checks.wrong, 'page')} had changed though the portal says otherwise: the next crawls read every page"
            if checks.wrong and not why
            else ""
        )
        return judged.noting(why, wrong)


def judge(findings: Findings, history: History, expect: Expect) -> Judgement:
    """The verdict on one crawl. Ask `crawler.canaries.to_ask` before, and fill `findings.asked`."""
    answers = answer_all(findings, history, expect)
    figures = figures_of(findings, history)
    moving = "" if expect.window else window(figures, history)
    doubt = doubts(findings, history, figures, answers["count"].answer == "no", bool(moving or expect.window))
    verdict, reason = _verdict(findings, history, expect, answers, doubt)
    coverage: Coverage = "complete"
    if findings.limited_by:
        coverage = "limited"
    elif moving or expect.window or any(page.capped for page in findings.listing_pages):
        coverage = "capped"
    doubted = bool(doubt.reason) and verdict in {"partial", "empty"} and not _explained(findings, answers)
    complete = verdict in {"healthy", "empty"} and coverage != "limited" and not doubted
    order = order_of(figures.sample, history.past)
    notes: list[str] = []
    if verdict in {"healthy", "partial"} and not findings.limited_by:
        notes = [
            *findings.notes,
            *doubt.notes,
            *([moving] if moving else []),
            *gone_notes(findings),
            *field_notes(findings, history),
            *order_notes(order, history.past),
        ]
    figures = msgspec.structs.replace(figures, order=order, doubted=doubted, notes=tuple(notes))
    incident = doubt.reason if doubted and doubt.large else ""
    return Judgement(verdict, coverage, complete, reason, answers, figures, incident)


def _verdict(
    findings: Findings, history: History, expect: Expect, answers: dict[str, Answer], doubt: Doubt
) -> tuple[VerdictName, str]:
    """The first of these that holds, most severe first."""
    seen = len(findings.keys)
    refusals = refused(findings)
    if refusals and _hides_the_list(findings, refusals):
        return (
            "blocked",
            f"The portal refused us: {answers['blocked'].evidence}. Open it in a browser, then ask its operator.",
        )
    if darkness := dark(findings):
        return darkness
    if alike := one_page_for_all(findings, history):
        return "blocked", (
            f"{len(alike)} different addresses answered with one and the same page, first {alike[0]} and {alike[1]}: "
            "a block or error page, or an empty shell that only a browser fills. Open both in a browser."
        )
    if layout := [error for error in findings.page_errors if not isinstance(error, ChallengePageError)]:
        pages = len({error.url for error in layout})
        first = layout[0]
        return "broken", (
            f"{count_of(pages, 'page')} could not be read, first {first.url}: expected {first.expected} for "
            f"{first.selector!r}, found {first.found}. {SOURCE if history.backfill else LAST_GOOD}."
        )
    if not seen and not findings.records:
        return _nothing(findings, doubt.reason)
    if answers["fields"].answer == "no":
        key = "required" if "(expect.required_fields)" in answers["fields"].evidence else "optional"
        way = "take it out of expect.required_fields" if key == "required" else "name it in expect.optional_fields"
        said = answers["fields"].evidence
        return "broken", (
            f"{said[:1].upper()}{said[1:]}. The page's layout may have changed: compare it with its last good capture; "
            f"if the portal gave the field up, {way}."
        )
    if not findings.limited_by and seen < expect.min_records and not findings.empty_markers:
        return "broken", (
            f"The list shows {count_of(seen, 'record')}, at least {expect.min_records} are expected "
            f"(expect.min_records). {LIST_IN_BROWSER}."
        )
    if not findings.limited_by and answers["count"].answer == "no" and (strange := strange_list(findings, history)):
        return (
            "broken",
            f"{answers['count'].evidence[:1].upper()}{answers['count'].evidence[1:]}, and {strange}. {LAST_GOOD}.",
        )
    if reasons := _partial(findings, refusals, answers, doubt):
        said = "; ".join(reason for reason, _ in reasons)
        check = f" {reasons[0][1]}" if reasons[0][1] else ""
        return "partial", f"{said[:1].upper()}{said[1:]}.{check} What was seen counts, what was not proves nothing."
    if findings.limited_by:
        return "healthy", f"{count_of(seen, 'record')} seen, then stopped by {findings.limited_by}."
    return "healthy", f"{count_of(seen, 'record')} seen; {answers['ended'].evidence}."


def _explained(findings: Findings, answers: dict[str, Answer]) -> bool:
    """Whether it is known why the list shows less: it did not end, or a page that is no record's was not had."""
    last = {url: status for url, status, _ in findings.answers}
    lost = {*refused(findings), *(failure.url for failure in findings.failures)}
    lost |= {url for url, status in last.items() if status >= 500}
    return answers["ended"].answer == "no" or bool(lost - set(findings.keys.values()) - robots(lost))


def _nothing(findings: Findings, doubt: str) -> tuple[VerdictName, str]:
    """No record at all: is that what the portal says, or does it say nothing?"""
    if findings.empty_markers:
        marker = findings.empty_markers[0]
        said = f"The portal says it has nothing to list: “{marker.words.strip()[:200]}” at {marker.url}"
        return "empty", f"{said}; {doubt}. {LIST_IN_BROWSER}." if doubt else f"{said}."
    odd = [f" ({url} answered {status})" for url, status in last_answers(findings) if status != 200]
    return "broken", (
        f"The portal answered{odd[0] if odd else ''}, but no record was found, and no page says that there is none. "
        f"{LIST_IN_BROWSER}."
    )


def _hides_the_list(findings: Findings, refusals: dict[str, str]) -> bool:
    """Whether refusals are more than a few pages of a list that was otherwise seen."""
    if not findings.keys or not findings.listing_pages:
        return True
    asked = {url for url, _, _ in findings.answers} | refusals.keys()
    return len(refusals) * 5 >= len(asked) or next_page_refused(findings, refusals)


def _partial(
    findings: Findings, refusals: dict[str, str], answers: dict[str, Answer], doubt: Doubt
) -> list[tuple[str, str]]:
    """Each reason why a crawl is not whole, and the first thing to check."""
    reasons = []
    if refusals:
        url, sign = next(iter(refusals.items()))
        said = f"{count_of(len(refusals), 'page')} refused, first {url} ({sign})"
        reasons.append((said, "Open it in a browser."))
    if findings.failures:
        url, sentence, _ = findings.failures[0]
        pages = len({failure.url for failure in findings.failures})
        said = f"{count_of(pages, 'page')} could not be had, first {url}: {sentence}"
        reasons.append((said, "" if ". " in sentence else "Open it in a browser."))
    last = {url: status for url, status, _ in findings.answers}
    errors = {url: status for url, status in last.items() if status >= 500 and url not in robots(last)}
    if errors:
        url, status = next(iter(errors.items()))
        said = f"{count_of(len(errors), 'page')} answered with a server error, first {url} ({status})"
        reasons.append((said, "Open it in a browser: it may be a passing trouble of the portal's."))
    if answers["ended"].answer == "no" and not findings.limited_by:
        reasons.append((answers["ended"].evidence, f"{LIST_IN_BROWSER}, its last page above all."))
    if answers["canaries"].answer == "no":
        reasons.append((answers["canaries"].evidence, f"{LIST_IN_BROWSER}."))
    if doubt.reason and not findings.limited_by:
        by_nature = "; one that shows other records each time by nature needs expect.window = true"
        reasons.append((doubt.reason, f"{LIST_IN_BROWSER}{by_nature if doubt.others else ''}."))
    return reasons
