"""When a request is the same as one that was captured, though its address or body is not to the letter.

A page writes the time, or a number drawn at random, into addresses, only so that no cache answers. What counts
as such is decided narrowly: an answer to another question would be false evidence. A time counts
when it was the present, both when the page was captured and now by the page's clock; a number when it looks like one
of `Math.random()`, or stands under a name that is used for nothing else.

The name of a JSONP callback counts like any other word: an answer that calls another function helps no page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PRESENT = 15 * 60
"""Seconds around the page's time within which a time is the present: longer than any visit takes."""
_BUSTERS = frozenset({"_", "_dc", "cb", "cachebuster", "cache_buster", "nocache", "no_cache", "rnd", "rand", "random"})
_RANDOM = re.compile(r"0\.\d{8,}")
_NUMBER = re.compile(r"\d{1,20}(?:\.\d{1,20})?")
_EPOCH = re.compile(r"[12]\d{9}(?:\d{3})?(?:\.\d{1,9})?")
_DATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?")
_NOW, _DRAWN = "\0now", "\0random"
MOST_BODY = 1 << 20
"""Bytes of a body that is looked into; larger ones are the same to the letter or not at all."""
STATIC = re.compile(r"\.(?:css|js|mjs|woff2?|ttf|otf|eot)$", re.IGNORECASE)
_STATIC_KINDS = re.compile(r"text/css|(?:text|application)/(?:x-)?javascript|(?:application/)?(?:x-)?font\b.*")


def question(url: str, at: datetime) -> Hashable:
    """What `url`, asked at about `at`, asks for, its order of parameters and cache-busters aside."""
    query = urlsplit(url).query
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=None)
    return tuple(sorted(pair for pair in (_pair(name, value, at) for name, value in pairs) if pair is not None))


def same_file(url: str, mime: str) -> bool:
    """Whether `url`, captured as `mime`, is a style sheet, script or font: the query then names a release of it."""
    return bool(STATIC.search(urlsplit(url).path) and _STATIC_KINDS.fullmatch(mime))


def likeness(one: str, other: str) -> int:
    """How many parameters two addresses have in common."""
    sides = [set(parse_qsl(urlsplit(url).query, keep_blank_values=True)) for url in (one, other)]
    return len(sides[0] & sides[1])


def statement(body: bytes, at: datetime) -> Hashable:
    """What a request's body, sent at about `at`, says: as JSON, as a form, as parts, else to the letter."""
    if len(body) > MOST_BODY:
        return body
    if body.startswith(b"--") and (boundary := body.partition(b"\r\n")[0]):
        return body.replace(boundary, b"--")  # of parts: drawn at random for each form
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    if text[:1] in {"{", "["}:
        try:
            return json.dumps(_plain(json.loads(text), at), sort_keys=True)
        except (ValueError, RecursionError):
            return body
    if re.fullmatch(r"[\w%.~*+-]+=[^\s]*", text):
        return question(f"http://x/?{text}", at)
    return body


def _pair(name: str, value: str, at: datetime) -> tuple[str, str] | None:
    if not value:
        return _plain_word(name, at), ""  # `?0.1234567890`: the whole query is one such number
    if name.lower() in _BUSTERS and _NUMBER.fullmatch(value):
        return None
    return name, _plain_word(value, at)


def _plain(value: Any, at: datetime) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one, at) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, at) for one in value]
    if isinstance(value, str):
        return _plain_word(value, at)
    if isinstance(value, int | float) and not isinstance(value, bool):
        word = _plain_word(repr(value), at)
        return word if word in {_NOW, _DRAWN} else value
    return value


def _plain_word(word: str, at: datetime) -> str:
    if _RANDOM.fullmatch(word):
        return _DRAWN
    readers: tuple[tuple[re.Pattern[str], Callable[[str], datetime]], ...] = ((_EPOCH, _epoch), (_DATED, _dated))
    for shape, read in readers:
        if shape.fullmatch(word):
            try:
                near = abs((read(word) - at).total_seconds()) <= PRESENT
            except (ValueError, OverflowError):
                continue
            return _NOW if near else word
    return word


def _epoch(word: str) -> datetime:
    seconds = float(word)
    return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)


def _dated(word: str) -> datetime:
    at = datetime.fromisoformat(word)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
