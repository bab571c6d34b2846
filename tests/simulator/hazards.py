"""What goes wrong between a portal and its watcher, and what of the truth can be seen all the same.

A hazard changes answers, or the list's view; it never changes the world. A lie is a hazard that looks
like a healthy list: it never lasts longer than LONGEST_LIE days, for nothing tells a longer one from truth.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tests.simulator.site import NOT_FOUND, PER_PAGE, Answer, ListView, Site, page_of

Blind = Literal["required", "allowed", "no"]
LONGEST_LIE = 2

BLOCKS: tuple[Answer, ...] = (
    Answer(200, b"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>You don't have permission "
           b'to access "http&#58;&#47;&#47;portal&#46;example&#47;cases&#47;" on this server.<P>Reference&#32;&#35;18&#46;'
           b"0123abcd&#46;1700000000&#46;9abcdef</BODY></HTML>", "text/html"),
    Answer(403, b"<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"),
    Answer(403, b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt = {};"
           b"</script></body></html>", headers=(("cf-mitigated", "challenge"), ("server", "cloudflare"))),
    Answer(429, b"Too Many Requests", "text/plain", headers=(("retry-after", "120"),)),
    Answer(202, b"", headers=(("x-amzn-waf-action", "challenge"),)),
    Answer(200, b'<html><head><META NAME="robots" CONTENT="noindex,nofollow"></head><body><iframe id="main-iframe" '
           b'src="/_Incapsula_Resource?SWUDNSAI=31&xinfo=1-2-0">Request unsuccessful. Incapsula incident ID: 12-34</iframe>'
           b"</body></html>"),
    Answer(405, b"<html><head><title>Human Verification</title></head><body></body></html>",
           headers=(("x-amzn-waf-action", "captcha"),)),
)  # fmt: skip
"""Block and challenge pages as the field's CDNs write them, with invented numbers."""
STRANGE = page_of(
    "<!doctype html><html><head><title>Thank you for visiting</title></head><body><p>Our pages take a short rest. "
    "Please come back.</p></body></html>"
)
"""A block page that nobody has described."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What of the truth a watcher can see on one day."""

    rows: frozenset[str]
    """Slugs whose rows are shown."""
    read: frozenset[str]
    """Slugs of which everything is shown as it truly is."""
    complete: bool
    """All of it is shown, and nothing else."""
    blind: Blind = "no"
    """Whether `blocked` or `broken` has to be said, may be said, or must not."""
    lie: bool = False
    stale: bool = False
    """Rows say what was true before; who reads them cannot know."""


class Hazard:
    """One trouble from `first` to `last` day."""

    name = "none"
    blind: Blind = "no"
    lie = False
    kinds: Sequence[str] = ("rows", "paged", "endless", "capped", "large")
    longest = 3

    def __init__(self, chance: random.Random, first: int, last: int) -> None:
        self.first, self.last = first, last
        self.pick = chance.random()
        self.block = chance.choice(BLOCKS)

    def begin(self, site: Site) -> None:
        """Called on each of its days, before the watcher comes, with the site's view being the truth."""

    def answer(self, site: Site, url: str) -> Answer:
        """The answer to `url` on one of its days: the site's own, unless a hazard says otherwise."""
        return site.answer(url)

    def sight(self, site: Site) -> Sight:
        """What can be seen."""
        return Sight(frozenset(), frozenset(), complete=False, blind=self.blind, lie=self.lie)

    def some_page(self, site: Site) -> int:
        """One of the list's pages, never the first where there are more."""
        return 1 + max(1, int(self.pick * (site.pages() - 1) + 0.999)) if site.pages() > 1 else 1

    def up_to(self, site: Site, pages: int) -> Sight:
        """The sight of the list's first `pages` pages alone."""
        shown = frozenset(case.slug for case in site.view.cases[: pages * PER_PAGE[site.kind]])
        return Sight(shown, shown, complete=False, blind=self.blind, lie=self.lie)


def is_list(url: str) -> bool:
    return "/cases/" in url


def is_page(url: str) -> bool:
    return "/case/" in url


def page_number(url: str) -> int:
    return int(url.rpartition("page=")[2]) if "page=" in url else 1


class Blocked(Hazard):
    name, blind, longest = "list blocked", "required", 12

    def answer(self, site: Site, url: str) -> Answer:
        return self.block


class DeniedAsList(Blocked):
    name, longest = "block page with status 200", 2

    def __init__(self, chance: random.Random, first: int, last: int) -> None:
        super().__init__(chance, first, last)
        self.block = BLOCKS[0]


class Stranger(Hazard):
    name, blind = "unknown page in place of all", "required"

    def answer(self, site: Site, url: str) -> Answer:
        return STRANGE


class Down(Hazard):
    name, blind, longest = "down", "required", 6

    def answer(self, site: Site, url: str) -> Answer:
        return Answer(0, b"") if self.pick < 0.6 else page_of("<h1>Service unavailable</h1>", 503)


class EmptyUnmarked(Hazard):
    name, blind = "empty list without a word", "required"

    def answer(self, site: Site, url: str) -> Answer:
        if is_list(url):
            return page_of(site._frame('<table class="cases"><thead></thead><tbody></tbody></table>'))
        return site.answer(url)


class ColumnMoved(Hazard):
    name, blind, longest = "column moved", "required", 9

    def answer(self, site: Site, url: str) -> Answer:
        found = site.answer(url)
        if is_list(url):
            body = found.body.replace(b'class="number"', b'class="c1"').replace(b'data-name="number"', b'data-n="1"')
            return replace(found, body=body.replace(b'class="title"', b'class="number"'))
        return found

    def sight(self, site: Site) -> Sight:
        return Sight(frozenset(), frozenset(), complete=False, blind="required" if site.view.cases else "no")


class Commented(Hazard):
    name, blind, longest = "field in a comment", "required", 5

    def answer(self, site: Site, url: str) -> Answer:
        found = site.answer(url)
        if is_list(url) or is_page(url):
            words = found.body
            for opening, closing in ((b'<dd class="note">', b"</dd>"), (b'<td class="note">', b"</td>"),
                                     (b'<div data-name="note">', b"</div>")):  # fmt: skip
                pieces = words.split(opening)
                words = pieces[0] + b"".join(
                    b"<!-- " + opening + piece.replace(closing, closing + b" -->", 1) for piece in pieces[1:]
                )
            return replace(found, body=words)
        return found

    def sight(self, site: Site) -> Sight:
        shown = frozenset(case.slug for case in site.view.cases)
        return Sight(shown, frozenset(), complete=False, blind="required" if site.view.cases else "no")


class ListPage(Hazard):
    """One page of the list is not given, so that those behind it can not be reached either."""

    kinds = ("paged", "endless", "capped", "large")
    name, blind = "middle list page blocked", "allowed"

    def answer(self, site: Site, url: str) -> Answer:
        if is_list(url) and page_number(url) == self.some_page(site):
            return self.trouble()
        return site.answer(url)

    def trouble(self) -> Answer:
        return self.block

    def sight(self, site: Site) -> Sight:
        return self.up_to(site, self.some_page(site) - 1)


class ListPageFails(ListPage):
    name = "middle list page answers 500"

    def trouble(self) -> Answer:
        return page_of("<h1>Internal error</h1>", 500)


class FirstPageForEver(Hazard):
    name, blind, kinds = "page 1 repeats for ever", "allowed", ("paged", "endless", "capped", "large")

    def answer(self, site: Site, url: str) -> Answer:
        if is_list(url) and page_number(url) > 1:
            first = site.answer(site.url)
            following = f"?page={page_number(url) + 1}".encode()
            return replace(first, body=first.body.replace(b"?page=2", following))
        return site.answer(url)

    def sight(self, site: Site) -> Sight:
        if site.pages() == 1:
            return honest(site)
        return self.up_to(site, 1)


class SomePages(Hazard):
    """A few cases' own pages are not given."""

    kinds = ("paged", "endless", "capped")
    name, blind = "some case pages blocked", "allowed"

    def hit(self, url_or_slug: str) -> bool:
        slug = url_or_slug.strip("/").rpartition("/")[2]
        return sum(slug.encode()) % 7 == int(self.pick * 7)

    def answer(self, site: Site, url: str) -> Answer:
        return self.trouble(site, url) if is_page(url) and self.hit(url) else site.answer(url)

    def trouble(self, site: Site, url: str) -> Answer:
        return self.block

    def sight(self, site: Site) -> Sight:
        shown = frozenset(case.slug for case in site.view.cases)
        read = frozenset(slug for slug in shown if not self.hit(slug))
        whole = read == shown
        return Sight(shown, read, complete=whole, blind="allowed")


class SoftNotFound(SomePages):
    name = "case pages say not found with status 200"

    def trouble(self, site: Site, url: str) -> Answer:
        return page_of(NOT_FOUND)


class PagesFail(SomePages):
    name = "some case pages answer 500"

    def trouble(self, site: Site, url: str) -> Answer:
        return page_of("<h1>Internal error</h1>", 500)


class Lie(Hazard):
    """A list that looks healthy and is not the real one."""

    lie, blind, longest = True, "allowed", LONGEST_LIE

    def begin(self, site: Site) -> None:
        site.view = replace(site.view, cases=self.shown(site))

    def shown(self, site: Site) -> tuple:
        """The cases on the list that is not the real one."""
        return site.view.cases

    def sight(self, site: Site) -> Sight:
        shown = frozenset(case.slug for case in site.view.cases)
        whole = shown == {case.slug for case in site.truth().cases}
        return Sight(shown, shown, complete=whole, blind="allowed", lie=not whole)


class Truncated(Lie):
    name = "list ends early, plausibly"

    def shown(self, site: Site) -> tuple:
        cases = site.view.cases
        if site.kind == "rows":
            return cases[: len(cases) - 1 - int(self.pick * 4)] if len(cases) > 5 else cases
        pages = site.pages()
        return cases[: PER_PAGE[site.kind] * max(1, int(pages * (0.3 + 0.7 * self.pick)))]


class Filtered(Lie):
    name = "list of one year only"

    def shown(self, site: Site) -> tuple:
        years = sorted({case.year for case in site.view.cases})
        year = years[int(self.pick * len(years))] if years else 0
        return tuple(case for case in site.view.cases if case.year == year)


class SaysEmpty(Lie):
    name = "list says it is empty"

    def shown(self, site: Site) -> tuple:
        return ()


class Stale(Lie):
    """An old list out of a cache; cases' own pages are as they are."""

    name = "list from a cache"

    def __init__(self, chance: random.Random, first: int, last: int) -> None:
        super().__init__(chance, first, last)
        self.cached: ListView | None = None
        self.age = chance.choice((1, 1, 2, 3))

    def begin(self, site: Site) -> None:
        assert self.cached is not None
        site.view = self.cached

    def sight(self, site: Site) -> Sight:
        if site.view == site.truth():
            return honest(site)
        listed = {case.slug for case in site.truth().cases}
        shown = frozenset(case.slug for case in site.view.cases if case.slug in listed)
        return Sight(shown, shown, complete=False, blind="allowed", lie=True, stale=True)


HAZARDS: tuple[type[Hazard], ...] = (
    Blocked, DeniedAsList, Stranger, Down, EmptyUnmarked, ColumnMoved, Commented, ListPage, ListPageFails,
    FirstPageForEver, SomePages, SoftNotFound, PagesFail, Truncated, Filtered, SaysEmpty, Stale,
)  # fmt: skip


def honest(site: Site) -> Sight:
    """The sight of a day without trouble."""
    shown = frozenset(case.slug for case in site.view.cases)
    return Sight(shown, shown, complete=True)


def schedule(seed: int, kind: str, days: int, density: float) -> dict[int, Hazard]:
    """Day → hazard. Between two troubles there is a day without one; `density`: share of days with one."""
    chance = random.Random(f"hazards {seed}")
    found: dict[int, Hazard] = {}
    usable = [hazard for hazard in HAZARDS if kind in hazard.kinds]
    day = 4
    while day < days - 5:
        if chance.random() > density:
            day += 1
            continue
        made = chance.choice(usable)
        last = min(days - 5, day + chance.randrange(made.longest))
        hazard = made(chance, day, last)
        found.update(dict.fromkeys(range(day, last + 1), hazard))
        day = last + 2
    return found
