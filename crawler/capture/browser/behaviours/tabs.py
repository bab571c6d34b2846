"""Open each tab, and the first one again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from crawler.capture.browser.behaviours.stage import Stage

MOST = 20
Keep = Callable[[str], Awaitable[None]]
"""Keeps the document as it is now, under a name."""


async def tabs(stage: Stage, keep: Keep) -> None:
    there = await stage.call("keep", "tabs")
    seen = {await stage.call("words")}
    opened = 0
    for number in range(min(there, MOST)):
        if stage.over:
            break
        if not await stage.call("press", "tabs", number):
            continue
        opened += 1
        await stage.settle()
        words = await stage.call("words")
        if words not in seen:
            seen.add(words)
            await keep(f"tab-{number + 1}")
    await stage.call("back")
    await stage.settle()
    stage.did.append(f"opened {opened} of {there} tabs")
