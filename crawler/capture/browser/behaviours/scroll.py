"""Scroll to the end, until nothing more comes."""

from __future__ import annotations

from crawler.capture.browser.behaviours.stage import Stage

MOST = 100
"""Steps: a feed without end is read so far."""


async def scroll(stage: Stage) -> str:
    """Returns why the list had not ended yet, else nothing."""
    before = await stage.size()
    steps, grew, rows = 0, True, False
    while grew and steps < MOST and not stage.over:
        await stage.call("scroll", "end")
        await stage.settle()
        steps += 1
        after = await stage.size()
        grew = after.height > before.height or after.elements > before.elements
        rows = after.rows > before.rows
        before = after
    await stage.call("scroll", "start")
    stage.did.append(f"scrolled to the end {steps} times")
    if not grew:
        return ""
    words = f"the page still went on after it was scrolled to its end {steps} times"
    stage.visit.note(f"{words}, and was read as it stood")
    return words if rows else ""
