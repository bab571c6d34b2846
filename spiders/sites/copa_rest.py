"""COPA's cases once more, by WordPress's REST API: what its list hides, and what only its list shows.

The list is the source; this is a second witness. Decided so, because each mistake costs something else:

- A case that the list does not show and the REST API still has is published: anybody can open its page. It is
  sighted and read as any other, with `listed` false. That it left the list is a change of this field, told
  with both captures; it is withdrawn when neither has it any more.
- Many such cases at once (more than `FEW`, and than `SHARE` of the list) say that the list was cut, or that
  the two never were the same. Then the REST API changes nothing and a note says how many: whether a list that
  has become short is believed is for the crawl's own doubts.
- A case that the REST API does not have is as listed as before; a note says so.
- It says when each case was last saved (`modified_gmt`), so it is asked before the list: a case that was not
  saved since its page was read is not opened again.
- A REST API that is not there (404) is no witness. One that refuses, fails or says something else than
  cases may hide cases which were not listed before: what is absent today is then withdrawn only when its own
  page is gone (`capped`). Neither makes the crawl any less healthy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.errors import ConfigError
from config.portal import Portal
from releases.model import ListingPage, Note, Sighting
from spiders.errors import PageError
from spiders.page import clean_link
from spiders.parameters import read_parameters
from spiders.platforms.wordpress import counted, error_code
from spiders.portal_spider import Output, PortalSpider

PATH = "/wp-json/wp/v2/case"
PER_PAGE = 100
LISTING = "REST API"
FEW, SHARE = 5, 0.2


class CopaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of COPA's portal."""

    rest: bool = False
    """Whether the REST API is asked for cases that the list does not show."""


class CrossCheckedSpider(PortalSpider):
    """The second witness. Subclasses say `list_request` and `case_requests`, give their sightings a `stamp_of`, and
    call `cross_check` when their list has ended.
    """

    settings_type = CopaSettings

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self.said = read_parameters(portal, CopaSettings)
        self.listed: dict[str, str] = {}
        """Slug → address of every case that the list shows."""
        self._rest: dict[str, str] = {}
        self._saved: dict[str, str] = {}
        """Slug → when the case was last saved, as the REST API says."""
        self._silence: list[Output] = []
        """What to say in place of a comparison. Said when the list was read: before, it would look like an answer
        of a portal that gives none."""

    def first(self) -> Iterable[scrapy.Request]:
        yield self._page(1) if self.said.rest else self.list_request()

    def list_request(self) -> scrapy.Request:
        """The list's first page."""
        raise ConfigError("this spider does not say where its list is", where=type(self).__name__)

    def stamp_of(self, slug: str, *, listed: bool) -> str:
        """Of a case's sighting. That a case is listed is part of its record."""
        return self.stamp(self._saved.get(slug), listed)

    def case_requests(
        self,
        cases: Iterable[tuple[str, str]],  # noqa: ARG002  for those that read cases
        *,
        listed: bool,  # noqa: ARG002  the same
    ) -> Iterator[scrapy.Request]:
        """Requests for the pages of these cases (slug and address)."""
        raise ConfigError("this spider does not say how a case is read", where=type(self).__name__)

    def cross_check(self) -> Iterator[Output]:
        """Compares the list with the REST API, where the portal file wants it."""
        if self._silence:
            yield from self._silence
        elif self.said.rest:
            yield from self._compared()

    def _page(self, number: int) -> scrapy.Request:
        url = urljoin(self.portal.url, f"{PATH}?per_page={PER_PAGE}&page={number}&_fields=id,slug,link,modified_gmt")
        return self.optional(self.json_request(url, self.rest, number=number), self.no_witness)

    def rest(self, response: Response, number: int) -> Iterator[Output]:
        """One page of the REST API's cases. Raises nothing: whatever is wrong with it is a note."""
        try:
            cases, pages = self._read(response)
            self.new_rows(response.url, LISTING, number, cases)
        except PageError as error:
            yield from self.no_witness(
                f"expected {error.expected} for {error.selector!r}, found {error.found}", None, number
            )
            return
        self._rest |= cases
        if number < pages:
            yield self._page(number + 1)
        else:
            yield self.list_request()

    def _read(self, response: Response) -> tuple[dict[str, str], int]:
        """Slug → address of the cases of this page, and how many pages there are. Raises PageError."""
        items = self.answer(response).many()
        links = [clean_link(item.url, item.text("link")) for item in items]
        pages = counted(response, "X-WP-TotalPages")
        if pages is None or not links:
            raise PageError(
                response.url, "X-WP-TotalPages", "cases, and how many pages of them", f"{len(links)}, {pages}"
            )
        cases = {slug_of(link): link for link in links}
        said = (item.optional_text("modified_gmt") for item in items)
        self._saved |= {slug: f"{at}Z" for slug, at in zip(map(slug_of, links), said, strict=True) if at}
        return cases, pages

    def _compared(self) -> Iterator[Output]:
        hidden = sorted(self._rest.keys() - self.listed.keys())
        unknown = sorted(self.listed.keys() - self._rest.keys())
        if unknown:
            yield Note(f"the list shows {_cases(unknown)} that the REST API does not have, first {unknown[0]}")
        if not hidden:
            return
        said = f"the REST API has {_cases(hidden)} that the list does not show, first {hidden[0]}"
        if len(hidden) > max(FEW, SHARE * len(self.listed)):
            yield Note(f"{said}: too many to be single cases; the list may be cut, and they are not read")
            return
        yield Note(f"{said}: still published, and read with `listed` false")
        for slug in hidden:
            yield Sighting(slug, self._rest[slug], stamp=self.stamp_of(slug, listed=False))
        yield from self.case_requests(((slug, self._rest[slug]) for slug in hidden), listed=False)

    def no_witness(self, why: str, response: Response | None, number: int) -> Iterator[Output]:
        """The REST API says nothing of use."""
        yield self.list_request()
        if response is not None and response.status == 404 and number == 1:
            self._silence = [
                Note("there is no REST API with cases any more (404): rest = false in [parameters] asks no more")
            ]
            return
        code = f" {error_code(response)}".rstrip() if response is not None else ""
        url = urljoin(self.portal.url, PATH)
        said = (
            f"the REST API could not be compared with the list ({why}{code}): what is not listed today counts as withdrawn "
            "only when its own page is gone"
        )
        self._silence = [Note(said), ListingPage(url, 1, 0, last=True, capped=1, listing=LISTING)]


def slug_of(link: str) -> str:
    """The slug of a case's address. Raises PageError."""
    path = unquote(urlsplit(link).path)
    found = re.fullmatch(r"(?:/[^/]+)*?/case/([^/]+)/?", path)
    if found is None:
        raise PageError(link, "a case's address", "/case/<slug>/", path)
    return found[1].lower()


def _cases(slugs: list[str]) -> str:
    return f"{len(slugs):,} case{'' if len(slugs) == 1 else 's'}"
