"""Pictures as numbers: where each bar of an SVG stands. Templates draw them; beside each picture is its table. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from web.figures.counts import WEEKS, monday
from web.figures.due import BINS
from web.templatetags.newsroom import kind_words, verdict_words

SERIES = ("new", "changed", "files", "gone")
FEWEST_WEEKS = 12
WIDTH, HEIGHT, LEFT, TOP, FLOOR = 720, 232, 60, 26, 198
"""Of the picture of weeks, in its own units; FLOOR is where bars stand."""
ROW, LABEL, ROOM = 30, 176, 500
"""Of pictures of lying bars: height of a row, width of its label, and what both have."""
MOST_BARS = 12
CELL = 12
LONGEST = 18
"""Characters of a bar's label."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `title` is said of it."""

    series: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Text:
    """A label, at its baseline."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Picture:
    """What a template draws."""

    title: str
    width: float
    height: float
    bars: list[Bar]
    labels: list[Text]
    lines: list[float]
    """Heights of lines across."""
    series: list[tuple[str, str]]
    """Those in it, with their names."""
    heads: list[str]
    rows: list[list[Any]]
    """Its table."""
    said: str
    """The picture in a sentence."""

    @property
    def groups(self) -> list[tuple[str, list[Bar]]]:
        """Bars by series."""
        return [(one, [bar for bar in self.bars if bar.series == one]) for one, _name in self.series]


def series_names() -> dict[str, str]:
    """Series of the picture of weeks in words."""
    return {
        "new": _("new records"),
        "changed": _("changed records"),
        "files": _("files added or replaced"),
        "gone": _("records and files gone"),
    }


def weeks(found: Mapping[str, Mapping[str, int]], today: date) -> Picture:
    """Releases per week, stacked by series. `found`: Monday → series → number (`web.figures.counts`)."""
    last = monday(today)
    begin = min([last - timedelta(weeks=FEWEST_WEEKS - 1), *map(date.fromisoformat, found)])
    begin = max(begin, last - timedelta(weeks=WEEKS - 1))
    days = [begin + timedelta(weeks=n) for n in range((last - begin).days // 7 + 1)]
    rows = {day: [int(found.get(day.isoformat(), {}).get(one, 0)) for one in SERIES] for day in days}
    top = nice(max(map(sum, rows.values())))
    step, names = (WIDTH - LEFT) / len(days), series_names()
    bars: list[Bar] = []
    for place, (day, numbers) in enumerate(rows.items()):
        floor = float(FLOOR)
        for one, number in zip(SERIES, numbers, strict=True):
            if number:
                height = number / top * (FLOOR - TOP)
                floor -= height
                title = f"{day}: {number:,} {names[one]}"
                bars.append(_bar(one, LEFT + place * step + step * 0.1, floor, step * 0.8, height, title))
    ends = [(LEFT, days[0], "start"), (WIDTH, days[-1], "end")]
    labels = [Text(x, FLOOR + 26, day.isoformat(), anchor) for x, day, anchor in ends]
    labels += [Text(LEFT - 6, TOP + 6, f"{top:,}", "end"), Text(LEFT - 6, FLOOR, "0", "end")]
    total = sum(map(sum, rows.values()))
    busiest = max(days, key=lambda day: (sum(rows[day]), day))
    said = ngettext(
        "%(n)s release in %(weeks)s weeks", "%(n)s releases in %(weeks)s weeks", total
    ) % {"n": f"{total:,}", "weeks": len(days)}  # fmt: skip
    if total:
        said += "; " + _("the most in the week of %(day)s: %(n)s") % {"day": busiest, "n": f"{sum(rows[busiest]):,}"}
    used = [one for place, one in enumerate(SERIES) if any(numbers[place] for numbers in rows.values())]
    table = [[day.isoformat(), *numbers, sum(numbers)] for day, numbers in reversed(rows.items()) if any(numbers)]
    heads = [_("week of"), *(names[one] for one in SERIES), _("together")]
    series = [(one, names[one]) for one in used]
    return Picture(
        _("Releases per week"), WIDTH, HEIGHT, bars, labels, [TOP, (TOP + FLOOR) / 2, FLOOR], series, heads, table, said
    )


def lag(rule: Mapping[str, Any]) -> Picture:
    """How long before or after its last day in time each case came, and what is still overdue (`web.figures.due`)."""
    names = [_bin(bar) for bar in BINS]
    both = list(zip(names, rule["released_bins"], rule["open_bins"], strict=True))
    said = _("%(late)s late and %(on_time)s in time of those released of which a look tells; %(overdue)s overdue") % {
        "late": f"{rule['late']:,}", "on_time": f"{rule['on_time']:,}", "overdue": f"{rule['overdue']:,}",
    }  # fmt: skip
    if rule["median"] is not None:
        days = _("the median of the late is %(median)s days, the worst %(worst)s days")
        business = _("the median of the late is %(median)s business days, the worst %(worst)s business days")
        numbers = {"median": f"{rule['median']:,}", "worst": f"{rule['worst']:,}"}
        said += "; " + (days if rule["unit"] == "day" else business) % numbers
    series = [("released", _("released")), ("overdue", _("not released yet"))]
    return _lying(
        str(rule["rule"]),
        [(name, [came, still]) for name, came, still in both],
        series,
        _("against the last day"),
        said,
    )


def kinds(files: Mapping[str, Mapping[str, int]]) -> Picture:
    """File kinds, the most first: those whose bytes are held, and those that were only named."""
    ordered = sorted(files.items(), key=lambda item: (-item[1]["named"], item[0]))
    rows = [(kind_words(name) if name else "?", [one["held"], one["named"] - one["held"]]) for name, one in ordered]
    if len(rows) > MOST_BARS:
        rest = rows[MOST_BARS - 1 :]
        rows = [*rows[: MOST_BARS - 1], (_("others"), [sum(one[n] for _name, one in rest) for n in (0, 1)])]
    total = sum(map(sum, (numbers for _name, numbers in rows)))
    said = ngettext("%(n)s file of %(kinds)s kinds", "%(n)s files of %(kinds)s kinds", total) % {
        "n": f"{total:,}", "kinds": len(ordered),
    }  # fmt: skip
    return _lying(_("File kinds"), rows, [("held", _("held")), ("named", _("named, not held"))], _("kind"), said)


SHAPES = {
    "healthy": "v20h9v-20z", "empty": "m1 1v18h7v-18z", "partial": "m1 1v18h7v-18zm0 9h7m-7 3h7m-7 3h7", "running": "m1 19h1m2 0h1m2 0h1",
    "down": "m4.5 1v11m0 5v2",
}  # fmt: skip
"""How a crawl's cell is drawn, from its upper left corner: never told apart by colour alone."""
CROSS = "m1 5l7 10m0 -10l-7 10"
"""Of a crawl that was blind: blocked, broken."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A health strip: one cell for each crawl, oldest first."""

    width: int
    paths: list[tuple[str, str]]
    """Verdict, and the cells of all crawls that ended so as one SVG path: a list of many portals stays small."""
    said: str


def strip(crawls: Sequence[Mapping[str, Any]]) -> Strip:
    """The last crawls of a portal (`web.figures.glance.strip`)."""
    tally = Counter(str(one["verdict"]) for one in crawls)
    cells: dict[str, str] = dict.fromkeys(tally, "")
    for place, one in enumerate(crawls):
        cells[one["verdict"]] += f"M{place * CELL + 1} 2{SHAPES.get(one['verdict'], CROSS)}"
    told = ", ".join(f"{number} {verdict_words(verdict)}" for verdict, number in tally.most_common())
    last = ngettext("the last crawl", "the last %(n)s crawls", len(crawls)) % {"n": len(crawls)}
    said = f"{last}: {told}" if crawls else _("never crawled")
    return Strip(max(1, len(crawls)) * CELL, list(cells.items()), said)


def nice(most: int) -> int:
    """The end of an axis for numbers up to `most`: 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= most:
                return step * power
        power *= 10


def _lying(
    title: str, rows: Sequence[tuple[str, Sequence[int]]], series: list[tuple[str, str]], head: str, said: str
) -> Picture:
    """Rows of bars that lie, their series one after the other, with the number at the end."""
    most = max([1, *(sum(numbers) for _name, numbers in rows)])
    bars: list[Bar] = []
    labels: list[Text] = []
    room = ROOM - LABEL - 76  # for the number behind the longest
    for place, (name, numbers) in enumerate(rows):
        x, y = float(LABEL), place * ROW + 4.0
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        labels.append(Text(LABEL - 8, y + 17, short, "end"))
        for (one, words), number in zip(series, numbers, strict=True):
            width = number / most * room
            if number:
                bars.append(_bar(one, x, y, max(1.0, width), ROW - 8, f"{name}: {number:,} {words}"))
                x += max(1.0, width)
        labels.append(Text(x + 6, y + 17, f"{sum(numbers):,}"))
    used = [one for place, one in enumerate(series) if any(numbers[place] for _name, numbers in rows)]
    table = [[name, *numbers] for name, numbers in rows]
    heads = [head, *(words for _one, words in series)]
    return Picture(title, ROOM, max(1, len(rows)) * ROW + 4, bars, labels, [], used, heads, table, said)


def _bar(series: str, x: float, y: float, width: float, height: float, title: str) -> Bar:
    return Bar(series, round(x, 1), round(y, 1), round(width, 1), round(height, 1), title)


def _bin(bar: tuple[int | None, int | None]) -> str:
    """A bar's days in words."""
    first, last = bar
    if first is None and last is not None:
        return _("over %(n)s early") % {"n": -last - 1}
    if last is None and first is not None:
        return _("over %(n)s late") % {"n": first - 1}
    if first is not None and last is not None and last <= 0:
        return _("%(first)s to %(last)s early") % {"first": -last, "last": -first}
    return _("%(first)s to %(last)s late") % {"first": first, "last": last}


def totals(found: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    """Weeks of several portals together."""
    together: dict[str, dict[str, int]] = {}
    for one in found:
        for week, numbers in one.items():
            mine = together.setdefault(week, {})
            for series, number in numbers.items():
                mine[series] = mine.get(series, 0) + number
    return together
