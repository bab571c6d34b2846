"""The index made by reading a WARC equals the one made while writing it, whatever was archived."""

import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archive.model import Failure, Held, Peer
from archive.warc.fixity import verify_record
from archive.warc.index import cdxj_lines, scan
from archive.warc.reader import WarcReader
from archive.warc.surt import surt

from .scene import Wire, archive, chunks

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the reference's own old escapes in patterns
    import surt as reference

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
LATIN = st.text(st.characters(max_codepoint=255), max_size=30).map(
    lambda text: text.encode("latin-1").replace(b"\n", b"").replace(b"\r", b"")
)
NAMES = st.sampled_from([b"Content-Type", b"ETag", b"etag", b"Last-Modified", b"Location", b"Content-Encoding", b"X"])
HELD = st.builds(
    Held,
    capture=st.uuids().map(str),
    url=st.just("https://portal.example/held"),
    at=st.just(datetime(2026, 1, 2, 3, 4, 5, 6, UTC)),
    payload_digest=st.just("sha256:" + "ab" * 32),
    payload_length=st.integers(1, 2**60),
    mime=st.sampled_from(["", "text/html", "application/pdf"]),
)
FAILURES = st.builds(
    Failure,
    stage=st.sampled_from(["connect", "body"]),
    error=TEXT,
    retryable=st.booleans(),
    truncated=st.sampled_from(["", "length", "disconnect"]),
    resolved=st.lists(st.sampled_from(["192.0.2.1", "2001:db8::1"]), max_size=2).map(tuple),
)


@st.composite
def wires(draw):
    chunked = draw(st.booleans())
    status = draw(st.sampled_from([b"200 OK", b"301 Moved", b"304 Not Modified", b"404", b"204 No", b"206 Part"]))
    headers = draw(st.lists(st.tuples(NAMES, LATIN), max_size=4))
    if chunked:
        headers.append((b"Transfer-Encoding", b"chunked"))
    head = b"HTTP/1.1 " + status + b"\r\n" + b"".join(b"%b: %b\r\n" % pair for pair in headers) + b"\r\n"
    body = draw(st.sampled_from([b"", b"same", b"other", b"x" * 70_000]))
    return Wire(
        url="https://portal.example/" + draw(TEXT),
        method=draw(st.sampled_from(["GET", "HEAD", "POST"])),
        head=draw(st.sampled_from([head, head, head, b""])),
        body=chunks(body) if chunked and body else b"0\r\n\r\n" if chunked else body,
        chunked=chunked,
        request=draw(st.sampled_from([b"GET / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\n\r\nx", b"odd", b""])),
        peer=draw(st.sampled_from([None, Peer("192.0.2.1"), Peer("2001:db8::1", ("http/1.1", "tls/1.3"), "C")])),
        interim=draw(st.sampled_from([(), (b"HTTP/1.1 103 Early Hints\r\n\r\n",)])),
        held=draw(st.none() | HELD),
        failure=draw(st.none() | FAILURES),
    )


def with_reason(wire):
    """Without a head there must be a failure; without a failure a body is whole."""
    if not wire.head:
        wire.body = b""
        wire.failure = wire.failure or Failure("head", "closed", True)
    return wire


@given(st.lists(wires().map(with_reason), min_size=1, max_size=8), st.sampled_from([1 << 20, 60_000]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([Wire(body=b"")], 1 << 20)
def test_rows_read_equal_rows_written(some, large):
    with tempfile.TemporaryDirectory() as folder:
        _, sealed = archive(Path(folder), some, large_bytes=large)
        total = 0
        for warc in sealed:
            with warc.path.open("rb") as file:
                found = scan(file, warc.key)
            assert found.problems == []
            assert tuple(found.captures) == warc.captures
            assert tuple(found.derived) == warc.derived
            total += len(found.captures)
            with warc.path.open("rb") as file:
                reader = WarcReader(file)
                assert [problem for record in reader for problem in verify_record(record)] == []
                assert reader.problems == []
        assert total == len(some)


def test_cdxj_is_sorted_bytewise(tmp_path):
    urls = [
        "https://b.example/",
        "https://a.example/z",
        "https://a.example/%7Ey",
        "https://a.example:81/",
        "https://A.example/a?b=1",
    ]
    _, (warc,) = archive(
        tmp_path,
        [Wire(url=url, body=url.encode()) for url in urls] + [Wire(head=b"", failure=Failure("head", "x", True))],
    )
    lines = cdxj_lines(list(warc.captures))
    assert lines == sorted(lines, key=str.encode)
    assert len(lines) == 5
    assert lines[0].startswith("example,a)/a?b=1 ")


URLS = [
    "http://Www.Example.com:80/a/../b//c?B=2&a=1&PHPSESSID=0123456789abcdef0123456789abcdef#x",
    "https://user:pw@www2.EXAMPLE.com:443/",
    "http://example.com",
    "http://example.com/?",
    "http://example.com/A%41%zz%2f",
    "http://192.0.2.1/x",
    "http://exämple.com/ü",
    "https://example.com:8443/index.html?x",
    "http://example.com/a;jsessionid=0123456789abcdef0123456789abcdef?x=1",
    "http://example.com/?a=1&&b=",
    "dns:example.com",
    "http://www.www.com/",
    "http://example.com./a b",
    "http://example.com/a?sid=0123456789abcdef0123456789abcdef&x=1",
    "urn:recordwatch:x",
    "http://example.com/%E2%9C%93",
    "http://example.com/a/./b/",
    "http://example.com/a?b?c",
    "http://example.com/(s(0123456789abcdefghijklmn))/page.aspx?x",
    "http://example.com/a%2525b%20c?q=%2525",
    "http://example.com/?cfid=1&cftoken=2",
]


@pytest.mark.parametrize("url", URLS)
def test_surt_keys_are_the_communitys(url):
    assert surt(url) == reference.surt(url)


PIECES = st.text("abZ09./%?&=;:~-_+,#!*'()@|\\^ üß", max_size=25)


@given(st.sampled_from(["example.com", "www.Example.org", "a.b.example:8080"]), PIECES, PIECES)
@settings(max_examples=400, deadline=None)
def test_surt_of_any_path_and_query(host, path, query):
    url = f"https://{host}/{path}?{query}"
    assert surt(url) == reference.surt(url)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_surt_never_raises(text):
    surt(text)
    surt("http://" + text)
