"""Deadlines with the real command and the real lists: told once whatever is killed, and no case defamed."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import msgspec
import pytest

from archive.catalog.database import open_database
from config.portal import Portal, read_portal
from crawler.deadlines import tick
from crawler.schedule import nothing_due, ticks_due
from releases.deadlines.model import Judged
from releases.deadlines.read import judged
from releases.model import Record
from sample.server import SamplePortal, portal_file
from tests.acceptance import copa_deadlines_truth, copa_truth
from tests.acceptance.newsroom import ROOT, Mailbox, Newsroom
from tests.unit.releases.ledger.watch import Watch, case, pdf

LISTS = copa_truth.lists()
SCRAPES = copa_deadlines_truth.SCRAPES
SLUG = "lake-harbor"


def copa() -> Portal:
    return read_portal(ROOT / "spiders" / "portals" / "copa.toml")


class Dated(Watch):
    """COPA's portal as it was looked at on days of the past, at noon in Chicago."""

    def __init__(self, portal: Portal) -> None:
        super().__init__("copa")
        self.portal = portal
        self.today = date(2016, 1, 1)

    @property
    def now(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 18, tzinfo=UTC)

    def look(self, day: date, records: list[Record]) -> dict[str, Judged]:
        self.today = day
        self.crawl(*records)
        return {one.case.key: one for one in judged(self.portal, self.now)}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[None]:
    from django.db import connections

    open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    yield
    connections.close_all()


def reckoned(found: dict[str, Judged]) -> dict[str, dict[str, int]]:
    covered = [one for one in found.values() if one.status == "covered"]
    return {
        "status": dict(Counter(one.status for one in found.values())),
        "incident": dict(Counter(one.clock.standing for one in covered)),
        "notification": dict(Counter(one.second.standing for one in covered if one.second)),
    }


@pytest.mark.parametrize("paths", [LISTS] if LISTS else [], ids=["2016-2021"] if LISTS else [])
def test_copa_lists_are_reckoned_as_from_the_lists_alone(catalog: None, paths: list[Path]) -> None:
    shipped = copa()
    (rule,) = shipped.deadlines
    # The lists have no files: a row stands for the release. Everything else is the shipped rule.
    rule = msgspec.structs.replace(rule, to_event="new", to_kinds=())
    watch = Dated(msgspec.structs.replace(shipped, deadlines=(rule,)))
    for number, path in enumerate(paths, 1):
        records = []
        for name, row in {copa_truth.slug(row["url"]): row for row in copa_truth.rows(path)}.items():
            fields: dict[str, Any] = {
                "incident_date": row["incident"].strip(), "notification_date": None if row["notified"].strip() == "-" else row["notified"],
                "incident_types": [part.strip() for part in row["types"].split(",")],
            }  # fmt: skip
            records.append(case(name, fields=fields, title=row["log"]))
        looked = watch.look(copa_deadlines_truth.list_day(path), records)
        expected = copa_deadlines_truth.posted(paths[:number])
        # Three cases were gone from one list: they keep their dates, and are not counted here.
        found = {key: one for key, one in looked.items() if key in expected}
        assert found.keys() == expected.keys()
        assert reckoned(found) == copa_deadlines_truth.counts(expected.values()), path.name
        for key, one in found.items():
            assert (one.case.seen.after, one.case.seen.by) == (expected[key].after, expected[key].by), key
            assert one.status == expected[key].status, (key, one.why)
    # What was published of the last list: 110 of 345 incidents predate the policy.
    assert reckoned(found)["status"] == {"covered": 182, "not covered": 110, "unknown": 53}
    assert reckoned(found)["incident"] == {"on time": 8, "late": 1, "late or on time": 173}
    naive = copa_deadlines_truth.naive(expected.values())
    assert naive == {"late": 334, "on time": 11}, "a clock that asks nothing calls 334 of 345 late"


@pytest.mark.parametrize("paths", [SCRAPES] if SCRAPES else [], ids=["2016"] if SCRAPES else [])
def test_the_first_summer_with_printed_days_and_files(catalog: None, paths: list[Path]) -> None:
    shipped = copa()
    (rule,) = shipped.deadlines
    watch = Dated(msgspec.structs.replace(shipped, deadlines=(msgspec.structs.replace(rule, to_field="published"),)))
    for number, path in enumerate(paths, 1):
        data = json.loads(path.read_text("utf-8"))
        records = []
        for log, shown in data["records"].items():
            files = [pdf(file["url"], kind=kind) for kind in ("video", "audio") for file in shown[kind]]
            files += [pdf(file["url"], kind="document") for file in shown["documents"]]
            fields: dict[str, Any] = {
                "incident_date": shown["incident_date_time"], "notification_date": shown["ipra_notification_date"],
                "incident_types": shown["incident_type"].split(", "), "published": shown["post_date_time"], "notes": shown["notes"],
            }  # fmt: skip
            records.append(case(log, *{file.identity or file.url: file for file in files}.values(), fields=fields))
        found = watch.look(datetime.fromisoformat(data["scraped_date_time"]).date(), records)
        expected = copa_deadlines_truth.scraped(paths[:number])
        assert reckoned(found) == copa_deadlines_truth.counts(expected.values()), path.name
        misprinted = {log for log, one in expected.items() if one.printed and one.printed < one.incident}
        assert misprinted <= {"1080871"}, "posted two days before its own incident"
        for log, one in found.items():
            assert one.printed == (None if log in misprinted else expected[log].printed), log
            assert any("misprint" in remark for remark in one.remarks) == (log in misprinted)
    assert reckoned(found)["status"] == {"not covered": 102, "barred": 4, "unknown": 6, "covered": 9}
    late = {
        one.clock.late_most for one in found.values() if one.covered and one.clock.standing == "late unless extended"
    }
    assert late == {1, 15, 20, 24}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A portal looked at once, with a case that is released with video alone, and somebody who wants to know."""
    mailbox = Mailbox()
    room = Newsroom(tmp_path_factory.mktemp("deadlines") / "home", mailbox)
    with SamplePortal(day=3) as portal:
        text = portal_file(portal.url).replace('to_event = "file_added"', 'to_kinds = ["video"]')
        room.watch(text.replace("[[deadlines]]", f'[[deadlines]]\nsince = "{date.today() + timedelta(days=1)}"'), SLUG)  # noqa: DTZ011
        room.run("alerts", "subscribe", "mailto:reporter@example.org", "--portal", SLUG)
        room.crawl(SLUG)
    yield room
    mailbox.close()


def overdue_since(room: Newsroom) -> None:
    """The portal is gone, and its rule is one under which some cases became overdue."""
    path = room.path / "portals" / f"{SLUG}.toml"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("since")]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def events(room: Newsroom, *kinds: str) -> list[tuple[str, str]]:
    rows = room.rows("releases", "--limit", "1000", *(word for kind in kinds for word in ("--kind", kind)))
    return sorted((row["kind"], row["key"]) for row in rows)


FIVE = [("overdue", f"lh-2025-{n}") for n in ("0101", "0106", "0108", "0111")] + [("overdue", "lh-2026-0001")]


def test_run_ticks_without_a_crawl_and_says_so_once(stage: Newsroom, tmp_path: Path) -> None:
    room = stage.copy(tmp_path / "home")
    assert nothing_due(str(room.path))
    assert not nothing_due(str(room.path), datetime.now(UTC) + timedelta(hours=24))  # the portal itself is due as well
    assert list(ticks_due(room.path, datetime.now(UTC) + timedelta(hours=24, minutes=1))) == [SLUG]
    overdue_since(room)
    assert not nothing_due(str(room.path))
    said = room.run("run").stdout
    assert "5 overdue when first looked at: `recordwatch deadlines --overdue` lists them" in said
    assert events(room, "overdue") == FIVE
    assert nothing_due(str(room.path))
    assert room.run("run").stdout == ""
    assert events(room, "overdue") == FIVE
    said = room.run(
        "deadlines",
        "note",
        SLUG,
        "LH-2025-0108",
        "not covered",
        "--why",
        "city's letter of 2 May",
        "--by",
        "Desk",
        environment={"COLUMNS": "400"},
    ).stdout
    assert "✗ correction" in said
    assert "not overdue, but not covered: note of" in said
    room.run("deadlines", "note", SLUG, "LH-2025-0108", "not covered", "--end")
    assert events(room, "overdue") == sorted([*FIVE, ("overdue", "lh-2025-0108")])
    assert events(room, "retracted") == [("retracted", "lh-2025-0108")]
    room.check_archive()


@pytest.mark.parametrize("point", ["store.put", "commit.stored", "commit.applied", "commit.done"])
def test_killed_in_a_tick_it_is_told_once(stage: Newsroom, tmp_path: Path, point: str) -> None:
    room = stage.copy(tmp_path / "home")
    overdue_since(room)
    room.run("run", codes=(-signal.SIGKILL,), environment={"RECORDWATCH_FAULT": point})
    room.run("run")
    assert events(room, "overdue") == FIVE
    assert nothing_due(str(room.path))
    room.check_rebuild()


def test_runs_at_once_tell_it_once(stage: Newsroom, tmp_path: Path) -> None:
    room = stage.copy(tmp_path / "home")
    overdue_since(room)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: room.run("run"), range(3)))
    assert events(room, "overdue") == FIVE
    room.check_rebuild()


def test_days_that_pass_are_noticed_by_the_tick_alone(stage: Newsroom, tmp_path: Path) -> None:
    room = stage.copy(tmp_path / "home")
    path = room.path / "portals" / f"{SLUG}.toml"
    overdue_since(room)
    path.write_text(path.read_text("utf-8").replace("days = 60", "days = 3000"), "utf-8")
    room.run("run")
    assert events(room, "overdue") == []
    home = room.home
    portal = home.portal(SLUG)
    due = {
        key: date.fromisoformat(row["due"]) for row in room.rows("deadlines", "--status", "due") if (key := row["key"])
    }
    assert set(due) == {key for _, key in FIVE}
    first = min(due, key=lambda key: due[key])
    noon = datetime(due[first].year, due[first].month, due[first].day, 12, tzinfo=UTC)
    assert tick(home, portal, noon).events == []
    (event,) = tick(home, portal, noon + timedelta(days=1)).events
    assert (event["key"], event["backfill"], event["new"]["days_late"]) == (first, False, 1)
    assert tick(home, portal, noon + timedelta(days=2)).events == []
    assert event["tags"] == ["not seen since"]
    room.check_rebuild()


def test_calendar_and_csv_are_what_others_can_open(stage: Newsroom, tmp_path: Path) -> None:
    room = stage.copy(tmp_path / "home")
    overdue_since(room)
    room.run("run")
    file = tmp_path / "due.ics"
    room.run("deadlines", "--ics", str(file))
    first = icalendar.Calendar.from_ical(file.read_bytes())
    entries = {str(entry["uid"]): entry for entry in first.walk("VEVENT")}
    assert len(entries) == len(list(first.walk("VEVENT"))) == 14
    assert not list(first.walk("VALARM"))
    one = next(entry for entry in entries.values() if "LH-2025-0108" in entry["summary"])
    assert (one.decoded("dtstart"), one.decoded("dtend")) == (date(2025, 7, 16), date(2025, 7, 17))
    assert str(one["status"]) == "CONFIRMED"
    room.run("deadlines", "--ics", str(file))
    assert file.read_bytes() == first.to_ical()
    room.run("deadlines", "note", SLUG, "LH-2025-0108", "barred", "--why", "order of the court")
    room.run("deadlines", "--ics", str(file))
    changed = {str(entry["uid"]): entry for entry in icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")}
    assert changed.keys() == entries.keys()
    moved = [uid for uid in entries if changed[uid].to_ical() != entries[uid].to_ical()]
    assert moved == [str(one["uid"])]
    assert int(changed[moved[0]]["sequence"]) > int(one["sequence"])
    assert str(changed[moved[0]]["status"]) == "CANCELLED"
    table = list(csv.DictReader(io.StringIO(room.run("deadlines", "--csv").stdout, newline="")))
    assert Counter(row["status"] for row in table) == {"covered": 5, "barred": 1, "not covered": 8}
    assert {row["key"] for row in table if row["overdue"] == "True"} == {key for _, key in FIVE} - {"lh-2025-0108"}
    room.run("deadlines", "--csv", "--output", str(tmp_path / "t.csv"), "--overdue")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbfportal,")


def test_what_a_reporter_reads(stage: Newsroom, tmp_path: Path) -> None:
    room = stage.copy(tmp_path / "home")
    overdue_since(room)
    room.run("run")
    said = room.run("deadlines", environment={"COLUMNS": "400"}).stdout
    assert "OVERDUE by" in said
    assert "type says “Other Use of Force”, which the rule does not cover" in said
    assert "6 covered, 8 not covered" in said
    narrow = room.run("deadlines", "--overdue", environment={"COLUMNS": "60"}).stdout.splitlines()
    assert max(map(len, narrow)) <= 60
    assert any(re.search(r"due \d{4}-\d\d-\d\d", line) for line in narrow), "a day in one piece"
    assert "LH-2025-0105" not in room.run("deadlines", "--overdue").stdout
    assert room.run("deadlines", "--due", "1d").stdout.startswith("nothing like that")
    assert {row["key"] for row in room.rows("deadlines", "--overdue")} == {key for _, key in FIVE}
    for wrong, why in (
        (("deadlines", "--status", "lost"), "there is no such status"), (("deadlines", "--due", "soon"), "use a number of days"),
        (("deadlines", "--portal", "nobody"), "no portal 'nobody'"), (("deadlines", "--output", "x"), "add --csv"),
        (("deadlines", "note", SLUG, "LH-1", "barred", "--why", "x"), "no record has the key"),
        (("deadlines", "note", SLUG, "LH-2025-0108", "barred"), "--why is missing"),
        (("deadlines", "note", SLUG, "LH-2025-0108", "tolled", "--why", "x", "--since", "once"), "is no day"),
        (("deadlines", "note", SLUG, "LH-2025-0108", "barred", "--end", "--why", "x"), "leave the other options out"),
    ):  # fmt: skip
        done = room.run(*wrong, codes=(2,))
        assert why in done.stderr
        assert len(done.stderr.splitlines()) == 1
