"""Sends to DocumentCloud what is due: `python -m web.desk.documentcloud_work HOME`, a process of its own that the keeper
starts, so that some hundred megabytes hold up nothing else. It may be killed: the next one goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

from config.home import Home, open_home

_AFFORD = 10
"""Niceness: pages come first."""
_now: list[subprocess.Popen[bytes]] = []


def look(home: Home, now: datetime) -> None:
    """Start the process where something is due and none works. Called by the keeper."""
    from releases.documentcloud.sending import due

    if _now and _now[0].poll() is None:
        return
    _now.clear()
    if home.settings.documentcloud.there and due(now):
        command = [sys.executable, "-m", "web.desk.documentcloud_work", str(home.path)]
        quiet = subprocess.DEVNULL
        _now.append(subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True))


def main(path: str) -> int:
    """Go on with each that is due."""
    os.nice(_AFFORD)
    from web.start import configure

    holdings = configure(open_home(path))
    from releases.documentcloud.sending import due, go_on

    for ident in due(datetime.now(UTC)):
        go_on(holdings, ident)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
