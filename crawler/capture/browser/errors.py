"""What goes wrong with one page in a browser. Each costs that page; the crawl goes on with another browser."""

from __future__ import annotations

from config.errors import ConfigError
from spiders.errors import PageError


class PageNotRendered(PageError):
    """The browser could not show the page."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, "the page in a browser", "a page that a browser can show", why)


class PageCrashed(PageNotRendered):
    """The page took its tab, or the whole browser, down with it."""


class BrowserMissing(ConfigError):
    """There is no Chromium on this machine, or not the one that is named."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(
            what,
            where=where,
            todo="`python -m playwright install chromium` gets one, as does your system's package `chromium`;"
            " `browser` in recordwatch.toml names another",
        )


class BrowserBroken(ConfigError):
    """There is a Chromium, and it does not start."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"the browser does not start: {why}",
            where=path,
            todo=f"`{path} --headless --dump-dom about:blank` says why; where it has no sandbox, this account needs the right"
            " to make user namespaces",
        )
