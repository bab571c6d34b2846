"""Lists read by what a portal file says, and what lists do to whoever reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scrapy.http import Response

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.portal_spider import PortalSpider
from spiders.registry import spider_class
from tests.portals.offline import Outcome, crawl, html

URL = "https://example.org/reports/"


def portal(**parameters: Any) -> Portal:
    return Portal(slug="x", name="X", agency="A", place="P", url=URL, spider="listing", parameters=parameters)


def spider(**parameters: Any) -> PortalSpider:
    return spider_class("listing")(portal(**{"row": "li", **parameters}))


def read(body: str, **parameters: Any) -> Outcome:
    return crawl(spider(**parameters), lambda url: html(url, body))


def served(pages: dict[str, str]) -> Callable[[str], Response]:
    def fetch(url: str) -> Response:
        found = pages.get(url.removeprefix("https://example.org"))
        return html(url, found) if found is not None else html(url, "<p>Not found").replace(status=404)

    return fetch


def test_a_list_of_links_needs_one_parameter() -> None:
    outcome = read("<ul><li><a href='/a/1.pdf'>One</a><li><a href='two?id=2&utm_source=x'>Two</a></ul>")
    assert outcome.errors == []
    assert [(r.key, r.title, len(r.files)) for r in outcome.of(Record)] == [
        ("/a/1.pdf", "One", 1),
        ("/reports/two?id=2", "Two", 0),
    ]
    assert outcome.of(ListingPage) == [ListingPage(URL, 1, 2, last=True)]


@pytest.mark.parametrize(
    ("count", "found", "value", "error"),
    [
        ("1", "<i>a</i>", "a", ""),
        ("1", "<i>-</i>", None, ""),
        ("1", "", None, "1 element"),
        ("1", "<i>a</i><i>b</i>", None, "1 element"),
        ("?", "", None, ""),
        ("?", "<i>a</i>", "a", ""),
        ("?", "<i>a</i><i>b</i>", None, "at most 1 element"),
        ("+", "", None, "at least 1 element"),
        ("+", "<i>a</i><i>b</i>", ["a", "b"], ""),
        ("*", "", [], ""),
    ],
)
def test_the_stated_count_is_held(count: str, found: str, value: Any, error: str) -> None:
    outcome = read(f"<li><a href=/1>1</a>{found}</li>", fields={"f": {"select": "i", "count": count}})
    assert [e.expected for e in outcome.errors] == ([error] if error else [])
    assert [s.key for s in outcome.of(Sighting)] == ["/1"], "a row is there, whatever its fields are"
    if not error:
        assert outcome.of(Record)[0].fields == {"f": value}
    else:
        assert outcome.errors[0].selector == "i (parameters.fields.f, row 1)"
        assert outcome.errors[0].url == URL
        assert not outcome.of(ListingPage)[0].last, "a list that could not be read has not been seen to its end"


@pytest.mark.parametrize(
    ("take", "markup", "value"),
    [
        ({"select": "i", "pattern": r"No\. (\d+)"}, "<i>x</i><i>No. 7</i>", "7"),
        ({"select": "i", "pattern": r"(?P<unit>[a-z]+) (?P<value>\d+)"}, "<i>kg 7</i>", "7"),
        ({"select": "i", "split": ","}, "<i>09, 11,</i>", ["09", "11"]),
        ({"select": "i", "count": "*", "join": "; "}, "<i>a</i><i>b</i>", "a; b"),
        ({"select": "b", "attribute": "data-id"}, "<b data-id=' 9 '>x</b>", "9"),
        ({"select": "img", "attribute": "src"}, "<img src='/x.png'>", "https://example.org/x.png"),
        ({"select": "i", "date": ["%d.%m.%Y", "%B %Y"]}, "<i>March 2025</i>", "2025-03"),
        ({"select": "i", "date": "%m/%d/%Y %I:%M %p"}, "<i>3/4/2025 1:05 pm</i>", "2025-03-04T13:05"),
        ({"select": "./following-sibling::li[1]/i"}, "</li><li><a href=/2>2</a><i>next</i>", "next"),
        ({"select": ".//i[2]"}, "<i>a</i><i>b</i>", "b"),
        ({"select": "i"}, "<!-- <i>hidden</i> --><i>shown</i>", "shown"),
        ({"pattern": r"\d{4}"}, " in 2025", "2025"),
    ],
)
def test_ways_to_take_a_value(take: dict[str, Any], markup: str, value: Any) -> None:
    outcome = crawl(
        spider(row="//li[1]", fields={"f": take}), lambda url: html(url, f"<ul><li><a href=/1>1</a>{markup}</li></ul>")
    )
    assert outcome.errors == []
    assert outcome.of(Record)[0].fields == {"f": value}


def test_rows_in_a_comment_or_the_navigation_are_none() -> None:
    page = "<nav><ul><li><a href=/home>Home</a></ul></nav><!-- <li><a href=/old>Old</a></li> --><li><a href=/1>1</a>"
    assert [r.key for r in read(page).of(Record)] == ["/1"]
    only = read("<nav><ul><li><a href=/home>Home</a></ul></nav>")
    assert only.errors[0].expected == "rows outside the site's navigation"
    assert len(read("<nav><li><a href=/home>Home</a></nav>", navigation=True).of(Record)) == 1


def test_links_as_real_pages_have_them() -> None:
    page = (
        "<base href='https://example.org/deep/er/'>"
        "<li><a href='one\n.pdf'>1</a><li><a href='/two.pdf?a=1&amp;amp;b=2'>2</a><li><a href='../three page.pdf'>3</a>"
        "<li><a href='https://example.org/x;jsessionid=1A2B?y=1'>4</a>"
    )
    assert [r.key for r in read(page).of(Record)] == [
        "/deep/er/one.pdf",
        "/two.pdf?a=1&b=2",
        "/deep/three%20page.pdf",
        "/x?y=1",
    ]


def test_a_row_with_several_links_has_to_say_which() -> None:
    page = "<li><a href=/case/1>1</a> <a href=/person/2>2</a></li>"
    assert "parameters.link" in read(page).errors[0].expected
    assert read(page, link="a").errors[0].found.startswith("2: ")
    assert read(page, link="a[href*=case]").of(Record)[0].key == "/case/1"
    documents = "<li><a href=/case/1>1</a> <a href=/1.pdf>Report</a> <a href=/1.mp3>Tape</a></li>"
    record = read(documents).of(Record)[0]
    assert (record.key, [(f.name, f.kind) for f in record.files]) == (
        "/case/1",
        [("Report", "document"), ("Tape", "audio")],
    )


def test_two_cases_in_one_row() -> None:
    page = "<li><a href=/1>Cases 2019-3806 and 2019-3807</a></li>"
    key = {"select": "a", "pattern": r"\d{4}-\d+"}
    assert [r.key for r in read(page, key=key).of(Record)] == ["2019-3806"]
    assert [r.key for r in read(page, key={**key, "several": "records"}).of(Record)] == ["2019-3806", "2019-3807"]
    (one,) = read(page, key={**key, "several": "aliases"}).of(Record)
    assert (one.key, one.aliases) == ("2019-3806", ("2019-3807",))
    both = read("<li><b>1</b><b>2</b><a href=/1>x</a>", key={"select": "b"})
    assert "parameters.key.several" in both.errors[0].found


def test_the_same_key_twice_reaches_the_ledger_twice() -> None:
    page = "<li><a href=/1>1</a><i>Open</i></li><li><a href=/1>1</a><i>Closed</i></li>"
    assert [dict(r.fields) for r in read(page, fields={"s": "i"}).of(Record)] == [{"s": "Open"}, {"s": "Closed"}]


def test_signed_links_keep_their_identity() -> None:
    parameters = {"identity": {"ignore_parameters": ["X-Sig", "Expires"]}}
    first, second = (
        read(f"<li><a href='/f/1.pdf?id=3&X-Sig={n}&Expires={n}'>1</a>", **parameters).of(Record)[0] for n in (1, 2)
    )
    assert first.key == second.key == "/f/1.pdf?id=3"
    assert first.files[0].identity == second.files[0].identity == "/f/1.pdf?id=3"
    assert first.files[0].url != second.files[0].url


PAGER = "<a rel=next href='{}'>Next</a>"


def test_pages_are_followed_to_the_end() -> None:
    pages = {
        "/reports/": "<li><a href=/1>1</a></li>" + PAGER.format("?page=2"),
        "/reports/?page=2": "<li><a href=/2>2</a></li>",
    }
    outcome = crawl(spider(next="a[rel=next]"), served(pages))
    assert [(p.number, p.last) for p in outcome.of(ListingPage)] == [(1, False), (2, True)]
    assert [r.key for r in outcome.of(Record)] == ["/1", "/2"]


def test_a_list_that_repeats_its_first_page_for_ever_ends_as_an_error() -> None:
    asked: list[str] = []

    def fetch(url: str) -> Response:
        asked.append(url)
        return html(url, "<li><a href=/1>1</a></li>" + PAGER.format(f"?page={len(asked) + 1}"))

    outcome = crawl(spider(next="a[rel=next]"), fetch)
    assert len(asked) == 2
    assert outcome.errors[0].found == "the rows of page 1 again"
    numbered = crawl(spider(pages="?page={n}"), lambda url: html(url, "<li><a href=/1>1</a></li>"))
    assert numbered.errors[0].expected == "rows of page 2"


@pytest.mark.parametrize("beyond", ["404", "no rows"])
def test_numbered_pages_end_where_the_portal_ends_them(beyond: str) -> None:
    pages = {"/reports/": "<li><a href=/1>1</a></li>", "/reports/?page=2": "<li><a href=/2>2</a></li>"}
    if beyond == "no rows":
        pages["/reports/?page=3"] = "<p>Nothing here"
    outcome = crawl(spider(pages="?page={n}"), served(pages))
    assert outcome.errors == []
    assert [(p.number, p.rows, p.last) for p in outcome.of(ListingPage)] == [(1, 1, False), (2, 1, False), (3, 0, True)]


def test_a_page_the_portal_says_there_is() -> None:
    one = "<p class=n>Page 1 of 3</p><li><a href=/1>1</a></li>"
    outcome = crawl(spider(pages="?page={n}", last=".n"), served({"/reports/": one}))
    assert (outcome.errors[0].expected, outcome.errors[0].found) == ("page 2 of 3", "404, no such page")
    assert outcome.of(ListingPage)[0].pages == 3
    missing = read(one, next="a.next", last=".n")
    assert missing.errors[0].expected == "a next page, this is 1 of 3"
    assert read("<p class=n>Total: 1,234 cases</p><li><a href=/1>1</a>", total=".n").of(ListingPage)[0].total == 1234


def test_no_rows_is_nothing_only_in_the_pages_own_words() -> None:
    for parameters in ({}, {"empty_words": "no reports"}, {"empty": "p.none"}):
        outcome = read("<p>Loading…</p>", **parameters)
        assert outcome.errors[0].expected == "at least 1 row"
    said = read("<p class=none>There are NO  reports yet.</p>", empty_words="no reports")
    assert said.errors == []
    assert said.of(EmptyMarker) == [EmptyMarker(URL, "NO reports")]
    assert read("<p class=none>Leer</p>", empty="p.none").of(EmptyMarker)[0].words == "Leer"


def test_details_come_from_the_records_own_page() -> None:
    pages = {
        "/reports/": "<li><a href=/case/1/>1</a><i>Open</i></li><li><a href=/case/2.pdf>2</a><i>Closed</i></li>",
        "/case/1/": "<nav><a href=/annual.pdf>Annual</a></nav><main><h1>Case 1</h1><div class=t>Words.</div><b>x</b><a href=r.pdf>R</a></main>",
    }
    detail = {"title": "h1", "text": ".t", "fields": {"b": "b"}}
    outcome = crawl(spider(fields={"s": "i"}, detail=detail), served(pages))
    assert outcome.errors == []
    document, case = outcome.of(Record)
    assert (case.title, dict(case.fields), case.text) == ("Case 1", {"s": "Open", "b": "x", "text": "Words."}, "Words.")
    assert [f.url for f in case.files] == ["https://example.org/case/1/r.pdf"], "not what the navigation links"
    assert (document.key, dict(document.fields), document.absent_means_unknown) == (
        "/case/2.pdf",
        {"s": "Closed"},
        {"b"},
    )


@pytest.mark.parametrize("files", [".letters a", [".letters a"], [".letters a", "b a"]])
def test_files_of_the_records_own_page_by_selector(files: str | list[str]) -> None:
    pages = {
        "/reports/": "<li><a href=/case/1/>1</a></li>",
        "/case/1/": "<main><p class=letters><a href=/letter>Letter</a></p><b><a href=/r>R</a></b><a href=/x.pdf>X</a></main>",
    }
    outcome = crawl(spider(detail={"files": files}), served(pages))
    assert outcome.errors == []
    (case,) = outcome.of(Record)
    assert [file.name for file in case.files] == (["Letter", "R"] if len(files) == 2 else ["Letter"])


def test_one_bad_row_does_not_hide_the_others() -> None:
    page = "".join(f"<li><a href=/{n}>{n}</a>{'' if n in {2, 4} else '<i>x</i>'}</li>" for n in range(1, 6))
    outcome = read(page, fields={"f": "i"})
    assert [s.key for s in outcome.of(Sighting)] == ["/1", "/2", "/3", "/4", "/5"]
    assert [r.key for r in outcome.of(Record)] == ["/1", "/3", "/5"]
    assert outcome.errors[0].found == "none (and 1 more of 5 rows differ)"


def test_editing_what_is_taken_makes_another_version() -> None:
    def version(**parameters: Any) -> str:
        return spider_class("listing").version(portal(**{"row": "li", **parameters}))

    plain = version()
    assert plain.startswith("listing 1 ")
    assert len(plain) <= 64
    assert version(kind="document") == plain, "a default that is written down is no edit"
    same = ({"last": "p"}, {"total": "p"}, {"empty_words": "none"}, {"empty": "p"})
    assert {version(**parameters) for parameters in same} == {plain}
    other = (
        {"row": "tr"},
        {"fields": {"a": "i"}},
        {"key": {"pattern": "."}},
        {"next": "a"},
        {"files": "a"},
        {"link": "a"},
    )
    assert len({plain, *(version(**parameters) for parameters in other)}) == 1 + len(other)


@pytest.mark.parametrize(
    "parameters", [{"row": ""}, {"fields": {"f": {"select": "a["}}}, {"flapping": ["g"]}, {"kind": " "}]
)
def test_parameters_that_cannot_be(parameters: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="parameters"):
        spider(**parameters)


def test_a_next_page_that_is_gone_is_no_end() -> None:
    one = "<li><a href=/1>1</a></li>" + PAGER.format("?page=2")
    outcome = crawl(spider(next="a[rel=next]"), served({"/reports/": one}))
    assert [(page.number, page.last) for page in outcome.of(ListingPage)] == [(1, False)]
    assert (outcome.errors[0].expected, outcome.errors[0].found) == ("page 2", "404, no such page")
