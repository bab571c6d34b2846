"""The sample portal's days, watched once for all tests; and Django's own client on them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.newsroom.inside import Newsroom
from tests.newsroom.served import Served, copy_of, serving, tell_homes
from tests.services.browser import needs_chromium


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`told` and `whole`: this process's copies of what the first that wants them has watched, for all workers."""
    own = tmp_path_factory.getbasetemp()
    common = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "homes"
    with common.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (common / "all").exists():
            shutil.rmtree(common, ignore_errors=True)  # of one that was interrupted
            tell_homes(common)
            (common / "all").touch()
    return shutil.copytree(common, own / "newsroom")


@pytest.fixture(scope="session")
def told(homes: Path) -> Path:
    """A home after ten days. Read only: `home` is a copy to change."""
    return homes / "told"


@pytest.fixture(scope="session")
def served(told: Path) -> Iterator[Served]:
    """The newsroom over it, served by the real command. Read only."""
    with serving(told) as found:
        yield found


@pytest.fixture
def home(told: Path, tmp_path: Path) -> Path:
    """A copy of it for this test alone."""
    return copy_of(told, tmp_path / "home")


@pytest.fixture
def newsroom(home: Path) -> Iterator[Newsroom]:
    """The application in this process over `home`: pages by Django's client, tables by its models."""
    with Newsroom.over(home) as found:
        yield found


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages make the figures they need themselves, however slow this machine is."""
    monkeypatch.setattr("web.figures.jobs.QUICK", 3600.0)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium for the tests of a module."""
    path = needs_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


@pytest.fixture(params=[(1280, "light"), (360, "dark")], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen or be wider than the screen, and from which nobody else may be asked
    for anything.
    """
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    opened, wrong = context.new_page(), []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    # A query that means nothing is answered with 400, which browsers write down as well.
    opened.on(
        "console",
        lambda said: wrong.append(said.text) if said.type == "error" and "status of 400" not in said.text else None,
    )
    opened.on("request", lambda asked: wrong.append(asked.url) if "//127.0.0.1:" not in asked.url else None)
    yield opened
    assert wrong == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
