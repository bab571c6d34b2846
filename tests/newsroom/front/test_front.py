"""The first screen and the list of releases: what they tell, in every form, to whom, and how they stand up to visitors."""

from __future__ import annotations

import csv
import io
import json
import re
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from archive.catalog.models import ChangeLog, Crawl, Restriction
from config.paused import pause
from releases.models import Event, File, Record
from tests.newsroom.inside import Newsroom
from web.front import grouped
from web.front.filters import Filters
from web.front.walk import Walk, beginning

BIG = ("releases_event", "releases_record", "releases_recordversion", "releases_file", "releases_fileversion",
       "catalog_capture", "catalog_crawl", "catalog_derived")  # fmt: skip
PAGES = ("/", "/releases", "/releases?portal=lake-harbor", "/releases?kind=changed&of=case&since=2020-01-01",
         "/releases.json", "/releases.csv?until=2100-01-01", "/releases.atom?portal=lake-harbor", "/releases?first=1",
         "/releases?portal=lake-harbor&portal=elsewhere")  # fmt: skip


def text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode())


def committed() -> None:
    """As if something had been committed: lists are made anew."""
    ChangeLog.objects.create(commit="test", table="releases.Event", row="test")


def said(page: str) -> str:
    """Its words alone."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_first_screen_tells_what_was_released_and_whether_everything_is_seen(newsroom: Newsroom) -> None:
    page = text(newsroom.get("/"))
    words = said(page)
    assert re.search(r"overdue \+ new [\d,]+ days late Case LH-2026-0004", words)
    assert "20 records were there already" in words
    assert "LH-2025-0101" not in words  # told by that line alone
    assert "quarantined" not in words
    together = page.split("LH-2025-0104 Body-Worn Camera")[0].rpartition("<li")[2]
    assert "restored" in together  # one crawl's news of one record is one line
    assert "file added" in together
    camera = File.objects.get(identity__contains="0104-body-worn-camera")
    assert f'src="/files/{camera.id}/poster" alt="" loading="lazy"' in page
    assert '<del lang="en">2025-03-03 06:30</del>' in page
    assert '<ins lang="en">2025-03-01 06:30</ins>' in page
    assert "Every watched portal was seen" in words
    assert "needs a look" not in words

    last = Crawl.objects.order_by("-started_at").first()
    assert last
    Crawl.objects.create(
        id="blind", portal=last.portal, started_at=last.started_at + timedelta(hours=1), verdict="blocked",
        reason="The portal refused us: <b>403</b>.",
    )  # fmt: skip
    words = said(text(newsroom.get("/")))
    assert "1 portal needs a look" in words
    assert "silence since then means nothing" in words
    assert "The portal refused us: &lt;b&gt;403&lt;/b&gt;." in words
    assert "Every watched portal was seen" not in words

    Crawl.objects.filter(id="blind").update(verdict="healthy", started_at=datetime.now(UTC) - timedelta(days=40))
    Crawl.objects.exclude(id="blind").delete()
    (newsroom.home.portals / "lake-harbor.toml").rename(newsroom.home.portals / "another.toml")
    words = said(text(newsroom.get("/")))
    assert "never looked at yet: what they released is not listed" in words
    assert "cannot be seen" not in words
    (newsroom.home.portals / "another.toml").rename(newsroom.home.portals / "lake-harbor.toml")
    assert "did not begin: is anything running?" in said(text(newsroom.get("/")))
    pause(newsroom.home.path, last.portal, by="somebody", why="The agency asked for a quiet week.")
    words = said(text(newsroom.get("/")))
    assert "Nobody looks at it for now. The agency asked for a quiet week." in words
    assert "is anything running?" not in words


def test_every_form_has_the_same_rows_and_what_editors_alone_are_told_is_in_none(newsroom: Newsroom) -> None:
    told = Event.objects.filter(backfill=False).exclude(kind="quarantined")
    ids = [event.id for event in told.order_by("-at", "-id")]
    data = newsroom.get("/releases.json").json()
    assert [row["id"] for row in data["rows"]] == ids
    assert data["next"] is None
    assert data["rows"][0].keys() >= {"id", "at", "portal", "key", "kind", "old", "new", "captures", "title", "url"}
    rows = list(csv.DictReader(io.StringIO(text(newsroom.get("/releases.csv")).removeprefix("\ufeff"))))
    assert [row["id"] for row in rows] == ids
    atom = ET.fromstring(newsroom.get("/releases.atom").content)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert [one.text for one in atom.findall("a:entry/a:id", names)] == [f"urn:uuid:{ident}" for ident in ids]
    links = [one.get("href", "") for one in atom.findall("a:entry/a:link[@rel='alternate']", names)]
    assert "http://127.0.0.1/records/lake-harbor/lh-2026-0004" in links
    assert all(link.startswith("http://127.0.0.1/") for link in links)
    assert len(ET.fromstring(newsroom.get("/releases.rss").content).findall("channel/item")) == len(ids)
    assert len(json.loads(newsroom.get("/releases.feed.json").content)["items"]) == len(ids)

    hidden = Event.objects.get(kind="quarantined").id
    assert newsroom.get("/releases.json?kind=quarantined").json()["rows"] == []
    assert [row["id"] for row in newsroom.get("/releases.json?kind=quarantined", "editor").json()["rows"]] == [hidden]
    assert hidden not in text(newsroom.get("/releases.atom?kind=quarantined", "editor"))


def test_filters_narrow_the_list_and_stand_in_the_address(newsroom: Newsroom) -> None:
    def keys(query: str) -> set[tuple[str, str]]:
        return {(row["key"], row["kind"]) for row in newsroom.get(f"/releases.json?{query}").json()["rows"]}

    assert keys("kind=withdrawn&kind=restored") == {("lh-2025-0104", "withdrawn"), ("lh-2025-0104", "restored")}
    assert keys("of=policy") == set()
    assert keys("of=case&kind=overdue") == {("lh-2026-0004", "overdue")}
    assert keys("portal=no-such-portal") == set()
    Event.objects.filter(kind="overdue").update(portal="elsewhere")
    assert keys("portal=elsewhere") == {("lh-2026-0004", "overdue")}
    assert keys("portal=lake-harbor") == keys("") - keys("portal=elsewhere")
    assert keys("portal=lake-harbor&portal=elsewhere") == keys("")
    assert keys("since=2100-01-01") == set()
    assert keys("until=2020-01-01") == set()
    today = f"{Event.objects.order_by('-at')[0].at:%Y-%m-%d}"
    assert keys(f"since={today}&until={today}") == keys("")
    assert len(keys("first=1")) == 20
    moment = Event.objects.get(kind="overdue").at
    assert ("lh-2026-0004", "overdue") in keys(f"since={moment.isoformat()}")  # a plus that became a space
    page = text(newsroom.get("/releases?kind=withdrawn"))
    assert 'value="withdrawn" checked' in page
    assert 'href="/releases.csv?kind=withdrawn"' in page
    assert "No release passes these filters" in text(newsroom.get("/releases?of=policy"))
    for address in ("/releases?q=pursuit", "/search?q=pursuit", "/search.csv?q=pursuit"):  # nothing is indexed yet
        answer = newsroom.get(address)
        assert answer.status_code == 503
        assert "The search is being made ready." in text(answer)
        assert str(newsroom.home.path) not in text(answer)


def test_pages_go_on_where_they_ended_and_a_release_is_on_one_of_them(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped, "SIZE", 3)
    client, seen, address = newsroom.client(), [], "/"
    while address:
        page = text(client.get(address))
        seen += re.findall(r'<details>.*?id="event-([0-9a-f-]+)"', page, re.DOTALL)
        on = re.search(r'rel="next" href="(\?after=[^"]+)"', page)
        address = f"/releases{on[1]}" if on else ""
    told = Event.objects.filter(backfill=False).exclude(kind="quarantined").order_by("-at", "-id")
    first_of = {(event.record and (event.record, event.crawl)) or event.id: event.id for event in reversed(told)}
    assert sorted(seen) == sorted(first_of.values())
    assert len(seen) > 9


def test_what_portals_print_runs_nowhere(newsroom: Newsroom) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    event = Event.objects.get(kind="file_replaced", key="lh-2025-0103")
    files = [{**event.files[0], "name": evil, "url": "javascript:alert(1)", "kind": evil}]
    Event.objects.filter(id=event.id).update(
        title=evil, url="javascript:alert(1)", tags=[evil], files=files, old={"size": evil}, new={"size": evil[::-1]}
    )
    Record.objects.filter(id=event.record).update(kind=evil[:60], printed_key=evil)
    for address in ("/", "/releases", "/releases?q=&since=2020-01-01"):
        page = text(newsroom.get(address))
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
    for form in ("atom", "rss"):
        page = text(newsroom.get(f"/releases.{form}"))
        assert "<script>alert" not in page
        assert "javascript:" not in page


def test_no_address_breaks_it(newsroom: Newsroom) -> None:
    client = newsroom.client()
    wrong = ("%00", "%ff%fe", "'", "%F0%9F%98%80", "A" * 3000, "9" * 400, "-1", "../../etc/passwd", "<script>")
    for name in ("portal", "kind", "of", "since", "until", "q", "first", "after"):
        for value in wrong:
            for path in ("/releases", "/releases.json"):
                status = client.get(f"{path}?{name}={value}").status_code
                assert status in {200, 400, 503}, (path, name, value)
                assert status != 503 or name == "q"
    for after in ("WyJub3doZXJlIiwieCJd", "WzEsMl0", "WyI5OTk5LTEyLTMxVDAwOjAwOjAwKzAwOjAwIiwieiJd", "W10"):
        assert client.get(f"/?after={after}").status_code in {200, 400}
    many = "&".join(f"portal=p{n}" for n in range(500))
    assert client.get(f"/releases?{many}").status_code == 200
    assert client.get("/releases?since=0001-01-01T00:00:00%2B14:00").status_code in {200, 400}
    answer = client.get("/releases.csv?since=tomorrow")
    assert answer.status_code == 400
    assert "tomorrow" in answer.json()["error"]
    client.cookies["recordwatch_visit"] = "99999999999.x.y"
    assert client.get("/").status_code == 200


def test_a_shut_record_is_on_no_list(newsroom: Newsroom) -> None:
    record = Record.objects.get(key="lh-2025-0105")
    assert "LH-2025-0105" in text(newsroom.get("/"))
    Restriction.objects.create(
        id="r1", portal=record.portal, kind="record", record=record.id, why="privacy", by="editor", at=datetime.now(UTC)
    )
    committed()
    for client in (newsroom.client(), newsroom.client("editor")):
        for address in (
            "/",
            "/releases",
            "/releases.json",
            "/releases.csv",
            "/releases.atom",
            "/releases.json?first=1",
        ):
            assert "2025-0105" not in text(client.get(address)), address


def test_queries_are_as_many_for_many_rows_and_none_reads_a_whole_table(newsroom: Newsroom) -> None:
    client = newsroom.client()

    def asked(address: str) -> list[str]:
        committed()
        with CaptureQueriesContext(connection) as found:
            text(client.get(address))
        return [query["sql"] for query in found.captured_queries]

    few = {address: len(asked(address)) for address in PAGES}
    _many_more(8)
    for address in PAGES:
        queries = asked(address)
        assert len(queries) <= few[address], address
        for query in filter(_of_big_tables, queries):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query}")
                plan = [row[3] for row in cursor.fetchall()]
            for step in plan:
                along = (
                    any(index in step for index in ("event_by_time", "news_by_time", "first_looks_by_time"))
                ) and "LIMIT" in query
                assert not step.startswith("SCAN ") or along or "SUBQUERY" in step, (address, step, query)


def test_a_visit_is_remembered_by_the_browser_alone(newsroom: Newsroom) -> None:
    client = newsroom.client()
    assert "Since my last visit" not in text(client.get("/"))
    an_hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp())
    client.cookies["recordwatch_visit"] = f"0.{an_hour_ago}"
    page = text(client.get("/"))
    since = re.search(r'/releases\?since=([0-9TZ:-]+)">\s*Since my last visit', page)
    assert since
    assert datetime.fromisoformat(since[1]).timestamp() == an_hour_ago
    assert client.cookies["recordwatch_visit"]["httponly"]
    assert "Since my last visit" in text(client.get("/"))  # still the same visit
    assert client.get(f"/releases?since={since[1]}").status_code == 200


def _of_big_tables(query: str) -> bool:
    return query.startswith("SELECT") and any(f'"{table}"' in query for table in BIG)


def _many_more(times: int) -> None:
    """Each release again, of as many other records."""
    events = list(Event.objects.filter(backfill=False))
    records = list(Record.objects.filter(id__in={event.record for event in events} - {""}))
    for n in range(times):
        Record.objects.bulk_create(
            _copy(record, id=f"{record.id[:33]}-{n:02}", key=f"{record.key}-{n}") for record in records
        )
        Event.objects.bulk_create(
            _copy(event, id=f"{event.id[:33]}-{n:02}", record=f"{event.record[:33]}-{n:02}" if event.record else "")
            for event in events
        )


def _copy(row: Any, **changes: str) -> Any:
    made = copy(row)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def _at(client: Client, cursor: str) -> Any:
    request = client.get(f"/releases?after={cursor}").wsgi_request
    return beginning(request)


def test_a_list_looks_back_only_so_far_at_once(newsroom: Newsroom) -> None:
    walk = Walk(Filters(kinds=("restored",)), most=3)
    page = grouped.shown(walk)
    assert page.rows == []
    assert page.looked_to is not None
    assert _at(newsroom.client(), page.next) == walk.at
    walk.most = None
    assert len(grouped.shown(walk).rows) == 1
