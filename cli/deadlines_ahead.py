"""Days ahead as a person reads them: what comes soonest first, what passed lately last."""

from __future__ import annotations

from collections.abc import Iterator

from cli.deadlines_table import NARROW
from cli.screen import table, width
from releases.alerts.wording import clean
from releases.deadlines.ahead import Ahead, soonest, when_words

LONG_KEY = 40
"""Characters of a key beyond which a table's column would break it, and nobody could type it."""


def lines(found: list[Ahead], limit: int) -> Iterator[str]:
    """The table of what is shown; nothing where no record has a day that matters now."""
    chosen = sorted((one for one in found if one.shown), key=soonest)
    if not chosen:
        return
    yield "COMING UP"
    shown = chosen[:limit] if limit else chosen
    several = len({one.case.portal for one in shown}) > 1
    columns = [*(["portal"] if several else []), "day", "when", "what", "record"]
    room = width()
    if room is not None and (room < NARROW or any(len(one.case.key) > LONG_KEY for one in shown)):
        for cells in map(_cells, shown):
            where = f" ({cells['portal']})" if several else ""
            yield f"{cells['day']}  {cells['when']}: {cells['what']}{where}"
            yield f"  {cells['record']}"
    else:
        yield from table(({name: cells[name] for name in columns} for cells in map(_cells, shown)), columns)
    if len(shown) < len(chosen):
        yield f"{len(shown)} of {len(chosen):,}, the soonest; --limit 0 shows all"


def _cells(one: Ahead) -> dict[str, str]:
    case = one.case
    name = clean(case.title or case.printed_key, 80)
    if case.key.casefold() not in name.casefold():
        name = f"{name} [{clean(case.key, 80)}]".strip()
    return {
        "portal": case.portal,
        "day": str(one.day or "?"),
        "when": f"passed {when_words(one)}" if one.standing == "passed" else when_words(one),
        "what": clean(one.rule.what, 120),
        "record": name,
    }
