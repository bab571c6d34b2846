"""A CKAN portal through whole crawls: what becomes news, and what never does."""

from __future__ import annotations

from pathlib import Path

from tests.portals.replica_watch import Event, ReplicaWatch
from tests.replicas.ckan import CkanReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
FORCE, STOPS, CLOSED, CALLS = (f"0000000{number}-1111-4222-8333-444444444444" for number in range(4))


def test_data_sets_that_change_come_and_go(verb: Verb, tmp_path: Path) -> None:
    with CkanReplica("signed", "harvested") as replica:
        watch = ReplicaWatch(verb, tmp_path, replica, "ckan-police")
        assert watch.crawl() == []
        assert len(watch.asked("/signed/")) == 4
        assert watch.asked("/arcgis/") == []
        for package in replica.packages.values():
            package["metadata_modified"] = "2031-07-01T00:00:00.000001"
        replica.packages[STOPS]["extras"][1]["value"] = "2031-07-01"
        assert watch.crawl() == []
        assert all(asked.headers.get("if-none-match") for asked in replica.asked if "/signed/" in asked.target)

        force = replica.packages[FORCE]
        old = force["resources"][0]["url"]
        new = old.replace("use-of-force.csv", "use-of-force-2031.csv")
        force["resources"][0]["url"] = new
        replica.bytes[new.partition(".example")[2]] = b"date,what\n2031-06-30,Use of force\n" * 9
        replica.bytes["/files/traffic-stops.pdf"] = b"%PDF-1.4 columns, corrected. " + b"." * 120
        replica.packages[CLOSED] |= {"name": "complaints-closed-by-year", "title": "Complaints closed by year"}
        replica.add(5, "Body-worn camera requests")
        events = watch.crawl_changes()
        assert [event for event in events if event.kind != "changed"] == [
            Event("file_replaced", FORCE, []),
            Event("file_replaced", STOPS, []),
            Event("new", "00000005-1111-4222-8333-444444444444", []),
        ]
        assert Event("changed", FORCE, ["resources"]) in events
        assert {event.key for event in events if event.kind == "changed"} == {FORCE, CLOSED}

        removed = replica.packages.pop(CALLS)
        assert watch.crawl() == [Event("withdrawn", CALLS, [])]
        replica.packages[CALLS] = removed
        replica.hazards = {"busy"}
        assert watch.crawl() == [Event("restored", CALLS, [])]


def test_a_data_set_made_private_is_believed_after_three_crawls(verb: Verb, tmp_path: Path) -> None:
    """Its own page says neither that it is there nor that it is gone: access denied."""
    with CkanReplica() as replica:
        watch = ReplicaWatch(verb, tmp_path, replica, "ckan-police")
        assert watch.crawl() == []
        replica.packages[CALLS]["private"] = True
        assert watch.crawl() == []
        assert watch.asked("package_show?id=calls-for-service")
        assert watch.crawl() == []
        assert watch.crawl() == [Event("withdrawn", CALLS, [])]


def test_an_index_that_is_down_and_a_filter_that_is_ignored_withdraw_nothing(verb: Verb, tmp_path: Path) -> None:
    with CkanReplica() as replica:
        watch = ReplicaWatch(verb, tmp_path, replica, "ckan-police")
        assert watch.crawl() == []
        replica.hazards = {"failing"}
        assert [event.kind for event in watch.crawl(3)] == ["broken"]
        assert "Search index is down" in watch.out
        replica.hazards = {"unfiltered"}
        assert watch.crawl(3) == []
        assert "data sets of police-department alone" in watch.out
        replica.hazards = set()
        assert [event.kind for event in watch.crawl()] == ["recovered"]
