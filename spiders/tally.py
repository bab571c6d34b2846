"""How often a selector of a portal file found something: what `recordwatch portals check` shows."""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT = 5
"""Places without a match that are remembered by name; the rest are counted."""


@dataclass(slots=True)
class Tally:
    """One selector, over all places it was looked for in."""

    selector: str
    per: str
    """What one place is: `page`, `row` or `detail page`."""
    places: int = 0
    found: int = 0
    least: int = 0
    most: int = 0
    without: int = 0
    """Places where it found nothing."""
    first_without: list[str] = field(default_factory=list)
    empty: int = 0
    """Places where it found elements, and a value that says nothing."""
    in_navigation: int = 0
    """Matches left out because they stand in the site's navigation."""
    examples: list[str] = field(default_factory=list)

    def saw(self, place: str, found: int, value: object = True) -> None:
        """Note that `place` had `found` matches, and the value made of them."""
        self.least = min(self.least, found) if self.places else found
        self.most = max(self.most, found)
        self.places += 1
        self.found += found
        if not found:
            self.without += 1
            if len(self.first_without) < KEPT:
                self.first_without.append(place)
        elif value in (None, "", []):
            self.empty += 1
        elif value is not True and len(self.examples) < KEPT:
            self.examples.append(", ".join(map(str, value)) if isinstance(value, list) else str(value))
