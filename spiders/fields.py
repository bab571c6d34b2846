r"""One field of a portal file: where it stands, how often, and what of it counts.

    date = "td.date"                                            the text of exactly one element
    date = { select = "td.date", date = "%m/%d/%Y" }            as an ISO date; other forms are errors
    number = { select = "p", pattern = "Case No. (\S+)" }      of the paragraphs, the one that matches
    closed = { select = "td.closed", count = "?" }              may be absent
    officers = { select = "li", count = "*", join = "; " }      any number, as one text; a list without join
    districts = { select = "td.d", split = "," }                one text that is a list

Found otherwise than stated is a `PageError`: nothing found never looks like nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import msgspec
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from config.portal import Portal
from spiders.errors import PageError
from spiders.page import Part, iso, printed, tidy
from spiders.parameters import wrong_parameter
from spiders.patterns import Pattern, compiled, matched
from spiders.tally import Tally
from spiders.xpath import check_xpath, is_xpath

Count = Literal["1", "?", "*", "+"]
EXPECTED = {"1": "1 element", "?": "at most 1 element", "*": "any number of elements", "+": "at least 1 element"}
LINKS = frozenset({"href", "src", "data-src", "data-href", "action", "content"})
"""Attributes that hold addresses: made absolute where they are one."""
ANOTHER_FORM = 0.2
"""Where this share of a list's dates are in a form that is not known, the others were perhaps read wrong too:
of 03/04/2025 nobody can see which is the day."""
LONGEST = 20_000
"""Characters of an element that a pattern is tried on."""
LONGEST_NUMBER = 15
"""Digits of how many pages or records a list says it has."""


class Take(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to take from a row or a page."""

    select: str = ""
    """CSS selector, or XPath where it begins with `/` or `./`; `.` or nothing is the row or page itself."""
    attribute: str = ""
    """The attribute to take instead of the text."""
    pattern: str = ""
    """Regular expression; the group named `value`, else the first group, else the whole match counts.
    Elements that do not match are not meant."""
    count: Count = "1"
    """How many there are: exactly one, none or one, any number, at least one."""
    split: str = ""
    """What parts the items of one text; the value is a list."""
    join: str | None = None
    """What to put between several texts; without it several are a list."""
    date: str | tuple[str, ...] = ()
    """strptime form or forms that dates are printed in, e.g. `%m/%d/%Y`; the value is ISO 8601."""


Value = str | None | list[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """One `Take`, ready to read."""

    name: str
    """Its key, e.g. `fields.date`."""
    take: Take
    pattern: Pattern | None
    dates: dict[str, str]
    tally: Tally

    def read(self, part: Part, place: str) -> Value:
        """The field's value in `part`, which stands at `place` (for the error). Raises PageError."""
        several = self.take.count in {"*", "+"}
        texts, elements = self.texts(part, every=several)
        if (self.take.count in {"1", "+"} and not texts) or (not several and len(texts) > 1):
            self.tally.saw(place, len(texts))
            raise self._unexpected(part, texts, elements, place)
        try:
            value = self._value(part, texts, several=several)
        except PageError:
            self.tally.saw(place, len(texts), None)
            raise
        self.tally.saw(place, len(texts), value)
        return value

    def texts(self, part: Part, *, every: bool = False) -> tuple[list[str], int]:
        """What matches, as printed, and how many elements were looked at; no count is enforced.

        Args:
            part: the row or the page.
            every: whether all of several matches in one element count, or its first.
        """
        parts = self.parts(part)
        found: list[str] = []
        for one in parts:
            name = self.take.attribute
            text = one.attribute(name) if name else one.text
            if name in LINKS:
                text = one.address(name) or text
            if text or not name:
                found += self.inside(part.url, text, every=every)
        return found, len(parts)

    def inside(self, url: str, text: str, *, every: bool) -> list[str]:
        """What of `text` the pattern means; all of it without a pattern."""
        if self.pattern is None:
            return [text]
        if not every:
            first = self.pattern.search(url, text[:LONGEST])
            return [tidy(matched(first))] if first else []
        return [tidy(matched(match)) for match in self.pattern.every(url, text[:LONGEST])]

    def parts(self, part: Part) -> list[Part]:
        """The elements it looks at."""
        return [part] if self.take.select in {"", "."} else part.many(self.take.select)

    def _value(self, part: Part, texts: list[str], *, several: bool) -> Value:
        values = [value for text in texts if (value := self._one(part, text)) is not None]
        if self.take.split:
            pieces = [printed(piece) for value in values for piece in value.split(self.take.split)]
            values = [piece for piece in pieces if piece]
        elif not several:
            return values[0] if values else None
        return values if self.take.join is None else self.take.join.join(values)

    def _one(self, part: Part, text: str) -> str | None:
        return iso(part.url, self.name, text, self.dates) if self.dates else printed(text)

    def _unexpected(self, part: Part, texts: list[str], elements: int, place: str) -> PageError:
        expected = EXPECTED[self.take.count]
        if self.take.attribute:
            expected += f" with {self.take.attribute}"
        if self.pattern is not None:
            expected += f" that matches {self.take.pattern!r}"
        found = str(len(texts)) if texts else "none"
        if not texts and elements:
            found = f"{elements} element{'s' if elements > 1 else ''}, none with that"
            if self.pattern is not None:
                first = next(iter(self.parts(part)), part)
                found = f"{elements}, none matching; the first says {first.text[:80]!r}"
        elif len(texts) > 1:
            found += f": {texts[0][:40]!r}, {texts[1][:40]!r}" + (", …" if len(texts) > 2 else "")
        return PageError(
            part.url, f"{self.take.select or 'the row'} (parameters.{self.name}, {place})", expected, found
        )


def reader(portal: Portal, name: str, what: str | Take, tallies: dict[str, Tally], per: str) -> Reader:
    """The reader for the key `name`; a text is a selector. Raises ConfigError."""
    take = Take(select=what) if isinstance(what, str) else what
    if take.select:
        check_selector(portal, f"{name}.select" if isinstance(what, Take) else name, take.select)
    pattern = compiled(portal, f"{name}.pattern", take.pattern) if take.pattern else None
    forms = (take.date,) if isinstance(take.date, str) else take.date
    shown = (take.select if take.select != "." else "") or f"(the {per} itself)"
    if name == "key" and not take.select and not take.attribute:
        shown = "(the row's link)"
    shown += f" @{take.attribute}" if take.attribute else ""
    shown += f" matching {take.pattern}" if take.pattern else ""
    tally = tallies.setdefault(name, Tally(shown, per))
    return Reader(name, take, pattern, date_forms(portal, f"{name}.date", forms), tally)


def check_selector(portal: Portal, name: str, selector: str) -> None:
    """Whether `selector` is CSS or XPath. Raises ConfigError."""
    if not selector.strip():
        raise wrong_parameter(portal, name, selector, "use a CSS selector, or an XPath that begins with /, // or ./")
    if selector == ".":
        return
    if is_xpath(selector):
        if wrong := check_xpath(selector):
            raise wrong_parameter(portal, name, selector, f"this is not an XPath ({wrong})")
        return
    try:
        LexborHTMLParser("<p>").css(selector)
    except SelectolaxError as error:
        raise wrong_parameter(portal, name, selector, "this is not a CSS selector") from error


def date_forms(portal: Portal, name: str, forms: Sequence[str]) -> dict[str, str]:
    """Form for strptime → the ISO form as precise as it. Raises ConfigError."""
    ready = {}
    for form in forms:
        directives = set(re.findall(r"%-?([a-zA-Z%])", form))
        if not directives & set("YycxGs"):
            raise wrong_parameter(portal, name, form, "a date's form needs a year, e.g. %m/%d/%Y or %B %d, %Y")
        try:
            datetime.strptime(datetime(2001, 2, 3, 4, 5, tzinfo=UTC).strftime(form), form)  # noqa: DTZ007  only tried
        except ValueError as error:
            raise wrong_parameter(portal, name, form, f"this is not a date's form ({error})") from error
        moment = directives & set("HIMpScXT")
        month, day = directives & set("mbBcxjUWV"), directives & set("dcxj")
        ready[form] = (
            ("%Y-%m-%dT%H:%M:%S" if "S" in directives else "%Y-%m-%dT%H:%M")
            if moment
            else "%Y-%m-%d" if day else "%Y-%m" if month else "%Y"
        )  # fmt: skip
    return ready


def number(reader: Reader, part: Part) -> int | None:
    """The last number in what the reader finds: how many pages or records a list says it has. None: it says nothing.

    Raises:
        PageError: it finds something without a number in it.
    """
    texts, _ = reader.texts(part)
    reader.tally.saw(part.url, len(texts), texts[0] if texts else None)
    if not texts:
        return None
    digits = re.findall(r"\d[\d,.\u00a0' ]*", texts[0])
    if not digits:
        raise PageError(part.url, f"{reader.take.select} (parameters.{reader.name})", "a number", repr(texts[0][:80]))
    plain = re.sub(r"\D", "", digits[-1])
    if len(plain) > LONGEST_NUMBER:
        raise PageError(
            part.url, f"{reader.take.select} (parameters.{reader.name})",
            f"a number of at most {LONGEST_NUMBER} digits", f"{len(plain)} digits",
        )  # fmt: skip
    return int(plain)
