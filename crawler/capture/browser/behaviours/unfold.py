"""Open what is folded: `<details>`, and accordions that say so."""

from __future__ import annotations

from crawler.capture.browser.behaviours.stage import Stage

MOST = 200
_ROUNDS = 3
"""What was inside something folded may be folded too."""


async def unfold(stage: Stage) -> None:
    opened = 0
    for _ in range(_ROUNDS):
        now = await stage.call("unfold", MOST - opened)
        opened += now
        if not now or opened >= MOST or stage.over:
            break
        await stage.settle()
    stage.did.append(f"unfolded {opened} parts")
