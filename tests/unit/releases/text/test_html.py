"""Title and main text of pages."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.text.html import html_text

PAGE = """<!DOCTYPE html><html><head><title> Case &amp; file </title><script>var x = "no";</script></head><body>
<nav><ul><li><a href=/>Home</a></li><li><a href=/about>About</a></li></ul></nav>
<main><h1>Case 2031-014</h1><p>The officer, identified as Pérez, was relieved of duty. {filler}</p>
<table><tr><td>Status</td><td>Closed</td></tr></table></main><footer>Copyright City</footer></body></html>"""


def test_main_text_without_navigation():
    title, text = html_text(PAGE.format(filler="The investigation took a long time. " * 20).encode())
    assert title == "Case & file"
    assert "Pérez" in text
    assert "Closed" in text
    assert "var x" not in text
    assert "About" not in text


def test_a_page_without_main_content_gives_what_it_has():
    assert html_text(b"<table><tr><td>Log</td><td>1087000</td></tr></table>")[1].split() == ["Log", "1087000"]


@pytest.mark.parametrize("filler", ["", "These are the cases of the office. " * 20])
@pytest.mark.parametrize(
    "list_", ["<ul>{}</ul>", "<ol class=menu-list>{}</ol>", "<div aria-hidden=true><ul>{}</ul></div>"]
)
@pytest.mark.parametrize("around", ["{}", "<main>{}</main>", "<article><header>{}</header></article>"])
def test_every_entry_of_a_list_can_be_searched_for(around, list_, filler):
    entries = "".join(f"<li><a href=/c/{number}>Case 2031-{number:03}</a></li>" for number in range(40))
    content = around.format(f"<h1>Cases</h1><p>{filler}</p>" + list_.format(entries))
    page = f"<body><header>Lake Harbor</header><nav><ul><li>Home</ul></nav>{content}<footer>Imprint</footer></body>"
    words = html_text(page.encode())[1]
    assert words.count("Case 2031-") == 40
    assert not {"Lake Harbor", "Home", "Imprint"} & {line.strip() for line in words.splitlines()}


def test_a_page_of_nothing_but_navigation_gives_that():
    assert html_text(b"<body><nav><ul><li>Cases<li>Reports</ul></nav></body>")[1].split() == ["Cases", "Reports"]


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("<p>né".encode("latin-1"), "iso-8859-1", "né"),
        (b"<meta charset=windows-1252><p>n\xe9 \x93q\x94", "", "né “q”"),
        ("<p>né".encode(), "", "né"),
        (b"\xef\xbb\xbf<p>n\xc3\xa9", "latin-1", "né"),
        (b"", "", ""),
        (b"   ", "", ""),
    ],
)
def test_charsets(body, charset, text):
    assert html_text(body, charset)[1] == text


@pytest.mark.parametrize("tag", [b"<div>", b"<b>", b"<div></li>", b"<table><tr><td>", b"<DIV x='>'>"])
def test_deep_nesting_costs_no_time(tag):
    started = time.process_time()
    _, text = html_text(tag * 200_000 + b"hello")
    assert "hello" in text
    assert time.process_time() - started < 20


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | st.text(alphabet="<>/abdiv pt\"'=&#x;!-", max_size=200).map(str.encode))
def test_never_fails(body):
    html_text(body)


def test_a_page_of_signs_that_open_no_tag_is_read_to_its_end():
    title, text = html_text(b"<" * 600_000 + b"<b>words</b>")
    assert (title, text.endswith("words")) == ("", True)
