"""GovQA (`<tenant>.govqa.us`, `<tenant>.mycusthelp.com`): the public archive of answered records requests.

Identity is the reference number as the archive prints it (`E615953-091526`): every deployment lists it, people
cite it, and a request keeps it. The address has a number of its own (`rid`), which is an alias: rows without a
"Details" link do not show it.

Rows, pager and the detail page's labels: seen in real markup, 2026-09 (one deployment), and in rows of another,
2025-07. The callback that turns the page, postbacks and sessions: read in working code of several people (C).
Columns differ between deployments, so cells are found by their labels. Session tokens stand in the path,
`/(S(...))/`: whatever is told of a page is told without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec
import scrapy
from scrapy.http import Response, TextResponse

from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Sighting
from spiders.errors import PageError
from spiders.foia import state
from spiders.links import SESSION
from spiders.page import Part, parse
from spiders.parameters import read_parameters, wrong_url
from spiders.platforms.govqa_request import FIELDS, STANDARD, Row, request_record, sections, unread_record
from spiders.portal_spider import Output, PortalSpider
from spiders.webforms import WebForm, called_back_html, grid_page, read_form

LIST_PAGE, DETAIL_PAGE = "/openrecordssummary.aspx", "/requestarchivedetails.aspx"
ROW = "tr[id*=_DXDataRow]"
PAGER = re.compile(r"Page (\d{1,9}) of (\d{1,9}) \((\d{1,9}) items?\)")
NOTHING = re.compile(r"No data to display", re.IGNORECASE)
DETAILS = re.compile(r"(?:redirectInfo|OnMoreInfoClick)\(\s*(?:this\s*,\s*)?['\"]?(\d{1,18})['\"]?\s*\)")
MOST_PAGES = 20_000


class GovQaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[parameters] of a GovQA portal file."""

    labels: dict[str, str] = {}
    """Label as the portal prints it → field: `text`, `status`, `number`, … for one of a request's own, any other
    name for a field more (`"Incident Date" = "incident_date"`)."""
    details: bool = True
    """Whether requests' own pages are read; without them there are rows alone, and no files."""
    closed: int = 1_000
    """Newest closed requests whose own pages are read; those of requests that are not closed always are."""


class GovQaSpider(PortalSpider):
    """One grid, its further pages by callback, and a page per request."""

    extractor = "govqa 1"
    settings_type = GovQaSettings
    says_nothing_of_extraction = frozenset({"closed"})
    platform = "GovQA"
    delay = 1.0
    reads_first_page_twice = True

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._parameters = read_parameters(portal, GovQaSettings)
        if LIST_PAGE not in urlsplit(portal.url).path.lower():
            raise wrong_url(portal, "use the archive's address, …/OpenRecordsSummary.aspx")
        self._labels = {
            **FIELDS,
            **{label.lower().rstrip(" :"): name for label, name in self._parameters.labels.items()},
        }
        self._further = frozenset(self._labels.values()) - STANDARD
        self._closed = 0
        self._renewed: set[str] = set()
        """What was asked for a second time, with a session of its own."""

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:  # noqa: ARG003  the base class's
        """Nowhere: what the page of a request that is no longer published answers has not been seen, so that
        it proves nothing.
        """
        return ""

    def first(self) -> Iterable[scrapy.Request]:
        yield self.request(stable(self.portal.url), self.listing)

    def listing(self, response: Response, number: int = 1) -> Iterator[Output]:
        """The archive as a whole page: the list's first page, and the form for all others.

        Args:
            response: the page.
            number: the page to go on with; another than 1 after a session that ended.
        """
        page = self._page(response, LIST_PAGE)
        form = read_form(page, response.url)
        if number > 1:
            yield self._turn(form, number)
        else:
            yield from self._rows(page, form, 1)

    def turned(self, response: Response, state: WebForm, number: int) -> Iterator[Output]:
        """A further page of the list: a script that holds the grid."""
        try:
            grid = _grid(response, number)
        except PageError:
            if not self._renew(f"page {number}"):
                raise
            yield self.request(stable(self.portal.url), self.listing, number=number).replace(dont_filter=True)
            return
        yield from self._rows(grid, state, number)

    def _rows(self, page: Part, form: WebForm, number: int) -> Iterator[Output]:
        rows = page.many(ROW)
        if not rows:
            words = NOTHING.search(" ".join(row.text for row in page.many("tr[id*=_DXEmptyRow]")))
            if words is None or number > 1:
                raise PageError(page.url, ROW, "at least 1 request, or words that there is none", "none")
            yield EmptyMarker(page.url, words[0])
            yield ListingPage(page.url, number, 0, last=True, pages=1, total=0)
            return
        headers = [cell.text for cell in page.many("tr[id*=_DXHeadersRow] > td")]
        found, wrong = [], None
        for row in rows:
            try:
                found.append(self._row(row, headers))
            except PageError as error:
                wrong = wrong or error
        for one in found:
            yield Sighting(one.number, one.url)
        self.new_rows(page.url, "", number, (one.number for one in found))
        _, pages, total = pager(page) or (1, 1, len(rows))
        yield ListingPage(page.url, number, len(rows), last=number >= pages and not wrong, pages=pages, total=total)
        if number < min(pages, MOST_PAGES):
            yield self._turn(form, number + 1)
        for one in found:
            yield self._told_or_asked(one, form)
        if wrong is not None:
            raise wrong

    def _told_or_asked(self, row: Row, form: WebForm) -> Output:
        """The record as its row has it, or the question for its page."""
        if not row.rid or not self._parameters.details:
            return request_record(row, row.cells, None, self.portal.date_order)
        closed = state(row.cells.get("status")) == "closed"
        self._closed += closed
        if closed and self._closed > self._parameters.closed:
            return unread_record(row, self.portal.date_order, self._further)
        return self.request(urljoin(form.page, row.address), self.detail, row=row)

    def _row(self, row: Part, headers: list[str]) -> Row:
        cells: dict[str, str] = {}
        for place, cell in enumerate(row.children("td")):
            label, said, _ = cell.attribute("aria-label").partition(":")
            name = label if said else headers[place] if len(headers) > place else ""
            if field := self._labels.get(name.strip().lower()):
                cells.setdefault(field, cell.text)
        # From links alone: what a requester wrote into a cell leads nowhere.
        opened = {match[1] for link in row.many("a[onclick]") if (match := DETAILS.search(link.attribute("onclick")))}
        if not cells.get("number") or len(opened) > 1:
            known = [label for label, field in FIELDS.items() if field == "number"]
            expected = f"a cell labelled {' or '.join(known)}, and at most 1 link to its details"
            seen = [cell.attribute("aria-label").partition(":")[0] for cell in row.children("td")]
            raise PageError(row.url, ROW, expected, f"labels {seen or headers}, links to {sorted(opened) or 'none'}")
        rid = opened.pop() if opened else ""
        query = urlencode({"rid": rid, **_view(row.url)})
        address = f"RequestArchiveDetails.aspx?{query}" if rid else ""
        return Row(cells["number"], cells, rid, address, urljoin(row.url, address))

    def _turn(self, form: WebForm, number: int) -> scrapy.Request:
        # Always from the first page's form: a page's number is absolute, and so each page is one question.
        grid = next((name for name in form.fields if name.lower() == "gridview"), "gridView")
        said = form.called_back(grid, grid_page(number))
        return self.post_form(form.action, self.turned, said, {"Referer": form.page}, state=form, number=number)

    def detail(self, response: Response, row: Row) -> Iterator[Output]:
        """A request's own page."""
        try:
            page, form, told = self._request(response, row)
        except PageError:
            if not self._renew(row.rid):
                raise
            yield self.request(row.url, self.detail, row=row).replace(dont_filter=True)
            return
        fields = {
            field: text for label, text in told if (field := self._labels.get(label.lower())) and field != "number"
        }
        unread = sorted({label for label, _ in told} - {label for label, _ in told if label.lower() in self._labels})
        if unread and not self.hints:
            self.hints.append(f"requests also print {', '.join(unread)}: `parameters.labels` takes what you name there")
        yield request_record(row, {**row.cells, **fields}, (page, form), self.portal.date_order, self._further)

    def _request(self, response: Response, row: Row) -> tuple[Part, WebForm, list[tuple[str, str]]]:
        """The page of `row`, its form, and what it says under which label. Raises PageError."""
        page = self._page(response, DETAIL_PAGE)
        told = sections(page)
        number = next((text for label, text in told if self._labels.get(label.lower()) == "number"), "")
        if number != row.number:
            raise PageError(page.url, "Reference No:", row.number, repr(number) if number else "none")
        return page, read_form(page, response.url), told

    def _page(self, response: Response, wanted: str) -> Part:
        url = stable(response.url)
        if not isinstance(response, TextResponse) or not urlsplit(url).path.lower().endswith(wanted):
            raise PageError(
                url, "the page", f"…{wanted}", f"sent on to {urlsplit(url).path}: the session ended, or a login"
            )
        return parse(url, self.html(response))

    def _renew(self, what: str) -> bool:
        """Whether `what` may be asked for again, with a new session: once."""
        new = what not in self._renewed
        self._renewed.add(what)
        return new


def stable(url: str) -> str:
    """`url` without session: neither the token in the path nor the visitor's in the query."""
    parts = urlsplit(SESSION.sub("", url))
    query = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() != "ssessionid"]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _view(url: str) -> dict[str, str]:
    """Which of the office's archives: some have one for requests and one for released police records."""
    return {name: value for name, value in parse_qsl(urlsplit(url).query) if name == "view"}


def _grid(response: Response, number: int) -> Part:
    """The grid that a callback for page `number` gave. Raises PageError: it is another page, or none."""
    url = stable(response.url)
    if not isinstance(response, TextResponse) or not urlsplit(url).path.lower().endswith(LIST_PAGE):
        raise PageError(url, "the grid's callback", "the archive's answer", f"sent on to {urlsplit(url).path}")
    grid = parse(url, called_back_html(url, response.text))
    shown = pager(grid)
    if shown is None or shown[0] != number:
        raise PageError(url, ".dxp-summary", f"page {number}", f"page {shown[0]}" if shown else "no pager")
    return grid


def pager(page: Part) -> tuple[int, int, int] | None:
    """Page, pages and items as the grid says them; None where it has no pager, for one page needs none."""
    summaries = {part.text for part in page.many(".dxp-summary")}
    found = [match for text in summaries if (match := PAGER.fullmatch(text))]
    if len(found) != 1:
        if summaries or page.many("[id*=_DXPager]"):
            raise PageError(
                page.url, ".dxp-summary", "`Page N of M (K items)`", str(sorted(summaries)) if summaries else "none"
            )
        return None
    return int(found[0][1]), int(found[0][2]), int(found[0][3])
