"""Web pages: what a reader would call a change, and what is set aside."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.diff.markup import read_page
from releases.diff.model import Comparison, FileDiff, PageDiff, Side
from releases.diff.noise import steady_url, without_noise
from releases.diff.page import page_diff, page_lines
from releases.diff.set_aside import file_noise, set_aside
from releases.diff.summary import ONLY_NOISE, summary
from tests.unit.releases.diff.pages import ROWS, page


def whole(diff: PageDiff) -> FileDiff:
    return FileDiff(1, 1, "text/html", "text/html", same_bytes=False, content=diff)


def news(diff: PageDiff) -> bool:
    return bool(diff.text.hunks or diff.links or diff.tables or diff.title)


def test_nothing_differs_from_itself():
    assert page_diff(page(), page()) == PageDiff(text=page_diff(page(), page()).text)
    assert not file_noise(whole(page_diff(page(), page())))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"token": "77"}, "token"),
        ({"printed": "2031-03-05 09:01 PM"}, "date of printing"),
        ({"views": "32"}, "counter"),
        ({"news": "News (2)"}, "navigation"),
        ({"theme": "dark"}, "attribute"),
    ],
)
def test_noise_is_set_aside_and_counted(said, kind):
    diff = page_diff(page(), page(**said))
    assert not news(diff)
    assert file_noise(whole(diff))[kind]
    assert summary(whole(diff)) == ONLY_NOISE


def test_the_change_stands_out_of_the_noise():
    new = page(
        token="99",
        printed="2031-04-01 08:00",
        views="90",
        theme="dark",
        news="New!",
        text="The officer was acquitted of duty.",
    )
    diff = page_diff(page(), new)
    (hunk,) = diff.text.hunks
    assert [(p.op, p.text) for p in hunk.pieces if p.op != "same"] == [("removed", "relieved"), ("added", "acquitted")]
    assert not diff.links
    assert not diff.tables
    assert summary(whole(diff)) == "1 word added, 1 removed"


def test_a_value_stays_with_its_term():
    (hunk,) = page_diff(page(), page(status="Closed")).text.hunks
    assert (hunk.old, hunk.new) == (("Status: Open",), ("Status: Closed",))


def test_links():
    diff = page_diff(
        page(links='<a href="/a.pdf">A</a><a href="/b.pdf">B</a>'),
        page(links='<a href="/a2.pdf">A</a><a href="/c.pdf">C</a>'),
    )
    told = {(c.op, c.old.url if c.old else "", c.new.url if c.new else "") for c in diff.links}
    assert told == {("changed", "/a.pdf", "/a2.pdf"), ("removed", "/b.pdf", ""), ("added", "", "/c.pdf")}


def test_white_space_of_an_address_is_no_part_of_it():
    """As browsers read it; some portals write a line break before the closing quote."""
    read = read_page(
        b"<main><p>Fictional</p><a href=' /r.pdf\t\r\n'>Report</a><a href='/a\n/b c'>Two</a></main>", "utf-8"
    )
    assert [link.url for link, _ in read.links] == ["/r.pdf", "/a/b c"]


def test_tables_are_aligned_by_row():
    rows = [("2031-03-01", "9", "Newly, N."), ROWS[0], (ROWS[1][0], "2", ROWS[1][2])]
    diff = page_diff(page(), page(rows=rows))
    (table,) = diff.tables
    assert [(row.op, row.old_at, row.new_at) for row in table.rows] == [
        ("added", None, 0),
        ("changed", 1, 2),
        ("removed", 2, None),
    ]
    (cell,) = table.rows[1].cells
    assert (cell.column, cell.old, cell.new) == ("Shots", "0", "2")
    assert not diff.text.hunks  # told once


def test_a_column_that_comes_changes_no_row_of_the_others():
    old = b"<table><tr><th>Case</th><th>Status</th></tr><tr><td>1</td><td>Open</td></tr><tr><td>2</td><td>Shut</td></tr></table>"
    new = (
        old.replace(b"<th>Status", b"<th>Type</th><th>Status")
        .replace(b"<td>Open", b"<td></td><td>Open")
        .replace(b"<td>Shut", b"<td></td><td>Shut")
    )
    (table,) = page_diff(old, new).tables
    assert (table.rows, table.same, table.new_headings) == ((), 2, ("Case", "Type", "Status"))


def test_ten_thousand_rows_are_cheap():
    old = page(rows=[(f"2031-{i}", str(i), f"Name {i}") for i in range(10_000)])
    new = page(rows=[(f"2031-{i}", str(i + 1), f"Name {i}") for i in range(10_000)])
    (table,) = page_diff(old, new).tables
    assert len(table.rows) == 10_000
    assert all(row.op == "changed" and len(row.cells) == 1 for row in table.rows)


def test_navigation_that_is_the_page_is_no_navigation():
    body = (
        b"<body><div class='menu'>"
        + b"".join(b"<p>Policy %d says this and that.</p>" % i for i in range(20))
        + b"</div><p>x</p></body>"
    )
    assert page_diff(body, body.replace(b"Policy 7 says", b"Policy 7 denies")).text.hunks


def test_what_goes_into_a_comment_is_gone_for_the_reader():
    diff = page_diff(page(text="A. <span>Seen</span>"), page(text="A. <!--<span>Seen</span>-->"))
    assert diff.text.words_removed == 1
    assert any(oddment.kind == "comment" for oddment in diff.oddments)


@pytest.mark.parametrize("line", ["Incident date: 3/4/2031", "Issue Date: 30 December 2031", "The report was printed on May 3, 2031",
                                  "Hits in the last 30 days: 12", "Hospital visits: 3", "7", "Page 7", "5 shots", "See § 3(c) 2031",
                                  "He was last updated on duty by 3 officers", "Board meets 6:30 PM"])  # fmt: skip
def test_facts_are_no_noise(line):
    assert without_noise(line)[1] is None or line == "Page 7"


@pytest.mark.parametrize(
    ("a", "b"),
    [("/a?v=1.2&id=4", "/a?v=9&id=4"), ("/a;jsessionid=AB12?x=1", "/a?x=1"), ("/a?_wpnonce=ab12", "/a"),
     ("/cdn-cgi/l/email-protection#ab", "/cdn-cgi/l/email-protection#cd"), ("/(S(abc123))/case", "/case")],
)  # fmt: skip
def test_tokens_in_addresses(a, b):
    assert steady_url(a) == steady_url(b)
    assert steady_url("/a?id=4") != steady_url("/a?id=5")
    assert steady_url("/policy.pdf?version=2") != steady_url("/policy.pdf?version=3")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>/abdivtrh \"'=&;!-t1", max_size=200).map(str.encode), st.binary(max_size=200))
def test_any_bytes_are_a_page(old, new):
    diff = page_diff(old, new)
    assert msgspec.json.decode(msgspec.json.encode(diff), type=PageDiff) == diff
    assert not news(page_diff(old, old))


@pytest.mark.parametrize("tag", [b"<div>", b"<table><tr><td>", b"<a href=x>", b"<dl><dt>x<dd>", b"<nav>", b"<b>x</b>"])
def test_hostile_pages_end(tag):
    diff = page_diff(tag * 100_000 + b"hello", tag * 100_000 + b"world")
    assert diff.text.hunks or diff.navigation.hunks or diff.tables


def test_all_of_a_page_is_told_once():
    lines = page_lines(read_page(page()))
    assert lines.count("2031-01-02 | 3 | Fictman, O.") == 1
    assert "Status: Open" in lines
    assert not any("News" in line or "fictional city" in line for line in lines)


@pytest.mark.parametrize("content", ["main", "article"])
def test_the_head_of_what_is_read_is_no_navigation(content):
    body = (
        "<body><div><header>City of Lake Harbor</header></div>"
        f"<{content}><div><header>Relieved of duty: May 5</header><p>{'The case is open. ' * 40}</p></div></{content}>"
        "<div><header>Contact</header></div></body>"
    )
    lines = page_lines(read_page(body.encode()))
    assert lines[0] == "Relieved of duty: May 5"
    assert len(lines) == 2
    assert page_lines(read_page(body.encode()), navigation=True) == ["City of Lake Harbor", "Contact"]


def test_a_whole_comparison_counts_its_noise():
    diff = whole(page_diff(page(), page(token="5", views="99")))
    counts = set_aside(Comparison(Side("", ""), Side("", ""), page=diff))
    assert counts["token"] >= 2
    assert counts["counter"] == 1
