"""Start players without a sound, so that what they play is asked for."""

from __future__ import annotations

from crawler.capture.browser.behaviours.stage import Stage

MOST = 10


async def players(stage: Stage) -> None:
    before = len(stage.visit.media)
    started = await stage.call("play", MOST)
    await stage.settle()
    await stage.call("pause")
    stage.did.append(f"started {started} players, which asked for {len(stage.visit.media) - before} recordings")
