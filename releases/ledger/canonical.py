"""Canonical forms: what counts as equal, and the hashes made of it."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec

from releases.model import Hashed

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_LARGEST = 2**63


def clean(value: Any) -> Any:
    """`value` as JSON and every database can hold it: no U+0000, no lone surrogates, no NaN, no
    integers beyond 64 bits (their digits instead), tuples as lists.
    """
    if type(value) is str and value.isascii() and "\0" not in value:
        return value
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_LARGEST <= value < _LARGEST else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {clean(name if type(name) is str else str(name)): clean(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return clean(str(value))


def comparable(value: Any) -> Any:
    """`value` without what no reader would call a change: runs of white space and Unicode form."""
    if isinstance(value, str):
        text = value if value.isascii() else unicodedata.normalize("NFC", value)
        return " ".join(text.split())
    if isinstance(value, Mapping):
        return {name: comparable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def number_form(value: Any) -> Any:
    """`value` whatever the form its numbers are printed in: 2019-0000294, 2019-294 and 2019-0294
    are one, as are `Log# 7` and `LOG 007`.
    """
    if isinstance(value, str):
        return tuple(
            token.lstrip("0") or "0" if token[0].isdigit() else token for token in _TOKEN.findall(value.casefold())
        )
    if isinstance(value, list | tuple):
        return tuple(number_form(item) for item in value)
    if isinstance(value, Mapping):
        return tuple(sorted((str(name), number_form(item)) for name, item in value.items()))
    return value


def content_hash(value: Any) -> str:
    """`sha256:` + hex of the canonical JSON (sorted keys) of a comparable `value`."""
    return "sha256:" + hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def text_hash(text: str | Hashed) -> str:
    """`sha256:` + hex of `text` as UTF-8; empty for no text."""
    if isinstance(text, Hashed):
        return text.digest
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""


def clip(text: str, limit: int, most_bytes: int = 1500) -> str:
    """`text` in at most `limit` characters and `most_bytes` bytes; a longer one ends in its hash, so
    that two long names stay two.
    """
    if len(text) <= limit and (text.isascii() or len(text.encode()) <= most_bytes) and len(text) <= most_bytes:
        return text
    tail = "~" + hashlib.sha256(text.encode()).hexdigest()
    head = text.encode()[: most_bytes - len(tail)].decode(errors="ignore")
    return head[: limit - len(tail)] + tail
