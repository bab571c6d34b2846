"""Who may not have a file may not have the pieces that it came in either, whatever asks for them."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from archive.access import Order, plan_restriction
from archive.catalog.models import Capture
from archive.export import export_record
from archive.export_loaded import LOADED_TYPE, Loaded
from archive.model import Archived, Part
from archive.warc.crawl_writer import CrawlWriter
from crawler.replay.proxy import ReplayingProxy
from crawler.replay.shelf import CatalogShelf, Shelf
from tests.unit.archive.export.test_parts import BODY, URL, Scene
from tests.unit.archive.warc.scene import HEAD, Wire

from .scene import Got, connected

PIECES = {f"https://copa.example/live/{number}.ts": os.urandom(3_000) for number in (1, 2)}
BESIDE = "https://copa.example/beside.ts"


async def streamed(writer: CrawlWriter) -> Archived:
    """A stream in two pieces, and something beside it."""
    head = HEAD.replace(b"text/html; charset=utf-8", b"video/mp2t")
    came = [await Wire(url, head=head, body=body).play(writer) for url, body in PIECES.items()]
    await Wire(BESIDE, head=head, body=b"another").play(writer)
    parts = [Part(one.capture, 0, one.payload_length) for one in came]
    return await writer.assemble("https://copa.example/live.m3u8", parts, mime="video/mp2t", how="segments")


def got(shelf: Shelf, begin: str, url: str, *lines: str) -> Got:
    """What a page that was captured with `begin` gets from `url`."""

    async def ask() -> Got:
        page = await asyncio.to_thread(shelf.by_id, begin)
        assert page is not None
        async with connected(ReplayingProxy(shelf, page)) as browser:
            return await browser.get(url, *lines)

    return asyncio.run(ask())


def test_pieces_of_what_is_restricted_are_shown_to_nobody(tmp_path: Path):
    scene = Scene(tmp_path)
    stream = asyncio.run(scene._crawl("019aaaaa-1234-7abc-8def-0123456789a3", streamed))
    first = Capture.objects.get(url=URL, status=200, kind="response")
    Capture.objects.filter(pk=first.pk).update(crawl="another")  # a page of that crawl gets this piece first
    piece = next(iter(PIECES))
    loaded = set(Capture.objects.filter(url__in=[*PIECES, BESIDE]).values_list("id", flat=True))
    beside = Capture.objects.get(url=BESIDE).id

    async def told(writer: CrawlWriter) -> str:
        listed = msgspec.json.encode(Loaded(sorted(loaded)))
        return await writer.metadata(scene.revisit.capture, URL, listed, LOADED_TYPE, "Chromium")

    asyncio.run(scene._crawl("019aaaaa-1234-7abc-8def-0123456789a4", told))
    assert export_record(scene.holdings, "copa", scene.key, tmp_path / "out.warc.gz").captures == 7

    shelf = CatalogShelf(scene.holdings, editor=True)
    assert got(shelf, first.id, URL).body == BODY[:110_000]
    assert got(shelf, stream.capture, piece).body == PIECES[piece]

    for digest in (scene.whole.payload_digest, stream.payload_digest):
        planned = plan_restriction("copa", digest, Order("Editor", "an order", datetime.now(UTC)))
        scene.holdings.committer.commit("copa", "restricted", planned)
    shelf = CatalogShelf(scene.holdings, editor=True)
    for url, lines in ((URL, ()), (URL, ("Range: bytes=150000-150009",)), *((url, ()) for url in PIECES)):
        answer = got(shelf, first.id, url, *lines)
        assert (answer.status, answer.fit, answer.body) == (403, "held-back", b"")
    assert got(shelf, stream.capture, BESIDE).body == b"another"

    exported = export_record(scene.holdings, "copa", scene.key, tmp_path / "out.warc.gz")
    assert exported.captures == 1, "what the page loaded, the stream's pieces aside"
    assert set(exported.restricted) == {scene.whole.capture, scene.revisit.capture, *loaded - {beside}}


def test_a_beginning_is_held_back_with_the_whole_that_came_later_in_one_piece(tmp_path: Path):
    scene = Scene(tmp_path)
    cut = Capture.objects.get(url=URL, status=200, kind="response")
    whole = asyncio.run(scene._crawl("019aaaaa-1234-7abc-8def-0123456789a3", Wire(URL, body=b"whole").play))
    shelf = CatalogShelf(scene.holdings)
    row = shelf.by_id(cut.id)
    assert row is not None
    assert shelf.held_back([row]) == set()
    planned = plan_restriction("copa", whole.payload_digest, Order("Editor", "an order", datetime.now(UTC)))
    scene.holdings.committer.commit("copa", "restricted", planned)
    assert shelf.held_back([row]) == {cut.id}
