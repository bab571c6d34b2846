"""How portals are treated, seen from their side: who asks, what is asked first, and what is not asked for again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.politeness.hosts import DEFAULT_DELAY
from spiders.recognition.registry import RECOGNISERS
from spiders.registry import SPIDERS, spider_class
from tests.portals.home import replica_home
from tests.replicas.names import REPLICAS, replica_class
from tests.replicas.server import Asked, PlatformReplica, Reply
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
CONTACT = "test@example.org"
FASTER = {"documentcloud": 0.1}
"""Platforms that say themselves what they bear, in seconds between two requests."""
NEEDS_TOKEN = {"muckrock"}
"""Platforms that answer nobody without a token of the operator's: nothing to crawl here."""
NEW_ADDRESSES = {"govqa"}
"""Platforms that write a session into every address: none is asked for twice."""
CRAWLED = sorted(RECOGNISERS.keys() - NEEDS_TOKEN)


class Validating:
    """A replica that gives pages and files an ETag, and 304 to whoever has it; `given` is what it gave one for."""

    def __init__(self, replica: PlatformReplica) -> None:
        self.replica, self.given = replica, set[str]()
        self._reply = replica.reply
        replica.reply = self.reply  # type: ignore[method-assign]

    def reply(self, asked: Asked) -> Reply:
        answer = self._reply(asked)
        names = {name.lower() for name, _ in answer.headers}
        if asked.method != "GET" or answer.status != 200 or "set-cookie" in names:
            return answer  # what begins a session is made anew each time
        self.given.add(asked.url)
        if names & {"etag", "last-modified"}:
            return answer
        tag = f'"{hashlib.sha256(answer.encoded()[0]).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(b"", 304, headers=(("ETag", tag),))
        return replace(answer, headers=(*answer.headers, ("ETag", tag)))


class Watched:
    """A replica that is watched."""

    def __init__(self, run: Verb, name: str, home: Path, replica: PlatformReplica) -> None:
        self.run, self.name, self.home, self.replica = run, name, home, replica
        self.validating = Validating(replica)
        said = run("portals", "add", replica.start, "--allow-private-network", "--with-video", "--json", "--home", home)
        assert said.code == 0, said
        self.slug = json.loads(said.out)["portal"]

    def crawl(self, code: int = 0) -> list[Asked]:
        """What the replica is asked in one crawl."""
        self.replica.asked.clear()
        said = self.run("crawl", self.slug, "--home", self.home)
        assert said.code == code, said
        return list(self.replica.asked)


@pytest.fixture
def watched(verb: Verb, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    pytest.importorskip(REPLICAS[request.param].partition(":")[0], exc_type=ModuleNotFoundError)
    with replica_class(request.param)() as replica:
        yield Watched(verb, request.param, replica_home(tmp_path / "home", [replica]), replica)


@pytest.mark.parametrize("name", sorted(SPIDERS))
def test_a_platform_is_never_asked_faster_than_a_second_unless_it_says_so(name: str) -> None:
    spider = spider_class(name)
    delay = DEFAULT_DELAY if spider.delay is None else spider.delay
    assert delay >= FASTER.get(name, DEFAULT_DELAY)


@pytest.mark.parametrize("watched", CRAWLED, indirect=True)
def test_a_crawl_says_who_asks_and_asks_for_the_rules_first(watched: Watched) -> None:
    asked = watched.crawl()
    assert asked
    for one in asked:
        agent = one.headers["user-agent"]
        assert agent.startswith("recordwatch/"), one
        assert CONTACT in agent, one
    first = {one.host: one.path for one in reversed(asked)}
    assert set(first.values()) == {"/robots.txt"}, first


@pytest.mark.parametrize("watched", CRAWLED, indirect=True)
def test_what_did_not_change_is_not_sent_again(watched: Watched) -> None:
    """In the second crawl every GET of what came with a validator asks only whether it changed."""
    before = {one.url for one in watched.crawl() if one.method == "GET"}
    had = watched.validating.given & before
    again = [one for one in watched.crawl() if one.method == "GET" and one.url in had]
    assert bool(again) is (watched.name not in NEW_ADDRESSES)
    conditions = {"if-none-match", "if-modified-since"}
    assert [one.url for one in again if not conditions & one.headers.keys()] == []


@pytest.mark.parametrize("watched", CRAWLED, indirect=True)
def test_what_robots_txt_forbids_is_not_asked(watched: Watched) -> None:
    watched.replica.robots = "User-agent: recordwatch\nDisallow: /\n"
    assert {one.path for one in watched.crawl(3)} == {"/robots.txt"}
