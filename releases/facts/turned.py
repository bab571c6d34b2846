"""Areas of a page that is shown turned. Pure."""

from __future__ import annotations

Area = tuple[float, float, float, float]
"""x0, y0, x1, y1 in points, origin at the lower left corner."""


def turned(area: Area, width: float, height: float, degrees: int) -> Area:
    """Where an area of a page of this size stands when the page is turned clockwise by 0, 90, 180 or 270 degrees."""
    x0, y0, x1, y1 = area
    for _ in range(degrees // 90 % 4):
        x0, y0, x1, y1 = y0, width - x1, y1, width - x0
        width, height = height, width
    return x0, y0, x1, y1


def size(width: float, height: float, degrees: int) -> tuple[float, float]:
    """Width and height of the page so turned."""
    return (height, width) if degrees // 90 % 2 else (width, height)
