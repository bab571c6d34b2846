"""Histories of portals, told exactly: nothing missed, nothing made up, no flip an alert. Long ones: `make soak`.

A failure names portal, seed, day, hazard, what was expected and what was found; the whole log of that portal
stands in the file it names. `python -m bench verdicts_truth` prints the table of precision and recall.
"""

import pytest

from releases.ledger import missing
from tests.simulator.hazards import schedule
from tests.simulator.history import KINDS, Portal, habits_of, open_simulation, tell
from tests.simulator.report import figures, precision, recall, table
from tests.simulator.world import World

SHORT = [
    Portal(3, "rows", days=120), Portal(4, "paged", days=115, cases=25), Portal(5, "endless", days=160, cases=12),
    Portal(6, "capped", cases=42),
]  # fmt: skip
"""As long as it takes to have it all: every trouble, redesigns, new numbers, a new host, a slow and a mass withdrawal."""


@pytest.fixture
def simulation(tmp_path):
    """A home of its own, on SQLite."""
    from django.db import connections

    yield open_simulation(tmp_path / "home")
    connections.close_all()


def is_right(stories, folder):
    for story in stories:
        log = folder / f"{story.portal.name}.log"
        log.write_text("\n".join(story.log), "utf-8")
        assert story.wrong() == [], f"seed {story.portal.seed}, {story.portal!r}; log: {log}"


@pytest.mark.parametrize("portal", SHORT, ids=lambda portal: portal.name)
def test_every_history_is_told_exactly(simulation, tmp_path, portal):
    story = tell(portal, *simulation)
    print(table([story]))
    is_right([story], tmp_path)
    told = figures(story.findings)
    assert all(precision(told[kind]) == recall(told[kind]) == 1.0 for kind in told)
    assert min(told[kind]["hit"] for kind in ("new", "changed", "withdrawn", "broken", "recovered")) > 0
    assert len(set(story.hazards.values())) > 6


def test_short_histories_have_it_all():
    def troubles(portal):
        return {hazard.name for hazard in schedule(portal.seed, portal.kind, portal.days, portal.density).values()}

    every = {name for seed in range(20) for portal in SHORT for name in troubles(Portal(seed, portal.kind))}
    assert every - set().union(*map(troubles, SHORT)) == {"page 1 repeats for ever"}  # rare; the long ones have it
    lives = {portal.kind: (portal.days, *habits_of(portal)) for portal in SHORT}
    assert sum(0 < redesign < days - 6 for days, _, redesign in lives.values()) == 3
    assert any(0 < habits.slow_takedown < days - 14 for days, habits, _ in lives.values())
    assert any(0 < habits.mass_withdrawal < days - 5 for days, habits, _ in lives.values())
    assert any(habits.reformats[0] < days for days, habits, _ in lives.values())
    assert any(habits.moves_host[0] < days for days, habits, _ in lives.values())


def test_a_hasty_watcher_is_caught(simulation, monkeypatch):
    """The simulator can fail: believe a list at once, and withdrawals are made up."""
    monkeypatch.setattr(missing, "PATIENCE", 1)
    story = tell(Portal(1, "rows", days=60, density=0.4), *simulation)
    assert figures(story.findings)["withdrawn"]["false"] > 0


def test_a_deaf_watcher_is_caught(simulation, monkeypatch):
    """And a watcher that never says what was withdrawn misses it."""
    monkeypatch.setattr(missing, "PATIENCE", 10**6)
    story = tell(Portal(1, "rows", days=60, density=0.1), *simulation)
    assert figures(story.findings)["withdrawn"]["miss"] > 0


def test_the_same_seed_is_the_same_world():
    portal = Portal(7, "rows")
    worlds = [World(portal.seed, habits_of(portal)[0]) for _ in range(2)]
    for _ in range(50):
        for world in worlds:
            world.next_day()
    assert worlds[0].cases == worlds[1].cases
    assert len({case.status for case in worlds[0].cases.values()}) > 1


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 107))
def test_many_long_histories(simulation, tmp_path, seed):
    """Seven seeds of five kinds: 35 portals, 200 days each."""
    stories = [tell(Portal(seed, kind), *simulation) for kind in KINDS]
    print(table(stories))
    is_right(stories, tmp_path)
