"""Searching is the same whichever database holds the catalog."""

from __future__ import annotations

import os

import django
import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # the modules under test hold models

from archive.catalog.models import ChangeLog  # noqa: E402
from releases.models import Alias, Record  # noqa: E402
from releases.search import place  # noqa: E402
from releases.search.catch_up import catch_up, rebuild_index  # noqa: E402
from releases.search.errors import IndexBusy  # noqa: E402
from releases.search.search import search  # noqa: E402
from tests.conformance.search.world import World  # noqa: E402


def found(root, query, **options):
    return [(hit.type, hit.printed_key, hit.file, hit.page) for hit in search(root, query, **options).hits]


def filled(world: World) -> None:
    one = world.record("LH-1", "Pier Street shooting", {"Status": "Open", "District": ["04", "05"]})
    two = world.record("LH-2", "Taser at the ferry", {"Status": "Closed"}, printed="2031-002")
    world.record("P-1", "Use of force policy", {"Text": "A taser is a less-lethal device"}, kind="policy")
    world.record("LH-1", "Other town's case", {}, portal="elsewhere")
    world.file(
        one, "Final Summary Report", "The officer was relieved of duty", "The taser was not used", "Policing plan"
    )
    world.file(two, "Body worn camera 3", kind="video")
    world.page("https://harbor.example/about", "About us", "We police the harbor since 1871")
    world.page("https://harbor.example/LH-1", "", "Narrative: the officer ran")


ANSWERS = {
    "taser": [("file", "LH-1", "Final Summary Report", 2), ("record", "2031-002", "", 0), ("record", "P-1", "", 0)],
    "TASER officer": [],
    "taser used": [("file", "LH-1", "Final Summary Report", 2)],
    '"relieved of duty"': [("file", "LH-1", "Final Summary Report", 1)],
    '"duty of relieved"': [],
    "taser OR narrative": [
        ("file", "LH-1", "Final Summary Report", 2), ("page", "LH-1", "", 0), ("record", "2031-002", "", 0),
        ("record", "P-1", "", 0),
    ],
    "taser -kind:file": [("record", "2031-002", "", 0), ("record", "P-1", "", 0)],
    "pol*": [("file", "LH-1", "Final Summary Report", 3), ("page", "", "", 0), ("record", "P-1", "", 0)],
    "kind:policy": [("record", "P-1", "", 0)],
    "kind:video camera": [("file", "2031-002", "Body worn camera 3", 0)],
    "key:2031-002": [("file", "2031-002", "Body worn camera 3", 0), ("record", "2031-002", "", 0)],
    "key:lh-2": [("file", "2031-002", "Body worn camera 3", 0), ("record", "2031-002", "", 0)],
    "portal:elsewhere": [("record", "LH-1", "", 0)],
    "title:taser": [("record", "2031-002", "", 0)],
    "title:about harbor": [("page", "", "", 0)],
    "district 05": [("record", "LH-1", "", 0)],
    "since:2031-01-03 until:2031-01-03": [("record", "2031-002", "", 0)],
    "pier until:2031-01-01": [],
    '"plac*"': [],
    "polic*  (harbor OR plan)": [("file", "LH-1", "Final Summary Report", 3), ("page", "", "", 0)],
}  # fmt: skip


def test_answers(world, root):
    filled(world)
    assert catch_up(root, world.read)
    assert {query: sorted(found(root, query)) for query in ANSWERS} == {q: sorted(a) for q, a in ANSWERS.items()}


def test_the_best_first_and_no_more_than_asked_for(world, root):
    filled(world)
    catch_up(root, world.read)
    assert found(root, "taser", limit=1) == [("record", "2031-002", "", 0)]  # in its short title
    assert search(root, "taser", limit=1).documents == 3
    assert found(root, "shooting OR other", portal="elsewhere") == [("record", "LH-1", "", 0)]


def test_a_hit_tells_everything(world, root):
    filled(world)
    catch_up(root, world.read)
    (hit,) = search(root, "relieved").hits
    assert (hit.portal, hit.key, hit.title, hit.state) == ("harbor", "LH-1", "Pier Street shooting", "present")
    assert hit.capture.startswith("c")
    assert hit.url.startswith("https://harbor.example/files/")
    assert hit.snippet.marked() == "The officer was [relieved] of duty"


def test_follows_changes_and_reads_only_what_is_new(world, root):
    filled(world)
    catch_up(root, world.read)
    world.asked.clear()
    world.record("LH-1", "Pier Street shooting, closed", {"Status": "Closed"}, version=2)
    catch_up(root, world.read)
    assert sorted(found(root, "title:closed")) == [("page", "LH-1", "", 0), ("record", "LH-1", "", 0)]
    assert found(root, "status open") == []
    assert world.asked == []
    catch_up(root, world.read)
    assert world.asked == []


def test_an_alias_finds_files_too_and_an_ended_one_nothing(world, root):
    filled(world)
    catch_up(root, world.read)
    world.alias("r-harbor-LH-1", "Log 1087000")
    catch_up(root, world.read)
    # The record, its page, three pages of its file; not the file's bare name.
    assert len(found(root, 'key:"log 1087000"')) == 5
    Alias.objects.update(ended_at="2031-06-01T00:00:00Z")
    world.log("releases.Alias", Alias.objects.get().id)
    catch_up(root, world.read)
    assert found(root, 'key:"log 1087000"') == []


def test_a_page_indexed_before_its_record_finds_its_owner(world, root):
    world.page("https://harbor.example/LH-7", "", "The narrative")
    catch_up(root, world.read)
    assert found(root, "narrative") == [("page", "", "", 0)]
    world.record("LH-7", "Title")
    catch_up(root, world.read)
    assert found(root, "narrative") == [("page", "LH-7", "", 0)]


def test_merged_records_are_found_no_more(world, root):
    filled(world)
    catch_up(root, world.read)
    Record.objects.filter(id="r-harbor-LH-2").update(state="merged")
    world.log("releases.Record", "r-harbor-LH-2")
    catch_up(root, world.read)
    assert found(root, "ferry") == []


def test_the_same_bytes_in_two_places_are_one_text_with_two_owners(world, root):
    one, two = world.record("A", "a"), world.record("B", "b", portal="elsewhere")
    world.file(one, "Report", "shared words")
    catch_up(root, world.read)
    second = world.file(two, "Copy", portal="elsewhere")
    world.file_version(second, "shared words", read=False)  # dedup: a revisit, no text of its own
    catch_up(root, world.read)
    assert found(root, "shared") == [("file", "A", "Report", 1)]
    assert found(root, "shared", portal="elsewhere") == [("file", "B", "Copy", 1)]
    assert found(root, "key:b shared portal:elsewhere", portal="elsewhere") == [("file", "B", "Copy", 1)]


def test_an_older_version_of_a_file_is_still_found(world, root):
    file = world.file(world.record("A", "a"), "Report", "the redacted name was Fictman")
    world.file_version(file, "the name was withheld", number=2)
    catch_up(root, world.read)
    assert found(root, "fictman") == [("file", "A", "Report", 1)]
    assert found(root, "withheld") == [("file", "A", "Report", 1)]
    assert len(found(root, "name")) == 1


def test_long_texts_are_found_to_their_end(world, root, monkeypatch):
    from releases.search import document_texts

    monkeypatch.setattr(document_texts, "PART", 100)
    world.file(world.record("A", "a"), "Report", "x " * 100 + "needle")
    catch_up(root, world.read)
    assert found(root, "needle") == [("file", "A", "Report", 1)]


def test_a_rebuilt_catalog_numbers_anew_and_the_index_follows(world, root):
    filled(world)
    catch_up(root, world.read)
    lines = list(ChangeLog.objects.order_by("-seq").values_list("commit", "table", "row"))
    ChangeLog.objects.all().delete()
    for number, (commit, table, row) in enumerate(lines, 1):
        ChangeLog.objects.create(seq=number, commit=commit, table=table, row=row)
    world.record("NEW", "Brand new")
    assert catch_up(root, world.read)
    assert found(root, "brand") == [("record", "NEW", "", 0)]
    assert sorted(found(root, "taser")) == sorted(ANSWERS["taser"])


def test_a_rebuild_gives_the_same_answers(world, root):
    filled(world)
    catch_up(root, world.read)
    before = {query: found(root, query) for query in ANSWERS}
    assert rebuild_index(root, world.read)
    assert {query: found(root, query) for query in ANSWERS} == before
    assert len([path for path in root.iterdir() if path.is_dir()]) == 1


def test_growing_line_by_line_gives_the_same_answers(world, root, monkeypatch):
    from releases.search import catch_up as module

    filled(world)
    catch_up(root, world.read)
    before = {query: sorted(found(root, query)) for query in ANSWERS}
    monkeypatch.setattr(module, "BATCH", 1)
    rebuild_index(root, world.read)
    assert {query: sorted(found(root, query)) for query in ANSWERS} == before


def test_who_does_not_get_the_lock_searches_what_is_there(world, root):
    filled(world)
    with place.lock(root) as ours:
        assert ours
        assert not catch_up(root, world.read)
        assert not rebuild_index(root, world.read)
        with pytest.raises(IndexBusy):
            search(root, "taser")
    assert catch_up(root, world.read)
    world.record("NEW", "Brand new")
    with place.lock(root):
        assert not catch_up(root, world.read)
        assert found(root, "brand") == []
        assert len(found(root, "taser")) == 3


def test_a_damaged_index_is_made_anew(world, root):
    filled(world)
    catch_up(root, world.read)
    (folder,) = (path for path in root.iterdir() if path.is_dir())
    (folder / "meta.json").write_text("{")
    assert catch_up(root, world.read)
    assert len(found(root, "taser")) == 3


def test_an_unreachable_store_keeps_what_was_indexed(world, root):
    from archive.store.base import StoreUnavailable

    filled(world)
    catch_up(root, world.read)
    world.record("NEW", "Brand new")
    world.file("r-harbor-NEW", "Report", "fresh text")

    def gone(wanted):
        raise StoreUnavailable("the store does not answer")
        yield

    with pytest.raises(StoreUnavailable):
        catch_up(root, gone)
    assert len(found(root, "taser")) == 3
    assert catch_up(root, world.read)
    assert found(root, "fresh") == [("file", "NEW", "Report", 1)]


def test_an_empty_catalog_can_be_searched(world, root):
    assert catch_up(root, world.read)
    assert found(root, "anything") == []
    assert catch_up(root, world.read)
