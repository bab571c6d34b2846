"""The home that this process shows. Set once by `web.start`."""

from __future__ import annotations

from archive.holdings import Holdings
from config.home import Home

_opened: list[Holdings] = []


def opened(holdings: Holdings) -> None:
    """From now on pages show what `holdings` has."""
    _opened[:] = [holdings]


def holdings() -> Holdings:
    """What the pages of this process show."""
    return _opened[0]


def home() -> Home:
    """Its home."""
    return _opened[0].home
