"""Memento (RFC 7089): which captures of an address there are, and the one nearest to a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
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
def timemap(request: HttpRequest, form: str, url: str) -> HttpResponse:
    """Every capture of an address, oldest first; of more than MOST of them the newest."""
    address = _original(request, url)
    rows = list(islice(found(span(address, "exact", backwards=True)), MOST))[::-1]
    if not rows:
        raise Shown(404, _("No capture of this address is held, or it is not shown."))
    base = origin(request)
    if form == "json":
        return HttpResponse(_as_json(base, address, rows), content_type="application/json")
    body = ",\n".join(_links(base, address, rows))
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


def _links(base: str, address: str, rows: list[Capture]) -> Iterator[str]:
    yield f'<{_safe(rows[-1].url)}>; rel="original"'
    yield f'<{base}/timegate/{_safe(address)}>; rel="timegate"'
    first, last = _date(rows[0]), _date(rows[-1])
    yield f'<{base}/timemap/link/{_safe(address)}>; rel="self"; type="application/link-format"; from="{first}"; until="{last}"'
    for number, row in enumerate(rows):
        words = [name for name, one in (("first", 0), ("last", len(rows) - 1)) if number == one]
        yield _memento(base, row, " ".join([*words, "memento"]))


def _as_json(base: str, address: str, rows: list[Capture]) -> bytes:
    def one(row: Capture) -> dict[str, str]:
        return {"datetime": f"{row.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "uri": _at(base, row)}

    return msgspec.json.encode(
        {
            "original_uri": rows[-1].url,
            "timegate_uri": f"{base}/timegate/{_safe(address)}",
            "timemap_uri": {
                "link_format": f"{base}/timemap/link/{_safe(address)}",
                "json_format": f"{base}/timemap/json/{_safe(address)}",
            },
            "mementos": {"first": one(rows[0]), "last": one(rows[-1]), "list": [one(row) for row in rows]},
        }
    )


def _map(base: str, address: str) -> str:
    return f'<{base}/timemap/link/{_safe(address)}>; rel="timemap"; type="application/link-format"'


def _memento(base: str, row: Capture, rel: str) -> str:
    return f'<{_at(base, row)}>; rel="{rel}"; datetime="{_date(row)}"'


def _at(base: str, row: Capture) -> str:
    return f"{base}{reverse('capture', args=[row.id])}"


def _date(row: Capture) -> str:
    return format_datetime(row.at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _safe(address: str) -> str:
    """Without what would end the link, or the header."""
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]")
