"""Restrictions as they are made, looked at again and lifted: each a commit record, like a crawl's findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from archive.access import Order, bytes_of, chosen, plan_lift, plan_restriction, plan_review
from archive.catalog.models import Capture
from archive.commit import Operation
from archive.holdings import Holdings
from archive.portal_lock import PortalLocked
from releases.amend import amend
from releases.ledger.plan import Plan
from releases.models import Record
from releases.restricting.plan import homes_of_names, plan_name, plan_passage, plan_record
from releases.text.passages import Spans

Make = Callable[[], list[Operation]]


def shut_captures(holdings: Holdings, captures: Iterable[str], order: Order) -> int:
    """Show the bytes of these captures, by their ids or the ends of them, to nobody. How many payloads that is; 0 where
    they are not shown already.

    Raises:
        RestrictionRefused, PortalLocked, StoreUnavailable and the database's errors; the functions below likewise.
    """
    found = bytes_of(holdings, captures)
    return _commit(holdings, [(portal, _bytes(portal, digest, order)) for portal, digest in found])


def shut_file(holdings: Holdings, file: str, order: Order) -> int:
    """Show the bytes of every version of a file, by its id, to nobody."""
    from releases.models import FileVersion

    digests = set(FileVersion.objects.filter(file=file).exclude(digest="").values_list("digest", flat=True))
    captures = Capture.objects.filter(payload_digest__in=digests, payload_length__gt=0).order_by("id")
    first = {capture.payload_digest: capture.id for capture in reversed(captures)}
    return shut_captures(holdings, sorted(first.values()), order) if first else 0


def shut_record(holdings: Holdings, record: Record, order: Order) -> int:
    """Show a record to nobody. 1, or 0 where it is not shown already."""
    return _commit(holdings, [(record.portal, lambda: plan_record(record, order))])


def shut_passage(holdings: Holdings, portal: str, digest: str, page: int, spans: Spans, order: Order) -> int:
    """Mask characters of a page's text."""
    return _commit(holdings, [(portal, lambda: plan_passage(portal, digest, page, spans, order))])


def shut_name(holdings: Holdings, name: str, order: Order) -> int:
    """Mask a name everywhere. It belongs to no portal: that of its commit is any that no crawl is running on."""
    portals = homes_of_names()
    for portal in portals[:-1]:
        try:
            return _commit(holdings, [(portal, _name(portal, name, order))])
        except PortalLocked:
            continue
    return _commit(holdings, [(portals[-1], _name(portals[-1], name, order))])


def lift(holdings: Holdings, ids: Iterable[str], by: str, why: str, at: datetime) -> int:
    """End these restrictions, by their ids or the ends of them. How many."""
    plans = [(portal, _lift(rows, by, why, at)) for portal, rows in chosen(ids).items()]
    return _commit(holdings, plans, "restriction lifted")


def review(holdings: Holdings, ids: Iterable[str], by: str, why: str, until: str, at: datetime) -> int:
    """They hold on, and are looked at again until the day `until`. How many."""
    plans = [(portal, _review(rows, by, why, until, at)) for portal, rows in chosen(ids).items()]
    return _commit(holdings, plans, "restriction reviewed")


def _commit(holdings: Holdings, plans: Iterable[tuple[str, Make]], reason: str = "restricted") -> int:
    """Rows committed; what was done before a crawl was in the way stays done."""
    done = 0
    for portal, make in plans:
        plan = amend(holdings.home, portal, reason, _plan(make), opened=True)
        done += sum(len(operation.rows) for operation in plan.operations if hasattr(operation, "rows"))
    return done


def _plan(make: Make) -> Callable[[], Plan]:
    return lambda: Plan(operations=make())


def _bytes(portal: str, digest: str, order: Order) -> Make:
    return lambda: plan_restriction(portal, digest, order)


def _name(portal: str, name: str, order: Order) -> Make:
    return lambda: plan_name(portal, name, order)


def _lift(rows: list[str], by: str, why: str, at: datetime) -> Make:
    return lambda: plan_lift(rows, by, why, at)


def _review(rows: list[str], by: str, why: str, until: str, at: datetime) -> Make:
    return lambda: plan_review(rows, by, why, until, at)
