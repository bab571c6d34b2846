"""Events of a portal itself: it can not be seen any more, only in part, or again, and what was missed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from releases.ledger.observation import Observation, Row
from releases.ledger.rows import Rows, Subject
from releases.ledger.sight import Sight, sight
from releases.model import EventKind
from releases.models import Event, Record

BLINDNESS: dict[str, tuple[EventKind, list[str]]] = {
    "blocked": ("blocked", []),
    "broken": ("broken", []),
    "down": ("blocked", ["down"]),
}
"""Verdict → kind and tags of the event. A portal that is down is as dark as one that refuses us."""
IN_PART: tuple[EventKind, list[str]] = ("broken", ["partial"])
"""Many `partial` crawls in a row: what they do not show may have gone unseen for a while."""
DOUBTED: tuple[EventKind, list[str]] = ("mass_withdrawal", ["list doubted"])
"""A list that shows far less than ever and is not believed yet."""
LATE = "seen late"
"""Tag of what the first seeing crawl after a blindness found: it happened at some time since the last one."""
EITHER = (
    "{reason}. Either the portal took them down, or this crawl was shown a list that is not the real one. "
    "Nothing counts as missing until a list can be believed. Look at the list in a browser."
)


def plan_portal(observation: Observation, rows: Rows) -> None:
    """Says once that a portal is blocked, broken, seen in part only, or lists far less than it did;
    and when a healthy crawl follows, since when that was so and what it missed. Comes last in a plan.
    """
    blind = _blind(rows.portal)
    portal = Subject("", "", observation.portal.name, observation.portal.url)
    seen = sight(rows.portal, rows.crawl)
    state = _state(observation, seen)
    if state is not None:
        kind, tags = state
        if blind is None or (blind.kind, blind.tags) != state:
            old: Row = (blind.new or {}) if blind else {"verdict": "healthy"}
            new: Row = {"verdict": observation.verdict, "reason": observation.reason}
            if state == DOUBTED:
                old, new = _doubted(observation)
            elif state == IN_PART:
                since = seen.row_since or observation.at
                new["reason"] = (
                    f"Seen in part only by {seen.in_a_row + 1} crawls in a row, since {_minute(since)}: {observation.reason}"
                )
                new["since"] = since.isoformat()
            rows.event(kind, portal, old=old, new=new, tags=tags, backfill=False)
    elif observation.verdict in {"healthy", "empty"} and blind is not None:
        first = seen.since or blind.at
        missed = _missed(rows)
        rows.event(
            "recovered",
            portal,
            old={**(blind.new or {}), "since": first.isoformat()},
            new={
                "verdict": observation.verdict,
                "reason": _seen_again(observation, seen, first, missed),
                "crawls": seen.dark,
                "partial": seen.partial,
                "missed": missed,
                "between": [seen.healthy_at.isoformat() if seen.healthy_at else None, observation.at.isoformat()],
            },
            backfill=False,
        )
    seeing = observation.verdict in {"healthy", "empty"}
    glimpsing = (
        observation.verdict == "partial" and blind is not None and (blind.kind, blind.tags) in BLINDNESS.values()
    )
    if blind is not None and (seeing or glimpsing):
        tag_late(rows)


def tag_late(rows: Rows) -> None:
    """Mark the events of records as seen late."""
    for event in rows.events:
        if event["record"] and not event["backfill"] and LATE not in event["tags"]:
            event["tags"].append(LATE)


def recovered_in(portal: str, crawl: str, since: datetime) -> bool:
    """Whether `crawl`, whose listing was done at `since`, was the first healthy one after a blindness."""
    return Event.objects.filter(portal=portal, at__gte=since, crawl=crawl, kind="recovered", record="").exists()


def _state(observation: Observation, seen: Sight) -> tuple[EventKind, list[str]] | None:
    if observation.verdict in BLINDNESS:
        return BLINDNESS[observation.verdict]
    if observation.incident:
        return DOUBTED
    if observation.verdict == "partial" and observation.coverage != "limited" and seen.worth_saying(observation.at):
        return IN_PART
    return None


def _blind(portal: str) -> Event | None:
    """The event that says how the portal can not be seen now, None while it can."""
    said = Event.objects.filter(
        portal=portal, record="", kind__in=["blocked", "broken", "recovered", "mass_withdrawal"]
    ).order_by("-at", "-id")
    for event in said.iterator(chunk_size=20):
        if event.kind != "mass_withdrawal" or event.tags == DOUBTED[1]:
            return None if event.kind == "recovered" else event
    return None


def _doubted(observation: Observation) -> tuple[Row, Row]:
    present = Record.objects.filter(portal=observation.portal.slug, state="present").count()
    return {"verdict": "healthy", "present": present}, {
        "verdict": observation.verdict,
        "missing": max(0, present - len(observation.sightings)),
        "reason": EITHER.format(reason=observation.incident[:1].upper() + observation.incident[1:]),
    }


def _missed(rows: Rows) -> Row:
    """What the first seeing crawl found: kind → events, and records it lacks."""
    counts: Counter[str] = Counter(event["kind"] for event in rows.events if event["record"])
    lacking = rows.updates.get(("releases.Record", ("missing_crawls", "missing_since")), [])
    return dict(counts) | ({"missing": len(lacking)} if lacking else {})


def _seen_again(observation: Observation, seen: Sight, first: datetime, missed: Row) -> str:
    blind = []
    if seen.dark:
        blind.append(f"{_crawls(seen.dark)} saw nothing to rely on")
    if seen.partial:
        blind.append(f"{_crawls(seen.partial)} saw only a part")
    what = " and ".join(blind) or "it could not be seen"
    found = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in missed.items())
    told = f"Since {_minute(first)} {what}. "
    if found and seen.healthy_at:
        told += (
            f"This crawl found what changed meanwhile: {found}; it happened between {_minute(seen.healthy_at)} and "
            f"{_minute(observation.at)}, the exact day is unknown. "
        )
    elif found:
        told += f"This crawl found: {found}. "
    else:
        told += "This crawl found nothing that changed meanwhile. "
    return told + observation.reason


def _crawls(number: int) -> str:
    return f"{number} crawl{'' if number == 1 else 's'}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
