"""The behaviours of one visit, in their order, and what they leave behind.

First what only adds to the page: scroll → more → unfold. Then what may change it: tabs → modals → players. Last, with a
picture of the page kept, `pages`: the pages of a list. Before anything is pressed the document is in safety. What a
page has none of costs nothing: one look at it tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from crawler.capture.browser.behaviours.modals import modals
from crawler.capture.browser.behaviours.more import more
from crawler.capture.browser.behaviours.players import players
from crawler.capture.browser.behaviours.scroll import scroll
from crawler.capture.browser.behaviours.stage import PageLeft, Stage
from crawler.capture.browser.behaviours.tabs import tabs
from crawler.capture.browser.behaviours.turn import turn
from crawler.capture.browser.behaviours.unfold import unfold
from crawler.capture.browser.tab import first_line, picture_of

Behaviour = Literal["scroll", "more", "unfold", "tabs", "modals", "players", "pages"]
_LAST = 5.0
"""Seconds of a page's time that are kept for the document and its picture."""


class TooLarge(Exception):
    """The documents of a visit are more than the limit allows."""


@dataclass(slots=True)
class Album:
    """The documents of one visit, UTF-8."""

    room: int
    """Bytes that they may have together."""
    url: str = ""
    document: bytes | None = None
    """The page; None until it was kept."""
    picture: bytes | None = None
    others: dict[str, bytes] = field(default_factory=dict)
    """Name (`tab-2`, `modal-1`, `page-2`) → document."""
    unfinished: str = ""
    """Why the list on the page had not ended yet, where that is so."""

    @property
    def states(self) -> tuple[bytes, ...]:
        """What turning the list gave, in order."""
        return tuple(document for name, document in self.others.items() if name.startswith("page-"))


async def perform(stage: Stage, chosen: Collection[Behaviour], album: Album) -> None:
    """Act on the page, and keep what it shows in `album`. The document is there afterwards, and where it could be
    painted its picture; what goes wrong on the way is a note of the visit.

    Raises:
        TooLarge: the page itself is more than `album.room`.
        playwright's Error: the page cannot be read at all.
    """
    from playwright.async_api import Error

    stage.until -= _LAST
    hangs = False
    try:
        await _perform(stage, chosen, album)
    except PageLeft:
        stage.visit.note("the page led itself elsewhere while it was acted on, and is kept as it was before")
    except TimeoutError:
        hangs = True
        stage.visit.note("the page did not answer any more while it was acted on, and is kept as it was before")
    except TooLarge:
        if album.document is None:
            raise
        album.unfinished = "its pages are larger than limits.page_bytes together"
        stage.visit.note("what the page shows is larger than limits.page_bytes together, and not all of it was kept")
    except Error as error:
        if album.document is None:
            await _keep_page(stage, album)
        stage.visit.note(f"the page could not be acted on: {first_line(error.message)}")
    if album.document is None:
        await _keep_page(stage, album)
    if album.picture is None and not hangs:
        await _paint(stage, album)


async def _perform(stage: Stage, chosen: Collection[Behaviour], album: Album) -> None:
    if not chosen or stage.over:
        return
    async with asyncio.timeout_at(stage.until + _LAST / 2):
        await stage.open()
        has = await stage.call("survey", stage.wanted)
        ended = []
        if has["tall"] and "scroll" in chosen:
            ended.append(await scroll(stage))
            has = await stage.call("survey", stage.wanted)
        if has["more"] and "more" in chosen and not stage.over:
            await _keep_page(stage, album)
            ended.append(await more(stage))
            await _keep_page(stage, album)
            has = await stage.call("survey", stage.wanted)
        album.unfinished = next(filter(None, ended), "")
        await _open(stage, chosen, album, has)
        turning = "pages" in chosen and (await stage.call("survey", stage.wanted))["next"]
        if turning:
            if album.document is None:
                await _keep_page(stage, album)
            await _paint(stage, album)

            async def keep(name: str) -> None:
                await _keep(stage, album, name)

            album.unfinished = await turn(stage, keep) or album.unfinished
        for where in await stage.call("left"):
            stage.visit.note(f"what was pressed on the page would have led to {where}, and was stopped")


async def _open(stage: Stage, chosen: Collection[Behaviour], album: Album, has: dict[str, int]) -> None:
    """What is folded, behind tabs, above the page, and what plays. The page's rows are what they were before."""
    if has["folded"] and "unfold" in chosen and not stage.over:
        if album.document is None:
            await _keep_page(stage, album)
        await unfold(stage)
        await _keep_page(stage, album)
        has = await stage.call("survey", stage.wanted)
    changing = [name for name in ("tabs", "modals", "players") if has[name] and name in chosen]
    if not changing or stage.over:
        return
    if album.document is None:
        await _keep_page(stage, album)
    before = await stage.size()

    async def keep(name: str) -> None:
        await _keep(stage, album, name)

    if "tabs" in changing:
        await tabs(stage, keep)
    if "modals" in changing and not stage.over:
        await modals(stage, keep)
    if "players" in changing and not stage.over:
        await players(stage)
    if (await stage.size()).mark == before.mark:  # else the page as it was before is the page
        await _keep_page(stage, album)


async def _keep_page(stage: Stage, album: Album) -> None:
    album.url = stage.page.url.partition("#")[0]
    album.document = await _document(stage, album.room - sum(map(len, album.others.values())))


async def _keep(stage: Stage, album: Album, name: str) -> None:
    taken = sum(map(len, album.others.values())) + len(album.document or b"")
    album.others[name] = await _document(stage, album.room - taken)


async def _document(stage: Stage, room: int) -> bytes:
    length = await stage.page.evaluate("document.documentElement ? document.documentElement.outerHTML.length : 0")
    if length > room:  # told before all of it is sent
        raise TooLarge(f"{length} characters")
    document = (await stage.page.content()).encode("utf-8", "replace")
    if len(document) > room:
        raise TooLarge(f"{len(document)} bytes")
    return document


async def _paint(stage: Stage, album: Album) -> None:
    from playwright.async_api import Error

    try:
        album.picture = await picture_of(stage.page)
    except (Error, TimeoutError) as error:
        stage.visit.note(f"there is no picture of the page: {first_line(str(error)) or 'it took too long'}")
