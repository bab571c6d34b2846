"""Door, lane and handler with the real archive behind them."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
from pathlib import Path

import pytest
from door_site import Memory, Seen, open_door, portal

from archive.catalog.database import open_database
from archive.model import Held
from archive.warc.crawl_writer import CrawlWriter
from archive.warc.reader import WarcReader
from crawler.capture.door import Fetch, HeldMissing
from crawler.capture.files import FileJob, FileLane
from crawler.capture.held import CatalogHeld
from crawler.database import DatabaseThread


def records(folder: Path):
    for path in sorted(folder.rglob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in WarcReader(stream):
                yield path, record.offset, record.headers, record.block.read()


def held_of(row) -> Held:
    return Held(row.id, row.url, row.at, row.payload_digest, row.payload_length, row.etag, row.last_modified, row.mime)


class Rows(Memory):
    """What a list of capture rows says is held."""

    def __init__(self, rows=()):
        super().__init__()
        self.rows = {row.url: held_of(row) for row in rows if row.status == 200}

    def _held(self, url):
        return self.rows.get(url)


def crawl(tmp_path, name, portal_, held, work):
    async def run():
        writer = CrawlWriter(
            tmp_path, portal="sample", crawl=name, info={"software": "test"}, known=lambda _digests: {}
        )
        try:
            async with open_door(portal_, held, recorder=writer) as door:
                result = await work(door)
            warcs = await writer.seal()
        finally:
            await writer.close()
        return result, [row for warc in warcs for row in warc.captures]

    return asyncio.run(run())


def conditional(seen: Seen):
    named = [("ETag", '"1"'), ("Content-Type", "text/html"), ("Content-Encoding", "gzip")]
    if "If-None-Match" in seen.headers:
        return 304, named[:1], b""
    return 200, named, gzip.compress(b"<p>page</p>", mtime=0)


def test_every_attempt_and_hop_is_in_the_warc(site, tmp_path):
    busy = iter([(503, [("Retry-After", "0")], b"busy"), (302, [("Location", "/b")], b"")])
    site.pages["/a"] = lambda _seen: next(busy)
    site.pages["/b"] = (200, [("Content-Type", "text/plain")], b"there")

    async def work(door):
        return await door.fetch(Fetch(f"{site.url}/a"))

    got, rows = crawl(tmp_path, "c1", portal(site.url, politeness={"robots": True, "robots_why": ""}), Rows(), work)
    assert got.payload == b"there"
    assert sorted((row.url.removeprefix(site.url), row.status) for row in rows) == [
        ("/a", 302), ("/a", 503), ("/b", 200), ("/robots.txt", 404),
    ]  # fmt: skip
    assert [hop.capture for hop in got.hops] == [
        next(row.id for row in rows if row.status == 302), next(row.id for row in rows if row.status == 200)
    ]  # fmt: skip
    blocks = [block for _, _, headers, block in records(tmp_path) if headers.type == "response"]
    assert any(block.endswith(b"\r\n\r\nthere") for block in blocks)


def test_an_unchanged_page_is_read_back_from_the_store(site, tmp_path):
    site.pages["/a"] = conditional

    async def work(door):
        return await door.fetch(Fetch(f"{site.url}/a", conditional=True))

    first, [row] = crawl(tmp_path, "c1", portal(site.url), Rows(), work)
    path = next(tmp_path.rglob("*.warc.gz"))
    there = [True]

    def open_record(capture):
        if capture != row.id or not there[0]:
            raise KeyError(capture)
        stream = path.open("rb")
        stream.seek(row.offset)
        return stream

    def fill_catalog():
        open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
        from archive.catalog.models import Capture

        Capture.objects.create(**dataclasses.asdict(row))

    async def run():
        thread = DatabaseThread()
        await thread.run(fill_catalog)
        lookup = CatalogHeld(thread.run, open_record)
        writer = CrawlWriter(tmp_path, portal="sample", crawl="c2", info={}, known=lambda _digests: {})
        try:
            async with open_door(portal(site.url), lookup, recorder=writer) as door:
                second = await work(door)
                there[0] = False
                third = await work(door)
            there[0] = True
            with pytest.raises(HeldMissing, match="digest"):
                await lookup.answer(dataclasses.replace(held_of(row), payload_digest="sha256:00"))
            assert await lookup.latest_many([]) == await lookup.latest_many([f"{site.url}/other"]) == {}
            return second, third, [new for warc in await writer.seal() for new in warc.captures]
        finally:
            await writer.close()
            await thread.close()

    second, third, new = asyncio.run(run())
    assert (second.status, second.payload, second.not_modified) == (200, first.payload, True)
    assert second.headers == first.headers
    assert (third.status, third.payload, third.not_modified) == (200, first.payload, False)
    assert [(one.kind, one.refers_to) for one in new[:2]] == [("revisit-not-modified", row.id)] * 2
    assert new[2].status == 200


def test_the_lane_archives_small_and_large_files(site, tmp_path):
    large = bytes(range(256)) * 20_000
    site.pages["/large.mp4"] = (200, [("Content-Type", "video/mp4")], large)
    for number in range(40):
        site.pages[f"/{number}.pdf"] = (200, [("Content-Type", "application/pdf")], b"%PDF" + bytes([number]) * 3000)
    jobs = [FileJob(str(number), f"{site.url}/{number}.pdf") for number in range(40)]
    jobs.append(FileJob("large", f"{site.url}/large.mp4"))

    async def work(door):
        return [outcome async for outcome in FileLane(door).fetch_all(jobs)]

    outcomes, rows = crawl(tmp_path, "c1", portal(site.url), Rows(), work)
    assert {outcome.error for outcome in outcomes} == {""}
    assert {(outcome.capture, outcome.digest, outcome.size) for outcome in outcomes} == {
        (row.id, row.payload_digest, row.payload_length) for row in rows
    }
    assert len(rows) == 41
    blocks = {headers.id: block for _, _, headers, block in records(tmp_path)}
    [whole] = [outcome for outcome in outcomes if outcome.file_id == "large"]
    assert blocks[whole.capture].endswith(large)
    assert whole.size == len(large)


def test_a_large_page_reaches_its_reader_whole(site, tmp_path):
    body = b"a,b\n" * 1_500_000
    site.pages["/list.csv"] = (200, [("Content-Type", "text/csv")], body)

    async def work(door):
        return await door.fetch(Fetch(f"{site.url}/list.csv"))

    got, [row] = crawl(tmp_path, "c1", portal(site.url), Rows(), work)
    assert got.payload == body
    assert row.payload_length == len(body)
