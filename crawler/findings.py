"""What one crawl met. Filled while it runs; `crawler.health` judges it afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from crawler.failures import PageFailure
from crawler.shapes import Shapes
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.errors import PageError

Outcome = Literal["gone", "still there", "unknown"]
"""What a record's own page said: 404 or 410, a page, or nothing that tells."""


@dataclass(slots=True)
class Findings:
    """What one crawl met, filled while it runs."""

    listing_pages: list[ListingPage] = field(default_factory=list)
    empty_markers: list[EmptyMarker] = field(default_factory=list)
    page_errors: list[PageError] = field(default_factory=list)
    answers: list[tuple[str, int, str]] = field(default_factory=list)
    """URL, status and sign of a block page (or empty) of every answer, in order of arrival."""
    failures: list[PageFailure] = field(default_factory=list)
    """Every page that could not be had after all attempts."""
    limited_by: str = ""
    """The limit of ours that ended the crawl early."""
    keys: dict[str, str] = field(default_factory=dict)
    """Key → URL of every record sighted, in order of arrival."""
    records: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """Field → records that had a value for it."""
    unopened: int = 0
    """Records that were not opened because the portal says they are as they were."""
    checked: int = 0
    """Of those that may stay unopened, the ones that were read all the same: a sample, drawn by chance."""
    checked_fields: Counter[str] = field(default_factory=Counter)
    """As `fields`, of these."""
    unsaid: set[str] = field(default_factory=set)
    """Fields that a page's layout never prints: not lost, whatever earlier layouts had."""
    shapes: Shapes = field(default_factory=Shapes)
    """Sizes and structure of the pages, and which addresses gave the same bytes."""
    notes: dict[str, None] = field(default_factory=dict)
    """What the spider noticed, one sentence each, in order."""
    asked: dict[str, Outcome] = field(default_factory=dict)
    """Key of a canary that was not listed → what its own page said (`crawler.canaries`)."""

    def saw(self, item: Sighting | Record, *, checked: bool = False) -> None:
        """Count a sighting or a record; the crawl calls this for each it takes."""
        self.keys.setdefault(item.key, item.url)
        if isinstance(item, Record):
            there = [name for name, value in item.fields.items() if value not in (None, "", [])]
            self.records += 1
            self.unsaid |= item.absent_means_unknown - item.fields.keys()
            self.fields.update(there)
            if checked:
                self.checked += 1
                self.checked_fields.update(there)

    def own_pages(self) -> list[str]:
        """Addresses of listed records, without those that are a list's."""
        lists = {page.url for page in self.listing_pages}
        return [url for url in self.keys.values() if url not in lists]

    @property
    def rows(self) -> int:
        """Rows of all listing pages together."""
        return sum(page.rows for page in self.listing_pages)

    @property
    def repeats(self) -> int:
        """Rows beyond the different records seen; 0 where listing pages were not reported."""
        return max(0, self.rows - len(self.keys))
