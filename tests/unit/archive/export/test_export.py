"""An exported WARC is whole, copied byte for byte, and holds what revisits refer to."""

import gzip
from io import BytesIO

import pytest

from archive.export import NoSuchRecord, export_record
from archive.holdings import Holdings
from archive.warc.fixity import verify_record
from archive.warc.index import scan
from archive.warc.reader import WarcReader
from tests.unit.archive.recover.small_crawl import make_home, run


def table(label):
    from django.apps import apps

    return apps.get_model(label).objects


def test_one_record_with_its_requests_extracts_and_originals(tmp_path):
    home = make_home(tmp_path / "home")
    holdings = Holdings(home)
    run(home, holdings)
    run(home, holdings)
    second = table("releases.Record").order_by("id").last()
    revisit = table("catalog.Capture").get(kind="revisit-identical")
    told = table("releases.Event").get(record=second.id)
    table("releases.Event").filter(pk=told.pk).update(captures=[*told.captures, revisit.id])
    path = tmp_path / "out.warc.gz"
    exported = export_record(holdings, "copa", second.key, path)
    data = path.read_bytes()
    assert (exported.size, exported.missing) == (len(data), [])
    with path.open("rb") as stream:
        found = scan(stream, "")
    assert found.problems == []
    assert {row.id for row in found.captures} == {*told.captures, revisit.id, revisit.refers_to}
    assert all(row.request for row in found.captures)
    assert len(found.derived) == 1
    for record in (reader := WarcReader(BytesIO(data))):
        assert verify_record(record) == []
    assert reader.problems == []
    for row in table("catalog.Capture").filter(pk__in=[row.id for row in found.captures]):
        with holdings.store.open(row.warc, row.offset, row.length) as stream:
            assert stream.read() in data
    from warcio.archiveiterator import ArchiveIterator

    kinds = [record.rec_type for record in ArchiveIterator(BytesIO(data))]
    assert kinds[0] == "warcinfo"
    assert len(kinds) == exported.members
    assert kinds.count("request") == len(found.captures) == exported.captures
    assert holdings.read_payload(revisit.id) == holdings.read_payload(revisit.refers_to) == b"the same everywhere"
    assert not gzip.decompress(data).startswith(b"\x00")
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["out.warc.gz"]


def test_a_record_nobody_knows(tmp_path):
    holdings = Holdings(make_home(tmp_path / "home"))
    with pytest.raises(NoSuchRecord):
        export_record(holdings, "copa", "x", tmp_path / "out.warc.gz")
    assert not (tmp_path / "out.warc.gz").exists()
