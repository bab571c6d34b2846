"""CKAN: an open-data portal's data sets, with the files that each holds.

    spider = "ckan"
    url = "https://data.example.gov/organization/police-department"
    [parameters]
    organization = "police-department"

Identity is the data set's id (a UUID): its name, which makes its address, is edited now and then. An uploaded file
goes by its resource's id, because its address ends with the name of whatever was uploaded last; a linked file by its
address, because harvesters give such resources another id every night.

From where: answers, caps and errors of the action API (C, the platform's own source and documentation, 2026). Pages
are asked for in the order of ids: the usual order, newest change first, moves while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Record, Sighting
from releases.model import Value as FieldValue
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.links import is_document, kind_of
from spiders.page import clean_link
from spiders.parameters import read_parameters, wrong_parameter
from spiders.platforms.each import read_each
from spiders.portal_spider import Output, PortalSpider

MOST_ROWS = 1000
"""Data sets that the platform gives at once, whatever is asked for; a portal may have set less."""
MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:?00)?")
BELOW = re.compile(r"/(?:[a-z]{2}(?:[-_][A-Za-z]{2,4})?/)?(?:dataset|organization|group|api)(?:/.*)?$")
"""What stands behind the portal's root in the addresses of its pages; some have a language in between."""
UPLOADED = re.compile(r"/dataset/[^/]+/resource/([^/]+)/download/")
NO_FILES = frozenset({
    "api", "rest", "rest api", "esri rest", "arcgis geoservices rest api", "arcgis online map", "ogc wms", "wms", "wfs", "wmts",
    "html", "htm", "web page", "website", "webpage", "web", "link", "url", "dashboard", "application", "tableau",
})  # fmt: skip
"""Formats of services and pages: what they answer is another thing each time, and no release."""
NOT_THERE = [400, 404, 409, 410]


class CkanSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters]; all data sets of the portal by default."""

    organization: str = ""
    """Its name as in addresses: `police-department`."""
    query: str = ""
    """Words, as in the portal's own search field."""
    filter: str = ""
    """Solr condition, e.g. `tags:"use of force"`."""
    page_size: int = 100


class CkanSpider(PortalSpider):
    """One search, which has all there is to say of each data set."""

    extractor = "ckan 1"
    settings_type = CkanSettings
    says_nothing_of_extraction = frozenset({"page_size"})
    platform = "CKAN"
    delay = 1.0

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._parameters = said = read_parameters(portal, CkanSettings)
        if not 1 <= said.page_size <= MOST_ROWS:
            raise wrong_parameter(portal, "page_size", said.page_size, f"use 1 to {MOST_ROWS:,} data sets")
        if not re.fullmatch(r"[\w-]*", said.organization):
            raise wrong_parameter(portal, "organization", said.organization, "use its name as in addresses")
        self._root = root_of(portal.url)

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:
        """The API's answer for one data set: themes of portals answer 200 for what is gone."""
        name = url.rpartition("/dataset/")[2]
        return f"{root_of(portal.url)}/api/3/action/package_show?id={name}" if name and "/dataset/" in url else ""

    @classmethod
    def gone(cls, body: bytes) -> bool:
        """Some portals answer 200 for an error too."""
        return re.search(rb'"success"\s*:\s*false', body) is not None and b"Not Found" in body

    def first(self) -> Iterable[scrapy.Request]:
        yield self._ask(0, 1)

    def datasets(self, response: Response, number: int, offset: int) -> Iterator[Output]:
        """One page of the search: for each data set a sighting and a record."""
        result = self._result(response)
        total, found = result.number("count"), result.many("results")
        for package in found:
            self._check(package)
        self.new_rows(response.url, "", number, [package.text("id") for package in found])
        if number == 1 and not total:
            yield EmptyMarker(response.url, "count: 0")
        seen = offset + len(found)
        if seen < total and not found:
            raise PageError(response.url, "result.results", f"data sets up to {total:,}", f"none after {offset:,}")
        yield ListingPage(response.url, number, len(found), last=seen >= total, total=total)
        if seen < total:
            yield self._ask(seen, number + 1)
        yield from read_each(found, self._told)

    def _told(self, package: Answer) -> Iterator[Output]:
        yield Sighting(package.text("id"), self._address(package))
        yield self._record(package)

    def _record(self, package: Answer) -> Record:
        key, name = package.text("id"), package.text("name")
        title, notes = package.optional_text("title") or name, package.optional_text("notes")
        organization = package.optional("organization")
        resources = package.many("resources")
        fields: dict[str, FieldValue] = {
            "name": name, "description": notes,
            "organization": (organization.optional_text("title") or organization.text("name")) if organization else None,
            "groups": sorted(_names(package, "groups")), "tags": sorted(_names(package, "tags")),
            "license": package.optional_text("license_title") or package.optional_text("license_id"),
            "created": _moment(package, "metadata_created"), "modified": _moment(package, "metadata_modified"),
            "resources": [_said(one, "name", "format", "url", "hash") for one in resources],
            "resource_dates": [_said(one, "name", "size", "created", "last_modified") for one in resources],
            "extras": [_said(one, "key", "value") for one in package.many("extras")] if package.has("extras") else [],
        }  # fmt: skip
        files = {found.identity or found.url: found for one in resources if (found := _file(one))}
        return Record(
            key, "dataset", self._address(package), title, fields, tuple(files.values()), aliases=(name,),
            raw=package.raw, text="\n".join(filter(None, [title, notes])),
            # Each harvest touches these, whether anything changed or not.
            flapping=frozenset({"modified", "resource_dates", "extras"}),
        )  # fmt: skip

    def _address(self, package: Answer) -> str:
        return f"{self._root}/dataset/{quote(package.text('name'), safe='')}"

    def _check(self, package: Answer) -> None:
        """Raises PageError for a data set that was not asked for: the search goes on as if there were no filter."""
        wanted, organization = self._parameters.organization, package.optional("organization")
        there = organization.text("name") if organization else "none"
        if wanted and there != wanted:
            raise PageError(
                package.url,
                "the filter organization",
                f"data sets of {wanted} alone",
                f"{package.text('name')} of {there}",
            )

    def _ask(self, offset: int, number: int) -> scrapy.Request:
        said = self._parameters
        owner = f'organization:"{said.organization}"' if said.organization else ""
        conditions = " AND ".join(filter(None, [owner, f"({said.filter})" if said.filter else ""]))
        asked = {"q": said.query, "fq": conditions} if conditions else {"q": said.query}
        question = urlencode({**asked, "rows": said.page_size, "start": offset, "sort": "id asc"})
        url = f"{self._root}/api/3/action/package_search?{question}"
        request = self.json_request(url, self.datasets, number=number, offset=offset)
        request.meta["handle_httpstatus_list"] = NOT_THERE
        return request

    def _result(self, response: Response) -> Answer:
        """What the action answers. Raises PageError with the portal's own words where it failed."""
        answer = self.answer(response)
        if response.status != 200 or not answer.flag("success"):
            error = answer.optional("error")
            said = error.raw[:300] if error else f"status {response.status}"
            raise PageError(response.url, "package_search", "success", said)
        return answer.one("result")


def root_of(url: str) -> str:
    """Where the portal begins, without a slash at the end."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, BELOW.sub("", parts.path).rstrip("/"), "", ""))


def _names(package: Answer, key: str) -> list[str]:
    found = package.many(key) if package.has(key) else []
    return [one.optional_text("display_name") or one.optional_text("title") or one.text("name") for one in found]


def _said(one: Answer, *keys: str) -> dict[str, str]:
    """What it says of `keys`, as texts; what is empty is left out."""
    found: dict[str, Any] = {key: one.value.get(key) for key in keys}
    return {
        key: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for key, value in found.items()
        if value not in (None, "", [], {})
    }


def _file(resource: Answer) -> File | None:
    """The resource as a file; None for services, pages, and what has no address."""
    said, form = resource.optional_text("url"), (resource.optional_text("format") or "").lower().lstrip(".")
    link = clean_link(resource.url, said) if said else ""
    if not link or form in NO_FILES or not (form or is_document(link)):
        return None
    uploaded = UPLOADED.search(urlsplit(link).path)
    identity = f"ckan:{uploaded[1]}" if uploaded else ""
    name = resource.optional_text("name") or urlsplit(link).path.rsplit("/", 1)[-1] or link
    return File(link, name, kind_of(link) if is_document(link) else kind_of(f"x.{form}"), identity)


def _moment(package: Answer, name: str) -> str | None:
    """A moment in UTC, to the second. Raises PageError for another form."""
    at = package.optional_match(name, MOMENT, "a moment as 2031-02-03T04:05:06.789012")
    return f"{at}Z" if at else None
