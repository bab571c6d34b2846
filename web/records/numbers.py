"""Page numbers from addresses, whatever somebody wrote there."""

from __future__ import annotations

_MOST = 6
"""Digits."""


def number(text: str | None, least: int = 1) -> int:
    """A whole number of at least `least`; what is none is `least`."""
    said = (text or "").strip()
    if not (said.isascii() and said.isdigit()) or len(said) > _MOST:
        return least
    return max(int(said), least)
