"""A full disk fails the exchange it hits, by name, and nothing that was journalled before."""

import asyncio
import errno
import os
import subprocess

import pytest

from archive.warc.salvage import salvage_folder
from archive.warc.spool_errors import SpoolFull
from config import faults

from .scene import CRAWL, Wire, crawl, make_writer
from .test_salvage import check_whole


@pytest.fixture
def plan(monkeypatch):
    """Arms fault points in this process."""

    def arm(text):
        monkeypatch.setattr(faults, "_plan", {})
        monkeypatch.setattr(faults, "_passed", {})
        faults._parse(text)

    return arm


async def many(writer, count, size=3000):
    answers = []
    for n in range(count):
        try:
            answers.append(await Wire(url=f"https://portal.example/{n}", body=os.urandom(size)).play(writer))
        except SpoolFull as error:
            answers.append(error)
    return answers


@pytest.mark.parametrize("nth", [1, 2, 3, 5])
@pytest.mark.parametrize("large", [1000, 4 << 20])
def test_one_failed_write(tmp_path, plan, nth, large):
    plan(f"spool.write:{nth}=ENOSPC")

    async def play(writer):
        return await many(writer, 6), await writer.seal()

    answers, sealed = crawl(tmp_path, play, large_bytes=large)
    failed = [answer for answer in answers if isinstance(answer, SpoolFull)]
    assert len(failed) == 1
    assert "Free space" in failed[0].todo
    assert "No room" in failed[0].what
    assert not failed[0].retryable
    assert sorted(check_whole(sealed)) == sorted(answer.capture for answer in answers if answer not in failed)
    assert sorted(path.name for path in (tmp_path / "copa" / CRAWL).iterdir()) == [warc.path.name for warc in sealed]


def test_every_write_fails_from_some_point_on(tmp_path, plan):
    async def play(writer):
        before = await many(writer, 4)
        plan("spool.write=ENOSPC*")
        after = await many(writer, 3)
        with pytest.raises(SpoolFull):
            await writer.resource("urn:x", b"x", "text/plain")
        return before, after, await writer.seal()

    before, after, sealed = crawl(tmp_path, play)
    assert all(isinstance(answer, SpoolFull) for answer in after)
    assert check_whole(sealed) == [answer.capture for answer in before]


def test_a_full_disk_is_never_deduplicated_against(tmp_path, plan):
    """What could not be written is not held: the same bytes again are stored."""

    async def play(writer):
        plan("spool.write:3=ENOSPC")
        first = await Wire(body=b"a").play(writer)
        with pytest.raises(SpoolFull):
            await Wire(body=b"b").play(writer)
        again = await Wire(body=b"b").play(writer)
        return first, again, await writer.seal()

    _, _, (warc,) = crawl(tmp_path, play)
    assert [row.kind for row in warc.captures] == ["response", "response"]


def test_a_failed_fsync_takes_the_whole_batch_back(tmp_path, monkeypatch):
    real = os.fdatasync
    broken = []

    def fdatasync(fd):
        if broken:
            raise OSError(broken.pop(), "no room")
        real(fd)

    monkeypatch.setattr(os, "fdatasync", fdatasync)

    async def play(writer):
        before = await many(writer, 2)
        broken.append(errno.ENOSPC)
        failed = await many(writer, 1)
        after = await many(writer, 2)
        return [*before, *after], failed, await writer.seal()

    kept, failed, sealed = crawl(tmp_path, play)
    assert isinstance(failed[0], SpoolFull)
    assert check_whole(sealed) == [answer.capture for answer in kept]


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        # Without the right to mount: a file-size limit gives EFBIG, which is treated the same.
        import resource
        import signal

        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, old[1]))
        yield place
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
        return
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("large", [4 << 20, 10_000])
def test_a_disk_that_is_really_full(small_disk, large):
    async def run():
        writer = make_writer(small_disk, large_bytes=large)
        answers = await many(writer, 40, 30_000)
        assert any(isinstance(answer, SpoolFull) for answer in answers)
        sealed = await writer.seal()
        await writer.close()
        return [answer.capture for answer in answers if not isinstance(answer, SpoolFull)], sealed

    kept, sealed = asyncio.run(run())
    assert len(kept) > 5
    assert sorted(check_whole(sealed)) == sorted(kept)
    assert [warc.captures for warc in salvage_folder(small_disk / "copa" / CRAWL)] == [warc.captures for warc in sealed]


def test_a_full_disk_stops_a_large_body_early(tmp_path, plan):
    """The download is told while it runs, not after the last byte."""
    plan("spool.write:4=ENOSPC*")
    sent = 0

    async def play(writer):
        nonlocal sent
        sink = writer.begin("https://portal.example/video", "GET")
        sink.sent(b"GET / HTTP/1.1\r\n\r\n")
        sink.head(b"HTTP/1.1 200 OK\r\n\r\n", 200, [])
        with pytest.raises(SpoolFull):  # noqa: PT012, some later piece is told
            while True:
                await sink.data(piece, piece)
                sent += len(piece)
                assert sent < 1 << 30
        with pytest.raises(SpoolFull):
            await sink.finish()
        return await writer.seal()

    piece = os.urandom(65536)
    assert crawl(tmp_path, play, large_bytes=100_000) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
