"""The shapes of diffs: frozen, JSON-able, documented in docs/reference/diff.md.

Everything that differs is in them. What no reader would call a change is there too, under `noise`.
`old` is always the left or earlier side, `new` the right or later one; `mirrored` of a diff is the diff of
the sides exchanged.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

FORM = 1
"""Version of these shapes: grows when a field changes its meaning or goes; new fields may come without."""

Op = Literal["same", "removed", "added", "moved away", "moved here"]
NoiseKind = Literal[
    "white space",
    "line breaks",
    "date of printing",
    "page number",
    "counter",
    "token",
    "navigation",
    "attribute",
    "comment",
    "script",
    "flapping field",
]


class Piece(msgspec.Struct, frozen=True):
    """Some words of a text, and what became of them."""

    op: Op
    text: str
    line: int = 0
    """Of moved ones: the 1-based line where they stand on the other side."""


class Hunk(msgspec.Struct, frozen=True):
    """Neighbouring lines that differ: `old` at `old_at` became `new` at `new_at`."""

    old_at: int
    """0-based line; where `old` is empty, the line before which it would stand. `new_at` likewise."""
    old: tuple[str, ...]
    new_at: int
    new: tuple[str, ...]
    pieces: tuple[Piece, ...] = ()
    """The same, word by word."""
    noise: NoiseKind | None = None
    """Why no reader would call it a change."""
    before: tuple[str, ...] = ()
    """Up to two lines that stand before it on both sides: what it is about."""


class TextDiff(msgspec.Struct, frozen=True):
    """Two texts, by lines, then words."""

    hunks: tuple[Hunk, ...] = ()
    noise: tuple[Hunk, ...] = ()
    """Hunks set aside."""
    words_added: int = 0
    """In `hunks`, moved ones not counted; as is `words_removed`."""
    words_removed: int = 0
    words_moved: int = 0
    coarse: bool = False
    """The texts were too unlike, or too large, to look for the smallest difference."""


class ItemChange(msgspec.Struct, frozen=True):
    """One item of a list."""

    op: Literal["added", "removed", "changed", "moved"]
    old_at: int | None
    """0-based; None where it is not there. `new_at` likewise."""
    new_at: int | None
    old: Any = None
    new: Any = None
    pieces: tuple[Piece, ...] = ()
    """Where both are text."""
    fields: tuple[FieldChange, ...] = ()
    """Where both are mappings."""


class FieldChange(msgspec.Struct, frozen=True):
    """One named value."""

    name: str
    op: Literal["added", "removed", "changed"]
    old: Any = None
    new: Any = None
    pieces: tuple[Piece, ...] = ()
    """Where both are text: word by word."""
    items: tuple[ItemChange, ...] = ()
    """Where both are lists."""
    noise: NoiseKind | None = None


class FieldsDiff(msgspec.Struct, frozen=True):
    """Two mappings of names to values."""

    changes: tuple[FieldChange, ...] = ()
    noise: tuple[FieldChange, ...] = ()
    same: int = 0
    """Names whose values are equal."""


class Link(msgspec.Struct, frozen=True):
    text: str
    url: str


class LinkChange(msgspec.Struct, frozen=True):
    op: Literal["added", "removed", "changed"]
    old: Link | None = None
    new: Link | None = None
    noise: NoiseKind | None = None


class CellChange(msgspec.Struct, frozen=True):
    column: str
    """Its heading, else its number from 1."""
    old: str
    new: str
    pieces: tuple[Piece, ...] = ()


class RowChange(msgspec.Struct, frozen=True):
    op: Literal["added", "removed", "changed", "moved"]
    old_at: int | None
    """0-based row, headings not counted; None where it is not there."""
    new_at: int | None
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    cells: tuple[CellChange, ...] = ()


class TableDiff(msgspec.Struct, frozen=True):
    """Two tables, row by row. What stands in tables is not told again in the text."""

    name: str
    """Caption, else its headings."""
    old_headings: tuple[str, ...]
    new_headings: tuple[str, ...]
    rows: tuple[RowChange, ...] = ()
    same: int = 0


class Oddment(msgspec.Struct, frozen=True):
    """Something in a page's markup that differs and that nobody reads."""

    kind: NoiseKind
    what: str
    """E.g. `input __VIEWSTATE`, `a target`."""
    old: str
    new: str
    count: int = 1


class PageDiff(msgspec.Struct, frozen=True, tag="page", tag_field="kind"):
    """Two web pages: their main text, links and tables; the rest is noise."""

    text: TextDiff
    title: FieldChange | None = None
    links: tuple[LinkChange, ...] = ()
    links_noise: tuple[LinkChange, ...] = ()
    tables: tuple[TableDiff, ...] = ()
    navigation: TextDiff = TextDiff()
    """What differs in menus, headers and footers: noise."""
    oddments: tuple[Oddment, ...] = ()


class BoxChange(msgspec.Struct, frozen=True):
    """A black box that came or went. Points from the page's lower left corner."""

    op: Literal["added", "removed"]
    x0: float
    y0: float
    x1: float
    y1: float
    form: str
    """path, image, annotation"""


class PdfPageChange(msgspec.Struct, frozen=True):
    """One page that is not as it was."""

    op: Literal["added", "removed", "changed", "moved", "moved and changed"]
    old: int | None
    """1-based; None where it is not there. `new` likewise."""
    new: int | None
    text: TextDiff | None = None
    boxes: tuple[BoxChange, ...] = ()
    picture: int | None = None
    """How unlike the page looks: of 64 bits, those that differ; None where either was not drawn."""
    size: bool = False
    """Whether its width or height changed."""


class PdfDiff(msgspec.Struct, frozen=True, tag="pdf", tag_field="kind"):
    """Two PDFs, page by page."""

    old_count: int
    new_count: int
    pages: tuple[PdfPageChange, ...] = ()
    """In the order of the new document; removed ones where they stood."""
    noise: tuple[PdfPageChange, ...] = ()
    """Pages on which only page numbers, dates of printing or line breaks differ."""
    metadata: FieldsDiff = FieldsDiff()


class ImageDiff(msgspec.Struct, frozen=True, tag="image", tag_field="kind"):
    """Two pictures."""

    facts: FieldsDiff
    """width, height, format, frames and metadata that differ."""
    picture: int | None = None
    """How unlike they look, of 64; None where either was not decoded."""


class MediaDiff(msgspec.Struct, frozen=True, tag="media", tag_field="kind"):
    """Two recordings, as their containers say."""

    facts: FieldsDiff
    seconds: float | None = None
    """How much longer the new one is; None where either does not say."""


class TextFileDiff(msgspec.Struct, frozen=True, tag="text", tag_field="kind"):
    """Two texts (plain, CSV, JSON …)."""

    text: TextDiff


Content = PageDiff | PdfDiff | ImageDiff | MediaDiff | TextFileDiff


class FileDiff(msgspec.Struct, frozen=True):
    """Two payloads."""

    old_size: int
    new_size: int
    old_mime: str
    new_mime: str
    same_bytes: bool
    content: Content | None = None
    """None where both are the same bytes, or nothing inside can be compared."""
    unread: str = ""
    """Why nothing inside can be compared: one sentence."""


class Side(msgspec.Struct, frozen=True):
    """Where one side comes from."""

    label: str
    """For people: `version 2`, `capture 0198…`."""
    at: str
    """ISO 8601, UTC; empty where nothing is there."""
    capture: str = ""
    digest: str = ""


class FileComparison(msgspec.Struct, frozen=True):
    """Two versions of a file."""

    name: str
    id: str
    old: Side
    new: Side
    diff: FileDiff


class Comparison(msgspec.Struct, frozen=True):
    """All that `recordwatch diff` tells: two versions of a record and of its files, or two captures."""

    old: Side
    new: Side
    portal: str = ""
    key: str = ""
    title: str = ""
    fields: FieldsDiff | None = None
    """Of a record: its fields, title, address, files."""
    page: FileDiff | None = None
    """Of a record: its own page, where one is archived on both sides. Of captures: their payloads."""
    files: tuple[FileComparison, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be compared, and why: one sentence each."""
    form: int = FORM
