"""What stands in the way of a replay. Each names what could be asked for instead."""

from __future__ import annotations

from collections.abc import Sequence

from config.errors import ConfigError


class NeverCaptured(ConfigError):
    """The archive has no answer of this address."""

    def __init__(self, url: str, nearest: Sequence[str] = (), *, led: str = "") -> None:
        what = f"{led} leads to an address that was never captured" if led else "this address was never captured"
        todo = f"Captured were: {', '.join(nearest)}" if nearest else "Nothing of its host was captured either"
        super().__init__(what, where=url, todo=todo)


class HeldBack(ConfigError):
    """The page's own bytes are shown to nobody, or to editors alone."""


class NoPage(ConfigError):
    """What was captured is no page that a browser shows."""
