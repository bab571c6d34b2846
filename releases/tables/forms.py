"""A table as JSON Lines, CSV or a spreadsheet, row by row: memory stays flat however many there are."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import BinaryIO

import msgspec
import xlsxwriter

from releases.cells import cell
from releases.tables.model import Row, Table, Wanted

FORMS = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Ending → media type."""
MOST_ROWS = 1_048_575
"""Under its head line, a sheet holds no more."""
_LONGEST = 32_000
"""Characters of a cell; spreadsheets hold 32,767."""


def jsonl(table: Table, wanted: Wanted) -> Iterator[bytes]:
    """One object on each line, times in UTC."""
    for row in table.rows(wanted):
        yield msgspec.json.encode({name: row[name] for name in table.names}) + b"\n"


def csv_lines(table: Table, wanted: Wanted) -> Iterator[bytes]:
    """RFC 4180 under a head line; texts that a spreadsheet would run begin with an apostrophe."""
    writer = csv.writer(_Line())
    yield b"\xef\xbb\xbf" + writer.writerow(table.names)
    for row in table.rows(wanted):
        yield writer.writerow([cell(_flat(table, row, name)) for name in table.names])


def xlsx(table: Table, wanted: Wanted, file: BinaryIO) -> int:
    """A spreadsheet in `file`; how many rows. Texts are texts: none is a formula or a link.

    Rows beyond MOST_ROWS are left out.
    """
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    )
    sheet = book.add_worksheet(table.name)
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for place, name in enumerate(table.names):
        sheet.write_string(0, place, name, bold)
    count = 0
    for count, row in enumerate(table.rows(wanted), 1):
        for place, name in enumerate(table.names):
            value = _flat(table, row, name)
            if isinstance(value, (bool, int, float)):
                sheet.write_number(count, place, value)
            elif value not in (None, ""):
                sheet.write_string(count, place, str(value)[:_LONGEST])
        if count == MOST_ROWS:
            break
    book.close()
    return count


def flat(value: object, kind: str) -> object:
    """A value for a cell: times and days as ISO 8601 in UTC, lists and mappings as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if kind == "json":
        return None if value is None else msgspec.json.encode(value).decode()
    return int(value) if isinstance(value, bool) else value


def _flat(table: Table, row: Row, name: str) -> object:
    return flat(row[name], next(column.kind for column in table.columns if column.name == name))


class _Line:
    """What `csv` writes into: gives each line back."""

    def write(self, line: str) -> bytes:
        return line.encode()
