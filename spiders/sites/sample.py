"""The fictional Lake Harbor portal: the shortest example of a spider for a whole site.

Identity is the last part of a page's address (`/cases/lh-2025-0101/` → `lh-2025-0101`): the portal
gives each case one address for ever, while printed numbers can be mistyped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.http import Response

from releases.model import File, ListingPage, Page, Record, Sighting
from spiders.errors import PageError
from spiders.page import Part, cells, columns, iso, printed
from spiders.portal_spider import Output, PortalSpider

CASE_COLUMNS = {"case number": "number", "type": "type", "status": "status"}
CASE_FACTS = {
    "Type": "type",
    "Date of incident": "incident_date",
    "District": "district",
    "Status": "status",
    "Closed": "closed_date",
    "Civilians involved": "involved_civilians",
}
POLICY_COLUMNS = {"number": "number", "title": "title", "effective": "effective_date"}
CONTRACT_COLUMNS = {"employer": "employer", "bargaining unit": "unit", "term": "term", "document": "document"}
REQUEST_COLUMNS = {
    "request": "number",
    "subject": "subject",
    "received": "received_date",
    "status": "status",
    "answer": "answer",
}
DATES = {"%B %d, %Y": "%Y-%m-%d", "%B %d, %Y AT %I:%M %p": "%Y-%m-%dT%H:%M"}
KINDS = {".pdf": "document", ".wav": "audio", ".mp4": "video"}


class SampleSpider(PortalSpider):
    """Four listings: cases (paged, a page each), policies (a page each), contracts and requests (rows)."""

    extractor = "sample 1"

    def first(self) -> Iterable[scrapy.Request]:
        for path, callback in (
            ("cases/", self.cases),
            ("policies/", self.policies),
            ("contracts/", self.contracts),
            ("records-requests/", self.records_requests),
        ):
            yield self.request(urljoin(self.portal.url, path), callback)

    def cases(self, response: Response) -> Iterator[Output]:
        page = self.page(response)
        table = page.one("table#cases")
        _, names = columns(table, {"cases": CASE_COLUMNS})
        links = [cells(row, names)["number"].one("a[href]") for row in table.some("tbody tr")]
        pager = page.one(".pagination")
        words = re.search(r"Page (\d{1,18}) of (\d{1,18}) \((\d{1,18}) cases\)", pager.text)
        if words is None:
            raise PageError(page.url, ".pagination", "`Page N of M (K cases)`", repr(pager.text))
        number, pages, total = (int(word) for word in words.groups())
        self.new_rows(page.url, "cases", number, (link.href for link in links))
        for link in links:
            yield Sighting(_key(link.href), link.href)
        following = pager.optional("a[rel=next]")
        if (following is None) != (number == pages):
            raise PageError(page.url, "a[rel=next]", f"a next link unless the last of {pages} pages", f"page {number}")
        yield ListingPage(
            page.url, number, len(links), last=following is None, pages=pages, total=total, listing="cases"
        )
        for link in links:
            yield self.request(link.href, self.case)
        if following is not None:
            yield self.request(following.href, self.cases)

    def case(self, response: Response) -> Iterator[Output]:
        page = self.page(response)
        body = page.one("article.case")
        facts = _facts(body)
        fields = {CASE_FACTS[name]: printed(text) for name, text in facts.items() if name in CASE_FACTS}
        missing = CASE_FACTS.keys() - facts.keys()
        if missing:
            raise PageError(page.url, "dl.facts dt", f"{sorted(CASE_FACTS)}", f"{sorted(facts)}")
        title = page.one("main h1").text
        note = body.optional("p.note")
        yield Record(
            key=_key(page.url),
            kind="case",
            url=page.url,
            title=title,
            fields={
                **fields,
                "incident_date": iso(page.url, "Date of incident", facts["Date of incident"], DATES),
                "closed_date": iso(page.url, "Closed", facts["Closed"], DATES),
                "involved_civilians": [name.strip() for name in facts["Civilians involved"].split(";")],
                "note": note.text if note else None,
            },
            files=_files(body, "report"),
            aliases=(title.removeprefix("Case "),),
            printed_key=title.removeprefix("Case "),
            raw=body.html,
            text=body.text,
        )

    def policies(self, response: Response) -> Iterator[Output]:
        page = self.page(response)
        rows = _rows(page, "table#policies", POLICY_COLUMNS)
        for row in rows:
            link = row["title"].one("a[href]")
            yield Sighting(f"policy/{_key(link.href)}", link.href)
            yield self.request(link.href, self.policy, number=row["number"].text)
        yield ListingPage(page.url, 1, len(rows), last=True, listing="policies")

    def policy(self, response: Response, number: str) -> Iterator[Output]:
        page = self.page(response)
        body = page.one("article")
        title = page.one("main h1").text
        effective = iso(page.url, "Effective", _facts(body).get("Effective", ""), DATES)
        yield Record(
            key=f"policy/{_key(page.url)}",
            kind="policy",
            url=page.url,
            title=title,
            fields={"number": number, "effective_date": effective, "text": body.text},
            files=_files(body, "policy"),
            printed_key=number,
            raw=body.html,
            text=body.text,
        )
        yield Page(page.url, title, body.text)

    def contracts(self, response: Response) -> Iterator[Output]:
        page = self.page(response)
        rows = _rows(page, "table#contracts", CONTRACT_COLUMNS)
        for row in rows:
            files = _files(row["document"], "contract")
            if len(files) != 1:
                raise PageError(page.url, "table#contracts td a[href]", "1 document", str(len(files)))
            key = "contract/" + files[0].url.rsplit("/", 1)[-1].removeprefix("contract-").removesuffix(".pdf")
            yield Sighting(key, page.url)
            yield Record(
                key=key,
                kind="contract",
                url=page.url,
                title=files[0].name,
                fields={name: printed(row[name].text) for name in ("employer", "unit", "term")},
                files=files,
            )
        yield ListingPage(page.url, 1, len(rows), last=True, listing="contracts")

    def records_requests(self, response: Response) -> Iterator[Output]:
        page = self.page(response)
        rows = _rows(page, "table#requests", REQUEST_COLUMNS)
        for row in rows:
            number = row["number"].text
            yield Sighting(f"request/{number}", page.url)
            yield Record(
                key=f"request/{number}",
                kind="request",
                url=page.url,
                title=f"Request {number}: {row['subject'].text}",
                fields={
                    "subject": row["subject"].text,
                    "received_date": iso(page.url, "Received", row["received_date"].text, DATES),
                    "status": printed(row["status"].text),
                },
                files=_files(row["answer"], "letter"),
                printed_key=number,
            )
        yield ListingPage(page.url, 1, len(rows), last=True, listing="requests")


def _key(url: str) -> str:
    return urlsplit(url).path.strip("/").rsplit("/", 1)[-1]


def _rows(page: Part, selector: str, known: dict[str, str]) -> list[dict[str, Part]]:
    table = page.one(selector)
    _, names = columns(table, {selector: known})
    return [cells(row, names) for row in table.some("tbody tr")]


def _facts(body: Part) -> dict[str, str]:
    names, values = body.some("dl.facts dt"), body.some("dl.facts dd")
    if len(names) != len(values):
        raise PageError(body.url, "dl.facts", f"{len(names)} dd for as many dt", str(len(values)))
    return {name.text: value.text for name, value in zip(names, values, strict=True)}


def _files(part: Part, pdf_kind: str) -> tuple[File, ...]:
    files = []
    for link in part.links():
        ending = "." + link.href.rsplit(".", 1)[-1].lower()
        kind = KINDS.get(ending, "document")
        files.append(File(link.href, link.text, pdf_kind if kind == "document" else kind))
    return tuple(files)
