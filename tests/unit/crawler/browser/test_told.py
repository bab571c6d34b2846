"""What Chromium tells, as bytes of the archive."""

from __future__ import annotations

import pytest

from crawler.capture.browser.direct.told import bodiless, head, problem, sent
from crawler.capture.errors import HeadFailed, NotConnected, TlsFailed
from crawler.capture.target import parse_target
from crawler.capture.wire import WireRequest

URL = "https://a.example/x?q=1"


def test_the_text_of_a_head_is_kept_as_it_came():
    text = "HTTP/1.1 200 Very fine\r\nX-oDD: a\r\nx-odd:  b\r\nContent-Length: 3\r\n\r\n"
    told = head(200, [], text, "GET")
    assert told.raw == b"HTTP/1.1 200 Very fine\r\nX-oDD: a\r\nx-odd: b\r\nContent-Length: 3\r\n\r\n"
    assert (told.reason, told.length, told.protocol) == (b"Very fine", 3, "http/1.1")


def test_a_head_of_http_2_is_written_as_1_1_and_says_what_was_spoken():
    shown = [{"name": "content-type", "value": "text/html"}, {"name": "set-cookie", "value": "a=1\nb=2"}]
    told = head(404, shown, "", "GET")
    assert (
        told.raw == b"HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\r\n"
    )
    assert (told.status, told.length, told.protocol) == (404, None, "h2")


@pytest.mark.parametrize(
    ("given", "kept", "length"),
    [
        ("Content-Encoding: br\r\nContent-Length: 9", "X-Archive-Orig-Content-Encoding: br\r\nX-Archive-Orig-Content-Length: 9", None),
        ("Content-Encoding: identity\r\nContent-Length: 9", "Content-Encoding: identity\r\nContent-Length: 9", 9),
        ("Transfer-Encoding: chunked", "X-Archive-Orig-Transfer-Encoding: chunked", None),
        ("Content-Length: many", "Content-Length: many", None),
    ],
)  # fmt: skip
def test_headers_that_would_lie_of_the_body_are_renamed(given: str, kept: str, length: int | None):
    told = head(200, [], f"HTTP/1.1 200 OK\r\n{given}\r\n\r\n", "GET")
    assert told.raw == f"HTTP/1.1 200 OK\r\n{kept}\r\n\r\n".encode()
    assert told.length == length


def test_what_has_no_body_is_not_asked_for_one():
    packed = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"
    assert head(200, [], packed, "HEAD").raw == packed.encode(), "of a body that never was nothing is wrong"
    moved = head(302, [], "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 9\r\n\r\n", "GET")
    assert b"X-Archive-Orig-Content-Length: 9" in moved.raw
    assert bodiless(moved, "GET")
    assert bodiless(head(304, [], "", "GET"), "GET")
    assert not bodiless(head(300, [], "", "GET"), "GET")


def test_what_is_no_head_is_refused():
    with pytest.raises(HeadFailed):
        head(200, [], "ICY 200 OK\r\n\r\n", "GET")


def test_a_request_is_kept_as_it_left_with_secrets_masked():
    request = WireRequest(URL, "POST", ((b"Accept", b"*/*"),), b"q=1&r=2", secret_parameters=frozenset({"q"}))
    left = {":method": "POST", "accept": "*/*", "Authorization": "Bearer x", "content-length": "7", "Host": "wrong"}
    assert sent(request, parse_target(URL), left) == (
        b"POST /x?q=* HTTP/1.1\r\nHost: a.example\r\naccept: */*\r\nAuthorization: ********\r\nContent-Length: 7\r\n\r\nq=1&r=2"
    )
    assert sent(request, parse_target(URL), {}).startswith(
        b"POST /x?q=* HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\n"
    )


def test_chromiums_words_become_stages():
    target = parse_target(URL)
    assert isinstance(problem("net::ERR_SSL_PROTOCOL_ERROR", target), TlsFailed)
    assert isinstance(problem("net::ERR_CERT_AUTHORITY_INVALID", target), TlsFailed)
    assert isinstance(problem("net::ERR_EMPTY_RESPONSE", target), NotConnected)
