"""What a command's exit code says."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every verb."""

    OK = 0
    """Done; for `crawl` and `run`: every verdict is healthy."""
    CRASH = 1
    """Something failed: a disk, the store, the database, or a fault of ours. Nothing captured is lost, the next run recovers."""
    USAGE = 2
    """The command line or a setting is wrong."""
    UNHEALTHY = 3
    """`crawl`, `run`, `portals check`: a verdict is not healthy. `verify`: something is not as it was. `doctor`: something that is configured does not work. `recover`, `rebuild`, `export`: something is missing."""
    LOCKED = 4
    """Another crawl of this portal holds the lock."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM. What was captured is kept, the next run goes on from it."""
