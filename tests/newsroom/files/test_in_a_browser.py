"""In a real browser, over the real server: a film plays and seeks, a page shows its marks, keys turn pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.newsroom.served import Served, serving


@pytest.fixture(scope="module")
def open_shelf(shelf_home: Path) -> Iterator[Served]:
    with serving(shelf_home) as found:
        yield found


def _ids(shelf: Served) -> dict[str, str]:
    """File name → id, of the box that was handed in."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(f"file:{shelf.home / 'catalog.sqlite3'}?mode=ro", uri=True)) as catalog:
        return dict(catalog.execute("select name, id from releases_file"))


@pytest.mark.parametrize("page", [(1280, "light")], indirect=True, ids=["desktop"])
def test_a_film_plays_and_seeks(page: Page, open_shelf: Served) -> None:
    film = _ids(open_shelf)["scene.mp4"]
    page.goto(f"{open_shelf.url}/files/{film}?q=taser")
    page.wait_for_function("() => player.readyState >= 1 && player.duration > 19")
    assert page.evaluate("player.currentTime") == 0
    page.evaluate("player.muted = true")
    page.locator("#cues a", has_text="0:08").click()
    page.wait_for_function("() => player.currentTime > 8.2 && !player.paused")
    expect(page.locator("#cues li[aria-current]")).to_contain_text("then the taser was drawn")
    assert page.url.endswith("t=8.0")
    page.evaluate("player.pause(); player.currentTime = 17")
    page.wait_for_function("() => !player.seeking && player.currentTime === 17 && player.readyState >= 2")
    expect(page.locator("#cues li[aria-current]")).to_contain_text("the investigation ends")
    assert page.evaluate("[...player.textTracks].map(track => track.kind)") == ["captions", "captions"]
    page.evaluate("player.textTracks[1].mode = 'hidden'")
    page.wait_for_function("() => player.textTracks[1].cues && player.textTracks[1].cues.length === 5")
    page.goto(f"{open_shelf.url}/files/{film}?t=0:12")
    page.wait_for_function("() => player.currentTime === 12")


def test_a_page_shows_its_marks_and_keys_turn_it(page: Page, open_shelf: Served) -> None:
    page.goto(f"{open_shelf.url}/files/{_ids(open_shelf)['report.pdf']}?q=taser*")
    picture, mark = page.locator(".sheet image").bounding_box(), page.locator(".sheet .hit").bounding_box()
    assert picture is not None
    assert mark is not None
    assert picture["x"] < mark["x"] < mark["x"] + mark["width"] < picture["x"] + picture["width"]
    assert picture["y"] < mark["y"] < picture["y"] + picture["height"] / 4
    # Letters are dark below the mark: the picture is there, and the mark lies on it.
    page.wait_for_function("() => performance.getEntriesByType('resource').some(one => one.name.includes('/pages/1'))")
    page.keyboard.press("n")
    page.wait_for_url("**page=3**")
    expect(page.get_by_role("heading", name="Text of page 3")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**page=2**")
    page.locator("#inside").focus()
    page.keyboard.press("ArrowLeft")
    assert "page=2" in page.url
    assert page.title() == "report.pdf · recordwatch"


def test_readers_who_hang_up_block_nobody(open_shelf: Served) -> None:
    """More streams than there are threads, none of them read to its end."""
    path = f"{open_shelf.url}/files/{_ids(open_shelf)['scene.mp4']}/v/1/bytes"
    for _ in range(20):
        with requests.get(path, stream=True, timeout=30) as answer:
            assert answer.status_code == 200
            answer.raw.read(10)
    assert requests.get(path, timeout=30, headers={"Range": "bytes=0-9"}).status_code == 206
