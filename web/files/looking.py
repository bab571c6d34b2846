"""One version of a file, looked into: its facts, its words, its pictures; what this viewer may see of them."""

from __future__ import annotations

import atexit
import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from django.utils.translation import gettext as _

from releases.models import FileFacts, FileVersion
from releases.search.marking import spans
from releases.text.places import FULL, Place
from releases.viewing.drawer import Busy, Drawn
from releases.viewing.pictures import Pictures, Withheld, withheld_picture
from releases.viewing.words import Page, Words
from web.files.kinds import Kind, kind_of_file
from web.files.opening import Opened
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import Viewer

_pictures: list[tuple[object, Pictures]] = []
_choosing = threading.Lock()


def pictures() -> Pictures:
    """Of the home that this process shows."""
    holdings = place.holdings()
    with _choosing:
        if not _pictures or _pictures[0][0] is not holdings:
            _close()
            _pictures[:] = [(holdings, Pictures(holdings))]
        return _pictures[0][1]


@atexit.register
def _close() -> None:
    """End the process that draws."""
    for drawing in (one[1] for one in _pictures):
        drawing.close()


@dataclass
class Looked:
    """A version, and who looks."""

    opened: Opened
    version: FileVersion
    viewer: Viewer

    @cached_property
    def facts(self) -> list[FileFacts]:
        """All of its rows, the oldest first."""
        return list(FileFacts.objects.filter(digest=self.version.digest).order_by("at", "id"))

    @cached_property
    def words(self) -> Words:
        return Words.of(place.holdings(), self.version.digest, self.version.capture, self.facts)

    @cached_property
    def kind(self) -> Kind:
        return kind_of_file(self.version, self.facts, self.words)

    def newest(self, kind: str) -> FileFacts | None:
        """The newest facts of this kind."""
        return next((row for row in reversed(self.facts) if row.kind == kind), None)

    @cached_property
    def count(self) -> int:
        """Pages, as far as is known; at least one."""
        pdf, image = self.newest("pdf"), self.newest("image")
        said = pdf.facts.get("count", 0) if pdf else image.facts.get("frames", 1) if image else 0
        return max(1, min(int(said), 1_000_000), self.words.last)

    def withheld(self, page: Page) -> Withheld:
        """Why the page's picture is not shown to this viewer."""
        return withheld_picture(page, self.words, self.facts, self.opened.why, editor=self.viewer.edits)

    def drawn(self, number: int) -> Drawn:
        """A page's picture; ask `withheld` first. Raises Shown: others are drawn for too long."""
        kind: Literal["pdf", "picture"] = "pdf" if self.kind == "pdf" else "picture"
        try:
            return pictures().drawn(
                kind, number, self.version.capture, self.version.digest, self.version.size
            )  # fmt: skip
        except Busy:
            raise Shown(503, _("Too many pages are being drawn just now."), _("Try again in a minute.")) from None


AROUND = 4
"""Pixels between a word that was read off a picture and its frame: its place is that of its ink alone."""
Box = tuple[int, int, int, int]
"""Left, top, width, height in pixels of a page's picture."""


def boxes(drawn: Drawn, page: Page, query: str) -> list[Box]:
    """Where in a page's picture words of `query` stand that the document holds itself. None of them in a passage that is
    held back, and none at all where the picture shows another text than the archived one.
    """
    if not query or drawn.text != hashlib.sha256(page.raw.encode("utf-8", "replace")).hexdigest():
        return []
    shown = [one for one in drawn.words if "\x00" not in page.own[one[0] : one[1]]]
    return [(left, top, wide, high) for left, top, wide, high in _found(shown, page.own, query)]


def boxes_read_off(drawn: Drawn, page: Page, query: str, places: Sequence[Place]) -> list[Box]:
    """The same of words that a machine read off the picture. `places`: as `Words.placed` gives them."""
    across, down, found = drawn.width / FULL, drawn.height / FULL, []
    for left, top, wide, high in _found(places, page.seen, query) if query else ():
        x, y = max(0, round(left * across) - AROUND), max(0, round(top * down) - AROUND)
        right, bottom = round((left + wide) * across) + AROUND, round((top + high) * down) + AROUND
        found.append((x, y, min(right, drawn.width) - x, min(bottom, drawn.height) - y))
    return found


def _found(words: Sequence[Place], text: str, query: str) -> Iterator[Box]:
    """The boxes of those `words` of `text` that the query finds."""
    marks, at = spans(text, query), 0
    for start, end, *box in words:
        while at < len(marks) and marks[at][1] <= start:
            at += 1
        if at < len(marks) and marks[at][0] < end:
            left, top, wide, high = box
            yield left, top, wide, high
