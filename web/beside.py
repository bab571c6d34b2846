"""Looks after what works beside the newsroom: the keeper, and replay where it is installed. Whoever dies is started again.

A process of its own, started by `web.server` and ended with it, and small, so that a system short of memory ends others
first. It imports nothing of ours that costs: no Django.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from config.home import open_home
from web.outside.replay_component import folder_of, found

LOOK = 0.5
"""Seconds between two looks at who lives."""
REST, LONGEST = 1.0, 60.0
"""Seconds before who died is started again: the first time; at most. Twice as many each time."""
HOPELESS = 3
"""Exit code of a process that has said why it cannot work, and would only say so again."""
log = logging.getLogger("recordwatch.beside")


@dataclass(slots=True)
class Charge:
    """One process that is to live as long as the newsroom does."""

    name: str
    command: list[str]
    rest: float = 0.0
    began: float = 0.0
    again: float = 0.0
    """When it is started again, by the monotonic clock; 0: it is not known to be dead."""
    over: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None)

    def look(self, now: float) -> None:
        """Start it, at first and when it has died and rested."""
        if self.over or (self.process is not None and self.process.poll() is None):
            return
        if self.process is not None and not self.again:
            self.over = self.process.returncode == HOPELESS
            self.rest = pause(self.rest, now - self.began)
            self.again = now + self.rest
            if not self.over:
                log.warning("%s ended (%s); it is started again in %d s", self.name, self.process.returncode, self.rest)
        elif now >= self.again:
            self.process, self.began, self.again = subprocess.Popen(self.command), now, 0.0


def pause(before: float, lived: float) -> float:
    """Seconds to wait before the next start, after a pause of `before` and a life of `lived` seconds."""
    return REST if lived >= LONGEST else min(max(2 * before, REST), LONGEST)


def main(path: str) -> int:
    """Look after them until told to stop, or until who started us is gone."""
    stopped, parent = threading.Event(), os.getppid()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    home = open_home(path)
    charges = [Charge("the keeper of what is derived", [sys.executable, "-m", "web.keeper", str(home.path)])]
    if found(folder_of(home)) is not None:
        charges.append(Charge("replay", [sys.executable, "-m", "web.outside.replay_beside", str(home.path)]))
    while not stopped.wait(LOOK) and os.getppid() == parent:
        for one in charges:
            one.look(time.monotonic())
    living = [one.process for one in charges if one.process is not None]
    for process in living:
        process.terminate()
    for process in living:
        process.wait()
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="recordwatch: %(message)s")
    sys.exit(main(sys.argv[1]))
