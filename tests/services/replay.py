"""The replay component for tests: installed once, by what `recordwatch replayer install` runs, and used by every home.

`python -m tests.services.replay` installs it where it may; a test that needs it and has none is skipped, aloud, and in CI
that is a failure.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from config.errors import RecordwatchError
from web.outside.replay_component import LOCK, found, install

FOLDER = Path(__file__).resolve().parents[2] / ".services" / "replay"


def needs_replay(home: Path) -> None:
    """Give `home` the component."""
    if found(FOLDER) is None:
        import pytest

        why = "the replay component is not here: `python -m tests.services.replay` installs it"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    (home / "components").mkdir(exist_ok=True)
    (home / "components" / "replay").symlink_to(FOLDER)


def main() -> None:
    if found(FOLDER) is not None and FOLDER.stat().st_mtime > LOCK.stat().st_mtime:
        print(f"replay for tests: {FOLDER}")
        return
    print("installing the replay component for its tests", flush=True)
    try:
        install(FOLDER)
    except RecordwatchError as error:
        print(f"THE TESTS OF REPLAY WILL BE SKIPPED: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
