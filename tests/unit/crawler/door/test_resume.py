"""Files that are cut short: gone on with in the same crawl and in a later one, put together, and never mixed."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from contextlib import closing

import pytest
from door_site import open_door, portal

from archive.access import Order, plan_restriction
from archive.catalog.commits import warc_operations
from archive.catalog.operations import portal_operation
from archive.holdings import Holdings
from archive.ids import uuid7
from archive.verify import verify
from archive.warc.crawl_writer import CrawlWriter
from archive.warc.record import now
from crawler.capture.files import FileJob, FileLane
from crawler.capture.held import CatalogHeld
from crawler.capture.masked import masked
from crawler.capture.ranges import LEAST, OVERLAP
from crawler.capture.resume import ANEW
from crawler.database import DatabaseThread
from tests.services.broken_line import MIB, LineServer
from tests.unit.archive.recover.small_crawl import make_home

SIZE = 7 * MIB + 12_345


class Room:
    """A home, and crawls that fetch one file through the real door into the real archive."""

    def __init__(self, path):
        self.holdings = Holdings(make_home(path / "home"))

    def fetch(self, server, url="", **changes):
        """One crawl's outcome for the file; what it archived is stored and committed."""
        return asyncio.run(self._fetch(server, url or server.file, portal(server.url, **changes)))

    async def _fetch(self, server, url, portal_):
        holdings, database = self.holdings, DatabaseThread()
        writer = CrawlWriter(
            holdings.home.spool, portal="sample", crawl=uuid7(), info={"software": "test"}, known=holdings.known,
            stored=holdings,
        )  # fmt: skip
        held = CatalogHeld(database.run, holdings.open_record, holdings.read_stretch)
        recorder, held = masked(portal_.secret_parameters, writer, held)
        try:
            async with open_door(portal_, held, recorder=recorder) as door:
                (outcome,) = [one async for one in FileLane(door).fetch_all([FileJob("1", url)])]
            sealed = await writer.seal()
            await database.run(holdings.committer.store_warcs, sealed)
            rows = [portal_operation("sample", "Sample", server.url, now()), *warc_operations(sealed)]
            await database.run(holdings.committer.commit, "sample", "files", rows)
            holdings.forget_local(sealed)
        finally:
            await writer.close()
            await database.close()
        return outcome

    def captures(self, server):
        return self.of(server.file)

    def of(self, url):
        from archive.catalog.models import Capture

        return list(Capture.objects.filter(url=url).order_by("at", "id"))

    def kinds(self, server):
        return [(row.kind, row.status) for row in self.captures(server)]

    def check(self, outcome, server, version=None):
        """The file is held whole under the outcome's capture, with the right digest."""
        whole = hashlib.sha256(server.bytes(version)).hexdigest()
        assert (outcome.error, outcome.digest, outcome.size) == ("", f"sha256:{whole}", server.size)
        with closing(self.holdings.open_payload(outcome.capture)) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == whole


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """One home for all: each test has a server, so an address, of its own. The archive is sound at the end."""
    one = Room(tmp_path_factory.mktemp("resume"))
    yield one
    assert list(verify(one.holdings, full=True)) == []


@pytest.fixture
def server():
    one = LineServer(SIZE)
    yield one
    one.close()


CUT, PART, WHOLE = ("response", 200), ("response", 206), ("assembled", 200)


@pytest.mark.parametrize("framing", ["length", "chunked", "by date"])
def test_a_line_that_breaks_three_times(room, server, framing):
    server.chunked = framing == "chunked"
    if framing == "by date":
        server.etag = None
    server.drops = [2 * MIB + 77, 3 * MIB, MIB + 5]
    outcome = room.fetch(server)
    room.check(outcome, server)
    assert (outcome.status, outcome.mime, outcome.truncated) == (200, "video/mp4", "")
    assert room.kinds(server) == [CUT, PART, PART, PART, WHOLE]
    assert server.served <= SIZE + 3 * OVERLAP
    validator = server.modified if framing == "by date" else server.etag
    assert [one.conditions.get("If-Range") for one in server.asked] == [None, validator, validator, validator]


def test_the_next_crawl_goes_on_where_this_one_ended(room, server):
    server.drops = [3 * MIB, 100, 100, 100, 100]
    outcome = room.fetch(server)
    assert "cut short at 3.1 MB of 7.4 MB; the next crawl goes on from there" in outcome.error
    assert outcome.digest == ""
    server.drops = [2 * MIB]
    outcome = room.fetch(server)
    room.check(outcome, server)
    assert server.served <= SIZE + 6 * OVERLAP
    again = room.fetch(server)  # held by its URL, though it came in parts: nothing is sent
    assert (again.not_modified, again.digest, again.size) == (True, outcome.digest, SIZE)
    assert server.asked[-1].status == 304
    revisit = room.captures(server)[-1]
    assert (revisit.kind, revisit.refers_to) == ("revisit-not-modified", outcome.capture)
    assert hashlib.sha256(room.holdings.read_payload(revisit.id)).hexdigest() == outcome.digest.removeprefix("sha256:")


def test_a_link_that_is_signed_anew(room, server):
    server.drops = [3 * MIB, 100, 100, 100, 100]
    assert "the next crawl goes on" in room.fetch(server, f"{server.url}signed").error
    room.check(room.fetch(server, f"{server.url}signed"), server)
    assert server.asked[-1].conditions["Range"].startswith(f"bytes={3 * MIB - OVERLAP}")


def test_everything_came_and_nobody_put_it_together(room, server):
    server.drops = [SIZE, 0, 0, 0, 0]
    server.chunked = True  # whole, but for the last chunk: nobody could know
    assert "the next crawl goes on" in room.fetch(server).error
    room.check(room.fetch(server), server)
    assert server.asked[-1].sent == OVERLAP


@pytest.mark.parametrize(
    "lie",
    ["other bytes", "other etag", "no etag", "other total", "garbled", "starts later", "says one, sends another",
     "coded", "many", "other length"],
)  # fmt: skip
def test_a_server_that_lies_about_range(room, server, lie):
    server.lie, server.drops = lie, [2 * MIB]
    outcome = room.fetch(server)
    room.check(outcome, server)  # begun anew, and had whole
    lied = room.captures(server)[1]
    assert (lied.status, lied.truncated) == (206, "unspecified")
    assert lied.error.startswith("no part of this file: ")
    assert [one.conditions.get("Range") for one in server.asked] == [None, f"bytes={2 * MIB - OVERLAP}-", None]


def test_a_server_that_lies_again_and_again_is_named(room, server):
    server.lie, server.drops = "other bytes", [2 * MIB, SIZE, 2 * MIB, SIZE, 2 * MIB, SIZE, 2 * MIB]
    outcome = room.fetch(server)
    assert "no part of this file: its bytes" in outcome.error
    assert (outcome.digest, outcome.status) == ("", 206)
    assert len(server.asked) == 2 * (ANEW + 1)
    server.lie = ""
    server.drops = []
    outcome = room.fetch(server)  # what came before is not relied on
    room.check(outcome, server)
    assert "Range" not in server.asked[-1].conditions


def test_a_part_where_the_whole_was_asked_for(room, server):
    server.lie = "unasked"
    outcome = room.fetch(server)
    assert "the whole was asked for, and a part is answered" in outcome.error
    assert outcome.digest == ""
    assert len(server.asked) == ANEW + 1


def test_parts_that_are_held_already(room, server):
    """The same end of the same file at another address: that part is a revisit, and its original is what counts."""
    server.drops = [2 * MIB]
    room.check(room.fetch(server), server)
    other = LineServer(SIZE, seed=server._seed)
    try:
        other.drops = [2 * MIB]
        room.check(room.fetch(other), other)
        assert room.kinds(other) == [CUT, ("revisit-identical", 206), WHOLE]
    finally:
        other.close()


@pytest.mark.parametrize("way", ["earlier", "in stretches"])
def test_what_a_server_may_do(room, server, way):
    server.lie, server.drops = way, [2 * MIB]
    room.check(room.fetch(server), server)


def test_a_server_that_ignores_range_is_asked_for_all_of_it(room, server):
    server.lie, server.drops = "ignores Range", [2 * MIB, 3 * MIB]
    outcome = room.fetch(server)
    room.check(outcome, server)
    assert room.kinds(server) == [CUT, CUT, ("response", 200)]
    server.version, server.etag, server.drops = 2, '"version-2"', [4 * MIB] * 8
    outcome = room.fetch(server)
    assert "cut short at 4.2 MB of 7.4 MB" in outcome.error
    assert len(server.asked) == 3 + ANEW + 2


@pytest.mark.parametrize("lie", ["", "ignores If-Range"])
def test_a_file_that_changes_on_the_way(room, server, lie):
    server.lie, server.drops = lie, [2 * MIB]
    answer = server.answer

    def changing(handler):
        answer(handler)
        server.version, server.etag = 2, '"version-2"'

    server.answer = changing
    outcome = room.fetch(server)
    room.check(outcome, server, version=2)
    assert room.kinds(server)[0] == CUT
    assert room.kinds(server)[-1] == ("response", 200)


def test_a_part_that_was_lost_is_fetched_again(room, server):
    server.drops = [3 * MIB, 50, 50, 50, 50]
    room.fetch(server)
    from archive.catalog.models import Capture

    first = Capture.objects.get(status=200, url=server.file)
    path = room.holdings.store.path / first.warc
    path.chmod(0o644)
    sound = path.read_bytes()
    path.write_bytes(sound[: first.offset + 2000])
    outcome = room.fetch(server)
    path.write_bytes(sound)
    assert (outcome.error, outcome.size) == ("", SIZE)
    assert "Range" not in server.asked[-1].conditions


@pytest.mark.parametrize(
    ("headers", "etag", "modified"),
    [([], 'W/"weak"', "Sun, 22 Nov 2026 08:00:00 GMT"), ([], None, "Sun, 22 Nov 2026 09:00:00 GMT"), ([], None, None),
     ([("Accept-Ranges", "none")], '"a"', None), ([("Content-Encoding", "gzip")], '"a"', None)],
)  # fmt: skip
def test_what_nobody_can_go_on_with_is_asked_for_anew(room, server, headers, etag, modified):
    server.extra, server.etag, server.modified = headers, etag, modified
    server.drops = [2 * MIB, 2 * MIB]
    outcome = room.fetch(server)
    assert (outcome.error, outcome.size) == ("", SIZE)
    assert all("Range" not in one.conditions for one in server.asked)
    assert len(server.asked) == 3


def test_little_is_asked_for_anew(room, server):
    server.drops = [LEAST - 1]
    room.check(room.fetch(server), server)
    assert [one.conditions for one in server.asked] == [{}, {}]


def test_where_nobody_says_how_long_the_file_is_the_whole_is_asked_for(room, server):
    server.chunked, server.lie, server.drops = True, "unknown total", [SIZE]  # all but the last chunk
    outcome = room.fetch(server)
    room.check(outcome, server)
    assert server.asked[-1].conditions == {}


def test_what_is_under_a_restriction_is_not_gone_on_with(room, server):
    server.drops = [3 * MIB, 100, 100, 100, 100]
    assert "cut short" in room.fetch(server).error
    cut = room.captures(server)[0]
    room.holdings.committer.commit(
        "sample", "restricted", plan_restriction("sample", cut.payload_digest, Order("an editor", "an order", now()))
    )
    asked = len(server.asked)
    outcome = room.fetch(server)
    room.check(outcome, server)
    assert server.asked[asked].conditions == {}
    assert room.kinds(server)[-1] == CUT


def test_secret_parameters_are_in_no_address_and_hide_nothing_from_conditions(room, server):
    url = f"{server.file}?key=s3cret&page=2"
    outcome = room.fetch(server, url, secret_parameters=("KEY",))
    assert outcome.error == ""
    (row,) = room.of(f"{server.file}?key=******&page=2")
    assert (row.id, row.kind) == (outcome.capture, "response")
    assert room.of(url) == []
    assert room.fetch(server, url, secret_parameters=("KEY",)).not_modified
    server.etag, server.drops = '"two"', [4 * MIB]
    assert room.fetch(server, url, secret_parameters=("KEY",)).size == SIZE
    assert [one.kind for one in room.of(row.url)][-1] == "assembled"
    for path in room.holdings.home.archive.rglob("*.warc.gz"):
        assert b"s3cret" not in gzip.decompress(path.read_bytes())


def test_limits_hold_for_the_whole(room, server):
    server.chunked = True  # nothing says how much will come
    server.drops = [3 * MIB]
    outcome = room.fetch(server, limits={"file_bytes": 5 * MIB})
    assert "the whole has 7352377 bytes (limits.file_bytes = 5_242_880)" in outcome.error
    server.drops = []
    outcome = room.fetch(server, limits={"crawl_bytes": 2 * MIB})
    assert "limits.crawl_bytes" in outcome.error
    assert "cut short at 5.2 MB" in outcome.error
    room.check(room.fetch(server), server)
