"""The browser of one crawl, as spiders see it: what it says of pages is noted like what the door says."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from config.errors import RecordwatchError
from config.home import Home
from config.portal import Portal
from crawler.capture.media.visited import Visits
from crawler.challenge import signs
from crawler.collect import Collector
from crawler.opened import opening
from spiders.errors import ChallengePageError

if TYPE_CHECKING:
    from crawler.capture.browser.behaviours.wanted import Wanted
    from crawler.capture.browser.rendered import Keeper, Rendered
    from crawler.capture.browser.renderer import Renderer
    from crawler.capture.door import Door

_LOOKED_AT = 65_536


class LazyRenderer:
    """The renderer of one crawl, made when the first page needs it: who needs no browser does not load its parts."""

    def __init__(self, make: Callable[[], Renderer]) -> None:
        self._make = make
        self._made: Renderer | None = None

    async def render(self, url: str, wanted: Wanted) -> Rendered:
        """As `Renderer.render`."""
        if self._made is None:
            self._made = self._make()
        return await self._made.render(url, wanted)

    async def close(self) -> list[str]:
        """Ends the browser. Returns what whoever reads the crawl should know."""
        if self._made is None:
            return []
        await self._made.close()
        return self._made.notes()


class WatchedRenderer:
    """A renderer whose answers and failures the collector notes; a block page never reaches a spider."""

    def __init__(self, renderer: LazyRenderer, collector: Collector) -> None:
        self.renderer = renderer
        self._collector = collector
        self.visits = Visits()
        """What players of its pages asked for: candidates where no resolver knows the page."""

    async def render(self, url: str, wanted: Wanted) -> Rendered:
        """As `Renderer.render`. Raises ChallengePageError where the page is a block or challenge page."""
        try:
            rendered = await self.renderer.render(url, wanted)
        except RecordwatchError as error:
            self._collector.failed(url, error)
            raise
        main, document = rendered.main, rendered.document
        # A challenge that the browser passed has gone from the document, though not from the first answer.
        sign = signs(main.status, main.headers, opening(main) if document is None else document[:_LOOKED_AT])
        self._collector.answered(rendered.url, main.status, sign)
        if sign:
            raise ChallengePageError(rendered.url, sign)
        if main.status == 200:
            # Every page of such a portal is the same shell on the wire: only rendered do they differ.
            digest = "" if document is None else f"sha256:{hashlib.sha256(document).hexdigest()}"
            self._collector.findings.shapes.answer(rendered.url, digest or main.archived.payload_digest)
        self.visits.note((url, rendered.url), rendered.media)
        return rendered


@asynccontextmanager
async def rendering(
    home: Home, portal: Portal, door: Door, keeper: Keeper, collector: Collector
) -> AsyncIterator[WatchedRenderer]:
    """The browser for the listing of `portal`, started by the first page that needs it. It ends with the block."""

    def make() -> Renderer:
        from crawler.capture.browser.renderer import Renderer

        return Renderer(home.settings.browser, portal, door, keeper)

    renderer = LazyRenderer(make)
    try:
        yield WatchedRenderer(renderer, collector)
    finally:
        for words in await renderer.close():
            collector.findings.notes.setdefault(words, None)
