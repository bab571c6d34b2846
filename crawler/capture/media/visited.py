"""What the players of a page asked for while a browser had it open: candidates where no resolver knows the page. Pure.

Links of players live for minutes. So candidates are of this crawl's own visits, and a page that this crawl did not
open has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from crawler.capture.browser.media import Played
from crawler.capture.media.found import Candidate, candidate
from crawler.capture.redirects import BadAddress, clean

VISIT = "visit"
"""`Info.extractor` of what only a visit finds."""
MOST = 50
"""Candidates of one page. One that plays more is left alone as if it had not been opened."""
MOST_IN_ALL = 20_000


class Visits:
    """The pages of one crawl that a browser had open, and what they played."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[Candidate, ...]] = {}
        self._kept = 0

    def note(self, pages: Iterable[str], media: Mapping[str, Played]) -> None:
        """A page, by every address that it was opened at, was visited; its newest visit counts."""
        found = [one for url, played in media.items() if (one := candidate(url, played)) is not None]
        for page in {_place(page) for page in pages}:
            self._kept += len(found) - len(self._pages.pop(page, ()))
            if len(found) > MOST or self._kept > MOST_IN_ALL:
                self._kept -= len(found)
                continue
            self._pages[page] = tuple(found)

    def of(self, url: str, page: str) -> tuple[Candidate, ...] | None:
        """What the player at `url` asked for: a page of its own, or a frame in `page`. None: neither was opened."""
        place = _place(url)
        if (own := self._pages.get(place)) is not None:
            return own
        around = self._pages.get(_place(page))
        return None if around is None else tuple(one for one in around if one.frame and _place(one.frame) == place)


def _place(url: str) -> str:
    try:
        url = clean(url)
        parts = urlsplit(url)
    except (BadAddress, ValueError):
        return url
    return parts._replace(netloc=parts.netloc.lower(), fragment="").geturl()
