"""Portal files for real pages and real rows, where they are at hand: what is found in each."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import Response, TextResponse

from config.portal import Portal
from releases.model import Record
from spiders.registry import spider_class
from tests.captures import REAL
from tests.portals.offline import crawl, html

COUNCIL = {
    "row": ".llcontent a[href$='.pdf']",
    "kind": "agenda",
    "fields": {"date": {"attribute": "href", "pattern": r"\d{4}[-.]\d\d[-.]\d\d", "date": ["%Y-%m-%d", "%Y.%m.%d"]}},
}
CASES = {"key": "Log#", "url": "URL", "columns": {"types": {"column": "Incident Types", "split": ","}, "district": "District of Occurrence",
         "at": {"column": "Incident Date & Time", "date": ["%m-%d-%Y %I:%M %p", "%m-%d-%Y"]}}}  # fmt: skip
SPLIT = {
    "key": "log_no",
    "columns": {"status": "current_status", "category": "current_category", "at": "complaint_date", "beat": "beat"},
}
PORTALS: list[tuple[str, str, dict[str, Any], int, int, dict[str, int]]] = [
    ("chicago-police-board/chi_policeboard.html", "listing",
     {"row": "p[style*='padding-left']", "key": {"select": ".", "pattern": r"\w+day, (\w+ \d+)"}, "kind": "meeting",
      "title": {"pattern": r"\w+day, \w+ \d+"}, "fields": {"transcript": {"select": "a[title^=Transcript]", "count": "?"}}},
     12, 18, {"transcript": 9}),
    *((f"chicago-ccpsa-district-councils/DC00{n}.html", "listing", COUNCIL, many, many, {"date": many})
      for n, many in enumerate((5, 3, 1, 1, 1), 1)),
    ("detroit-board-of-police-commissioners/det_police_department_detroit_police_commissioners_meetings.html", "listing",
     {"row": "[id*=HtmlModule_lblContent] a[href*='.pdf']", "kind": "report"}, 10, 10, {}),
    ("detroit-board-of-police-commissioners/det_police_commissioners_board_all.html", "listing",
     {"row": ".event-tobe", "link": {"select": ".", "attribute": "data-href"}, "kind": "meeting",
      "fields": {"day": {"attribute": "data-date", "date": "%m-%d-%Y"}}, "title": {"attribute": "data-date"}}, 303, 0, {"day": 303}),
    ("copa-case-portal/2018_summary_reports_copa.html", "listing",
     {"row": "//tr[td//a[contains(@href, '.pdf')]]", "key": {"select": "th"}, "kind": "report", "fields": {"closed": "td:nth-of-type(2)"}}, 2, 2, {"closed": 2}),
    ("copa-case-portal/summary_reports_copa.html", "listing", {"row": ".cg-grid a[rel=bookmark]", "kind": "page"}, 2, 0, {}),
    ("cpd-directives/toc@2017-12-02.html", "listing", {"row": "a[href*='.html']", "kind": "directive"}, 717, 0, {}),
    ("govqa/_shape_OpenRecordsSummary_grid.html", "listing",
     {"row": "tr[id^=gridView_DXDataRow]", "key": "number", "fields": {
         "number": "td[aria-label^='Request Number:']", "status": "td[aria-label^='Request Status:']",
         "created": {"select": "td[aria-label^='Create Date:']", "date": "%m/%d/%Y %I:%M:%S %p"}},
      "last": {"select": ".dxp-summary", "pattern": r"of (\d+) \("}, "total": {"select": ".dxp-summary", "pattern": r"\((\d+) items"}},
     1, 0, {"number": 1, "status": 1, "created": 1}),
    ("govqa/jso_records_requests@2025-07-21a.json", "table",
     {"key": "Reference No", "columns": {"status": "Status", "request": "Public Record Request",
      "closed": {"column": "Close Date", "date": "%m/%d/%Y %I:%M %p"}}},
     # Another project's scraper was shown its first page three times: 25 requests on 75 rows.
     25, 0, {"status": 75, "request": 75, "closed": 75}),
    ("nextrequest/foia_docs_cache.json", "table",
     {"key": "doc_url", "title": "filename", "url": "doc_url", "files": {"{filename}": "download_url"},
      "columns": {"uploaded": {"column": "upload_date", "date": "%m/%d/%Y"}, "request": "request_id"}}, 50, 50, {"uploaded": 50, "request": 50}),
    ("socrata-copa/copa_scraped_split.json", "table", {**SPLIT, "rows": "copa"}, 10, 0, {"status": 10, "category": 10, "at": 10, "beat": 10}),
    ("socrata-copa/copa_scraped_split.csv", "table", SPLIT, 10, 0, {"status": 10, "category": 10, "at": 10, "beat": 10}),
    ("socrata-copa/copa_scraped_demographics.csv", "table",
     {"key": "log_no", "columns": {"race": {"column": "race_of_involved_officers", "split": "|"}, "beat": "beat"}}, 151, 0, {"race": 56, "beat": 56}),
    ("socrata-copa/copa_scraped_logno.csv", "table", {"key": "log_no"}, 149, 0, {"log_no": 149}),
    ("documentcloud-api/documents-list-00.json", "table",
     {"rows": "results", "key": "id", "title": "title", "url": "canonical_url", "columns": ["status", "updated_at", "file_hash", "page_count"]},
     25, 0, {"status": 25, "file_hash": 25}),
    *((f"copa-case-portal/cases@{day}.csv", "table", CASES, many, 0, {"types": many, "at": many}) for day, many in {
        "2016-09-01": 127, "2016-12-13": 152, "2017-09-09": 192, "2017-09-14": 193, "2018-06-20": 227, "2018-06-25": 227,
        "2018-07-03": 228, "2019-08-06": 268, "2019-08-07": 268, "2021-09-29": 345}.items()),
]  # fmt: skip

HERE = [one for one in PORTALS if (REAL / one[0]).is_file()]
"""Captures stand beside the repository; machines that were not given them have none."""


@pytest.mark.parametrize(
    ("name", "kind", "parameters", "records", "files", "fields"), HERE, ids=[one[0] for one in HERE]
)
def test_what_is_found_in_a_real_capture(
    name: str, kind: str, parameters: dict[str, Any], records: int, files: int, fields: dict[str, int]
) -> None:
    body = (REAL / name).read_bytes()

    def fetch(url: str) -> Response:
        content = "application/json" if name.endswith("json") else "text/csv"
        return (
            html(url, body)
            if name.endswith("html")
            else TextResponse(url, body=body, headers={"Content-Type": content})
        )

    portal = Portal(
        slug="x", name="X", agency="A", place="P", url="https://portal.example/list", spider=kind, parameters=parameters
    )
    spider = spider_class(kind)(portal)
    outcome = crawl(spider, lambda url: fetch(url) if url == portal.url else html(url, "<p>Detail</p>"))
    found = outcome.of(Record)
    assert outcome.errors == []
    assert (len({record.key for record in found}), sum(len(record.files) for record in found)) == (records, files)
    assert {
        field: sum(record.fields.get(field) not in (None, "", []) for record in found) for field in fields
    } == fields
