"""The Online Case Portal of 2016 through whole crawls: the move of host, a withdrawal, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.ipra import Case, IpraReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
Watched = ReplicaWatch[IpraReplica]


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[Watched]:
    with IpraReplica() as replica:
        yield ReplicaWatch(verb, tmp_path, replica, "lake-harbor-ipra", media=False)


def test_the_life_of_the_portal(watch: Watched) -> None:
    portal = watch.replica
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["coverage"], watch.said["records"]) == ("healthy", "complete", 3)
    assert watch.crawl() == []
    portal.edit("1070803-2", notes=("One recording has been withheld pursuant to the Juvenile Court Act.",))
    portal.state.cases.append(Case("1070804", "1070804-2"))
    changed, new = watch.crawl()
    assert changed == ("changed", "1070803-2", ["notes", "withheld"])
    assert new[:2] == ("new", "1070804-2")
    portal.state.cases = [case for case in portal.state.cases if case.slug != "1070802-3"]
    assert watch.crawl() == [("withdrawn", "1070802-3", [])]
    # Another host for cases, and for documents: no event, and the case is found under its old and new address.
    portal.hazards = {"moved"}
    assert watch.crawl() == []
    for name in ("1070801", "http://portal.iprachicago.org/1070801-2/", "https://www.chicagocopa.org/case/1070801-2/"):
        assert "1070801-2" in watch.run("record", watch.slug, name, "--home", watch.home).out
    # DynamicSearch.php is gone, as it is today: that withdraws nothing.
    portal.hazards = {"moved", "html"}
    assert [kind for kind, _, _ in watch.crawl(3)] == ["broken"]
