"""A record's deadlines: what each rule of its portal says of it, by both clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from config.errors import ConfigError
from config.home import Home
from releases.access import without_names
from releases.alerts.wording import field_label
from releases.deadlines.model import Clock, Judged
from releases.deadlines.read import judged
from releases.models import Record
from web.due.told import stand_words


@dataclass(frozen=True, slots=True)
class Shown:
    """One clock of one rule."""

    field: str
    start: object
    due: object
    stands: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    name: str
    status: str
    why: str
    overdue: bool
    clocks: tuple[Shown, ...]
    remarks: tuple[str, ...]


def rules(home: Home, record: Record) -> list[Rule]:
    """Nothing where the portal is not watched any more, or has no rule about records of this kind."""
    try:
        portal = home.portal(record.portal)
    except ConfigError:
        return []
    if not any(not rule.kinds or record.kind in rule.kinds for rule in portal.deadlines):
        return []
    return [_rule(one) for one in judged(portal, datetime.now(UTC), keys=[record.key])]


def _rule(one: Judged) -> Rule:
    clocks = tuple(_clock(one, clock) for clock in (one.clock, one.second) if clock is not None)
    remarks = tuple(map(without_names, one.remarks))
    return Rule(one.rule, one.status, without_names(one.why), one.overdue, clocks, remarks)


def _clock(one: Judged, clock: Clock) -> Shown:
    stands = stand_words(one, clock) if one.covered and clock.due else clock.why
    return Shown(field_label(clock.field), clock.start, clock.due, stands)
