"""A file that came in parts, from the catalog: exported as one record, verified as one file, restricted as one."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.access import Order, plan_restriction
from archive.catalog.commits import warc_operations
from archive.catalog.operations import portal_operation
from archive.commit import Insert
from archive.export import ExportFailed, export_file, export_record
from archive.holdings import Holdings
from archive.model import Failure, Held, Part
from archive.rebuild import compare, rebuild
from archive.verify import verify
from archive.warc.crawl_writer import CrawlWriter
from archive.warc.fixity import verify_record
from archive.warc.reader import WarcReader
from config.errors import RecordwatchError
from config.home import Home
from tests.conformance.catalog.rows import event, record
from tests.unit.archive.recover.small_crawl import INFO, make_home
from tests.unit.archive.warc.scene import HEAD, Wire

URL = "https://copa.example/video"
BODY = os.urandom(300_000)
CUT = Failure("body", "the connection broke", True, "disconnect")
VIDEO = HEAD.replace(b"text/html; charset=utf-8", b'video/mp4\r\nETag: "a"\r\nContent-Length: 300000')
PARTIAL = VIDEO.replace(b"200 OK", b"206 Partial Content").replace(b"300000", b"200000")


class Scene:
    """A home with one record, whose file came in two parts in one crawl, and was not modified in the next."""

    def __init__(self, path):
        self.home = make_home(path / "home")
        self.holdings = Holdings(self.home)
        self.whole = asyncio.run(self._crawl("019aaaaa-1234-7abc-8def-0123456789a1", self._parts))
        row = self.rows.get(pk=self.whole.capture)
        held = Held(row.id, row.url, row.at, row.payload_digest, row.payload_length, row.etag, "", row.mime)
        head = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
        wire = Wire(URL, head=head, held=held)
        self.revisit = asyncio.run(self._crawl("019aaaaa-1234-7abc-8def-0123456789a2", wire.play))
        one = record("019aaaaa-1234-7abc-8def-0123456789a1", portal="copa")
        told = event(one, portal="copa", crawl=one["first_crawl"], captures=[self.revisit.capture])
        self.key = one["key"]
        now = datetime.now(UTC)
        rows = [portal_operation("copa", "P", "https://x/", now), Insert("releases.Record", [one]), Insert("releases.Event", [told])]  # fmt: skip
        self.holdings.committer.commit("copa", "test", rows)

    @property
    def rows(self):
        from archive.catalog.models import Capture

        return Capture.objects

    async def _crawl(self, ident, work):
        writer = CrawlWriter(
            self.home.spool, portal="copa", crawl=ident, info=INFO, known=lambda _: {}, stored=self.holdings,
            large_bytes=80_000,
        )  # fmt: skip
        done = await work(writer)
        sealed = await writer.seal()
        await writer.close()

        def commit():
            self.holdings.committer.store_warcs(sealed)
            self.holdings.committer.commit("copa", "files", warc_operations(sealed))

        await asyncio.to_thread(commit)
        self.holdings.forget_local(sealed)
        return done

    async def _parts(self, writer):
        first = await Wire(URL, head=VIDEO, body=BODY[:110_000], failure=CUT).play(writer)
        second = await Wire(URL, head=PARTIAL, body=BODY[100_000:]).play(writer)
        parts = [Part(first.capture, 0, 110_000), Part(second.capture, 10_000, 190_000)]
        return await writer.assemble(URL, parts, mime="video/mp4", etag='"a"', how="ranges")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """One home for all, in their order: the last ones restrict and damage it."""
    return Scene(tmp_path_factory.mktemp("parts"))


def test_an_export_holds_the_parts_the_list_and_the_whole(scene, tmp_path):
    path = tmp_path / "out.warc.gz"
    exported = export_record(scene.holdings, "copa", scene.key, path)
    assert (exported.missing, exported.captures) == ([], 4)
    with path.open("rb") as stream:
        reader = WarcReader(stream)
        assert [problem for record in reader for problem in verify_record(record)] == []
        assert reader.problems == []
    manifest = scene.rows.get(pk=scene.whole.capture)
    found = {}
    with path.open("rb") as stream:  # as another tool reads it
        for one in ArchiveIterator(stream):
            name = one.rec_headers.get_header("WARC-Target-URI")
            if one.rec_type == "response" and name == URL and one.http_headers.get_statuscode() == "200":
                found[one.rec_headers.get_header("WARC-Truncated")] = one, one.content_stream().read()
    whole, body = found[None]
    assert body == BODY
    assert whole.rec_headers.get_header("WARC-Payload-Digest") == manifest.payload_digest
    assert whole.http_headers.get_header("Content-Type") == "video/mp4"
    with path.open("rb") as stream:
        revisits = [one.rec_headers for one in ArchiveIterator(stream) if one.rec_type == "revisit"]
    refers = [revisits[0].get_header(f"WARC-Refers-To-{name}") for name in ("Target-URI", "Date")]
    assert refers == [URL, whole.rec_headers.get_header("WARC-Date")], "the revisit finds the whole"
    with path.open("rb") as stream:
        assert exported.members == len(list(ArchiveIterator(stream)))


def test_the_file_alone(scene, tmp_path):
    path = tmp_path / "movie.mp4"
    for capture in (scene.whole.capture, scene.revisit.capture):
        assert export_file(scene.holdings, capture, path).size == len(BODY)
        assert path.read_bytes() == BODY


def test_a_rebuilt_catalog_is_equal(scene, tmp_path):
    fresh = Home(scene.home.path, type(scene.home.settings)(database=f"sqlite:///{tmp_path}/fresh.sqlite3"))
    assert rebuild(fresh).problems == []
    assert list(compare(scene.home.database_url, fresh.database_url)) == []
    opened = Holdings(scene.home)  # the rebuilt one was the open database
    assert opened.read_payload(scene.revisit.capture) == BODY


def test_damage_of_a_part_is_damage_of_the_file(scene, tmp_path):
    assert list(verify(scene.holdings, full=True)) == []
    part = scene.rows.get(status=206)
    path = scene.holdings.store.path / part.warc
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[part.offset + part.length - 1000] ^= 1
    path.write_bytes(data)
    found = [finding for finding in verify(scene.holdings, full=True) if finding.kind == "parts"]
    assert [finding.captures for finding in found] == [(scene.whole.capture,)]
    assert found[0].records == (("copa", scene.key),)
    with pytest.raises(RecordwatchError, match="damaged"):
        export_file(scene.holdings, scene.whole.capture, tmp_path / "movie.mp4")
    assert not (tmp_path / "movie.mp4").exists()
    path.unlink()
    kinds = {finding.kind: finding.what for finding in verify(scene.holdings, full=True)}
    assert "cannot be put together" in kinds["parts"]


def test_whoever_may_not_have_the_whole_may_not_have_its_parts(scene, tmp_path):
    digest = "sha256:" + hashlib.sha256(BODY).hexdigest()
    scene.holdings.committer.commit(
        "copa", "restricted", plan_restriction("copa", digest, Order("Editor", "an order", datetime.now(UTC)))
    )
    with pytest.raises(ExportFailed, match="restriction"):
        export_file(scene.holdings, scene.whole.capture, tmp_path / "movie.mp4")
    exported = export_record(scene.holdings, "copa", scene.key, tmp_path / "out.warc.gz")
    assert set(exported.restricted) == {scene.whole.capture, scene.revisit.capture}
    assert exported.captures == 0
