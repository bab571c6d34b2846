"""An index server: which captures of an address are held, as pywb, cdx-toolkit and clients of other archives ask.

One line for each capture: its key, its time, and an object; or that object alone (`output=json`), or the columns of
the classic form (`output=text`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from archive.catalog.models import Capture
from web.api.guard import guarded
from web.outside.asked import MOST, Span, found, moment, span
from web.shell.errors import Shown

FORMS = ("cdxj", "json", "text")
_COLUMNS = ("urlkey", "timestamp", "url", "mime", "status", "digest", "length", "offset", "filename")
_ALIASES = {"original": "url", "mimetype": "mime", "statuscode": "status"}
_MOST_FILTERS = 10


@dataclass(frozen=True, slots=True)
class Filter:
    """`[!][=]field:value`: has the value in it, or is it."""

    field: str
    value: str
    whole: bool
    wanted: bool

    def passes(self, row: dict[str, str]) -> bool:
        """Whether a line may stay."""
        said = row[self.field]
        return (said == self.value if self.whole else self.value in said) == self.wanted


@guarded(cost=2)
def cdx(request: HttpRequest) -> StreamingHttpResponse:
    """`?url=…&matchType=…&from=…&to=…&output=…&limit=…&filter=…&fl=…&sort=…`."""
    get = request.GET
    form = get.get("output", "") or "cdxj"
    if form not in FORMS:
        raise Shown(400, _("There is no such output."), _("Known are: %(all)s.") % {"all": ", ".join(FORMS)})
    limit, backwards = _limit(get.get("limit", ""))
    sort = get.get("sort", "")
    if sort not in {"", "default", "reverse", "closest"}:
        raise Shown(400, _("There is no such order."), _("Known are: %(all)s.") % {"all": "reverse, closest"})
    wanted = span(
        get.get("url", ""), get.get("matchType", ""), get.get("from", "") or get.get("from_ts", ""), get.get("to", ""),
        backwards=backwards or sort == "reverse",
    )  # fmt: skip
    filters = [_filter(text) for text in get.getlist("filter")[:_MOST_FILTERS]]
    columns = _columns(get.get("fl", "") or get.get("fields", ""), form)
    when = moment(get.get("closest", ""))
    if sort == "closest" and (when is None or wanted.last):
        raise Shown(400, _("The nearest of what?"), _("Say closest=20260301120000, and one address."))
    rows = _nearest(wanted, when) if sort == "closest" and when else found(wanted)
    lines = (line(row) for row in rows)
    kept = islice((one for one in lines if all(each.passes(one) for each in filters)), limit)
    write = _WRITE[form]
    kind = "application/x-ndjson" if form == "json" else "text/plain; charset=utf-8"
    return StreamingHttpResponse((write(one, columns) for one in kept), content_type=kind)


def _nearest(wanted: Span, when: datetime) -> Iterator[Capture]:
    """Captures of one address, the nearest in time first."""
    key = wanted.first
    before = found(Span(key, "", wanted.since, min(when, wanted.until or when), backwards=True))
    behind = found(Span(key, "", max(when, wanted.since or when), wanted.until))
    left, right = next(before, None), next(behind, None)
    while left or right:
        if left and (not right or when - left.at <= right.at - when):
            yield left
            left = next(before, None)
            if right and left and right.id == left.id:
                right = next(behind, None)
        elif right:
            yield right
            right = next(behind, None)


def line(row: Capture) -> dict[str, str]:
    """A capture as index servers tell it; `digest` without the name of its algorithm where that is SHA-1."""
    return {
        "urlkey": row.surt,
        "timestamp": f"{row.at.astimezone(UTC):%Y%m%d%H%M%S}",
        "url": row.url,
        "mime": "warc/revisit" if row.kind.startswith("revisit") else row.mime.partition(";")[0].strip() or "unk",
        "status": str(row.status) if row.status else "-",
        "digest": digest(row.payload_digest),
        "length": str(row.length),
        "offset": str(row.offset),
        "filename": row.warc,
        "capture": row.id,
    }


def digest(stored: str) -> str:
    """As other indexes have it: the base-32 form of SHA-1 stands alone, others keep their algorithm's name."""
    name, _colon, value = stored.partition(":")
    if name.lower() != "sha1":
        return stored or "-"
    try:
        return base64.b32encode(bytes.fromhex(value)).decode() if len(value) == 40 else value
    except ValueError:
        return value


def _limit(text: str) -> tuple[int, bool]:
    """How many, and whether from the newest on: a limit below 0 asks for the last ones."""
    number = text.strip() or str(MOST)
    if not number.removeprefix("-").isdigit() or not number.isascii() or len(number) > 12:
        raise Shown(400, _("“%(value)s” is no number of lines.") % {"value": text[:40]})
    wanted = int(number)
    return max(0, min(abs(wanted), MOST)), wanted < 0


def _filter(text: str) -> Filter:
    wanted = not text.startswith("!")
    rest = text.removeprefix("!")
    if rest.startswith("~"):
        raise Shown(
            400, _("Filters take no regular expressions here."), _("Use filter==status:200, or filter=mime:pdf.")
        )
    whole = rest.startswith("=")
    name, colon, value = rest.removeprefix("=").partition(":")
    name = _ALIASES.get(name, name)
    if not colon or name not in _COLUMNS:
        raise Shown(400, _("This filter means nothing."), _("Use filter==status:200, or filter=!mime:warc/revisit."))
    return Filter(name, value, whole, wanted)


def _columns(text: str, form: str) -> tuple[str, ...]:
    if not text:
        return _COLUMNS[:7] if form == "text" else (*_COLUMNS, "capture")
    names = tuple(_ALIASES.get(name.strip(), name.strip()) for name in text.split(",")[:20])
    if not set(names) <= {*_COLUMNS, "capture"}:
        raise Shown(400, _("There is no such column."), _("Known are: %(all)s.") % {"all": ", ".join(_COLUMNS)})
    return names


def _cdxj(row: dict[str, str], columns: tuple[str, ...]) -> bytes:
    said = {name: row[name] for name in columns if name not in {"urlkey", "timestamp"}}
    return f"{row['urlkey']} {row['timestamp']} ".encode() + msgspec.json.encode(said) + b"\n"


def _json(row: dict[str, str], columns: tuple[str, ...]) -> bytes:
    return msgspec.json.encode({name: row[name] for name in columns}) + b"\n"


def _text(row: dict[str, str], columns: tuple[str, ...]) -> bytes:
    return " ".join(row[name].replace(" ", "%20") or "-" for name in columns).encode() + b"\n"


_WRITE: dict[str, Callable[[dict[str, Any], tuple[str, ...]], bytes]] = {"cdxj": _cdxj, "json": _json, "text": _text}
