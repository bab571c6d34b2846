"""Which records tell something of the list, when they are asked for their own pages, and what those say."""

import asyncio
from itertools import pairwise

import pytest

from archive.model import Archived, Peer
from config.errors import RecordwatchError
from config.portal import Expect
from crawler.canaries import OwnPages, look, to_ask
from crawler.capture.fetch import Fetched
from crawler.health import Findings
from tests.unit.crawler.health.days import URL, Days, nothing, seen, url_of

KEYS = [f"k{n:03}" for n in range(300)]


@pytest.mark.usefixtures("catalog")
class TestLearnt:
    def test_few_from_all_over_the_list_and_always_the_same(self):
        days = Days()
        days.usual(4, KEYS)
        days.crawl(seen(KEYS))
        learnt = [canary.key for canary in days.past.canaries]
        assert len(learnt) == 5
        assert learnt[0] == "k000"
        assert learnt[-1] == "k299"
        places = [int(key[1:]) for key in learnt]
        assert all(later - earlier > 20 for earlier, later in pairwise(places))
        days.crawl(seen(KEYS))
        assert [canary.key for canary in days.past.canaries] == learnt

    def test_one_that_was_taken_down_is_replaced(self):
        days = Days()
        days.usual(4, KEYS)
        days.crawl(seen(KEYS))
        lost = days.past.canaries[2].key
        left = [key for key in KEYS if key != lost]
        judged = days.crawl(seen(left), gone=[lost])
        assert (judged.verdict, judged.complete) == ("healthy", True)
        days.crawl(seen(left))
        assert lost not in {canary.key for canary in days.past.canaries}
        assert len(days.past.canaries) == 5

    def test_only_what_is_missing_is_asked_and_nothing_by_a_crawl_that_saw_nothing(self):
        days = Days()
        days.usual(2, KEYS)
        days.crawl(seen(KEYS))
        past, expect = days.past, Expect()
        assert to_ask(seen(KEYS), past, expect) == []
        assert [canary.key for canary in to_ask(seen(KEYS[:-1]), past, expect)] == ["k299"]
        assert to_ask(Findings(answers=[(URL, 403, "x")]), past, expect) == []
        assert len(to_ask(nothing("No results."), past, expect)) == 5
        stopped = seen(KEYS[:9])
        stopped.limited_by = "--max-records = 9"
        assert to_ask(stopped, past, expect) == []

    def test_a_canary_under_another_key_at_its_old_address_is_listed(self):
        days = Days()
        days.usual(3, KEYS)
        days.crawl(seen(KEYS))
        found = seen([key for key in KEYS if key != "k299"])
        found.keys["0299-new-form"] = url_of("k299")
        assert to_ask(found, days.past, Expect()) == []


class Door:
    """Answers every request in one way."""

    def __init__(self, status=200, body=b"<h1>Case 7</h1><p>Text.</p>", url="", fails=False):
        self.status, self.body, self.url, self.fails = status, body, url or url_of("k7"), fails

    async def fetch(self, wanted):
        if self.fails:
            raise RecordwatchError("no answer", where=wanted.url)
        archived = Archived("capture", None, self.url, self.status, "", len(self.body), self.body)
        return Fetched(
            self.url, self.status, ((b"content-type", b"text/html"),), self.body, archived, Peer(), (archived,)
        )


@pytest.mark.parametrize(
    ("door", "said"),
    [
        (Door(), "still there"),
        (Door(status=404), "gone"),
        (Door(status=410), "gone"),
        (Door(status=403), "unknown"),
        (Door(status=500), "unknown"),
        (Door(fails=True), "unknown"),
        (Door(body=b"<title>Access Denied</title><h1>Access Denied</h1>"), "unknown"),
        (Door(url="https://portal.example/"), "unknown"),
        (Door(url=f"{URL}?removed=1"), "unknown"),
        (Door(url="https://portal.example/en/cases/k7/"), "still there"),
    ],
)  # fmt: skip
def test_what_a_page_of_its_own_says(door, said):
    assert asyncio.run(look(door, url_of("k7"), OwnPages(URL)))[0] == said


@pytest.mark.parametrize(
    ("door", "said"),
    [
        (Door(url="https://portal.example/api/k7", body=b"[]"), "gone"),
        (Door(url="https://portal.example/api/k7", body=b"[{}]"), "still there"),
        (Door(url="https://portal.example/api/k7", status=404, body=b"[]"), "gone"),
        (Door(url="https://portal.example/api/k7", status=500, body=b"[]"), "unknown"),
    ],
)
def test_a_shell_is_not_asked_but_the_api_behind_it(door, said):
    own = OwnPages(URL, lambda url: "https://portal.example/api/k7", lambda body: body == b"[]")
    assert asyncio.run(look(door, url_of("k7"), own))[0] == said


def test_where_there_is_nowhere_to_ask_nothing_is_asked():
    assert asyncio.run(look(None, url_of("k7"), OwnPages(URL, lambda url: ""))) == ("unknown", "")
