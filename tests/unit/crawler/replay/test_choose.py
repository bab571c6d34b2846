"""Which capture is shown: of the page, and of what the page asks for."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.replay.choose import Found, Wanted, find
from crawler.replay.errors import NeverCaptured, NoPage
from crawler.replay.files import FileShelf
from crawler.replay.shelf import Moment, nearest
from crawler.replay.viewer import page_of, reader_of

from .scene import NOON, PAGE, Seen, write

DAY = 86_400.0
JSON = ("Content-Type: application/json",)
X = "https://a.example/x"


def shelf(folder: Path, *exchanges: Seen) -> FileShelf:
    return FileShelf([write(folder / "one.warc.gz", exchanges)])


def found(of: FileShelf, url: str, crawl: str = "first", at: datetime = NOON, **more: object) -> Found:
    return find(of, Wanted(url=url, **{"method": "GET"} | more), Moment(crawl, at), at)  # type: ignore[arg-type]


def first(answer: Found, of: FileShelf) -> tuple[float, str]:
    """Seconds behind NOON, and the fit."""
    return (answer.rows[0].at - NOON).total_seconds(), answer.fit


def test_the_page_is_the_last_one_until_then(tmp_path: Path):
    days = [Seen(after=day * DAY) for day in (0, 1, 2)]
    of = shelf(tmp_path, *days, Seen(after=3 * DAY, status=503), Seen(after=4 * DAY, failed="no answer"))
    assert page_of(of, PAGE, None).at == days[2].at, "an error is shown when it is asked for alone"
    assert page_of(of, PAGE, NOON + timedelta(days=1.5)).at == days[1].at
    assert page_of(of, PAGE, NOON - timedelta(days=1)).at == days[0].at
    assert page_of(of, PAGE, NOON + timedelta(days=9)).status == 503


def test_an_address_that_was_never_captured_names_those_that_were(tmp_path: Path):
    of = shelf(
        tmp_path, Seen("https://a.example/cases/17"), Seen("https://a.example/about"), Seen("https://b.example/")
    )
    with pytest.raises(NeverCaptured, match=r"a\.example/cases/17, https://a\.example/about"):
        page_of(of, "https://a.example/cases/18", None)
    with pytest.raises(NoPage):
        page_of(of, "file:///etc/passwd", None)
    assert nearest(of, "https://c.example/") == []


def test_what_came_in_the_pages_own_crawl_comes_first(tmp_path: Path):
    of = shelf(
        tmp_path, Seen(X, after=-10), Seen(X, after=100, crawl="second"), Seen(X, after=900, crawl="second"),
        Seen(X, after=50, crawl="third"),
    )  # fmt: skip
    assert first(found(of, X), of) == (-10, "same")
    assert first(found(of, X, "second"), of) == (100, "same")
    assert first(found(of, X, "second", NOON + timedelta(seconds=800)), of) == (900, "same")
    assert first(found(of, X, "none", NOON + timedelta(seconds=60)), of) == (50, "elsewhere"), "the last one before"
    assert first(found(of, X, "none", NOON - timedelta(days=1)), of) == (-10, "elsewhere"), "else the first one after"


def test_what_was_cut_short_or_too_busy_comes_last(tmp_path: Path):
    of = shelf(
        tmp_path, Seen(X, after=1, status=503), Seen(X, after=2, truncated="length"), Seen(X, after=60),
        Seen(X, after=0, crawl="other"),
    )  # fmt: skip
    assert first(found(of, X), of) == (60, "same")


def test_a_304_that_refers_to_nothing_is_no_answer(tmp_path: Path):
    of = shelf(tmp_path, Seen(X, status=304), Seen(X, after=60))
    assert first(found(of, X), of) == (60, "same")


def test_a_post_is_told_by_what_it_says(tmp_path: Path):
    of = shelf(
        tmp_path, *(Seen(X, method="POST", sent=b'{"page": %d}' % page, after=page, headers=JSON) for page in (1, 2)),
        Seen(X, after=3),
    )  # fmt: skip
    assert first(found(of, X, method="POST", body=b'{"page": 2}'), of) == (2, "same")
    assert first(found(of, X, method="POST", body=b'{"page":1}'), of) == (1, "alike")
    assert found(of, X, method="POST", body=b'{"page": 3}') == Found(
        (), why="what it sends was never sent when it was captured"
    )
    assert found(of, X, method="PUT", body=b"x").why == "captured was GET, POST"
    assert first(found(of, X, method="HEAD"), of) == (3, "same")


def test_other_words_are_taken_where_there_are_none_to_the_letter(tmp_path: Path):
    of = shelf(
        tmp_path, Seen(f"{X}?a=1&_=17"), Seen(f"{X}?a=2&_=18", after=1), Seen("https://a.example/app.js?v=1&w=1",
        headers=("Content-Type: text/javascript",)), Seen(f"{X}?id=1", headers=("Content-Type: image/png",)),
    )  # fmt: skip
    assert found(of, f"{X}?_=99&a=2").rows[0].url == f"{X}?a=2&_=18"
    assert found(of, f"{X}?a=3&_=17").rows == ()
    assert found(of, f"{X}?id=2").rows == (), "another picture is no answer"
    assert found(of, "https://a.example/app.js?v=2&w=1").fit == "alike"
    assert found(of, "https://a.example/app.js?v=2&w=1", "other").rows == (), "of this crawl alone"
    assert found(of, "https://a.example/other.js").why == "never captured"


def test_plain_http_is_not_answered_with_a_redirect_to_itself(tmp_path: Path):
    moved = Seen("http://a.example/x", status=301, headers=(f"Location: {X}",))
    assert found(shelf(tmp_path, moved), X).rows == ()
    assert found(shelf(tmp_path, moved, Seen("http://www.a.example/x", after=5)), X).rows[0].status == 200


def test_why_nothing_is_there_is_told(tmp_path: Path):
    of = shelf(tmp_path, Seen(X, failed="the host does not answer"))
    assert found(of, X).why == "it was asked for, and failed: the host does not answer"


def test_the_page_sees_who_saw_it_then(tmp_path: Path):
    of = shelf(tmp_path, Seen())
    assert reader_of(of, page_of(of, PAGE, None), "America/Chicago").user_agent == "reader/1"
