"""Numbers in addresses and forms."""

from __future__ import annotations

MOST = 2**31 - 1


def number(text: object) -> int:
    """A whole number from 0 on; 0 for whatever is none."""
    said = str(text or "")
    return min(int(said), MOST) if len(said) < 12 and said.isascii() and said.isdigit() else 0
