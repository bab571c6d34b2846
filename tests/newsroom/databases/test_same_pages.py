"""Every address of the newsroom gives the same in either database: to everybody, in every form, on every page of a list.

The database is made as most are, sorting by English where this machine can: then commas and brackets count for nothing.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.urls import get_resolver

from archive.catalog.models import Capture
from releases.search.catch_up import catch_up
from releases.search.texts import archived_texts
from tests.newsroom.databases.sides import Sides
from tests.newsroom.editing.addresses import Samples, addresses
from tests.newsroom.editing.kept import keep
from tests.newsroom.editing.restricted import Restricted, restrict
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of
from tests.services.postgres import postgres

OTHERS = ("", "reader", "reporter", "editor")
OF_ONE_SIDE = re.compile(r"^/operate/(store|audit)|^/accounts/me/tokens$")
"""Say how large the database is and what this test itself has asked for: only their states are compared."""
_TIME = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00| UTC)?")
_LATELY = re.compile(r"just now|\d+ (?:s|min|seconds|minutes?) ago")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
_OWN_HEADS = ("Set-Cookie", "ETag", "Content-Length", "RateLimit-Reset", "RateLimit-Remaining")
QUERIES = (
    "case", "shots fired", '"shots fired"', "portal:lake-harbor", "kind:report", "district:04 OR district:01", "-officer review",
    "title:case", "after:2026-01-01", "LH-2025-0103", "offic*", "key:lh-2025-0103", "café", "%", "'", '"open', "AND", "(", "\\",
)  # fmt: skip


class Few(Samples):
    """One sample of each argument, of what is restricted in part: `test_paths` asks with all of them."""

    def __init__(self, shut: Restricted) -> None:
        super().__init__(shut)
        self.idents = {name: found[2:3] or found[:1] for name, found in self.idents.items()}
        self.by_name = {name: found[2:3] or found[:1] for name, found in self.by_name.items()}


@pytest.fixture(scope="module")
def sides(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sides, Restricted, list[str]]]:
    """A home with restrictions and all that people keep, in both."""
    home, made = copy_of(told, tmp_path_factory.mktemp("sides") / "home"), list[str]()
    with postgres(language="en_US") as url:
        with Newsroom.over(home) as newsroom:
            shut = restrict(home, newsroom.holdings, lambda chosen: made.extend(keep(newsroom, chosen)))
            catch_up(newsroom.home.index, archived_texts(newsroom.holdings))
            for role in OTHERS[1:]:
                newsroom.account(role)
            newsroom.account("operator")
            found = Sides(home, url)
        yield found, shut, made


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch, patient: None) -> None:
    for whose in ("ANONYMOUS", "KNOWN"):
        monkeypatch.setattr(f"web.api.guard.{whose}", 10**6)


def said(answer: Any, since: datetime) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without what no two answers have in common."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            body = b"\n".join(parts.read(name) for name in sorted(parts.namelist()) if not name.startswith("docProps/"))

    def then(found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[0].removesuffix(" UTC"))
        return "now" if at.replace(tzinfo=UTC) >= since.replace(second=0, microsecond=0) else found[0]

    text = _LATELY.sub("lately", _TIME.sub(then, _TOKEN.sub("", body.decode("utf-8", "surrogateescape"))))
    heads = {name: value for name, value in answer.headers.items() if name not in _OWN_HEADS}
    return answer.status_code, heads, text


def test_every_address_answers_the_same_in_both(sides: tuple[Sides, Restricted, list[str]]) -> None:
    both, shut, kept = sides
    began = datetime.now(UTC)

    def ask(newsroom: Newsroom) -> dict[tuple[str, str], Any]:
        samples, answers = Few(shut), {}
        asked = [
            *addresses(get_resolver(), samples),
            *samples.asked[::4],
            *(f"/search.json?{urlencode({'q': one})}" for one in QUERIES),
        ]
        clients = {role: newsroom.client(role) for role in (*OTHERS, "operator")}
        for number, address in enumerate(dict.fromkeys([*asked, *kept[::2]])):
            other = OTHERS[number // 3 % len(OTHERS)]
            for role in ("reporter",) if address in kept else ("operator", other)[: 2 - (number % 3 > 0)]:
                answer = said(clients[role].get(address), began)
                own = OF_ONE_SIDE.match(address)
                answers[role, address] = (answer[0], "<dt>Catalog</dt>" in answer[2]) if own else answer
        return answers

    found = both.each(ask)
    assert len(found["sqlite"]) > 200
    statuses = {answer[0] for answer in found["sqlite"].values()}
    assert statuses >= {200, 302, 400, 403, 404, 405}
    assert max(statuses) < 500
    assert [one for one, answer in found["sqlite"].items() if answer != found["postgresql"][one]] == []


LISTS = (
    ("/releases.json?", "id"), ("/releases.json?first=1&", "id"), ("/releases.json?kind=new&kind=changed&", "id"),
    ("/portals/lake-harbor/crawls.json?", "id"), ("/portals/lake-harbor/records.json?", "key"), ("/deadlines.json?", ""),
    ("/api/v1/crawls?limit=3&", "id"), ("/api/v1/releases?limit=3&", "id"), ("/api/v1/records?limit=3&", "key"),
    ("/api/v1/files?limit=3&", "id"), ("/api/v1/files?portal=lake-harbor&limit=3&", "id"),
    ("/api/v1/captures?portal=lake-harbor&limit=40&", "id"), ("/search.json?q=case&", ""),
)  # fmt: skip


def test_lists_have_the_same_rows_to_their_end(
    sides: tuple[Sides, Restricted, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    both, _shut, _kept = sides
    monkeypatch.setattr("web.listing.keyset.SIZE", 3)
    monkeypatch.setattr("web.listing.keyset.page.__defaults__", (3,))

    def walk(newsroom: Newsroom) -> dict[str, list[Any]]:
        client, found = newsroom.client("operator"), {}
        for address, _name in LISTS:
            rows, after = list[Any](), ""
            while True:
                data = client.get(f"{address}after={quote(after)}" if after else address).json()
                rows += data["rows"]
                after = data.get("next") or ""
                if not after:
                    break
            found[address] = rows
        return found

    found = both.each(walk)
    for address, name in LISTS:
        rows = found["sqlite"][address]
        assert len(rows) > 3, address
        assert rows == found["postgresql"][address], address
        if name:
            assert len({row[name] for row in rows}) == len(rows), address


def told(answer: Any) -> str:
    """The lines that are streamed."""
    return b"".join(answer.streaming_content).decode()


def test_captures_are_found_by_their_keys_in_order(sides: tuple[Sides, Restricted, list[str]]) -> None:
    both, _shut, _kept = sides

    def ask(newsroom: Newsroom) -> dict[str, str]:
        pages = (
            Capture.objects.filter(status=200, url__contains="/cases/").order_by("url").values_list("url", flat=True)
        )
        base = "{0.scheme}://{0.netloc}".format(urlsplit(pages[0]))
        answers, client = dict[str, str](), newsroom.client()
        forms = (
            "",
            "&sort=reverse",
            "&limit=-5",
            "&limit=7&output=json",
            "&from=2026&to=2099&output=text",
            "&filter=!=mime:warc/revisit",
        )
        urls = (pages[0], f"{base}/cases", f"{base}/cases/", base, base.replace("127", "*.127"))
        for number, (url, match) in enumerate(product(urls, ("", "prefix", "host", "domain"))):
            for form in {"", forms[number % len(forms)]} if match == "host" else {forms[number % len(forms)]}:
                address = f"/cdx?url={quote(url)}&matchType={match}{form}"
                answers[address] = told(client.get(address))
        answers["near"] = told(client.get(f"/cdx?url={pages[0]}&sort=closest&closest=20260101"))
        for form in ("link", "json"):
            answers[form] = client.get(f"/timemap/{form}/{pages[0]}").content.decode()
        for when in ("", "Thu, 01 Jan 2099 00:00:00 GMT", "Thu, 01 Jan 2004 00:00:00 GMT"):
            answers[f"at {when}"] = client.get(f"/timegate/{pages[0]}", headers={"Accept-Datetime": when}).headers[
                "Location"
            ]
        return answers

    found = both.each(ask)
    assert found["postgresql"] == found["sqlite"]
    whole = next(text for address, text in found["postgresql"].items() if address.endswith("matchType=host"))
    keys = [line.partition(" ")[0] for line in whole.splitlines()]
    assert keys == sorted(keys)
    assert len(set(keys)) > 20
