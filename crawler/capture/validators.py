"""Conditional requests (RFC 9110 section 13): has it changed since the capture that we hold?"""

from __future__ import annotations

import re

from archive.model import Held

_CODING = re.compile(r"(?:[-;:]{1,2}(?:gzip|br|deflate))?\"$")
_PLAIN = re.compile(r"[\x20-\x7e\x80-\xff]+")


def conditions(held: Held) -> tuple[tuple[bytes, bytes], ...]:
    """If-None-Match and If-Modified-Since for what `held` told us; empty when it told nothing to ask by."""
    asked = []
    if held.etag and _PLAIN.fullmatch(held.etag):
        asked.append((b"If-None-Match", held.etag.encode("latin-1")))
    if held.last_modified and _PLAIN.fullmatch(held.last_modified):
        asked.append((b"If-Modified-Since", held.last_modified.encode("latin-1")))
    return tuple(asked)


def same_version(now: str, held: str) -> bool:
    """Whether a 304 with ETag `now` can stand for the version with ETag `held`.

    Compared weakly (section 8.8.3.2); the mark that servers add for a compressed variant does not
    count. A 304 that names another version than asked for is a cache's mistake: two versions are
    never mixed. Without either ETag there is nothing to contradict.
    """
    return not now or not held or _plain(now) == _plain(held)


def _plain(etag: str) -> str:
    return _CODING.sub('"', etag.strip().removeprefix("W/"))
