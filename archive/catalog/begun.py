"""Files that came in part: what a crawl may go on with, be it days later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.access import restricted
from archive.catalog.held import query

LIED = "no part of this file: "
"""How the error begins of an answer that is not what it was asked to be a part of."""
MOST = 5_000
"""Captures of one URL that are looked through."""

_PARTLY = """
SELECT DISTINCT url FROM catalog_capture
WHERE url IN ({}) AND method = 'GET' AND status IN (200, 206) AND payload_length > 0
  AND (truncated <> '' OR status = 206)
"""
_NEWEST = f"""
SELECT id, kind, status, payload_length, truncated, error, payload_digest FROM catalog_capture
WHERE url IN ({{}}) AND method = 'GET' AND kind <> 'failed' AND status IN (200, 206, 304)
ORDER BY at DESC, id DESC LIMIT {MOST}
"""  # noqa: S608  a number


@dataclass(frozen=True, slots=True)
class Piece:
    """An archived answer with some of a file's bytes: 200 and cut short, or 206."""

    capture: str
    status: int
    length: int


def partly(urls: Sequence[str]) -> set[str]:
    """Those of `urls` of which a part came at some time.

    Raises:
        DatabaseUnavailable, DatabaseRefused.
    """
    return {str(row[0]) for row in query(_PARTLY, urls)}


def pieces(url: str) -> list[Piece]:
    """What came of a file since it was last had whole, oldest first: an answer 200 that was cut short, then answers
    206. Empty when it was had whole since, or when nothing can be relied on. What is under a restriction is not gone on
    with: the whole would be other bytes, which nobody restricted.

    Raises:
        DatabaseUnavailable, DatabaseRefused.
    """
    found: list[Piece] = []
    digests: set[str] = set()
    for capture, kind, status, length, truncated, error, digest in query(_NEWEST, [url]):
        digests.add(str(digest))
        whole = kind == "assembled" or status == 304 or (status == 200 and not truncated)
        if whole or error.startswith(LIED):
            return []
        found.append(Piece(capture, status, length))
        if status == 200:
            return [] if restricted(digests) else found[::-1]
    return []
