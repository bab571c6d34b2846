"""Spreadsheets: a page per sheet, a line per row, a tab between cells. Part of the sandboxed reader."""

from __future__ import annotations

from typing import Any, BinaryIO

from releases.text.office_parts import Stopped
from releases.text.office_words import Words


def read_sheets(file: BinaryIO, words: Words) -> None:
    """Excel files old and new, and OpenDocument's. A sheet that is hidden in the program is read, and said to be."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
    except python_calamine.PasswordError:
        raise Stopped("encrypted", "it is encrypted and asks for a password") from None
    if not book.sheets_metadata:
        raise Stopped("damaged", "it has no sheet")
    for sheet in book.sheets_metadata:
        shown = sheet.visible == python_calamine.SheetVisibleEnum.Visible
        words.add(sheet.name)
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
            for row in book.get_sheet_by_name(sheet.name).iter_rows():
                line = "\t".join(map(_cell, row)).rstrip("\t")
                if line:
                    words.then("\n")
                    words.add(line)
        words.page(hidden=not shown)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return " ".join(str(value).split())
