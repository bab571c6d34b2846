"""What a spider knows of the list on a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Selectors (CSS, or XPath that begins with `/` or `./`); empty where nothing is known."""

    rows: str = ""
    """One element per row. Only a page whose rows are known is turned: anything else may be a slide show."""
    next: str = ""
    """What shows the next rows in the place of these; empty: what says so."""
    more: str = ""
    """What shows more rows below these; empty: what says so."""
