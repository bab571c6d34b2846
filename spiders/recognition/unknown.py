"""What a site is watched as that runs on nothing we know: a list, a table, a feed, a sitemap, or a page.

A recogniser like the others, asked last. Nothing is believed that was not tried: a list is read by the very
spider that will read it, on the page that was fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from scrapy.http import TextResponse

from spiders.errors import PageError
from spiders.feeds import read_feed
from spiders.links import is_document
from spiders.recognition.data import table_at
from spiders.recognition.lists import list_on, proven
from spiders.recognition.model import Proposal, Question, Recogniser, Seen, Sign
from spiders.sitemap import read_sitemap
from spiders.watched import main_text, title_of

FEW_WORDS = 25
"""A page of scripts that says no more than this is filled by them."""
_SHELL = re.compile(
    r"<(?:div|main|app-root|nr-app)\b[^>]*\bid\s*=\s*[\"']?(?:app|root|__next|__nuxt|app-root|svelte|ember\w*)\b|<app-root\b|ng-app\b|data-reactroot"
    r"|(?:enable|requires?|needs?|turn on) (?:javascript|scripts)|javascript (?:is|must be) (?:required|enabled|disabled)",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_TEXTS = ("main", "article", "#content", "#main-content", "#main", ".entry-content", ".page-content")
"""Where a page's own words may stand."""
_FEEDS = "link[rel~=alternate][type='application/rss+xml'], link[rel~=alternate][type='application/atom+xml']"


class UnknownSite(Recogniser):
    """Any address that answers."""

    platform = ""
    spider = "pages"

    def signs(self, seen: Seen) -> list[Sign]:  # noqa: ARG002  it fits everything
        return []

    def questions(self, seen: Seen) -> list[Question]:
        """The page of the first row, where a list's rows lead to pages of their own."""
        found = list_on(seen)
        if found is None or found.parameters["kind"] != "page":
            return []
        first = _first_page(seen, found)
        return [Question("first", first)] if first else []

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        """A portal that was tried on the answer, or None where nothing of it can be read."""
        if not isinstance(seen.response, TextResponse):
            return _document(seen) if is_document(seen.url) else None
        start = seen.text.lstrip("\ufeff \t\r\n")[:2_000]
        markup = re.match(r"<(?!\?xml|rss|feed|urlset|sitemapindex|rdf)", start, re.IGNORECASE) is not None
        if not markup and (found := _feed(seen) or _sitemap(seen)):
            return found
        if not start.startswith("<"):
            data = re.search(r"json|csv|tab-separated", seen.header("Content-Type")) or start[:1] in {"[", "{"}
            return table_at(seen) or (None if data or not start else _page(seen))
        if (found := list_on(seen)) is not None:
            return _with_details(found, answers.get("first"))
        return _shell(seen) or _page(seen)


def _first_page(seen: Seen, found: Proposal) -> str:
    """Where the list's first row leads, on the same host."""
    records = proven(seen, dict(found.parameters))
    url = records[0].url if records else ""
    return url if url and url.startswith(seen.join("/")) and not is_document(url) else ""


def _with_details(found: Proposal, first: Seen | None) -> Proposal:
    """The list with the pages that its rows lead to, where one was seen."""
    if first is None or first.status != 200 or not isinstance(first.response, TextResponse):
        return found
    try:
        selector = next((one for one in _TEXTS if len(first.page.many(one)) == 1 and first.page.one(one).text), "")
        files = sum(1 for link in first.page.links() if is_document(link.href))
    except PageError:
        return found
    detail = {"text": selector} if selector else {}
    said = f"the page of the first row has {files} documents" + (f", and its words in {selector}" if selector else "")
    return replace(found, parameters={**found.parameters, "detail": detail}, evidence=(*found.evidence, said))


def _feed(seen: Seen) -> Proposal | None:
    try:
        entries = read_feed(seen.url, seen.response.body)
    except PageError:
        return None
    if not entries:
        return None
    return Proposal(
        "pages", seen.url, parameters={"feed": seen.url}, window=True,
        evidence=(f"the address is a feed with {len(entries)} entries, first “{entries[0].title[:80]}”",),
        doubts=("a feed shows the newest only; where the site has a sitemap, `sitemap` shows all",),
    )  # fmt: skip


def _sitemap(seen: Seen) -> Proposal | None:
    try:
        listed = read_sitemap(seen.url, seen.response.body)
    except PageError:
        return None
    many = len(listed.pages)
    if not seen.text.lstrip("\ufeff \t\r\n").startswith("<") or not (many or listed.sitemaps):
        return None
    further = f" and {len(listed.sitemaps)} further sitemaps" if listed.sitemaps else ""
    return Proposal(
        "pages", seen.url, parameters={"sitemap": seen.url}, records=many or None if not further else None,
        evidence=(f"the address is a sitemap with {many} pages{further}",),
        doubts=("every page it lists is watched; parameters.only, a pattern of addresses, takes fewer",),
    )  # fmt: skip


def _shell(seen: Seen) -> Proposal | None:
    """A page that is empty until its scripts run."""
    words = len(main_text(seen.text).split())
    scripts = len(_SCRIPT.findall(seen.text))
    sign = _SHELL.search(seen.text)
    if not scripts or words > FEW_WORDS * (3 if sign else 1) or seen.page.links():
        return None
    return Proposal(
        "pages", seen.url, name=_named(seen), browser=True,
        evidence=(f"without its {scripts} script{'' if scripts == 1 else 's'} the page says {words} words and links to nothing: they make it",),
        doubts=("it is loaded in a browser, which is slower; if the scripts ask an API for JSON, `table` on its address is better",),
    )  # fmt: skip


def _page(seen: Seen) -> Proposal | None:
    """The page itself: its words, its links, its documents."""
    text = main_text(seen.text)
    if not text:
        return None
    documents = sorted({link.href for link in seen.page.links() if is_document(link.href)})
    feeds = [link.address("href") for link in seen.page.many(_FEEDS)]
    doubts = ["nothing on it repeats like a list of records: it is watched as one page"]
    doubts += (
        [f"it names a feed; to watch what it announces, add it: parameters.feed = {feeds[0]!r}"]
        if feeds and feeds[0]
        else []
    )
    return Proposal(
        "pages", seen.url, name=_named(seen), records=1, files=len(documents),
        evidence=(f"a page of {len(text.split()):,} words with {len(documents)} document{'' if len(documents) == 1 else 's'}",), doubts=tuple(doubts),
    )  # fmt: skip


def _document(seen: Seen) -> Proposal:
    return Proposal(
        "pages", seen.url, records=1, files=1, file_bytes=len(seen.response.body),
        evidence=("the address is a document: it is watched for being replaced",),
    )  # fmt: skip


def _named(seen: Seen) -> str:
    return title_of(seen.page)[:120]
