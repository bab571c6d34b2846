"""What can keep somebody from searching, besides a wrong query."""

from __future__ import annotations

from config.errors import RetryableError


class IndexBusy(RetryableError):
    """There is no index yet, and another process is building it."""
