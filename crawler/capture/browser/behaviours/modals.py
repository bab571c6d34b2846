"""Open what opens above the page, and close it again."""

from __future__ import annotations

from crawler.capture.browser.behaviours.each import Keep, press_each
from crawler.capture.browser.behaviours.stage import Stage


async def modals(stage: Stage, keep: Keep) -> None:
    async def close() -> None:
        await stage.page.keyboard.press("Escape")
        await stage.call("close")
        await stage.settle()

    await press_each(stage, keep, "modals", close)
