"""What is proposed for a site that runs on nothing we know: from what repeats, and never out of navigation."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from spiders.recognition.model import Proposal, Seen
from spiders.recognition.printed_dates import date_form
from spiders.recognition.repeats import Structure
from spiders.recognition.unknown import UnknownSite

URL = "https://board.example.org/reports/"
MENU = (
    "<nav><ul>"
    + "".join(f"<li><a href='/menu/{n}.pdf'>Form {n}, Jan {n + 1}, 2025</a></li>" for n in range(30))
    + "</ul></nav>"
)
SOFT_MENU = MENU.replace("<nav>", "<div class='dropdown-menu'>").replace("</nav>", "</div>")


def seen(body: str, url: str = URL, kind: str = "text/html") -> Seen:
    made = HtmlResponse if kind == "text/html" else TextResponse
    return Seen(made(url, body=body.encode(), encoding="utf-8", headers={"Content-Type": kind}))


def proposed(body: str, kind: str = "text/html", url: str = URL, **answers: str) -> Proposal | None:
    return UnknownSite().propose(seen(body, url, kind), {name: seen(text) for name, text in answers.items()})


def parameters(body: str, **answers: str) -> dict[str, Any]:
    found = proposed(body, **answers)
    assert found is not None
    assert found.spider == "listing", found
    return dict(found.parameters)


def rows(form: str, many: int = 5) -> str:
    """`form` several times, `{n}` in it counting from 1."""
    return "".join(form.replace("{n}", str(n)) for n in range(1, many + 1))


def test_documents_with_dates_beside_larger_menus() -> None:
    body = rows("<li class='report'><a href='/docs/{n}.pdf'>Report {n} of the Board</a> March {n}, 2025</li>")
    found = parameters(
        f"{MENU}{SOFT_MENU}<main><ul>{body}</ul></main><footer>{rows('<a href=/legal/{n}.pdf>Legal {n}</a>')}</footer>"
    )
    assert found["row"] == "li.report"
    assert found["kind"] == "document"
    assert found["fields"]["date"]["date"] == ["%B %d, %Y"]


@pytest.mark.parametrize(
    "body", [MENU, SOFT_MENU, "<div id='footer'>" + rows("<p><a href='/a/{n}.pdf'>A form {n}</a></p>") + "</div>"]
)
def test_navigation_is_no_list(body: str) -> None:
    found = proposed(f"{body}<main><p>The Board meets on Thursdays.</p></main>")
    assert found is not None
    assert (found.spider, found.records) == ("pages", 1)


def test_links_inside_a_long_text_are_no_list() -> None:
    body = rows(
        "<p>"
        + "The member shall complete the report. " * 20
        + "<span class='ref'><a href='/forms/{n}.pdf'>form {n}</a></span></p>",
        6,
    )
    found = proposed(f"<main>{body}</main>")
    assert found is not None
    assert found.spider == "pages"


def test_links_to_sections_are_no_list() -> None:
    body = "".join(
        f"<div class='tile'><a href='/{name}/'>{name.title()}</a></div>"
        for name in ("about", "contact", "news", "staff")
    )
    found = proposed(f"<main>{body}</main>")
    assert found is not None
    assert found.spider == "pages"


def test_a_table_is_read_by_its_headers() -> None:
    head = "<tr><th>Case</th><th>Closed on</th><th>Finding</th><th>Documents</th></tr>"
    body = rows("<tr><td><a href='/case/{n}/'>2025-{n}</a></td><td>0{n}/17/2025</td><td>Sustained</td><td></td></tr>")
    found = parameters(
        f"<table class='cases'><thead>{head}</thead><tbody>{body}</tbody></table>",
        first="<article>Words of the case</article>",
    )
    assert found["row"] == "table.cases > tbody > tr"
    assert found["fields"] == {
        "case": "td:nth-child(1)", "closed_on": {"select": "td:nth-child(2)", "date": ["%m/%d/%Y"]}, "finding": "td:nth-child(3)",
    }  # fmt: skip
    assert found["detail"] == {"text": "article"}


def test_rows_with_several_documents_are_one_record_each() -> None:
    row = "<p style='padding-left: 30px;'>Thursday, May {n}: <a href='/blue{n}.pdf' title='Blue Book, {n} May 2025'>Blue Book</a>, <a href='/t{n}.pdf'>Transcript</a></p>"
    found = parameters(f"<main><p>Meetings</p>{rows(row)}<p style='padding-left: 30px;'>Thursday, May 29</p></main>")
    assert found["row"] == "p[style='padding-left: 30px;']:has(a[href])"
    assert found["title"] == {"select": "(.//a[@href])[1]", "attribute": "title"}


def test_a_document_among_links_of_other_kinds() -> None:
    body = rows("<li><a href='/a{n}.pdf'>Annual report {n}</a></li>", 4) + rows(
        "<li><a href='javascript:void(0)'>Show {n}</a></li>", 2
    )
    found = proposed(f"<main><ul>{body}</ul></main>")
    assert found is not None
    assert found.spider == "listing"
    assert any("2 elements like the rows" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(
    ("pager", "expected"),
    [
        ("<a rel='next' href='?page=2'>2</a>", {"next": "a[rel~=next]"}),
        ("<a href='?page=2'>Next</a>", {"next": "//a[normalize-space(.)='Next']"}),
        ("<a href='?q=x&amp;page=2'>2</a><a href='?q=x&amp;page=3'>3</a>", {"pages": "/reports/?q=x&page={n}"}),
        ("<a href='?page=1'>2</a><a href='?page=2'>3</a>", {"pages": "/reports/?page={n}", "first_page": 0}),
        ("<a href='/reports/page/2/'>2</a>", {"pages": "/reports/page/{n}/"}),
        ("<a href='/reports/archive'>2</a>", {}),
        ("<a href='https://elsewhere.example/?page=2'>2</a>", {}),
    ],
)
def test_how_a_list_goes_on(pager: str, expected: dict[str, object]) -> None:
    body = rows("<li class='report'><a href='/docs/{n}.pdf'>Report {n} of the Board</a></li>")
    found = parameters(f"<main><ul>{body}</ul></main><div class='pager'>{pager}</div>")
    assert {name: found[name] for name in ("next", "pages", "first_page") if name in found} == expected


@pytest.mark.parametrize(
    ("texts", "forms"),
    [
        (["closed 2025-01-02", "2024-12-31"], ["%Y-%m-%d"]),
        (["on June 1, 2025", "May 30, 2025"], ["%B %d, %Y"]),
        (["1 June 2025", "30 May 2025"], ["%d %B %Y"]),
        (["01/02/2025", "01/31/2025"], ["%m/%d/%Y"]),
        (["02/01/2025", "31/01/2025"], ["%d/%m/%Y"]),
        (["01/02/2025", "03/04/2025"], []),
        (["2025-01-02 one", "2025.01.03 two"], ["%Y-%m-%d", "%Y.%m.%d"]),
    ],
)
def test_forms_of_dates(texts: list[str], forms: list[str]) -> None:
    found = date_form(texts)
    assert found is not None
    assert found[1] == forms


@pytest.mark.parametrize("texts", [[], ["no date", "2025-01-02"], ["version 1/2/2025/3"], ["99/99/2025"]])
def test_what_is_no_date(texts: list[str]) -> None:
    assert date_form(texts) is None


def test_a_page_of_scripts_says_so() -> None:
    shell = "<html><head><title>Cases</title><script src='/app.js'></script></head><body><div id='root'></div><noscript>You need to enable JavaScript.</noscript></body></html>"
    found = proposed(shell)
    assert found is not None
    assert (found.spider, found.browser, found.name) == ("pages", True, "Cases")
    assert "without its 1 script the page says" in found.evidence[0]
    full = shell.replace("<div id='root'></div>", "<main>" + "The office publishes what it finds. " * 20 + "</main>")
    found = proposed(full)
    assert found is not None
    assert not found.browser


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/csv", "only\none\none\n"),
        ("application/json", '{"error": "no"}'),
        ("application/json", '[{"a": 1, "b": 2}, {"a": 1, "b": 2}]'),
        ("application/json", "[" * 5000),
        ("text/html", ""),
        ("application/rss+xml", "<rss><channel></channel></rss>"),
    ],
)
def test_what_is_nothing_to_watch(kind: str, body: str) -> None:
    assert proposed(body, kind) is None


def test_rows_of_data_need_a_key_that_differs() -> None:
    found = proposed(
        '{"data": {"rows": [{"status": "open", "case_no": "1", "pdf": "https://x.example/1.pdf"}, {"status": "open", "case_no": "2", "pdf": "https://x.example/2.pdf"}]}, "next": "?page=2"}',
        "application/json",
    )
    assert found is not None
    assert found.parameters == {
        "key": "case_no",
        "rows": "data.rows",
        "files": "pdf",
        "paging": {"by": "link", "path": "next"},
    }
    found = proposed("case,part,words\n1,a,x\n1,b,x\n2,a,y\n", "text/csv")
    assert found is not None
    assert found.parameters["key"] == ["case", "part"]


def test_a_document_is_watched_for_being_replaced() -> None:
    answer = Seen(
        Response("https://x.example/policy.pdf", body=b"%PDF-1.4 \xff\xfe", headers={"Content-Type": "application/pdf"})
    )
    found = UnknownSite().propose(answer, {})
    assert found is not None
    assert (found.spider, found.files, found.file_bytes) == ("pages", 1, 11)


def test_a_long_list_is_looked_at_in_reasonable_work() -> None:
    """However many selectors fit a row, it is looked at once."""
    body = rows("<tr class='r'><td>{n}</td><td><a href='/d/{n}.pdf'>Report number {n}</a></td></tr>", 2000)
    structure = Structure(URL, f"<table><tbody>{body}</tbody></table>")
    assert structure.repeated()
    assert len(structure._rows) == 4 * 2000, "link, cell, the cell without one, and row"
