"""What a page of the reform site says in sentences: when comments close, what is claimed, what is to be improved.

The forms of dates are those of the texts seen: `14 July 2023`, `February 8, 2024`, `July 16th, 2019`, a year
said once for both ends (`from February 1st until April 29th, 2023`), capitals in a banner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from spiders.errors import PageError
from spiders.page import Part, tidy

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DAY = rf"(?:(?:{MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{1,2}} (?:{MONTHS})(?:,? \d{{4}})?)"
OPENS = re.compile(rf"\b(?:beginning|begins|starting|opens|from)(?: on)? ({DAY})", re.IGNORECASE)
CLOSES = re.compile(rf"\b(?:conclud\w{{1,3}}|clos\w{{1,3}}|ends?|until|through)(?: on)? ({DAY})", re.IGNORECASE)
EXTENDED = re.compile(rf"\bcomment period extended (?:to|until|through) ({DAY})", re.IGNORECASE)
LASTS = re.compile(r"\bfor (\d{1,3}) days\b", re.IGNORECASE)
UNREAD = re.compile(
    rf"\b(?:(?:beginning|conclud\w{{1,3}}|clos\w{{1,3}}) on|period extended (?:to|until|through)) (?!{DAY})([^.]{{1,40}})",
    re.IGNORECASE,
)
"""Where a day should stand and none of the forms known does."""
COMMENT = re.compile(r"\bcomments?\b|\bfeedback\b", re.IGNORECASE)
EARLIER = re.compile(r"\A(?:Following|After) the\b", re.IGNORECASE)
"""How a sentence about an earlier round of comments begins."""
SENTENCE = re.compile(r"(?<=[.!?])\s+")
CLAIM = re.compile(
    r"\b(?:other|peer|comparable|similar|most|many) (?:[\w'\u2019-]+ ){0,3}?(?:city|cities|departments|agencies|jurisdictions)\b"
    r"|\b(?:compared (?:to|with)|in comparison|unlike|than (?:in |at )?any other)\b"
    r"|\b(?:New York|Los Angeles|Houston|Philadelphia|Phoenix|San Antonio|Dallas|Baltimore|NYPD|LAPD)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![A-Z0-9])[A-Z]\d\d-\d\d[A-Z]?(?:-\d\d[A-Z]?)*(?![0-9])")
MOST_SECTIONS = 50
"""Headings that are read under; a page has one or two of each."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class Window(NamedTuple):
    """When comments are taken; None where the page does not say."""

    opens: str | None = None
    closes: str | None = None
    extended: bool = False
    days: int | None = None
    said: list[str] = []
    """The sentences themselves."""


def window(url: str, text: str) -> Window:
    """The comment window that `text` states.

    Raises:
        PageError: a day in a form that is not known, or two sentences that name different days.
    """
    said = [one for one in sentences(text) if COMMENT.search(one) and not EARLIER.search(one)]
    opens: list[str] = []
    closes: list[str] = []
    banner: list[str] = []
    told = []
    for one in said:
        if found := UNREAD.search(one):
            raise PageError(url, "the comment period", "a day such as February 8, 2024 or 14 July 2023", repr(found[1]))
        first, last, extended = (pattern.findall(one) for pattern in (OPENS, CLOSES, EXTENDED))
        year = next((day[-4:] for day in reversed(first + last + extended) if day[-4:].isdecimal()), "")
        opens += [_iso(url, day, year) for day in first]
        closes += [_iso(url, day, year) for day in last]
        banner += [_iso(url, day, year) for day in extended]
        if first or last or extended:
            told.append(one)
    for what, days in (("opens", opens), ("closes", banner or closes)):
        if len(set(days)) > 1:
            raise PageError(url, "the comment period", f"one day on which it {what}", ", ".join(sorted(set(days))))
    lasts = next((int(found[1]) for one in told if (found := LASTS.search(one))), None)
    return Window(
        next(iter(opens), None), next(iter(banner or closes), None),
        bool(banner) or any("extended" in one.casefold() for one in told), lasts, told,
    )  # fmt: skip


def _iso(url: str, day: str, year: str) -> str:
    """`February 1st` with the year that the same sentence names, as ISO 8601."""
    plain = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", day, flags=re.IGNORECASE).replace(",", "").title()
    if not plain[-4:].isdecimal():
        plain = f"{plain} {year}"
    for form in ("%B %d %Y", "%d %B %Y"):
        try:
            return datetime.strptime(plain, form).strftime("%Y-%m-%d")  # noqa: DTZ007  as printed: no zone is claimed
        except ValueError:
            continue
    raise PageError(url, "the comment period", "a day with its year", repr(day))


def sentences(text: str) -> Iterator[str]:
    """Its sentences; a line's end ends one."""
    for line in text.splitlines():
        yield from (one for one in SENTENCE.split(line) if one)


def claims(text: str) -> list[str]:
    """Sentences that compare with other places: the publisher's own words and claims, kept as quotations."""
    return [one for one in sentences(text) if CLAIM.search(one)]


def numbers(*texts: str) -> list[str]:
    """Numbers of directives (`S11-10`) in the order named."""
    return list(dict.fromkeys(found for text in texts for found in NUMBER.findall(text.replace("_", " "))))


def under(body: Part, heading: re.Pattern[str]) -> list[str]:
    """What stands under headings that match: items of lists, else paragraphs, up to the next heading."""
    found: list[str] = []
    sections = [part for part in body.many(", ".join(HEADINGS)) if heading.search(part.text)]
    for part in sections[:MOST_SECTIONS]:
        for following in part.many("./following-sibling::*"):
            if following.tag in HEADINGS:
                break
            items = following.many("li") or [following]
            found += [text for item in items if (text := tidy(item.text))]
    return found
