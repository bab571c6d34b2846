"""What a command's exit code says."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every verb."""

    OK = 0
    """Done; for `crawl` and `run`: every verdict is healthy."""
    CRASH = 1
    """Something unforeseen; nothing captured is lost, the next run recovers."""
    USAGE = 2
    """The command line or a setting is wrong."""
    UNHEALTHY = 3
    """`crawl`, `run`: a verdict is not healthy. `verify`: something is not as it was."""
    LOCKED = 4
    """Another crawl of this portal holds the lock."""
