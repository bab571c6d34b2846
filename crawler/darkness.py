"""Crawls that saw nothing at all: no answer, refusals, server errors. Whose doing, and what to check."""

from __future__ import annotations

from crawler.findings import Findings
from crawler.questions import robots
from releases.model import VerdictName


def last_answers(findings: Findings) -> list[tuple[str, int]]:
    """URL and status of what each page answered last, robots.txt aside."""
    last = {url: status for url, status, _ in findings.answers}
    return [(url, status) for url, status in last.items() if url not in robots(last)]


def dark(findings: Findings) -> tuple[VerdictName, str] | None:
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


def next_page_refused(findings: Findings, refusals: dict[str, str]) -> bool:
    """The listing did not end, and an address like its pages' was refused."""
    if any(page.last for page in findings.listing_pages):
        return False
    listing = {page.url.partition("?")[0].rstrip("/0123456789") for page in findings.listing_pages}
    return any(url.partition("?")[0].rstrip("/0123456789") in listing for url in refusals)
