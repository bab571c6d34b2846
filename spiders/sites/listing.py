"""Any list of links, documents or cases, read by what its portal file says; docs/howto/watch-without-code.md.

    spider = "listing"
    [parameters]
    row = "table.reports tbody tr"
    fields = { number = "td:nth-child(1)", date = { select = "td:nth-child(2)", date = "%m/%d/%Y" } }
    next = "a[rel=next]"

Identity is the path and query of the row's link, unless `key` says otherwise: the address is what a
portal changes last.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Generator, Iterable, Iterator
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Note, Record, Sighting
from releases.model import Value as FieldValue
from spiders.errors import PageError
from spiders.fields import number
from spiders.links import file_of, files_of, is_document, players_of
from spiders.listing_hints import hints
from spiders.listing_settings import NO_EXTRACTION, ListingSettings, Ready
from spiders.page import Part, clean_link
from spiders.parameters import read_parameters, wrong_parameter
from spiders.portal_spider import Output, PortalSpider
from spiders.rows import Row, read_rows
from spiders.sitemap import SitemapHints

MOST_PAGES = 20_000
NO_SUCH_PAGE = [404, 410]
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")


class ListingSpider(PortalSpider):
    """One list, its following pages, and the page of each record where `detail` asks for it."""

    extractor = "listing 1"
    settings_type = ListingSettings
    says_nothing_of_extraction = NO_EXTRACTION
    reads_first_page_twice = True

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._parameters = read_parameters(portal, ListingSettings)
        self._ready = Ready(portal, self._parameters, self.tallies)
        self._host = urlsplit(portal.url).netloc
        self._hints = SitemapHints(self._address(self._parameters.sitemap))
        self._seen = 0
        self._read: set[str] = set()
        self._pages: int | None = None
        self._total: int | None = None

    async def start(self) -> AsyncIterator[Output]:
        """The sitemap first, where it is to say which pages changed; then the list, whatever became of that."""
        if self._hints.address:
            yield self._hint(self._hints.address)
            return
        async for request in super().start():
            yield request

    def _hint(self, url: str) -> scrapy.Request:
        return self.optional(self.request(url, self.hinted, address=url), self.unhinted)

    def hinted(self, response: Response, address: str) -> Iterator[Output]:
        """A sitemap. One that can not be read only means that every page is."""
        try:
            following = self._hints.read(address, response.body)
        except PageError as error:
            yield from self.unhinted(f"found {error.found}", response, address)
            return
        if following:
            yield self._hint(following)
        else:
            yield from self.first()

    def unhinted(self, why: str, response: Response | None, address: str) -> Iterator[Output]:  # noqa: ARG002  as `optional` calls it
        """No sitemap: the list is read without."""
        yield Note(f"{address} does not say which pages changed ({why}), so that more of them are read")
        yield from self.first()

    def first(self) -> Iterable[scrapy.Request]:
        yield self._list(self.portal.url, 1)

    def listing(self, response: Response, page_number: int) -> Iterator[Output]:
        """One page of the list: sightings first, then the next page, then what is in the rows."""
        if response.status in NO_SUCH_PAGE:
            yield self._beyond(response.url, page_number)
            return
        page = self.page(response)
        self._read.add(page.url)
        if page_number == 1:
            self.hints += hints(page, self._parameters)
        rows, errors = read_rows(page, self._ready, self._host)
        if not rows and not errors and (yield from self._nothing(page, page_number)):
            return
        self.new_rows(page.url, "", page_number, (row.key for row in rows) if not errors else ())
        for row in rows:
            yield Sighting(row.key, row.url, stamp=self._stamp(row))
        self._seen += len({row.key for row in rows})
        unread = len(errors)
        errors += [row.error for row in rows if row.error is not None]
        pages = request = None
        try:
            pages, self._total = self._said("last", page), self._said("total", page)
            request = self.next_state(response, self.listing, page_number=page_number + 1)
            if request is not None and self._parameters.next:  # it was pressed
                self._ready.tally("next", self._parameters.next, "page").saw(page.url, 1)
            if request is None and (following := self._next(page, page_number, pages, self._total, len(rows))):
                request = self._list(following, page_number + 1)
        except PageError as error:
            errors.insert(0, error)
        last = request is None and not errors
        shown = len(rows) + unread
        yield ListingPage(page.url, page_number, shown, last=last, pages=pages, total=self._total)
        if request is not None:
            self._pages = pages
            # Without this, a following page that is gone would look like a list that ends.
            request.meta["handle_httpstatus_list"] = NO_SUCH_PAGE
            yield request
        for row in rows:
            if row.error is not None:
                continue
            if self._parameters.detail is not None and row.link and not is_document(row.link):
                if self.unchanged(row.key, self._stamp(row)):
                    continue
                own = self.request(row.link, self.detail, row=row)
                wanted = self._parameters.detail.browser
                yield own if wanted is None else self.in_browser(own, wanted)
            else:
                yield self._record(page, row)
        if errors:
            raise errors[0].beside(len(errors) - 1, shown)

    def _list(self, url: str, page_number: int) -> scrapy.Request:
        """A page of the list; where a browser shows it, with what it needs to show all of it."""
        settings = self._parameters
        request = self.request(url, self.listing, page_number=page_number)
        rows = "" if settings.pages else settings.row  # numbered pages are asked for by their address
        request.meta["browse"] = {"rows": rows, "next": settings.next, "more": settings.more}
        return request

    def _beyond(self, url: str, page_number: int) -> ListingPage:
        """The end of numbered pages: there is no such page. Raises PageError where the portal says there is."""
        more = self._pages is not None or (self._total is not None and self._seen < self._total)
        if more or not self._parameters.pages:
            said = f"page {page_number}" + (f" of {self._pages}" if self._pages else "")
            selector = "next" if self._parameters.next else "pages"
            where = f"{getattr(self._parameters, selector)} (parameters.{selector})"
            raise PageError(url, where, said, "404, no such page")
        return ListingPage(url, page_number, 0, last=True)

    def _stamp(self, row: Row) -> str:
        """Of a row that says when its record was last changed; with whatever else the row says of the record."""
        if self._parameters.detail is None or row.error is not None:
            return ""
        said = row.fields.get(self._parameters.modified) or self._hints.modified(row.link)
        if not isinstance(said, str) or not ISO_DAY.match(said):
            return ""
        files = [(file.url, file.name, file.kind) for file in row.files]
        return self.stamp(said, row.title, row.fields, files, row.aliases, row.printed_key, row.link)

    def detail(self, response: Response, row: Row) -> Iterator[Output]:
        """A record's own page."""
        yield self._record(self.page(response), row, own=True)

    def _record(self, page: Part, row: Row, *, own: bool = False) -> Record:
        ready, fields, files, text = self._ready, dict(row.fields), list(row.files), row.text
        title, raw = row.title, row.raw
        if own:
            place = f"the page of {row.key}"
            fields |= {name: field.read(page, place) for name, field in ready.detail_fields.items()}
            files += self._detail_files(page)
            if ready.detail_title is not None:
                title = _text(ready.detail_title.read(page, place)) or title
            if ready.detail_text is not None:
                words = ready.detail_text.read(page, place)
                fields["text"], text, raw = words, _text(words), page.html
        elif not files and row.link and is_document(row.link) and not self._parameters.files:
            files = [file_of(row.link, title, page.url, self._parameters.identity)]
        known = {file.identity or file.url: file for file in reversed(files)}
        return Record(
            key=row.key,
            kind=self._parameters.kind,
            url=row.url,
            title=title or next((file.name for file in files), row.key),
            fields=fields,
            files=tuple(reversed(known.values())),
            aliases=row.aliases,
            printed_key=row.printed_key,
            raw=raw,
            text=text,
            flapping=frozenset(self._parameters.flapping),
            absent_means_unknown=row.unsaid if own else row.unsaid | ready.detail_fields.keys(),
        )

    def _detail_files(self, page: Part) -> Iterable[File]:
        selectors = self._ready.detail_files
        if not selectors:
            return files_of((link for link in page.links() if is_document(link.href)), self._parameters.identity)
        links = [link for selector in selectors for link in page.links(selector)]
        players = players_of((one for selector in selectors for one in page.many(selector)), self._parameters.identity)
        self._ready.files_tally("detail.files", selectors, "detail page").saw(page.url, len(links) + len(players))
        return (*files_of(links, self._parameters.identity), *players)

    def _address(self, sitemap: str) -> str:
        link = clean_link(self.portal.url, sitemap) if sitemap else ""
        if sitemap and not link:
            raise wrong_parameter(self.portal, "sitemap", sitemap, "use an address, or a path on the portal")
        return link

    def _nothing(self, page: Part, page_number: int) -> Generator[Output, None, bool]:
        """What a page without rows means. Returns whether the list is over; raises PageError where it may not be."""
        settings, ready = self._parameters, self._ready
        marker = ready.empty(page)
        if marker is not None:
            if page_number == 1:
                yield EmptyMarker(page.url, marker)
            yield ListingPage(page.url, page_number, 0, last=True)
            return True
        if page_number > 1 and settings.pages and not settings.last:
            yield ListingPage(page.url, page_number, 0, last=True)
            return True
        hint = "" if settings.empty or settings.empty_words else "; say with parameters.empty_words how it says so"
        expected = "at least 1 row" + (f" on page {page_number}" if page_number > 1 else "")
        raise PageError(
            page.url, f"{settings.row} (parameters.row)", expected, f"none, and no words that there is none{hint}"
        )

    def _said(self, name: str, page: Part) -> int | None:
        reader = self._ready.counts.get(name)
        return number(reader, page) if reader is not None else None

    def _next(self, page: Part, page_number: int, pages: int | None, total: int | None, rows: int) -> str | None:
        """Address of the page that follows, or None where the portal says that the list ends here."""
        settings = self._parameters
        if page_number >= MOST_PAGES:
            raise PageError(page.url, "the list", f"an end before page {MOST_PAGES:,}", "another page")
        if settings.next:
            found = {href for link in page.many(settings.next) if (href := _href(link)) and href != page.url}
            self._ready.tally("next", settings.next, "page").saw(page.url, len(found))
            if len(found) > 1:
                raise PageError(
                    page.url, f"{settings.next} (parameters.next)", "at most 1 next page", str(sorted(found))
                )
            if not found and pages is not None and page_number < pages:
                raise PageError(
                    page.url,
                    f"{settings.next} (parameters.next)",
                    f"a next page, this is {page_number} of {pages}",
                    "none",
                )
            if again := found & self._read:
                raise PageError(
                    page.url, f"{settings.next} (parameters.next)", "a page not read yet", f"{again.pop()} again"
                )
            return next(iter(found), None)
        if not settings.pages or (pages is not None and page_number >= pages):
            return None
        if pages is None and (rows == 0 or (total is not None and self._seen >= total)):
            return None
        number_there = settings.first_page + page_number
        return urljoin(self.portal.url, settings.pages.replace("{n}", str(number_there)))


def _href(link: Part) -> str:
    """Where a next link leads: itself, or the only link inside it; empty where it leads nowhere (`#`)."""
    inside = [link] if link.attribute("href") else link.many("a[href]")
    return inside[0].address("href") if inside else ""


def _text(value: FieldValue) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")
