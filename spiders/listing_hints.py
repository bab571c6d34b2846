"""What a first page of a list shows that its portal file says nothing of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spiders.listing_settings import ListingSettings
from spiders.page import Part

NEXT = ("a[rel~=next]", "link[rel~=next]", ".nav-next a", "a.next", ".next a", ".pager-next a")
PAGERS = ("nav.pagination a", ".pagination a", ".pager a", ".page-numbers")
OF = re.compile(r"\bpage\s+\d+\s+of\s+([\d,]+)", re.IGNORECASE)
TOTAL = re.compile(r"\b(?:showing|displaying|results?)\s+[\d,]+\s*(?:-|–|to)\s*[\d,]+\s+of\s+([\d,]+)", re.IGNORECASE)


def hints(page: Part, settings: ListingSettings) -> Iterator[str]:
    """Sentences about following pages that would not be read, and about totals that could be checked."""
    if not settings.next and not settings.pages:
        for selector in (*NEXT, *PAGERS):
            if links := [link for link in page.many(selector) if link.address("href") not in {"", page.url}]:
                yield (
                    f"the page links to further pages ({links[0].address('href')}), and the portal file does not say how "
                    f'they are found: next = "{selector}" perhaps, or pages = "?page={{n}}"'
                )
                break
    text = page.text[:200_000]
    if not settings.last and (found := OF.search(text)) and found[1] != "1":
        yield f"the page says “{found[0]}”: `last` tells when the list was seen to its end"
    if not settings.total and (found := TOTAL.search(text)):
        yield f"the page says “{found[0]}”: `total` tells whether all records were seen"
    if not settings.empty and not settings.empty_words:
        yield "the portal file does not say how the list looks without records (`empty` or `empty_words`): then it is an error"
