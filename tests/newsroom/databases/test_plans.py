"""No query of a page reads a whole table, in either database: an index leads to what is shown, however much there is.

PostgreSQL chooses by what it knows of its tables: so there are some thousand rows, with statistics. It rightly reads a
small table from end to end; that is forbidden it here, and what it reads so all the same has no index. SQLite has no
statistics, as in every home, and takes an index wherever there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection, models

from archive.catalog.models import Capture, Crawl, Derived
from releases.models import Event, File, FileVersion, Record, RecordVersion
from releases.search.catch_up import catch_up
from releases.search.texts import archived_texts
from tests.newsroom.databases.sides import Sides
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of
from tests.services.postgres import postgres

TIMES = 10
"""How often everything is there once more: 250 records, 5,000 captures."""
BIG = ("releases_event", "releases_record", "releases_recordversion", "releases_file", "releases_fileversion",
       "releases_filefacts", "releases_watchedpage", "releases_alias", "catalog_capture", "catalog_derived", "catalog_crawl")  # fmt: skip
_SCANNED = re.compile(r"^SCAN (\w+)(?! USING)")
_ALONG = re.compile(r"^SCAN (\w+) USING")
_SEQUENTIAL = re.compile(r"Seq Scan on (\w+)")


@pytest.fixture(scope="module")
def many(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    home = copy_of(told, tmp_path_factory.mktemp("many") / "home")
    with postgres() as url:
        with Newsroom.over(home) as newsroom:
            catch_up(newsroom.home.index, archived_texts(newsroom.holdings))
            newsroom.account("operator")
            _more()
            both = Sides(home, url)
        yield both


def _more() -> None:
    """Everything that there is, TIMES times more, of another portal, and a day older than the one before."""
    for model in (Capture, Derived, Record, File, Event, Crawl, RecordVersion, FileVersion):
        rows = list(model._default_manager.all())
        for time in range(1, TIMES + 1):
            model._default_manager.bulk_create([_copy(row, time) for row in rows])


def _copy(row: Any, time: int) -> Any:
    named = {"id", "record", "file", "capture", "crawl", "key", "identity", "warc"}
    values = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.name == "portal":
            value = f"{value}-{time}"
        elif field.name in named and value:
            value = f"{value[:32]}-{time:03}"
        elif field.name in {"url", "surt", "payload_digest", "digest"} and value:
            value = f"{value[:70]}{time}"
        elif isinstance(field, models.DateTimeField) and value is not None:
            value -= timedelta(days=time)
        values[field.attname] = value
    return type(row)(**values)


def pages() -> list[str]:
    """The pages that people and programs open, of what is in the middle."""
    record = Record.objects.filter(kind="case").order_by("-first_seen_at", "id")[2]
    file = File.objects.filter(portal="lake-harbor").exclude(digest="").order_by("-first_seen_at", "id")[2]
    capture = Capture.objects.filter(status=200, mime__startswith="text/html").order_by("-at")[5]
    crawl, there = Crawl.objects.order_by("-started_at")[3].id, f"{record.portal}/{record.key}"
    host = urlsplit(capture.url).netloc
    return [
        "/", "/releases", "/releases?portal=lake-harbor", "/releases?kind=changed&of=case&since=2020-01-01", "/releases?first=1",
        "/releases.json?portal=lake-harbor", "/releases.csv?until=2100-01-01", "/releases.atom", "/portals", "/portals/lake-harbor",
        "/portals/lake-harbor/crawls", "/portals/lake-harbor/records", "/portals/lake-harbor/records.json?state=withdrawn",
        f"/records/{there}", f"/records/{there}.json", f"/records/{there}.atom", f"/diff/{there}", f"/files/{file.id}",
        f"/files/{file.id}.json", f"/captures/{capture.id}", f"/captures/{capture.id}.json", "/deadlines.json", "/search?q=case",
        "/search.json?q=kind:report", f"/subscriptions/new?portal=lake-harbor&key={record.key}", "/desk", "/editing",
        "/editing/history", "/editing/merge", "/operate", "/operate/portals", "/operate/portals/lake-harbor", "/operate/crawls",
        f"/operate/crawls/{crawl}", "/operate/deliveries", f"/cite/record/{record.id}", f"/cite/file/{file.id}",
        f"/cite/capture/{capture.id}", "/api/v1/releases", "/api/v1/releases?portal=lake-harbor&kind=new", "/api/v1/records",
        "/api/v1/records?portal=lake-harbor", f"/api/v1/records/{there}", "/api/v1/files", f"/api/v1/files?record={record.id}",
        "/api/v1/files?portal=lake-harbor", f"/api/v1/files/{file.id}", "/api/v1/captures",
        f"/api/v1/captures?url={quote(capture.url)}", f"/api/v1/captures/{capture.id}", "/api/v1/crawls",
        "/api/v1/crawls?portal=lake-harbor", f"/cdx?url={quote(capture.url)}", f"/cdx?url={quote(capture.url)}&sort=reverse",
        f"/cdx?url={host}&matchType=host&limit=5", f"/cdx?url={host}&matchType=domain&limit=5&sort=reverse",
        f"/cdx?url={host}/cases&matchType=prefix&limit=5", f"/timemap/link/{capture.url}", f"/timegate/{capture.url}",
    ]  # fmt: skip


def test_an_index_leads_to_what_every_page_shows(many: Sides, patient: None) -> None:
    del patient

    def look(newsroom: Newsroom) -> dict[str, list[str]]:
        postgresql, wrong, known = connection.vendor == "postgresql", dict[str, list[str]](), set[str]()
        if postgresql:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        client, now = newsroom.client("operator"), ""

        def explained(execute: Any, sql: str, given: Any, many: bool, context: Any) -> Any:
            shape = re.sub(r"\(%s(?:, %s)+\)", "(%s)", sql)
            if sql.startswith("SELECT") and any(f'"{table}"' in sql for table in BIG) and shape not in known:
                known.add(shape)
                found = _plan(sql, given, postgresql=postgresql)
                if found:
                    wrong.setdefault(now, []).append(f"{found}: {sql[:1500]}")
            return execute(sql, given, many, context)

        for now in pages():
            with connection.execute_wrapper(explained):
                answer = client.get(now)
                assert answer.status_code in {200, 302}, (now, answer.status_code)
                if answer.streaming:
                    list(answer.streaming_content)
        assert len(known) > 60
        return wrong

    found = many.each(look)
    assert found["sqlite"] == {}
    assert found["postgresql"] == {}


def _plan(sql: str, given: Any, *, postgresql: bool) -> list[str]:
    """Tables that are read from end to end, or along an index without an end to it."""
    with connection.connection.cursor() if postgresql else connection.cursor() as cursor:
        if postgresql:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}", given)
            plan = [row[0] for row in cursor.fetchall()]
            cursor.execute("SET enable_seqscan = on")
            return [found[1] for step in plan if (found := _SEQUENTIAL.search(step)) and found[1] in BIG]
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", given)
        plan = [row[3] for row in cursor.fetchall()]
    wrong = [found[1] for step in plan if (found := _SCANNED.match(step)) and found[1] in BIG]
    if "LIMIT" not in sql:
        wrong += [found[1] for step in plan if (found := _ALONG.match(step)) and found[1] in BIG]
    return wrong
