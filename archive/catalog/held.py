"""What we hold already, asked in batches from whatever thread: raw SQL on the thread's own connection."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from archive.catalog.failures import database_errors
from archive.model import Before, Held
from archive.warc.spooled import Place

_BATCH = 1_000
_COLUMNS = "id, url, at, payload_digest, payload_length, etag, last_modified, mime"
_BY_DIGEST = f"""
SELECT {_COLUMNS} FROM catalog_capture
WHERE payload_digest IN ({{}}) AND kind IN (KINDS) AND truncated = '' AND payload_length > 0
  AND NOT EXISTS (SELECT 1 FROM catalog_restriction
                  WHERE catalog_restriction.digest = payload_digest AND lifted_at IS NULL)
ORDER BY payload_digest, at DESC, id DESC
"""  # noqa: S608  placeholders only
_ORIGINAL = "CASE WHEN seen.kind IN ('response', 'assembled') THEN seen.id ELSE seen.refers_to END"
# Of each URL the newest whole 200, in one piece or put together. A revisit speaks with its own validators for its original's bytes.
_BY_URL = """
SELECT held.id, held.url, held.at, held.payload_digest, held.payload_length,
       seen.etag, seen.last_modified, seen.mime, seen.url
FROM catalog_capture AS seen
JOIN catalog_capture AS held
  ON held.id = {original}
WHERE seen.url IN ({{}}) AND seen.kind IN ({kinds}, 'revisit-identical') AND seen.method = 'GET'
  AND seen.status = 200 AND seen.truncated = '' AND seen.payload_length > 0
  AND held.kind IN ({kinds}) AND held.truncated = '' {believed}
ORDER BY seen.url, seen.at, seen.id
"""
_FILES_BY_URL = _BY_URL.format(original=_ORIGINAL, kinds="'response', 'assembled'", believed="")
_PAGES_BY_URL = _BY_URL.format(
    original=_ORIGINAL,
    kinds="'response'",
    believed="""
  AND NOT EXISTS (SELECT 1 FROM catalog_crawl WHERE catalog_crawl.id = seen.crawl
                  AND catalog_crawl.verdict IN ('partial', 'broken', 'blocked', 'down'))""",
)


_BY_CAPTURE = f"""
SELECT {", ".join("held." + name for name in _COLUMNS.split(", ")[:5])}, seen.etag, seen.last_modified, seen.mime,
       seen.id, seen.url
FROM catalog_capture AS seen
JOIN catalog_capture AS held
  ON held.id = {_ORIGINAL}
WHERE seen.id IN ({{}}) AND held.kind IN ('response', 'assembled') AND held.truncated = '' AND held.payload_length > 0
"""  # noqa: S608  placeholders only


_LED_TO = """
SELECT location FROM catalog_capture
WHERE url IN ({}) AND kind <> 'failed' AND method = 'GET' AND status IN (301, 302, 303, 307, 308) AND location <> ''
ORDER BY at DESC, id DESC LIMIT 1
"""


def led_to(url: str) -> str:
    """Where the newest redirect that a GET of `url` answered led, absolute; empty when it never did.

    Raises:
        DatabaseUnavailable, DatabaseRefused.
    """
    found = query(_LED_TO, [url])
    return str(found[0][0]) if found else ""


_PLACE = "SELECT warc, {}, {}, kind, refers_to FROM catalog_capture WHERE id IN ({{}})"


def place(capture: str) -> Place | None:
    """Where the record of a capture lies; None when the catalog has no such capture.

    Raises:
        DatabaseUnavailable, DatabaseRefused.
    """
    from django.db import connection

    quote = connection.ops.quote_name
    found = query(_PLACE.format(quote("offset"), quote("length")), [capture])
    return Place(*found[0]) if found else None


def known(digests: Sequence[str]) -> Mapping[str, Held]:
    """For each payload digest that we hold the oldest complete, non-empty response with it.

    Never a file that came in parts: other tools could not resolve a revisit of it (docs/decisions/0014).

    Committed captures only: nothing is ever declared a copy of what a crash may still take. Nor of bytes
    under a restriction: what comes now stands by itself. (A 304 brings no bytes; it may speak of them.)

    Raises:
        DatabaseUnavailable, DatabaseRefused.
    """
    return {str(row[3]): _held(row) for row in query(_BY_DIGEST.replace("KINDS", "'response'"), digests)}


def readable(digests: Sequence[str]) -> Mapping[str, Held]:
    """As `known`, with files that came in parts: for who wants to read the bytes.

    Raises:
        DatabaseUnavailable, DatabaseRefused.
    """
    found = query(_BY_DIGEST.replace("KINDS", "'response', 'assembled'"), digests)
    return {str(row[3]): _held(row) for row in found}


def held(urls: Sequence[str]) -> Mapping[str, Held]:
    """For each URL the newest complete 200 answer to a GET, with the validators it came with.

    Where that answer was an identical-payload revisit, `capture`, `url` and `at` are its original's.

    Raises:
        DatabaseUnavailable, DatabaseRefused.
    """
    return {str(row[8]): _held(row) for row in query(_FILES_BY_URL, urls)}


def held_captures(captures: Sequence[str]) -> Mapping[str, Before]:
    """For each capture id what is held by it, where that is a whole answer; a revisit's is its original.

    Raises:
        DatabaseUnavailable, DatabaseRefused.
    """
    return {str(row[8]): Before(_held(row), str(row[9])) for row in query(_BY_CAPTURE, captures)}


def held_pages(urls: Sequence[str]) -> Mapping[str, Held]:
    """The same, of pages: what a crawl was served that could not be relied on is not asked by.

    A portal that puts back an older file after a bad one says "not modified" to whoever asks by the
    bad one's date, and would seem to be broken for ever.
    """
    return {str(row[8]): _held(row) for row in query(_PAGES_BY_URL, urls)}


class _Ends:
    """Closes a thread's connection when the thread ends: Django does so for requests only.

    Whoever drops the last reference runs this, and that may be another thread (an error's traceback, a cycle)
    with an event loop, where Django refuses to close. The driver does not; nobody else uses the connection.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def __del__(self) -> None:
        opened, self.connection.connection = self.connection.connection, None
        if opened is not None:
            opened.close()


_thread = threading.local()


def _close_at_the_end(connection: Any) -> None:
    """Has the thread close `connection` when it ends. No other frame may hold `ends`: a traceback would keep it."""
    ends = getattr(_thread, "ends", None)
    if ends is None or ends.connection is not connection:
        _thread.ends = _Ends(connection)


def query(sql: str, values: Sequence[str]) -> list[Sequence[Any]]:
    """Rows of `sql`, in which `{}` stands for a query of `values`; on the calling thread's own connection."""
    from django.db import connection, connections

    rows: list[Sequence[Any]] = []
    if threading.current_thread() is not threading.main_thread():
        _close_at_the_end(connections["default"])
    with database_errors():
        for start in range(0, len(values), _BATCH):
            batch = list(values[start : start + _BATCH])
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute(sql.format("SELECT unnest(%s::text[])"), [batch])
                else:
                    cursor.execute(sql.format("SELECT value FROM json_each(%s)"), [msgspec.json.encode(batch).decode()])
                rows += cursor.fetchall()
    return rows


def _held(row: Sequence[Any]) -> Held:
    at = row[2] if isinstance(row[2], datetime) else datetime.fromisoformat(row[2])
    return Held(
        capture=row[0],
        url=row[1],
        at=at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC),
        payload_digest=row[3],
        payload_length=row[4],
        etag=row[5],
        last_modified=row[6],
        mime=row[7],
    )
