"""The world's odd WARCs: read as far as they are whole, reported, never a crash."""

import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.warc.fixity import verify_record
from archive.warc.head import Dechunker, parse_head
from archive.warc.index import scan
from archive.warc.reader import NotAWarc, WarcReader, read_member, response_parts

from .scene import chunks


def record(
    block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nhello",
    fields=b"",
    uri=b"http://a.example/",
    end=b"\r\n\r\n",
):
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: " + uri + b"\r\nWARC-Date: 2020-01-02T03:04:05Z\r\n"
        b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-00000000000%d>\r\n" % record.count
        + fields + b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n" % len(block) + block + end
    )  # fmt: skip


record.count = 1


def read(data):
    reader = WarcReader(io.BytesIO(data))
    return [(found.headers, found.block.read(), found) for found in reader], reader.problems


def extra_field(data):
    member = gzip.compress(data)
    return member[:3] + b"\x1c" + member[4:10] + b"\x06\x00SL\x02\x00ab" + b"name.warc\0comment\0" + member[10:]


SHAPES = {
    "plain": b"".join,
    "a member each": lambda records: b"".join(gzip.compress(data) for data in records),
    "one member": lambda records: gzip.compress(b"".join(records)),
    "two in a member": lambda records: gzip.compress(records[0] + records[1]) + gzip.compress(records[2]),
    "extra fields": lambda records: b"".join(map(extra_field, records)),
    "stored": lambda records: b"".join(gzip.compress(data, 0) for data in records),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_packing(shape):
    data = shape(
        [record(uri=b"http://a.example/%d" % n, block=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * n) for n in (0, 7, 300_000)]
    )
    found, problems = read(data)
    assert problems == []
    assert [headers.url for headers, _, _ in found] == [f"http://a.example/{n}" for n in (0, 7, 300_000)]
    assert [len(block) for _, block, _ in found] == [19, 26, 300_019]
    if shape is not SHAPES["one member"] and shape is not SHAPES["two in a member"]:
        for headers, block, place in found:
            again = read_member(io.BytesIO(data[place.offset : place.offset + place.length]))
            assert (again.headers.url, again.block.read()) == (headers.url, block)


ODD = {
    "line feeds only": record().replace(b"\r\n", b"\n", 7),
    "no line ends behind": record(end=b""),
    "many line ends behind": record(end=b"\r\n" * 9),
    "folded header": record(fields=b"X: a\r\n b\r\n\tc\r\n"),
    "header without colon": record(fields=b"nonsense\r\n"),
    "bracketed URI": record(uri=b"<http://a.example/>"),
    "spaces around URI": record(uri=b"  http://a.example/ "),
    "lowercase names": record()
    .replace(b"WARC-Target-URI", b"warc-target-uri")
    .replace(b"Content-Length", b"content-length"),
    "bytes that are no UTF-8": record(fields=b"X: \xff\xfe\r\n"),
    "an unknown version": record().replace(b"WARC/1.0", b"WARC/0.18"),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_odd_headers(data, pack):
    found, problems = read(pack(data) + pack(record(uri=b"http://next.example/")))
    assert problems == []
    assert [headers.url for headers, _, _ in found] == ["http://a.example/", "http://next.example/"]
    assert found[0][1].endswith(b"hello")


def test_a_spaced_uri_is_kept():
    found, _ = read(record(uri=b"http://a.example/a b"))
    assert found[0][0].url == "http://a.example/a b"


DAMAGE = {
    "torn tail": (lambda data: data[:-9], 1),
    "garbage behind": (lambda data: data + b"\0\1garbage", 2),
    "plain text behind": (lambda data: data + b"WARC/1.0\r\nno end", 2),
    "flipped bit": (lambda data: data[:-30] + bytes([data[-30] ^ 4]) + data[-29:], 1),
}


@pytest.mark.parametrize(("harm", "whole"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_reported_and_what_is_whole_is_given(harm, whole):
    data = harm(
        gzip.compress(record()) + gzip.compress(record(block=b"HTTP/1.1 200 OK\r\n\r\n" + bytes(range(256)) * 9))
    )
    found = scan(io.BytesIO(data), "k")
    assert len(found.captures) <= whole
    assert len(found.captures) >= 1
    assert found.problems
    assert found.problems[0].what


@pytest.mark.parametrize("length", [b"-1", b"x", b"", b"99999999999999999999999", b"1_0"])
def test_content_length_that_is_no_number(length):
    found, problems = read(record().replace(b"Content-Length: 49", b"Content-Length: " + length))
    assert found == []
    assert "Content-Length" in problems[0].what


@pytest.mark.parametrize("data", [b"", b"\x1f", b"\x1f\x8b", b"no warc", b"\x1f\x8b\x08" + b"\0" * 40, b"\r\n\r\n"])
def test_a_file_that_is_none(data):
    found, _ = read(data)
    assert found == []
    with pytest.raises(NotAWarc):
        read_member(io.BytesIO(data))


@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_bytes(noise, at, packed):
    data = record(block=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(b"abc")) * 2
    data = gzip.compress(data) if packed else data
    data = data[:at] + noise + data[at + len(noise) :]
    scan(io.BytesIO(data), "k")
    for found in WarcReader(io.BytesIO(data)):
        verify_record(found)


CHUNKED = {
    "plain": (b"3\r\nabc\r\n0\r\n\r\n", b"abc", False),
    "leading zeros, extension": (b"0003;a=b\r\nabc\r\n2 ;x\r\nde\r\n000\r\nT: 1\r\n\r\n", b"abcde", False),
    "line feeds only": (b"3\nabc\n0\n\n", b"abc", False),
    "cut": (b"5\r\nab", b"ab", False),
    "no chunks at all": (b"<html>not chunked</html>\n", b"<html>not chunked</html>\n", True),
    "damage in the middle": (b"3\r\nabc\r\nzz\r\nrest", b"abczz\r\nrest", True),
    "negative size": (b"-3\r\nabc", b"-3\r\nabc", True),
    "huge size": (b"fffffffffffffffff\r\nabc", b"fffffffffffffffff\r\nabc", True),
}


@pytest.mark.parametrize(("raw", "entity", "damaged"), CHUNKED.values(), ids=CHUNKED.keys())
@pytest.mark.parametrize("step", [1, 2, 5, 1000])
def test_dechunking_at_any_cut(raw, entity, damaged, step):
    dechunker = Dechunker()
    out = b"".join(dechunker.feed(raw[at : at + step]) for at in range(0, len(raw), step))
    assert (out, dechunker.damaged) == (entity, damaged)


def test_response_parts():
    block = b"HTTP/1.1 200\r\nSet-Cookie: a\r\nset-cookie: b\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n" + chunks(
        b"abc", b"de"
    )
    parts = response_parts(read_member(io.BytesIO(record(block=block))))
    assert (parts.status, parts.reason) == (200, b"")
    assert parts.headers[:2] == ((b"Set-Cookie", b"a"), (b"set-cookie", b"b"))
    assert parts.body.read(4) + parts.body.read() == b"abcde"


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (b"HTTP/1.1 404 Not  Found \r\n\r\n", 404, b"Not  Found"),
        (b"HTTP/1.1 200\r\n\r\n", 200, b""),
        (b"HTTP/2 200 \r\n\r\n", 200, b""),
        (b"http/1.0\t301\tM\n\n", 301, b"M"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", 0, b""),
        (b"\r\n", 0, b""),
        (b"", 0, b""),
    ],
)
def test_status_lines(raw, status, reason):
    head = parse_head(raw)
    assert (head.status, head.reason) == (status, reason)


@pytest.mark.parametrize("digest", [b"sha256:zz", b"shake128:00", b"nonsense", b"x:y", b"sha1:\xff"])
def test_a_digest_that_can_not_be_checked_is_reported(digest):
    reader = WarcReader(io.BytesIO(record(fields=b"WARC-Block-Digest: " + digest + b"\r\n")))
    (problems,) = [verify_record(found) for found in reader]
    assert "not a digest we can check" in problems[0].what
