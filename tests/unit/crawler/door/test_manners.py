"""Robots rules, delays, cooling down, retries."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from door_site import FakeTime, Memory, Seen, open_door, portal

from config.errors import RetryableError
from crawler.capture import retry
from crawler.capture.door import Fetch
from crawler.capture.patience import MOST_IN_A_ROW, HostGivenUp
from crawler.capture.robots import MOST_BYTES, RobotsRefused, RobotsUnavailable
from crawler.capture.wire import ExchangeFailed
from crawler.politeness.hosts import host_key
from crawler.politeness.slots import LONGEST_COOL_DOWN, Slots, file_name

ROBOTS = {"robots": True, "robots_why": "", "delay": 0}
TEXT = [("Content-Type", "text/plain")]


def crawl(portal_, urls, archive=None, **options):
    """Outcome per URL: a Fetched, or the error."""

    async def run():
        async with open_door(portal_, archive, **options) as door:
            jobs = [door.fetch(url if isinstance(url, Fetch) else Fetch(url)) for url in urls]
            return await asyncio.gather(*jobs, return_exceptions=True)

    return asyncio.run(run())


def one_by_one(portal_, urls, **options):
    """As `crawl`, each when the one before has ended."""

    async def run():
        async with open_door(portal_, None, **options) as door:
            return [(await asyncio.gather(door.fetch(Fetch(url)), return_exceptions=True))[0] for url in urls]

    return asyncio.run(run())


# -- robots.txt


def test_robots_is_fetched_once_archived_and_obeyed(site):
    site.pages["/robots.txt"] = (200, TEXT, b"User-agent: *\nDisallow: /private\nAllow: /private/open\n")
    site.pages["/a"] = site.pages["/private/open"] = (200, [], b"x")
    archive = Memory()
    urls = [f"{site.url}{path}" for path in ("/a", "/private/x", "/private/open")]
    a, refused, allowed = crawl(portal(site.url, politeness=ROBOTS), urls, archive)
    assert a.payload == allowed.payload == b"x"
    assert isinstance(refused, RobotsRefused)
    assert refused.where == f"{site.url}/private/x"
    assert len(site.asked("/robots.txt")) == 1
    assert site.asked("/private/x") == []
    assert archive.exchanges[0].url == f"{site.url}/robots.txt"


def test_rules_for_us_by_name_come_first(site):
    site.pages["/robots.txt"] = (200, TEXT, b"User-agent: *\nDisallow: /\n\nUser-agent: recordwatch\nDisallow: /not\n")
    site.pages["/a"] = (200, [], b"x")
    mine = ROBOTS | {"user_agent": "Mozilla/5.0", "user_agent_why": "refused otherwise"}
    a, refused = crawl(portal(site.url, politeness=mine), [f"{site.url}/a", f"{site.url}/not"])
    assert a.status == 200
    assert isinstance(refused, RobotsRefused)


def test_robots_may_be_overruled_with_a_reason(site):
    site.pages["/robots.txt"] = (200, TEXT, b"User-agent: *\nDisallow: /\n")
    site.pages["/a"] = (200, [], b"x")
    [a] = crawl(portal(site.url), [f"{site.url}/a"])
    assert a.status == 200
    assert site.asked("/robots.txt") == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_robots_means_yes(site, status):
    site.pages["/robots.txt"] = (status, [], b"User-agent: *\nDisallow: /\n")
    site.pages["/a"] = (200, [], b"x")
    [a] = crawl(portal(site.url, politeness=ROBOTS), [f"{site.url}/a"])
    assert a.status == 200


@pytest.mark.parametrize("status", [500, 503, 429])
def test_robots_that_cannot_be_had_means_no(site, status):
    site.pages["/robots.txt"] = (status, [], b"")
    site.pages["/a"] = (200, [], b"x")
    outcomes = crawl(portal(site.url, politeness=ROBOTS), [f"{site.url}/a", f"{site.url}/b"])
    assert [type(one) for one in outcomes] == [RobotsUnavailable] * 2
    assert f"status {status}" in str(outcomes[0])
    assert site.paths() == []
    assert len(site.asked("/robots.txt")) == retry.ATTEMPTS


def test_robots_of_a_dead_host_means_no_and_says_why(site):
    site.pages["/robots.txt"] = (200, [("Content-Length", "100")], b"short")
    [outcome] = crawl(portal(site.url, politeness=ROBOTS), [f"{site.url}/a"])
    assert isinstance(outcome, RobotsUnavailable)
    assert isinstance(outcome.__cause__, ExchangeFailed)


def test_robots_behind_a_redirect(site, other_site):
    site.pages["/robots.txt"] = (301, [("Location", f"{other_site.url}/r")], b"")
    other_site.pages["/r"] = (200, TEXT, b"User-agent: *\nDisallow: /no\n")
    site.pages["/a"] = (200, [], b"x")
    a, no = crawl(portal(site.url, politeness=ROBOTS), [f"{site.url}/a", f"{site.url}/no"])
    assert a.status == 200
    assert isinstance(no, RobotsRefused)


def test_robots_holds_for_where_a_redirect_leads(site, other_site):
    site.pages["/a"] = (302, [("Location", f"{other_site.url}/no")], b"")
    other_site.pages["/robots.txt"] = (200, TEXT, b"User-agent: *\nDisallow: /no\n")
    [outcome] = crawl(portal(site.url, politeness=ROBOTS), [f"{site.url}/a"])
    assert isinstance(outcome, RobotsRefused)
    assert other_site.asked("/no") == []


def test_a_hostile_robots_is_cut_and_never_raises(site):
    site.pages["/robots.txt"] = (200, TEXT, b"User-agent: *\nDisallow: /no\n" + b"\xff\x00:;\n" * MOST_BYTES)
    site.pages["/a"] = (200, [], b"x")
    a, no = crawl(portal(site.url, politeness=ROBOTS), [f"{site.url}/a", f"{site.url}/no"])
    assert a.status == 200
    assert isinstance(no, RobotsRefused)


def test_crawl_delay_is_kept_up_to_a_cap(site):
    time = FakeTime()
    site.pages["/robots.txt"] = (200, TEXT, b"User-agent: *\nCrawl-delay: 7\n")
    site.pages["/a"] = (200, [], b"x")
    crawl(portal(site.url, politeness=ROBOTS), [f"{site.url}/a"] * 3, clock=time.clock)
    assert time.at == pytest.approx(1_000_000 + 2 * 7)
    site.pages["/robots.txt"] = (200, TEXT, b"User-agent: *\nCrawl-delay: 86400\n")
    time = FakeTime()
    crawl(portal(site.url, politeness=ROBOTS), [f"{site.url}/a"] * 2, clock=time.clock)
    assert time.at == pytest.approx(1_000_000 + 30)


# -- delays


def test_one_second_between_starts_for_the_public_and_none_for_private_hosts(site):
    site.pages["/a"] = (200, [], b"x")
    time = FakeTime()
    crawl(portal(site.url, politeness={"delay": 1.0}), [f"{site.url}/a"] * 4, clock=time.clock)
    assert time.at == pytest.approx(1_000_003)
    crawl(portal(site.url), [f"{site.url}/a"] * 4, clock=time.clock)
    assert time.at == pytest.approx(1_000_003)
    time = FakeTime()
    assert waited(time) == [pytest.approx(1.0)]


def waited(time, **changes):
    """What the second of two requests to a public host waits."""

    async def ask():
        async with open_door(
            portal("http://example.org", allow_private_network=False, **changes), clock=time.clock
        ) as door:
            async with door.limiter.turn("http://example.org/"):
                pass
            async with door.limiter.turn("http://example.org/"):
                return time.slept

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("told", "seconds"), [({}, 4.0), ({"delay": 0.5}, 0.5)], ids=["as the platform bears", "as the file says"]
)
def test_a_platforms_own_pace_is_kept(told, seconds):
    assert waited(FakeTime(), spider="muckrock", politeness=told) == [pytest.approx(seconds)]


def test_no_more_connections_at_once_than_told(site):
    site.pages["/a"] = (200, [], b"x")
    crawl(portal(site.url, politeness={"connections": 1}), [f"{site.url}/a"] * 12)
    assert site.most_at_once == 1


def test_hosts_do_not_wait_for_each_other(site, other_site):
    site.pages["/a"] = other_site.pages["/a"] = (200, [], b"x")

    async def run():
        async with open_door(portal(site.url, politeness={"connections": 1})) as door:
            async with door.limiter.turn(f"{site.url}/a"):
                return await door.fetch(Fetch(f"{other_site.url}/a"))

    assert asyncio.run(run()).status == 200


def test_who_shares_a_limit():
    assert (
        host_key("https://Chicago.nextrequest.com/x")
        == host_key("https://oakland.nextrequest.com/")
        == "nextrequest.com"
    )
    assert host_key("https://a.example.org/") != host_key("https://b.example.org/")
    assert host_key("http://a.example.org:80/") == host_key("https://a.example.org:443/x") == "a.example.org"
    assert host_key("http://127.0.0.1:8000/") == "127.0.0.1:8000"


def test_lock_files_have_safe_and_different_names():
    names = [file_name(host) for host in ("a.org", "[::1]:80", "../../x", "a" * 300, "a" * 301, "A_b")]
    assert len(set(names)) == len(names)
    assert all("/" not in name and len(name) < 200 for name in names)


CHILD = """
import asyncio, json, sys
sys.path[:0] = [sys.argv[4]]
from pathlib import Path
from door_site import open_door, portal
from crawler.capture.door import Fetch
from crawler.politeness.slots import Slots
reserve, starts = Slots.reserve, []
async def noted(slots, delay):
    starts.append(await reserve(slots, delay))
    return starts[-1]
Slots.reserve = noted
async def run():
    async with open_door(portal(sys.argv[1], politeness={"delay": float(sys.argv[3])}), locks=Path(sys.argv[2])) as door:
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(5):
            await door.fetch(Fetch(sys.argv[1] + "/a"))
asyncio.run(run())
print(json.dumps(starts))
"""


def test_two_processes_share_one_hosts_delay(site, tmp_path):
    site.pages["/a"] = (200, [], b"x")
    delay = 0.1
    command = [sys.executable, "-c", CHILD, site.url, str(tmp_path), str(delay), str(Path(__file__).parent)]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    starts = sorted(start for child in children for start in json.loads(child.communicate(timeout=60)[0]))
    assert [child.returncode for child in children] == [0, 0]
    assert len(starts) == len(site.seen) == 10
    assert all(later - earlier >= delay - 1e-5 for earlier, later in pairwise(starts))
    assert all(
        seen.at >= start - 1e-5 for start, seen in zip(starts, sorted(site.seen, key=lambda one: one.at), strict=True)
    )


def test_a_time_that_no_clock_explains_is_ignored(tmp_path):
    time = FakeTime()

    async def run():
        slots = Slots(tmp_path / "h.lock", time.clock)
        assert await slots.reserve(1.0) == 1_000_000
        assert await slots.reserve(1.0) == 1_000_001
        time.at = 5.0  # the clock was set back by years
        assert await slots.reserve(1.0) == 5.0
        (tmp_path / "h.lock").write_bytes(b"\xff" * 16)  # not a number
        assert await slots.reserve(1.0) == 5.0
        (tmp_path / "h.lock").write_bytes(b"torn")
        assert await slots.reserve(1.0) == 5.0
        slots.close()

    asyncio.run(run())


def test_a_killed_holder_blocks_nobody_and_a_cool_down_outlives_the_process(tmp_path):
    time = FakeTime()

    async def run():
        first, second = Slots(tmp_path / "h.lock", time.clock), Slots(tmp_path / "h.lock", time.clock)
        await first.cool(time.at + 50)
        first.close()
        assert second.cooling_until() == time.at + 50
        assert await second.reserve(1.0) == time.at + 50
        await second.cool(time.at + 10**9)
        assert second.cooling_until() == time.at + LONGEST_COOL_DOWN
        second.close()

    asyncio.run(run())


# -- Retry-After and retries


def busy_then_fine(site, status, headers, times=1):
    left = [times]

    def answer(_seen: Seen):
        left[0] -= 1
        return (status, headers, b"busy") if left[0] >= 0 else (200, [], b"fine")

    site.pages["/a"] = answer


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_cools_the_host_for_everybody(site, status):
    busy_then_fine(site, status, [("Retry-After", "120")])
    site.pages["/b"] = (200, [], b"b")
    time, archive = FakeTime(), Memory()

    async def run():
        async with open_door(portal(site.url, politeness={"connections": 1}), archive, clock=time.clock) as door:
            got = await asyncio.gather(door.fetch(Fetch(f"{site.url}/a")), door.fetch(Fetch(f"{site.url}/b")))
            return got, door.tally

    (a, b), tally = asyncio.run(run())
    assert (a.payload, b.payload) == (b"fine", b"b")
    assert time.at == pytest.approx(1_000_120)
    assert [(one.status, one.attempt) for one in archive.exchanges if one.url.endswith("/a")] == [(status, 1), (200, 2)]
    assert site.paths()[0] == "/a"
    assert (tally.requests, tally.retries) == (3, 1)


def test_retry_after_as_a_date(site):
    time = FakeTime()
    at = format_datetime(datetime.fromtimestamp(time.at + 90, UTC), usegmt=True)
    busy_then_fine(site, 503, [("Retry-After", at)])
    [a] = crawl(portal(site.url), [f"{site.url}/a"], clock=time.clock)
    assert a.payload == b"fine"
    assert time.at == pytest.approx(1_000_090, abs=1)


@pytest.mark.parametrize("value", ["99999999999999999999", "601", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_host_that_asks_for_too_long_a_wait_is_left_alone(site, value):
    time = FakeTime()
    busy_then_fine(site, 429, [("Retry-After", value)])
    [a, b] = one_by_one(portal(site.url), [f"{site.url}/a", f"{site.url}/b"], clock=time.clock)
    assert a.status == 429
    assert isinstance(b, HostGivenUp)
    assert "asked to be left alone" in str(b)
    assert site.paths() == ["/a"]
    assert time.at == 1_000_000, "nobody waits for it"


def test_a_host_that_gives_nothing_is_given_up(site):
    site.pages["/a"] = (200, [], b"x")
    busy = [f"{site.url}/busy{number}" for number in range(MOST_IN_A_ROW)]
    site.pages |= {f"/busy{number}": (503, [], b"") for number in range(MOST_IN_A_ROW)}
    outcomes = one_by_one(
        portal(site.url), [*busy[1:], f"{site.url}/a", *busy, f"{site.url}/a"], clock=FakeTime().clock
    )
    assert outcomes[MOST_IN_A_ROW - 1].payload == b"x", "one fewer than that in a row is bad luck"
    assert outcomes[-2].status == 503
    assert isinstance(outcomes[-1], HostGivenUp)
    assert f"{MOST_IN_A_ROW} requests in a row" in str(outcomes[-1])
    assert len(site.asked("/a")) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("12", 12), (" 0 ", 0), ("-5", None), ("soon", None), ("", None), ("٣", None), ("Thu, 01 Jan 1970 00:16:50 GMT", 10),
     ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Mon, 99 Foo 2020", None)],
)  # fmt: skip
def test_what_retry_after_may_say(value, seconds):
    assert retry.retry_after(value, 1000.0) == seconds


def test_a_busy_answer_stands_when_no_attempt_is_left(site):
    busy_then_fine(site, 502, [], times=99)
    archive = Memory()
    [a] = crawl(portal(site.url), [f"{site.url}/a"], archive)
    assert (a.status, a.payload) == (502, b"busy")
    assert [one.attempt for one in archive.exchanges] == [1, 2, 3, 4]
    assert a.archived == archive.exchanges[-1].archived


def test_a_cut_answer_is_asked_again_and_both_are_archived(site):
    answers = iter([(200, [("Content-Length", "10")], b"half"), (200, [], b"whole")])
    site.pages["/a"] = lambda _seen: next(answers)
    archive = Memory()
    [a] = crawl(portal(site.url), [f"{site.url}/a"], archive)
    assert a.payload == b"whole"
    assert [(bytes(one.entity), one.archived.truncated) for one in archive.exchanges] == [
        (b"half", "disconnect"),
        (b"whole", ""),
    ]


def test_a_post_is_not_sent_twice_unless_nothing_happened(site):
    busy_then_fine(site, 500, [])
    [a] = crawl(portal(site.url), [Fetch(f"{site.url}/a", "POST", body=b"x")])
    assert a.status == 500
    site.pages["/b"] = (200, [("Content-Length", "10")], b"half")
    [b] = crawl(portal(site.url), [Fetch(f"{site.url}/b", "POST", body=b"x")])
    assert isinstance(b, ExchangeFailed)
    busy_then_fine(site, 429, [])
    [c] = crawl(portal(site.url), [Fetch(f"{site.url}/a", "POST", body=b"x")])
    assert c.status == 200
    assert site.paths() == ["/a", "/b", "/a", "/a"]


def test_waits_grow_and_end():
    time = FakeTime()
    retry.set_sleeping(True)

    async def fail(attempt):
        raise RetryableError(f"attempt {attempt}")

    with pytest.raises(RetryableError, match="attempt 4"):
        asyncio.run(retry.retrying(fail, lambda error: error.retryable, time.clock))
    assert len(time.slept) == 3
    assert all(1 <= wait <= 8 for wait in time.slept)
    assert all(later > earlier - 1 for earlier, later in pairwise(time.slept))
