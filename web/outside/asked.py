"""Captures by the key of an address, as index servers of web archives are asked for them.

Only what may be shown: bytes of which nothing is shown are absent, and addresses with a name that is not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from archive.catalog.models import Capture
from archive.catalog.surts import by_key
from archive.warc.surt import surt
from releases.access import captures_of_shut, withheld, without_names
from web.shell.errors import Shown

MOST = 10_000
"""Lines of one answer."""
LOOKED_AT = 50_000
"""Captures that one answer looks at."""
_AT_ONCE = 1_000
_NEAR = 20
"""Redirections and errors that are passed over on the way to a page."""
LONGEST = 4_000
"""Characters of an address."""
MATCHES = ("exact", "prefix", "host", "domain")
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_SHAPE = "19900101000000"


@dataclass(frozen=True, slots=True)
class Span:
    """Which keys, and when."""

    first: str
    last: str
    """Empty: only `first` itself; else keys before this one."""
    since: datetime | None = None
    until: datetime | None = None
    backwards: bool = field(default=False)
    """Newest first."""


def span(url: str, match: str, since: str = "", until: str = "", *, backwards: bool = False) -> Span:
    """What an address means. `*` at its end, or before its host, stands for prefix and domain.

    Raises:
        Shown: a part of it means nothing.
    """
    url = url.strip()
    if not url or len(url) > LONGEST or not url.isprintable():
        raise Shown(400, _("Say which address: url=https://…"))
    if match in {"", "exact"} and url.endswith("*"):
        url, match = url[:-1], "prefix"
    elif match in {"", "exact"} and url.startswith("*."):
        url, match = url[2:], "domain"
    if (match or "exact") not in MATCHES:
        raise Shown(400, _("There is no such matchType."), _("Known are: %(all)s.") % {"all": ", ".join(MATCHES)})
    key = surt(url)
    first, last = key, ""
    if match == "prefix":
        if url.endswith("/") and not key.endswith("/"):
            first = f"{key}/" if not key.endswith(")") else key
        last = first[:-1] + chr(ord(first[-1]) + 1)
    elif match in {"host", "domain"}:
        host = key.partition(")")[0]
        first, last = f"{host})", f"{host}*" if match == "host" else f"{host}-"
    return Span(first, last, moment(since), moment(until, last=True), backwards)


def moment(text: str, *, last: bool = False) -> datetime | None:
    """A time as index servers write it: the first 4 to 14 digits of `20260301120000`. Raises Shown."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 4 <= len(text) <= len(_SHAPE)):
        raise Shown(400, _("“%(value)s” is no time.") % {"value": text[:40]}, _("Write it as 20260301120000, or less."))
    whole = text + ("99991231235959" if last else _SHAPE)[len(text) :]
    for day in ("31", "30", "29", "28"):
        try:
            made = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            return made.replace(microsecond=999999) if last else made
        except ValueError:
            if not last or len(text) >= 8:
                break
            whole = whole[:6] + day + whole[8:]
    raise Shown(400, _("“%(value)s” is no time.") % {"value": text[:40]}, _("Write it as 20260301120000, or less."))


def found(wanted: Span) -> Iterator[Capture]:
    """Captures by key and time, looked up in batches; at most LOOKED_AT of them are looked at."""
    rows = Capture.objects.exclude(kind__in=("failed", "deposit"))
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lte=wanted.until)
    sign = "-" if wanted.backwards else ""
    keys = ("surt_start", "surt_key", "at", "id") if wanted.last else ("at", "id")
    looked, at = 0, None
    while looked < LOOKED_AT:
        batch = list(_behind(rows, wanted, at).order_by(*(f"{sign}{key}" for key in keys))[:_AT_ONCE])
        yield from shown(batch)
        if len(batch) < _AT_ONCE:
            return
        looked, at = looked + len(batch), batch[-1]


def _behind(rows: QuerySet[Capture], wanted: Span, at: Capture | None) -> QuerySet[Capture]:
    """Of `rows` those that are asked for, from the one behind `at` on."""
    way = "lt" if wanted.backwards else "gt"
    later = Q() if at is None else Q(**{f"at__{way}": at.at}) | Q(at=at.at, **{f"id__{way}": at.id})
    if not wanted.last:
        return rows.filter(later, surt=wanted.first)
    first, last = wanted.first, wanted.last
    if at is not None:
        first, last = (first, at.surt) if wanted.backwards else (at.surt, last)
        later = Q(surt=at.surt) & later | Q(**{f"surt_key__{way}": at.surt})
    return by_key(rows, first, last).exclude(surt=wanted.last).filter(later)


def shown(batch: list[Capture]) -> list[Capture]:
    """Those that may be known of."""
    why = withheld({row.payload_digest for row in batch})
    texts, shut = without_names([[row.url, row.location] for row in batch]), captures_of_shut(batch)
    return [
        row
        for row, text in zip(batch, texts, strict=True)
        if why.get(row.payload_digest) != "restricted" and text == [row.url, row.location] and row.id not in shut
    ]


def closest(url: str, when: datetime) -> Capture | None:
    """The capture of an address nearest to a moment that was answered with a page; else with anything."""
    key = surt(url)
    near: list[Capture] = []
    for backwards in (True, False):
        since, until = (None, when) if backwards else (when, None)
        for number, row in enumerate(found(Span(key, "", since, until, backwards))):
            near.append(row)
            if _page(row) or number >= _NEAR:
                break
    return min(near, key=lambda row: (not _page(row), abs(row.at - when)), default=None)


def _page(row: Capture) -> bool:
    """Whether the portal gave something: also by saying that what it gave before still holds."""
    return row.status < HTTPStatus.MULTIPLE_CHOICES or row.kind.startswith("revisit")
