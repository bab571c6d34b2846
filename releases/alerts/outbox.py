"""Who must be told of a commit: written in the transaction that applies it, so that nothing is lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from archive.commit import Commit, Insert
from releases.alerts.deliver import deliver_owed as deliver_owed  # noqa: PLC0414  the outbox's other end
from releases.alerts.filters import Candidate, Filters, flatten, matches, read_filters
from releases.models import Alias, Delivery, Record, Subscription

_NAMESPACE = uuid.UUID("5b0e51a7-7c9c-5c3e-9d1f-8a3c54b4a4d9")
_TOLD_LIMIT = 2000


def delivery_id(subscription: str, commit: str) -> str:
    """The one id that `commit`'s message to `subscription` has, on every resend and after any replay."""
    return str(uuid.uuid5(_NAMESPACE, f"{subscription}/{commit}"))


def enqueue(commit: Commit) -> None:
    """Owe each subscription that asked for them one delivery of the commit's events.

    Call inside the transaction that applies `commit`; calling it again changes nothing. A
    subscription made after the commit gets nothing of it. Events of a backfill make one digest:
    for subscriptions without `backfill` only where new records came, so that the file commits that
    follow a first crawl stay quiet.
    """
    rows = [row for insert in _inserts(commit, "releases.Event") for row in insert.rows]
    if not rows:
        return
    subscriptions = list(Subscription.objects.filter(muted_at=None, created_at__lte=commit.at).order_by("id"))
    if not subscriptions:
        return
    candidates = [(row["id"], candidate) for row, candidate in zip(rows, _candidates(commit, rows), strict=True)]
    made = []
    for subscription in subscriptions:
        filters = read_filters(subscription.filters)
        events = list(_wanted(filters, subscription.id, candidates))
        if events:
            made.append(
                Delivery(
                    id=delivery_id(subscription.id, commit.id),
                    subscription=subscription,
                    commit=commit.id,
                    events=events,
                    state="owed",
                    next_at=commit.at,
                    created_at=commit.at,
                )
            )
    Delivery.objects.bulk_create(made, ignore_conflicts=True)


def _wanted(filters: Filters, subscription: str, candidates: list[tuple[str, Candidate]]) -> Iterable[str]:
    told: set[str] | None = None
    found = []
    for ident, event in candidates:
        before = False
        if event.kind == "retracted" and event.record:
            told = _records_told(subscription) if told is None else told
            before = event.record in told
        if matches(filters, event, told_before=before):
            found.append((ident, event))
    arrivals = any(event.kind == "new" for _, event in found)
    return [ident for ident, event in found if not event.backfill or filters.backfill or arrivals]


def _records_told(subscription: str) -> set[str]:
    """Records whose events this subscription was sent, or is owed."""
    from releases.models import Event

    newest = Delivery.objects.filter(subscription=subscription).order_by("-created_at").values_list("events", flat=True)
    idents = [ident for events in newest[:_TOLD_LIMIT] for ident in events]
    told: set[str] = set()
    for start in range(0, len(idents), 500):
        told.update(Event.objects.filter(id__in=idents[start : start + 500]).values_list("record", flat=True))
    return told - {""}


def _candidates(commit: Commit, rows: list[dict[str, Any]]) -> Iterable[Candidate]:
    wanted = sorted({row["record"] for row in rows if row.get("record")})
    kinds: dict[str, str] = {}
    names: dict[str, set[str]] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        for ident, kind, printed in Record.objects.filter(id__in=part).values_list("id", "kind", "printed_key"):
            kinds[ident] = kind
            names.setdefault(ident, set()).add(printed)
        for ident, name in Alias.objects.filter(record__in=part, ended_at=None).values_list("record", "name"):
            names.setdefault(ident, set()).add(name)
    # The commit's own rows too: whether they are applied already is the caller's business.
    for row in (row for insert in _inserts(commit, "releases.Record") for row in insert.rows):
        kinds[row["id"]] = row.get("kind", "")
        names.setdefault(row["id"], set()).add(row.get("printed_key", ""))
    for row in (row for insert in _inserts(commit, "releases.Alias") for row in insert.rows):
        names.setdefault(row["record"], set()).add(row.get("name", ""))
    for row in rows:
        own = {row.get("key", ""), *names.get(row.get("record", ""), ())} - {""}
        texts = flatten(
            row.get("title"), row.get("old"), row.get("new"), [f.get("name") for f in row.get("files") or []]
        )
        yield Candidate(
            portal=row["portal"],
            kind=row["kind"],
            record=row.get("record", ""),
            record_kind=kinds.get(row.get("record", ""), ""),
            names=frozenset(name.casefold() for name in own),
            text="\n".join((*texts, *sorted(own))),
            backfill=bool(row.get("backfill")),
        )


def _inserts(commit: Commit, table: str) -> Iterable[Insert]:
    return (step for step in commit.operations if isinstance(step, Insert) and step.table.lower() == table.lower())
