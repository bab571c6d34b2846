"""What a council files and decides, through whole crawls of the real command: Legistar, and a clerk's eLMS."""

from __future__ import annotations

from pathlib import Path

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.elms import ElmsReplica, matter
from tests.replicas.legistar import LegistarReplica, event
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture


def test_the_life_of_a_commission(verb: Verb, tmp_path: Path) -> None:
    with LegistarReplica() as city:
        watch = ReplicaWatch(verb, tmp_path, city, "lake-harbor-legistar")
        assert watch.crawl() == []
        assert (watch.said["verdict"], watch.said["records"], watch.said["files"]) == ("healthy", 4, 5)
        assert watch.crawl() == []
        files = [asked for asked in city.asked if asked.target.endswith(".pdf") or "View.ashx" in asked.target]
        assert files
        assert all("if-none-match" in asked.headers for asked in files)
        city.matters[0]["MatterStatusName"] = "Failed"
        city.attachments[101].append(
            ("Amendment", "https://lakeharbor.legistar.com/View.ashx?M=F&ID=7009&GUID=E", True)
        )
        city.events.append(event(503, "Police Commission", "2026-04-07"))
        assert watch.crawl() == [
            ("changed", "matter-101", ["status"]), ("file_added", "matter-101", []), ("new", "event-503",
             ["agenda_status", "body", "date", "location", "minutes_status", "time"]),
        ]  # fmt: skip
        # Taken down: the web page leads on all the same, the API has it no more.
        del city.matters[2]
        assert [(kind, key) for kind, key, _ in watch.crawl()] == [("withdrawn", "matter-103")]


def test_an_api_that_does_not_know_the_city_is_never_an_empty_list(verb: Verb, tmp_path: Path) -> None:
    with LegistarReplica() as city:
        watch = ReplicaWatch(verb, tmp_path, city, "lake-harbor-legistar")
        watch.crawl()
        city.hazards.add("unknown-client")
        told = watch.crawl(code=3)
        assert {kind for kind, _, _ in told} <= {"blocked", "broken"}
        city.hazards.clear()
        assert [kind for kind, _, _ in watch.crawl() if kind != "recovered"] == []


def test_the_life_of_an_ordinance(verb: Verb, tmp_path: Path) -> None:
    with ElmsReplica() as clerk:
        watch = ReplicaWatch(verb, tmp_path, clerk, "lake-harbor-elms")
        assert watch.crawl() == []
        assert (watch.said["verdict"], watch.said["records"], watch.said["files"]) == ("healthy", 4, 3)
        assert watch.crawl() == []
        # A substitute has another number and is the same matter.
        clerk.matters[0] |= {"recordNumber": "SO2026-0000001", "status": "6-Passed"}
        clerk.matters.append(matter(4, "FICTIONAL resolution on body worn camera costs"))
        told = watch.crawl()
        assert [(kind, key[-1]) for kind, key, _ in told] == [("changed", "1"), ("new", "4")]
        assert {"record_number", "status"} <= set(told[0][2])
        del clerk.matters[1]
        assert [(kind, key[-1]) for kind, key, _ in watch.crawl()] == [("withdrawn", "2")]
