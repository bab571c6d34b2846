"""Large bodies: flat memory, written once, a slow disk slows the socket, sealed and handed over early."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from archive.warc import large, large_member
from archive.warc.index import scan
from archive.warc.reader import open_entity

from .scene import CRAWL, HEAD, Wire, archive, chunks, crawl, make_writer
from .test_salvage import check_whole

ROOT = Path(__file__).parents[4]
BIG = """
import asyncio, json, os, sys
from pathlib import Path
from tests.unit.archive.warc.scene import HEAD, make_writer

async def main(spool):
    writer = make_writer(Path(spool))
    sink = writer.begin("https://portal.example/video", "GET")
    sink.sent(b"GET / HTTP/1.1\\r\\n\\r\\n")
    sink.head(HEAD, 200, [(b"Content-Length", b"%d" % (256 << 20))])
    for n in range(1024):
        piece = n.to_bytes(4, "big") * 65536
        await sink.data(piece, piece)
    answer = await sink.finish()
    (warc,) = await writer.seal()
    await writer.close()
    before = Path("/proc/self/io").read_text()
    print(json.dumps([answer.payload_digest, answer.payload is None, str(warc.path), warc.sha256,
        int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]), before]))

asyncio.run(main(sys.argv[1]))
"""


def test_memory_is_flat_and_the_body_written_once(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", BIG, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    digest, in_archive_only, path, sha256, rss, io = json.loads(run.stdout)
    wanted = hashlib.sha256()
    for n in range(1024):
        wanted.update(n.to_bytes(4, "big") * 65536)
    assert (digest, in_archive_only) == ("sha256:" + wanted.hexdigest(), True)
    assert rss < 100 * 1024, "kB"
    written = int(dict(line.split(": ") for line in io.splitlines())["wchar"])
    assert written < (256 << 20) * 1.001
    with open(path, "rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == sha256
    assert Path(path).stat().st_size < (256 << 20) * 1.0002


def test_a_slow_disk_slows_the_socket(tmp_path, monkeypatch):
    gate = threading.Event()
    real = large_member.write_all

    def slow(fd, parts):
        gate.wait(30)
        return real(fd, parts)

    monkeypatch.setattr(large_member, "write_all", slow)
    piece = os.urandom(1 << 16)

    async def play(writer):
        sink = writer.begin("https://portal.example/video", "GET")
        sink.sent(b"GET / HTTP/1.1\r\n\r\n")
        sink.head(HEAD, 200, [])
        taken = 0

        async def pump():
            nonlocal taken
            for _ in range(1600):
                await sink.data(piece, piece)
                taken += len(piece)

        pumping = asyncio.create_task(pump())
        before = -1
        while taken != before or taken < large.QUEUE_BYTES:  # until it stands still
            before = taken
            await asyncio.sleep(0.05)
        assert not pumping.done()
        held = taken
        gate.set()
        await pumping
        answer = await sink.finish()
        return held, answer, await writer.seal()

    held, answer, sealed = crawl(tmp_path, play, large_bytes=1 << 20)
    assert held <= large.QUEUE_BYTES + (4 << 20)
    assert answer.payload_length == 1600 * 65536
    check_whole(sealed)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [100_001, 65535 * 3 - len(HEAD), 65535 * 3 - len(HEAD) - 4, 65535 * 3 - len(HEAD) - 2])
def test_any_size_reads_back(tmp_path, size, chunked):
    body = os.urandom(size)
    head = HEAD.replace(b"Server: nginx", b"Transfer-Encoding: chunked") if chunked else HEAD
    raw = chunks(*(body[at : at + 7001] for at in range(0, size, 7001))) if chunked else body
    answers, (warc,) = archive(tmp_path, [Wire(head=head, body=raw, chunked=chunked, piece=5000)], large_bytes=50_000)
    check_whole([warc])
    with open_entity(warc.path, warc.captures[0].offset) as entity:
        assert entity.read() == body
    assert answers[0].payload_digest == "sha256:" + hashlib.sha256(body).hexdigest()


def test_known_bytes_leave_only_a_revisit(tmp_path):
    body = os.urandom(300_000)
    wires = [Wire(url=f"https://portal.example/{n}", body=body) for n in range(3)]
    answers, sealed = archive(tmp_path, wires, large_bytes=100_000)
    captures = [row for warc in sealed for row in warc.captures]
    assert sorted(row.kind for row in captures) == ["response", "revisit-identical", "revisit-identical"]
    assert {row.refers_to for row in captures} == {"", answers[0].capture}
    assert sum(warc.size for warc in sealed) < 310_000
    check_whole(sealed)
    assert len(list((tmp_path / "copa" / CRAWL).iterdir())) == len(sealed) == 2


def test_a_large_body_is_handed_over_before_the_crawl_ends(tmp_path):
    early = []

    async def play(writer):
        await Wire(url="https://portal.example/page", body=b"x").play(writer)
        video = await Wire(url="https://portal.example/video", body=os.urandom(200_000)).play(writer)
        assert [row.id for warc in early for row in warc.captures] == [video.capture]
        assert writer.take_sealed() == early
        return await writer.seal()

    rest = crawl(tmp_path, play, large_bytes=100_000, on_sealed=early.append)
    assert [row.url for warc in rest for row in warc.captures] == ["https://portal.example/page"]


def test_many_at_once_beside_pages(tmp_path):
    async def play(writer):
        wires = [Wire(url=f"https://portal.example/v{n}", body=os.urandom(150_000 + n)) for n in range(6)]
        wires += [Wire(url=f"https://portal.example/p{n}", body=b"%d" % n) for n in range(100)]
        answers = await asyncio.gather(*(wire.play(writer) for wire in wires))
        return answers, await writer.seal()

    answers, sealed = crawl(tmp_path, play, large_bytes=100_000)
    assert sorted(check_whole(sealed)) == sorted(answer.capture for answer in answers)


def test_a_body_nobody_ended_is_kept_when_the_writer_closes(tmp_path):
    async def run():
        writer = make_writer(tmp_path, large_bytes=100_000)
        sink = writer.begin("https://portal.example/video", "GET")
        sink.sent(b"GET / HTTP/1.1\r\n\r\n")
        sink.head(HEAD, 200, [])
        piece = os.urandom(150_000)
        await sink.data(piece, piece)
        await writer.close()
        return writer.take_sealed()

    (warc,) = asyncio.run(run())
    check_whole([warc])
    assert (warc.captures[0].truncated, warc.captures[0].payload_length) == ("unspecified", 150_000)
    with warc.path.open("rb") as file:
        assert scan(file, warc.key).captures[0].error == "The crawl ended before the body did"
