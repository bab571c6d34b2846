"""Legistar (Granicus): what a council or a police commission decides, through the maker's Web API.

    spider = "legistar"
    url = "https://example-city.legistar.com/Legislation.aspx"
    [parameters]
    bodies = ["Police Commission"]

Identity is the API's own number of a matter or meeting (`matter-6291`, `event-812`): file numbers are corrected
and used again, and the web pages' `ID=` is another number than the API's. Both are kept as aliases or links.

From where (C, a dozen public programs read 2026): `webapi.legistar.com/v1/<client>/matters` and `/events`, OData
`$filter`, `$orderby`, `$top` (at most 1,000) and `$skip`, no total anywhere; XML unless JSON is asked for; dates as
`2026-09-14T00:00:00`; `/matters/<id>/attachments` and `/histories`; `gateway.aspx?m=l&id=/matter.aspx?key=<id>` leads
to a matter's page. A list ends with the first page that is not full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Record, Sighting, Value
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.links import kind_of
from spiders.page import clean_link, iso
from spiders.parameters import read_parameters, wrong_parameter
from spiders.players import media_file
from spiders.portal_spider import Output, PortalSpider

MOST = 1000
"""Rows a page has at most, whatever `$top` says."""
DATE = {"%Y-%m-%dT%H:%M:%S": "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S.%f": "%Y-%m-%d"}
MATTER_FIELDS = {
    "MatterFile": "file_number", "MatterTypeName": "type", "MatterStatusName": "status", "MatterBodyName": "body",
    "MatterRequester": "requester_office", "MatterEnactmentNumber": "enactment_number",
}  # fmt: skip
MATTER_DATES = {
    "MatterIntroDate": "introduced_date", "MatterAgendaDate": "agenda_date", "MatterPassedDate": "passed_date",
    "MatterEnactmentDate": "enactment_date",
}  # fmt: skip
EVENT_FILES = {"EventAgendaFile": ("Agenda", "agenda"), "EventMinutesFile": ("Minutes", "minutes")}


class LegistarSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[parameters]` of a Legistar portal; docs/portals/legistar.md."""

    lists: tuple[Literal["matters", "events"], ...] = ("matters", "events")
    client: str = ""
    """The city's name at the API; the first label of the portal's host unless told."""
    api: str = "https://webapi.legistar.com/v1"
    bodies: tuple[str, ...] = ()
    """Bodies by their full names; empty: all of them."""
    since: str = ""
    """Matters introduced and meetings held from this day on, `2024-01-01`."""
    words: tuple[str, ...] = ()
    """Only matters whose title has one of these words, upper and lower case apart."""
    histories: bool = True
    page_size: int = MOST


class LegistarSpider(PortalSpider):
    """Matters with attachments and actions, and meetings with agenda, minutes and recording."""

    extractor = "legistar 1"
    platform = "Legistar"
    delay = 1.0
    settings_type = LegistarSettings
    says_nothing_of_extraction = frozenset({"lists", "client", "api", "bodies", "since", "words", "page_size"})

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._settings = said = read_parameters(portal, LegistarSettings)
        if not 1 <= said.page_size <= MOST:
            raise wrong_parameter(portal, "page_size", said.page_size, f"use 1 to {MOST}")
        if said.since:
            try:
                iso(portal.url, "since", said.since, {"%Y-%m-%d": "%Y-%m-%d"})
            except PageError as error:
                raise wrong_parameter(portal, "since", said.since, "use a day such as '2024-01-01'") from error
        self._api = api_of(portal, said)
        self._site = "{0.scheme}://{0.netloc}".format(urlsplit(portal.url))
        self.allowed_domains = sorted({*self.allowed_domains, urlsplit(self._api).hostname or ""})

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:
        """A matter's gateway leads somewhere whatever became of it; the API answers 404."""
        key = parse_qs(urlsplit(url).query).get("id", [""])[0].rpartition("key=")[2]
        return f"{api_of(portal, read_parameters(portal, LegistarSettings))}/matters/{key}" if key.isdigit() else url

    def first(self) -> Iterable[scrapy.Request]:
        for name in self._settings.lists:
            yield self._page(name, 1)

    def matters(self, response: Response, number: int) -> Iterator[Output]:
        rows = self.answer(response).many()
        for row in rows:
            key = row.number("MatterId")
            yield Sighting(f"matter-{key}", self._matter_url(key), stamp=self._matter_stamp(row))
        yield from self._listed(response, "matters", number, [f"matter-{row.number('MatterId')}" for row in rows])
        for row in rows:
            if not self.unchanged(f"matter-{row.number('MatterId')}", self._matter_stamp(row)):
                address = f"{self._api}/matters/{row.number('MatterId')}/attachments"
                yield self.json_request(address, self.attachments, row=row)

    def attachments(self, response: Response, row: Answer) -> Iterator[Output]:
        files = tuple(_attachments(self.answer(response).many()))
        if self._settings.histories:
            address = f"{self._api}/matters/{row.number('MatterId')}/histories"
            yield self.json_request(address, self.histories, row=row, files=files)
        else:
            yield self._matter(row, files, None)

    def histories(self, response: Response, row: Answer, files: tuple[File, ...]) -> Iterator[Output]:
        yield self._matter(row, files, _actions(self.answer(response).many()))

    def events(self, response: Response, number: int) -> Iterator[Output]:
        rows = self.answer(response).many()
        for row in rows:
            yield Sighting(_event_key(row), _event_url(row))
        yield from self._listed(response, "events", number, map(_event_key, rows))
        for row in rows:
            yield self._event(row)

    def _page(self, name: str, number: int) -> scrapy.Request:
        said = self._settings
        words = {"$orderby": f"{'MatterId' if name == 'matters' else 'EventId'} asc", "$top": str(said.page_size),
                 "$skip": str((number - 1) * said.page_size)}  # fmt: skip
        if chosen := self._filter(name):
            words = {"$filter": chosen, **words}
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in words.items())
        callback = self.matters if name == "matters" else self.events
        return self.json_request(f"{self._api}/{name}?{query}", callback, number=number)

    def _filter(self, name: str) -> str:
        """OData version 3; a quote inside a text is written twice."""
        body, day = ("MatterBodyName", "MatterIntroDate") if name == "matters" else ("EventBodyName", "EventDate")
        parts = []
        if self._settings.bodies:
            parts.append(_any(f"{body} eq '{_quoted(one)}'" for one in self._settings.bodies))
        if self._settings.since:
            parts.append(f"{day} ge datetime'{self._settings.since}'")
        if self._settings.words and name == "matters":
            parts.append(_any(f"substringof('{_quoted(word)}', MatterTitle) eq true" for word in self._settings.words))
        return " and ".join(parts)

    def _listed(self, response: Response, name: str, number: int, keys: Iterable[str]) -> Iterator[Output]:
        shown = list(keys)
        self.new_rows(response.url, name, number, shown)
        if len(shown) > self._settings.page_size:
            raise PageError(response.url, "$top", f"at most {self._settings.page_size} rows", str(len(shown)))
        ended = len(shown) < self._settings.page_size
        if not shown and number == 1:
            yield EmptyMarker(response.url, "[]: the API lists nothing")
        yield ListingPage(response.url, number, len(shown), last=ended, listing=name)
        if not ended:
            yield self._page(name, number + 1)

    def _matter_stamp(self, row: Answer) -> str:
        modified = row.optional_text("MatterLastModifiedUtc")
        return self.stamp(f"{modified}Z" if modified else None, row.raw)

    def _matter_url(self, key: int) -> str:
        return f"{self._site}/gateway.aspx?m=l&id=/matter.aspx?key={key}"

    def _matter(self, row: Answer, files: tuple[File, ...], actions: list[dict[str, str]] | None) -> Record:
        key, name = row.number("MatterId"), row.optional_text("MatterName")
        fields: dict[str, Value] = {field: row.optional_text(said) for said, field in MATTER_FIELDS.items()}
        fields |= {field: row.optional_date(said, DATE) for said, field in MATTER_DATES.items()}
        title = row.optional_text("MatterTitle") or name or row.text("MatterFile")
        fields["name"] = name if name != title else None
        if actions is not None:
            fields["actions"] = actions
        number = row.optional_text("MatterFile") or ""
        return Record(
            f"matter-{key}", "legislation", self._matter_url(key), title, fields, files,
            aliases=tuple(filter(None, (number, row.optional_text("MatterGuid")))), printed_key=number, raw=row.raw,
            text=" ".join(filter(None, (title, name))),
        )  # fmt: skip

    def _event(self, row: Answer) -> Record:
        body, day = row.text("EventBodyName"), row.optional_date("EventDate", DATE)
        fields: dict[str, Value] = {
            "body": body, "date": day, "time": row.optional_text("EventTime"), "location": row.optional_text("EventLocation"),
            "agenda_status": row.optional_text("EventAgendaStatusName"), "comment": row.optional_text("EventComment"),
            "minutes_status": row.optional_text("EventMinutesStatusName"),
        }  # fmt: skip
        files = [
            File(url, name, kind)
            for said, (name, kind) in EVENT_FILES.items()
            if (url := clean_link(row.url, row.optional_text(said) or ""))
        ]
        if video := row.optional_text("EventVideoPath"):
            recording = media_file(row.url, video, "Recording", "video")
            files += [recording] if recording else []
        return Record(
            _event_key(row), "meeting", _event_url(row), f"{body}, {day}" if day else body, fields, tuple(files),
            aliases=tuple(filter(None, (row.optional_text("EventGuid"),))), raw=row.raw,
        )  # fmt: skip


def api_of(portal: Portal, settings: LegistarSettings) -> str:
    """The client's base address at the API."""
    client = settings.client or (urlsplit(portal.url).hostname or "").partition(".")[0]
    return f"{settings.api.rstrip('/')}/{quote(client, safe='')}"


def _attachments(rows: Iterable[Answer]) -> Iterator[File]:
    """Those that the web pages show; the address is stable, and so is its number."""
    for row in rows:
        link = clean_link(row.url, row.optional_text("MatterAttachmentHyperlink") or "")
        if link and row.optional_flag("MatterAttachmentShowOnInternetPage") is not False:
            name = row.optional_text("MatterAttachmentName") or "attachment"
            yield File(link, name, kind_of(link), f"attachment:{row.number('MatterAttachmentId')}")


def _actions(rows: Iterable[Answer]) -> list[dict[str, str]]:
    """What happened to a matter, as printed, in the API's order; a row entered twice once."""
    names = {
        "action": "MatterHistoryActionName",
        "body": "MatterHistoryActionBodyName",
        "result": "MatterHistoryPassedFlagName",
    }
    found = []
    for row in rows:
        said = {
            "date": row.optional_date("MatterHistoryActionDate", DATE),
            **{key: row.optional_text(name) for key, name in names.items()},
        }
        kept = {key: value for key, value in said.items() if value}
        if kept and kept not in found:
            found.append(kept)
    return found


def _event_key(row: Answer) -> str:
    return f"event-{row.number('EventId')}"


def _event_url(row: Answer) -> str:
    """The page a person opens. Raises PageError."""
    link = clean_link(row.url, row.text("EventInSiteURL"))
    if not link:
        raise row.wrong("EventInSiteURL", "an http(s) link", row.value["EventInSiteURL"])
    return link


def _any(terms: Iterable[str]) -> str:
    listed = list(terms)
    return f"({' or '.join(listed)})" if len(listed) > 1 else listed[0]


def _quoted(text: str) -> str:
    return text.replace("'", "''")
