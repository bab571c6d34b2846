"""DocumentCloud through whole crawls: replaced in place, made private, capped, refused for a moment."""

from __future__ import annotations

from pathlib import Path

from tests.portals.replica_watch import Event, ReplicaWatch
from tests.replicas.documentcloud import DocumentCloudReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture


def test_documents_come_change_and_are_made_private(verb: Verb, tmp_path: Path) -> None:
    with DocumentCloudReplica("signed") as replica:
        watch = ReplicaWatch(verb, tmp_path, replica, "documentcloud-project")
        assert watch.crawl() == []
        assert len(watch.asked("/signed/documents/")) == 5
        replica.documents[20310001] |= {"updated_at": "2031-07-01T08:00:00.5Z", "status": "readable"}
        replica.documents[20319999]["title"] = "Nobody asked for this one"
        assert watch.crawl() == []
        assert all(asked.headers.get("if-none-match") for asked in replica.asked if "/signed/" in asked.target)

        replica.replace(20310002, b"%PDF-1.4 Directive 12, as revised. " + b"!" * 120)
        replica.documents[20310003] |= {"description": "Amounts paid", "projects": [4999, 4021, 4777]}
        replica.add(20310009, "Training bulletin")
        assert watch.crawl_changes() == [
            Event("changed", "20310002", ["file_hash"]),
            Event("changed", "20310003", ["description", "projects"]),
            Event("file_replaced", "20310002", []),
            Event("new", "20310009", []),
        ]
        replica.documents[20310004]["access"] = "private"
        assert watch.crawl() == [Event("withdrawn", "20310004", [])]
        assert watch.asked("/api/documents/20310004/"), "the API is asked, not the page that a script fills"
        replica.documents[20310004]["access"] = "public"
        replica.hazards.add("busy")
        assert watch.crawl() == [Event("restored", "20310004", [])]


def test_a_filter_that_is_ignored_withdraws_nothing_and_takes_nothing(verb: Verb, tmp_path: Path) -> None:
    with DocumentCloudReplica() as replica:
        watch = ReplicaWatch(verb, tmp_path, replica, "documentcloud-project")
        assert watch.crawl() == []
        replica.hazards = {"unfiltered"}
        assert [event.kind for event in watch.crawl(3)] == ["broken"]
        assert "documents of project 4021 alone" in watch.out
        replica.hazards = set()
        assert [event.kind for event in watch.crawl()] == ["recovered"]


def test_what_a_capped_search_no_longer_lists_is_withdrawn_only_when_it_is_gone(verb: Verb, tmp_path: Path) -> None:
    with DocumentCloudReplica("page-limit") as replica:
        replica.documents[20310003]["source"] = "Cedar Hollow Clerk"
        watch = ReplicaWatch(verb, tmp_path, replica, "documentcloud-search")
        assert watch.crawl() == []
        assert watch.said["coverage"] == "capped"
        replica.documents = {20310000: {**replica.documents[20310001], "id": 20310000}, **replica.documents}
        replica.bytes[20310000] = replica.bytes[20310001]
        replica.documents[20310000]["canonical_url"] = replica.documents[20310001]["canonical_url"].replace(
            "10001", "10000"
        )
        assert watch.crawl_changes() == [Event("new", "20310000", [])]
        replica.documents[20310002]["access"] = "private"
        assert Event("withdrawn", "20310002", []) in watch.crawl()
