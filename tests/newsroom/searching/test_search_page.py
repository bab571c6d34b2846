"""The search page and its data: what it finds and where hits lead, how it narrows, and what it says when it cannot."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.catalog.models import Restriction
from releases.models import File, Record
from tests.newsroom.inside import Newsroom
from web.searching import views
from web.searching.kept import keep


@pytest.fixture
def indexed(newsroom: Newsroom) -> Newsroom:
    """The same, with an index."""
    keep(newsroom.holdings)
    return newsroom


def text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode())


def links(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


def test_hits_stand_by_their_record_and_lead_to_the_place(indexed: Newsroom) -> None:
    page = text(indexed.get("/search?q=shots+fired"))
    assert 'value="shots fired"' in page  # the box stays filled
    assert "<mark>shots</mark>" in page
    report = File.objects.get(name="LH-2025-0103 Summary Report")
    to = next(link for link in links(page) if link.startswith(f"/files/{report.id}"))
    asked = parse_qs(urlsplit(to).query)
    assert asked["page"] == ["1"]
    assert asked["q"] == ["shots fired"]
    assert int(asked["v"][0]) <= report.version
    assert "/records/lake-harbor/lh-2025-0103" in links(page)
    assert "/search.atom?q=shots%20fired" in links(page)
    assert any(link.startswith("/subscriptions/new?q=shots%20fired") for link in links(page))

    page = text(indexed.get("/search?q=LH-2025-0103"))
    assert "Go to this record" in page
    assert len(re.findall(r'<article class="hit">', page)) < len(re.findall(r'<div class="place">', page))
    assert "Go to this portal" in text(indexed.get("/search?q=lake-harbor"))
    assert "Go to this" not in text(indexed.get("/search?q=shots"))


def test_facets_narrow_by_terms_that_stand_in_the_query(indexed: Newsroom) -> None:
    page = text(indexed.get("/search?q=report&sort=newest"))
    kinds = [link for link in links(page) if "kind%3Areport" in link]
    assert kinds
    narrower = indexed.get(kinds[0])
    rows = indexed.get(kinds[0].replace("/search?", "/search.json?")).json()
    assert rows["rows"]
    assert rows["documents"] < indexed.get("/search.json?q=report").json()["documents"]
    assert 'value="newest" selected' in text(narrower)
    back = re.search(r'<a class="chip on" href="([^"]+)"><code>kind:report', text(narrower))
    assert back
    assert parse_qs(urlsplit(html.unescape(back[1])).query) == {"q": ["report"], "sort": ["newest"]}
    assert re.search(r'aria-current="true"[^>]*><span[^>]*>☑</span> report', text(narrower))


def test_words_of_a_report_find_the_videos_of_its_case(indexed: Newsroom) -> None:
    page = text(indexed.get("/search?q=shots+fired"))
    videos = next(link for link in links(page) if "kind%3Avideo" in link)
    rows = indexed.get(videos.replace("/search?", "/search.json?")).json()["rows"]
    assert {row["kind"] for row in rows} == {"video"}
    there = {row["said_in"] for row in rows if row["said_in"]}
    assert there
    assert all(f'href="{html.escape(address)}"' in text(indexed.get(videos)) for address in there)
    assert "The words stand here:" in text(indexed.get(videos))
    alone = next(link for link in links(page) if "kind%3Arecord" in link and "anywhere" in link)
    found = indexed.get(alone.replace("/search?", "/search.json?")).json()["rows"]
    assert {row["type"] for row in found} == {"record"}
    assert {row["key"] for row in rows} <= {row["key"] for row in found}
    assert "Videos of these records" not in text(indexed.get(videos))
    found = text(indexed.get("/search?q=reprot"))
    assert "<code>report</code>" in found, found


def test_every_form_has_the_same_rows(indexed: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    data = indexed.get("/search.json?q=report").json()
    assert data["rows"][0].keys() >= {"portal", "key", "address", "snippet", "marks", "at", "file_id", "page"}
    assert data["facets"]["portal"][0]["value"] == "lake-harbor"
    rows, on = data["rows"], data["next"]
    while on:
        data = indexed.get(f"/search.json?q=report&after={quote(on)}").json()
        rows, on = rows + data["rows"], data["next"]
    told = list(csv.DictReader(io.StringIO(text(indexed.get("/search.csv?q=report")).removeprefix("\ufeff"))))
    assert [(row["key"], row["file_id"], row["capture"]) for row in told] == [
        (row["key"], row["file_id"], row["capture"]) for row in rows
    ]
    assert len(told) > 20
    monkeypatch.setattr(views, "MOST", 5)
    walked = list(csv.DictReader(io.StringIO(text(indexed.get("/search.csv?q=report")).removeprefix("\ufeff"))))
    same = ("key", "type", "file_id", "page", "url")
    assert sorted([row[name] for name in same] for row in walked) == sorted(
        [row[name] for name in same] for row in told
    )
    assert [row["at"][:19] for row in walked] == sorted((row["at"][:19] for row in walked), reverse=True)
    monkeypatch.undo()
    assert indexed.get("/search.atom?q=report&asof=2026-01-01").status_code == 400
    few = text(indexed.get("/search?q=shots+fired"))
    said = re.search(r"CSV of (?:all )?(\d+) rows?", few)
    assert said
    assert text(indexed.get("/search.csv?q=shots+fired")).count("\r\n") == int(said[1]) + 1
    atom = ET.fromstring(indexed.get("/search.atom?q=key:lh-2025-0104").content)
    found = [one.findtext("{http://www.w3.org/2005/Atom}title", "") for one in atom if one.tag.endswith("entry")]
    assert len(found) == 3
    assert all("LH-2025-0104" in title for title in found)


def test_a_wrong_query_says_where_and_keeps_the_box(indexed: Newsroom) -> None:
    answer = indexed.get("/search?q=taser+po*l+<b>")
    page = text(answer)
    assert answer.status_code == 400
    assert 'value="taser po*l &lt;b&gt;"' in page
    assert "<code>taser po<mark>*</mark>l &lt;b&gt;</code>" in page
    assert "can only end a word" in page
    for form in ("json", "csv", "atom", "rss"):
        assert indexed.get(f'/search.{form}?q="x').status_code == 400
    assert "can only end a word" in indexed.get("/search.json?q=po*l").json()["error"]
    assert indexed.get("/search?q=a+OR").status_code == 400
    assert indexed.get("/search").status_code == 200
    assert indexed.get("/search.json").status_code == 400


def test_what_finds_nothing_tells_what_would(indexed: Newsroom) -> None:
    page = text(indexed.get('/search?q="fired shots" kind:case'.replace(" ", "+")))
    assert "Nothing found" in page
    others = [parse_qs(urlsplit(link).query)["q"][0] for link in links(page.split("These would find something")[1].split("siblings")[0])
              if link.startswith("/search?q=")]  # fmt: skip
    assert others
    for query in others[:2]:
        assert indexed.get(f"/search.json?q={quote(query)}").json()["documents"] > 0
    assert "These would find something" not in text(indexed.get("/search?q=qqqqqqq"))


def test_as_of_is_what_was_held_then(indexed: Newsroom) -> None:
    assert indexed.get("/search.json?q=report&asof=2020-01-01").json()["rows"] == []
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    page = text(indexed.get(f"/search?q=report&asof={today}"))
    assert f'value="{today}"' in page
    assert "As it was held at the end of" in page
    assert indexed.get(f"/search.json?q=report&asof={today}").json()["rows"]


def test_no_address_breaks_it(indexed: Newsroom) -> None:
    client = indexed.client()
    for value in ("%00", "%ff%fe", "'", '"', "((", "A" * 3000, "*", ":", "a:", "portal:", "-x", "%F0%9F%98%80",
                  "since:9999999", "after:x", "OR", "x" + "+OR+x" * 80, "anywhere:", "kind:video+%22a+b%22*", "day:1..", "asof:9999", "a*", "(" * 40 + "x" + ")" * 40, "%E2%80%AE"):  # fmt: skip
        for path in ("/search", "/search.json", "/search.csv", "/search.atom"):
            assert client.get(f"{path}?q={value}").status_code in {200, 400}, (path, value)
    for name in ("sort", "asof", "after"):
        for value in ("%00", "x", "9" * 300, "2026-13-45", "0001-01-01", "9999-12-31", "WyJ4Il0"):
            for path in ("/search", "/search.json"):
                assert client.get(f"{path}?q=report&{name}={value}").status_code in {200, 400}, (path, name, value)


def test_what_portals_print_runs_nowhere_and_what_is_shut_is_not_found(indexed: Newsroom) -> None:
    record = Record.objects.get(key="lh-2025-0103")
    Record.objects.filter(id=record.id).update(title="<script>alert(1)</script>")
    File.objects.filter(record=record.id).update(name="<img src=x onerror=alert(1)>", url="javascript:alert(1)")
    page = text(indexed.get("/search?q=LH-2025-0103"))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page

    Restriction.objects.create(
        id="r1", portal=record.portal, kind="record", record=record.id, why="privacy", by="editor", at=datetime.now(UTC)
    )
    for address in ("/search?q=shots+fired", "/search.json?q=shots+fired", "/search.csv?q=shots+fired",
                    "/search.atom?q=shots+fired", "/search?q=key:LH-2025-0103"):  # fmt: skip
        page = text(indexed.get(address))
        assert record.id not in page
        assert "/lh-2025-0103" not in page, address
        assert "were fired" not in page


def test_queries_are_as_many_for_many_hits_as_for_few(indexed: Newsroom) -> None:
    client = indexed.client()

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found.captured_queries)

    asked("/search?q=shots+fired")
    assert asked("/search?q=report") <= asked("/search?q=shots+fired") + 1
