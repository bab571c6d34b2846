"""What stands around every page: who may see it, headers, errors."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from tests.newsroom.inside import Newsroom
from tests.newsroom.served import Served
from web.shell.headers import Headers


def _views(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for pattern in resolver.url_patterns:
        found += _views(pattern) if isinstance(pattern, URLResolver) else [pattern]
    return found


def test_every_view_says_who_may_see_it(newsroom: Newsroom) -> None:
    views = _views(get_resolver())
    assert views
    assert [one for one in views if not hasattr(one.callback, "recordwatch_right")] == []


def test_it_is_served_by_the_real_command(served: Served) -> None:
    answer = served.get("/")
    assert answer.status_code == 200
    assert "LH-2026-0002" in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "noindex" in answer.headers["X-Robots-Tag"]
    sheet = answer.text.split('rel="stylesheet" href="')[1].split('"')[0]
    style = served.get(sheet)
    assert style.status_code == 200
    assert "immutable" in style.headers["Cache-Control"] or "max-age" in style.headers["Cache-Control"]


def test_other_names_than_ours_are_not_answered_to(served: Served) -> None:
    assert served.get("/", headers={"Host": "rebound.example.org"}).status_code == 400


def test_what_is_not_there_says_so(newsroom: Newsroom) -> None:
    page = newsroom.get("/nothing/here")
    assert page.status_code == 404
    assert "<title>There is nothing at this address" in page.content.decode()
    data = newsroom.get("/nothing/here.json")
    assert data.status_code == 404
    assert "error" in data.json()


def test_a_cursor_that_is_none_is_refused_in_words(newsroom: Newsroom) -> None:
    for wrong in ("x", "W10", "eyJhIjoxfQ", "WyIyMDI2Il0", "%00", "A" * 5000):
        page = newsroom.get(f"/releases?after={wrong}")
        assert page.status_code == 400, wrong
        assert "does not exist" in page.content.decode()


def test_data_is_indented_for_who_opens_it_in_a_browser(newsroom: Newsroom) -> None:
    plain = newsroom.get("/releases.json", HTTP_ACCEPT="*/*")
    read = newsroom.get("/releases.json", HTTP_ACCEPT="text/html,application/xhtml+xml;q=0.9")
    assert b"\n" not in plain.content
    assert read.content.startswith(b'{\n "rows": [\n')
    assert read.json() == plain.json()
    assert {"Accept"} <= {name.strip() for name in read["Vary"].split(",")} & {
        name.strip() for name in plain["Vary"].split(",")
    }
    assert read["ETag"].startswith("W/")
    assert newsroom.get("/releases.json", HTTP_ACCEPT="text/html", HTTP_IF_NONE_MATCH=read["ETag"]).status_code == 304


def test_a_list_goes_on_where_it_ended(newsroom: Newsroom) -> None:
    rows, cursor = [], ""
    while True:
        data = newsroom.get(f"/releases.json?after={cursor}").json()
        rows += data["rows"]
        cursor = data["next"]
        if not cursor:
            break
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert ids == [row["id"] for row in sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True)]


def test_a_head_has_the_length_of_a_body_and_none() -> None:
    closed: list[str] = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"abc"
        finally:
            closed.append("pieces")

    asked = HttpRequest()
    asked.method = "HEAD"
    begun = pieces()
    next(begun)
    whole = HttpResponse(b"abc", headers={"Content-Length": "3"})
    for made in (whole, StreamingHttpResponse(begun, headers={"Content-Length": "3"})):
        answer = Headers(lambda _, made=made: made)(asked)  # type: ignore[misc]
        assert b"".join(answer) == b""
        assert answer.headers["Content-Length"] == "3"
        answer.close()
    assert closed == ["pieces"]
    asked.method = "GET"
    assert b"".join(Headers(lambda _: HttpResponse(b"abc"))(asked)) == b"abc"
