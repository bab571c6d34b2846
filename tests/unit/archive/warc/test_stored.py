"""Ranges of archived bodies are read by arithmetic, and small WARCs are made and read in memory."""

import os
from datetime import UTC, datetime

import pytest

from archive.warc.member import BLOCK
from archive.warc.reader import NotAWarc
from archive.warc.replay import NotArchived, Replay
from archive.warc.single import read_resource, resource_warc
from archive.warc.stored import NotStored, StoredMember

from .scene import HEAD, Wire, archive, chunks


@pytest.mark.parametrize("large", [1, 4 << 20])
@pytest.mark.parametrize("size", [40_000, BLOCK - len(HEAD) - 4, BLOCK - len(HEAD), BLOCK * 3 + 17, BLOCK * 130])
def test_any_range(tmp_path, size, large):
    body = os.urandom(size)
    head = HEAD.replace(b"text/html; charset=utf-8", b"video/mp4")
    wire = Wire(head=head, body=body)
    _, sealed = archive(tmp_path, [wire], large_bytes=large if size < 4 << 20 else 1)
    (warc,) = sealed
    asked = []

    with warc.path.open("rb") as file:

        def fetch(offset, length):
            asked.append(length)
            return os.pread(file.fileno(), length, offset)

        member = StoredMember(fetch, warc.captures[0].offset)
        parsed, start = member.response()
        assert (parsed.status, start, member.length) == (200, len(head), len(head) + size)
        for first, length in [
            (0, 1),
            (0, size),
            (size - 1, 1),
            (BLOCK - start - 1, 3),
            (size // 2, 1000),
            (size - 5, 99),
        ]:
            assert member.read(start + first, length) == body[first : first + length]
        asked.clear()
        member.read(start + size - 1000, 1000)
        assert sum(asked) < 1100, "a range costs its bytes"
    assert warc.size <= size * 1.0002 + 4096


def test_a_deflated_member_says_so(tmp_path):
    _, (warc,) = archive(tmp_path, [Wire(body=b"x" * 100_000)])
    with warc.path.open("rb") as file, pytest.raises(NotStored):
        StoredMember(lambda offset, length: os.pread(file.fileno(), length, offset), warc.captures[0].offset)


def test_a_single_resource_round_trips():
    at = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
    args = "urn:recordwatch:commit:1", "application/json", b'{"a":1}', {"software": "recordwatch"}, "x.warc.gz", at
    data = resource_warc(*args, record_id="019bbbbb-0000-7000-8000-000000000000")
    assert data == resource_warc(*args, record_id="019bbbbb-0000-7000-8000-000000000000")
    headers, block = read_resource(data)
    assert (headers.url, headers.id, block) == (args[0], "019bbbbb-0000-7000-8000-000000000000", args[2])
    assert headers.get("WARC-Date") == "2026-01-02T03:04:05.000006Z"
    for harmed in (b"", data[:-5], data[:100], data + b"x", data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]):
        with pytest.raises(NotAWarc):
            read_resource(harmed)


def test_replay_resolves_revisits(tmp_path):
    chunked = HEAD.replace(b"Server: nginx", b"Transfer-Encoding: chunked")
    wires = [
        Wire(url="https://portal.example/a", head=chunked, body=chunks(b"first", b" body"), chunked=True),
        Wire(url="https://portal.example/b", head=HEAD.replace(b"nginx", b"other"), body=b"first body"),
        Wire(url="https://portal.example/a", body=b"second body"),
    ]
    answers, (warc,) = archive(tmp_path, wires)
    replay = Replay.from_file(warc.path)
    assert replay.urls == ["https://portal.example/a", "https://portal.example/b"]
    assert replay.get("https://portal.example/a").body == b"second body"
    assert replay.get("https://portal.example/a", answers[1].at).body == b"first body"
    assert replay.get("https://portal.example/a", datetime(2000, 1, 1, tzinfo=UTC)).body == b"first body"
    again = replay.get("http://www.portal.example/b")
    assert (again.body, again.status, again.header("server")) == (b"first body", 200, "other")
    with pytest.raises(NotArchived):
        replay.get("https://portal.example/none")
