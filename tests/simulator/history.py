"""One portal's whole history: world, site, hazards, watcher and truth, day after day."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from archive.holdings import Holdings
from config.home import Home, open_home
from spiders.registry import SPIDERS
from tests.simulator.hazards import Hazard, Sight, Stale, honest, schedule
from tests.simulator.portal_file import portal_of
from tests.simulator.site import Answer, Kind, Site
from tests.simulator.truth import Finding, Truth
from tests.simulator.watcher import watching
from tests.simulator.world import DAYS, Habits, World

OURS = {"simulated capped": "tests.simulator.spider:CappedListing"}
"""Spiders that no portal file outside of the simulator can name."""
KINDS: tuple[Kind, ...] = ("rows", "paged", "endless", "capped", "large")


@dataclass(frozen=True, slots=True)
class Portal:
    """What to simulate; `seed` and `kind` give the same history for ever."""

    seed: int
    kind: Kind
    days: int = DAYS
    density: float = 0.12
    cases: int = 0
    """Cases at the start; 0 for a size that the seed chooses."""

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.seed}"


@dataclass(slots=True)
class Story:
    """What became of one portal's watching."""

    portal: Portal
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    cases: int = 0
    hazards: dict[int, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    """Everything that happened, for whoever replays it."""

    def wrong(self) -> list[str]:
        """Misses and false events, each with what is needed to see it again."""
        return [
            f"{self.portal.name} day {one.day} [{one.hazard}]: {one.kind} {one.key}: {one.outcome}; "
            f"expected {one.expected or 'nothing'}; found {one.found or 'nothing'}"
            for one in self.findings
            if one.outcome in {"miss", "false"}
        ]


def habits_of(portal: Portal) -> tuple[Habits, int]:
    """How the portal behaves, and the day of its redesign (0 for none)."""
    chance = random.Random(f"habits {portal.seed} {portal.kind}")
    sizes = {"rows": (3, 40), "paged": (25, 90), "endless": (8, 60), "capped": (45, 70), "large": (250, 400)}
    cases = portal.cases or chance.randint(*sizes[portal.kind])
    days = sorted(chance.sample(range(20, 190, 17), 4))
    chance.shuffle(days)
    habits = Habits(
        cases=cases,
        publishes=chance.choice((0.05, 0.15, 0.25)),
        burst=chance.choice((3, 8)),
        edits=min(0.03, 1.2 / cases),
        withdraws=min(0.01, 0.15 / cases),
        pairs=portal.kind in {"rows", "large", "paged"},
        flickering=chance.choice((0, 2)),
        slow_takedown=chance.choice((0, 0, 100)),
        mass_withdrawal=chance.choice((0, 0, 150)),
        reformats=tuple(days[:1]),
        moves_host=tuple(days[1:2]),
    )
    return habits, chance.choice((0, days[3] + 3))


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a portal: what its watcher is served, knows, and can see."""

    number: int
    hazard: str
    layout: int
    """The layout that the watcher's portal file knows."""
    sight: Sight
    serve: Callable[[str], Answer]


def days(portal: Portal, site: Site, redesign: int) -> Iterator[Day]:
    """Lets `site`'s world live, day after day."""
    troubles = schedule(portal.seed, portal.kind, portal.days, portal.density)
    deployed = redesign + 1 + portal.seed % 6
    known_layout = 1
    past = [site.truth()]
    for number in range(portal.days):
        if number:
            site.world.next_day()
        if redesign and number == redesign:
            site.layout = 2
            past = []  # a cache holds nothing of the old design
        if redesign and number == deployed:
            known_layout = 2
        site.view = site.truth()
        hazard = troubles.get(number) if site.layout == known_layout else None
        if isinstance(hazard, Stale):
            hazard.cached = hazard.cached or (past[-min(hazard.age, len(past))] if past else site.truth())
        past.append(site.truth())
        if hazard is not None:
            hazard.begin(site)
        name, sight, serve = _today(site, hazard, known_layout)
        yield Day(number, name, known_layout, sight, serve)


def tell(portal: Portal, home: Home, holdings: Holdings) -> Story:
    """Simulate `portal` in `home`."""
    began = time.perf_counter()
    habits, redesign = habits_of(portal)
    site = Site(portal.kind, World(portal.seed, habits), portal.name)
    truth, story = Truth(site), Story(portal)
    with patch.dict(SPIDERS, OURS), watching(home, holdings) as watcher:
        for day in days(portal, site, redesign):
            result = watcher.crawl(portal_of(site, day.layout), day.number, day.serve)
            told = truth.day(day.number, day.hazard, day.sight, day.layout, result.events, result.verdict)
            story.verdicts[str(day.number)], story.hazards[day.number] = result.verdict, day.hazard
            story.log.append(f"day {day.number} [{day.hazard}] {result.verdict}: {result.reason}")
            story.log += [f"    {what}" for what in site.world.happened]
            story.log += [f"    {one.outcome}: {one.kind} {one.key} {one.expected} | {one.found}" for one in told]
    story.findings, story.seconds = truth.findings, time.perf_counter() - began
    story.cases = len(site.world.cases)
    return story


def _today(site: Site, hazard: Hazard | None, layout: int) -> tuple[str, Sight, Callable[[str], Answer]]:
    if site.layout != layout:
        blind = Sight(frozenset(), frozenset(), complete=False, blind="required" if site.view.cases else "allowed")
        return "redesign", blind, site.answer
    if hazard is None:
        return "none", honest(site), site.answer

    def serve(url: str) -> Answer:
        return hazard.answer(site, url)

    return hazard.name, hazard.sight(site), serve


def open_simulation(path: Path, database: str = "") -> tuple[Home, Holdings]:
    """A new home in `path`."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "recordwatch.toml").write_text(f'database = "{database}"\n' if database else "", "utf-8")
    home = open_home(path)
    return home, Holdings(home)
