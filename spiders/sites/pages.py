"""Any page, watched: its main text and links, and what it links to. Needs no code, only a portal file.

    spider = "pages"
    url = "https://example.org/releases/"
    [parameters]
    urls = ["/other-page"]              # further pages to watch
    follow = ["main a.release"]         # links to take along: pages are watched too, documents kept;
                                        # of pages elsewhere (see scope) only the link is noted
    files = ["main a[href$='.pdf']"]    # which links are documents; by default by their ending

Identity is the page's path and query, with the host where that is not the portal's: the page is what
stands at an address, whatever its title says today.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urljoin, urlsplit

import scrapy
from resiliparse.extract.html2text import extract_plain_text
from scrapy.http import Response, TextResponse
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from config.errors import ConfigError
from config.portal import Portal
from releases.model import File, ListingPage, Page, Record, Sighting, Value
from spiders.errors import PageError
from spiders.page import Part, parse, tidy
from spiders.players import MEDIA
from spiders.portal_spider import Output, PortalSpider

DOCUMENT = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|json|xml|rtf|txt|zip|gz|7z|jpe?g|png|gif|tiff?)\Z", re.IGNORECASE
)
KINDS = {
    "image": re.compile(r"\.(?:jpe?g|png|gif|tiff?)\Z", re.IGNORECASE),
    "data": re.compile(r"\.(?:csv|tsv|json|xml|xlsx?|ods)\Z", re.IGNORECASE),
    "archive": re.compile(r"\.(?:zip|gz|7z)\Z", re.IGNORECASE),
    "video": re.compile(r"\.(?:mp4|m4v|mov|webm|avi)\Z", re.IGNORECASE),
    "audio": re.compile(r"\.(?:mp3|m4a|wav|ogg)\Z", re.IGNORECASE),
}


MOST_LINKS = 5_000
"""Links of a page that its record holds."""
MOST_TEXT = 1_000_000
"""Characters of a page's text that its record holds; the archive has the page itself."""


class PagesSpider(PortalSpider):
    """Watched pages: `url`, `urls`, and the pages that `follow` finds on these."""

    extractor = "pages 1"
    parameters = frozenset({"urls", "follow", "files"})

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._urls = [urljoin(portal.url, url) for url in self._words("urls")]
        self._follow = self._selectors("follow")
        self._files = self._selectors("files")
        self._host = urlsplit(portal.url).netloc
        self._start = list(dict.fromkeys([portal.url, *self._urls]))
        self._unread = set(self._start)
        self._unmatched = set(self._follow)

    def first(self) -> Iterable[scrapy.Request]:
        for url in self._start:
            yield self.request(url, self.watched, start=True, address=url)

    def watched(self, response: Response, address: str, start: bool) -> Iterator[Output]:
        """A watched page. `address` is what was asked for: a redirect changes no identity."""
        key = self._key(address)
        if start:
            yield Sighting(key, address)
        if not isinstance(response, TextResponse):
            name = urlsplit(address).path.rstrip("/").rsplit("/", 1)[-1] or address
            yield Record(key, "page", address, name, {"title": name}, (File(address, name, _kind(address)),))
            if start:
                yield ListingPage(response.url, 1, 1, last=True, listing=key)
            return
        html = self.html(response)
        page = parse(response.url, html)
        all_links = page.links()
        followed = self._followed(page) if start else {}
        files = self._documents(page, all_links, followed)
        pages = [link for link in followed if link not in files and self._key(link) != key and self.in_scope(link)]
        for link in pages:
            yield Sighting(self._key(link), link)
        text = _main_text(html)
        if not text:
            raise PageError(page.url, "the main text", "words", "none (is the page made by a script?)")
        title = _title(page)
        links = _told(all_links, files)
        fields: dict[str, Value] = {"title": title, "text": text, "links": links}
        yield Record(
            key=key,
            kind="page",
            url=address,
            title=title,
            fields=fields,
            files=tuple(files.values()),
            raw=html,
            text=text,
        )
        yield Page(address, title, text)
        if start:
            yield ListingPage(response.url, 1, 1 + len(pages), last=True, listing=key)
        for link in pages:
            yield self.request(link, self.watched, start=False, address=link)
        if start:
            self._check_followed(page, address)

    def _followed(self, page: Part) -> dict[str, str]:
        """Links the portal file asks for, by address."""
        found: dict[str, str] = {}
        for selector in self._follow:
            links = page.links(selector)
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
        else:
            chosen = [link for link in links if _is_document(link.href)]
        names = {link.href: link.label() for link in chosen}
        names.update((link, text) for link, text in followed.items() if _is_document(link))
        return {
            link: File(link, text or urlsplit(link).path.rsplit("/", 1)[-1], _kind(link))
            for link, text in names.items()
        }

    def _key(self, url: str) -> str:
        parts = urlsplit(url)
        place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return place if parts.netloc == self._host else f"{parts.netloc}{place}"

    def _words(self, name: str) -> list[str]:
        value = self.portal.parameters.get(name, [])
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            raise self._wrong(name, value, "use a text, or a list of texts")
        return words

    def _selectors(self, name: str) -> list[str]:
        selectors = self._words(name)
        for selector in selectors:
            try:
                LexborHTMLParser("<p>").css(selector)
            except SelectolaxError as error:
                raise self._wrong(name, selector, "this is not a CSS selector") from error
        return selectors

    def _wrong(self, name: str, value: object, what: str) -> ConfigError:
        return ConfigError(f"parameters.{name} = {value!r}: {what}", where=f"portal {self.portal.slug}")


def _is_document(url: str) -> bool:
    path = urlsplit(url).path
    return bool(DOCUMENT.search(path) or MEDIA.search(path))


def _kind(url: str) -> str:
    path = urlsplit(url).path
    return next((kind for kind, ending in KINDS.items() if ending.search(path)), "document")


def _told(links: list[Part], files: Mapping[str, File]) -> list[dict[str, str]]:
    """Links that are no files, at most MOST_LINKS; the last entry says how many more there are."""
    others = [(link, href) for link in links if (href := link.href) not in files]
    told = [{"url": href, "text": link.label()} for link, href in others[:MOST_LINKS]]
    if len(others) > MOST_LINKS:
        told.append({"url": "", "text": f"… and {len(others) - MOST_LINKS} more"})
    return told


def _main_text(html: str) -> str:
    for main in (True, False):
        text = extract_plain_text(html, main_content=main, links=False, alt_texts=False, preserve_formatting=True)
        cut = f"\n… cut here: {len(text):,} characters in all" if len(text) > MOST_TEXT else ""
        lines = [tidy(line) for line in text[:MOST_TEXT].splitlines()]
        if kept := "\n".join(line for line in lines if line):
            return kept + cut
    return ""


def _title(page: Part) -> str:
    for selector in ("head title", "h1"):
        for part in page.many(selector):
            if part.text:
                return part.text
    return urlsplit(page.url).path
