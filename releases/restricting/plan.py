"""What is committed so that a record, a passage or a name is shown to nobody. Bytes: `archive.access`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from archive.access import Order, RestrictionRefused, restriction
from archive.catalog.models import Capture, Portal, Restriction
from archive.commit import Operation
from archive.holdings import Holdings
from releases.models import Record
from releases.quarantine.gate import merged
from releases.restricting.names import FEWEST, Names, long_enough
from releases.restricting.texts import page_text
from releases.text.passages import Spans

MOST_NAME = 200
"""Characters of a name."""


def end_of(until: str) -> datetime | None:
    """When a restriction ends that holds until then: as that day begins (UTC), or at that time; None of an empty text.

    Raises:
        RestrictionRefused: it is no time.
    """
    said = until.strip()
    if not said:
        return None
    try:
        if len(said) <= len("2027-03-01"):
            return datetime.combine(date.fromisoformat(said), time(), UTC)
        at = datetime.fromisoformat(said)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RestrictionRefused(f"{until!r} is no time", todo="write 2027-03-01, or 2027-03-01T12:00Z") from error


def plan_record(record: Record, order: Order) -> list[Operation]:
    """Show this record to nobody; nothing if it is not shown already. Raises RestrictionRefused."""
    order.checked()
    if _holds("record", record=record.id):
        return []
    return [restriction(record.portal, "record", order, record=record.id)]


def plan_name(portal: str, name: str, order: Order) -> list[Operation]:
    """Show this name to nobody, wherever it stands; `portal`: whose commit it is. Raises RestrictionRefused."""
    order.checked()
    words = " ".join(name.split())
    if not long_enough(words) or len(words) > MOST_NAME:
        raise RestrictionRefused(
            f"a name has {FEWEST} letters or more, and {MOST_NAME} characters at most",
            todo="a short word stands in too many others: give the whole name",
        )
    if Names([words]).within(f"{order.why}\n{order.by}"):
        raise RestrictionRefused("the reason says the name", todo="give a reason without it: the reason is shown")
    if _holds("name", name=words):
        return []
    return [restriction(portal, "name", order, name=words)]


def plan_passage(portal: str, digest: str, page: int, spans: Spans, order: Order) -> list[Operation]:
    """Mask these characters of the text that these bytes have on this page. Raises RestrictionRefused."""
    order.checked()
    chosen = merged(spans)
    if not chosen:
        raise RestrictionRefused("no words are chosen")
    return [
        restriction(portal, "passage", order, digest=digest, page=page, spans=[[start, end] for start, end in chosen])
    ]


def found_in_page(holdings: Holdings, digest: str, page: int, words: str) -> Spans:
    """Where `words` stand in the text of a page, case, accents and line breaks aside.

    Raises:
        RestrictionRefused: there is no such text, or the words are not in it. StoreUnavailable.
    """
    text = page_text(holdings, digest, page)
    spans = Names([words]).places(text)
    if not spans:
        raise RestrictionRefused("these words are not in the text of this page", where=f"page {page}")
    return spans


def homes_of_names() -> list[str]:
    """Portals whose commit a name's restriction may be, in the order to try: any does."""
    found = list(Portal.objects.order_by("slug").values_list("slug", flat=True))
    if not found:
        raise RestrictionRefused("nothing was crawled yet", todo="`recordwatch run` crawls what is due")
    return found


def named(row: Restriction) -> str:
    """What a restriction is of, for a list that readers never see: never a name."""
    if row.kind == "record":
        found = Record.objects.filter(id=row.record).values_list("portal", "key").first()
        return " ".join(found) if found else row.record
    if row.kind == "name":
        return "a name"
    capture = Capture.objects.filter(payload_digest=row.digest).order_by("id").values_list("url", flat=True).first()
    where = capture or row.digest
    return f"{where}, page {row.page}" if row.kind == "passage" and row.page else where


def _holds(kind: str, **about: str) -> bool:
    from django.utils import timezone

    from archive.access import lasting

    return Restriction.objects.filter(lasting(timezone.now()), kind=kind, lifted_at=None, **about).exists()
