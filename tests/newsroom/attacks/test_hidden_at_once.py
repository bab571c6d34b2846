"""Restricted a moment ago: the search index, the caches and the packages that were there before do not tell of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.signals import request_finished, request_started

from releases.models import Event, File, Record
from releases.restricting import commit
from releases.restricting.shown import open_records
from releases.search.catch_up import catch_up
from releases.search.texts import archived_texts
from releases.tables.model import Wanted
from releases.tables.rows import TABLES
from tests.newsroom.editing.restricted import ORDER, PORTAL, Restricted, restrict
from tests.newsroom.inside import Newsroom
from web.figures.counts import KINDS, counts

LISTS = ("/releases.json", "/releases.csv", "/search.csv", "/search.atom", "/api/v1/releases")


def _said(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return str(body.decode())


def _told(newsroom: Newsroom, query: str) -> list[Any]:
    """All that a search for `query` says: rows, how many, facets, what other lists say."""
    client, told = newsroom.client(), []
    for address in ("/search.json", "/api/v1/search"):
        found = client.get(address, {"q": query}).json()
        told += [len(found["rows"]), found["documents"], sum(map(len, found["facets"].values()))]
    told += [_said(client.get(address, {"q": query})).count(PORTAL) for address in LISTS]
    page = _said(newsroom.get(f"/subscriptions/new?q={query}", "reporter"))
    return [*told, page.count(f'href="/records/{PORTAL}')]


def test_a_search_for_what_is_hidden_finds_nothing_before_the_index_is_made_anew(shared: Newsroom) -> None:
    texts = archived_texts(shared.holdings)
    catch_up(shared.home.index, texts)
    before: dict[str, list[Any]] = {}
    tags: dict[str, str] = {}

    def look(chosen: Restricted) -> None:
        for query in _hidden(chosen):
            before[query] = _told(shared, query)
        answer = shared.get(f"/api/v1/records/{PORTAL}/{chosen.record}")
        tags[chosen.record] = answer.headers["ETag"]

    shut = restrict(shared.home.path, shared.holdings, look)
    assert all(min(said[:3]) > 0 for said in before.values()), before
    for query in _hidden(shut):
        nothing = [0] * len(before[query])
        assert _told(shared, query) == nothing, (query, "at once")
    # Which records say some words anywhere is read off the index: it is not asked for that just now.
    for address in ("/search.json", "/releases.json", "/search.atom"):
        assert shared.client().get(address, {"q": f'kind:video "{shut.name}"'}).status_code == 503, address
    tag = tags[shut.record]
    assert shared.get(f"/api/v1/records/{PORTAL}/{shut.record}", headers={"If-None-Match": tag}).status_code == 404
    others = shared.client().get("/search.json", {"q": "case"}).json()
    assert others["documents"] >= len(others["rows"]) > 0, "what is shown is counted, meanwhile"
    catch_up(shared.home.index, texts)
    for query in _hidden(shut):
        assert _told(shared, query) == [0] * len(before[query]), (query, "later")


def test_what_is_hidden_while_a_table_is_sent_is_in_no_later_part_of_it_and_in_no_count(
    shared: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("releases.tables.rows.BATCH", 2)
    filed = File.objects.filter(portal=PORTAL).values("record")
    last = open_records(Record.objects.filter(id__in=filed, state="present")).order_by("-id")[0]
    counted, files = _counted(), File.objects.filter(record=last.id).count()
    events = Event.objects.filter(record=last.id, kind__in=KINDS).count()
    assert min(*counted, files, events) > 0
    request_started.send(None)
    try:
        rows = TABLES["records"].rows(Wanted())
        assert next(rows)["id"] != last.id
        commit.shut_record(shared.holdings, last, ORDER)
        assert last.id not in [row["id"] for row in rows]
    finally:
        request_finished.send(None)
    assert [before - now for before, now in zip(counted, _counted(), strict=True)] == [1, 1, files, events]


def _counted() -> list[int]:
    """Records by state, by kind, files and releases in the figures of the portal."""
    body = [one for one in counts(PORTAL, datetime.now(UTC)) if one is not None][-1].body
    weeks = sum(sum(week.values()) for week in body["weeks"].values())
    files = sum(one["named"] for one in body["files"].values())
    return [sum(body["states"].values()), sum(body["kinds"].values()), files, weeks + body["backfill"]]


def _hidden(chosen: Restricted) -> list[str]:
    return [f'"{chosen.passage}"', f'"{chosen.name}"', f"key:{chosen.record}"]
