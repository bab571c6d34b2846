from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.errors import PageError
from spiders.page import Part, cells, clean_link, columns, iso, parse, printed

URL = "https://example.org/a/b/"


def body(markup: str) -> Part:
    return parse(URL, f"<body>{markup}</body>")


@pytest.mark.parametrize(
    ("look", "markup", "expected", "found"),
    [
        ("one", "", "1 element", "none"),
        ("one", "<p>1<p>2", "1 element", "2"),
        ("optional", "<p>1<p>2<p>3", "at most 1 element", "3"),
        ("some", "<!-- <p>in a comment</p> -->", "at least 1 element", "none"),
    ],
)
def test_a_miss_says_url_selector_expected_and_found(look: str, markup: str, expected: str, found: str) -> None:
    with pytest.raises(PageError) as caught:
        getattr(body(markup), look)("p")
    error = caught.value
    assert (error.url, error.selector, error.expected, error.found) == (URL, "p", expected, found)
    assert all(word in str(error) for word in (URL, "'p'", expected, found))


def test_stated_cardinality_is_given() -> None:
    page = body("<p>one <b>tw</b>o</p><i>x</i><i>y</i>")
    assert page.one("p").text == "one two"
    assert page.optional("em") is None
    assert [part.text for part in page.some("i")] == ["x", "y"]
    assert page.many("em") == []


def test_text_is_what_a_reader_sees() -> None:
    page = body(
        "<div>a&nbsp;\n b<script>var hidden='x'</script><style>p{}</style><!-- hidden --><template>hidden</template>"
        "<br>c<p>d</p>e <b>f</b>g\u200b</div>"
    )
    assert page.one("div").text == "a b c d e fg"
    assert "hidden='x'" in page.one("script").source


def test_deep_nesting_is_read_without_recursion() -> None:
    assert body("<div>" * 1900 + "deep").text == "deep"


@pytest.mark.parametrize("markup", ["<div>" * 5000 + "deep", "<b><i>" * 3000 + "deep", "<p>many" * 500_001])
def test_a_page_made_to_fill_the_memory_is_refused(markup: str) -> None:
    with pytest.raises(PageError, match=r"nested at most|at most 500,000 tags"):
        body(markup)


def test_many_links_deep_down_are_read_in_little_time() -> None:
    page = body("<nav><a href=/n>no</a></nav>" + "<div>" * 1500 + '<a href="/x"><b>a</b></a>' * 3000)
    assert [(link.href[-2:], link.label()) for link in page.links()] == [("/x", "a")] * 3000


def test_a_link_that_holds_a_whole_page_has_a_short_label() -> None:
    (link,) = body("<a href=/x>" + "<i>word</i> " * 5000 + "</a>").links()
    assert 100 < len(link.label()) <= 500


@pytest.mark.parametrize(
    ("href", "link"),
    [
        ("c.pdf", "https://example.org/a/b/c.pdf"),
        ("/c\n.pdf\n", "https://example.org/c.pdf"),
        ("\t/c d.pdf", "https://example.org/c%20d.pdf"),
        ("/c?x=1&amp;y=2", "https://example.org/c?x=1&y=2"),
        ("//cdn.example.net/x#part", "https://cdn.example.net/x"),
        ("#top", ""),
        ("/c\x1b\x00 ", "https://example.org/c"),
        ("javascript:void(0)", ""),
        ("mailto:a@example.org", ""),
        ("data:text/html,x", ""),
        ("http://[broken/", ""),
        ("http://host:port/", ""),
        ("", ""),
    ],
)
def test_links_are_cleaned(href: str, link: str) -> None:
    assert clean_link(URL, href) == link


@given(st.text())
def test_no_href_breaks_the_reader(href: str) -> None:
    link = clean_link(URL, href)
    assert link == "" or link.startswith(("http://", "https://"))
    assert "\n" not in link


@pytest.mark.parametrize(
    "wrapped",
    [
        "<nav><a href=/x.pdf>x</a></nav>",
        "<header><div><a href=/x.pdf>x</a></div></header>",
        "<footer><a href=/x.pdf>x</a></footer>",
        "<div role=navigation><a href=/x.pdf>x</a></div>",
        "<ul class='nav menu'><li><a href=/x.pdf>x</a></ul>",
        "<div class=breadcrumbs><a href=/x.pdf>x</a></div>",
    ],
)
def test_links_are_never_taken_from_navigation(wrapped: str) -> None:
    page = body(f"{wrapped}<main><article><header><a href=/y.pdf>y</a></header></article></main>")
    assert [link.href for link in page.links()] == ["https://example.org/y.pdf"]


def test_a_link_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(PageError, match="http"):
        _ = body("<a href='#'>x</a>").one("a").href


def test_dates_are_read_only_in_known_forms() -> None:
    forms = {"%m-%d-%Y %I:%M %p": "%Y-%m-%dT%H:%M", "%m-%d-%Y": "%Y-%m-%d"}
    assert iso(URL, "date", " 04-30-2013  9:30 pm ", forms) == "2013-04-30T21:30"
    assert iso(URL, "date", "04-30-2013", forms) == "2013-04-30"
    assert iso(URL, "date", "-", forms) is None
    for wrong in ("2013-04-30", "30-04-2013", "April 30, 2013", "04-31-2013", "04-30-2013 x"):
        with pytest.raises(PageError, match="a date as %m-%d-%Y"):
            iso(URL, "date", wrong, forms)


@pytest.mark.parametrize("dash", ["", " ", "-", "\u2013", "\u2014", " - ", "\u00a0"])
def test_a_dash_is_nothing(dash: str) -> None:
    assert printed(dash) is None
    assert printed(" a  b ") == "a b"


LAYOUTS = {"old": {"log#": "log", "type": "type"}, "new": {"log#": "log", "kind": "type", "closed": "closed"}}


def table(head: str, row: str = "") -> Part:
    return body(f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>").one("table")


def test_columns_are_found_by_header_in_any_order() -> None:
    found = table("<th>Type</th><th> LOG# </th>", "<td>a</td><th>7</th>")
    layout, names = columns(found, LAYOUTS)
    assert (layout, names) == ("old", ["type", "log"])
    assert {name: cell.text for name, cell in cells(found.one("tbody tr"), names).items()} == {"type": "a", "log": "7"}


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("<th>Log#</th><!-- <th>Type</th> -->", ["Log#"]),
        ("<th>Log#</th><th>Type</th><th>Officer</th>", ["Log#", "Type", "Officer"]),
        ("<th>Log#</th><th>Log#</th><th>Type</th>", ["Log#", "Log#", "Type"]),
        ("<th>Log#</th><th>Closed</th>", ["Log#", "Closed"]),
        ("", []),
    ],
)
def test_any_other_set_of_columns_names_expected_and_found(head: str, names: list[str]) -> None:
    with pytest.raises(PageError) as caught:
        columns(table(head), LAYOUTS)
    assert caught.value.expected == "the columns “log#”, “type” or “log#”, “kind”, “closed”"
    assert caught.value.found == ("the columns " + ", ".join(f"“{name}”" for name in names) if names else "no columns")


def test_a_row_with_another_number_of_cells_is_an_error() -> None:
    found = table("<th>Log#</th><th>Type</th>", "<td>7</td><!-- <td>a</td> -->")
    with pytest.raises(PageError, match="2 cells"):
        cells(found.one("tbody tr"), ["log", "type"])
