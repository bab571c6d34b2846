"""What the portal file of a `table` says."""

from __future__ import annotations

import codecs
from typing import Literal

import msgspec

from config.portal import Portal
from spiders.fields import date_forms
from spiders.links import Identity
from spiders.parameters import wrong_parameter
from spiders.patterns import compiled

NO_EXTRACTION = frozenset({"may_be_empty", "flapping"})


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column, and what of its values counts."""

    column: str
    """As printed in the header; in JSON with dots for what is nested (`request.status`)."""
    pattern: str = ""
    """Regular expression; the group named `value`, else the first group, else the whole match counts."""
    split: str = ""
    """What parts the items of one value; the field is a list."""
    date: str | tuple[str, ...] = ()
    """strptime form or forms; the field is ISO 8601."""
    type: Literal["text", "number"] = "text"
    optional: bool = False
    """The column may be missing."""


class Paging(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the list goes on at another address."""

    by: Literal["page", "offset", "cursor", "link"]
    """Numbered pages, number of the first row, a mark the answer gives, a link the answer gives."""
    parameter: str = ""
    """The query parameter; by default `page`, `offset` or `cursor`."""
    start: int | None = None
    """Number of the first page (1), or of the first row (0)."""
    size: int = 0
    """Rows asked for at once, in `size_parameter`."""
    size_parameter: str = ""
    path: str = ""
    """Where the answer has the cursor or the link, e.g. `meta.next`."""
    total: str = ""
    """Where the answer says how many rows there are."""
    pages: str = ""
    """Where the answer says how many pages there are."""


class TableSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of a table."""

    key: str | tuple[str, ...]
    """Column or columns that say which record a row is."""
    columns: tuple[str, ...] | dict[str, str | Column] = ()
    """Columns to take, as they are called or renamed; all of them by default."""
    format: Literal["", "csv", "json", "jsonl"] = ""
    rows: str = ""
    """JSON: where the list stands, e.g. `data.items`."""
    delimiter: str = ""
    encoding: str = ""
    skip: int = 0
    """CSV: lines before the header."""
    header: tuple[str, ...] = ()
    """CSV: the columns' names, where the file has no header."""
    ragged: Literal["error", "pad"] = "error"
    """CSV: what a row with fewer or more cells than the header is."""
    title: str = ""
    """A column, or a template such as `Case {number}`."""
    url: str = ""
    """A column or template for the record's own address."""
    kind: str = "row"
    files: str | tuple[str, ...] | dict[str, str] = ()
    """Columns or templates of the files' addresses; as a table: name of the file (or a
    template of it) → column or template."""
    aliases: str | tuple[str, ...] = ()
    flapping: tuple[str, ...] = ()
    """Fields whose changes are noise."""
    identity: Identity = Identity()
    paging: Paging | None = None
    may_be_empty: bool = False
    """A list without rows is no error."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The key's columns."""
        return several(self.key)

    @property
    def taken(self) -> dict[str, Column] | None:
        """Field → column; None for all columns as they are called."""
        if not self.columns:
            return None
        if isinstance(self.columns, tuple):
            return {name: Column(name) for name in self.columns}
        return {name: Column(column) if isinstance(column, str) else column for name, column in self.columns.items()}

    @property
    def wanted_files(self) -> list[tuple[str, str]]:
        """(name of the file, column or template); the name is empty where the address says it."""
        if isinstance(self.files, dict):
            return list(self.files.items())
        return [("", what) for what in several(self.files)]


def several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """One or more, as a tuple."""
    return (value,) if isinstance(value, str) else value


def check_table(portal: Portal, settings: TableSettings) -> None:
    """What no type expresses. Raises ConfigError."""
    if not settings.keys or not all(name.strip() for name in settings.keys):
        raise wrong_parameter(portal, "key", settings.key, "name the column that says which record a row is")
    taken = settings.taken or {}
    for name, column in taken.items():
        where = f"columns.{name}"
        if not column.column.strip():
            raise wrong_parameter(portal, f"{where}.column", column.column, "name a column")
        if column.pattern:
            compiled(portal, f"{where}.pattern", column.pattern)
        date_forms(portal, f"{where}.date", several(column.date))
        if column.type == "number" and (column.date or column.split):
            raise wrong_parameter(portal, f"{where}.type", column.type, "a date or a list is no number")
    if len(settings.delimiter) > 1:
        raise wrong_parameter(portal, "delimiter", settings.delimiter, "use one character, e.g. ';'")
    if settings.encoding:
        try:
            codecs.lookup(settings.encoding)
        except (LookupError, ValueError):
            raise wrong_parameter(portal, "encoding", settings.encoding, "use a name such as utf-8 or cp1252") from None
    if settings.skip < 0:
        raise wrong_parameter(portal, "skip", settings.skip, "use 0 or more lines")
    if settings.format == "csv" and settings.rows:
        raise wrong_parameter(portal, "rows", settings.rows, "it is for JSON; CSV has no path")
    for name in settings.flapping:
        if taken and name not in taken:
            raise wrong_parameter(portal, "flapping", name, f"there is no such field; fields: {', '.join(taken)}")
    if settings.paging is not None:
        _check_paging(portal, settings.paging)


def _check_paging(portal: Portal, paging: Paging) -> None:
    if paging.by in {"cursor", "link"} and not paging.path:
        raise wrong_parameter(portal, "paging.path", "", f"say where the answer has the {paging.by}, e.g. 'meta.next'")
    if paging.size < 0:
        raise wrong_parameter(portal, "paging.size", paging.size, "use a number of rows above 0")
    if bool(paging.size) != bool(paging.size_parameter):
        raise wrong_parameter(portal, "paging.size", paging.size, "size and size_parameter go together")
