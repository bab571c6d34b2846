"""What a person knows of a case's deadline: noted, and taken back, as commits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args

from config.errors import ConfigError
from config.portal import Portal
from releases.deadlines.coverage import applies
from releases.deadlines.model import NoteKind
from releases.ledger.observation import Plan
from releases.ledger.rows import Rows
from releases.models import DeadlineNote, Record, RecordVersion

KINDS: tuple[str, ...] = get_args(NoteKind)
FAR = timedelta(days=3660)


class NoteRefused(ConfigError):
    """This note makes no sense, or there is none to end."""


def plan_note(
    portal: Portal, record: Record, kind: str, *,
    rule: str = "", days: int | None = None, since: date | None = None, until: date | None = None,
    why: str, by: str = "", now: datetime | None = None,
) -> Plan:  # fmt: skip
    """A note about `record`, for the rule of that name or for all of them.

    Raises:
        NoteRefused: says what is missing, or more than the rule allows.
    """
    if kind not in KINDS:
        raise NoteRefused(f"{kind!r} is no kind of note", todo=f"use {', '.join(KINDS)}")
    if not why.strip():
        raise NoteRefused("--why is missing: how do you know?", todo="for example --why 'letter of 3 March, page 2'")
    names = [one.name for one in portal.deadlines]
    if not names:
        raise NoteRefused("this portal's file has no [[deadlines]]", where=portal.slug)
    if rule and rule not in names:
        raise NoteRefused(f"no rule is called {rule!r}", where=portal.slug, todo=f"rules: {'; '.join(names)}")
    _check(portal, record, kind, rule, days, since, until)
    at = now or datetime.now(UTC)
    rows = Rows(portal.slug, "", at)
    rows.insert(
        "releases.DeadlineNote", portal=portal.slug, record=record.id, rule=rule, kind=kind, days=days or 0,
        since=since.isoformat() if since else "", until=until.isoformat() if until else "",
        why=why.strip(), by=by.strip(), at=at, ended_at=None, ended_by="",
    )  # fmt: skip
    return Plan(operations=rows.operations())


def _check(
    portal: Portal, record: Record, kind: str, rule: str, days: int | None, since: date | None, until: date | None
) -> None:
    if (days is not None) != (kind == "extended"):
        raise NoteRefused(
            "`extended` needs --days: how many were granted, 0 when it is known that none were" if kind == "extended"
            else f"--days belongs to `extended`, not to {kind!r}"
        )  # fmt: skip
    if (since is not None) != (kind == "tolled") or (until is not None and kind != "tolled"):
        raise NoteRefused(
            "`tolled` needs --since: the first day on which the clock stood still, and --until if it runs again" if kind == "tolled"
            else f"--since and --until belong to `tolled`, not to {kind!r}"
        )  # fmt: skip
    if since and until and until < since:
        raise NoteRefused(f"--until {until} is before --since {since}")
    if since and until and until - since > FAR:
        raise NoteRefused(f"--until {until} is more than ten years after --since {since}: a misprint?")
    fields = (
        RecordVersion.objects.filter(record=record.id, number=record.version).values_list("fields", flat=True).first()
    )
    about = [
        one for one in portal.deadlines if one.name == rule or (not rule and applies(one, record.kind, fields or {}))
    ]
    if not about:
        raise NoteRefused(f"no rule of this portal is about {record.key!r}, a record of the kind {record.kind!r}")
    if days is not None:
        if not 0 <= days <= FAR.days:
            raise NoteRefused(f"--days {days}: use 0 to {FAR.days}")
        longest = max((one.extension_days * one.extensions for one in about), default=0)
        if longest and days > longest:
            raise NoteRefused(
                f"--days {days}: the rule allows at most {longest}", todo="a court's delay is `tolled` or `barred`"
            )


def plan_end(portal: str, record: Record, kind: str, *, by: str = "", now: datetime | None = None) -> Plan:
    """Take back every note of this kind about `record`. They stay readable. Raises NoteRefused: there is none."""
    at = now or datetime.now(UTC)
    rows = Rows(portal, "", at)
    open_notes = DeadlineNote.objects.filter(portal=portal, record=record.id, kind=kind, ended_at=None)
    for ident in open_notes.order_by("at", "id").values_list("id", flat=True):
        rows.update("releases.DeadlineNote", ident, ended_at=at, ended_by=by.strip())
    plan = Plan(operations=rows.operations())
    if not plan.operations:
        raise NoteRefused(f"there is no note {kind!r} about {record.key!r} that could be ended", where=portal)
    return plan
