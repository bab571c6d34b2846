"""What `recordwatch record` says of the words of a file, where they were not simply there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from config.errors import RecordwatchError
from config.home import Home
from config.programs import TESSERACT, require


def add_readings(home: Home, row: dict[str, Any]) -> None:
    """Adds to each version of a file what came of reading its words, and to scans that nobody read why."""
    from releases.ledger.readings import readings

    versions = [version for file in row["files"] for version in file["versions"]]
    found = readings([version["digest"] for version in versions])
    for version in versions:
        version["reading"] = found.get(version["digest"], [])
        for one in version["reading"]:
            if one["how"] == "ocr" and not one["engine"]:
                one["error"] = _not_yet(home)


def reading_lines(version: dict[str, Any]) -> list[str]:
    """One line per reading; none where the text speaks for itself."""
    return [line for one in version.get("reading", ()) if (line := _line(one))]


def _line(one: dict[str, Any]) -> str:
    pages = f"page{'s' if len(one['pages']) != 1 else ''} {spans(one['pages'])}" if one["pages"] else ""
    if one["how"] == "ocr" and not one["engine"]:
        return f"{pages} without text, as of a scan: {one['error']}"
    if one["how"] == "ocr" and pages:
        said = f"{pages} read off {'its picture' if len(one['pages']) == 1 else 'their pictures'} by {one['engine']}, "
        return f"{said}{one['confidence']} % sure" + (f"; not all: {one['error']}" if one["trouble"] else "")
    return f"no text, or not all of it: {one['error']}" if one["trouble"] else ""


def spans(pages: Sequence[int]) -> str:
    """`2-9, 12`."""
    said = []
    for _, group in groupby(enumerate(sorted(pages)), key=lambda pair: pair[1] - pair[0]):
        run = [page for _, page in group]
        said.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ", ".join(said)


def _not_yet(home: Home) -> str:
    try:
        require(TESSERACT, home.settings.programs.tesseract)
    except RecordwatchError as missing:
        return str(missing)
    return "the portal's next crawl reads them"
