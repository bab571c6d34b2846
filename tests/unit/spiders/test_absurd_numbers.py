"""Numbers and names that no honest page has: each is a `PageError`, or is left alone, and never a bug of ours."""

from __future__ import annotations

import pytest

from spiders.errors import LONGEST, PageError
from spiders.page import parse
from spiders.platforms.govqa import pager
from spiders.webforms import read_form

URL = "https://portal.example/list"
FORM = '<form action="{}"><input type=hidden name=__VIEWSTATE value=x></form>'


def test_a_page_number_of_5000_digits_is_no_page_number() -> None:
    with pytest.raises(PageError, match=r"Page N of M"):
        pager(parse(URL, f"<b class=dxp-summary>Page 1 of {'9' * 5000} (3 items)</b>"))


def test_an_element_whose_name_python_calls_a_word_has_a_mirror() -> None:
    page = parse(URL, "<main><h\u00b2>Odd</h\u00b2><p \u00b2='x'>Even</p></main>")
    assert [part.text for part in page.many("//p")] == ["Even"]


def test_a_sentence_is_no_page() -> None:
    error = PageError(URL, "td", "a day", "9" * 100_000)
    assert len(str(error)) < 2 * LONGEST
    assert error.found.endswith("9…")


@pytest.mark.parametrize(
    "action", ["https://elsewhere.example/post", "http://portal.example/list", "//elsewhere.example/"]
)
def test_a_form_of_another_host_is_no_form(action: str) -> None:
    with pytest.raises(PageError, match=r"form\[action\]"):
        read_form(parse(URL, FORM.format(action)), URL)


@pytest.mark.parametrize("action", ["", "other.aspx", "https://portal.example/x", "javascript:void(0)"])
def test_a_form_of_its_own_host_is_read(action: str) -> None:
    assert read_form(parse(URL, FORM.format(action)), URL).action.startswith("https://portal.example/")
