"""Chicago's IPRA "Online Case Portal", COPA's before there was a COPA: one JSON answer of its theme, a page per case.

`/wp-content/themes/<theme>/DynamicSearch.php` answers `{"caseSearch": {"items": "<table …>"}}`: every case in one
table, no paging. It stood at portal.iprachicago.org (theme `ipra`, June to August 2016), and as COPA's (theme
`copa`) until 2021 at least. Case pages are COPA's, older: four columns without a district, `Media` and
`Documents` under headings, media in modal windows.

Identity is the slug of the case's page, which on the first host had no `/case/` before it (`/1078789-2/`). Of 120
such slugs 105 were kept on the next host, and all of those through two more moves; so aliases are the address of
that slug on all four hosts, and the log number in its printed forms, by which COPA's own records are named too.
A document's identity is its path: none of 711 addresses on the content network of 2016 survived, 655 paths did.

Evidence: S (three full scrapes of 2016: every field and link), C (two crawlers of 2016 and 2018, for the markup).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from scrapy.http import Response

from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.errors import PageError
from spiders.page import Part, parse
from spiders.portal_spider import Output
from spiders.sites.copa import LAYOUTS, LISTING, NOTHING, CopaSpider

FIRST_HOST = "http://portal.iprachicago.org"
OLDEST = {name: field for name, field in LAYOUTS["5 columns"].items() if field != "district"}


class IpraSpider(CopaSpider):
    """Every case in one answer, then a page per case."""

    extractor = "ipra 1"
    layouts: ClassVar[Mapping[str, Mapping[str, str]]] = {"4 columns": OLDEST, **LAYOUTS}

    def listing(self, response: Response, number: int) -> Iterator[Output]:
        answer = self.answer(response).one("caseSearch")
        items = answer.value.get("items")
        if not isinstance(items, str):
            raise answer.wrong("items", "HTML as a text", items)
        page = parse(response.url, items)
        table = page.optional(LISTING)
        rows = table.many("tbody tr") if table else []
        if not rows:
            words = NOTHING.search(page.text)
            if words is None:
                raise PageError(page.url, f"{LISTING} tbody tr", "at least 1 case, or words that there is none", "none")
            yield EmptyMarker(page.url, words[0])
            yield ListingPage(page.url, number, 0, last=True)
            return
        cases = dict(self._own_link(row) for row in rows)
        for slug, link in cases.items():
            yield Sighting(slug, link, stamp=self.stamp_of(slug, listed=True))
        yield ListingPage(page.url, number, len(rows), last=True)
        self.listed |= cases
        yield from self.case_requests(cases.items(), listed=True)
        yield from self.cross_check()

    def case(self, response: Response, slug: str, *, listed: bool = True) -> Iterator[Output]:
        for item in super().case(response, slug, listed=listed):
            if isinstance(item, Record):
                names = [*item.aliases, f"{FIRST_HOST}/{slug}/"]
                yield replace(item, aliases=tuple(dict.fromkeys(names)))
            else:
                yield item

    def _own_link(self, row: Part) -> tuple[str, str]:
        """Slug and address of the case that a row names."""
        links = {link.href for link in row.links()}
        if len(links) != 1:
            raise PageError(row.url, f"{LISTING} tbody tr a", "1 link to a case", f"{len(links)}: {sorted(links)}")
        link = links.pop()
        path = unquote(urlsplit(link).path)
        found = re.fullmatch(r"/(?:case/)?([^/]+)/?", path)
        if found is None:
            raise PageError(row.url, "a case's address", "/<slug>/ or /case/<slug>/", path)
        return found[1].lower(), link
