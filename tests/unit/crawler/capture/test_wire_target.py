"""A URL and headers become exactly one request, unchanged but for what HTTP forbids; secrets are masked."""

from __future__ import annotations

import pytest

from crawler.capture.errors import RequestRefused
from crawler.capture.target import masked_url, parse_target, prepare
from crawler.capture.wire import WireRequest


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("http://a.test", b"a.test", b"/"),
        ("http://A.test/", b"A.test", b"/"),
        ("http://a.test?q=1", b"a.test", b"/?q=1"),
        ("HTTP://a.test:80/x#frag", b"a.test", b"/x"),
        ("http://a.test:443/", b"a.test:443", b"/"),
        ("https://a.test:443/", b"a.test", b"/"),
        ("http://a.test:/", b"a.test", b"/"),
        ("http://u:p@a.test/", b"a.test", b"/"),
        ("http://a.test/a b\t\x7f", b"a.test", b"/a%20b%09%7F"),
        (
            "http://a.test/%7e/%zz/.././/x;y?a=%20+b&c='\"<>{}|\\^`",
            b"a.test",
            b"/%7e/%zz/.././/x;y?a=%20+b&c='\"<>{}|\\^`",
        ),
        ("http://a.test/Grüße?ö=ß", b"a.test", b"/Gr%C3%BC%C3%9Fe?%C3%B6=%C3%9F"),
        ("http://Bücher.test/", b"xn--bcher-kva.test", b"/"),
        ("http://a_b.test./", b"a_b.test.", b"/"),
        ("http://[2001:DB8::1]:8080/", b"[2001:DB8::1]:8080", b"/"),
    ],
)
def test_targets(url: str, authority: bytes, path: bytes) -> None:
    target = parse_target(url)
    assert (target.authority, target.path) == (authority, path)
    assert target.absolute == target.scheme.encode() + b"://" + authority + path


def wire(request: WireRequest) -> bytes:
    return prepare(request, parse_target(request.url)).wire


def test_headers_go_out_as_given() -> None:
    headers = ((b"x-ODD", b" v "), (b"Host", b"other"), (b"X-odd", b"\xff"), (b"Empty", b""))
    expected = b"GET /p HTTP/1.1\r\nx-ODD:  v \r\nHost: other\r\nX-odd: \xff\r\nEmpty: \r\n\r\n"
    assert wire(WireRequest("http://a.test/p", headers=headers)) == expected


def test_lengths_are_added_where_needed() -> None:
    assert wire(WireRequest("http://a.test/", "POST", (), b"abc")).endswith(b"Content-Length: 3\r\n\r\nabc")
    assert wire(WireRequest("http://a.test/", "PUT")).endswith(b"Content-Length: 0\r\n\r\n")
    given = wire(WireRequest("http://a.test/", "POST", ((b"content-length", b"3"),), b"abc"))
    assert given.lower().count(b"content-length") == 1


@pytest.mark.parametrize(
    "request_",
    [
        WireRequest("http://a.test/", headers=((b"X", b"a\r\nY: b"),)),
        WireRequest("http://a.test/", headers=((b"X", b"a\nY: b"),)),
        WireRequest("http://a.test/", headers=((b"X\r\nY", b"a"),)),
        WireRequest("http://a.test/", headers=((b"X ", b"a"),)),
        WireRequest("http://a.test/", headers=((b"", b"a"),)),
        WireRequest("http://a.test/", headers=((b"X", b"\0"),)),
        WireRequest("http://a.test/", "GET /x HTTP/1.1\r\n"),
        WireRequest("http://a.test/", "CONNECT"),
        WireRequest("http://a.test/", ""),
        WireRequest("http://a.test/", headers=((b"Transfer-Encoding", b"chunked"),)),
        WireRequest("http://a.test/", "POST", ((b"Content-Length", b"2"),), b"GET /"),
    ],
)
def test_requests_that_would_be_two(request_: WireRequest) -> None:
    with pytest.raises(RequestRefused):
        wire(request_)


def test_secrets_are_masked_at_their_length() -> None:
    request = WireRequest(
        "http://a.test/p?Key=s3cret&q=1&k%65y=again;key=&keys=shown",
        "POST",
        (
            (b"AUTHORIZATION", b"Bearer abc"),
            (b"X-Token", b"t0ken"),
            (b"Referer", b"http://a.test/?key=s3cret#x"),
            (b"Content-Type", b"application/x-www-form-urlencoded"),
        ),
        b"key=body&other=1",
        frozenset({"x-token"}),
        frozenset({"key"}),
    )
    prepared = prepare(request, parse_target(request.url))
    assert len(prepared.wire) == len(prepared.kept)
    for secret in (b"s3cret", b"again", b"Bearer", b"t0ken", b"=body"):
        assert secret in prepared.wire
        assert secret not in prepared.kept
    assert b"GET" not in prepared.kept
    assert b"/p?Key=******&q=1&k%65y=*****;key=&keys=shown " in prepared.kept
    assert b"AUTHORIZATION: **********\r\nX-Token: *****\r\n" in prepared.kept
    assert prepared.kept.endswith(b"key=****&other=1")
    assert masked_url(request.url, request.secret_parameters).endswith("?Key=******&q=1&k%65y=*****;key=&keys=shown")
    plain = WireRequest("http://a.test/?key=1")
    assert prepare(plain, parse_target(plain.url)).kept == wire(plain)
