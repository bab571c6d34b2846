"""CSV, JSON and JSON Lines as rows, read one after the other and never all at once where the form allows it."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from spiders.answer import decoded
from spiders.errors import PageError
from spiders.page import tidy
from spiders.table_settings import TableSettings

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
DELIMITERS = ",;\t|"
LONGEST_CELL = 4 * 1024**2
"""Characters; a quote that is never closed would make the rest of the file one cell."""
AT_ONCE = 64 * 1024
MOST_COLUMNS = 5_000
DEEPEST = 8
"""Levels of nested JSON that become columns of their own."""
CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its cells by column, and where it stands in its file."""

    cells: Mapping[str, Any]
    place: str


@dataclass(frozen=True, slots=True)
class Table:
    """One answer, ready to be read; `rows()` may be called again."""

    url: str
    body: bytes
    settings: TableSettings
    format: str
    encoding: str
    columns: tuple[str, ...] | None
    """The header of a CSV; None for JSON, where each row has its own."""
    document: Any = None
    """The decoded JSON."""

    def rows(self) -> Iterator[TableRow | PageError]:
        """Each row, or what is wrong with it."""
        if self.format == "csv":
            return self._csv_rows()
        return self._lines() if self.format == "jsonl" else self._items()

    def at(self, path: str) -> Any:
        """What the JSON document has at the dotted `path`; None where it has nothing there."""
        return dig(self.document, path) if path else self.document

    def _csv_rows(self) -> Iterator[TableRow | PageError]:
        columns = self.columns or ()
        for number, line, cells in _csv(self.url, self.body, self.encoding, self.settings):
            if number == 1 and not self.settings.header:
                continue
            place = f"row {number - (not self.settings.header)}, line {line}"
            extra = [cell for cell in cells[len(columns) :] if cell.strip()]
            if (extra or len(cells) < len(columns)) and self.settings.ragged == "error":
                expected = f"{len(columns)} cells ({place})"
                yield PageError(self.url, "the row", expected, f"{len(cells)}: {' | '.join(cells)[:120]!r}")
                continue
            yield TableRow(dict(zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=False)), place)

    def _lines(self) -> Iterator[TableRow | PageError]:
        for number, line in enumerate(io.BytesIO(self.body), 1):
            if line.strip():
                try:
                    yield _row(self.url, _json(self.url, line, f"line {number}"), f"line {number}")
                except PageError as error:
                    yield error

    def _items(self) -> Iterator[TableRow | PageError]:
        for number, item in enumerate(_list(self), 1):
            yield _row(self.url, item, f"row {number}")


def read_table(url: str, body: bytes, content_type: str, settings: TableSettings) -> Table:
    """The answer as a table. Raises PageError when it is none."""
    start = body[:4096]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "ignore").encode()
    start = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise PageError(url, "the list", "CSV or JSON", "an empty answer")
    if start[:1] == b"<":
        raise PageError(url, "the list", "CSV or JSON", f"HTML or XML: {start[:60].decode('latin-1')!r}")
    form = settings.format or _form(start, content_type, url)
    encoding = _encoding(body, settings.encoding or _charset(content_type))
    table = Table(url, body, settings, form, encoding, None)
    if form == "csv":
        return Table(url, body, settings, form, encoding, _header(table))
    if form == "json":
        text = body if encoding.startswith("utf-8") else body.decode(encoding, "replace").encode()
        return Table(
            url, body, settings, form, encoding, None, _json(url, text.removeprefix(codecs.BOM_UTF8), "the list")
        )
    return table


def check_columns(table: Table, wanted: Mapping[str, str]) -> None:
    """Whether every column of `wanted` (column → key of the portal file that names it) is there.

    Raises:
        PageError: one is missing; it names what the table has instead, the most similar one first.
    """
    there: dict[str, None] = dict.fromkeys(table.columns or ())
    missing = dict(wanted)
    for row in table.rows() if table.columns is None else ():
        if isinstance(row, PageError):
            continue
        there |= dict.fromkeys(row.cells)
        missing = {column: name for column, name in missing.items() if not has(row.cells, column)}
        if not missing:
            return
    missing = {column: name for column, name in missing.items() if column not in there}
    if missing and (there or table.columns is not None):
        column, name = next(iter(missing.items()))
        near = difflib.get_close_matches(column, there, 1, 0.5)
        found = f"{len(there)} columns: {', '.join(list(there)[:40])}"
        if near:
            found += f" (is it {near[0]!r} now?)"
        raise PageError(table.url, f"parameters.{name}", f"a column {column!r}", found)
    often = Counter(table.columns or ())
    twice = {name for name in wanted if often[name] > 1}
    if twice:
        raise PageError(table.url, "the header", f"one column {min(twice)!r}", "several of that name")


def has(cells: Mapping[str, Any], column: str) -> bool:
    """Whether a row has the column, whatever is in it."""
    if column in cells:
        return True
    first = column.partition(".")[0]
    return first in cells and (
        not isinstance(cells[first], dict | list) or _reaches(cells[first], column.split(".")[1:])
    )


def cell(cells: Mapping[str, Any], column: str) -> Any:
    """The value of `column`: by its whole name, else by its dotted path; None where there is none."""
    return cells[column] if column in cells else dig(cells, column)


def dig(value: Any, path: str) -> Any:
    """What `value` has at the dotted path; of a list, what each of its items has."""
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, list):
            value = [item.get(step) for item in value if isinstance(item, Mapping)]
        else:
            return None
    return value


def flat(cells: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every column of a row, nested tables by dotted names."""
    for name, value in cells.items():
        if isinstance(value, Mapping) and depth < DEEPEST:
            yield from flat(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", value


def _reaches(value: Any, steps: Sequence[str]) -> bool:
    for step in steps:
        if isinstance(value, list):
            return True
        if not isinstance(value, Mapping):
            return value is None
        if step not in value:
            return False
        value = value[step]
    return True


def _form(start: bytes, content_type: str, url: str) -> str:
    path = url.partition("?")[0].lower()
    if "ndjson" in content_type or "jsonl" in content_type or path.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if start[:1] == b"[":
        return "json"
    if start[:1] == b"{":
        first, _, more = start.partition(b"\n")
        complete = first.rstrip().endswith(b"}") and more.lstrip()[:1] == b"{"
        return "jsonl" if complete else "json"
    return "csv"


def _charset(content_type: str) -> str:
    found = CHARSET.search(content_type)
    return found[1] if found else ""


def _encoding(body: bytes, told: str) -> str:
    """The first of BOM, what was told, UTF-8 and Windows-1252 in which the whole answer can be read."""
    for bom, name in BOMS.items():
        if body.startswith(bom):
            return name
    for name in (told, "utf-8"):
        if not name:
            continue
        try:
            decoder = codecs.getincrementaldecoder(name)()
            for at in range(0, len(body), AT_ONCE):
                decoder.decode(body[at : at + AT_ONCE])
            decoder.decode(b"", final=True)
        except (LookupError, UnicodeError):
            continue
        return name
    return "cp1252"


def _header(table: Table) -> tuple[str, ...]:
    settings = table.settings
    if settings.header:
        return settings.header
    first = next(_csv(table.url, table.body, table.encoding, settings), None)
    if first is None:
        raise PageError(table.url, "the header", "a line with the columns' names", "none")
    if len(first[2]) > MOST_COLUMNS:
        raise PageError(table.url, "the header", f"at most {MOST_COLUMNS:,} columns", f"{len(first[2]):,}")
    return tuple(tidy(name) for name in first[2])


def _csv(url: str, body: bytes, encoding: str, settings: TableSettings) -> Iterator[tuple[int, int, list[str]]]:
    """(number, line, cells) of each record that is not empty; the header is number 1."""
    text = io.TextIOWrapper(io.BytesIO(body), encoding, "replace", newline="")
    for _ in range(settings.skip):
        text.readline()
    delimiter = settings.delimiter or _delimiter(body, encoding, settings.skip)
    before = csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader((line.replace("\0", "\ufffd") for line in text), delimiter=delimiter)
    number = 0
    try:
        while True:
            csv.field_size_limit(LONGEST_CELL)
            line = reader.line_num + settings.skip + 1
            cells = next(reader, None)
            if cells is None:
                return
            if any(one.strip() for one in cells):
                number += 1
                yield number, line, cells
    except csv.Error as error:
        raise PageError(url, "the list", "CSV", f"{error} (in what begins at line {line})") from error
    finally:
        csv.field_size_limit(before)


def _delimiter(body: bytes, encoding: str, skip: int) -> str:
    """The one that the header has most of, outside quotes."""
    lines = body[: 64 * 1024].decode(encoding, "ignore").splitlines()[skip:] or [""]
    header = re.sub(r'"[^"]*"', "", next((line for line in lines if line.strip()), ""))
    best = max(DELIMITERS, key=header.count)
    return best if best in header else ","


def _json(url: str, text: bytes, place: str) -> Any:
    try:
        return decoded(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise PageError(url, place, "JSON", f"{error}: {text[:60].decode('utf-8', 'replace')!r}") from error


def _list(table: Table) -> list[Any]:
    found = table.at(table.settings.rows)
    if isinstance(found, list):
        return found
    document, path = table.document, table.settings.rows
    lists = [name for name, value in flat(document) if isinstance(value, list)] if isinstance(document, dict) else []
    if not path and len(lists) == 1:
        return list(dig(document, lists[0]))
    hint = f"; lists are at: {', '.join(lists[:10])}" if lists else ""
    what = "nothing" if found is None else "a table" if isinstance(found, dict) else repr(found)[:60]
    raise PageError(table.url, f"{path or 'the answer'} (parameters.rows)", "a list of rows", what + hint)


def _row(url: str, item: Any, place: str) -> TableRow | PageError:
    if isinstance(item, dict) and len(item) <= MOST_COLUMNS:
        return TableRow(item, place)
    if isinstance(item, dict):
        return PageError(url, "the row", f"at most {MOST_COLUMNS:,} columns ({place})", f"{len(item):,}")
    return PageError(url, "the row", f"a JSON object ({place})", repr(item)[:80])
