"""A list that is cut by its platform: as `listing`, and it says how many records it does not list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from scrapy.http import Response

from releases.model import ListingPage
from spiders.portal_spider import Output
from spiders.sites.listing import ListingSpider


class CappedListing(ListingSpider):
    """The newest records only."""

    extractor = "simulated capped 1"

    def listing(self, response: Response, page_number: int) -> Iterator[Output]:
        beyond = re.search(r"(\d+) older cases are not listed", response.text)
        for item in super().listing(response, page_number):
            if isinstance(item, ListingPage) and beyond and int(beyond[1]):
                yield replace(item, capped=int(beyond[1]))
            else:
                yield item
