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
