"""Lists that repeat, turn in circles or contradict themselves: none is taken for whole, none is read for ever."""

from __future__ import annotations

import pytest

from tests.hostile.lists import Cases
from tests.hostile.portal_server import HostilePortal, http, page
from tests.hostile.scene import Scene


@pytest.mark.parametrize(
    ("cases", "verdict", "words", "records"),
    [
        (Cases(lambda _: [f"a-{row}" for row in range(10)]), "broken", "the rows of page 1 again", 10),
        (
            Cases(lambda _: [f"a-{row}" for row in range(10)], shown=lambda _: 1, pages=9),
            "broken", "1 again", 10,
        ),
        (Cases(lambda number: [f"a-{number % 2}-{row}" for row in range(10)]), "broken", "the rows of page 1 again", 20),
        (
            Cases(lambda number: [f"a-{number * row % 37}" for row in range(1, 11)]),
            "broken", "again", 37,
        ),
    ],
    ids=["page 1 for ever", "page 1 under one number", "two pages in turn", "shuffled"],
)  # fmt: skip
def test_pagination_that_repeats(
    scene: Scene, portal: HostilePortal, cases: Cases, verdict: str, words: str, records: int
) -> None:
    cases.on(portal)
    scene.watch(spider="sample")
    done = scene.crawl()
    assert done.verdict == verdict
    assert words in done.reason
    assert done.result["records"] == records
    assert len(portal.asked) < 150


def test_one_key_twice_and_one_address_that_answers_differently(scene: Scene, portal: HostilePortal) -> None:
    one, other = http(page("This is one answer.", title="One")), http(page("This is another answer.", title="Other"))
    portal.on("/", http(page("Two links, one page.", ["/x", "/x#again", f"//portal.test:{portal.port}/x"])))
    portal.on("/x", one, other)
    scene.watch(parameters='follow = ["main a"]\nurls = ["/x", "/x?"]')
    done = scene.crawl()
    assert done.verdict == "healthy"
    keys = [record["key"] for record in scene.records()]
    assert len(keys) == len(set(keys))
    again = scene.crawl()
    assert {event["kind"] for event in again.result["events"]} <= {"changed"}


def test_copa_without_anything_it_knows(scene: Scene, portal: HostilePortal) -> None:
    portal.on("*", http(page("There is nothing here that a case list has.")))
    scene.watch(spider="copa")
    done = scene.crawl()
    assert (done.verdict, done.result["records"]) == ("broken", 0)
    assert "ipra-case-search-data-table" in done.reason
