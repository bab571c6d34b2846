"""Events of a portal itself: it can not be seen any more, it can be seen again."""

from __future__ import annotations

from releases.ledger.observation import Observation
from releases.ledger.rows import Rows, Subject
from releases.model import EventKind
from releases.models import Event

BLINDNESS: dict[str, tuple[EventKind, list[str]]] = {
    "blocked": ("blocked", []),
    "broken": ("broken", []),
    "down": ("blocked", ["down"]),
}
"""Verdict → kind and tags of the event. A portal that is down is as dark as one that refuses us."""


def plan_portal(observation: Observation, rows: Rows) -> None:
    """`blocked` or `broken` when a portal goes blind or is blind for another reason, `recovered` when
    a healthy crawl follows. `partial` says neither.
    """
    said = Event.objects.filter(portal=rows.portal, record="", kind__in=["blocked", "broken", "recovered"])
    last = said.order_by("-at", "-id").first()
    blind = last if last is not None and last.kind != "recovered" else None
    portal = Subject("", "", observation.portal.name, observation.portal.url)
    if observation.verdict in BLINDNESS:
        kind, tags = BLINDNESS[observation.verdict]
        if blind is None or (blind.kind, blind.tags) != (kind, tags):
            rows.event(
                kind,
                portal,
                old=blind.new if blind else {"verdict": "healthy"},
                new={"verdict": observation.verdict, "reason": observation.reason},
                tags=tags,
                backfill=False,
            )
    elif observation.verdict in {"healthy", "empty"} and blind is not None:
        first = _blind_since(rows.portal, blind)
        rows.event(
            "recovered",
            portal,
            old={**(blind.new or {}), "since": first.at.isoformat()},
            new={"verdict": observation.verdict, "reason": observation.reason},
            backfill=False,
        )


def _blind_since(portal: str, blind: Event) -> Event:
    """The event that began the blindness `blind` belongs to."""
    events = Event.objects.filter(portal=portal, record="")
    recovered = events.filter(kind="recovered").order_by("-at", "-id").first()
    blindness = events.filter(kind__in=["blocked", "broken"])
    if recovered is not None:
        blindness = blindness.filter(at__gt=recovered.at)
    return blindness.order_by("at", "id").first() or blind
