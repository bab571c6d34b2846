"""A capture's page: what was asked and answered, who witnessed it, whether it still says what its digest says."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.catalog.models import Capture, Restriction, Warc
from archive.ids import uuid7
from archive.log_find import entry_about
from releases.models import FileVersion, Quarantine
from tests.newsroom.inside import Newsroom
from web.records import witness

CASE = "/cases/lh-2025-0105/"


def _page(of: str = CASE, kind: str = "response") -> Capture:
    found = Capture.objects.filter(url__endswith=of, kind=kind).order_by("at").last()
    assert found is not None
    return found


def test_a_capture_tells_what_was_asked_answered_and_witnessed(newsroom: Newsroom) -> None:
    row = _page()
    page = newsroom.get(f"/captures/{row.id}").content.decode()
    assert f"GET {CASE} HTTP/1.1" in page
    assert "HTTP/1.1 200 OK" in page
    assert "LakeHarbor/1" in page  # the Server header
    assert row.payload_digest in page
    assert f"byte {row.offset:,}, {row.length:,} bytes" in page
    assert "Status: Closed" in page  # its words
    assert "<td>Closed" not in page  # and not its markup
    assert 'href="/records/lake-harbor/lh-2025-0105"' in page
    assert f'href="/captures/{row.id}/bytes"' in page
    entry = next(one for one in newsroom.holdings.log.entries() if one.key == row.warc)
    assert f"entry {entry.seq}, {entry.at[:10]} {entry.at[11:16]}" in page
    data = newsroom.get(f"/captures/{row.id}.json").json()
    assert data["witness"]["sha256"] == entry.sha256 == Warc.objects.get(key=row.warc).sha256
    assert data["request_head"]["first"] == f"GET {CASE} HTTP/1.1"
    earlier = Capture.objects.filter(url=row.url, kind="response").order_by("at")[0]
    assert f'href="/captures/{earlier.id}"' in page
    assert f"/diff/captures/{earlier.id}/{row.id}" in page


def test_every_entry_of_the_log_is_found_near_its_time(newsroom: Newsroom) -> None:
    log = newsroom.holdings.log
    known = {one.key: one.seq for one in log.entries()}
    for stored in Warc.objects.all():
        found = entry_about(log, stored.key, stored.sealed_at)
        assert found is not None
        assert found.seq == known[stored.key]
    assert entry_about(log, "warc/none.warc.gz", datetime(2020, 1, 1, tzinfo=UTC)) is None
    assert entry_about(log, "warc/none.warc.gz", datetime(2090, 1, 1, tzinfo=UTC)) is None


def test_a_check_reads_it_again_and_tells_damage(newsroom: Newsroom) -> None:
    row = _page()
    assert "as it was archived" in newsroom.get(f"/captures/{row.id}?check=1").content.decode()
    path = newsroom.home.archive / row.warc
    data = bytearray(path.read_bytes())
    data[row.offset + row.length // 2] ^= 0xFF
    path.chmod(0o644)
    path.write_bytes(data)
    damaged = newsroom.get(f"/captures/{row.id}?check=1")
    assert damaged.status_code == 200
    assert "as it was archived" not in damaged.content.decode()
    assert "✗" in damaged.content.decode()
    path.unlink()
    witness._entries.clear()
    gone = newsroom.get(f"/captures/{row.id}?check=1")
    assert gone.status_code == 200
    assert "not in the store" in gone.content.decode()


def test_what_was_not_sent_twice_is_explained(newsroom: Newsroom) -> None:
    for kind, said in (("revisit-not-modified", "nothing has changed (304)"), ("revisit-identical", "kept once")):
        row = Capture.objects.filter(kind=kind)[0]
        page = newsroom.get(f"/captures/{row.id}").content.decode()
        assert said in page
        assert f'href="/captures/{row.refers_to}"' in page
    assert (
        "HTTP/1.1 304 Not Modified"
        in newsroom.get(f"/captures/{_page(kind='revisit-not-modified').id}").content.decode()
    )


def test_bytes_in_quarantine_are_for_editors_and_restricted_ones_for_nobody(newsroom: Newsroom) -> None:
    held = Quarantine.objects.get()
    reader, editor = (newsroom.get(f"/captures/{held.capture}", role).content.decode() for role in ("", "editor"))
    assert "for editors" in reader
    assert f"/captures/{held.capture}/bytes" not in reader
    assert f"/captures/{held.capture}/bytes" in editor
    row = _page()
    Restriction.objects.create(
        id=uuid7(), portal=row.portal, digest=row.payload_digest, why="a court says so", by="Edda", at=datetime.now(UTC)
    )
    for path in (f"/captures/{row.id}", f"/captures/{row.id}.json", f"/captures/{row.id}?check=1"):
        hidden = newsroom.get(path)
        assert hidden.status_code == 404
        assert "court" not in hidden.content.decode()
        assert row.payload_digest not in hidden.content.decode()
    told = newsroom.get(f"/captures/{row.id}", "editor")
    assert told.status_code == 403
    assert "a court says so" in told.content.decode()
    assert "Status: Closed" not in told.content.decode()


def test_ids_of_any_shape_are_only_not_found(newsroom: Newsroom) -> None:
    client = newsroom.client()
    for wrong in ("x", "%00", "9" * 400, "..", "%2e%2e", "'--", "ü", "01a20345-36ba-7249-a11f-ffffffffffff"):
        for ending in ("", ".json"):
            assert client.get(f"/captures/{wrong}{ending}").status_code in {400, 404}, wrong
    row = _page()
    assert client.get(f"/captures/{row.id}?after=x").status_code == 400
    version = FileVersion.objects.filter(mime="application/pdf")[0]
    assert f"/files/{version.file}?v={version.number}" in client.get(f"/captures/{version.capture}").content.decode()
