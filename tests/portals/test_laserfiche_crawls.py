"""A WebLink repository through whole crawls: cookies first, then folders; what becomes news."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.laserfiche import Entry, LaserficheReplica, pdf
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[ReplicaWatch[LaserficheReplica]]:
    with LaserficheReplica() as replica:
        yield ReplicaWatch(verb, tmp_path, replica, "harbor-weblink")


def folder(watch: ReplicaWatch[LaserficheReplica], number: int) -> list[Entry]:
    found = watch.replica.repository.find(number)
    assert found is not None
    assert found[0].children is not None
    return found[0].children


def test_what_comes_goes_moves_and_is_replaced(watch: ReplicaWatch[LaserficheReplica]) -> None:
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["records"], watch.said["files"]) == ("healthy", 49, 48)
    assert watch.crawl() == []
    files = [one for one in watch.replica.asked if "ElectronicFile" in one.target]
    assert len(files) == 48
    assert all("if-none-match" in one.headers for one in files)
    case, logs = folder(watch, 200), folder(watch, 101)
    case[0].body, case[0].modified = pdf("report, second version"), "6/2/2025 8:00:00 AM"
    case.append(Entry(304, "Interview", "mp3", b"ID3" + b"a" * 300))
    folder(watch, 1).append(logs.pop(3))  # to another folder, under its own number
    gone = logs.pop(9)
    events = watch.crawl_changes()
    assert events == [
        ("changed", "301", ["modified"]), ("changed", "503", ["folder"]), ("file_replaced", "301", []), ("new", "304", []),
    ]  # fmt: skip
    assert watch.crawl() == []
    assert [(kind, key) for kind, key, _ in watch.crawl()] == [("withdrawn", str(gone.id))]


@pytest.mark.parametrize("hazard", ["cut-short", "same-rows", "failed", "login"])
def test_a_listing_that_is_not_whole_withdraws_nothing(watch: ReplicaWatch[LaserficheReplica], hazard: str) -> None:
    assert watch.crawl() == []
    watch.replica.hazards = {hazard}
    assert [kind for kind, _, _ in watch.crawl(3)] == ["broken"]
    watch.replica.hazards = set()
    assert [kind for kind, _, _ in watch.crawl()] == ["recovered"]


def test_a_viewers_page_in_place_of_a_file_is_called_odd(watch: ReplicaWatch[LaserficheReplica]) -> None:
    folder(watch, 200)[0].body = b""
    assert watch.crawl() == []
    said = watch.run("record", "harbor-weblink", "301", "--home", watch.home)
    assert "a web page came instead of the file" in said.out
