"""Chicago's Office of Inspector General: reviews and reports, with their documents and agencies' responses.

Identity is the slug in a report's address. Titles are no identity: three recommendations of one year have the
same title and differ by log number alone. Reports have stood at `/<year>/<month>/<day>/<slug>/` (2021 to 2023)
and at `/publications/<slug>/` (2025); log numbers, the office's case numbers and the address are aliases.

Evidence: T for the list's two layouts (A: date and teaser; B: title and summary, no date), C for addresses and
documents (`/wp-content/uploads/…pdf`). No markup was seen. So nothing here goes by class names: a row is the
outermost element that leads to one report and to no other, the next page is the link to `…/page/N+1/`, and a
report is what its own page says. The site is WordPress: where its REST API lists the publications,
`recordwatch portals add` proposes `spider = "wordpress"`, which is surer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import msgspec
import scrapy
from scrapy.http import Response, TextResponse

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Record, Sighting, Value
from spiders.errors import PageError
from spiders.page import Part, iso
from spiders.parameters import read_parameters
from spiders.platforms.wordpress_posts import files_in
from spiders.portal_spider import Output, PortalSpider
from spiders.watched import main_text, steady

DATED = re.compile(r"/(?P<day>(?:19|20)\d\d/[01]\d/[0-3]\d)/(?P<slug>[^/]+)/?")
PUBLISHED = re.compile(r"/publications/(?P<slug>[^/]+)/?")
PRINTED = re.compile(
    r"(?P<day>(?:January|February|March|April|May|June|July|August|September|October|November|December) \d\d?, \d{4})"
)
NOTHING = re.compile(
    r"\bno (?:publications|reports|results|posts)(?: (?:were|have been))?(?: (?:found|published))?\b", re.IGNORECASE
)
MORE = re.compile(r"\A(?:load|show|view|see) (?:more|all)\b", re.IGNORECASE)
LOGS = re.compile(r"\blog (?:numbers?|nos?\.?|#s?)\W{0,3}((?:\d{4}-\d{3,7}|\d{6,7})(?:(?:, | and |, and )(?:\d{4}-\d{3,7}|\d{6,7})){0,20})", re.IGNORECASE)  # fmt: skip
CASES = re.compile(r"\bOIG (?:case|file) (?:number|no\.?|#)?\W{0,3}((?:[A-Z]\d{4}-\d{4,12})|\d\d-\d{4})", re.IGNORECASE)
NUMBER = re.compile(r"\d{4}-\d{3,7}|\d{6,7}")
MOST_LOOKS = 5_000_000
"""Blocks times links of a list that is read; ordinary ones have some 100,000."""
RESPONSE = re.compile(r"\brespon(?:se|ds?)\b", re.IGNORECASE)
BY_LAYOUT = frozenset({"listed_date", "teaser", "summary", "published"})
"""What one layout of list or address says and the other does not."""


class OigSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of the Inspector General's site."""

    sections: tuple[str, ...] = (
        "reviews-reports", "quarterly-reports", "audits", "advisories", "annual-plans", "investigations", "press-releases",
    )  # fmt: skip
    """Names under `/publications/` that are lists themselves."""


class OigSpider(PortalSpider):
    """One list by pages, and a page per report."""

    extractor = "oig 1"
    settings_type = OigSettings

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self.said = read_parameters(portal, OigSettings)

    def first(self) -> Iterable[scrapy.Request]:
        yield self._page(self.portal.url, 1)

    def _page(self, url: str, number: int) -> scrapy.Request:
        request = self.request(url, self.listing, number=number)
        request.meta["handle_httpstatus_list"] = [404, 410]
        return request

    def listing(self, response: Response, number: int) -> Iterator[Output]:
        if response.status != 200:
            raise PageError(response.url, f"page {number} of the list", "reports", f"status {response.status}")
        page = self.page(response)
        rows = self._rows(page)
        if not rows:
            words = NOTHING.search(page.one("body").text)
            if words is None or number > 1:
                raise PageError(page.url, "a[href]", "links to reports, or words that there is none", "neither")
            yield EmptyMarker(page.url, words[0])
            yield ListingPage(page.url, number, 0, last=True)
            return
        self.new_rows(page.url, "reports", number, rows)
        for key, (link, _) in rows.items():
            yield Sighting(key, link)
        pages = self._pages(page)
        following = pages.get(number + 1)
        if following is None and pages and max(pages) > number:
            raise PageError(page.url, "a[href]", f"a link to page {number + 1}", f"links to pages {sorted(pages)}")
        # A button adds more reports by script: how many, nobody says.
        button = not pages and any(
            MORE.match(one.text) for one in page.many("button, a[role=button], a.button, input[type=button]")
        )
        yield ListingPage(page.url, number, len(rows), last=following is None, capped=1 if button else None)
        if following is not None:
            yield self._page(following, number + 1)
        for key, (link, fields) in rows.items():
            yield self.request(link, self.report, key=key, row=fields)

    def report(self, response: Response, key: str, row: dict[str, Value]) -> Iterator[Output]:
        """A report's own page."""
        page = self.page(response)
        assert isinstance(response, TextResponse)
        html = self.html(response)
        title = next((head.text for head in page.many("h1") if head.text and not head.in_navigation()), "")
        if not title:
            raise PageError(page.url, "h1", "the report's title", "none")
        text = main_text(html)
        files = tuple(_kinds(files_in(page, images=False)))
        if not text and not files:
            raise PageError(page.url, "the main text", "words or documents", "neither")
        told = f"{title} {text} {row.get('summary') or ''}"
        logs = list(dict.fromkeys(number for found in LOGS.finditer(told) for number in NUMBER.findall(found[1])))
        cases = list(dict.fromkeys(found[1] for found in CASES.finditer(told)))
        fields: dict[str, Value] = {
            "title": title, "log_numbers": logs, "oig_case_numbers": cases, "text": steady(text), **row,
        }  # fmt: skip
        if day := _published(page, str(row.get("listed_date") or "")):
            fields["published"] = day
        yield Record(
            key=key, kind="report", url=page.url, title=f"{title} ({', '.join(logs)})" if logs else title,
            fields=fields, files=files, aliases=tuple(dict.fromkeys([page.url, *logs, *cases])), raw=html, text=text,
            absent_means_unknown=BY_LAYOUT,
        )  # fmt: skip

    def _slug(self, link: str) -> str:
        """The report's slug; empty for links to anything else."""
        if urlsplit(link).query or not self.in_scope(link):
            return ""
        path = unquote(urlsplit(link).path)
        found = DATED.fullmatch(path) or PUBLISHED.fullmatch(path)
        slug = found["slug"].lower() if found else ""
        return "" if slug in self.said.sections else slug

    def _rows(self, page: Part) -> dict[str, tuple[str, dict[str, Value]]]:
        """Slug → address, and what the list prints about it."""
        links = {link.href: slug for link in page.links() if (slug := self._slug(link.href))}
        rows: dict[str, tuple[str, dict[str, Value]]] = {slug: (link, {}) for link, slug in links.items()}
        done: set[str] = set()
        blocks, most = page.many("li, article, section, div, tr, p"), len(page.many("a[href]"))
        if len(blocks) * most > MOST_LOOKS:
            raise PageError(page.url, "the list", "a page of ordinary size", f"{len(blocks):,} blocks, {most:,} links")
        for part in blocks:
            slugs = {links[link.href] for link in part.many("a[href]") if link.address("href") in links}
            if len(slugs) == 1 and not slugs & done:
                (slug,) = slugs
                done.add(slug)
                rows[slug] = (rows[slug][0], _printed(part))
        return rows

    def _pages(self, page: Part) -> dict[int, str]:
        """Number → address of the list's pages that this one links to; page links stand in a `nav` as often as not."""
        base = re.sub(r"/page/\d+/?\Z", "/", urlsplit(page.url).path).rstrip("/")
        found = {}
        for link in page.many("a[href]"):
            address = link.address("href")
            number = re.fullmatch(re.escape(base) + r"/page/(\d{1,5})/?", urlsplit(address).path) if address else None
            if number and self.in_scope(address):
                found[int(number[1])] = address
        return found


def _printed(row: Part) -> dict[str, Value]:
    """What a row prints: date and teaser (layout A), or title and summary (layout B)."""
    text = row.text
    date = PRINTED.match(text)
    if date:
        day = iso(row.url, "the date in the list", date["day"], {"%B %d, %Y": "%Y-%m-%d"})
        return {"listed_date": day, "teaser": text[date.end() :].strip(" -–|") or None}
    return {"summary": text or None}


def _published(page: Part, listed: str) -> str | None:
    """The day of publication: in the page's head, in its address, or in the list."""
    for selector, name in (("meta[property='article:published_time']", "content"), ("time[datetime]", "datetime")):
        for part in page.many(selector)[:1]:
            day = part.attribute(name)[:10]
            if re.fullmatch(r"\d{4}-\d\d-\d\d", day):
                return day
    dated = DATED.fullmatch(urlsplit(page.url).path)
    return dated["day"].replace("/", "-") if dated else listed or None


def _kinds(files: Iterable[File]) -> Iterator[File]:
    """Documents as `response` (an agency's answer) or `report`, by name and address."""
    for file in files:
        if file.kind == "document":
            said = f"{file.name} {urlsplit(file.url).path.rsplit('/', 1)[-1].replace('-', ' ').replace('_', ' ')}"
            yield replace(file, kind="response" if RESPONSE.search(said) else "report")
        else:
            yield file
