"""Press, one after the other, what shows another part of a page, and keep the document where it says something new."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from crawler.capture.browser.behaviours.stage import Stage

MOST = 20
Keep = Callable[[str], Awaitable[None]]
"""Keeps the document as it is now, under a name."""


async def press_each(
    stage: Stage, keep: Keep, what: Literal["tabs", "modals"], then: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Press each of `what`; `then` is awaited after each."""
    there = await stage.call("keep", what)
    seen = {await stage.call("words")}
    opened = 0
    for number in range(min(there, MOST)):
        if stage.over:
            break
        if not await stage.call("press", what, number):
            continue
        opened += 1
        await stage.settle()
        words = await stage.call("words")
        if words not in seen:
            seen.add(words)
            await keep(f"{what.removesuffix('s')}-{number + 1}")
        if then is not None:
            await then()
    stage.did.append(f"opened {opened} of {there} {what}")
