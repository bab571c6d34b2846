"""The part of a page's markup that a reader gets to see, found in one pass however hostile the page is."""

from __future__ import annotations

import re

_HIDDEN = re.compile(rb"<!--|<(script|style|noscript|template)\b", re.IGNORECASE)
_UNREAD = re.compile(rb"<!--|<(script|style|template)\b", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")


def shown(markup: bytes, hidden: re.Pattern[bytes] = _HIDDEN) -> bytes:
    """`markup` without comments, scripts, styles, templates and what is for readers without script."""
    lowered = markup.lower()
    kept, place = [], 0
    while found := hidden.search(markup, place):
        kept.append(markup[place : found.start()])
        name = found.group(1)
        end = b"</" + name.lower() if name else b"-->"
        closed = lowered.find(end, found.end())
        if closed < 0:
            place = len(markup)
            break
        place = closed if name else closed + len(end)
    kept.append(markup[place:])
    return b" ".join(kept)


def words(markup: bytes) -> bytes:
    """The text a person would see, roughly."""
    return _TAG.sub(b" ", shown(markup))


def words_without_script(markup: bytes) -> bytes:
    """The text a person would see whose browser runs no script."""
    return _TAG.sub(b" ", shown(markup, _UNREAD))
