"""Which capture answers a request of a page that is replayed, and how well it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from archive.model import CaptureRow
from archive.warc.surt import surt
from crawler.replay.likeness import likeness, question, same_file, statement
from crawler.replay.shelf import Moment, Shelf

Fit = Literal["same", "elsewhere", "alike"]
"""`same`: this request, in the crawl of the page. `elsewhere`: this request, in another crawl. `alike`: one that
asks the same in other words, see `likeness`."""
VISIT = timedelta(minutes=3)
"""After the page, how long what was asked for again belongs to the same visit."""
_BUSY = frozenset({429, 500, 502, 503, 504})
_BODILESS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page asks for."""

    method: str
    url: str
    body: bytes = b""
    ranged: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The captures that answer it, the best one first; none, and why not."""

    rows: Sequence[CaptureRow]
    fit: Fit = "same"
    why: str = ""


def page_at(rows: Iterable[CaptureRow], at: datetime | None) -> CaptureRow | None:
    """The capture of a page that shows it as it was at `at`: the last one until then, else the first after it.

    Without a time the newest that is no error, if there is one.
    """
    shown = sorted((row for row in rows if answers(row, "GET")), key=lambda row: (row.at, row.id))
    if at is None:
        well = [row for row in shown if row.status < 400 and not row.truncated]
        return (well or shown)[-1] if shown else None
    before = [row for row in shown if row.at <= at]
    return before[-1] if before else next(iter(shown), None)


def answers(row: CaptureRow, method: str) -> bool:
    """Whether `row` holds an answer to `method`. A 304 that refers to nothing we know holds none."""
    if row.kind in {"failed", "deposit"} or (row.kind == "response" and row.status == 304):
        return False
    return row.method == method or (method == "HEAD" and row.method == "GET")


def find(shelf: Shelf, wanted: Wanted, moment: Moment, now: datetime) -> Found:
    """What answers `wanted` in the visit `moment`; `now` by the page's clock. Raises what the shelf raises."""
    exact = shelf.exact(wanted.url, moment)
    rows = [row for row in exact if answers(row, wanted.method)]
    if said := _said(rows, wanted, lambda row: shelf.sent(row).body == wanted.body):
        return _ordered(said, wanted, moment)
    # http: and https: have one key; a redirect from one to the other is no answer to the other.
    near = [*shelf.alike(surt(wanted.url), moment), *(beside := shelf.beside(_path(wanted.url), moment))]
    near = [row for row in near if answers(row, wanted.method) and row.location != wanted.url]
    key, asks = surt(wanted.url), question(wanted.url, now)
    alike = [row for row in near if row.surt == key or question(row.url, row.at) == asks]
    states = statement(wanted.body, now)
    if said := _said(alike, wanted, lambda row: statement(shelf.sent(row).body, row.at) == states):
        return _ordered(said, wanted, moment, alike=True)
    if wanted.method == "GET":
        files = [row for row in beside if answers(row, "GET") and same_file(wanted.url, row.mime)]
        if files:
            most = max(likeness(wanted.url, row.url) for row in files)
            files = [row for row in files if likeness(wanted.url, row.url) == most]
            return _ordered(files, wanted, moment, alike=True)
    return Found((), why=_why(exact, rows))


def after(found: Found, last: CaptureRow, moment: Moment) -> CaptureRow:
    """What answers a request that was made before, and answered with `last`: what came next in the same visit."""
    later = [row for row in found.rows if last.at < row.at <= moment.at + VISIT and row.crawl == moment.crawl]
    return min(later, key=lambda row: (row.at, row.id), default=last)


def _said(rows: list[CaptureRow], wanted: Wanted, same: Callable[[CaptureRow], bool]) -> list[CaptureRow]:
    """Those of `rows` whose request said the same."""
    once = list({row.id: row for row in rows}.values())
    if wanted.method in _BODILESS and not wanted.body:
        return once
    return [row for row in once if same(row)]


def _ordered(rows: list[CaptureRow], wanted: Wanted, moment: Moment, *, alike: bool = False) -> Found:
    def order(row: CaptureRow) -> tuple[bool, bool, bool, bool, float, str]:
        other = row.crawl != moment.crawl
        partly = row.status == 206 or bool(row.truncated)
        away = abs((row.at - moment.at).total_seconds())
        return other, other and row.at > moment.at, partly, row.status in _BUSY, away, row.id

    ranked = sorted(rows, key=order)
    if not wanted.ranged and any(row.status != 206 for row in ranked):
        ranked = [row for row in ranked if row.status != 206]
    fit: Fit = "alike" if alike else "same" if ranked[0].crawl == moment.crawl else "elsewhere"
    return Found(ranked, fit)


def _why(exact: Sequence[CaptureRow], rows: Sequence[CaptureRow]) -> str:
    if rows:
        return "what it sends was never sent when it was captured"
    failed = next((row for row in exact if row.kind == "failed"), None)
    if failed is not None:
        return f"it was asked for, and failed: {failed.error}".rstrip(": ")
    if exact:
        return f"captured was {', '.join(sorted({row.method for row in exact}))}"
    return "never captured"


def _path(url: str) -> str:
    parts = urlsplit(url)
    return surt(parts._replace(query="", fragment="").geturl())
