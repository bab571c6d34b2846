"""A portal that lies while every page answers 200: a list cut short, one page for everything."""

from __future__ import annotations

from typing import Any

from tests.hostile.lists import Cases
from tests.hostile.portal_server import HostilePortal, http, page
from tests.hostile.scene import Scene

ROWS = 10


def shown(portal: HostilePortal, pages: int) -> Cases:
    """The list says, and shows, that it has so many pages; every case has its page as ever."""
    cases = Cases(lambda number: [f"c-{number * ROWS + row}" for row in range(ROWS)], pages=pages)
    cases.on(portal)
    return cases


def told(events: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(event["kind"], event["tags"]) for event in events]


def test_a_list_cut_short_withdraws_nothing_and_is_said_at_once(scene: Scene, portal: HostilePortal) -> None:
    shown(portal, 6)
    scene.watch(spider="sample")
    for _ in range(2):
        assert scene.crawl().verdict == "healthy"
    shown(portal, 2)
    done = scene.crawl()
    assert done.verdict == "partial"
    assert "The list shows 20 records, 60 in the last healthy crawl" in done.reason
    assert f"its own page is still there ({portal.url}/cases/c-" in done.reason
    assert told(done.result["events"]) == [("mass_withdrawal", ["list doubted"])]
    assert told(scene.crawl().result["events"]) == []
    shown(portal, 6)
    done = scene.crawl()
    assert told(done.result["events"]) == [("recovered", [])]
    assert {record["state"] for record in scene.records()} == {"present"}


def test_a_list_whose_cases_are_gone_too_is_believed(scene: Scene, portal: HostilePortal) -> None:
    shown(portal, 6)
    scene.watch(spider="sample")
    assert scene.crawl().verdict == "healthy"
    cases = shown(portal, 2)
    portal.otherwise = lambda path: (
        http(b"gone", status="404 Not Found") if path.startswith("/cases/c-") and int(path.split("-")[1][:-1]) >= 30
        else cases.answer(path)
    )  # fmt: skip
    done = scene.crawl()
    assert done.verdict == "healthy"
    assert told(done.result["events"]) == [("mass_withdrawal", [])]


def test_one_page_at_every_address_is_no_news_of_any_case(scene: Scene, portal: HostilePortal) -> None:
    cases = shown(portal, 2)
    scene.watch(spider="sample")
    assert scene.crawl().verdict == "healthy"
    rest = http(page("Our pages take a short rest. Please come back."))
    portal.otherwise = lambda path: rest if path.startswith("/cases/c-") else cases.answer(path)
    done = scene.crawl()
    assert done.verdict == "blocked"
    assert "20 different addresses answered with one and the same page" in done.reason
    assert told(done.result["events"]) == [("blocked", [])]
    cases.on(portal)
    done = scene.crawl()
    assert [kind for kind, _ in told(done.result["events"])] == ["recovered"]
