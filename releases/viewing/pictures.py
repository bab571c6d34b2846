"""Pictures of pages and of pictures: which of them may be shown to whom, and where they come from."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from typing import BinaryIO, Literal

from archive.holdings import Holdings
from archive.intact import intact
from archive.payload import payload
from releases.access import Why
from releases.diff.entity import CannotUnpack, open_body
from releases.models import FileFacts
from releases.restricting.in_force import in_force
from releases.viewing.drawer import Drawer, Drawn, Read
from releases.viewing.kept import Kept
from releases.viewing.words import Page, Words

MOST_UNPACKED = 64 * 1024**2
"""Bytes of a document that was served with a content coding, or lies deflated in its WARC."""

LOOKED_AT_FIRST = 2 * 1024**2
"""Bytes up to which a document is hashed before it is drawn; of larger ones what cannot be drawn is."""

Withheld = Literal["", "held", "named", "unread", "unknown"]
"""held: a passage of the page is in quarantine; named: a name or passage of it is restricted; unread: nobody has looked
through the page yet for words that nobody is to see; unknown: its words cannot be read now, and there are names that are
not shown. Empty: it may be shown.
"""


def withheld_picture(
    page: Page, words: Words, facts: Collection[FileFacts], why: Why | None, *, editor: bool
) -> Withheld:
    """Why the picture of a page is not shown. A picture cannot be masked as a text is: a black box may let words through
    that an eye does not see, and an older version shows what a newer one blackens. So such pages have none for readers.
    """
    if page.named or (why == "named" and (page.held or not page.raw)):
        return "named"
    if page.unread and in_force().names:
        return "unknown"
    if editor:
        return ""
    if page.held:
        return "held"
    looked = [row for row in facts if row.kind in {"pdf", "image"}]
    if not words.settled or not looked:
        return "unread"
    newest = looked[-1]
    return "unread" if newest.kind == "pdf" and page.number > len(newest.facts.get("pages", ())) else ""


class Pictures:
    """Draws what is not kept yet. One for a process; safe for several threads."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._kept = Kept(holdings.home.path / "pictures")
        self._drawer = Drawer()

    def close(self) -> None:
        """End the drawing process."""
        self._drawer.close()

    def forget(self, digest: str) -> None:
        """Delete what is kept of these bytes."""
        self._kept.forget(digest)

    def drawn(self, kind: Literal["pdf", "picture"], page: int, capture: str, digest: str, size: int) -> Drawn:
        """The `page`th page, from 1, of the payload that `capture` holds. What cannot be drawn says why, and is not
        tried again.

        Raises:
            Busy. NotHeld, Damage, NotAWarc, PartMissing, ObjectMissing, StoreUnavailable.
        """
        found = self._kept.get(digest, page)
        if found is None:
            if size <= LOOKED_AT_FIRST:
                self._look(capture, digest, size)
            found = self._draw(kind, page, capture, size)
            if not found.picture and LOOKED_AT_FIRST < size <= MOST_UNPACKED:
                self._look(capture, digest, size)
            self._kept.put(digest, page, found)
        return found

    def _look(self, capture: str, digest: str, size: int) -> None:
        """What is damaged is not drawn, and is tried again once it is mended. Raises Damage."""
        for _ in intact(payload(self._holdings, capture), size, digest):
            pass

    def _draw(self, kind: Literal["pdf", "picture"], page: int, capture: str, size: int) -> Drawn:
        body = payload(self._holdings, capture)
        if body.direct and not body.coding:

            def read(start: int, length: int) -> bytes:
                return b"".join(body.pieces(start, length))

            return self._drawer.draw(kind, page, size, read)
        with tempfile.SpooledTemporaryFile(MOST_UNPACKED // 16, prefix="recordwatch-page-") as file:
            try:
                if body.coding:
                    with open_body(self._holdings, capture) as coded:
                        file.write(coded.unpacked(MOST_UNPACKED + 1))
                else:
                    for piece in body.pieces(0, MOST_UNPACKED + 1):
                        file.write(piece)
            except CannotUnpack as error:
                return Drawn(trouble="unsupported", error=str(error))
            if file.tell() > MOST_UNPACKED:
                return Drawn(trouble="too large", error=f"it has more than {MOST_UNPACKED:,} bytes to be unpacked")
            return self._drawer.draw(kind, page, file.tell(), _from(file))


def _from(file: BinaryIO | tempfile.SpooledTemporaryFile[bytes]) -> Read:
    def read(start: int, length: int) -> bytes:
        file.seek(start)
        return file.read(length)

    return read
