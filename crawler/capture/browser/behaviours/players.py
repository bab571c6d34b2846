"""Start players without a sound, so that what they play is asked for."""

from __future__ import annotations

import asyncio

from crawler.capture.browser.behaviours.stage import Stage

MOST = 10
_WAIT = 5.0
"""Seconds in which a player has asked for what it plays."""
_LOOK = 0.05


async def players(stage: Stage) -> None:
    loop = asyncio.get_running_loop()
    before = len(stage.visit.media)
    started = await stage.call("play", MOST)
    end = min(loop.time() + _WAIT, stage.until)
    while len(stage.visit.media) < before + started and loop.time() < end:
        await asyncio.sleep(_LOOK)
    await stage.call("pause")
    await stage.settle()
    stage.did.append(f"started {started} players, which asked for {len(stage.visit.media) - before} recordings")
