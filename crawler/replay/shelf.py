"""Where a replay takes captures from: what the catalog and the store have, or WARC files."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from archive.access import closed, pieces_of
from archive.catalog.failures import database_errors
from archive.holdings import Holdings
from archive.model import CaptureRow
from archive.warc.reader import NotAWarc, WarcReader, WarcRecord, read_head
from archive.warc.surt import surt

MOST_ROWS = 500
"""Captures of one address that are looked at: those of the crawl, and this many before and after."""
SMALL_BODY = 16 * 1024
MOST_SENT = 4_000
"""Requests with a body no larger than that which are remembered."""
_COLUMNS = tuple(field.name for field in dataclasses.fields(CaptureRow))


@dataclass(frozen=True, slots=True)
class Moment:
    """The visit that is replayed: what was captured beside it comes first."""

    crawl: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it was captured."""

    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    def header(self, name: bytes) -> str:
        """First value of `name` (lowercase), else empty."""
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name), "")


class Shelf(Protocol):
    """Captures by address. Methods block, and are called from one thread at a time.

    All raise the store's errors and the database's.
    """

    def exact(self, url: str, moment: Moment) -> list[CaptureRow]:
        """Of this very address: those of the moment's crawl, and those nearest before and after it."""
        ...

    def alike(self, key: str, moment: Moment) -> list[CaptureRow]:
        """The same for every address with this SURT key."""
        ...

    def beside(self, path: str, moment: Moment) -> list[CaptureRow]:
        """Of the moment's crawl: SURT key `path`, with whatever query."""
        ...

    def times(self, url: str) -> list[CaptureRow]:
        """Every capture of this address, or else of its SURT key, by time."""
        ...

    def of_host(self, key: str, most: int) -> list[str]:
        """Addresses whose SURT key begins with `key`."""
        ...

    def by_id(self, capture: str) -> CaptureRow | None: ...

    def original(self, row: CaptureRow) -> CaptureRow | None:
        """What holds the bytes of `row`: itself, or what a revisit refers to."""
        ...

    def held_back(self, rows: Collection[CaptureRow]) -> set[str]:
        """Ids of those captures that are not to be shown."""
        ...

    def open_record(self, row: CaptureRow) -> BinaryIO:
        """The WARC from the member of `row` on."""
        ...

    def fetch(self, row: CaptureRow, offset: int, length: int) -> bytes:
        """Bytes of the WARC that `row` is in."""
        ...

    def sent(self, row: CaptureRow) -> Sent:
        """The request that `row` answered; an empty one where the archive has none."""
        ...

    def disconnect(self) -> None:
        """The thread that asked asks no more."""
        ...


class CatalogShelf:
    """Everything a home holds, or one portal's. `editor`: shows what is in quarantine too."""

    def __init__(self, holdings: Holdings, portal: str = "", *, editor: bool = False) -> None:
        self._holdings = holdings
        self._portal = portal
        self._editor = editor
        self._sent: dict[str, Sent] = {}
        self._parts: set[str] | None = None

    def exact(self, url: str, moment: Moment) -> list[CaptureRow]:
        return self._near({"url": url}, moment)

    def alike(self, key: str, moment: Moment) -> list[CaptureRow]:
        return self._near({"surt": key}, moment)

    def beside(self, path: str, moment: Moment) -> list[CaptureRow]:
        from django.db.models import Q

        with database_errors():
            found = self._captures(crawl=moment.crawl).filter(Q(surt=path) | Q(surt__startswith=f"{path}?"))
            return [CaptureRow(**row) for row in found.order_by("at", "id")[:MOST_ROWS]]

    def times(self, url: str) -> list[CaptureRow]:
        with database_errors():
            for named in ({"url": url}, {"surt": surt(url)}):
                if rows := [CaptureRow(**row) for row in self._captures(**named).order_by("at", "id")]:
                    return rows
        return []

    def of_host(self, key: str, most: int) -> list[str]:
        with database_errors():
            found = self._captures(surt__startswith=key).exclude(kind="failed")
            return list(found.order_by("url").values_list("url", flat=True).distinct()[:most])

    def by_id(self, capture: str) -> CaptureRow | None:
        from archive.catalog.models import Capture

        with database_errors():
            row = Capture.objects.filter(pk=capture).values(*_COLUMNS).first()
        return CaptureRow(**row) if row else None

    def original(self, row: CaptureRow) -> CaptureRow | None:
        return self.by_id(row.refers_to) if row.kind.startswith("revisit") else row

    def held_back(self, rows: Collection[CaptureRow]) -> set[str]:
        """With what is a part of a file that is held back, put together from it or not."""
        from archive.catalog.models import Capture

        if self._parts is None:
            self._parts = pieces_of(self._holdings, self._shut)
        partly = {row.id: row.url for row in rows if row.truncated or row.status == 206}
        with database_errors():
            named = Capture.objects.filter(url__in=set(partly.values())).values_list("url", "payload_digest")
            wholes = set(named.distinct())
            shut = self._shut({digest for _, digest in wholes} | {row.payload_digest for row in rows})
        urls = {url for url, digest in wholes if digest in shut}
        shut |= self._parts
        return {row.id for row in rows if row.payload_digest in shut or partly.get(row.id) in urls}

    def open_record(self, row: CaptureRow) -> BinaryIO:
        return self._holdings.open_record(row.id)

    def fetch(self, row: CaptureRow, offset: int, length: int) -> bytes:
        with self._holdings.store.open(row.warc, offset, length) as stream:
            return read_exactly(stream, length)

    def sent(self, row: CaptureRow) -> Sent:
        """It stands before its answer, behind the capture before that one."""
        found = self._sent.get(row.id)
        if found is None:
            found = self._read_sent(row) if row.request else Sent()
            if len(found.body) <= SMALL_BODY and len(self._sent) < MOST_SENT:
                self._sent[row.id] = found  # a page that posts to one address a hundred times looks a hundred times
        return found

    def _read_sent(self, row: CaptureRow) -> Sent:
        from archive.catalog.models import Capture

        with database_errors():
            before = Capture.objects.filter(warc=row.warc, offset__lt=row.offset).order_by("-offset").first()
        start = before.offset + before.length if before else 0
        with self._holdings.store.open(row.warc, start, row.offset - start) as stream:
            for record in WarcReader(stream, offset=start):
                if record.headers.id == row.request:
                    return request_of(record)
        return Sent()

    def disconnect(self) -> None:
        from django.db import connections

        connections.close_all()

    def _shut(self, digests: Collection[str]) -> set[str]:
        from releases.quarantine.gate import quarantined  # late: files are replayed without a catalog

        return closed(digests) | (set() if self._editor else quarantined(digests))

    def _near(self, named: dict[str, str], moment: Moment) -> list[CaptureRow]:
        with database_errors():
            found = self._captures(**named)
            rows = list(found.filter(crawl=moment.crawl).order_by("at", "id")[:MOST_ROWS])
            others = found.exclude(crawl=moment.crawl)
            rows += others.filter(at__lte=moment.at).order_by("-at", "-id")[:MOST_ROWS]
            rows += others.filter(at__gt=moment.at).order_by("at", "id")[:MOST_ROWS]
        return [CaptureRow(**row) for row in rows]

    def _captures(self, **named: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  a query of Django's
        from archive.catalog.models import Capture

        found = Capture.objects.exclude(kind="deposit").filter(**named)
        return (found.filter(portal=self._portal) if self._portal else found).values(*_COLUMNS)


def request_of(record: WarcRecord) -> Sent:
    """Head and body of a `request` record. Raises NotAWarc."""
    if record.headers.type != "request":
        raise NotAWarc("There is no request at this place", where=record.headers.id)
    raw, body = read_head(record.block)
    pairs = [line.partition(b":") for line in raw.split(b"\r\n")[1:]]
    return Sent(tuple((name, value.strip()) for name, colon, value in pairs if colon), body + record.block.read())


def read_exactly(stream: BinaryIO, length: int) -> bytes:
    """`length` bytes of a raw stream, fewer at its end."""
    out: list[bytes] = []
    while length and (piece := stream.read(length)):
        out.append(piece)
        length -= len(piece)
    return b"".join(out)


def nearest(shelf: Shelf, url: str, most: int = 3) -> Sequence[str]:
    """Addresses of the same host that were captured, those that look most like `url` first."""
    host = surt(url).partition(")")[0]
    captured = shelf.of_host(f"{host})", MOST_ROWS)
    close = difflib.get_close_matches(url, captured, most, 0.0)
    return close or captured[:most]
