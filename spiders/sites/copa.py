"""Chicago's COPA case portal, before 2017 IPRA's: a WordPress site with the Search & Filter plugin.

Identity is the slug of `/case/<slug>/`, not the printed Log#. The slug survived both moves of host
(www.iprachicago.org, www.chicagocopa.org, https) and stayed when the Log# of one case was printed in
four forms (2019-0000294, 2019-294, 2019-0294, and back); 14 log numbers have been listed more than
once, and one row names two. A case that is posted again under `<slug>-2` is another post of the same
log number: both carry that number as alias, and whether they are one case is for an editor to say.

Two layouts of a case page are known; see docs/portals/copa.md. Anything else raises PageError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response

from releases.model import EmptyMarker, ListingPage, Note, Record, Sighting, Value
from spiders.errors import PageError
from spiders.page import Part, cells, columns, iso, printed
from spiders.portal_spider import Output
from spiders.sites.copa_files import case_files
from spiders.sites.copa_rest import CrossCheckedSpider, slug_of
from spiders.withheld import withheld

LISTING = "table#ipra-case-search-data-table"
NOTIFIED = {
    "ipra notification date": "notification_date",
    "copa notification date": "notification_date",
    "ipra/copa notification date": "notification_date",
}
COMMON = {
    "log number": "log_number",
    "log#": "log_number",
    **NOTIFIED,
    "incident date & time": "incident_date",
    "district of occurrence": "district",
}
LAYOUTS = {
    "5 columns": {**COMMON, "incident types": "incident_types", "incident type(s)": "incident_types"},
    "7 columns": {
        **COMMON,
        "transparency release date": "transparency_release_date",
        "closed date": "closed_date",
        "fsr posted date": "fsr_posted_date",
        "fsr/memo posted date": "fsr_posted_date",
    },
}
DAY = {"%m-%d-%Y": "%Y-%m-%d"}
MOMENT = {"%m-%d-%Y %I:%M %p": "%Y-%m-%dT%H:%M", "%m-%d-%Y": "%Y-%m-%d"}
NOTHING = re.compile(r"\bno (?:results?|cases?|records?)(?: were)?(?: found)?\b", re.IGNORECASE)
LOG_NUMBER = re.compile(r"\d{4}-\d{1,12}(?!\d)|\d{6,7}")
SEPARATOR = re.compile(r"[,;](?!\s*(?:Jr|Sr|II|III|IV)\b)")
SUBJECT = re.compile(r"Subjects?\s*(?:\([^)]*\))?\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
NOTE = re.compile(r"Notes?\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
LAST_ON_FIRST_HOST = 1081642
"""Highest log number on portal.iprachicago.org, where cases stood as `/<log>-2/` until August 2016."""


class CopaSpider(CrossCheckedSpider):
    """One listing, `?sf_paged=N`, and a page per case; `rest = true` asks the REST API as well."""

    extractor = "copa 2"
    layouts: ClassVar[Mapping[str, Mapping[str, str]]] = LAYOUTS

    def list_request(self) -> scrapy.Request:
        return self.request(self.portal.url, self.listing, number=1)

    def listing(self, response: Response, number: int) -> Iterator[Output]:
        page = self.page(response)
        table = page.optional(LISTING)
        rows = table.many("tbody tr") if table else []
        if not rows:
            words = NOTHING.search(page.one("body").text)
            if words is None or number > 1:
                raise PageError(page.url, f"{LISTING} tbody tr", "at least 1 case, or words that there is none", "none")
            yield EmptyMarker(page.url, words[0])
            yield ListingPage(page.url, number, 0, last=True, pages=1, total=0)
            return
        cases = [self._case_link(row) for row in rows]
        self.new_rows(page.url, "cases", number, (slug for slug, _ in cases))
        self.listed |= dict(cases)
        for slug, link in cases:
            yield Sighting(slug, link, stamp=self.stamp_of(slug, listed=True))
        pagers = page.some(".pagination")
        words = re.search(r"Page (\d{1,9}) of (\d{1,9})\b", pagers[0].text)
        if words is None:
            raise PageError(page.url, ".pagination", "`Page N of M`", repr(pagers[0].text))
        shown, pages = int(words[1]), int(words[2])
        if shown != number:
            raise PageError(page.url, ".pagination", f"page {number}", f"page {shown}")
        following = {link.href for pager in pagers for link in pager.many(".nav-next a[href]")}
        if len(following) != (1 if number < pages else 0):
            expected = "1 next page" if number < pages else "no next page"
            raise PageError(page.url, ".pagination .nav-next a", expected, str(sorted(following)))
        yield ListingPage(page.url, number, len(rows), last=not following, pages=pages)
        # The next page first: a listing that shifts while it is read should be read quickly.
        for link in following:
            yield self.request(link, self.listing, number=number + 1)
        yield from self.case_requests(dict(cases).items(), listed=True)
        if not following:
            yield from self.cross_check()

    def case_requests(self, cases: Iterable[tuple[str, str]], *, listed: bool) -> Iterator[scrapy.Request]:
        for slug, link in cases:
            if not self.unchanged(slug, self.stamp_of(slug, listed=listed)):
                yield self.request(link, self.case, slug=slug, listed=listed)

    def case(self, response: Response, slug: str, *, listed: bool = True) -> Iterator[Output]:
        page = self.page(response)
        body = page.one(".entry-content")
        table = body.one(".table-responsive:not(.stack-table) table")
        layout, names = columns(table, self.layouts)
        row = {name: cell.text for name, cell in cells(table.one("tbody tr"), names).items()}
        log = printed(row["log_number"])
        if log is None:
            raise PageError(page.url, "Log#", "a log number", repr(row["log_number"]))
        fields: dict[str, Value] = {name: printed(text) for name, text in row.items() if name != "log_number"}
        for name in fields.keys() & {*NOTIFIED.values(), "transparency_release_date", "closed_date", "fsr_posted_date"}:
            fields[name] = iso(page.url, name, row[name], DAY)
        fields["incident_date"] = iso(page.url, "incident_date", row["incident_date"], MOMENT)
        if "district" in row:
            fields["district"] = [part.zfill(2) if part.isdigit() else part for part in _listed(row["district"])]
        if "incident_types" in row:
            fields["incident_types"] = _listed(row["incident_types"])
        notes = _notes(body)
        civilians = _civilians(body)
        if civilians is None:  # two scrapes of 2016 have such a case, the third one its names
            yield Note(f"the case at {page.url} prints `Subject:` and no name")
        fields["involved_civilians"] = civilians or []
        fields["notes"] = notes
        fields["withheld"] = [found for note in notes if (found := withheld(note)) is not None]
        fields["published"] = _published(page)
        fields["listed"] = listed
        fields["page_layout"] = layout
        yield Record(
            key=slug,
            kind="case",
            url=page.url,
            title=f"Log# {log}",
            fields=fields,
            files=case_files(body),
            aliases=_aliases(slug, log),
            printed_key=log,
            raw=body.html,
            text=body.text,
            # Which layout a page has is worth keeping and never worth an alert.
            flapping=frozenset({"page_layout"}),
            absent_means_unknown=self._printed_by_some(),
        )

    def _printed_by_some(self) -> frozenset[str]:
        """Fields that some layouts print and others do not."""
        printed_by = [frozenset(names.values()) for names in self.layouts.values()]
        return frozenset().union(*printed_by) - printed_by[0].intersection(*printed_by)

    def _case_link(self, row: Part) -> tuple[str, str]:
        links = {link.href for link in row.links()}
        cases = {link for link in links if "/case/" in urlsplit(link).path}
        if len(cases) != 1:
            raise PageError(
                row.url, f"{LISTING} tbody tr a", "1 link to /case/<slug>/", f"{len(cases)}: {sorted(links)}"
            )
        link = cases.pop()
        return slug_of(link), link


def _listed(text: str) -> list[str]:
    """`09, 11` and `Firearm Discharge, Other Use Of Force` as lists; a dash as none."""
    return [part for part in (printed(piece) for piece in SEPARATOR.split(text)) if part]


def _paragraphs(body: Part) -> list[str]:
    """Paragraphs about the case itself, not those inside tables or media blocks."""
    inside = {p.html for block in body.many("table, .modal, [class*=col-sm]") for p in block.many("p")}
    return [p.text for p in body.many("p") if p.text and p.html not in inside]


def _civilians(body: Part) -> list[str] | None:
    """The page's "Subjects": civilians who were involved. Officers are named in files, never here.

    None where the page says `Subject:` and no name.
    """
    for paragraph in _paragraphs(body):
        found = SUBJECT.fullmatch(paragraph)
        if found and found[1].strip():
            return _listed(found[1])
        if found:
            return [item.text for item in body.many("p + ul > li") if item.text] or None
    return []


def _notes(body: Part) -> list[str]:
    notes = []
    for paragraph in _paragraphs(body):
        if SUBJECT.fullmatch(paragraph):
            continue
        found = NOTE.fullmatch(paragraph)
        notes.append(found[1] if found else paragraph)
    return notes


def _published(page: Part) -> str | None:
    times = {time.attribute("datetime") for time in page.many("time.entry-date.published")}
    if len(times) > 1:
        raise PageError(page.url, "time.entry-date.published", "at most 1 time", str(sorted(times)))
    return times.pop() if times else None


def _aliases(slug: str, log: str) -> tuple[str, ...]:
    """Other names of the case: log numbers in every printed form, and its addresses on every host."""
    names = [log]
    for number in LOG_NUMBER.findall(log):
        year, dash, count = number.partition("-")
        names += [number] if not dash else [number, f"{year}-{int(count)}", f"{year}-{int(count):07d}"]
    joined = re.fullmatch(r"(\d{4})-(\d{1,12}) and (\d{1,12})", log)
    if joined:
        names += [f"{joined[1]}-{int(joined[3])}", f"{joined[1]}-{int(joined[3]):07d}", f"{joined[1]}-{joined[3]}"]
    hosts = ("http://www.iprachicago.org", "http://www.chicagocopa.org", "https://www.chicagocopa.org")
    names += [f"{host}/case/{slug}/" for host in hosts]
    if log.isascii() and log.isdigit() and len(log) < 13 and int(log) <= LAST_ON_FIRST_HOST:
        names.append(f"http://portal.iprachicago.org/{log}-2/")
    return tuple(dict.fromkeys(names))
