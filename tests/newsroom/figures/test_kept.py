"""Figures are what a straight count gives, are made when something changed, and survive what breaks them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest

from config.home import Home
from releases.deadlines.read import judged
from releases.deadlines.rows import row
from releases.ledger.queries import EDITORS_ONLY
from releases.models import Event, File, Record
from tests.newsroom.inside import Newsroom
from web.figures import shelf
from web.figures.counts import KINDS, monday
from web.figures.due import case_of
from web.figures.jobs import COUNTS, DUE, GLANCE, JOBS, portals, ready, stale
from web.figures.kept import keep, keep_up

pytestmark = pytest.mark.usefixtures("patient")
SLUG = "lake-harbor"


def file_of(home: Home):
    return home.path / "figures" / "figures.sqlite3"


def test_they_are_what_a_straight_count_gives(newsroom: Newsroom) -> None:
    home = newsroom.home
    keep_up(home)
    found = shelf.kept(home, "counts")[SLUG].body
    weeks: Counter[tuple[str, str]] = Counter()
    for event in Event.objects.exclude(kind__in=EDITORS_ONLY):
        if event.kind in KINDS and not event.backfill:
            weeks[monday(event.at.date()).isoformat(), KINDS[event.kind]] += 1
    assert weeks
    assert {(week, one): n for week, row in found["weeks"].items() for one, n in row.items()} == dict(weeks)
    assert found["kinds"] == Counter(Record.objects.filter(state="present").values_list("kind", flat=True))
    assert {kind: row["named"] for kind, row in found["files"].items()} == Counter(
        File.objects.values_list("kind", flat=True)
    )
    assert found["quarantined"] == 1
    # Every case comes back from the shelf as it was judged.
    straight = [msgspec.to_builtins(row(one)) for one in judged(home.portal(SLUG), datetime.now(UTC))]
    rows = shelf.read(home, "SELECT place, body FROM case_")
    kept = [msgspec.to_builtins(row(case_of(one))) for one in rows]  # type: ignore[arg-type]
    assert len(straight) > 10
    assert sorted(kept, key=str) == sorted(straight, key=str)
    (rule,) = shelf.kept(home, "due")[SLUG].body["rules"]
    assert rule["overdue"] == sum(one["overdue"] for one in straight)
    assert sum(rule["stands"].values()) == rule["all"] == len(straight)


def test_they_are_made_anew_only_when_something_changed(newsroom: Newsroom) -> None:
    home = newsroom.home
    keep_up(home)
    first = shelf.standing(home)
    assert {what for _slug, what in first} == {job.what for job in JOBS}
    keep(newsroom.holdings)
    assert shelf.standing(home) == first
    path = home.portals / f"{SLUG}.toml"
    path.write_text(path.read_text("utf-8").replace("days = 60", "days = 600"), "utf-8")
    now = datetime.now(UTC)
    assert all(stale(one, portals(home)[SLUG], now) for one in first.values())
    assert ready(home, DUE, portal=SLUG)["due"][SLUG].body["rules"][0]["days"] == 600
    assert shelf.standing(home)[SLUG, "glance"] == first[SLUG, "glance"], "a page makes what it needs alone"
    path.unlink()
    keep_up(home)
    assert shelf.kept(home, "glance")[SLUG].body["verdict"] == "not watched"
    assert shelf.read(home, "SELECT * FROM case_") == []


def test_they_hold_until_the_day_ends_at_the_portals_place(newsroom: Newsroom) -> None:
    kept = ready(newsroom.home, DUE)["due"][SLUG]
    until = datetime.fromisoformat(kept.until)
    assert until > datetime.now(UTC)
    assert stale(kept, kept.stamp, until)
    assert not stale(kept, kept.stamp, datetime.now(UTC))


def test_a_torn_or_foreign_shelf_is_made_anew(newsroom: Newsroom) -> None:
    home = newsroom.home
    keep_up(home)
    good = shelf.kept(home, "counts")[SLUG].body
    file = file_of(home)
    for torn in (b"", b"no database at all" * 300, file.read_bytes()[:5000] + b"\xff" * 60_000):
        for name in ("", "-wal", "-shm"):
            file.with_name(file.name + name).unlink(missing_ok=True)
        file.write_bytes(torn)
        assert newsroom.get("/portals").status_code == 200
        assert newsroom.get("/deadlines").status_code == 200
        shelf.swept(home)
        keep_up(home)
        assert shelf.kept(home, "counts")[SLUG].body == good
    with shelf._writing(home) as opened:
        opened.execute("PRAGMA user_version = 99")
    assert shelf.kept(home, "counts") == {}, "of another format"
    keep_up(home)
    assert shelf.kept(home, "counts")[SLUG].body == good


def test_what_was_begun_and_not_ended_leaves_what_was_there(newsroom: Newsroom) -> None:
    home = newsroom.home
    keep_up(home)
    before = shelf.read(home, "SELECT key, rule, body FROM case_ ORDER BY key")
    try:
        with shelf._writing(home) as opened:
            opened.execute("DELETE FROM case_")
            raise KeyboardInterrupt  # killed before the end
    except KeyboardInterrupt:
        pass
    assert shelf.read(home, "SELECT key, rule, body FROM case_ ORDER BY key") == before


def test_a_portal_that_nobody_knows_any_more_is_forgotten(newsroom: Newsroom) -> None:
    shelf.write(newsroom.home, "gone", "glance", "x", 0.0, shelf.Made({}))
    keep_up(newsroom.home)
    assert {slug for slug, _what in shelf.standing(newsroom.home)} == {SLUG}


def test_a_page_leaves_what_is_dear_to_the_keeper(newsroom: Newsroom, monkeypatch) -> None:
    shelf.forget(newsroom.home, SLUG)  # the home may have been served before it was copied
    monkeypatch.setattr("web.figures.jobs.SMALL", 3)
    assert ready(newsroom.home, GLANCE, COUNTS) | {"glance": {}} == {"glance": {}, "counts": {}}
    for path in ("/portals", f"/portals/{SLUG}", f"/portals/{SLUG}/records", "/deadlines", "/about"):
        assert newsroom.get(path).status_code == 200, path
    assert "being counted" in newsroom.get(f"/portals/{SLUG}").content.decode()
    assert "Being counted" in newsroom.get("/deadlines").content.decode()


def test_the_keeper_goes_on_where_it_paused(newsroom: Newsroom, monkeypatch) -> None:
    monkeypatch.setattr("web.figures.kept.SLICE", 0.0)
    for job in JOBS:
        shelf.write(newsroom.home, SLUG, job.what, "of another state", 0.0, shelf.Made({}, cases=[]))
    looks = 0
    while any(one.stamp == "of another state" for one in shelf.standing(newsroom.home).values()):
        keep(newsroom.holdings)
        looks += 1
        assert looks < 100
    assert looks > len(JOBS), "each look does a piece"
    assert len(shelf.read(newsroom.home, "SELECT * FROM case_")) > 10
