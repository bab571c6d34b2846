"""One newsroom with replay beside it for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.newsroom.outside.scene import Scene, staged
from tests.services.browser import needs_chromium


@pytest.fixture(scope="package")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Read only, but for what a test restricts."""
    with staged(tmp_path_factory.mktemp("ill")) as found:
        yield found


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    """A real Chromium."""
    del scene  # first: Django does not work under Playwright's event loop
    path = needs_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()
