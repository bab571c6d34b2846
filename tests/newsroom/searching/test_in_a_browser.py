"""In a real browser, over the real server: keys alone find a case, nothing is wider than a phone, axe finds nothing serious."""

from __future__ import annotations

import time

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.newsroom.served import Served


@pytest.fixture(scope="module")
def searched(served: Served) -> Served:
    """As soon as its keeper has indexed what is held."""
    until = time.monotonic() + 60
    while not (answer := served.get("/search.json?q=report")).ok or len(answer.json()["rows"]) < 10:
        assert time.monotonic() < until, answer.text
    return served


def test_keys_alone_lead_from_the_first_screen_to_a_case(searched: Served, page: Page) -> None:
    page.goto(searched.url)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("shots fired /j")  # signs that are keys elsewhere
    expect(page.locator("#q")).to_have_value("shots fired /j")
    for _ in "/j ":
        page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=shots+fired")
    page.locator("body").press("j")
    expect(page.locator(".hit .step").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/lake-harbor/lh-2025-0103")
    page.goto(f"{searched.url}/search?q=report")
    for key, number in (("j", 0), ("j", 1), ("ArrowDown", 2), ("k", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        expect(page.locator(".hit .step").nth(number)).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("details.keys dl")).to_be_visible()


@pytest.mark.parametrize(
    "address",
    ["/", "/releases?kind=restored", "/search?q=report+kind:report", '/search?q="x'],
)
def test_it_fits_and_axe_finds_nothing_serious(searched: Served, page: Page, address: str) -> None:
    page.goto(f"{searched.url}{address}")
    for details in page.locator("details").all():
        details.evaluate("one => one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
    assert serious == []
    assert page.locator("h1").count() == 1
