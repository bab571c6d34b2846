"""Labels and their values on a page, however it sets them: for sites whose markup nobody has promised to keep.

Read are lists of terms (`<dt>Employer</dt><dd>Town</dd>`), table rows of two cells, `<strong>Employer:</strong> Town`,
and an element that ends with a colon or a question mark before the element with its value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from spiders.errors import PageError
from spiders.page import Part, tidy

MOST = 20_000
"""Labels of one page."""
MOST_BLOCKS = 500
_LONGEST = 120
"""Characters of a label; longer ones are sentences."""
_VALUE = 5_000
"""Characters of a value, and pieces of a page that are read for it: elements may stand in each other."""
_CONTROLS = frozenset({"select", "input", "textarea", "button", "form"})


class Labelled(NamedTuple):
    """A label, and what is said under it."""

    label: str
    """Lower case, without the colon or question mark behind it."""
    value: str
    where: Part
    """The element with the label."""
    part: Part
    """The element with the value; with `<strong>`, the one around both."""


def labelled(part: Part) -> list[Labelled]:
    """Every label in `part`. Raises PageError where there are too many to be one page."""
    found: list[Labelled] = []
    for one in (*_terms(part), *_rows(part), *_bold(part), *_before(part)):
        if one.label and len(one.label) <= _LONGEST:
            found.append(one)
        if len(found) > MOST:
            raise PageError(part.url, "labels", f"at most {MOST:,} of them", "more")
    return found


def blocks(page: Part, anchors: Collection[str]) -> list[Part]:
    """The parts of `page` that each have one label of `anchors`, as large as they can be, in page order."""
    places = [one.where for one in labelled(page) if one.label in anchors]
    if len(places) > MOST_BLOCKS:
        raise PageError(page.url, "entries", f"at most {MOST_BLOCKS:,} of them", f"{len(places):,}")
    above = [_above(place) for place in places]
    often = Counter(around.identity for chain in above for around in chain)
    found: list[Part] = []
    for place, chain in zip(places, above, strict=True):
        alone = [around for around in chain if often[around.identity] == 1]
        found.append(alone[-1] if alone else place)
    return found


def name_of(text: str) -> str:
    """A label as it is compared: `How are they selected?` is `how are they selected`."""
    return tidy(text).rstrip(" :?").lower()


def _above(part: Part) -> list[Part]:
    """The elements around it, below the page's main part, innermost first."""
    chain: list[Part] = []
    around = part.many("./..")
    while around and around[0].tag not in {"main", "body", "html"}:
        chain.append(around[0])
        around = around[0].many("./..")
    return chain


def _terms(part: Part) -> Iterator[Labelled]:
    for holder in part.many("dl, dl > div"):
        term: Part | None = None
        for child in holder.children("dt", "dd"):
            if child.tag == "dt":
                term = child
            elif term is not None:
                yield Labelled(name_of(term.label()), child.label(_VALUE), term, child)
                term = None


def _rows(part: Part) -> Iterator[Labelled]:
    for row in part.many("tr"):
        cells = row.children("th", "td")
        if len(cells) == 2 and not (cells[0].tag == cells[1].tag == "th"):
            yield Labelled(name_of(cells[0].label()), cells[1].label(_VALUE), cells[0], cells[1])


def _bold(part: Part) -> Iterator[Labelled]:
    for holder in part.many("p, li, div, td, dd"):
        marks = [child for child in holder.children("strong", "b") if child.label().endswith((":", "?"))]
        text, at = (holder.label(_VALUE), 0) if marks else ("", 0)
        places = []
        for mark in marks:
            found = text.find(mark.label(), at)
            if found >= 0:
                places.append((mark, found, found + len(mark.label())))
                at = found + len(mark.label())
        for number, (mark, _, end) in enumerate(places):
            until = places[number + 1][1] if number + 1 < len(places) else len(text)
            yield Labelled(name_of(mark.label()), tidy(text[end:until]), mark, holder)


def _before(part: Part) -> Iterator[Labelled]:
    for mark in part.many("div, span, label, h3, h4, h5, h6"):
        if mark.source.rstrip()[-1:] not in {":", "?"} or mark.children("div", "p", "ul", "table", "dl", "span"):
            continue
        value = mark.many("./following-sibling::*[1]")
        if value and value[0].tag not in _CONTROLS:
            yield Labelled(name_of(mark.label()), value[0].label(_VALUE), mark, value[0])
