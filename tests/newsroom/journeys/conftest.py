"""One newsroom that has watched the sample portal for eleven days and goes on watching; one browser."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sample.server import SamplePortal, portal_file
from sample.story import WITNESS
from tests.newsroom.journeys.visitor import Visitor, visiting
from tests.newsroom.served import Served, serving
from tests.services.forked import run_verb

Visits = Callable[..., Visitor]


@dataclass(frozen=True, slots=True)
class Scene:
    """The portal, the newsroom that watches it, and its home."""

    portal: SamplePortal
    newsroom: Served

    def run(self, *arguments: str) -> str:
        """`recordwatch ARGUMENTS` on this home, as cron or an operator would type it."""
        done = run_verb(*arguments, "--home", str(self.newsroom.home), timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mails(self, to: str, wanted: int) -> list[EmailMessage]:
        """What came to this address, oldest first, as soon as `wanted` are there."""
        until = time.monotonic() + 60
        while True:
            read = [message_from_bytes(one.read_bytes(), policy=default) for one in self._outbox()]
            mine = [one for one in read if to in str(one["To"])]
            if len(mine) >= wanted:
                return mine
            assert time.monotonic() < until, f"{len(mine)} of {wanted} mails to {to}"

    def _outbox(self) -> list[Path]:
        return sorted((self.newsroom.home / "outbox").glob("*.eml"), key=lambda one: one.stat().st_mtime_ns)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """After day 11, as soon as the newsroom's keeper has indexed it."""
    from cli.demo import Watcher, _fresh_home

    home = tmp_path_factory.mktemp("journeys") / "home"
    _fresh_home(home)
    with SamplePortal() as portal, ExitStack() as stack:
        (home / "portals" / "lake-harbor.toml").write_text(portal_file(portal.url), "utf-8")
        watcher = Watcher(home)
        for day in (1, 3, 4, 5, 6, 8, 9, 10, 11):
            portal.day = day
            with redirect_stdout(io.StringIO()):
                watcher.day()
        newsroom = stack.enter_context(serving(home))
        settings = home / "recordwatch.toml"  # mails of later crawls lead to it
        settings.write_text(f'link = "{newsroom.url}"\n{settings.read_text("utf-8")}', "utf-8")
        until = time.monotonic() + 60
        while not (answer := newsroom.get("/search.json?q=taser+district:04")).ok or not answer.json()["rows"]:
            assert time.monotonic() < until, answer.text
        yield Scene(portal, newsroom)


@pytest.fixture(scope="module")
def looked_at() -> set[str]:
    """Pages that axe has seen already."""
    return set()


@pytest.fixture
def visits(request: pytest.FixtureRequest, scene: Scene, browser: Browser, looked_at: set[str]) -> Iterator[Visits]:
    """Let somebody come: `keys` or `phone`. Nobody but an editor may see the witness's name, on whatever page."""
    journey = request.node.originalname.removeprefix("test_")
    with ExitStack() as stack:

        def come(name: str, *, forbidden: str = WITNESS.split()[1]) -> Visitor:
            return stack.enter_context(visiting(browser, scene.newsroom.url, name, journey, looked_at, forbidden))

        yield come


@pytest.fixture(params=["keys", "phone"])
def visitor(request: pytest.FixtureRequest, visits: Visits) -> Visitor:
    """Each journey is made twice: by keys alone at a desk, and on a phone in Spanish."""
    return visits(request.param)
