"""The shapes of a comparison clause by clause; see `releases.diff.model` for what all diffs have in common."""

from __future__ import annotations

from typing import Literal

import msgspec

from releases.diff.model import Piece, Side

ClauseOp = Literal["added", "removed", "changed", "moved", "renumbered"]


class ClauseRef(msgspec.Struct, frozen=True):
    """A clause in one text."""

    path: str
    """Labels from the outermost to its own: `ARTICLE XII › Section 3 › (a)`; empty: before the first one."""
    title: str
    page: int
    """1-based; 1 where the text has no pages."""
    text: str
    """Its title and own words. Of one that was added or removed: with all that came or went in it."""


class ClauseChange(msgspec.Struct, frozen=True):
    """One clause that is not as it was."""

    op: ClauseOp
    """`changed`: its words are others; else `moved`, if it is; else `renumbered`."""
    old_at: int
    """Place among all clauses, from 0; of an added one, the place before which it would stand. `new_at` likewise."""
    new_at: int
    old: ClauseRef | None = None
    new: ClauseRef | None = None
    moved: bool = False
    """It stands in another part, or in another order among its neighbours."""
    renumbered: bool = False
    """Its own number is another one; what a renumbered article has in it is not called so."""
    pieces: tuple[Piece, ...] = ()
    """Where its words are others: word by word."""


class ClausesDiff(msgspec.Struct, frozen=True):
    """Two contracts or policies, clause by clause."""

    changes: tuple[ClauseChange, ...] = ()
    """In the order of the new text; removed ones where they stood."""
    same: int = 0
    """Clauses that are as they were."""
    old_count: int = 0
    new_count: int = 0
    words_added: int = 0
    words_removed: int = 0
    set_aside: int = 0
    """Lines of both texts left out as page headers, page numbers and tables of contents."""
    unnumbered: tuple[Literal["old", "new"], ...] = ()
    """Sides in which no numbered clause was found: what is told of them is their whole text."""
    coarse: bool = False
    """Too much differs to look for the smallest difference."""


class ClausesComparison(msgspec.Struct, frozen=True):
    """All that `recordwatch diff --clauses` tells of one pair of texts."""

    old: Side
    new: Side
    old_name: str
    """Of the file or page; `new_name` likewise."""
    new_name: str
    diff: ClausesDiff | None = None
    unread: str = ""
    """Why they cannot be compared so: one sentence."""
