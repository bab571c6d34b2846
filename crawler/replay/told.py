"""What a replay answered, and what it could not: told to whoever looks, so that a gap is never taken for the page."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.model import CaptureRow
from crawler.replay.choose import Fit

MOST_LISTED = 500
"""Addresses that are listed of each kind; all are counted."""
MOST_CAPTURES = 20_000


@dataclass(slots=True)
class Told:
    """Requests of one replay, counted and listed."""

    requests: int = 0
    same: int = 0
    """Answered with what this request got in the page's own crawl."""
    elsewhere: int = 0
    """Answered with what it got in another crawl."""
    alike: dict[str, str] = field(default_factory=dict)
    """What was asked for → the address of the capture that answered: the same question in other words."""
    missing: dict[str, str] = field(default_factory=dict)
    """What was asked for and is not in the archive → why."""
    held_back: dict[str, str] = field(default_factory=dict)
    """What is in the archive and was not shown → why."""
    notes: dict[str, None] = field(default_factory=dict)
    captures: dict[str, None] = field(default_factory=dict)
    """Ids of the captures that answered: what is seen is made of them."""

    def answered(self, asked: str, row: CaptureRow, fit: Fit) -> None:
        if len(self.captures) < MOST_CAPTURES:
            self.captures[row.id] = None
        if fit == "same":
            self.same += 1
        elif fit == "elsewhere":
            self.elsewhere += 1
        else:
            _list(self.alike, asked, row.url)

    def missed(self, asked: str, why: str) -> None:
        _list(self.missing, asked, why)

    def hid(self, asked: str) -> None:
        _list(self.held_back, asked, "held back")

    def note(self, words: str) -> None:
        if len(self.notes) < MOST_LISTED:
            self.notes[words] = None


def _list(listed: dict[str, str], asked: str, what: str) -> None:
    if len(listed) < MOST_LISTED:
        listed.setdefault(asked, what)
