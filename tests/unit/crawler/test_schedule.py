from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalog.database import open_database
from config.home import open_home
from config.schedule import ScheduleError, auto_bounds, next_due
from crawler.schedule import due, mark_attempt, mark_next, nothing_due, plan_of
from releases.portals.next_crawl import latest_crawls

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "later"),
    [
        ("hourly", timedelta(minutes=57)),
        ("daily", timedelta(hours=23, minutes=55)),
        ("every 30m", timedelta(minutes=28.5)),
        ("every 2d", timedelta(days=2, minutes=-5)),
        ("15 6 * * *", timedelta(hours=18, minutes=15)),
    ],
)
def test_the_next_crawl_follows_the_schedule(schedule: str, later: timedelta) -> None:
    assert next_due(schedule, NOON) == NOON + later
    assert next_due(schedule, None) is None


@pytest.mark.parametrize(
    "schedule", ["", "sometimes", "every", "every 0h", "every 5", "every -1d", "61 * * * *", "* * *"]
)
def test_a_schedule_that_is_none_says_what_is_allowed(schedule: str) -> None:
    with pytest.raises(ScheduleError, match="schedule"):
        next_due(schedule, NOON)


def portal(home: Path, slug: str, schedule: str) -> None:
    (home / "portals").mkdir(parents=True, exist_ok=True)
    (home / "portals" / f"{slug}.toml").write_text(f'slug = "{slug}"\nschedule = "{schedule}"\n', "utf-8")


def test_due_portals(tmp_path: Path) -> None:
    for slug, schedule in (("new", "daily"), ("old", "daily"), ("fresh", "daily")):
        portal(tmp_path, slug, schedule)
    latest = {"old": NOON - timedelta(days=2), "fresh": NOON - timedelta(hours=1)}
    assert list(due(tmp_path, latest, NOON)) == ["new", "old"]


def test_what_a_killed_crawl_left_makes_a_portal_due(tmp_path: Path) -> None:
    portal(tmp_path, "fresh", "daily")
    latest = {"fresh": NOON - timedelta(hours=1)}
    assert list(due(tmp_path, latest, NOON)) == []
    (tmp_path / "spool" / "fresh" / "crawl").mkdir(parents=True)
    assert list(due(tmp_path, latest, NOON)) == ["fresh"]


def test_a_crawl_that_died_at_once_is_not_tried_every_minute(tmp_path: Path) -> None:
    portal(tmp_path, "new", "daily")
    now = datetime.now(UTC)
    mark_attempt(tmp_path, "new")
    assert list(due(tmp_path, {}, now + timedelta(minutes=1))) == []
    assert list(due(tmp_path, {}, now + timedelta(minutes=11))) == ["new"]


def test_a_wrong_file_is_due_so_that_its_crawl_says_what_is_wrong(tmp_path: Path) -> None:
    portal(tmp_path, "odd", "now and then")
    portal(tmp_path, "well", "daily")
    (tmp_path / "portals" / "torn.toml").write_text("x = = 1", "utf-8")
    assert list(due(tmp_path, {}, NOON)) == ["odd", "torn", "well"]


def home_with_database(tmp_path: Path) -> Path:
    (tmp_path / "recordwatch.toml").write_text("", "utf-8")
    (tmp_path / "portals").mkdir()
    open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    return tmp_path


def add_crawl(slug: str, started: datetime, ident: str = "") -> None:
    from archive.catalog.models import Crawl

    Crawl.objects.create(id=ident or f"crawl-{slug}", portal=slug, started_at=started, verdict="healthy")


def test_nothing_due_and_then_something(tmp_path: Path) -> None:
    from archive.ids import uuid7
    from releases.models import CrawlRequest

    home = home_with_database(tmp_path)
    assert nothing_due(str(home))
    portal(home, "one", "daily")
    assert not nothing_due(str(home))
    add_crawl("one", datetime.now(UTC))
    assert nothing_due(str(home))
    assert not nothing_due(str(home), datetime.now(UTC) + timedelta(days=1))
    CrawlRequest.objects.create(id=uuid7(), portal="one", asked_at=datetime.now(UTC))
    assert not nothing_due(str(home))


def test_no_portal_waits_for_a_day_that_a_wrong_clock_told(tmp_path: Path) -> None:
    home = home_with_database(tmp_path)
    portal(home, "one", "daily")
    now = datetime.now(UTC)
    add_crawl("one", now + timedelta(days=1500))
    assert not nothing_due(str(home), now)
    assert list(due(home, latest_crawls(now), now)) == ["one"]
    add_crawl("one", now, ident="by the right clock")
    assert nothing_due(str(home), now), "once, not every minute until then"
    assert list(due(home, latest_crawls(now), now)) == []
    assert latest_crawls(now, "one") == {"one": now}
    assert latest_crawls(now, "another") == {}


def test_an_owed_delivery_is_something_to_do(tmp_path: Path) -> None:
    from releases.models import Delivery, Subscription

    home = home_with_database(tmp_path)
    now = datetime.now(UTC)
    subscription = Subscription.objects.create(
        id="s", name="n", channel="mailto:a@b.org", created_at=now, mute_token="t"
    )
    delivery = Delivery.objects.create(
        id="d", subscription=subscription, commit="c", events=[], state="owed", next_at=now, created_at=now
    )
    assert not nothing_due(str(home))
    Delivery.objects.filter(id=delivery.id).update(next_at=now + timedelta(hours=1))
    assert nothing_due(str(home))
    Delivery.objects.filter(id=delivery.id).update(state="dead", next_at=now)
    assert nothing_due(str(home))


def test_without_a_home_the_full_command_must_speak(tmp_path: Path) -> None:
    assert not nothing_due(str(tmp_path / "nowhere"))


def test_nothing_due_imports_nothing_heavy_and_prints_nothing(tmp_path: Path) -> None:
    home = home_with_database(tmp_path)
    now = datetime.now(UTC)
    portal(home, "one", "15 6 * * *")
    portal(home, "two", "auto")
    for slug in ("one", "two"):
        add_crawl(slug, now)
    mark_next(home, "two", plan_of("auto", "UTC"), now, now + timedelta(hours=6))
    code = (
        "import sys; sys.argv = ['recordwatch', 'run', '--home', sys.argv[1]]\n"
        "from cli.__main__ import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n"
        "    heavy = {'typer', 'click', 'django', 'scrapy', 'boto3', 'msgspec', 'asyncio'} & set(sys.modules)\n"
        "    sys.exit(str(heavy) if heavy else end.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(home)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("schedule", "bounds"),
    [
        ("auto", (timedelta(hours=1), timedelta(days=7))),
        ("auto 30m..2d", (timedelta(minutes=30), timedelta(days=2))),
        ("auto  6h .. 6h", (timedelta(hours=6), timedelta(hours=6))),
        ("daily", None),
        ("automatic", None),
    ],
)
def test_bounds_of_a_schedule_that_follows_the_portal(
    schedule: str, bounds: tuple[timedelta, timedelta] | None
) -> None:
    assert auto_bounds(schedule) == bounds


@pytest.mark.parametrize(
    "schedule",
    ["auto 1h", "auto 7d..1h", "auto 0h..1d", "auto 1h..", "auto 1h...2d", "auto 1h..99999999999d", "auto x"],
)
def test_bounds_that_are_none_say_what_is_allowed(schedule: str) -> None:
    with pytest.raises(ScheduleError, match=r"auto 1h\.\.7d"):
        next_due(schedule, NOON)


def test_an_auto_portal_is_due_when_its_stamp_says_so_and_when_it_has_none(tmp_path: Path) -> None:
    portal(tmp_path, "one", "auto")
    plan = plan_of("auto", "UTC")
    last = NOON - timedelta(hours=5)

    def is_due(began: datetime | None = last, now: datetime = NOON) -> bool:
        return list(due(tmp_path, {"one": began} if began else {}, now)) == ["one"]

    assert is_due(None)
    assert is_due(), "no stamp: the full command is to make one"
    mark_next(tmp_path, "one", plan, last, NOON + timedelta(hours=1))
    assert not is_due()
    assert is_due(now=NOON + timedelta(hours=1))
    # Of another crawl, of another portal file, or no stamp at all.
    assert is_due(last + timedelta(seconds=1))
    mark_next(tmp_path, "one", plan_of("auto 1h..2d", "UTC"), last, NOON + timedelta(hours=1))
    assert is_due()
    for torn in ("", "x\ny\nz\n", f"{NOON:%Y-%m-%d}\n{last.isoformat()}\n{plan}\n", "\xff"):
        (tmp_path / "locks" / "one.next").write_text(torn, "latin-1")
        assert is_due(), torn


def test_lost_stamps_are_made_anew_from_what_is_committed(tmp_path: Path) -> None:
    from crawler.next_crawl import plan_missing
    from releases.portals.next_crawl import next_of

    home = home_with_database(tmp_path)
    (home / "portals" / "one.toml").write_text(
        'slug = "one"\nname = "N"\nagency = "A"\nplace = "P"\nurl = "https://p.example/"\nspider = "pages"\n'
        'schedule = "auto 1h..7d"\ntimezone = "America/Chicago"\n', "utf-8",
    )  # fmt: skip
    (home / "portals" / "torn.toml").write_text("x = = 1", "utf-8")
    started = datetime.now(UTC)
    add_crawl("one", started)
    assert not nothing_due(str(home), started), "the full command is to look"
    plan_missing(open_home(str(home)), {"one": started, "torn": started})
    planned_for = next_of(open_home(str(home)).portal("one"), started)
    assert planned_for.at is not None
    assert planned_for.at >= started + timedelta(days=1)
    assert "how often it publishes is not known yet; bounds 1h to 7d" in planned_for.why
    (home / "portals" / "torn.toml").unlink()
    assert nothing_due(str(home), planned_for.at - timedelta(minutes=1))
    assert not nothing_due(str(home), planned_for.at)
