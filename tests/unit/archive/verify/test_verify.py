"""verify finds each kind of damage, and says which captures and cases rest on it."""

import pytest

from archive.holdings import Holdings
from archive.verify import verify
from tests.unit.archive.recover.small_crawl import make_home, run


@pytest.fixture
def held(tmp_path):
    home = make_home(tmp_path / "home")
    holdings = Holdings(home)
    run(home, holdings)
    return holdings


def table(label):
    from django.apps import apps

    return apps.get_model(label).objects


def change(holdings, key, edit):
    path = holdings.home.archive / key
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    edit(data)
    path.write_bytes(data)


def listing(holdings):
    """The WARC of the listing: its pages prove a case."""
    return table("catalog.Capture").get(url="https://copa.example/same").warc


def kinds(findings):
    return {finding.kind for finding in findings}


def the_case():
    record = table("releases.Record").get()
    return (record.portal, record.key)


def test_an_archive_as_it_was_has_no_findings(held):
    assert list(verify(held)) == []
    assert list(verify(held, full=True)) == []


@pytest.mark.parametrize("place", [0.0, 0.2, 0.4, 0.6, 0.8, 0.999])
def test_a_flipped_bit_is_found_wherever_it_is(held, place):
    key = listing(held)

    def flip(data):
        data[int(len(data) * place)] ^= 0x10

    change(held, key, flip)
    assert list(verify(held)) == []
    found = list(verify(held, full=True))
    assert "digest" in kinds(found)
    assert {finding.key for finding in found} == {key}


def test_a_flipped_bit_names_capture_and_case(held):
    row = table("catalog.Capture").filter(url__endswith="/2").get()

    def flip(data):
        data[row.offset + row.length - 20] ^= 1

    change(held, row.warc, flip)
    found = list(verify(held, full=True))
    assert any(row.id in finding.captures for finding in found)
    assert any(the_case() in finding.records for finding in found)


def test_a_missing_object_names_every_capture_and_the_case(held):
    key = listing(held)
    (held.home.archive / key).unlink()
    for full in (False, True):
        found = [finding for finding in verify(held, full=full) if finding.kind == "missing"]
        assert [finding.key for finding in found] == [key]
        assert set(found[0].captures) >= set(table("catalog.Capture").filter(warc=key).values_list("id", flat=True))
        assert found[0].records == (the_case(),)


def test_a_truncated_object_names_what_is_behind_the_cut(held):
    key = listing(held)
    rows = list(table("catalog.Capture").filter(warc=key).order_by("offset"))

    def cut(data):
        del data[rows[2].offset :]

    change(held, key, cut)
    found = [finding for finding in verify(held) if finding.kind == "size"]
    assert [finding.key for finding in found] == [key]
    assert set(found[0].captures) >= {row.id for row in rows[2:]}
    assert not set(found[0].captures) & {row.id for row in rows[1:2]}
    assert found[0].records == (the_case(),)
    assert "place" in kinds(verify(held, full=True))


def test_an_object_nobody_indexed(held):
    source = held.home.archive / listing(held)
    other = source.with_name(source.name.replace("00001", "00009"))
    other.write_bytes(source.read_bytes())
    assert [(finding.kind, finding.key) for finding in verify(held)] == [
        ("unindexed", str(other.relative_to(held.home.archive)))
    ]


def test_a_row_at_a_place_that_does_not_hold_its_record(held):
    row = table("catalog.Capture").filter(url__endswith="/1").get()
    table("catalog.Capture").filter(pk=row.pk).update(offset=row.offset + 1)
    found = list(verify(held, full=True))
    assert [(finding.kind, finding.captures) for finding in found] == [("place", (row.id,))]
    assert found[0].records == (the_case(),)


def test_a_missing_commit_and_one_that_was_changed(held):
    keys = list(table("catalog.AppliedCommit").order_by("seq").values_list("warc", flat=True))
    (held.home.archive / keys[1]).unlink()

    def flip(data):
        data[len(data) // 2] ^= 1

    change(held, keys[0], flip)
    assert ("commit", keys[1]) in {(finding.kind, finding.key) for finding in verify(held)}
    assert keys[0] in {finding.key for finding in verify(held, full=True)}


def test_the_newest_commit_missing_and_one_the_catalog_lacks(held):
    last = table("catalog.AppliedCommit").order_by("seq").last()
    (held.home.archive / last.warc).rename(held.home.path / "kept")
    assert last.warc in {finding.key for finding in verify(held)}
    (held.home.path / "kept").rename(held.home.archive / last.warc)
    last.delete()
    assert [(finding.kind, finding.key) for finding in verify(held)] == [("commit", last.warc)]


def test_a_broken_witness_log(held):
    entries = sorted((held.home.archive / "log").glob("*.json"))

    def flip(data):
        data[data.index(b'"size":') + 8] ^= 1

    change(held, f"log/{entries[1].name}", flip)
    assert "log" in kinds(verify(Holdings(held.home)))


def test_many_processes_find_the_same(held, monkeypatch):
    change(held, listing(held), lambda data: data.__setitem__(len(data) // 2, data[len(data) // 2] ^ 1))
    alone = list(verify(held, full=True))
    monkeypatch.setattr("archive.verify.SMALL", 0)
    assert list(verify(held, full=True)) == alone != []
