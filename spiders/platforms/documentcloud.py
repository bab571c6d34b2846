"""DocumentCloud: what newsrooms and agencies publish there, by organization, project, uploader or search.

    spider = "documentcloud"
    url = "https://www.documentcloud.org/projects/cedar-hollow-reports-4021/"
    [parameters]
    project = 4021

Identity is the document's number: slug, title and hosts of files change, the number begins each address. The
file is `<asset_url>documents/<number>/<slug>.pdf`; a document may be replaced in place, then `file_hash`
changes and so do the bytes at the same address.

From where: list, paging and search answers (R, a development server, 2025: test documents); cursors without a
count in version 2.0, page sizes, which documents strangers see, the file's path (C, the platform's own source);
10 requests a second (T). Lists have been seen to ignore a filter (C): every document is checked against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Record, Sighting
from releases.model import Value as FieldValue
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.page import clean_link
from spiders.parameters import read_parameters, wrong_parameter
from spiders.platforms.each import read_each
from spiders.portal_spider import Output, PortalSpider

PER_PAGE = 100
MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z")
DOCUMENT = re.compile(r"/documents/(\d+)")
ACCESS = re.compile(rb'"access"\s*:\s*"(\w+)"')
NOT_THERE = [400, 404, 410]


class DocumentCloudSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters]: at least one, and a document must satisfy all of them."""

    organization: int = 0
    project: int = 0
    user: int = 0
    """Number of who uploaded."""
    query: str = ""
    """A search, as in the site's own field: `source:"Cedar Hollow Police"`."""


class DocumentCloudSpider(PortalSpider):
    """One list of documents, which has all there is to say of each."""

    extractor = "documentcloud 1"
    settings_type = DocumentCloudSettings
    platform = "DocumentCloud"
    delay = 0.2

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._parameters = read_parameters(portal, DocumentCloudSettings)
        if self._parameters == DocumentCloudSettings():
            raise wrong_parameter(
                portal, "project", 0, "say organization, project, user or query: all of it is too much"
            )
        self._total: int | None = None
        self._seen = 0

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:
        """The API's answer for one document; the page a person opens is filled by a script."""
        found = DOCUMENT.search(url)
        return f"{_api(portal)}documents/{found[1]}/" if found else ""

    @classmethod
    def gone(cls, body: bytes) -> bool:
        """A document that only its owners see any more; a stranger is answered 404."""
        found = ACCESS.search(body)
        return found is not None and found[1] != b"public"

    def first(self) -> Iterable[scrapy.Request]:
        said = self._parameters
        asked: dict[str, Any] = {"organization": said.organization, "project": said.project, "user": said.user}
        asked = {name: number for name, number in asked.items() if number}
        if said.query:  # oldest first, as the plain list is: what is new comes last, and moves no page
            asked |= {"q": said.query, "sort": "-created_at"}
        asked |= {"per_page": PER_PAGE, "version": "2.0"}
        yield self._ask(f"{_api(self.portal)}documents/{'search/' if said.query else ''}?{urlencode(asked)}", 1)

    def documents(self, response: Response, number: int) -> Iterator[Output]:
        """One page of the list: for each document a sighting and a record."""
        if response.status != 200:
            yield self._refused(response, number)
            return
        answer = self.answer(response)
        found = answer.many("results")
        for document in found:
            self._check(document)
        # Who has a token sees documents that are not published.
        public = [document for document in found if document.text("access") == "public"]
        self.new_rows(response.url, "", number, [document.text("id") for document in found])
        following = self._next(answer, found)
        self._seen += len(public)
        if self.portal.token is None:
            self._total = answer.optional_number("count")
        if number == 1 and not found:
            yield EmptyMarker(response.url, "results: []")
        yield ListingPage(response.url, number, len(public), last=not following, total=self._total)
        if following:
            yield self._ask(following, number + 1)
        yield from read_each(public, self._told)

    def _told(self, document: Answer) -> Iterator[Output]:
        yield Sighting(document.text("id"), self._address(document))
        yield self._record(document)

    def _record(self, document: Answer) -> Record:
        number, data = document.text("id"), document.optional("data")
        assets = document.text("asset_url")
        link = clean_link(
            assets if assets.endswith("/") else f"{assets}/", f"documents/{number}/{document.text('slug')}.pdf"
        )
        if not link:
            raise document.wrong("asset_url", "an http(s) address", assets)
        title = document.text("title")
        fields: dict[str, FieldValue] = {
            **{name: document.optional_text(name) for name in ("source", "description", "language")},
            "pages": document.optional_number("page_count"), "file_hash": document.optional_text("file_hash"),
            "created": _moment(document, "created_at"), "updated": _moment(document, "updated_at"),
            **{name: document.optional_text(name) for name in ("access", "status", "organization")},
            "projects": sorted(document.texts("projects"), key=lambda one: (len(one), one)), "tags": data.texts("_tag") if data else [],
            "data": _data(data), "original_extension": document.optional_text("original_extension"),
            "related_article": document.optional_text("related_article"), "published_url": document.optional_text("published_url"),
        }  # fmt: skip
        return Record(
            number, "document", self._address(document), title, fields,
            (File(link, f"{title}.pdf", identity=f"documentcloud:{number}"),),
            raw=document.raw, text="\n".join(filter(None, [title, document.optional_text("description")])),
            # Both change with every look that the platform takes at a document by itself.
            flapping=frozenset({"updated", "status"}),
        )  # fmt: skip

    def _address(self, document: Answer) -> str:
        link = clean_link(document.url, document.text("canonical_url"))
        if not link or not DOCUMENT.search(link):
            raise document.wrong("canonical_url", "an address with /documents/<number>", document.text("canonical_url"))
        return link

    def _check(self, document: Answer) -> None:
        """Raises PageError for a document that was not asked for: the list goes on as if there were no filter."""
        said, projects = self._parameters, document.texts("projects")
        for name, wanted, there in (
            ("organization", said.organization, [document.optional_text("organization")]),
            ("project", said.project, projects), ("user", said.user, [document.optional_text("user")]),
        ):  # fmt: skip
            if wanted and str(wanted) not in there:
                raise PageError(
                    document.url, f"the filter {name}", f"documents of {name} {wanted} alone",
                    f"document {document.text('id')} of {name} {', '.join(filter(None, there)) or 'none'}",
                )  # fmt: skip

    def _next(self, answer: Answer, found: list[Answer]) -> str:
        link = answer.optional_text("next")
        if not link:
            return ""
        following = clean_link(answer.url, link)
        if urlsplit(following).netloc != urlsplit(answer.url).netloc or not found:
            raise answer.wrong("next", "a further page of this list", f"{link} after {len(found)} documents")
        return following

    def _refused(self, response: Response, number: int) -> ListingPage:
        """Searches end at some page, whatever there is beyond it. Raises PageError where this is no such end."""
        beyond = (self._total or 0) - self._seen
        if self._parameters.query and number > 1 and response.status == 404 and beyond > 0:
            return ListingPage(response.url, number, 0, last=True, total=self._total, capped=beyond)
        raise PageError(
            response.url, "the list", f"page {number}", f"status {response.status}: {response.body[:120]!r}"
        )

    def _ask(self, url: str, number: int) -> scrapy.Request:
        request = self.json_request(url, self.documents, number=number)
        request.meta["handle_httpstatus_list"] = NOT_THERE
        return request


def _api(portal: Portal) -> str:
    """The API stands on a host of its own, below that of the site."""
    host = urlsplit(portal.url).netloc
    return f"https://{host if host.startswith('api.') else f'api.{host}'}/api/"


def _moment(document: Answer, name: str) -> str | None:
    """A moment in UTC, to the second. Raises PageError for another form."""
    at = document.optional_match(name, MOMENT, "a moment as 2025-09-23T20:03:52.712360Z")
    return f"{at}Z" if at else None


def _data(data: Answer | None) -> list[dict[str, str]]:
    """What its owners noted, by key; each key has a list of values."""
    values: Mapping[str, Any] = data.value if data else {}
    return [
        {"key": str(key), "value": ", ".join(map(str, value if isinstance(value, list) else [value]))}
        for key, value in sorted(values.items())
        if key != "_tag"
    ]
