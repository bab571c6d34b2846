"""A NextRequest portal through whole crawls: what becomes news, how gently it is asked, and who is overdue by law."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.home import written
from tests.portals.replica_watch import Event, ReplicaWatch
from tests.replicas.nextrequest import STORE, NextRequestReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
SLUG = "lake-harbor-requests"
TOML = f"""
slug = "{SLUG}"
name = "Records requests (FICTIONAL)"
agency = "Lake Harbor Police Department"
place = "Lake Harbor, California (fictional)"
url = "{NextRequestReplica.start}"
spider = "nextrequest"
timezone = "America/Los_Angeles"
laws = ["us-ca"]
"""


class Watched(ReplicaWatch[NextRequestReplica]):
    """As ReplicaWatch, with the names of files that came or went."""

    def crawl(self, code: int = 0) -> list[Event]:
        """(kind, key, fields or names of files) of the events that this crawl told."""
        return sorted(
            Event(row["kind"], row["key"], sorted(row["new"] or [file["name"] for file in row["files"]]))
            for row in self.crawl_rows(code)
        )


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[Watched]:
    with NextRequestReplica() as replica:
        yield Watched(verb, tmp_path, replica, SLUG, TOML)


def test_what_an_agency_does_is_told_once(watch: Watched) -> None:
    replica = watch.replica
    assert watch.crawl() == []
    first = watch.asked()
    assert sum(url.startswith(f"https://{STORE}") for url in first) == 5
    assert watch.crawl() == []
    # Signed links differ each time: the stable ones are asked, and the store answers that nothing changed.
    fetched = [one for one in replica.asked if one.host == STORE and one.path != "/robots.txt"]
    assert len(fetched) == 5
    assert all("if-none-match" in one.headers for one in fetched)
    replica.release("26-5", "Complaints.pdf", "March 20, 2026, 11:00am", b"%PDF complaints" + b" " * 200)
    replica.close("26-4", "March 21, 2026,  9:00am")
    replica.file_request("26-7", "Pursuit policy.", "03/23/2026", due="04/02/2026")
    assert watch.crawl() == [
        ("changed", "26-4", ["closed_date", "state", "status", "timeline"]),
        ("changed", "26-5", ["answered_date", "timeline"]),
        ("file_added", "26-5", ["Complaints.pdf"]),
        ("new", "26-7", ["answered_date", "closed_date", "departments", "due_date", "full_text", "number", "requested_date",
                         "staff", "state", "status", "text", "timeline"]),
        ("overdue", "26-7", ["basis", "days_late", "due", "due_if_extended", "last_looked", "requested_date", "rule", "why"]),
    ]  # fmt: skip


def test_a_document_replaced_in_place_and_one_taken_away(watch: Watched) -> None:
    replica = watch.replica
    assert watch.crawl() == []
    replica.bytes[501] = b"%PDF-1.4 policy 301" + b" " * 200
    replica.documents = [row for row in replica.documents if row["id"] != 504]
    assert watch.crawl() == [
        ("file_replaced", "25-1", ["digest", "mime", "size"]),
        ("file_withdrawn", "26-4", ["BWC 2.mp4"]),
    ]


def test_a_request_that_is_taken_down(watch: Watched) -> None:
    replica = watch.replica
    assert watch.crawl() == []
    taken = replica.row("25-2")
    replica.requests.remove(taken)
    assert [event[:2] for event in watch.crawl()] == [("withdrawn", "25-2")]
    assert any(url.endswith("/client/requests/25-2") for url in watch.asked())


def test_old_closed_requests_cost_nothing_and_lose_nothing(watch: Watched) -> None:
    """Beyond the newest closed ones only the list's row is read: files stay, a change of the row is news."""
    replica = watch.replica
    assert watch.crawl() == []
    written(watch.file, TOML + "[parameters]\nclosed = 0\nreleased = 0\n")
    assert watch.crawl() == []
    assert not any("25-" in url for url in watch.asked())
    record = watch.rows("record", SLUG, "25-1")[0]
    assert [file["state"] for file in record["files"]] == ["present"]
    replica.row("25-1")["department_names"] = "Police"
    assert watch.crawl() == [("changed", "25-1", ["departments"])]


def test_what_was_always_there_is_no_news_when_it_is_first_read(watch: Watched) -> None:
    written(watch.file, TOML + "[parameters]\nclosed = 0\nreleased = 0\n")
    assert watch.crawl() == []
    assert watch.rows("record", SLUG, "25-1")[0]["files"] == []
    written(watch.file, TOML)
    assert watch.crawl() == []
    assert [file["name"] for file in watch.rows("record", SLUG, "25-1")[0]["files"]] == ["Policy 300.pdf"]


def test_too_many_requests_are_waited_for(watch: Watched) -> None:
    watch.replica.hazards.add("limit")
    watch.crawl()
    targets = [one.target for one in watch.replica.asked if one.path.endswith("/timeline")]
    assert sorted(targets) == sorted([*set(targets)] * 2)
    assert len(targets) == 12
    assert len(watch.rows("deadlines")) == 6


def test_a_list_that_is_cut_short_is_said_to_be_capped(watch: Watched) -> None:
    watch.replica.hazards |= {"small", "window"}
    for number in range(7, 27):
        watch.replica.file_request(f"26-{number}", f"Fleet records {number}.", "04/01/2026")
    (said,) = watch.rows("crawl", SLUG)
    assert (said["verdict"], said["coverage"]) == ("healthy", "capped")
    assert "16 of 26 requests are read: the platform gives no further page" in json.dumps(said)


def test_a_tenant_that_is_none_is_no_empty_portal(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.replica.hazards.add("no-tenant")
    assert [event[0] for event in watch.crawl(3)] in (["broken"], ["blocked"])
    watch.replica.hazards.clear()
    assert [event[0] for event in watch.crawl()] == ["recovered"]


def test_overdue_by_californias_law(watch: Watched) -> None:
    """Nothing is shown of 26-5 since it came in; 26-4 was answered by a release; old closed ones in time."""
    watch.crawl()
    rows = {row["key"]: row for row in watch.rows("deadlines")}
    assert {row["rule"] for row in rows.values()} == {"California Public Records Act"}
    late = rows["26-5"]
    assert (late["start"], late["due"], late["due_if_extended"]) == ("2026-03-02", "2026-03-12", "2026-03-26")
    assert (late["standing"], late["overdue"]) == ("overdue", True)
    assert (rows["25-3"]["standing"], rows["25-3"]["released_printed"]) == ("on time", "2025-06-09")
    assert rows["26-4"]["standing"] == "late"
    # A last day on a Saturday moves to Monday: 26-4 came in on 2 February 2026, ten days are Thursday the 12th;
    # 25-1 came in on Monday 6 January 2025, ten days are Thursday the 16th.
    assert (rows["26-4"]["due"], rows["25-1"]["due"]) == ("2026-02-12", "2025-01-16")
    shown = watch.run("portals", "show", SLUG, "--home", watch.home).out
    assert "California Public Records Act: 10 days from requested_date" in " ".join(shown.split())
    assert "7922.535" in shown


def test_a_law_that_is_none_names_those_that_are(watch: Watched) -> None:
    written(watch.file, TOML.replace("us-ca", "ca"))
    said = watch.run("portals", "show", SLUG, "--home", watch.home)
    assert said.code == 2
    assert "do you mean 'us-ca'" in said.err
    assert "us-il" in said.err
