"""Shapes of pages, order of lists, pauses between releases: what is learnt beside counts and fields."""

import random
from datetime import datetime, timedelta

import pytest

from crawler.baseline import Figures, History, figures_in, figures_of
from crawler.cadence import silence
from crawler.order import order_of
from crawler.shapes import Shapes, alike, parts
from releases.models import Event
from tests.unit.crawler.health.days import START, Days, seen

PAGE = b"<html><body><table class='cases wide'>%s</table></body></html>"
ROW = b"<tr class='row-%d'><td class='no'>%d</td><td class='date'>May 3</td></tr>"


def table(rows: int) -> bytes:
    return PAGE % b"".join(ROW % (n, n) for n in range(rows))


def test_pages_of_one_kind_are_alike_whatever_they_list():
    assert alike(parts(table(25)), parts(table(3))) == 1.0
    assert alike(parts(table(25)), parts(b"<html><body><div class='x'><h1>Sorry</h1></div></body></html>")) < 0.35
    assert alike(parts(b'{"cases": [{"id": 1, "state": "x"}]}'), parts(b'{"cases": []}')) < 0.5
    assert alike(parts(b"id;date;link\n1;2;3\n"), parts(b"id;date;link\n9;8;7\n" * 40)) == 1.0


def test_what_stands_in_comments_and_scripts_is_not_on_the_page():
    hidden = table(2).replace(b"<td class='date'>", b"<!-- <td class='date'>").replace(b"May 3</td>", b"May 3</td> -->")
    assert parts(hidden) < parts(table(2))
    assert parts(b"<p></p><script>write('<table class=cases>')</script>") == parts(b"<p></p>")


@pytest.mark.parametrize(
    "trap", [b"<!--" * 60_000, b"<a " * 80_000, b"<script" * 30_000, b"<" * 262_144, b'"a":' * 60_000]
)
def test_hostile_markup_does_not_hold_us_up(trap):
    """The suite's time-out is the judge."""
    assert isinstance(parts(trap), set)


def test_sizes_and_equal_bodies_of_many_pages_take_little_room():
    shapes = Shapes()
    for number in range(20_000):
        shapes.page("record", b"x" * (number % 1000))
        shapes.answer(f"u{number}", f"sha256:{number if number % 2 else 0}")
    shape = shapes.summary()["record"]
    assert shape.pages == 20_000
    assert [round(size, -2) for size in shape.sizes] == [100, 500, 900]
    assert len(shapes._sizes["record"]) <= 1024
    assert len(shapes.same()) == 10_000
    assert len(shapes.same(leaving_out=["u0", "u2"])) == 9_998


def test_an_address_asked_twice_is_no_second_address():
    shapes = Shapes()
    for url in ("a", "a", "b", "b", "a"):
        shapes.answer(url, "sha256:1")
    assert shapes.same() == ["a", "b"]


def test_newest_first_newest_last_the_same_and_another():
    keys = [f"k{n:03}" for n in range(60)]
    past = [figures_of(seen(keys))]
    shuffled = random.Random(3).sample(keys, len(keys))
    assert order_of(figures_of(seen(["n1", "n2", *keys])).sample, past) == "newest first"
    assert order_of(figures_of(seen([*keys, "n1", "n2"])).sample, past) == "newest last"
    assert order_of(figures_of(seen(keys)).sample, past) == "kept"
    assert order_of(figures_of(seen(shuffled)).sample, past) == "other"
    assert order_of(figures_of(seen(keys[:5])).sample, past) == "", "too few to tell"
    assert order_of(figures_of(seen(keys)).sample, []) == ""


@pytest.mark.usefixtures("catalog")
class TestOrder:
    def test_another_order_is_noted_once_the_old_one_was_settled(self):
        days = Days()
        keys = [f"k{n:03}" for n in range(60)]
        days.usual(5, keys)
        random.Random(3).shuffle(keys)
        judged = days.crawl(seen(keys))
        assert judged.verdict == "healthy"
        assert "sorted in another way than before" in judged.notes[0]
        assert days.crawl(seen(keys)).notes == ()


@pytest.mark.usefixtures("catalog")
class TestSilence:
    def released(self, *days: float, backfill: bool = False, kind: str = "new") -> None:
        for number, day in enumerate(days):
            Event.objects.create(
                id=f"{kind}{backfill}{number}{day}", at=START + timedelta(days=day), portal="portal", record="r", kind=kind,
                backfill=backfill, files=[], captures=[], tags=[],
            )  # fmt: skip

    def at(self, day: float) -> datetime:
        return START + timedelta(days=day)

    def test_longer_than_twice_the_longest_pause_is_said_with_its_evidence(self):
        self.released(0, backfill=True)
        self.released(*range(1, 70, 7))
        assert silence("portal", self.at(64 + 13)) == ""
        said = silence("portal", self.at(64 + 15))
        assert "nothing new since 2026-03-06, 15 days" in said
        assert "the longest pause between the last 10 releases was 7 days" in said

    def test_too_little_is_known_of_young_portals_and_changes_are_no_release(self):
        self.released(*range(1, 9))
        self.released(*range(20, 40), kind="changed")
        self.released(41, backfill=True)
        assert silence("portal", self.at(400)) == ""
        assert silence("nobody", self.at(400)) == ""

    def test_many_records_at_once_are_one_release(self):
        self.released(*(day + minute / 1440 for day in range(1, 100, 14) for minute in range(50)))
        assert silence("portal", self.at(400)) == "", "eight releases have seven pauses"


def test_figures_of_other_releases_are_read_as_far_as_they_are_understood():
    assert figures_in({"sightings": 4, "of tomorrow": [1]}).sightings == 4
    assert figures_in({"sightings": "many"}) == Figures()
    assert figures_in(None) == Figures()


def test_the_band_follows_what_the_portal_loses():
    def lowest(*counts: int) -> int:
        return History(sightings=counts[-1], past=tuple(Figures(count) for count in counts)).lowest()

    assert lowest(100) == 80, "a fifth while little is known"
    assert lowest(*[100] * 6) == 97
    assert lowest(100, 101, 99, 102, 95, 104, 100) == 86, "twice the largest loss"
    assert lowest(*[100] * 9, 40, *[100] * 9) == 97, "one odd crawl does not count"
    assert lowest(*[2] * 20) == 0
    assert lowest(100, 10, 100, 5, 100, 3, 100) == 50, "never less than half"
    assert History().lowest() == 0
