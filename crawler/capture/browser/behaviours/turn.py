"""Turn the pages of a list that shows the next rows in the place of these, each page a document of its own."""

from __future__ import annotations

from crawler.capture.browser.behaviours.each import Keep
from crawler.capture.browser.behaviours.stage import Stage

MOST = 500


async def turn(stage: Stage, keep: Keep) -> str:
    """Returns why the list had not ended yet, else nothing."""
    marks = {(await stage.size()).mark}
    for number in range(2, MOST + 2):
        if stage.over:
            return f"its time was over on page {number - 1} of the list (limits.browser_seconds)"
        troubles = stage.visit.troubles
        if not await stage.call("next", stage.wanted):
            break
        await stage.settle()
        now = await stage.size()
        if now.mark in marks or not now.rows:
            if stage.visit.troubles > troubles or stage.visit.busy:
                return f"page {number} of the list did not come"
            break  # what is pressed does nothing any more, or begins anew
        marks.add(now.mark)
        await keep(f"page-{number}")
    else:
        return f"the list has more than {MOST} pages"
    stage.did.append(f"turned {len(marks) - 1} pages of the list")
    return ""
