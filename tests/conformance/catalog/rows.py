"""Rows for tests, as a ledger or a crawl would make them."""

from datetime import UTC, datetime, timedelta

from archive.ids import uuid7

AT = datetime(2026, 11, 21, 23, 59, 59, 123456, tzinfo=UTC)


def record(key: str, **changes):
    row = {
        "id": uuid7(),
        "portal": "copa",
        "key": key,
        "kind": "case",
        "url": f"https://copa.example/{key}",
        "title": f"Case {key}",
        "printed_key": key,
        "state": "present",
        "version": 1,
        "fields_hash": "sha256:" + "0" * 64,
        "text_hash": "",
        "raw_hash": "",
        "first_seen_at": AT,
        "first_crawl": "c1",
        "last_seen_at": AT,
        "last_crawl": "c1",
    }
    return row | changes


def event(record_row, kind="new", **changes):
    row = {
        "id": uuid7(),
        "at": AT + timedelta(microseconds=1),
        "portal": "copa",
        "record": record_row["id"],
        "key": record_row["key"],
        "title": record_row["title"],
        "url": record_row["url"],
        "kind": kind,
        "backfill": False,
        "old": None,
        "new": {"status": "open", "ratio": 0.1, "n": 3, "list": [1, "ü"], "none": None},
        "files": [],
        "captures": ["a", "b"],
        "crawl": "c1",
        "tags": [],
    }
    return row | changes


def version(record_row, number=1, **changes):
    row = {
        "id": uuid7(),
        "record": record_row["id"],
        "number": number,
        "at": AT,
        "crawl": "c1",
        "url": record_row["url"],
        "title": record_row["title"],
        "printed_key": record_row["printed_key"],
        "fields": {"status": "open", "date": "2026-01-01"},
        "files": [],
        "fields_hash": "",
        "text_hash": "",
        "raw_hash": "",
        "captures": [],
        "extractor": "copa 1",
    }
    return row | changes


def capture(url="https://copa.example/", digest="sha256:" + "1" * 64, **changes):
    row = {
        "id": uuid7(),
        "portal": "copa",
        "crawl": "c1",
        "kind": "response",
        "method": "GET",
        "url": url,
        "surt": "example,copa)/",
        "at": AT,
        "status": 200,
        "mime": "text/html",
        "payload_digest": digest,
        "payload_length": 10,
        "etag": '"1"',
        "last_modified": "",
        "truncated": "",
        "refers_to": "",
        "request": uuid7(),
        "address": "192.0.2.1",
        "warc": "warc/copa/2026/11/x.warc.gz",
        "offset": 100,
        "length": 200,
        "location": "",
        "error": "",
    }
    return row | changes
