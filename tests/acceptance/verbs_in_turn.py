"""Many verbs in one process, to save its start: a line of JSON each, in the file that is named. What they say is printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cli.__main__ import _dispatch


def main() -> None:
    """Run them; one that fails says so in a line, and the next is run."""
    for line in Path(sys.argv[1]).read_text("utf-8").splitlines():
        try:
            _dispatch(json.loads(line))
        except BaseException as error:  # a verb ends as it likes
            print(type(error).__name__, error)
    sys.exit(0)
