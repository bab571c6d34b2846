"""CDX and Memento: which captures of an address there are."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from archive.catalog.models import Capture, Restriction
from tests.newsroom.inside import Newsroom


def _lines(newsroom: Newsroom, **asked: str) -> list[dict[str, Any]]:
    answer = newsroom.get("/cdx", data={"output": "json", **asked})
    body = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    return [json.loads(line) for line in body.splitlines()]


def _page() -> tuple[str, list[Capture]]:
    """An address that was answered in several ways, and its captures, oldest first."""
    row = Capture.objects.filter(url__endswith="/cases/", status=200).first()
    assert row
    return row.url, list(Capture.objects.filter(url=row.url).order_by("at", "id"))


def test_cdx_finds_captures_by_address_prefix_host_and_time(newsroom: Newsroom) -> None:
    url, rows = _page()
    host = urlsplit(url).netloc
    exact = _lines(newsroom, url=url)
    assert [one["capture"] for one in exact] == [row.id for row in rows]
    assert exact[0]["timestamp"] == f"{rows[0].at:%Y%m%d%H%M%S}"
    assert (exact[0]["url"], exact[0]["filename"], exact[0]["offset"]) == (url, rows[0].warc, str(rows[0].offset))
    of_host = _lines(newsroom, url=host, matchType="host")
    below = _lines(newsroom, url=url, matchType="prefix")
    assert len(exact) < len(below) < len(of_host)
    assert _lines(newsroom, url=f"{host}/*") == of_host
    assert _lines(newsroom, url=host, matchType="domain") == of_host
    assert [one["urlkey"] for one in of_host] == sorted(one["urlkey"] for one in of_host)
    assert _lines(newsroom, url=url, limit="2") == exact[:2]
    assert _lines(newsroom, url=url, limit="-2") == exact[:-3:-1]
    until = f"{rows[1].at:%Y%m%d%H%M%S}"
    assert {one["timestamp"] <= until for one in _lines(newsroom, url=url, to=until)} == {True}
    assert _lines(newsroom, url=url, **{"from": "2099"}) == []
    good = _lines(newsroom, url=host, matchType="host", filter="=status:200")
    assert {one["status"] for one in good} == {"200"}
    rest = _lines(newsroom, url=host, matchType="host", filter="!=status:200")
    assert len(good) + len(rest) == len(of_host)
    nearest = _lines(newsroom, url=url, sort="closest", closest=f"{rows[-1].at:%Y%m%d%H%M%S}")
    assert {one["capture"] for one in nearest} == {row.id for row in rows}
    assert nearest[-1]["capture"] == rows[0].id
    text = b"".join(
        newsroom.get("/cdx", data={"url": url, "output": "text", "fl": "timestamp,original"}).streaming_content
    )
    assert text.decode().splitlines()[0] == f"{exact[0]['timestamp']} {url}"
    line = b"".join(newsroom.get("/cdx", data={"url": url, "limit": "1"}).streaming_content).decode()
    key, stamp, body = line.split(" ", 2)
    assert (key, stamp, json.loads(body)["url"]) == (exact[0]["urlkey"], exact[0]["timestamp"], url)


def test_memento_leads_to_the_capture_of_a_moment(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    url, rows = _page()
    timemap = newsroom.get(f"/timemap/link/{url}")
    assert timemap.headers["Content-Type"] == "application/link-format"
    said = timemap.content.decode()
    assert all(f"/captures/{row.id}>" in said for row in rows)
    for rel in ("original", "timegate", "self", "first memento", "last memento"):
        assert f'rel="{rel}"' in said
    assert "timemap" not in re.findall(r'rel="([^"]*)"', said)
    # More than one answer holds: each leads to the one before it, until there is none.
    for most in (1, 4, len(rows) - 1):
        monkeypatch.setattr("web.outside.memento.MOST", most)
        address, seen = f"/timemap/link/{url}", []
        while address:
            page = newsroom.get(address).content.decode()
            seen = [*re.findall(r"/captures/([\w-]+)>", page), *seen]
            older = re.search(r'<http://[^/]+(/timemap/link/\d{14}/[^>]+)>; rel="timemap"[^,]*; until="', page)
            assert ('"first memento"' in page or '"first last memento"' in page) == (older is None)
            address = older[1] if older else ""
        assert seen == [row.id for row in rows]
        index = newsroom.get(f"/timemap/json/{url}").json()["timemap_index"]
        assert newsroom.get(index[0]["uri"].partition("127.0.0.1")[2]).status_code == 200
    monkeypatch.undo()
    told = newsroom.get(f"/timemap/json/{url}").json()
    assert [one["uri"].rpartition("/")[2] for one in told["mementos"]["list"]] == [row.id for row in rows]
    newest = newsroom.get(f"/timegate/{url}")
    assert newest.status_code == 302
    assert newest.headers["Location"].endswith(f"/captures/{rows[-1].id}")
    assert "accept-datetime" in newest.headers["Vary"].lower()
    assert f'<{url}>; rel="original"' in newest.headers["Link"]
    page = newsroom.get(f"/captures/{rows[-1].id}")
    assert page.headers["Memento-Datetime"] in newest.headers["Link"]
    assert f'/timegate/{url}>; rel="timegate"' in page.headers["Link"]
    oldest = newsroom.get(f"/timegate/{url}", HTTP_ACCEPT_DATETIME="Thu, 01 Jan 1998 00:00:00 GMT")
    assert oldest.headers["Location"].endswith(f"/captures/{rows[0].id}")
    assert newsroom.get(f"/timegate/{url}", HTTP_ACCEPT_DATETIME="yesterday").status_code == 400
    for path in ("/timegate/https://nowhere.example/", "/timemap/link/x", "/timemap/json/http://[::", "/timegate/%00"):
        assert newsroom.get(path).status_code in {400, 404}, path


def test_what_is_restricted_is_not_in_the_index(newsroom: Newsroom) -> None:
    url, rows = _page()
    digest = rows[0].payload_digest
    same = {row.id for row in rows if row.payload_digest == digest}
    Restriction.objects.create(
        id="r1", portal=rows[0].portal, kind="bytes", digest=digest, why="order", by="editor", at=datetime.now(UTC)
    )
    for role in ("", "editor"):
        body = b"".join(newsroom.get("/cdx", role, data={"url": url}).streaming_content).decode()
        body += newsroom.get(f"/timemap/link/{url}", role).content.decode()
        assert not any(ident in body for ident in same)
        oldest = newsroom.get(f"/timegate/{url}", role, HTTP_ACCEPT_DATETIME="Thu, 01 Jan 1998 00:00:00 GMT")
        assert not any(ident in oldest.headers.get("Location", "") for ident in same)


def test_nonsense_is_refused_in_words(newsroom: Newsroom) -> None:
    client = newsroom.client()
    for query in (
        "", "url=", "url=%00", f"url={'x' * 5000}", "url=x&matchType=all", "url=x&limit=x", "url=x&limit=" + "9" * 40,
        "url=x&from=20269999", "url=x&from=x", "url=x&sort=up", "url=x&sort=closest", "url=x&filter=~status:(a+)%2B$",
        "url=x&filter=nothing:1", "url=x&filter==", "url=x&fl=secret", "url=x&output=html",
        "url=x*&sort=closest&closest=2026",
    ):  # fmt: skip
        answer = client.get(f"/cdx?{query}")
        assert answer.status_code == 400, query
        assert answer.json()["error"], query
    for url in ("http://[::1", "*", "*.", "%", "urn:x", quote("http://ä.example/ö"), "http:", "a b"):
        assert client.get(f"/cdx?url={url}&matchType=domain").status_code in {200, 400}, url
