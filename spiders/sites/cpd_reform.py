"""The Chicago Police Department's site: draft policies with comment windows, posts, pages on reform.

Identity is a post's kind and the slug in its address (`policy-review/foot-pursuits`): one address keeps one
draft while its window is extended in place, and titles are edited. Posts that an archive shows whole, without a link
of their own, have the number that WordPress writes into their class (`post-1234`).

Evidence: texts of `/draft_policy_archive/` in two states (2023, 2024), of `/policy-review/` with its numbering
`?query-12-page=36`, of single drafts (2019 to 2024), and class names that WordPress itself writes
(`type-<kind>`, `post-<number>`, `entry-content`, `wp-block-query-pagination-next`). No raw page was seen: what
is not as expected raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Page, Record, Sighting, Value
from spiders.errors import PageError
from spiders.lines import lines_of
from spiders.links import is_document, key_of, kind_of
from spiders.page import Part
from spiders.parameters import read_parameters
from spiders.portal_spider import Output, PortalSpider
from spiders.sites.cpd_reform_words import claims, numbers, under, window

POST = re.compile(r"(?:^| )type-([a-z0-9_-]+)(?: |$)")
POST_NUMBER = re.compile(r"(?:^| )(post-\d+)(?: |$)")
POSTS = "li[class*=type-], article[class*=type-], div[class*=type-]"
HEADLINES = "h1 a, h2 a, h3 a, h4 a, .wp-block-post-title a, .entry-title a"
NEXT = "a.wp-block-query-pagination-next, a.next.page-numbers"
PAGE_NUMBER = re.compile(r"[0-9]{1,6}")
EMPTY = re.compile(r"No recent posts have been published", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MODIFIED = ".wp-block-post-date__modified-date"
IMPROVEMENT = re.compile(r"\bareas? (?:of|for) improvement\b", re.IGNORECASE)
STUDY = re.compile(r"\bstud(?:y|ies)\b.*\bupdates?\b|\bupdates?\b.*\bstud(?:y|ies)\b", re.IGNORECASE)
STAGES = (
    ("draft-policy", re.compile(r"(?<![a-z])draft", re.IGNORECASE)),
    ("current-policy", re.compile(r"(?<![a-z])current(?![a-z])", re.IGNORECASE)),
    ("final-policy", re.compile(r"(?<![a-z])final(?![a-z])", re.IGNORECASE)),
)
FORUM = re.compile(r"public comment forum for (?:the )?([^.]{3,200}?)(?: directives?| policy)?\.")


class ReformSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of a reform site; `url` is the first list of drafts."""

    drafts: tuple[str, ...] = ()
    """Further lists of draft policies."""
    news: tuple[str, ...] = ()
    """Lists of posts, such as the media center."""
    pages: tuple[str, ...] = ()
    """Pages on reform: areas of improvement, study updates."""
    directives: str = ""
    """Host of the directives in force: links there are where a draft became final."""


class Item(msgspec.Struct, frozen=True):
    """A row of a list."""

    key: str
    url: str
    kind: str
    dates: dict[str, str | None]


class CpdReformSpider(PortalSpider):
    """Lists of posts, and the page of each; pages by themselves."""

    extractor = "cpd-reform 1"
    settings_type = ReformSettings
    delay = 1.0

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        said = read_parameters(portal, ReformSettings)
        self._lists = {urljoin(portal.url, url): "draft_policy" for url in (portal.url, *said.drafts)}
        self._lists |= {urljoin(portal.url, url): "post" for url in said.news}
        self._pages = [urljoin(portal.url, url) for url in said.pages]
        self._directives = said.directives.lower()
        self._taken: set[str] = set()

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:
        """A post that an archive shows whole has no page of its own that could be asked."""
        said = read_parameters(portal, ReformSettings)
        return "" if url in {urljoin(portal.url, listed) for listed in (portal.url, *said.drafts, *said.news)} else url

    def first(self) -> Iterable[scrapy.Request]:
        for url, kind in self._lists.items():
            yield self.request(url, self.listing, listing=url, number=1, kind=kind)
        for url in self._pages:
            yield self.request(url, self.reform_page, address=url)

    def listing(self, response: Response, listing: str, number: int, kind: str) -> Iterator[Output]:
        """One page of a list of posts."""
        page = self.page(response)
        name = key_of(listing, urlsplit(self.portal.url).netloc)
        parts = [part for part in page.many(POSTS) if POST.search(part.attribute("class")) and not part.in_navigation()]
        if not parts:
            words = EMPTY.search(page.text)
            if words is None or number > 1:
                raise PageError(page.url, POSTS, "at least 1 post, or words that there is none", "none")
            yield EmptyMarker(page.url, words[0])
            yield ListingPage(page.url, 1, 0, last=True, listing=name)
            return
        items = [(self._item(part, kind), part) for part in parts]
        self.new_rows(page.url, name, number, (item.key for item, _ in items))
        for item, _ in items:
            yield Sighting(item.key, item.url)
        following = {link.href for link in page.many(NEXT)}
        shown = {int(part.text) for part in page.many(".page-numbers.current") if PAGE_NUMBER.fullmatch(part.text)}
        pages = max(
            (int(part.text) for part in page.many(".page-numbers") if PAGE_NUMBER.fullmatch(part.text)), default=None
        )
        if (shown and shown != {number}) or len(following) > 1 or (pages and bool(following) != (number < pages)):
            expected = f"page {number} of {pages}, and a next page until the last"
            raise PageError(page.url, NEXT, expected, f"page {sorted(shown)}, next {sorted(following)}")
        yield ListingPage(page.url, number, len(items), last=not following, pages=pages, listing=name)
        for link in following:
            yield self.request(link, self.listing, listing=listing, number=number + 1, kind=kind)
        for item, part in items:
            if item.key in self._taken:
                continue
            self._taken.add(item.key)
            if item.url == page.url:
                yield from self._post(part, part, item, self._named(part))
            else:
                yield self.request(item.url, self.post, item=item)

    def post(self, response: Response, item: Item) -> Iterator[Output]:
        """A post's own page."""
        page = self.page(response)
        yield from self._post(page, page.one(".entry-content"), item, page.one("h1").text)

    def reform_page(self, response: Response, address: str) -> Iterator[Output]:
        """A page on reform."""
        page = self.page(response)
        key = key_of(address, urlsplit(self.portal.url).netloc)
        yield Sighting(key, address)
        item = Item(key, address, "page", {})
        yield from self._post(page, page.one(".entry-content"), item, page.one("h1").text)
        yield ListingPage(page.url, 1, 1, last=True, listing=key)

    def _item(self, part: Part, kind: str) -> Item:
        found = POST.search(part.attribute("class"))
        assert found is not None
        own = {link.href for link in part.links(HEADLINES) if self.in_scope(link.href) and not is_document(link.href)}
        if not own:
            own = {link.href for link in part.links() if _beneath(link.href, {found[1], _first(part.url)})}
        if len(own) > 1:
            raise PageError(part.url, POSTS, "1 link to the post's own page", str(sorted(own)))
        for url in own:
            return Item(f"{found[1]}/{_slug(url)}", url, kind, _dates(part))
        number = POST_NUMBER.search(part.attribute("class"))
        if number is None:
            raise PageError(part.url, POSTS, "a link to the post's own page, or a number post-<n>", part.text[:80])
        return Item(f"{found[1]}/{number[1]}", part.url, kind, _dates(part))

    def _named(self, part: Part) -> str:
        """What a draft without a headline is called in its first sentence."""
        found = FORUM.search(part.text)
        if found is None:
            raise PageError(part.url, POSTS, "`public comment forum for the …`", part.text[:80])
        return found[1]

    def _post(self, page: Part, body: Part, item: Item, title: str) -> Iterator[Output]:
        text = lines_of(body.html)
        if not title or not text:
            raise PageError(page.url, ".entry-content", "a title and words", repr(title or text))
        files = _files(body)
        links = [link.href for link in body.links()]
        fields: dict[str, Value] = {
            **item.dates,
            "directives": numbers(title, text, *(file.name for file in files)),
            "claims": claims(text),
            "text": text,
        }
        if item.kind == "draft_policy":
            when = window(page.url, text)
            fields |= {
                "comment_opens": when.opens,
                "comment_closes": when.closes,
                "comment_extended": when.extended,
                "comment_days": when.days,
                "comment_period": when.said,
                "final": [link for link in links if self._directives and _host(link) == self._directives],
            }
        else:
            fields |= {"areas_of_improvement": under(body, IMPROVEMENT), "study_updates": under(body, STUDY)}
        yield Record(
            key=item.key, kind=item.kind, url=item.url, title=title, fields=fields, files=files, raw=body.html,
            text=text, absent_means_unknown=frozenset({"posted", "updated"}),
        )  # fmt: skip
        yield Page(item.url, title, text)


def _host(link: str) -> str:
    return (urlsplit(link).hostname or "").lower()


def _first(link: str) -> str:
    return urlsplit(link).path.strip("/").partition("/")[0]


def _slug(link: str) -> str:
    return unquote(urlsplit(link).path).rstrip("/").rsplit("/", 1)[-1]


def _beneath(link: str, folders: set[str]) -> bool:
    """Whether it is `/<folder>/<slug>/`: neither the list itself nor one of its pages."""
    folder, _, rest = unquote(urlsplit(link).path).strip("/").partition("/")
    return folder in folders and bool(rest) and "/" not in rest and not urlsplit(link).query


def _dates(part: Part) -> dict[str, str | None]:
    """What a list prints as `Posted:` and `Updated:`, where it prints them."""
    stamps: Mapping[str, Part | None] = {
        "posted": part.optional(f".wp-block-post-date:not({MODIFIED}) time[datetime]"),
        "updated": part.optional(f"{MODIFIED} time[datetime]"),
    }
    found: dict[str, str | None] = {}
    for name, stamp in stamps.items():
        if stamp is not None:
            day = stamp.attribute("datetime")[:10]
            if not DAY.fullmatch(day):
                raise PageError(part.url, "time[datetime]", "a day as 2024-02-08", repr(stamp.attribute("datetime")))
            found[name] = day
    return found


def _files(body: Part) -> tuple[File, ...]:
    """Documents that the text links to, by what their names say they are."""
    found: dict[str, File] = {}
    for link in body.links():
        url = link.href
        if is_document(url) and kind_of(url) != "image":
            name = link.text or url.rsplit("/", 1)[-1]
            stage = next((kind for kind, words in STAGES if words.search(f"{name} {url.rsplit('/', 1)[-1]}")), "")
            found.setdefault(url, File(url, name, stage or kind_of(url)))
    return tuple(found.values())
