"""Finds a Chromium, starts it behind the recording proxy, and knows when it has died or eats too much."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.capture.browser import processes
from crawler.capture.browser.errors import BrowserBroken, BrowserMissing
from crawler.capture.browser.loopback import GREETING, LoopbackProxy

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright

SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Names under which systems install it."""
VIEWPORT = (1280, 1024)
"""Pixels."""
_START_SECONDS = 60
_END_SECONDS = 5
FLAGS = (
    "--disable-gpu",
    "--disable-quic",  # HTTP/3 and WebTransport would go around a proxy
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",  # and so would WebRTC
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
OFF = (
    "WebUIOmniboxPopup",  # the suggestions below an address bar that nobody types in:
    "WebUIOmniboxAimPopup",  # a page of its own in each window, dearer than most pages of portals
    # What playwright turns off, for Chromium hears the last list alone.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
"""Features of Chromium that are off."""


_FEW_WINDOWS = """(() => {
const open = window.open; let opened = 0;
window.open = function (...how) { return ++opened > 10 ? null : open.apply(this, how); };
})();"""
"""Each window costs a moment, and a page that opens hundreds of them its time."""


def find(configured: str, playwrights: str) -> str:
    """Path of the Chromium to use: the configured one, Playwright's own, the system's.

    Raises:
        BrowserMissing: there is none, or the configured one is not there.
    """
    if configured:
        path = shutil.which(str(Path(configured).expanduser()))
        if path is None:
            raise BrowserMissing(f"browser = {configured!r}: there is no such program", "recordwatch.toml")
        return path
    if playwrights and Path(playwrights).is_file():
        return playwrights
    for name in SYSTEM:
        if path := shutil.which(name):
            return path
    raise BrowserMissing(
        "a browser is needed (a portal's browser = …, or a replay), and there is none on this machine", "browser"
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a page thinks is looking at it."""

    user_agent: str = ""
    language: str = ""
    """Empty, as above: the browser's own."""
    timezone: str = "UTC"


class Chromium:
    """A running browser with one context: cookies, storage and cache of one crawl, or of one replay."""

    def __init__(self, playwright: Playwright, browser: Browser, context: BrowserContext, pid: int) -> None:
        self._playwright = playwright
        self._browser = browser
        self._context = context
        self._pid = pid
        self._killed = False
        self.engine = f"Chromium {browser.version}"
        """Name and version, for the archive."""

    @classmethod
    async def start(
        cls, configured: str, reader: Reader, proxy: LoopbackProxy, *, flags: Sequence[str] = (),
        off: Sequence[str] = (), trusted: Sequence[str] = (), window: bool = False,
    ) -> Chromium:  # fmt: skip
        """Start one whose only way out is `proxy`; `flags` are for its command line, `off` are features beside
        `OFF`, `trusted` are the fingerprints of further keys that may sign for any host.

        Raises:
            BrowserMissing, BrowserBroken.
        """
        from playwright.async_api import Error, async_playwright

        playwright = await async_playwright().start()
        try:
            path = find(configured, playwright.chromium.executable_path)
            try:
                browser = await playwright.chromium.launch(
                    executable_path=path,
                    args=[
                        *FLAGS,
                        *flags,
                        f"--disable-features={','.join([*OFF, *off])}",
                        f"--ignore-certificate-errors-spki-list={','.join([proxy.fingerprint, *trusted])}",
                    ],
                    headless=not window,
                    # A root user's Chromium refuses to start with its sandbox.
                    chromium_sandbox=os.geteuid() != 0,
                    proxy={"server": f"http://127.0.0.1:{proxy.port}", "bypass": "<-loopback>"},
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                    timeout=_START_SECONDS * 1000,
                )
                pid = await _process(browser)
                context = await browser.new_context(
                    user_agent=reader.user_agent or None,
                    viewport={"width": VIEWPORT[0], "height": VIEWPORT[1]},
                    locale=reader.language or None,
                    timezone_id=reader.timezone,
                    service_workers="block",
                    accept_downloads=False,
                )
                await context.grant_permissions([])  # and so none: places, notifications, the clipboard
                greeted = proxy.greeted
                await _greet(context, proxy)
                if proxy.greeted == greeted:
                    raise BrowserBroken(path, "it does not tell the proxy of the crawl who it is")
            except Error as error:
                raise BrowserBroken(path, _why(error.message)) from error
        except BaseException:
            await playwright.stop()
            raise
        return cls(playwright, browser, context, pid)

    @property
    def alive(self) -> bool:
        # What was killed is dead before playwright has heard of it.
        return not self._killed and self._browser.is_connected()

    async def prepare(self, script: str) -> None:
        """Run `script` in every document and frame before any of theirs."""
        await self._context.add_init_script(script)

    async def window(self) -> Page:
        """A tab that a person uses: what it opens besides stays open."""
        return await self._context.new_page()

    async def page(self) -> Page:
        """A new tab. Raises playwright's Error when the browser has died."""
        page = await self._context.new_page()
        await page.add_init_script(_FEW_WINDOWS)
        # What a page opens besides is closed; what it asked for until then is archived like all else.
        page.on("popup", lambda popup: asyncio.ensure_future(_closed(popup)))
        return page

    def memory(self) -> int:
        """Bytes of memory in use; 0 where that is not known."""
        return processes.memory(self._pid)

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._killed = True
        processes.kill(self._pid)

    async def close(self) -> None:
        """End it in good order, or not."""
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._browser.close()
        except Exception:
            self.kill()
        with suppress(Exception):
            async with asyncio.timeout(_END_SECONDS):
                await self._playwright.stop()


def _why(message: str) -> str:
    """The line of playwright's report that says why a browser did not start."""
    lines = [line.strip(" -") for line in message.splitlines()]
    lines = [line for line in lines if line and not line.startswith("<launching>")]
    telling = (line for word in ("sandbox", "did exit") for line in lines if word in line.lower())
    return next(telling, lines[0] if lines else "no reason was given")[:300]


async def _closed(page: Page) -> None:
    with suppress(Exception):
        await page.close()


async def _process(browser: Browser) -> int:
    """Number of the browser's first process."""
    session = await browser.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    return next(int(one["id"]) for one in told["processInfo"] if one["type"] == "browser")


async def _greet(context: BrowserContext, proxy: LoopbackProxy) -> None:
    """Show the proxy the secret once. From then on this context sends it by itself, without the interception
    of every request that a password in the proxy's address would mean.
    """
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    answers: set[asyncio.Task[Any]] = set()

    def send(method: str, parameters: dict[str, Any]) -> None:
        answers.add(asyncio.ensure_future(session.send(method, parameters)))

    login = {"response": "ProvideCredentials", "username": proxy.user, "password": proxy.secret}
    session.on(
        "Fetch.authRequired",
        lambda event: send("Fetch.continueWithAuth", {"requestId": event["requestId"], "authChallengeResponse": login}),
    )
    session.on("Fetch.requestPaused", lambda event: send("Fetch.continueRequest", {"requestId": event["requestId"]}))
    await session.send("Fetch.enable", {"handleAuthRequests": True, "patterns": [{"urlPattern": "*"}]})
    with suppress(Exception):
        await page.goto(GREETING, timeout=_START_SECONDS * 1000)  # 204: "aborted", which is what we want
    await asyncio.gather(*answers, return_exceptions=True)
    await session.send("Fetch.disable")
    await session.detach()
    await page.close()
