"""Nothing under a restriction is found, whatever kind it is of, and no word of it stays in the index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog.models import Restriction
from archive.holdings import Holdings
from config.home import open_home
from releases.search.catch_up import catch_up
from releases.search.search import search
from tests.conformance.search.world import digest


def keys(root, query):
    return sorted({(hit.type, hit.key) for hit in search(root, query).hits})


@pytest.fixture
def filled(world, root, tmp_path):
    (tmp_path / "recordwatch.toml").write_text("")
    Holdings(open_home(tmp_path), opened=True)  # pages that tell of a restricted record are looked for in the archive
    one = world.record("LH-1", "Pier shooting", {"Officer": "Ferdinand Fictman", "District": "04"})
    two = world.record("LH-2", "Ferry", {"District": "04"})
    world.file(one, "Report on Fictman", "The secret harpoon was found", "Second page")
    world.file(two, "Report", "Ferdinand Fictman saw the harpoon, and FICTMAN, Ferdinand ran")
    catch_up(root, world.read)
    assert keys(root, "harpoon") == [("file", "LH-1"), ("file", "LH-2")]
    return world


def stored(root, word):
    """Whether any file of the index has `word`: terms and columns are not compressed."""
    return any(word.encode() in path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_a_record_under_a_restriction_is_not_found_by_any_way(filled, root):
    ident = filled.restrict("record", record="r-harbor-LH-1")
    for _ in range(2):  # at once, though the index has it still; and when it has caught up
        assert keys(root, "harpoon") == [("file", "LH-2")]
        assert keys(root, "district:04") == [("file", "LH-2"), ("record", "LH-2")]
        assert keys(root, "key:lh-1") == keys(root, "shooting") == keys(root, "file:fictman") == []
        catch_up(root, filled.read)
    assert not stored(root, "shooting")
    assert search(root, "district:04", facets=True).documents == 3
    filled.lift(ident)
    catch_up(root, filled.read)
    assert keys(root, "harpoon district:04") == [("file", "LH-1"), ("file", "LH-2")]
    assert keys(root, "shooting") == [("record", "LH-1")]


def test_a_name_is_masked_where_it_is_found(filled, root):
    ident = filled.restrict("name", name="Ferdinand Fictman", lifts_at=datetime.now(UTC) + timedelta(days=1))
    for _ in range(2):
        for query in ("fictman", "ferdinand", "officer:fictman", '"ferdinand fictman"', "fict*"):
            hits = search(root, query).hits
            assert [hit for hit in hits if "fictman" in str(hit).lower().replace("report on fictman", "")] == [], query
        catch_up(root, filled.read)
    assert keys(root, "ferdinand") == keys(root, "officer:fictman") == []
    assert not stored(root, "ferdinand")
    assert keys(root, "harpoon") == [("file", "LH-1"), ("file", "LH-2")]
    # Its own end comes: no line of the change log tells.
    Restriction.objects.filter(id=ident).update(lifts_at=datetime.now(UTC) - timedelta(seconds=1))
    catch_up(root, filled.read)
    assert keys(root, "ferdinand") == [("file", "LH-2"), ("record", "LH-1")]


def test_passages_and_bytes(filled, root):
    bytes_ = digest("The secret harpoon was found\fSecond page")
    ident = filled.restrict("passage", digest=bytes_, page=1, spans=[[4, 18]])
    for _ in range(2):
        assert keys(root, "secret") == []
        catch_up(root, filled.read)
    assert keys(root, "second") == keys(root, '"was found"') == [("file", "LH-1")]
    assert not stored(root, "secret")
    filled.lift(ident)
    catch_up(root, filled.read)
    assert keys(root, "secret") == [("file", "LH-1")]
    ident = filled.restrict("bytes", digest=bytes_)
    for _ in range(2):
        assert keys(root, "secret") == keys(root, "second") == []
        catch_up(root, filled.read)
    assert keys(root, "key:lh-1") == [("file", "LH-1"), ("record", "LH-1")]  # the file's name, not its text
    assert not stored(root, "secret")
    Restriction.objects.filter(id=ident).update(lifts_at=datetime.now(UTC) - timedelta(seconds=1))
    catch_up(root, filled.read)
    assert keys(root, "secret") == [("file", "LH-1")]
