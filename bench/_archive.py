"""A large home that was never crawled: rows as crawls leave them, straight into the tables, and the search index over them.

100,000 records of 40 portals, ten documents each, with versions, files, events and crawls. There are no WARCs: pages
that read bytes cannot be measured on it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.search import Corpus

PORTALS = 40
PAGES = 10
"""Documents (pages of text) of each record."""
_PAGE = {"width": 612.0, "height": 792.0, "characters": 1800, "boxes": [], "images": 0, "picture": ""}
CRAWLS = 400
"""Of each portal."""
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=1000)
CHUNK = 1000

PORTAL = """\
slug = "p{number}"
name = "Portal {number} (FICTIONAL)"
agency = "Agency {number}"
place = "Town {number}"
url = "http://portal-{number}.example.org/"
spider = "listing"
schedule = "daily"

[[deadlines]]
name = "Release rule (FICTIONAL)"
from_field = "incident_date"
days = 60
to_event = "file_added"
basis = "an invented ordinance"
[deadlines.covered]
type = ["Firearm Discharge"]
"""


def make(home: Path, records: int) -> None:
    """Write the home's files and fill its tables."""
    for folder in ("portals", "spool", "locks", "archive"):
        (home / folder).mkdir(parents=True)
    (home / "recordwatch.toml").write_text('[operator]\nname = "bench"\ncontact = "bench@example.org"\n', "utf-8")
    for number in range(PORTALS):
        (home / "portals" / f"p{number}.toml").write_text(PORTAL.format(number=number), "utf-8")
    from django.db import connection

    _crawls()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
    for first in range(0, records, CHUNK):
        _fill(range(first, min(first + CHUNK, records)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def index(home: Path) -> None:
    """Make the index, as the newsroom's keeper does."""
    from releases.search.catch_up import catch_up
    from releases.search.texts import Text

    corpus = Corpus()

    def texts(wanted: Sequence[Text]) -> Iterator[tuple[str, str]]:
        for row in wanted:
            yield row.id, corpus.text(int(row.id[1:]))

    catch_up(home / "index", texts)


def _crawls() -> None:
    from archive.catalog.models import Crawl, Portal

    Portal.objects.bulk_create(
        Portal(slug=f"p{n}", name=f"Portal {n}", url=f"http://portal-{n}.example.org/", first_crawl_at=BEGAN)
        for n in range(PORTALS)
    )
    every = SPAN / CRAWLS
    Crawl.objects.bulk_create(
        (
            Crawl(
                id=f"c{portal}-{number}", portal=f"p{portal}", started_at=BEGAN + every * number,
                ended_at=BEGAN + every * number + timedelta(minutes=3), listed_at=BEGAN + every * number,
                verdict="healthy" if (portal + number) % 29 else "blocked", backfill=number == 0,
                reason="the list ends where the portal says", counts={"records": 2500, "events": 7},
            )
            for portal in range(PORTALS)
            for number in range(CRAWLS)
        ),
        batch_size=500,
    )  # fmt: skip


def _fill(numbers: range) -> None:
    from archive.catalog.models import Capture, ChangeLog, Derived
    from releases.models import Event, File, FileFacts, FileVersion, Record, RecordVersion

    rows: dict[Any, list[Any]] = {
        model: [] for model in (Record, RecordVersion, File, FileVersion, Capture, Derived, Event, FileFacts)
    }
    log: list[tuple[str, str]] = []
    for number in numbers:
        for one in _record(number, random.Random(number)):
            rows[type(one)].append(one)
            log.append((one._meta.label, one.id))  # noqa: SLF001  Django documents it as public
    for model, made in rows.items():
        model.objects.bulk_create(made, batch_size=500)
    wanted = {
        "releases.Record",
        "releases.RecordVersion",
        "releases.File",
        "releases.FileVersion",
        "catalog.Derived",
        "releases.FileFacts",
    }
    ChangeLog.objects.bulk_create(
        [ChangeLog(commit="c", table=table, row=row) for table, row in log if table in wanted], batch_size=500
    )


def _record(number: int, dice: random.Random) -> Iterator[Any]:
    from archive.catalog.models import Capture, Derived
    from releases.models import Event, File, FileFacts, FileVersion, Record, RecordVersion

    portal, crawl = number % PORTALS, dice.randrange(CRAWLS - 1)
    at = BEGAN + SPAN / CRAWLS * crawl
    ident, key, slug = f"r{number}", f"case-{number}", f"p{portal}"
    title = f"Case {number}: {dice.choice(('Firearm Discharge', 'Taser', 'Use of Force', 'Pursuit'))}"
    fields = {
        "type": dice.choice(("Firearm Discharge", "Other Use of Force", "Incident in Custody")),
        "district": f"{dice.randrange(1, 26):02}", "status": dice.choice(("Open", "Closed")),
        "incident_date": f"{at - timedelta(days=dice.randrange(400)):%Y-%m-%d}",
        "officers": [f"Officer {dice.randrange(5000)}" for _ in range(2)],
    }  # fmt: skip
    hashes = {"fields_hash": "h", "text_hash": "h", "raw_hash": "h"}
    common: dict[str, Any] = {"first_seen_at": at, "first_crawl": f"c{portal}-{crawl}",
                              "last_seen_at": BEGAN + SPAN, "last_crawl": f"c{portal}-{CRAWLS - 1}"}  # fmt: skip
    url = f"http://portal-{portal}.example.org/{key}"
    yield Record(
        id=ident, portal=slug, key=key, kind="case", url=url, title=title, printed_key=key.upper(),
        state="withdrawn" if number % 97 == 0 else "present", version=2, **common, **hashes,
    )  # fmt: skip
    changed = BEGAN + SPAN / CRAWLS * (crawl + 1)
    for version, moment in ((1, at), (2, changed)):
        yield RecordVersion(
            id=f"{ident}v{version}", record=ident, number=version, at=moment, crawl=f"c{portal}-{crawl + version - 1}",
            url=url, title=title, printed_key=key.upper(), fields=fields | ({"status": "Open"} if version == 1 else {}),
            files=[f"/{key}.pdf"], captures=[f"k{number}p"], extractor="bench 1", **hashes,
        )  # fmt: skip
    digest = f"sha256:{number:064x}"
    file = {
        "id": f"f{number}",
        "identity": f"/{key}.pdf",
        "url": f"{url}.pdf",
        "name": "Summary report",
        "kind": "report",
    }
    yield File(portal=slug, record=ident, host="direct", state="present", version=1, digest=digest, **file, **common)
    yield FileVersion(
        id=f"f{number}v", file=f"f{number}", number=1, at=at, crawl=f"c{portal}-{crawl}", url=f"{url}.pdf",
        digest=digest, size=70_000 + number, mime="application/pdf", capture=f"k{number}",
    )  # fmt: skip
    yield FileFacts(
        id=f"a{number}", portal=slug, digest=digest, capture=f"k{number}", kind="pdf", engine="pypdfium2 5", at=at,
        crawl=f"c{portal}-{crawl}", facts={"kind": "pdf", "count": PAGES, "pages": [_PAGE] * PAGES, "metadata": {}},
    )  # fmt: skip
    for capture, address, mime, sha in ((f"k{number}p", url, "text/html", f"sha256:{number:063x}p"),
                                        (f"k{number}", f"{url}.pdf", "application/pdf", digest)):  # fmt: skip
        yield Capture(
            id=capture, portal=slug, crawl=f"c{portal}-{crawl}", kind="response", method="GET", url=address,
            surt=f"org,example,portal-{portal})/{key}", at=at, status=200, mime=mime, payload_digest=sha,
            payload_length=70_000, etag="", last_modified="", truncated="", refers_to="", request="", address="",
            warc="w", offset=number, length=1, location="", error="",
        )  # fmt: skip
    for page in range(PAGES):
        yield Derived(
            id=f"d{number * PAGES + page}", portal=slug, crawl=f"c{portal}-{crawl}", capture=f"k{number}",
            kind="conversion", mime="text/plain", engine="pypdfium2 5", at=at, warc="w", offset=number * PAGES + page,
            length=1, page=page + 1,
        )  # fmt: skip
    told = {
        "portal": slug,
        "record": ident,
        "key": key,
        "title": title,
        "url": url,
        "captures": [f"k{number}"],
        "tags": [],
    }
    yield Event(id=f"e{number}n", at=at, kind="new", backfill=crawl == 0, old=None, new=fields, files=[],
                crawl=f"c{portal}-{crawl}", **told)  # fmt: skip
    yield Event(id=f"e{number}c", at=changed, kind="changed", backfill=False, old={"status": "Open"},
                new={"status": fields["status"]}, files=[], crawl=f"c{portal}-{crawl + 1}", **told)  # fmt: skip
    if number % 3 == 0:
        yield Event(id=f"e{number}f", at=changed, kind="file_added", backfill=False, old=None, new={"size": 70_000},
                    files=[file], crawl=f"c{portal}-{crawl + 1}", **told)  # fmt: skip
