"""Any page, watched: its main text and links, and what it links to. Needs no code, only a portal file.

    spider = "pages"
    url = "https://example.org/releases/"
    [parameters]
    urls = ["/other-page"]              # further pages to watch
    follow = ["main a.release"]         # links to take along: pages are watched too, documents kept;
                                        # of pages elsewhere (see scope) only the link is noted
    files = ["main a[href$='.pdf']"]    # which links are documents; by default by their ending
    sitemap = "/sitemap.xml"            # pages to watch as a sitemap lists them
    feed = "/feed/"                     # and as a feed does: RSS, Atom or JSON Feed
    only = "/news/"                     # of these, addresses that match this regular expression

Identity is the page's path and query, with the host where that is not the portal's: the page is what
stands at an address, whatever its title says today. An entry of a feed has the identity the feed gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response, TextResponse

from config.portal import Portal
from releases.model import File, ListingPage, Page, Record, Sighting, Value
from spiders.errors import PageError
from spiders.feeds import Entry, read_feed
from spiders.fields import check_selector
from spiders.links import is_document, key_of, kind_of
from spiders.page import Part, clean_link, parse
from spiders.pages_settings import PagesSettings
from spiders.parameters import read_parameters, wrong_parameter
from spiders.patterns import compiled
from spiders.portal_spider import Callback, Output, PortalSpider
from spiders.sitemap import Place, read_sitemap
from spiders.tally import Tally
from spiders.watched import main_text, steady, title_of, told_links

MOST_SITEMAPS = 500
DEEPEST_INDEX = 3


class PagesSpider(PortalSpider):
    """Watched pages: `url`, `urls`, what `follow` finds on these, and what sitemaps and feeds list."""

    extractor = "pages 3"
    settings_type = PagesSettings
    says_nothing_of_extraction = frozenset({"urls"})

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        said = read_parameters(portal, PagesSettings)
        self._follow = self._selectors("follow", said.follow)
        self._files = self._selectors("files", said.files)
        self._only = compiled(portal, "only", said.only)
        self._sitemaps, self._feeds, urls = (
            [self._address(name, url) for url in self._words(name, value)]
            for name, value in (("sitemap", said.sitemap), ("feed", said.feed), ("urls", said.urls))
        )
        self._host = urlsplit(portal.url).netloc
        self._start = [url for url in dict.fromkeys([portal.url, *urls]) if url not in {*self._sitemaps, *self._feeds}]
        self._unread = set(self._start)
        self._unmatched = set(self._follow)
        self._asked = set(self._sitemaps)
        self._taken = set(self._start)
        """Addresses that are read as pages: each once, whoever lists it."""
        self._listed: set[str] = set()
        self._read: set[str] = set()
        """Sitemaps that were read, of those in `_asked`."""
        self._matched = 0

    def first(self) -> Iterable[scrapy.Request]:
        for url in self._sitemaps:
            yield self._list(url, self.sitemap, depth=1)
        for url in self._feeds:
            yield self._list(url, self.feed)
        for url in self._start:
            yield self.request(url, self.watched, start=True, address=url)

    def sitemap(self, response: Response, depth: int) -> Iterator[Output]:
        """A sitemap: its pages are watched, its further sitemaps read."""
        self._there(response, "the sitemap")
        listed = read_sitemap(response.url, response.body)
        for place in listed.sitemaps:
            if depth >= DEEPEST_INDEX or len(self._asked) >= MOST_SITEMAPS:
                raise PageError(
                    response.url, "the sitemap", f"at most {MOST_SITEMAPS} sitemaps, {DEEPEST_INDEX} levels", "more"
                )
            if place.url not in self._asked:
                self._asked.add(place.url)
                yield self._list(place.url, self.sitemap, depth=depth + 1)
        meant = [
            place for place in listed.pages if self._only.search(response.url, place.url) and self.in_scope(place.url)
        ]
        self._tally("sitemap", self._only.pattern or "(every address)", "sitemap").saw(response.url, len(meant))
        self._matched += len(meant)
        self._read.add(response.request.url if response.request else response.url)
        if self._read >= self._asked and not self._matched:
            raise PageError(
                response.url, f"the sitemap (parameters.only = {self._only.pattern!r})",
                "at least 1 address that matches, on the portal's host or in scope",
                f"none of {len(listed.pages)}{f', first {listed.pages[0].url}' if listed.pages else ''}",
            )  # fmt: skip
        key = self._key(response.url)
        for place in meant:
            yield Sighting(self._key(place.url), place.url, stamp=self.stamp(place.modified))
        if meant or not listed.sitemaps:
            rows = self._new(self._key(place.url) for place in meant)
            yield ListingPage(response.url, 1, rows, last=True, listing=key)
        for place in meant:
            yield from self._place(place)

    def _list(self, url: str, callback: Callback, **arguments: int) -> scrapy.Request:
        """A request for a sitemap or feed: were it dropped when it is gone, its pages would seem to be gone."""
        request = self.request(url, callback, **arguments)
        request.meta["handle_httpstatus_list"] = [404, 410]
        return request

    def _there(self, response: Response, what: str) -> None:
        if response.status in {404, 410}:
            raise PageError(response.url, what, "a list of pages", f"{response.status}, no such page")

    def _place(self, place: Place) -> Iterator[Output]:
        if place.url in self._taken:
            return
        self._taken.add(place.url)
        if is_document(place.url):
            yield self._document(self._key(place.url), place.url)
        elif not self.unchanged(self._key(place.url), self.stamp(place.modified)):
            yield self.request(place.url, self.watched, start=False, address=place.url)

    def feed(self, response: Response) -> Iterator[Output]:
        """A feed: the page of each entry is watched. What it does not show any more may still be there."""
        self._there(response, "the feed")
        entries = read_feed(response.url, response.body)
        meant = [
            entry for entry in entries if any(self._only.search(response.url, name) for name in (entry.link, entry.id))
        ]
        self._tally("feed", self._only.pattern or "(every entry)", "feed").saw(response.url, len(meant))
        for entry in meant:
            yield Sighting(self._entry_key(entry), entry.link or response.url, stamp=self._entry_stamp(entry))
        rows = self._new(self._entry_key(entry) for entry in meant)
        yield ListingPage(response.url, 1, rows, last=True, capped=1, listing=self._key(response.url))
        for entry in meant:
            if entry.link and self.in_scope(entry.link) and not is_document(entry.link):
                self._taken.add(entry.link)
                if not self.unchanged(self._entry_key(entry), self._entry_stamp(entry)):
                    yield self.request(entry.link, self.watched, start=False, address=entry.link, entry=entry)
            else:
                yield self._entry(entry, response.url)

    def _entry(self, entry: Entry, page: str) -> Record:
        """An entry whose page is a document, is elsewhere, or is not there: what the feed itself says."""
        files = [link for link in (entry.link, *entry.files) if link and is_document(link)]
        return Record(
            key=self._entry_key(entry),
            kind="page",
            url=entry.link or page,
            title=entry.title or entry.link or entry.id,
            fields={"published": entry.published or None, "text": steady(entry.summary)},
            files=tuple(File(link, entry.title or _last(link), kind_of(link)) for link in dict.fromkeys(files)),
            aliases=(self._key(entry.link),) if entry.link else (),
            raw=entry.summary,
            text=entry.summary,
        )

    def _entry_stamp(self, entry: Entry) -> str:
        return self.stamp(entry.updated, entry.link, entry.published, entry.files)

    def _entry_key(self, entry: Entry) -> str:
        name = entry.id or entry.link
        return self._key(name) if name.startswith(("http://", "https://")) else name

    def watched(self, response: Response, address: str, start: bool, entry: Entry | None = None) -> Iterator[Output]:
        """A watched page. `address` is what was asked for: a redirect changes no identity."""
        key = self._entry_key(entry) if entry is not None else self._key(address)
        if start:
            yield Sighting(key, address)
        if not isinstance(response, TextResponse):
            yield self._document(key, address)
            if start:
                yield ListingPage(response.url, 1, 1, last=True, listing=key)
            return
        html = self.html(response)
        page = parse(response.url, html)
        all_links = page.links()
        followed = self._followed(page) if start else {}
        files = self._documents(page, all_links, followed)
        files |= {url: File(url, _last(url), kind_of(url)) for url in (entry.files if entry is not None else ())}
        pages = [
            link
            for link in followed
            if link not in {*files, *self._taken} and self._key(link) != key and self.in_scope(link)
        ]
        for link in pages:
            yield Sighting(self._key(link), link)
        text = main_text(html)
        if not text:
            raise PageError(page.url, "the main text", "words", "none (is the page made by a script?)")
        title = title_of(page)
        fields: dict[str, Value] = {
            "title": title,
            "text": steady(text),
            "links": told_links(link for link in all_links if link.href not in files),
        }
        if entry is not None and entry.published:
            fields["published"] = entry.published
        other = self._key(address)
        yield Record(
            key=key,
            kind="page",
            url=address,
            title=title,
            fields=fields,
            files=tuple(files.values()),
            aliases=() if other == key else (other,),
            raw=html,
            text=text,
        )
        yield Page(address, title, text)
        if start:
            rows = self._new([key, *(self._key(link) for link in pages)])
            yield ListingPage(response.url, 1, rows, last=True, listing=key)
        for link in pages:
            self._taken.add(link)
            yield self.request(link, self.watched, start=False, address=link)
        if start:
            self._check_followed(page, address)

    def _new(self, keys: Iterable[str]) -> int:
        """How many of `keys` no list had before: a page may well be on several lists, which do not repeat then."""
        fresh = set(keys) - self._listed
        self._listed |= fresh
        return len(fresh)

    def _document(self, key: str, address: str) -> Record:
        name = _last(address)
        return Record(key, "page", address, name, {"title": name}, (File(address, name, kind_of(address)),))

    def _followed(self, page: Part) -> dict[str, str]:
        """Links the portal file asks for, by address."""
        found: dict[str, str] = {}
        for number, selector in enumerate(self._follow):
            links = page.links(selector)
            tally = self._tally("follow" if len(self._follow) == 1 else f"follow[{number}]", selector, "page")
            tally.saw(page.url, len(links))
            tally.in_navigation += len(page.many(selector)) - len(links)
            if links:
                self._unmatched.discard(selector)
            found.update((link.href, link.label()) for link in links)
        return found

    def _check_followed(self, page: Part, address: str) -> None:
        """Raises PageError when, all start pages read, a selector of `follow` found nothing on any."""
        self._unread.discard(address)
        if not self._unread and self._unmatched:
            selector = min(self._unmatched)
            raise PageError(page.url, selector, "at least 1 link (parameters.follow)", "none on any watched page")

    def _documents(self, page: Part, links: list[Part], followed: dict[str, str]) -> dict[str, File]:
        if self._files:
            chosen = [link for selector in self._files for link in page.links(selector)]
            self._tally("files", ", ".join(self._files), "page").saw(page.url, len(chosen))
        else:
            chosen = [link for link in links if is_document(link.href)]
        names = {link.href: link.label() for link in chosen}
        names.update((link, text) for link, text in followed.items() if is_document(link))
        return {link: File(link, text or _last(link), kind_of(link)) for link, text in names.items()}

    def _key(self, url: str) -> str:
        return key_of(url, self._host)

    def _tally(self, name: str, what: str, per: str) -> Tally:
        return self.tallies.setdefault(name, Tally(what, per))

    def _words(self, name: str, value: str | tuple[str, ...]) -> list[str]:
        words = [value] if isinstance(value, str) else list(value)
        if not all(word.strip() for word in words):
            raise wrong_parameter(self.portal, name, value, "use a text, or a list of texts")
        return words

    def _address(self, name: str, url: str) -> str:
        link = clean_link(self.portal.url, url)
        if not link:
            raise wrong_parameter(self.portal, name, url, "use an address, or a path on the portal")
        return link

    def _selectors(self, name: str, value: str | tuple[str, ...]) -> list[str]:
        selectors = self._words(name, value)
        for selector in selectors:
            check_selector(self.portal, name, selector)
        return selectors


def _last(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1] or url
