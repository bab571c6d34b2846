"""Memento (RFC 7089): which captures of an address there are, and the one nearest to a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from itertools import islice
from urllib.parse import quote

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from archive.catalog.models import Capture
from web.api.guard import guarded
from web.front.feeds import origin
from web.outside.asked import LONGEST, MOST, closest, found, span
from web.shell.errors import Shown


@guarded(cost=2)
def timemap(request: HttpRequest, form: str, url: str, until: str | None = None) -> HttpResponse:
    """Captures of an address, oldest first: the newest MOST of them (those up to `until`, where that is given), and
    where the ones before stand.
    """
    address = _original(request, url)
    part = _part(found(span(address, "exact", until=until or "", backwards=True)), until or "")
    if part is None:
        raise Shown(404, _("No capture of this address is held, or it is not shown."))
    base = origin(request)
    if form == "json":
        return HttpResponse(_as_json(base, address, part), content_type="application/json")
    body = ",\n".join(_links(base, address, part))
    return HttpResponse(f"{body}\n", content_type="application/link-format")


@guarded(cost=2)
def timegate(request: HttpRequest, url: str) -> HttpResponse:
    """To the capture nearest to `Accept-Datetime`; without it to the newest."""
    address = _original(request, url)
    wanted = request.headers.get("Accept-Datetime", "").strip()
    try:
        when = parsedate_to_datetime(wanted[:60]).astimezone(UTC) if wanted else datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        raise Shown(400, _("Accept-Datetime is no time."), _("Write it as Sun, 01 Mar 2026 12:00:00 GMT.")) from None
    row = closest(address, when)
    if row is None:
        raise Shown(404, _("No capture of this address is held, or it is not shown."))
    base = origin(request)
    answer = HttpResponseRedirect(_at(base, row))
    answer.headers["Vary"] = "accept-datetime"
    answer.headers["Link"] = (
        f'<{_safe(row.url)}>; rel="original", {_map(base, row.url)}, {_memento(base, row, "memento")}'
    )
    return answer


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a TimeMap."""

    rows: list[Capture]
    """Oldest first."""
    until: str
    """Its last second, as 14 digits; empty: there is nothing after it."""
    before: datetime | None
    """Last second of the stretch before it; None: there is none."""


def _part(newest_first: Iterator[Capture], until: str) -> _Part | None:
    """The first MOST of them. Stretches meet between seconds, since a second is all that their addresses say: no capture
    is left out, and none comes twice. None: there are none.
    """
    rows = list(islice(newest_first, MOST + 1))
    if len(rows) <= MOST:
        return _Part(rows[::-1], until, None) if rows else None
    edge = rows[-1].at.astimezone(UTC).replace(microsecond=0)
    if rows[0].at >= edge + timedelta(seconds=1):
        kept = [row for row in rows if row.at >= edge + timedelta(seconds=1)]
        return _Part(kept[::-1], until, edge)
    for row in newest_first:  # more in one second than fit: all of that second
        if row.at < edge:
            return _Part(rows[::-1], until, edge - timedelta(seconds=1))
        rows.append(row)
    return _Part(rows[::-1], until, None)


def marked(request: HttpRequest, answer: HttpResponse, row: Capture) -> HttpResponse:
    """`answer`, the page of a capture, as clients of Memento know it: when it was, and of what."""
    base = origin(request)
    answer.headers["Memento-Datetime"] = _date(row)
    gate = f'<{base}/timegate/{_safe(row.url)}>; rel="timegate"'
    answer.headers["Link"] = f'<{_safe(row.url)}>; rel="original", {gate}, {_map(base, row.url)}'
    return answer


def _original(request: HttpRequest, url: str) -> str:
    """The address in ours, its own query included."""
    query = request.META.get("QUERY_STRING", "")
    address = f"{url}?{query}" if query else url
    if not address or len(address) > LONGEST or not address.isprintable():
        raise Shown(400, _("This is no address."))
    return address


def _links(base: str, address: str, part: _Part) -> Iterator[str]:
    rows = part.rows
    yield f'<{_safe(rows[-1].url)}>; rel="original"'
    yield f'<{base}/timegate/{_safe(address)}>; rel="timegate"'
    first, last = _date(rows[0]), _date(rows[-1])
    here = f"{base}/timemap/link/{f'{part.until}/' if part.until else ''}{_safe(address)}"
    yield f'<{here}>; rel="self"; type="application/link-format"; from="{first}"; until="{last}"'
    if part.until:
        yield _map(base, address)
    if part.before is not None:
        yield f'{_map(base, address, f"{part.before:%Y%m%d%H%M%S}/")}; until="{format_datetime(part.before, usegmt=True)}"'
    ends = {"first": 0 if part.before is None else -1, "last": -1 if part.until else len(rows) - 1}
    for number, row in enumerate(rows):
        words = [name for name, one in ends.items() if number == one]
        yield _memento(base, row, " ".join([*words, "memento"]))


def _as_json(base: str, address: str, part: _Part) -> bytes:
    rows = part.rows

    def one(row: Capture) -> dict[str, str]:
        return {"datetime": f"{row.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "uri": _at(base, row)}

    older = []
    if part.before is not None:
        moment = f"{part.before:%Y%m%d%H%M%S}"
        older = [
            {"uri": f"{base}/timemap/json/{moment}/{_safe(address)}", "until": f"{part.before:%Y-%m-%dT%H:%M:%SZ}"}
        ]
    return msgspec.json.encode(
        {
            "original_uri": rows[-1].url,
            "timegate_uri": f"{base}/timegate/{_safe(address)}",
            "timemap_uri": {
                "link_format": f"{base}/timemap/link/{_safe(address)}",
                "json_format": f"{base}/timemap/json/{_safe(address)}",
            },
            "timemap_index": older,
            "mementos": {"first": one(rows[0]), "last": one(rows[-1]), "list": [one(row) for row in rows]},
        }
    )


def _map(base: str, address: str, until: str = "") -> str:
    return f'<{base}/timemap/link/{until}{_safe(address)}>; rel="timemap"; type="application/link-format"'


def _memento(base: str, row: Capture, rel: str) -> str:
    return f'<{_at(base, row)}>; rel="{rel}"; datetime="{_date(row)}"'


def _at(base: str, row: Capture) -> str:
    return f"{base}{reverse('capture', args=[row.id])}"


def _date(row: Capture) -> str:
    return format_datetime(row.at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _safe(address: str) -> str:
    """Without what would end the link, or the header."""
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]")
