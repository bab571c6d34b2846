"""Runs the real command line in this process and writes what it cost to the file named first.

    python -m tests.acceptance.measured COSTS.json crawl SLUG --home HOME

`peak_kb` is the resident high-water mark, `written` the bytes this process caused to be written.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from cli.__main__ import main


def facts(name: str) -> dict[str, int]:
    lines = Path(f"/proc/{os.getpid()}/{name}").read_text("ascii").splitlines()
    return {
        key: int(rest.split()[0])
        for key, _, rest in (line.partition(":") for line in lines)
        if rest.split() and rest.split()[0].isdigit()
    }


def measured(target: Path) -> None:
    """Run the command that `sys.argv` says, and write to `target` what it cost."""
    try:
        main()
    finally:
        target.write_text(json.dumps({"peak_kb": facts("status")["VmHWM"], "written": facts("io")["wchar"]}), "utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    sys.argv = ["recordwatch", *sys.argv[2:]]
    measured(target)
