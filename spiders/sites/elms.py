"""Chicago's City Clerk, eLMS: ordinances, resolutions and council meetings, through the Clerk's open API.

    spider = "elms"
    url = "https://chicityclerkelms.chicago.gov/"
    [parameters]
    search = ["body worn camera", "Civilian Office of Police Accountability"]

Identity is the Clerk's own id of a matter or meeting (a GUID). The record number is none: a substitute gets
another one (`O2026-0025394` becomes `SO2026-0025394`); it is an alias.

From where (C, six public programs read 2026): `/search?search="…"&top=&skip=&sort=` and `/matter?filter=` answer
`{"data": [...], "meta": {"skip", "top", "count", "pages"}}`, at most 500 rows; `/matter/<id>`, `/meeting`; rows of a
search carry `actions` and `attachments`; some detail answers are JSON inside a JSON text; a meeting's `agenda` is
empty, its agenda is a file. The pages are shells, so the API is asked whether a matter is still there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Record, Sighting, Value
from spiders.answer import Answer, decoded, read_json
from spiders.errors import PageError
from spiders.links import kind_of
from spiders.page import clean_link, iso
from spiders.parameters import read_parameters, wrong_parameter
from spiders.players import media_file
from spiders.portal_spider import Output, PortalSpider

MOST = 500
DATE = {"%Y-%m-%dT%H:%M:%S%z": "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S": "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S.%f%z": "%Y-%m-%d"}
MOMENT = {"%Y-%m-%dT%H:%M:%S%z": "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S": "%Y-%m-%dT%H:%M:%S"}
TEXTS = {
    "recordNumber": "record_number", "type": "type", "status": "status", "subStatus": "sub_status",
    "controllingBody": "body", "filingSponsor": "sponsor", "matterCategory": "category", "shortTitle": "short_title",
}  # fmt: skip


class ElmsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[parameters]` of the portal; docs/portals/elms.md."""

    search: tuple[str, ...] = ()
    """Phrases; each is a list of its own."""
    filter: tuple[str, ...] = ()
    """Conditions on matters as the API takes them, `type eq 'Ordinance' and fileYear eq 2026`."""
    meetings: str = ""
    """Condition on meetings, `body eq 'Committee on Public Safety'`; empty: no meetings."""
    api: str = "https://api.chicityclerkelms.chicago.gov"
    page_size: int = MOST


class ElmsSpider(PortalSpider):
    """A list per phrase and filter, and one of meetings."""

    extractor = "elms 1"
    delay = 1.0
    settings_type = ElmsSettings
    says_nothing_of_extraction = frozenset({"search", "filter", "meetings", "api", "page_size"})

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._settings = said = read_parameters(portal, ElmsSettings)
        if not 1 <= said.page_size <= MOST:
            raise wrong_parameter(portal, "page_size", said.page_size, f"use 1 to {MOST}")
        if not (said.search or said.filter or said.meetings):
            raise wrong_parameter(
                portal, "search", [], "say what to watch: search, filter or meetings; all of it is 200,000 matters"
            )
        self._site = "{0.scheme}://{0.netloc}".format(urlsplit(portal.url))
        self.allowed_domains = sorted({*self.allowed_domains, urlsplit(said.api).hostname or ""})

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:
        """The API's answer for a matter or meeting; the page itself is a shell."""
        query = parse_qs(urlsplit(url).query)
        api = read_parameters(portal, ElmsSettings).api.rstrip("/")
        for name, path in (("matterId", "matter"), ("meetingId", "meeting")):
            if ident := query.get(name, [""])[0]:
                return f"{api}/{path}/{quote(ident, safe='')}"
        return ""

    def first(self) -> Iterable[scrapy.Request]:
        said = self._settings
        for phrase in said.search:
            yield self._page(
                f"search: {phrase}", "search", {"search": f'"{phrase}"', "sort": "introductionDate desc"}, 1
            )
        for chosen in said.filter:
            yield self._page(f"filter: {chosen}", "matter", {"filter": chosen, "sort": "introductionDate desc"}, 1)
        if said.meetings:
            yield self._page("meetings", "meeting", {"filter": said.meetings, "sort": "date desc"}, 1)

    def listed(
        self, response: Response, listing: str, path: str, query: dict[str, str], number: int
    ) -> Iterator[Output]:
        answer = document(response)
        rows, meta = answer.many("data"), answer.one("meta")
        total, skipped = meta.number("count"), meta.optional_number("skip")
        wanted = (number - 1) * self._settings.page_size
        if skipped is not None and skipped != wanted:
            raise PageError(response.url, "meta.skip", str(wanted), str(skipped))
        meetings = path == "meeting"
        idents = [row.text("meetingId" if meetings else "matterId") for row in rows]
        for ident in idents:
            yield Sighting(ident, self._address(ident, meetings=meetings))
        self.new_rows(response.url, listing, number, idents)
        seen = wanted + len(rows)
        if not rows and seen < total:
            raise PageError(response.url, "data", f"rows up to the {total} that meta.count says", f"none after {seen}")
        if not total:
            yield EmptyMarker(response.url, "meta.count is 0")
        yield ListingPage(response.url, number, len(rows), last=seen >= total, total=total, listing=listing)
        if seen < total:
            yield self._page(listing, path, query, number + 1)
        for row, ident in zip(rows, idents, strict=True):
            if meetings:
                yield self._meeting(row, ident)
            elif row.has("attachments"):
                yield self._matter(row, ident)
            else:
                yield self.json_request(
                    f"{self._settings.api.rstrip('/')}/matter/{quote(ident)}", self.matter, ident=ident
                )

    def matter(self, response: Response, ident: str) -> Iterator[Output]:
        row = document(response)
        if row.text("matterId") != ident:
            raise PageError(response.url, "matterId", ident, row.text("matterId"))
        yield self._matter(row, ident)

    def _page(self, listing: str, path: str, query: dict[str, str], number: int) -> scrapy.Request:
        size = self._settings.page_size
        words = urlencode({**query, "top": size, "skip": (number - 1) * size})
        address = f"{self._settings.api.rstrip('/')}/{path}?{words}"
        return self.json_request(address, self.listed, listing=listing, path=path, query=query, number=number)

    def _address(self, ident: str, *, meetings: bool) -> str:
        name = "Meeting/?meetingId" if meetings else "Matter/?matterId"
        return f"{self._site}/{name}={quote(ident, safe='')}"

    def _matter(self, row: Answer, ident: str) -> Record:
        fields: dict[str, Value] = {field: row.optional_text(said) for said, field in TEXTS.items()}
        fields["introduction_date"] = row.optional_date("introductionDate", DATE)
        fields["final_action_date"] = row.optional_date("finalActionDate", DATE)
        fields["actions"] = [
            {key: value for key, value in said.items() if value}
            for action in (row.many("actions") if row.has("actions") else [])
            if (said := {"date": action.optional_date("actionDate", DATE), "body": action.optional_text("actionByName"),
                         "action": action.optional_text("actionName"), "text": action.optional_text("actionText")})
        ]  # fmt: skip
        number, title = row.text("recordNumber"), row.text("title")
        return Record(
            ident, "legislation", self._address(ident, meetings=False), title, fields, _files(row, "attachments"),
            aliases=(number,), printed_key=number, raw=row.raw, text=title,
        )  # fmt: skip

    def _meeting(self, row: Answer, ident: str) -> Record:
        at, body = row.optional_text("date"), row.text("body")
        when = at if at and iso(row.url, "date", at, MOMENT) else None
        fields: dict[str, Value] = {
            "body": body, "date": when, "location": row.optional_text("location"), "status": row.optional_text("status"),
        }  # fmt: skip
        files = list(_files(row, "files"))
        for link in (
            row.texts("videoLink") if isinstance(row.value.get("videoLink"), list) else [row.optional_text("videoLink")]
        ):
            recording = media_file(row.url, link, "Recording", "video") if link else None
            files += [recording] if recording else []
        title = f"{body}, {when[:10]}" if when else body
        return Record(ident, "meeting", self._address(ident, meetings=True), title, fields, tuple(files), raw=row.raw)


def document(response: Response) -> Answer:
    """The answer; one that is JSON inside a JSON text is taken out of it."""
    answer = read_json(response)
    if isinstance(answer.value, str):
        try:
            return Answer(response.url, decoded(answer.value))
        except (msgspec.DecodeError, RecursionError) as error:
            raise PageError(response.url, "the answer", "JSON", repr(answer.value[:60])) from error
    return answer


def _files(row: Answer, key: str) -> tuple[File, ...]:
    found: dict[str, File] = {}
    for one in row.many(key) if row.has(key) else []:
        link = clean_link(row.url, one.optional_text("path") or "")
        if link:
            said = (one.optional_text("attachmentType") or "").lower()
            kind = said if said in {"agenda", "minutes"} else kind_of(link)
            name = one.optional_text("fileName") or one.optional_text("attachmentType") or "attachment"
            found.setdefault(urlsplit(link).path, File(link, name, kind))
    return tuple(found.values())
