"""MuckRock: records requests to one agency, one place, or under one tag, with what came back.

    spider = "muckrock"
    url = "https://www.muckrock.com/agency/cedar-hollow-88/cedar-hollow-police-department-1207/"
    [parameters]
    agency = 1207
    [token]
    variable = "MUCKROCK_TOKEN"

Identity is the request's number, which ends its address; titles, and the agency's own number, come and change.
Who asked, and the letters, are no fields; of a letter its date, direction, status and subject are.

From where: v1's object (R, 2024); v2's objects, filters and cursors, what an embargo is (C, the platform's own
source, 2026); 401 without a token for both, 15 requests a minute after the first hundred, tokens that live five
minutes (T, read 2026). Filters with a wrong name are ignored (C): every request is checked against ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Sighting
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.page import clean_link
from spiders.parameters import read_parameters, wrong_parameter
from spiders.platforms.each import read_each
from spiders.platforms.muckrock_request import MuckRockSettings, Place, embargoed, record
from spiders.portal_spider import Callback, Output, PortalSpider

PAGE_SIZE = 100
MOST_PARTS = 20_000
"""Letters of one request, or files of its letters; real ones have dozens."""
NUMBER = re.compile(r"(?:-|/)(\d+)/?(?:[?#]|$)")
EMBARGO = re.compile(rb'"embargo(?:_status)?"\s*:\s*(?:true|"(?:embargo|permanent)")')
NOT_THERE = [400, 404, 410]
SHORT_LIVED = (
    "MuckRock's access tokens for v2 live five minutes: put a fresh one into the variable before each crawl, and watch "
    'lists of some fifty requests at most; or use parameters.api = "v1" with the token of your profile page'
)
PATHS = {"v1": ("api_v1", "foia", "agency", "jurisdiction"), "v2": ("api_v2", "requests", "agencies", "jurisdictions")}


class MuckRockSpider(PortalSpider):
    """A list of requests; of each, in v2, its letters and their files; of each agency, name and place, once."""

    extractor = "muckrock 1"
    settings_type = MuckRockSettings
    platform = "MuckRock"
    delay = 4.0

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._parameters = said = read_parameters(portal, MuckRockSettings)
        if not (said.agency or said.jurisdiction or said.tag or said.title):
            raise wrong_parameter(portal, "agency", 0, "say agency, jurisdiction, tag or title: all of it is too much")
        self._site = "{0.scheme}://{0.netloc}".format(urlsplit(portal.url))
        base, *names = PATHS[said.api]
        self._requests, self._agencies, self._jurisdictions = (f"{self._site}/{base}/{name}/" for name in names)
        self._places: dict[int, Place] = {}
        self._waiting: dict[int, list[Answer]] = {}
        """Agency → requests that wait for its name."""
        self._hidden = 0
        """Requests under an embargo that a token shows."""
        if said.api == "v2":
            self.hints.append(SHORT_LIVED)

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:
        """The API's answer for one request: the site turns programs away."""
        found = NUMBER.search(url)
        base, name, *_ = PATHS["v1" if portal.parameters.get("api") == "v1" else "v2"]
        return (
            "{0.scheme}://{0.netloc}/{1}/{2}/{3}/".format(urlsplit(portal.url), base, name, found[1]) if found else ""
        )

    @classmethod
    def gone(cls, body: bytes) -> bool:
        """A request under an embargo is not published, though who has a token may be shown it."""
        return EMBARGO.search(body) is not None

    def first(self) -> Iterable[scrapy.Request]:
        said = self._parameters
        asked = {"agency": said.agency, "jurisdiction": said.jurisdiction, "tags": said.tag, "title": said.title}
        asked = {name: value for name, value in asked.items() if value} | {"page_size": PAGE_SIZE}
        yield self._ask(f"{self._requests}?{urlencode(asked)}", self.listed, number=1)

    def listed(self, response: Response, number: int) -> Iterator[Output]:
        """One page of requests."""
        answer = self._answered(response)
        found = answer.many("results")
        for item in found:
            self._check(item)
        public = [item for item in found if not embargoed(item)]
        self.new_rows(response.url, "", number, [item.text("id") for item in found])
        if number == 1 and not found:
            yield EmptyMarker(response.url, "results: []")
        yield from (Sighting(item.text("id"), self._address(item, None)) for item in public)
        following = self._next(answer)
        self._hidden += len(found) - len(public)
        count = answer.optional_number("count")
        total = None if count is None else count - self._hidden
        yield ListingPage(response.url, number, len(public), last=not following, total=total)
        if following:
            yield self._ask(following, self.listed, number=number + 1)
        yield from read_each(public, self._place_of)

    def agency(self, response: Response, agency: int) -> Iterator[Output]:
        """An agency's name, and the number of its place."""
        answer = self._answered(response)
        place = answer.number("jurisdiction")
        asked = self._ask(f"{self._jurisdictions}{place}/", self.jurisdiction, agency=agency, name=answer.text("name"))
        yield asked.replace(dont_filter=True)  # of two agencies in one place, each waits for its own answer

    def jurisdiction(self, response: Response, agency: int, name: str) -> Iterator[Output]:
        """The place's name; then the requests that waited for it."""
        answer = self._answered(response)
        number = answer.number("id")
        place = Place(name, answer.text("name"), f"{answer.text('slug')}-{number}", number)
        self._places[agency] = place
        yield from read_each(self._waiting.pop(agency), lambda item: self._placed(item, place))

    def letters(self, response: Response, item: Answer, before: Sequence[Answer]) -> Iterator[Output]:
        """What was written about one request, maybe on several pages."""
        answer = self._answered(response)
        letters = _more(answer, before)
        if following := self._next(answer):
            yield self._ask(following, self.letters, item=item, before=letters)
            return
        for letter in letters:
            if letter.text("foia") != item.text("id"):
                raise letter.wrong("foia", f"letters of request {item.text('id')} alone", letter.text("foia"))
        yield from self._files(item, letters, [letter.text("id") for letter in letters if letter.texts("files")], [])

    def files(
        self, response: Response, item: Answer, letters: Sequence[Answer], left: Sequence[str], before: Sequence[Answer]
    ) -> Iterator[Output]:
        """The files of one letter, then those of the next."""
        answer = self._answered(response)
        files = _more(answer, before)
        if following := self._next(answer):
            yield self._ask(following, self.files, item=item, letters=letters, left=left, before=files)
        else:
            yield from self._files(item, letters, left, files)

    def _files(
        self, item: Answer, letters: Sequence[Answer], left: Sequence[str], files: Sequence[Answer]
    ) -> Iterator[Output]:
        if not left:
            place = self._places[item.number("agency")]
            yield record(item, place, self._address(item, place), letters, files)
            return
        url = f"{self._site}/api_v2/files/?{urlencode({'communication': left[0], 'page_size': PAGE_SIZE})}"
        yield self._ask(url, self.files, item=item, letters=letters, left=left[1:], before=files)

    def _place_of(self, item: Answer) -> Iterator[Output]:
        agency = item.number("agency")
        if agency in self._places:
            yield from self._placed(item, self._places[agency])
        elif agency in self._waiting:
            self._waiting[agency].append(item)
        else:
            self._waiting[agency] = [item]
            yield self._ask(f"{self._agencies}{agency}/", self.agency, agency=agency)

    def _placed(self, item: Answer, place: Place) -> Iterator[Output]:
        wanted = self._parameters.jurisdiction
        if wanted and place.number != wanted:
            raise self._ignored(item, "jurisdiction", wanted, str(place.number))
        if self._parameters.api == "v1":
            letters = item.many("communications")
            files = [file for letter in letters for file in letter.many("files")]
            yield record(item, place, self._address(item, place), letters, files)
            return
        url = f"{self._site}/api_v2/communications/?{urlencode({'foia': item.text('id'), 'page_size': PAGE_SIZE})}"
        yield self._ask(url, self.letters, item=item, before=())

    def _address(self, item: Answer, place: Place | None) -> str:
        """The page a person opens, as v1 says it or made of the place; before the place is known, the API's."""
        if said := item.optional_text("absolute_url"):
            link = clean_link(item.url, said)
            if not link or NUMBER.search(link) is None:
                raise item.wrong("absolute_url", "an address that ends with the number", said)
            return link
        number = item.text("id")
        return f"{self._site}/foi/{place.path}/{item.text('slug')}-{number}/" if place else f"{self._requests}{number}/"

    def _check(self, item: Answer) -> None:
        """Raises PageError for a request that was not asked for: the list goes on as if there were no filter."""
        said = self._parameters
        if said.agency and item.number("agency") != said.agency:
            raise self._ignored(item, "agency", said.agency, item.text("agency"))
        if said.tag and said.tag.casefold() not in {tag.casefold() for tag in item.texts("tags")}:
            raise self._ignored(item, "tags", said.tag, ", ".join(item.texts("tags")))
        if said.title and said.title.casefold() not in item.text("title").casefold():
            raise self._ignored(item, "title", said.title, item.text("title"))

    def _ignored(self, item: Answer, name: str, wanted: Any, there: str) -> PageError:
        found = f"request {item.text('id')} with {there or 'none'}"
        return PageError(item.url, f"the filter {name}", f"requests with {name} {wanted} alone", found)

    def _next(self, answer: Answer) -> str:
        link = answer.optional_text("next")
        following = clean_link(answer.url, link) if link else ""
        if link and urlsplit(following).netloc != urlsplit(answer.url).netloc:
            raise answer.wrong("next", "a further page of this list", link)
        return following

    def _answered(self, response: Response) -> Answer:
        """The answer as JSON. Raises PageError where it says that there is no such thing."""
        if response.status != 200:
            raise PageError(
                response.url, "the answer", "status 200", f"status {response.status}: {response.body[:120]!r}"
            )
        return self.answer(response)

    def _ask(self, url: str, callback: Callback, **arguments: Any) -> scrapy.Request:
        request = self.json_request(url, callback, **arguments)
        request.meta["handle_httpstatus_list"] = NOT_THERE
        return request


def _more(answer: Answer, before: Sequence[Answer]) -> list[Answer]:
    """What was had before, and this page's.

    Raises:
        PageError: nothing of it is new, or it is more than `MOST_PARTS`: such lists may never end.
    """
    known = {item.text("id") for item in before}
    found = answer.many("results")
    if before and not {item.text("id") for item in found} - known:
        raise PageError(answer.url, "results", "others than on the pages before", f"{len(found)} that were there")
    if len(before) + len(found) > MOST_PARTS:
        raise PageError(answer.url, "results", f"at most {MOST_PARTS:,} in all", "more")
    return [*before, *(item for item in found if item.text("id") not in known)]
