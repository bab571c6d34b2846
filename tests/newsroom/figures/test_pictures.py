"""Pictures are well-formed SVG that says itself in words, with a table behind that has the same numbers."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.template import engines
from django.utils import translation

from tests.newsroom.inside import Newsroom
from web.figures import pictures

SVG = "{http://www.w3.org/2000/svg}"
TODAY = date(2026, 11, 22)
WEEKS = {"2026-11-16": {"new": 3, "gone": 1}, "2026-08-03": {"changed": 20, "files": 7}}
RULE = {
    "rule": "A rule",     "released_bins": [1, 0, 2, 0, 5, 0, 0, 1], "open_bins": [0, 0, 0, 1, 0, 0, 0, 2], "late": 6, "on_time": 3,
    "overdue": 3, "median": 12, "worst": 400, "unit": "day",
}  # fmt: skip
HOSTILE = "<script>alert(1)</script>\"'&" * 3
FILES = {
    HOSTILE: {"named": 5, "held": 2, "gone": 0},
    **{f"kind{n}": {"named": n, "held": n, "gone": 0} for n in range(15)},
}


def drawn(tag: str, **given: object) -> str:
    return engines["django"].from_string("{% load pictures %}" + tag).render(given)


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_is_well_formed_and_said_in_words(newsroom: Newsroom, language: str) -> None:
    strip = [{"started_at": "2026-11-22T10:00:00Z", "verdict": verdict}
             for verdict in ("healthy", "empty", "partial", "blocked", "broken", "down", "running", HOSTILE)]  # fmt: skip
    with translation.override(language):
        for text in (
            drawn("{% weeks_picture found %}", found=WEEKS),
            drawn("{% lag_picture rule %}", rule=RULE),
            drawn("{% kinds_picture files %}", files=FILES),
            drawn("{% health_strip strip %}", strip=strip),
            drawn("{% health_strip strip %}", strip=[]),
            drawn("{% weeks_picture found %}{% kinds_picture found %}", found={}),
        ):
            root = ET.fromstring(f"<main xmlns='http://www.w3.org/2000/svg'>{text.replace('&nbsp;', ' ')}</main>")
            hidden = {one for list_ in root.iter() if list_.get("aria-hidden") for one in list_.iter()}
            for svg in root.iter(f"{SVG}svg"):
                said = svg.get("aria-label") or (svg.findtext(f"{SVG}title") and svg.findtext(f"{SVG}desc"))
                assert svg in hidden or (svg.get("role") == "img" and said)
            assert " style=" not in text
            assert "<script" not in text
            for rect in root.iter(f"{SVG}rect"):
                for name in ("x", "y", "width", "height"):
                    assert float(rect.get(name, "0")) >= 0, "numbers of an SVG have a point in every language"
            ids = [one.get("id") for one in root.iter() if one.get("id")]
            used = [one.get("fill", "") for one in root.iter() if one.get("fill", "").startswith("url(#")]
            assert {name[5:-1] for name in used} <= set(ids)


def test_without_numbers_there_is_a_sentence_and_no_empty_picture(newsroom: Newsroom) -> None:
    nothing = drawn("{% weeks_picture found %}{% health_strip strip %}", found={}, strip=[])
    assert "0 releases in 12 weeks" in nothing
    assert "never crawled" in nothing
    assert "<svg" not in nothing


def test_bars_of_weeks_are_as_high_as_their_numbers() -> None:
    picture = pictures.weeks(WEEKS, TODAY)
    heights = {bar.title: bar.height for bar in picture.bars}
    unit = heights["2026-08-03: 20 changed records"] / 20
    assert heights["2026-11-16: 3 new records"] == pytest.approx(3 * unit, abs=0.1)
    assert sum(row[-1] for row in picture.rows) == 31
    assert "31 releases" in picture.said
    assert "2026-08-03: 27" in picture.said
    assert all(bar.x + bar.width <= picture.width and bar.y >= 0 for bar in picture.bars)
    # A year and no more, however old the portal.
    old = {(TODAY - timedelta(weeks=n)).isoformat(): {"new": 1} for n in range(200)}
    assert len({bar.x for bar in pictures.weeks({pictures.monday(date.fromisoformat(d)).isoformat(): r for d, r in old.items()}, TODAY).bars}) == 52  # fmt: skip


def test_the_table_behind_has_every_number_of_the_bars() -> None:
    lag = pictures.lag(RULE)
    assert [row[1:] for row in lag.rows] == [
        list(pair) for pair in zip(RULE["released_bins"], RULE["open_bins"], strict=True)
    ]
    kinds = pictures.kinds(FILES)
    assert len(kinds.rows) == pictures.MOST_BARS
    assert sum(sum(row[1:]) for row in kinds.rows) == sum(one["named"] for one in FILES.values())
    assert len(kinds.rows[-1]) == 3


@pytest.mark.parametrize(("most", "axis"), [(0, 1), (1, 1), (3, 5), (12, 20), (50, 50), (51, 100), (300_000, 500_000)])
def test_an_axis_ends_at_a_round_number(most: int, axis: int) -> None:
    assert pictures.nice(most) == axis
