"""Press "load more" until there is no more."""

from __future__ import annotations

from crawler.capture.browser.behaviours.stage import Stage

MOST = 200


async def more(stage: Stage) -> str:
    """Returns why the list had not ended yet, else nothing."""
    pressed, troubles, words = 0, stage.visit.troubles, ""
    before = await stage.size()
    grew = True
    while grew and pressed < MOST and not stage.over:
        if not (said := await stage.call("more", stage.wanted)):
            break
        pressed, words = pressed + 1, said
        await stage.settle()
        after = await stage.size()
        grew = after.elements > before.elements or after.rows > before.rows
        before = after
    else:
        if not grew and stage.visit.troubles == troubles:
            said = ""  # it does nothing any more
    stage.did.append(f"pressed {words!r} {pressed} times")
    if not said:
        return ""
    stage.visit.note(f"there was more behind {words!r} after it was pressed {pressed} times")
    return f"there was more behind {words!r} after it was pressed {pressed} times" if stage.wanted.rows else ""
