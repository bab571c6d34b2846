"""Open what opens above the page, and close it again."""

from __future__ import annotations

from crawler.capture.browser.behaviours.stage import Stage
from crawler.capture.browser.behaviours.tabs import Keep

MOST = 20


async def modals(stage: Stage, keep: Keep) -> None:
    there = await stage.call("keep", "modals")
    seen = {await stage.call("words")}
    opened = 0
    for number in range(min(there, MOST)):
        if stage.over:
            break
        if not await stage.call("press", "modals", number):
            continue
        opened += 1
        await stage.settle()
        words = await stage.call("words")
        if words not in seen:
            seen.add(words)
            await keep(f"modal-{number + 1}")
        await stage.page.keyboard.press("Escape")
        await stage.call("close")
        await stage.settle()
    stage.did.append(f"opened {opened} of {there} modals")
