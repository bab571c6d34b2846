"""Open each tab, and the first one again."""

from __future__ import annotations

from crawler.capture.browser.behaviours.each import Keep, press_each
from crawler.capture.browser.behaviours.stage import Stage


async def tabs(stage: Stage, keep: Keep) -> None:
    await press_each(stage, keep, "tabs")
    await stage.call("back")
    await stage.settle()
