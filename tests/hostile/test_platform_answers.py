"""Every spider, on its own portal's conversation with answers that no honest portal gives.

Only `PageError` may leave a callback; what is yielded can be kept: links are http(s), names are bounded once the
ledger has them, no session token is part of what a thing is. A list or a part of a record without end is ended.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import scrapy
from scrapy.http import Response, TextResponse

from archive.warc.replay import NotArchived
from config.portal import read_portal
from crawler.collect import MOST_BARREN
from releases.ledger.state import state_of
from releases.model import ListingPage, Record, Sighting
from spiders.errors import PageError
from spiders.registry import spider_class
from tests.hostile.mutations import endless, mutated
from tests.portals.offline import answered

FOLDERS = sorted(path.parent for path in (Path(__file__).parents[1] / "portals").glob("*/portal.toml"))
SEEDS, SOAK_SEEDS = 15, 2_000
MOST_REQUESTS = 400
"""Of one conversation with single answers changed: no replica's takes more than a few dozen."""
LIMIT = 300
"""`limits.records` of an endless portal; a crawl stops there."""
MOST_ENDLESS = 10 * LIMIT + 2_000
LONGEST_SENTENCE = 4_500
SESSION = "(S(abcdefghijklmnopqrstuvwx))"

Answering = Callable[[scrapy.Request], Response]


@lru_cache(maxsize=len(FOLDERS))
def honest(folder: Path) -> Answering:
    return answered(folder / "capture.warc.gz")


@dataclass
class Talk:
    """What came of a conversation."""

    items: list[Any] = field(default_factory=list)
    errors: list[PageError] = field(default_factory=list)
    requests: int = 0
    ended: bool = True


def talk(folder: Path, answer: Answering, most: int) -> Talk:
    """Every request once, in the order asked; what is not in the archive is answered 404, and dropped where a crawl would."""
    portal = read_portal(folder / "portal.toml")
    spider = spider_class(portal.spider)(portal)

    async def first() -> list[scrapy.Request]:
        return [item async for item in spider.start() if isinstance(item, scrapy.Request)]

    told, queue = Talk(), asyncio.run(first())
    met: set[tuple[str, str, bytes]] = set()
    keys: set[str] = set()
    known = barren = 0
    while queue:
        request = queue.pop(0)
        asked = (request.method, request.url, request.body)
        if asked in met and not request.dont_filter:
            continue
        met.add(asked)
        told.requests += 1
        if told.requests > most:
            told.ended = False
            return told
        response = answer(request)
        if response.status != 200 and not (
            request.meta.get("handle_httpstatus_all")
            or response.status in request.meta.get("handle_httpstatus_list", ())
        ):
            continue
        response.request = request
        assert request.callback is not None
        try:
            for item in request.callback(response, **request.cb_kwargs):
                if isinstance(item, scrapy.Request):
                    queue.append(item)
                    continue
                told.items.append(item)
                if isinstance(item, Sighting | Record):
                    keys.add(item.key)
                if isinstance(item, ListingPage):  # as `crawler.collect` does
                    barren, known = (barren + 1 if len(keys) == known else 0), len(keys)
        except PageError as error:
            told.errors.append(error)
        if len(keys) > LIMIT or barren >= MOST_BARREN:
            return told
    return told


def kept(told: Talk, *, sessions: bool = True) -> None:
    """What was yielded can be put on a timeline."""
    for error in told.errors:
        assert len(str(error)) < LONGEST_SENTENCE
    for item in told.items:
        msgspec.json.encode(item)
        links = [item.url] if isinstance(item, Record | Sighting) else []
        if isinstance(item, Record):
            state = state_of(item, 1_000)
            msgspec.json.encode(state.fields)
            names = [state.key, state.printed_key, *state.aliases, *(file.identity for file in state.files)]
            assert all(name and len(name) <= 1024 and "\0" not in name for name in names if name != state.printed_key)
            assert sessions or not any(
                SESSION in name for name in [item.key, item.url, *(file.identity for file in state.files)]
            )
            links += [file.url for file in item.files]
        assert all(re.match(r"https?://[^/]", link) for link in links), links


WEB_FORMS = frozenset({"govqa", "listing", "pages"})
"""Spiders of sites that keep a session in their paths. What an API says is a link is one."""


def keeps_sessions(folder: Path) -> bool:
    return read_portal(folder / "portal.toml").spider not in WEB_FORMS


def missing(request: scrapy.Request) -> Response:
    return TextResponse(request.url, status=404, headers={"Content-Type": "text/html"}, body=b"<p>Not found")


def hostile(folder: Path, seed: int) -> Answering:
    """Honest answers of which some are changed: a tenth, half, or all."""
    chance, fetch = random.Random(f"{folder.name} {seed}"), honest(folder)
    share = chance.choice((0.1, 0.5, 1))

    def answer(request: scrapy.Request) -> Response:
        try:
            response = fetch(request)
        except NotArchived:
            return missing(request)
        return mutated(response, chance) if chance.random() < share else response

    return answer


def without_end(folder: Path, *, fresh: bool) -> Answering:
    """Each kind of question is answered for ever, by the answer that such a question got."""
    fetch, numbers = honest(folder), iter(range(1, 10**9))
    known: dict[tuple[str, str], Response] = {}

    def answer(request: scrapy.Request) -> Response:
        name = getattr(request.callback, "__name__", "")
        way = re.sub(r"\d+", "#", urlsplit(request.url).path)
        try:
            known[name, way] = known[name, request.method] = response = fetch(request)
        except NotArchived:
            found = known.get((name, way)) or known.get((name, request.method))
            if found is None:
                return missing(request)
            response = found.replace(url=request.url)
        return endless(response, request.url, next(numbers), fresh=fresh)

    return answer


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_answer_upsets_a_spider(folder: Path) -> None:
    for seed in range(SEEDS):
        told = talk(folder, hostile(folder, seed), MOST_REQUESTS)
        assert told.ended, f"seed {seed}"
        kept(told, sessions=keeps_sessions(folder))


@pytest.mark.soak
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_answer_of_very_many_upsets_a_spider(folder: Path) -> None:
    for seed in range(SEEDS, SOAK_SEEDS):
        told = talk(folder, hostile(folder, seed), MOST_REQUESTS)
        assert told.ended, f"seed {seed}"
        kept(told, sessions=keeps_sessions(folder))


@pytest.mark.parametrize("fresh", [False, True], ids=["the same again", "always something new"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_has_no_end_is_ended(folder: Path, fresh: bool) -> None:
    assert talk(folder, without_end(folder, fresh=fresh), MOST_ENDLESS).ended


def test_honest_answers_give_what_the_driver_looks_at() -> None:
    """The driver sees records and files: were it to see nothing, it would find nothing."""
    for folder in FOLDERS:
        told = talk(folder, honest(folder), MOST_REQUESTS)
        assert told.ended
        assert not told.errors or folder.name in {"police-board", "lake-harbor", "district-councils"}, told.errors
        assert any(isinstance(item, Record) for item in told.items), folder.name
        kept(told)
