"""Files that came in parts: the manifest, the whole put together, its row read again, and what is no manifest."""

import asyncio
import hashlib
import os
from dataclasses import replace

import msgspec
import pytest

from archive.model import Failure, Part
from archive.warc.crawl_writer import WriterClosed
from archive.warc.index import cdxj_lines, scan
from archive.warc.parts import PartMissing, made, read_manifest, whole_head
from archive.warc.replay import NotArchived, Replay

from .scene import HEAD, Wire, crawl, make_writer
from .test_salvage import check_whole

URL = "https://portal.example/video"
BODY = os.urandom(900_000)
CUT = Failure("body", "the connection broke", True, "disconnect")
VIDEO = HEAD.replace(b"text/html; charset=utf-8", b'Video/MP4; x=1\r\nETag: "a"\r\nContent-Length: 900000')
PARTIAL = HEAD.replace(b"200 OK", b"206 Partial Content")


async def two_parts(writer):
    first = await Wire(url=URL, head=VIDEO, body=BODY[:300_000], failure=CUT).play(writer)
    second = await Wire(url=URL, head=PARTIAL, body=BODY[290_000:]).play(writer)
    return Part(first.capture, 0, 300_000), Part(second.capture, 10_000, 600_000)


async def assembled(writer):
    parts = await two_parts(writer)
    return await writer.assemble(URL, parts, mime="Video/MP4; x=1", etag='"a"', how="ranges")


@pytest.mark.parametrize("large_bytes", [100_000, 1 << 20])
def test_the_whole_reads_back_and_its_row_is_found_again(tmp_path, large_bytes):
    async def play(writer):
        whole = await assembled(writer)
        with writer.open_payload(whole.capture) as stream:
            assert stream.read() == BODY
        return whole, await writer.seal()

    whole, sealed = crawl(tmp_path, play, large_bytes=large_bytes)
    check_whole(sealed)
    assert (whole.status, whole.payload_length, whole.payload) == (200, 900_000, None)
    assert whole.payload_digest == "sha256:" + hashlib.sha256(BODY).hexdigest()
    for warc in sealed:
        with warc.path.open("rb") as file:
            assert tuple(scan(file, warc.key).captures) == warc.captures
    rows = [row for warc in sealed for row in warc.captures]
    (row,) = [row for row in rows if row.kind == "assembled"]
    assert (row.id, row.url, row.mime, row.etag, row.method) == (whole.capture, URL, "video/mp4", '"a"', "GET")
    assert len(cdxj_lines(rows)) == 2, "no tool is to show the list in place of the file"
    answer = Replay.from_file(*[warc.path for warc in sealed]).get(URL)
    assert (answer.status, answer.body) == (200, BODY)
    assert answer.headers == tuple(
        (name.encode(), value.encode())
        for name, value in [("Server", "nginx"), ("Content-Type", "Video/MP4; x=1"), ("ETag", '"a"'), ("Content-Length", "900000")]
    )  # fmt: skip


def test_a_304_stands_for_the_whole(tmp_path):
    async def play(writer):
        whole = await assembled(writer)
        await writer.seal()
        return whole

    whole = crawl(tmp_path, play)
    paths = sorted(tmp_path.rglob("*.warc.gz"))
    row = next(row for row in Replay.from_file(*paths)._by_id.values() if row.kind == "assembled")
    from archive.model import Held

    held = Held(row.id, row.url, row.at, row.payload_digest, row.payload_length, row.etag, "", row.mime)
    head = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'

    async def again(writer):
        answer = await Wire(url=URL, head=head, held=held).play(writer)
        return answer, await writer.seal()

    answer, (warc,) = crawl(tmp_path, again, crawl="019aaaaa-1234-7abc-8def-0123456789ac")
    (revisit,) = warc.captures
    assert (revisit.kind, revisit.refers_to) == ("revisit-not-modified", whole.capture)
    assert Replay.from_file(*paths, warc.path).replay(revisit).body == BODY
    assert answer.payload_length == 900_000


def test_nothing_becomes_a_revisit_of_what_came_in_parts(tmp_path):
    async def play(writer):
        await assembled(writer)
        await Wire(url=URL + "2", head=VIDEO, body=BODY).play(writer)
        return await writer.seal()

    rows = [row for warc in crawl(tmp_path, play) for row in warc.captures]
    assert [row.kind for row in rows if row.url == URL + "2"] == ["response"]


def test_parts_that_are_not_there_or_too_short(tmp_path):
    async def play(writer):
        one, two = await two_parts(writer)
        for parts in (
            [one, Part("019aaaaa-1234-7abc-8def-000000000000", 0, 5)],
            [one, replace(two, length=600_001)],
            [replace(one, start=300_001)],
        ):
            with pytest.raises(PartMissing):
                await writer.assemble(URL, parts, mime="", how="ranges")
        await writer.assemble(URL, [one, two], mime="", how="ranges")
        with pytest.raises(ValueError, match="bytes"):
            await writer.assemble(URL, [replace(one, length=0)], mime="", how="ranges")
        return await writer.seal()

    sealed = crawl(tmp_path, play)
    assert [row.kind for warc in sealed for row in warc.captures] == ["response", "response", "assembled"]
    (warc,) = sealed
    found = Replay.from_file(warc.path)
    del found._by_id[warc.captures[0].id]
    with pytest.raises(NotArchived):
        found.get(URL)


def test_a_writer_that_closes_waits_for_no_assembly(tmp_path):
    async def run():
        writer = make_writer(tmp_path)
        parts = await two_parts(writer)
        task = asyncio.ensure_future(writer.assemble(URL, parts * 400, mime="", how="segments"))
        await asyncio.sleep(0)
        await writer.close()
        with pytest.raises(PartMissing, match="the crawl ended"):
            await task
        with pytest.raises(WriterClosed):
            await writer.assemble(URL, parts, mime="", how="ranges")

    asyncio.run(run())


def test_segments_are_one_file_of_their_own(tmp_path):
    pieces = [os.urandom(50_000) for _ in range(5)]

    async def play(writer):
        heads = HEAD.replace(b"text/html; charset=utf-8", b'video/MP2T\r\nETag: "s"\r\nContent-Length: 50000')
        wires = [Wire(url=f"{URL}/{n}.ts", head=heads, body=body) for n, body in enumerate([*pieces, pieces[0]])]
        answers = [await wire.play(writer) for wire in wires]  # the last is a revisit of the first
        parts = [Part(answer.capture, 0, 50_000) for answer in answers]
        whole = await writer.assemble(URL, parts, mime="video/mp4", how="segments")
        with writer.open_payload(whole.capture) as stream:
            assert stream.read() == b"".join([*pieces, pieces[0]])
        return await writer.seal()

    sealed = crawl(tmp_path, play)
    answer = Replay.from_file(*[warc.path for warc in sealed]).get(URL)
    assert (answer.header("content-type"), answer.header("content-length")) == ("video/mp4", "300000")
    assert answer.header("etag") == ""


MANIFEST = made(URL, [Part("c", 0, 5)], "sha256:00", mime="video/mp4", etag="", last_modified="", how="ranges")


@pytest.mark.parametrize(
    "change",
    [{"length": 6}, {"parts": []}, {"parts": [{"capture": "c", "start": -1, "length": 5}]}, {"how": "magic"},
     {"parts": [{"capture": "c", "start": 0, "length": 6}, {"capture": "c", "start": 0, "length": -1}]}, {"parts": 3}],
)  # fmt: skip
def test_a_list_that_contradicts_itself_is_none(tmp_path, change):
    block = msgspec.json.encode(msgspec.json.decode(MANIFEST.encoded()) | change)
    path = tmp_path / "manifest"
    path.write_bytes(block)
    with path.open("rb") as stream, pytest.raises(PartMissing):
        read_manifest(stream)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (b"HTTP/1.0 200 Fine\nContent-Length: 5\nX: 1\n\n", b"HTTP/1.0 200 Fine\nContent-Length: 5\nX: 1\n\n"),
        (
            b"HTTP/1.1 206 Part\r\nContent-Range: bytes 0-1/5\r\nContent-Length: 2\r\nX: 1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 5\r\n\r\n",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip,\r\n chunked\r\nX: 1\r\n  2\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: 1\r\n  2\r\nContent-Length: 5\r\n\r\n",
        ),
    ],
)
def test_the_head_of_the_whole(first, expected):
    assert whole_head(first, MANIFEST) == expected


def test_a_segment_that_came_in_parts_itself_gives_its_own_parts(tmp_path):
    async def play(writer):
        segment = await assembled(writer)
        last = await Wire(url=f"{URL}/2", head=VIDEO, body=b"the end").play(writer)
        wanted = [Part(segment.capture, 250_000, 500_000), Part(last.capture, 0, 7)]
        whole = await writer.assemble(URL, wanted, mime="video/mp4", how="segments")
        with writer.open_payload(whole.capture) as stream:
            assert stream.read() == BODY[250_000:750_000] + b"the end"
        with pytest.raises(PartMissing, match="1 bytes"):
            await writer.assemble(URL, [Part(segment.capture, 1, 900_000)], mime="", how="segments")
        return await writer.seal()

    check_whole(crawl(tmp_path, play))
