"""The processes of one browser: how much memory they have, and their end. Where there is no /proc, nothing is known."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def family(root: int) -> list[int]:
    """Process `root` and all that descend from it."""
    children: dict[int, list[int]] = defaultdict(list)
    with suppress(OSError):
        for name in os.listdir(_PROC):
            if name.isdigit():
                with suppress(OSError, ValueError, IndexError):
                    # The name in brackets may hold anything; the parent is the second field behind it.
                    stat = (_PROC / name / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                    children[int(stat[1])].append(int(name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def memory(root: int) -> int:
    """Bytes that `root` and its descendants have for themselves: shared pages do not count."""
    pages = 0
    for process in family(root):
        with suppress(OSError, ValueError, IndexError):
            _, resident, shared, *_ = (_PROC / str(process) / "statm").read_text().split()
            pages += int(resident) - int(shared)
    return pages * os.sysconf("SC_PAGE_SIZE")


def kill(root: int) -> None:
    """End `root` and its descendants at once."""
    for process in family(root):
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)
