"""Saved searches: what a commit brought is asked about by every subscription that has a query or looks at fields.

The commit's transaction writes a row of `MatchOwed`; `match_owed` answers it once the texts can be read from
the store, and deletes it in the transaction that owes what came of it: nothing is lost, nothing told twice.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db import transaction
from django.utils import timezone

from archive.catalog.models import Crawl
from archive.commit import Assign, Commit
from archive.holdings import Holdings
from config.errors import RecordwatchError
from config.faults import fault
from releases.alerts import outbox
from releases.alerts.active import active
from releases.alerts.filters import Filters, matches, read_filters
from releases.alerts.matching_candidates import candidates
from releases.alerts.matching_documents import Brought, brought
from releases.alerts.matching_whole import ask_changed, ask_whole, of_whole_records
from releases.models import Delivery, Event, MatchOwed, Subscription
from releases.search.documents import Row
from releases.search.memory import Memory
from releases.search.query import QueryError
from releases.search.texts import Texts, archived_texts

AT_ONCE = 32_000_000
"""Characters of text asked about at once; bounds memory."""
FIRST_CRAWL = timedelta(hours=6)
"""How long a first crawl that runs keeps its documents waiting, so that it makes one digest."""
AGAIN = timedelta(minutes=10)
"""How long what could not be asked about waits."""
_BRINGS = frozenset({"releases.event", "releases.fileversion", "releases.quarantine", "catalog.derived"})
_SLICE = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Matched:
    """What `match_owed` did."""

    commits: int = 0
    documents: int = 0
    deliveries: int = 0
    waiting: int = 0
    """Commits whose texts cannot be read now; asked again by the next call."""


def owe(commit: Commit) -> None:
    """Remember to ask saved searches about `commit`. Call inside the transaction that applies it."""
    tables = {step.table.lower() for step in commit.operations if not isinstance(step, Assign)}
    if tables & _BRINGS and any(filters.asked_later for _, filters in _subscriptions(commit.at)):
        MatchOwed.objects.bulk_create(
            [MatchOwed(commit=commit.id, portal=commit.portal, at=commit.at, next_at=commit.at)], ignore_conflicts=True
        )


def match_owed(holdings: Holdings, now: datetime | None = None, *, portal: str = "") -> Matched:
    """Ask every saved search about what waiting commits brought, and owe what they find. Call before sending.

    Commits of one portal are asked about together. Those of `portal` are asked about at once; others
    that waited in vain are not asked about every minute. Never raises for a document's sake: what
    cannot be read now waits.
    """
    return match_with(archived_texts(holdings), now, portal=portal)


def match_with(texts: Texts, now: datetime | None = None, *, portal: str = "") -> Matched:
    """`match_owed` with texts from wherever `texts` has them."""
    done, moment = Matched(), now or timezone.now()
    waiting: dict[str, list[MatchOwed]] = defaultdict(list)
    due = MatchOwed.objects.filter(next_at__lte=moment) | MatchOwed.objects.filter(portal=portal)
    for row in MatchOwed.objects.filter(portal__in=set(due.values_list("portal", flat=True))).order_by("at", "commit"):
        waiting[row.portal].append(row)
    for slug, rows in waiting.items():
        if _first_crawl_runs(slug, moment):
            found = _later(rows, moment)
        else:
            try:
                found = _match(rows, texts, moment)
            except Exception as error:  # what one portal brought must not keep the rest from being told
                reason = str(error) if isinstance(error, RecordwatchError) else f"{type(error).__name__}: {error}"
                log.warning("saved searches wait for what %s brought: %s", slug, reason)
                found = _later(rows, moment)
        done = Matched(
            done.commits + found.commits, done.documents + found.documents, done.deliveries + found.deliveries,
            done.waiting + found.waiting,
        )  # fmt: skip
    return done


def _later(rows: list[MatchOwed], now: datetime) -> Matched:
    MatchOwed.objects.filter(commit__in=[row.commit for row in rows]).update(next_at=now + AGAIN)
    return Matched(waiting=len(rows))


def _first_crawl_runs(portal: str, now: datetime) -> bool:
    newest = Crawl.objects.filter(portal=portal).order_by("-started_at").first()
    return bool(newest and newest.backfill and newest.ended_at is None and newest.started_at > now - FIRST_CRAWL)


def _match(rows: list[MatchOwed], texts: Texts, now: datetime) -> Matched:
    subscriptions = [pair for pair in _subscriptions(rows[-1].at) if pair[1].asked_later]
    subscriptions = [(s, f) for s, f in subscriptions if not f.portals or rows[0].portal in f.portals]
    new = brought(rows)
    queries = {filters.query for _, filters in subscriptions if filters.query}
    found, documents = _ask(new, queries, texts) if queries else ({}, 0)
    everything = [event for events in new.events.values() for event in events]
    wanted = {query: events for query, events in found.items() if events}
    looked = candidates(chain(everything, chain.from_iterable(wanted.values())))
    owed: list[tuple[Subscription, list[Event]]] = []
    for subscription, filters in subscriptions:
        asked = wanted.get(filters.query, []) if filters.query else everything
        events = [
            event
            for event in asked
            if new.at.get(event.id, rows[-1].at) >= subscription.created_at
            and (not event.backfill or filters.backfill or event.id in new.at)
            and (event.kind != "retracted" or "retracted" in filters.kinds)
            and matches(filters, looked[event.id], role=subscription.role, asked=True)
        ]
        if events:
            owed.append((subscription, sorted(events, key=lambda event: (event.at, event.id))))
    with transaction.atomic():
        taken, _ = MatchOwed.objects.filter(commit__in=[row.commit for row in rows]).delete()
        if taken != len(rows):  # another process was faster: what it found is ours
            transaction.set_rollback(True)
            return Matched()
        owings = [
            outbox.Owing(subscription.id, rows[-1].commit, [event.id for event in fresh], "match", now)
            for subscription, fresh in _not_told(owed)
        ]
        outbox.owe_all(owings)
        fault("matches.told")
    return Matched(len(rows), documents, len(owings))


def _ask(new: Brought, queries: Collection[str], texts: Texts) -> tuple[dict[str, list[Event]], int]:
    """The events each query finds, through the documents that tell of them; and how many documents were asked."""
    found: dict[str, dict[str, Event]] = defaultdict(dict)
    asked = 0
    whole = {query for query in queries if of_whole_records(query)}
    ordered = sorted(set(queries) - whole)
    records: set[str] = set()
    for batch in _batches(new.documents(texts)):
        memory = Memory(batch)
        asked += memory.size
        records.update(record for row in batch for _, record, _ in row["shown"].owners if record)
        telling = [[event for owner in row["shown"].owners for event in new.telling(owner)] for row in batch]
        for query, hits in memory.ask(ordered):
            if isinstance(hits, QueryError):
                log.warning("a saved search means nothing any more: %s", hits)
                continue
            for number in hits:
                for event in telling[number]:
                    found[query][event.id] = event
    for query, events in chain(ask_whole(new, records, whole, texts), ask_changed(new, ordered, texts)):
        found[query].update((event.id, event) for event in events)
    return {query: list(events.values()) for query, events in found.items()}, asked


def _batches(documents: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    held = 0
    for row in documents:
        batch.append(row)
        held += len(row["body"])
        if held >= AT_ONCE:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _subscriptions(at: datetime) -> Iterator[tuple[Subscription, Filters]]:
    for subscription in active().filter(created_at__lte=at).order_by("id"):
        yield subscription, read_filters(subscription.filters)


def _not_told(owed: list[tuple[Subscription, list[Event]]]) -> Iterator[tuple[Subscription, list[Event]]]:
    """Without the events that a delivery to the same subscription holds already, in whatever state it is."""
    for start in range(0, len(owed), _SLICE):
        part = owed[start : start + _SLICE]
        since = min(event.at for _, events in part for event in events) - timedelta(days=1)
        earlier = Delivery.objects.filter(subscription__in=[s.id for s, _ in part], created_at__gte=since)
        told: dict[str, set[str]] = defaultdict(set)
        for subscription, idents in earlier.values_list("subscription", "events"):
            told[subscription].update(idents)
        for one, events in part:
            fresh = [event for event in events if event.id not in told[one.id]]
            if fresh:
                yield one, fresh
