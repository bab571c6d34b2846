"""CSV and JSON lists, and what publishers do to them."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from scrapy.http import Request, Response, TextResponse

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.portal_spider import PortalSpider
from spiders.registry import spider_class
from tests.portals.offline import Outcome, crawl

URL = "https://data.example.org/cases.csv"
CSV = "Case,Status,Report\n1,Open,/r/1.pdf\n2,Closed,-\n"


def spider(**parameters: Any) -> PortalSpider:
    portal = Portal(
        slug="x", name="X", agency="A", place="P", url=URL, spider="table", parameters={"key": "Case", **parameters}
    )
    return spider_class("table")(portal)


def answer(body: str | bytes, kind: str = "text/csv") -> Callable[[str], Response]:
    data = body.encode() if isinstance(body, str) else body
    return lambda url: TextResponse(url, body=data, headers={"Content-Type": kind})


def read(body: str | bytes, kind: str = "text/csv", **parameters: Any) -> Outcome:
    return crawl(spider(**parameters), answer(body, kind))


def rows(outcome: Outcome) -> dict[str, Any]:
    assert outcome.errors == []
    return {record.key: dict(record.fields) for record in outcome.of(Record)}


def test_a_csv_needs_one_parameter() -> None:
    outcome = read(CSV)
    assert rows(outcome) == {
        "1": {"Case": "1", "Status": "Open", "Report": "/r/1.pdf"},
        "2": {"Case": "2", "Status": "Closed", "Report": None},
    }
    assert outcome.of(ListingPage) == [ListingPage(URL, 1, 2, last=True)]
    assert [sighting.key for sighting in outcome.of(Sighting)] == ["1", "2"]


@pytest.mark.parametrize(
    ("body", "kind", "parameters"),
    [
        (CSV.replace(",", ";"), "text/csv", {}),
        (CSV.replace(",", "\t"), "text/tab-separated-values", {}),
        (CSV.replace("\n", "\r\n"), "application/octet-stream", {}),
        ("\ufeff" + CSV, "text/csv", {}),
        (CSV.encode("utf-16"), "text/csv", {}),
        (CSV.replace("Open", "Op\u00e9n").encode("latin-1"), "text/csv; charset=utf-8", {}),
        (CSV.replace("Open", "Op\u00e9n").encode("cp1252"), "text/csv", {}),
        ("made on Monday\n\n" + CSV, "text/csv", {"skip": 2}),
        ("\n" + CSV.replace("\n", "\n\n"), "text/csv", {}),
        (CSV.partition("\n")[2], "text/csv", {"header": ["Case", "Status", "Report"]}),
        ('"Case ","Status","Report"\n"1","Open","/r/1.pdf"\n2,Closed,-\n', "text/csv", {}),
    ],
)  # fmt: skip
def test_dresses_of_one_table(body: str | bytes, kind: str, parameters: dict[str, Any]) -> None:
    found = rows(read(body, kind, columns=["Status"], **parameters))
    assert {key: fields["Status"].replace("é", "e") for key, fields in found.items()} == {"1": "Open", "2": "Closed"}


def test_newlines_and_quotes_inside_cells() -> None:
    body = 'Case,Status\n1,"two\nlines, ""quoted"""\n2,Closed\n'
    assert rows(read(body))["1"]["Status"] == 'two lines, "quoted"'


@pytest.mark.parametrize(
    ("body", "expected", "found"),
    [
        ("Case,Status\n1,Open,more\n2,Closed\n", "2 cells (row 1, line 2)", "3: "),
        ("Case,Status\n1\n2,Closed\n", "2 cells (row 1, line 2)", "1: "),
        ("Case,Status\n,Open\n2,Closed\n", "a value", "an empty cell"),
    ],
)
def test_one_bad_row_does_not_hide_the_others(body: str, expected: str, found: str) -> None:
    outcome = read(body)
    assert [record.key for record in outcome.of(Record)] == ["2"]
    assert outcome.errors[0].expected == expected
    assert outcome.errors[0].found.startswith(found)
    assert not outcome.of(ListingPage)[0].last


def test_a_row_with_a_wrong_cell_is_there() -> None:
    outcome = read(
        "Case,Closed\n1,yesterday\n2,2025-01-02\n", columns={"closed": {"column": "Closed", "date": "%Y-%m-%d"}}
    )
    assert [sighting.key for sighting in outcome.of(Sighting)] == ["1", "2"]
    assert outcome.errors[0].selector == "Closed (parameters.columns.closed, row 1, line 2)"
    assert rows(read("Case,A\n1\n2,b,,\n", ragged="pad")) == {
        "1": {"Case": "1", "A": None},
        "2": {"Case": "2", "A": "b"},
    }


@pytest.mark.parametrize(
    ("parameters", "expected", "found"),
    [
        ({"key": "Case No"}, "a column 'Case No'", "is it 'Case' now?"),
        ({"columns": {"s": "State"}}, "a column 'State'", "3 columns: Case, Status, Report"),
        ({"columns": ["Status", "Closed"]}, "a column 'Closed'", "Case"),
        ({"files": "https://x.example/{Id}.pdf"}, "a column 'Id'", "Case"),
        ({"title": "No. {Number}"}, "a column 'Number'", "Case"),
    ],
)
def test_a_column_that_is_gone(parameters: dict[str, Any], expected: str, found: str) -> None:
    outcome = read(CSV, **parameters)
    assert outcome.of(Record) == []
    assert outcome.errors[0].expected == expected
    assert found in outcome.errors[0].found
    assert read(CSV, columns={"s": {"column": "State", "optional": True}}).errors == []


def test_a_column_that_comes_or_goes_is_no_change_of_every_row() -> None:
    before, after = (read(body).of(Record)[0] for body in (CSV, "Case,Status,Report,Unit\n1,Open,/r/1.pdf,7\n"))
    assert before.absent_means_unknown == before.fields.keys()
    assert after.absent_means_unknown == {*before.fields, "Unit"}
    assert read(CSV, columns=["Status"]).of(Record)[0].absent_means_unknown == frozenset()


def test_values() -> None:
    body = 'Case,Sum,Units,Note\n1,"$1,234.50",9|11|,No. 77\n'
    columns = {
        "sum": {"column": "Sum", "type": "number"},
        "units": {"column": "Units", "split": "|"},
        "number": {"column": "Note", "pattern": r"No\. (\d+)"},
    }
    assert rows(read(body, columns=columns)) == {"1": {"sum": 1234.5, "units": ["9", "11"], "number": "77"}}
    assert read(body.replace("$1,234.50", "much"), columns=columns).errors[0].expected == "a number"
    assert read(body.replace("No. 77", "none"), columns=columns).errors[0].found == "'none'"


def test_files_titles_and_addresses() -> None:
    body = "Case,Unit,A,B\n1,a b,/r/1.pdf,https://x.example/1.mp3 https://x.example/2.mp3\n2,,,-\n"
    files = {"Report": "A", "Tape of {Unit}": "B", "Form": "https://x.example/{Case}/{Unit}.pdf"}
    first, second = read(body, files=files, title="Case {Case} of {Unit}", url="/cases/{Case}").of(Record)
    assert [(file.name, file.url) for file in first.files] == [
        ("Report", "https://data.example.org/r/1.pdf"),
        ("Tape of a b", "https://x.example/1.mp3"),
        ("Tape of a b", "https://x.example/2.mp3"),
        ("Form", "https://x.example/1/a%20b.pdf"),
    ]
    assert (first.title, first.url) == ("Case 1 of a b", "https://data.example.org/cases/1")
    assert (second.title, second.files) == ("2", ()), "a template of which a part is empty makes nothing"
    words = read("Case,A\n1,none given\n", files="A")
    assert words.errors[0].expected == "an address"


def test_a_key_of_two_columns() -> None:
    assert list(rows(read("A,B\n1,2\n1,3\n", key=["A", "B"], columns=["B"]))) == ["1/2", "1/3"]


JSON = {"meta": {"n": 2}, "items": [{"Case": 1, "who": {"unit": "7"}, "docs": [{"url": "/a.pdf"}, {"url": "/b.pdf"}], "tags": ["x", 2]},
                                    {"Case": 2, "who": None, "docs": []}]}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        (json.dumps(JSON), {"rows": "items"}),
        (json.dumps(JSON), {}),
        (json.dumps(JSON["items"], indent=2), {}),
        ("\n".join(json.dumps(item) for item in JSON["items"]), {}),
        ("\ufeff" + json.dumps(JSON["items"]), {"format": "json"}),
        (json.dumps(JSON).encode("utf-16"), {"rows": "items"}),
    ],
)
def test_json(body: str | bytes, parameters: dict[str, Any]) -> None:
    outcome = read(
        body,
        "application/json",
        columns={"unit": "who.unit", "tags": {"column": "tags", "optional": True}},
        files="docs.url",
        **parameters,
    )
    assert rows(outcome) == {"1": {"unit": "7", "tags": ["x", "2"]}, "2": {"unit": None, "tags": None}}
    assert [file.url for file in outcome.of(Record)[0].files] == [
        "https://data.example.org/a.pdf",
        "https://data.example.org/b.pdf",
    ]


def test_nested_columns_by_default() -> None:
    found = rows(read('[{"Case": 1, "who": {"unit": "7", "of": {"x": true}}}]', "application/json"))
    assert found == {"1": {"Case": 1, "who.unit": "7", "who.of.x": True}}


@pytest.mark.parametrize(
    ("body", "kind", "parameters", "expected"),
    [
        ("<!doctype html><title>Log in</title>", "text/html", {}, "CSV or JSON"),
        ("", "text/csv", {}, "CSV or JSON"),
        ('{"items": [1, 2]}', "application/json", {}, "a JSON object (row 1)"),
        ('{"a": [], "b": []}', "application/json", {}, "a list of rows"),
        ('[{"Case": 1', "application/json", {}, "JSON"),
        ("[" * 5000, "application/json", {}, "JSON"),
        ('Case,A\n1,"' + "x" * 5_000_000, "text/csv", {}, "CSV"),
        ("Case,Case\n1,2\n", "text/csv", {}, "one column 'Case'"),
        ("Case,A\n", "text/csv", {}, "at least 1 row"),
        ("[]", "application/json", {}, "at least 1 row"),
    ],
)  # fmt: skip
def test_what_is_no_table(body: str, kind: str, parameters: dict[str, Any], expected: str) -> None:
    outcome = read(body, kind, **parameters)
    assert outcome.of(Record) == []
    assert outcome.errors[0].expected == expected


def test_one_bad_line_does_not_hide_the_others() -> None:
    outcome = read('{"Case": 1}\nnot json\n{"Case": 3}\n', "application/x-ndjson")
    assert [record.key for record in outcome.of(Record)] == ["1", "3"]
    assert outcome.errors[0].selector == "line 2"


def test_a_list_that_may_be_empty_says_so() -> None:
    outcome = read("Case,A\n", may_be_empty=True)
    assert outcome.errors == []
    assert outcome.of(EmptyMarker)


def api(many: int, size: int, **how: Any) -> tuple[PortalSpider, Callable[[str], Response]]:
    """An API with `many` rows, `size` a page, and one that pages as `how` says."""

    def fetch(url: str) -> Response:
        query = dict(pair.split("=") for pair in url.partition("?")[2].split("&") if pair)
        start = (
            int(query.get("offset", (int(query.get("page", 1)) - 1) * size))
            if "after" not in query
            else int(query["after"])
        )
        items = [{"Case": number} for number in range(start, min(start + size, many))]
        more = start + size < many
        answered = {"count": many, "pages": -(-many // size), "items": items, "next": f"?after={start + size}" if more else None,
                    "cursor": str(start + size) if more else ""}  # fmt: skip
        return TextResponse(url, body=json.dumps(answered).encode(), headers={"Content-Type": "application/json"})

    return spider(rows="items", paging=how), fetch


@pytest.mark.parametrize(
    "how",
    [
        {"by": "page"},
        {"by": "page", "pages": "pages"},
        {"by": "page", "total": "count"},
        {"by": "offset"},
        {"by": "offset", "total": "count"},
        {"by": "cursor", "parameter": "after", "path": "cursor"},
        {"by": "link", "path": "next", "total": "count"},
    ],
)
@pytest.mark.parametrize("total", [1, 2, 5, 6])
def test_paging(how: dict[str, Any], total: int) -> None:
    outcome = crawl(*api(total, 2, **how))
    assert list(rows(outcome)) == [str(number) for number in range(total)]
    pages = outcome.of(ListingPage)
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    asked_for_nothing = how["by"] in {"page", "offset"} and len(how) == 1
    assert len(pages) == -(-total // 2) + asked_for_nothing


@pytest.mark.parametrize("how", [{"by": "page"}, {"by": "offset"}, {"by": "page", "total": "count"}])
def test_a_server_that_ignores_the_page(how: dict[str, Any]) -> None:
    body = json.dumps({"count": 50, "items": [{"Case": 1}, {"Case": 2}]})
    outcome = crawl(spider(rows="items", paging=how), answer(body, "application/json"))
    assert len(outcome.asked) == 2
    assert outcome.errors[0].found == "the rows of page 1 again"


@pytest.mark.parametrize("how", [{"by": "link", "path": "next"}, {"by": "cursor", "path": "next"}])
def test_a_next_page_that_is_this_page(how: dict[str, Any]) -> None:
    body = json.dumps({"next": URL, "items": [{"Case": 1}]})
    outcome = crawl(spider(rows="items", paging=how), answer(body, "application/json"))
    assert len(outcome.asked) <= 2
    assert outcome.errors


def test_a_next_link_to_another_scheme_is_none() -> None:
    outcome = read(
        '{"next": "javascript:go()", "items": [{"Case": 1}]}',
        "application/json",
        rows="items",
        paging={"by": "link", "path": "next"},
    )
    assert outcome.errors[0].expected == "a link"


def test_a_page_above_the_limit_says_which() -> None:
    outcome = crawl(spider(), lambda url: Response(url, flags=["large"]))
    assert "limits.page_bytes" in outcome.errors[0].found


def test_memory_stays_flat_over_a_large_csv() -> None:
    """Beside the answer itself, 10,000 rows take no more than 1,000 do."""

    def peak(count: int) -> int:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["Case", "A", "B"])
        writer.writerows([number, "x" * 40, "y" * 40] for number in range(count))
        response = answer(text.getvalue())(URL)
        made = spider(columns=["A", "B"])
        tracemalloc.start()
        try:
            read_rows = sum(
                isinstance(item, Record) for item in made.table(response, 1) if not isinstance(item, Request)
            )  # type: ignore[attr-defined]
            return tracemalloc.get_traced_memory()[1] if read_rows == count else -1
        finally:
            tracemalloc.stop()

    small, large = peak(1_000), peak(10_000)
    assert 0 < large < small + 300 * 1024


@pytest.mark.parametrize(
    "parameters",
    [{"key": ""}, {"delimiter": ";;"}, {"encoding": "klingon"}, {"skip": -1}, {"paging": {"by": "link"}}, {"flapping": ["x"], "columns": ["A"]},
     {"columns": {"a": {"column": "A", "pattern": "("}}}, {"columns": {"a": {"column": "A", "date": "dd.mm"}}}, {"format": "csv", "rows": "x"}],
)  # fmt: skip
def test_parameters_that_cannot_be(parameters: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="parameters"):
        spider(**parameters)


@pytest.mark.parametrize(
    ("how", "fine"),
    [({"by": "page"}, True), ({"by": "page", "total": "count"}, False), ({"by": "link", "path": "next"}, False)],
)
def test_a_following_page_that_is_gone(how: dict[str, Any], fine: bool) -> None:
    """Some APIs end with a 404; one that said there was more has lost it."""
    made, fetch = api(4, 2, **how)
    gone = TextResponse(URL, status=404, body=b"{}")
    outcome = crawl(made, lambda url: fetch(url) if url.endswith(("page=1", "cases.csv")) else gone.replace(url=url))
    assert [record.key for record in outcome.of(Record)] == ["0", "1"]
    assert (outcome.errors == []) is fine
    assert outcome.of(ListingPage)[-1].last is fine
