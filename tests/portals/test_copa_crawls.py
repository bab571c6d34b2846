"""COPA's portal with its two witnesses through whole crawls: list and REST API, and what either says alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.copa import Case, CopaReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
Watched = ReplicaWatch[CopaReplica]


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[Watched]:
    with CopaReplica() as replica:
        yield ReplicaWatch(verb, tmp_path, replica, "lake-harbor-copa", media=False)


def notes(watch: Watched) -> str:
    """What the last crawl noted."""
    return " ".join(watch.said["warnings"])


def test_the_life_of_cases_in_list_and_rest_api(watch: Watched) -> None:
    portal = watch.replica
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["coverage"], watch.said["records"]) == ("healthy", "complete", 4)
    assert watch.crawl() == []
    # Delisted, and still published: a change of the record, no withdrawal.
    portal.edit("2026-0000702", listed=False)
    assert watch.crawl() == [("changed", "2026-0000702", ["listed"])]
    assert "the REST API has 2 cases that the list does not show, first 2026-0000702" in notes(watch)
    # Listed again; a new one; and one that neither list nor REST API has, nor any page.
    portal.edit("2026-0000702", listed=True)
    portal.state.cases = [one for one in portal.state.cases if one.slug != "1070702-2"]
    portal.state.cases.insert(0, Case("2026-0000710", "2026-0000710"))
    found = watch.crawl()
    assert [(kind, key) for kind, key, _ in found] == [
        ("changed", "2026-0000702"), ("new", "2026-0000710"), ("withdrawn", "1070702-2"),
    ]  # fmt: skip
    # Known to the list alone: no event.
    portal.edit("2026-0000710", in_rest=False)
    assert watch.crawl() == []
    assert "the list shows 1 case that the REST API does not have, first 2026-0000710" in notes(watch)
    # Taken out of the REST API too, its page gone.
    portal.state.cases = [one for one in portal.state.cases if one.slug != "2026-0000703"]
    assert watch.crawl() == [("withdrawn", "2026-0000703", [])]


HAZARDS = ["rest-off", "rest-blocked", "rest-down", "rest-page", "rest-endless", "rest-silent", "robots"]


def test_a_refusing_rest_api_makes_no_crawl_unhealthy_and_withdraws_nothing(watch: Watched) -> None:
    """One refusal after the other: together longer than the three crawls after which an absence without proof counts."""
    going = [f"2026-00008{number:02}" for number in range(len(HAZARDS))]
    watch.replica.state.cases += [Case(slug, slug) for slug in going]
    watch.replica.state.per_page = 4
    assert watch.crawl() == []
    for hazard, gone in zip(HAZARDS, going, strict=True):
        watch.replica.hazards = {hazard}
        watch.replica.robots = "User-agent: *\nDisallow: /wp-json/" if hazard == "robots" else ""
        watch.replica.state.cases = [one for one in watch.replica.state.cases if one.slug != gone]
        assert watch.crawl() == [("withdrawn", gone, [])], f"{hazard}: what is gone by its own page, and nothing else"
        assert (watch.said["verdict"], watch.said["coverage"]) == ("healthy", "capped"), watch.said
        assert "could not be compared with the list" in notes(watch), hazard
    watch.replica.hazards, watch.replica.robots = set(), ""
    assert watch.crawl() == []
    assert watch.said["coverage"] == "complete"


def test_without_a_rest_api_the_list_is_the_only_witness(watch: Watched) -> None:
    watch.replica.hazards = {"rest-missing"}
    watch.edit("media = false\n", "")  # players that nobody has: that is neither news nor a crawl's fault
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["coverage"], watch.said["records"]) == ("healthy", "complete", 3)
    watch.edit("rest = true", "rest = false")
    assert watch.crawl() == []
    assert watch.asked("/wp-json/") == []


def test_a_list_that_was_cut_is_not_made_good_by_the_rest_api(watch: Watched) -> None:
    watch.replica.state.cases = [Case(f"2026-{n:07}", f"2026-{n:07}") for n in range(900, 930)]
    watch.replica.state.per_page = 10
    assert watch.crawl() == []
    assert watch.said["records"] == 30
    watch.replica.hazards = {"cut"}
    watch.crawl(3)
    assert watch.said["verdict"] in {"partial", "broken"}, watch.said
    rows = watch.run("releases", "--json", "--home", watch.home).out.splitlines()
    assert not [row for row in map(json.loads, rows) if row["kind"] in {"withdrawn", "changed"}]
