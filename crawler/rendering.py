"""The browser of one crawl, as spiders see it: what it says of pages is noted like what the door says."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from config.errors import RecordwatchError
from config.home import Home
from config.portal import Portal
from crawler.challenge import signs
from crawler.collect import Collector
from crawler.opened import opening
from spiders.errors import ChallengePageError

if TYPE_CHECKING:
    from crawler.capture.browser.renderer import Keeper, Rendered, Renderer
    from crawler.capture.door import Door

_LOOKED_AT = 65_536


class WatchedRenderer:
    """A renderer whose answers and failures the collector notes; a block page never reaches a spider."""

    def __init__(self, renderer: Renderer, collector: Collector) -> None:
        self.renderer = renderer
        self._collector = collector

    async def render(self, url: str) -> Rendered:
        """As `Renderer.render`. Raises ChallengePageError where the page is a block or challenge page."""
        try:
            rendered = await self.renderer.render(url)
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
        return rendered


@asynccontextmanager
async def rendering(
    home: Home, portal: Portal, door: Door, keeper: Keeper, collector: Collector
) -> AsyncIterator[WatchedRenderer | None]:
    """The browser for the listing of `portal`; None where its pages need none. It ends with the block."""
    if not portal.browser:
        yield None
        return
    from crawler.capture.browser.renderer import Renderer  # who needs no browser need not load its parts

    renderer = Renderer(home.settings.browser, portal, door, keeper)
    try:
        yield WatchedRenderer(renderer, collector)
    finally:
        await renderer.close()
        for words in renderer.notes():
            collector.findings.notes.setdefault(words, None)
