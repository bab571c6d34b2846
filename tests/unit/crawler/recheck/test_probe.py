"""What a head proves of bytes that are held, and what it does not."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from archive.model import Archived, Held, Peer
from crawler.capture.fetch import Fetched
from crawler.capture.probe import Probe, judge

BODY = b"%PDF the bytes"
AT = datetime(2026, 1, 1, tzinfo=UTC)
HELD = Held("c", "https://a.example/f", AT, f"sha256:{hashlib.sha256(BODY).hexdigest()}", len(BODY))
DIGEST = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
OTHER = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
LENGTH = {"Content-Length": str(len(BODY))}
DATE, LATER = "Wed, 21 Oct 2015 07:28:00 GMT", "Thu, 22 Oct 2015 07:28:00 GMT"


def answer(status: int, headers: dict[str, str]) -> Fetched:
    archived = Archived("h", AT, HELD.url, status, "", 0, b"")
    pairs = tuple((name.encode(), value.encode()) for name, value in headers.items())
    return Fetched(HELD.url, status, pairs, b"", archived, Peer(), (archived,))


@pytest.mark.parametrize(
    ("status", "headers", "finding"),
    [
        (405, LENGTH, "mute"),
        (404, LENGTH, "mute"),
        (200, {}, "mute"),
        (200, {"Content-Length": "٣"}, "mute"),
        (200, LENGTH, "perhaps"),
        (200, {"Content-Length": "9" * 500}, "other"),
        (200, {"Content-Length": "13"}, "other"),
        (200, LENGTH | {"ETag": '"new"', "Last-Modified": DATE}, "perhaps"),
        (200, LENGTH | {"Repr-Digest": f"sha-256=:{DIGEST}:"}, "same"),
        (200, {"Digest": f"md5=abc, SHA-256={DIGEST}"}, "same"),
        (200, LENGTH | {"Content-Digest": f"sha-512=:x:, sha-256=:{OTHER}:"}, "other"),
        (200, {"Repr-Digest": f"sha-256=:{DIGEST}:", "Content-Encoding": "gzip", "Content-Length": "3"}, "mute"),
        (200, LENGTH | {"Repr-Digest": "sha-256=:" + "=" * 44 + ":"}, "perhaps"),
    ],
)
def test_what_a_head_says(status: int, headers: dict[str, str], finding: str) -> None:
    assert judge(answer(status, headers), Probe(HELD)) == finding


@pytest.mark.parametrize(
    ("before", "headers", "finding"),
    [
        ({"etag": '"a"'}, {"ETag": 'W/"a"'}, "same"),
        ({"etag": '"a"'}, {"ETag": '"b"'}, "other"),
        ({"etag": '"a"', "last_modified": DATE}, {"Last-Modified": DATE}, "same"),
        ({"last_modified": DATE}, {"Last-Modified": LATER}, "other"),
        ({"last_modified": DATE}, {"ETag": '"a"'}, "perhaps"),
    ],
)
def test_a_validator_counts_that_was_so_before_the_bytes_came(
    before: dict[str, str], headers: dict[str, str], finding: str
) -> None:
    assert judge(answer(200, LENGTH | headers), Probe(HELD, **before)) == finding
