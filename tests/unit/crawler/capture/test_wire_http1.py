"""The parser alone: however the bytes are cut, the same events; whatever the bytes are, no exception."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.warc.head import Dechunker, parse_head
from crawler.capture.events import Broken, Data, End, Event, Head, Interim, parse_headers
from crawler.capture.http1 import ResponseParser

CORPUS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello excess",
    (
        b"\r\n\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5;a=b\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\nexcess"
    ),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n5\r\nworldX\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZ\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nX-After : v\r\n folded\r\nnocolon\r\n\r\nuntil the end",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"\x00\x00\x12\x04\x00\x00\x00\x00\x00settings",
]


def run(pieces: list[bytes], method: str = "GET", head_bytes: int = 300, body_bytes: int = 200) -> list[Event]:
    """Events of one stream, neighbouring Data joined."""
    parser = ResponseParser(method, head_bytes=head_bytes, body_bytes=body_bytes)
    events: list[Event] = []
    for piece in pieces:
        events += parser.feed(piece)
    events += parser.eof()
    assert parser.done
    joined: list[Event] = []
    for event in events:
        if not isinstance(event, Data):
            joined.append(event)
        elif joined and isinstance(last := joined[-1], Data):
            joined[-1] = Data(bytes(last.raw) + event.raw, bytes(last.entity) + event.entity)
        else:
            joined.append(Data(bytes(event.raw), bytes(event.entity)))
    return joined


def raw(events: list[Event]) -> bytes:
    return b"".join(event.raw for event in events if isinstance(event, Interim | Head | Data))


def entity(events: list[Event]) -> bytes:
    return b"".join(event.entity for event in events if isinstance(event, Data))


def reread(events: list[Event]) -> None:
    """A reader of the archived block finds the same entity."""
    heads = [event for event in events if isinstance(event, Head)]
    body = b"".join(event.raw for event in events if isinstance(event, Data))
    if heads and parse_head(heads[0].raw).chunked:
        assert Dechunker().feed(body) == entity(events)
    else:
        assert body == entity(events)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(edges)]


def check(data: bytes, pieces: list[bytes], method: str) -> None:
    whole, split = run([data], method), run(pieces, method)
    last = whole[-1]
    assert entity(whole) == entity(split)
    assert [e for e in whole if not isinstance(e, Data)] == [e for e in split if not isinstance(e, Data)]
    if isinstance(last, Broken) and last.kind == "body" and not last.disconnect:
        # Of the unreadable line, what was fed apart from its end has been handed over already.
        assert raw(split).startswith(raw(whole))
        assert data.startswith(raw(split))
    else:
        assert whole == split
    reread(whole)
    reread(split)
    assert data.startswith(raw(whole))
    assert sum(isinstance(event, End | Broken) for event in whole) == 1
    assert isinstance(whole[-1], End | Broken)


@given(
    st.sampled_from(CORPUS),
    st.lists(st.integers(0, 1000), max_size=12),
    st.lists(st.tuples(st.integers(0, 1000), st.binary(max_size=3)), max_size=3),
    st.sampled_from(["GET", "HEAD", "CONNECT"]),
)
@settings(max_examples=1500, deadline=None, derandomize=True)
def test_cuts_change_nothing(seed: bytes, places: list[int], edits: list[tuple[int, bytes]], method: str) -> None:
    data = bytearray(seed)
    for place, new in edits:
        at = place % (len(data) + 1)
        data[at : at + 1] = new
    check(bytes(data), cut(bytes(data), places), method)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_garbage_ends_in_one_event(data: bytes, places: list[int]) -> None:
    check(data, cut(data, places), "GET")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    check(head + data, cut(head + data, places), "GET")
    check(b"HTTP/1.1 " + data, cut(b"HTTP/1.1 " + data, places), "GET")


@given(
    st.lists(
        st.tuples(st.binary(min_size=1, max_size=60), st.integers(0, 5), st.sampled_from([b"", b";x", b' ; a="b"'])),
        max_size=6,
    ),
    st.lists(st.integers(0, 1000), max_size=12),
)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_chunks_come_back(chunks: list[tuple[bytes, int, bytes]], places: list[int]) -> None:
    body = b"".join(b"0" * zeros + b"%x%s\r\n%s\r\n" % (len(data), ext, data) for data, zeros, ext in chunks)
    stream = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"0\r\nT: r\r\n\r\n"
    events = run(cut(stream, places), body_bytes=10_000)
    assert raw(events) == stream
    assert entity(events) == b"".join(data for data, _, _ in chunks)
    assert events[-1] == End(keep_alive=True)


def test_byte_by_byte() -> None:
    for seed in CORPUS:
        check(seed, [bytes([byte]) for byte in seed], "GET")


def test_mutations_never_hang() -> None:
    chance = random.Random(7)
    for _ in range(3000):
        data = bytearray(chance.choice(CORPUS))
        for _ in range(chance.randrange(6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        check(bytes(data), cut(bytes(data), [chance.randrange(400) for _ in range(3)]), "GET")


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100 + b"\r\n", "header_bytes"),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 40, "header_bytes"),
        (b"\n" * 400, "header_bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 201\r\n\r\n", "body_bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 250 + b"\r\n\r\n", "body_bytes"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 201, "body_bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n" + b"x" * 300, "body_bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n", "body"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "head"),
        (b"HTTP/2 200\r\n\r\n", "head"),
        (b"HTTP/1.1 2OO OK\r\n\r\n", "head"),
        (b"<html>\r\n\r\n", "head"),
    ],
)
def test_what_cannot_be_read(stream: bytes, kind: str) -> None:
    last = run([stream])[-1]
    assert isinstance(last, Broken)
    assert (last.kind, last.disconnect) == (kind, False)


def test_a_body_as_large_as_its_limit_is_whole() -> None:
    assert run([b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b"x" * 200])[-1] == End(keep_alive=True)
    assert run([b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200])[-1] == End(keep_alive=False)


def test_headers_are_read_as_meant() -> None:
    lines = [b"X-After : v", b"no colon", b"A:", b"b: 1", b"\t2", b": nameless", b"B: 3"]
    assert parse_headers(lines) == ((b"X-After", b"v"), (b"A", b""), (b"b", b"1 2"), (b"B", b"3"))
