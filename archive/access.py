"""What is held and shown to nobody: restrictions of bytes. They hide; they never edit evidence.

A restriction holds for a payload digest, so for every capture of these bytes, whenever and wherever they
come: at another record, another portal, in a later crawl. Nothing is declared a copy of restricted bytes:
a capture that must be shown one day stands by itself (`archive.catalog.held`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from archive.catalog.failures import database_errors
from archive.commit import Insert, Operation, Update
from archive.ids import uuid7
from config.errors import ConfigError

if TYPE_CHECKING:
    from archive.holdings import Holdings

_SLICE = 500


class RestrictionRefused(ConfigError):
    """This can not be restricted so, or lifted so; says what can."""


Shut = Callable[[Collection[str]], Collection[str]]
_more: dict[str, Shut] = {}


def ask_too(*, nothing_shown: Shut, bytes_kept: Shut) -> None:
    """Whose records, names and passages fall under restrictions is known above the archive: it is asked from now on.

    Args:
        nothing_shown: of these digests, those of which nothing is shown, text included.
        bytes_kept: those whose text is shown in part, so that their bytes are not.
    """
    _more.update(nothing_shown=nothing_shown, bytes_kept=bytes_kept)


def restricted(digests: Collection[str]) -> set[str]:
    """Those of `digests` of which nothing is shown now: under a restriction themselves, or by what they prove. Reads the
    database.
    """
    found = under_restriction(digests)
    return found.union(_more["nothing_shown"](set(digests) - found)) if _more else found


def closed(digests: Collection[str]) -> set[str]:
    """Those of `digests` whose bytes are given to nobody now, editors included: `restricted`, and whose text has a
    passage or a name that is not shown. Reads the database.
    """
    found = restricted(digests)
    return found.union(_more["bytes_kept"](set(digests) - found)) if _more else found


def under_restriction(digests: Collection[str]) -> set[str]:
    """Those of `digests` that are under a restriction themselves now. Reads the database."""
    from archive.catalog.models import Restriction

    wanted = sorted(set(digests) - {""})
    found: set[str] = set()
    with database_errors():
        for start in range(0, len(wanted), _SLICE):
            rows = Restriction.objects.filter(digest__in=wanted[start : start + _SLICE], kind="bytes", lifted_at=None)
            rows = rows.filter(lasting(datetime.now(UTC)))
            found.update(rows.values_list("digest", flat=True))
    return found


def shut_record(ids: Collection[str]) -> bool:
    """Whether any of these records is under a restriction now. Reads the database."""
    from archive.catalog.models import Restriction

    with database_errors():
        rows = Restriction.objects.filter(lasting(datetime.now(UTC)), kind="record", lifted_at=None)
        return rows.filter(record__in=list(ids)).exists()


def lasting(now: datetime) -> Any:
    """A condition (Django's Q): restrictions whose own end has not come."""
    from django.db.models import Q

    return Q(lifts_at=None) | Q(lifts_at__gt=now)


def pieces_of(holdings: Holdings, shut: Callable[[Collection[str]], Collection[str]]) -> set[str]:
    """Digests of the pieces of every file that came in parts and that `shut`, asked for digests, gives back. Whoever
    may not have the whole may not have these, under whatever address.

    Raises:
        PartMissing, ObjectMissing, StoreUnavailable and the database's errors.
    """
    from archive.catalog.models import Capture

    with database_errors():
        wholes = dict(Capture.objects.filter(kind="assembled").values_list("id", "payload_digest"))
        hidden = set(shut(set(wholes.values())))
    lists = (holdings.manifest(holdings.place(ident)) for ident, digest in wholes.items() if digest in hidden)
    pieces = sorted({part.capture for one in lists for part in one.parts})
    found: set[str] = set()
    with database_errors():
        for start in range(0, len(pieces), _SLICE):
            rows = Capture.objects.filter(pk__in=pieces[start : start + _SLICE])
            found.update(rows.values_list("payload_digest", flat=True))
    return found


def bytes_of(holdings: Holdings, captures: Iterable[str]) -> list[tuple[str, str]]:
    """Portal and payload digest of captures, by their ids or the ends of them, and of what is nothing without them:
    the sound beside a picture, captions.

    Raises:
        RestrictionRefused: as `digest_of`. StoreUnavailable and the database's errors.
    """
    from archive.catalog.models import Capture
    from archive.export_loaded import loaded_with

    named = dict.fromkeys(map(digest_of, captures))
    with database_errors():
        same = Capture.objects.filter(payload_digest__in=[digest for _, digest in named])
        beside = loaded_with(holdings, set(same.values_list("id", flat=True)), own=True)
        rows = Capture.objects.filter(id__in=beside, payload_length__gt=0).order_by("id")
        return list(dict.fromkeys([*named, *rows.values_list("portal", "payload_digest")]))


def digest_of(capture: str) -> tuple[str, str]:
    """Portal and payload digest of a capture, by its id or the end of it.

    Raises:
        RestrictionRefused: no capture, or several, have such an id; or it has no bytes.
    """
    from archive.catalog.models import Capture

    with database_errors():
        exact = Capture.objects.filter(pk=capture)
        found = list(exact or Capture.objects.filter(pk__endswith=capture)[:2])
    if len(found) != 1:
        how = "several captures have ids that end so" if found else "the catalog knows no such capture"
        raise RestrictionRefused(how, where=capture, todo="`recordwatch record SLUG KEY --json` names captures")
    if not found[0].payload_length:
        raise RestrictionRefused("this capture has no bytes to restrict", where=found[0].id)
    return str(found[0].portal), str(found[0].payload_digest)


def chosen(ids: Iterable[str]) -> dict[str, list[str]]:
    """Restrictions in force by portal, from their ids or the ends of them. Raises RestrictionRefused."""
    from archive.catalog.models import Restriction

    found: dict[str, list[str]] = {}
    now = datetime.now(UTC)
    for ident in ids:
        with database_errors():
            rows = list(Restriction.objects.filter(lasting(now), pk__endswith=ident, lifted_at=None)[:2])
        if len(rows) != 1:
            how = "several restrictions have ids that end so" if rows else "no restriction in force has this id"
            raise RestrictionRefused(how, where=ident, todo="`recordwatch restrict list` has them")
        found.setdefault(rows[0].portal, []).append(rows[0].id)
    return found


@dataclass(frozen=True, slots=True)
class Order:
    """Who decides a restriction, why, and how long it holds."""

    by: str
    why: str
    at: datetime
    lifts_at: datetime | None = None
    """It holds no more from then on, by itself; None: until somebody lifts it."""
    review_by: str = ""
    """A day, `2027-03-01`, until which somebody looks at it again; empty: none."""

    def checked(self) -> Order:
        """Itself. Raises RestrictionRefused for what can be no restriction's."""
        _named(self.by, self.why)
        if self.lifts_at is not None and self.lifts_at <= self.at:
            raise RestrictionRefused("this restriction would have ended before it began", todo="give a later day")
        try:
            passed = bool(self.review_by) and date.fromisoformat(self.review_by) < self.at.date()
        except ValueError:
            raise RestrictionRefused(f"{self.review_by!r} is no day", todo="write it as 2027-03-01") from None
        if passed:
            raise RestrictionRefused("the day on which to look again is over", todo="give a later day")
        return self


def plan_restriction(portal: str, digest: str, order: Order) -> list[Operation]:
    """What to commit so that the bytes with this digest are shown to nobody; nothing if they are not already.

    Raises:
        RestrictionRefused: no name or no reason is given, or its days are over.
    """
    order.checked()
    return [] if under_restriction([digest]) else [restriction(portal, "bytes", order, digest=digest)]


def restriction(portal: str, kind: str, order: Order, **about: Any) -> Operation:
    """The row of a restriction of this kind; `about`: the columns that say of what. Raises as `Order.checked`."""
    order.checked()
    row = {
        "id": uuid7(), "portal": portal, "kind": kind, "digest": "", "record": "", "page": 0, "spans": [], "name": "",
        **about, "why": order.why.strip(), "by": order.by.strip(), "at": order.at, "lifts_at": order.lifts_at,
        "review_by": order.review_by, "lifted_at": None, "lifted_by": "", "lifted_why": "",
    }  # fmt: skip
    return Insert("catalog.Restriction", [row])


def plan_review(ids: Iterable[str], by: str, why: str, until: str, at: datetime) -> list[Operation]:
    """What to commit once somebody has looked at the restrictions `ids` again: they hold on, and are looked at again
    until `until`. Who looked and why joins the reason.

    Raises:
        RestrictionRefused: as for a new one.
    """
    from archive.catalog.models import Restriction

    Order(by, why, at, review_by=until).checked()
    if not until:
        raise RestrictionRefused("say until when somebody looks at it again", todo="--review-by 2027-03-01")
    with database_errors():
        found = dict(Restriction.objects.filter(pk__in=list(ids)).values_list("pk", "why"))
    said = f"looked at again on {at:%Y-%m-%d} by {by.strip()}: {why.strip()}"
    rows = [{"id": ident, "review_by": until, "why": f"{before}\n{said}"} for ident, before in found.items()]
    return [Update("catalog.Restriction", rows)] if rows else []


def plan_lift(ids: Iterable[str], by: str, why: str, at: datetime) -> list[Operation]:
    """What to commit so that the restrictions `ids` hold no more.

    Raises:
        RestrictionRefused: no name or no reason is given.
    """
    _named(by, why)
    rows = [{"id": ident, "lifted_at": at, "lifted_by": by.strip(), "lifted_why": why.strip()} for ident in ids]
    return [Update("catalog.Restriction", rows)] if rows else []


def listed(*, lifted: bool = False) -> list[Any]:
    """Restrictions in force, those to look at first before others, then the newest; with `lifted` those that were,
    too.
    """
    from archive.catalog.models import Restriction

    with database_errors():
        rows = Restriction.objects.order_by("-at", "-id")
        found = list(rows if lifted else rows.filter(lasting(datetime.now(UTC)), lifted_at=None))
    return sorted(found, key=lambda row: row.review_by or "9999")


def _named(by: str, why: str) -> None:
    if not by.strip() or not why.strip():
        raise RestrictionRefused("a restriction, and its end, need a name and a reason", todo="--by NAME --why TEXT")
