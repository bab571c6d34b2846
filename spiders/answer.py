"""Reading a JSON answer with stated kinds and cardinality: the sibling of `spiders.page` for APIs.

An `Answer` is an object of a JSON document that knows its URL and its own path. A key that is missing or
of another kind raises `PageError` with URL, path, what was expected and what was found; `null` and a
missing key are the same to the `optional_…` look-ups, and never pass the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from scrapy.http import Response

from spiders.errors import PageError
from spiders.page import iso, tidy

DEEPEST = 100
"""Nested lists and objects of an answer that is read: what walks through it may do so by calling itself."""
_START = 60
"""Bytes of an unreadable answer that are shown."""


class Answer:
    """A JSON object, or the document's top (`path` is then empty)."""

    __slots__ = ("path", "url", "value")

    def __init__(self, url: str, value: Any, path: str = "") -> None:
        self.url = url
        self.value = value
        self.path = path

    def has(self, key: str) -> bool:
        """Whether the object has `key` with something other than null."""
        return self._look(key) is not None

    def text(self, key: str) -> str:
        """A text that is not empty, tidied; a number is taken as its digits. Raises PageError."""
        found = self.optional_text(key)
        if not found:
            raise self.wrong(key, "a text", self._look(key))
        return found

    def optional_text(self, key: str) -> str | None:
        """A text tidied, or None for null, a missing key and an empty text. Raises PageError for other kinds."""
        value = self._look(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(key, "a text", value)
        return tidy(str(value)) or None

    def optional_date(self, key: str, forms: Mapping[str, str]) -> str | None:
        """A date as ISO 8601, by `forms` as of `spiders.page.iso`; None for none. Raises PageError for other forms."""
        text = self.optional_text(key)
        return iso(self.url, self._at(key), text, forms) if text else None

    def optional_match(self, key: str, form: re.Pattern[str], expected: str) -> str | None:
        """The first group of `form`, which the text matches as a whole; None for none. Raises PageError: not `expected`."""
        text = self.optional_text(key)
        found = form.fullmatch(text) if text else None
        if text and not found:
            raise self.wrong(key, expected, text)
        return found[1] if found else None

    def number(self, key: str) -> int:
        """A whole number, also one printed as text (`"12"`, `"1,204"`). Raises PageError."""
        found = self.optional_number(key)
        if found is None:
            raise self.wrong(key, "a whole number", self._look(key))
        return found

    def optional_number(self, key: str) -> int | None:
        """A whole number, or None for null, a missing key and an empty text. Raises PageError."""
        value = self._look(key)
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        plain = value.replace(",", "").strip() if isinstance(value, str) else ""
        if not (plain.isascii() and plain.isdigit() and len(plain) < 19):
            raise self.wrong(key, "a whole number", value)
        return int(plain)

    def flag(self, key: str) -> bool:
        """True or false. Raises PageError."""
        value = self._look(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false", value)
        return value

    def optional_flag(self, key: str) -> bool | None:
        """True, false, or None for null and a missing key. Raises PageError."""
        return None if self._look(key) is None else self.flag(key)

    def one(self, key: str) -> Answer:
        """The object at `key`. Raises PageError."""
        value = self._look(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "an object", value)
        return Answer(self.url, value, self._at(key))

    def optional(self, key: str) -> Answer | None:
        """The object at `key`, or None for null and a missing key. Raises PageError for other kinds."""
        return None if self._look(key) is None else self.one(key)

    def many(self, key: str = "") -> list[Answer]:
        """The list of objects at `key` (may be empty); without `key` the answer itself is the list. Raises PageError."""
        value = self._look(key) if key else self.value
        if not isinstance(value, list):
            raise self.wrong(key, "a list", value)
        at = self._at(key)
        found = []
        for number, item in enumerate(value):
            if not isinstance(item, dict):
                raise self.wrong(f"{key}[{number}]", "an object", item)
            found.append(Answer(self.url, item, f"{at}[{number}]"))
        return found

    def texts(self, key: str) -> list[str]:
        """The list of texts at `key`, tidied, empty ones left out; null and a missing key are none. Raises PageError."""
        value = self._look(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
            raise self.wrong(key, "a list of texts", value)
        return [text for item in value if (text := tidy(str(item)))]

    def keys(self) -> list[str]:
        """The object's own keys; empty for a list."""
        return list(self.value) if isinstance(self.value, dict) else []

    def wrong(self, key: str, expected: str, found: object) -> PageError:
        """The error for what stands at `key`; to be raised by whoever knows more than kinds."""
        return PageError(self.url, self._at(key) or "the answer", expected, shown(found))

    @property
    def raw(self) -> str:
        """The object as JSON, keys in the order served: what a record's `raw` is made of."""
        return msgspec.json.encode(self.value).decode()

    def _look(self, key: str) -> Any:
        if not isinstance(self.value, dict):
            raise PageError(self.url, self.path or "the answer", "an object", shown(self.value))
        return self.value.get(key)

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path and key else self.path or key


def read_json(response: Response) -> Answer:
    """The response as a JSON document.

    Raises:
        PageError: it is none: HTML where JSON was asked for, an empty answer, or damaged.
    """
    body = response.body.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        raise PageError(response.url, "the answer", "JSON", f"an empty answer (status {response.status})")
    try:
        return Answer(response.url, decoded(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        start = body.lstrip()[:_START].decode("utf-8", "replace")
        kind = "HTML or XML" if start.startswith("<") else f"no JSON ({error})"
        raise PageError(response.url, "the answer", "JSON", f"{kind}: {start!r}") from error


def decoded(text: bytes | str) -> Any:
    """The JSON document `text`.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError: it is none, or has a number that no float and no 64 bits hold.
        RecursionError: it is nested deeper than `DEEPEST`.
    """
    document = msgspec.json.decode(text)
    level, depth = [document], 0
    while level := [
        item
        for one in level
        if isinstance(one, dict | list)
        for item in (one.values() if isinstance(one, dict) else one)
        if isinstance(item, dict | list)
    ]:
        depth += 1
        if depth >= DEEPEST:
            raise RecursionError(f"lists and objects nested deeper than {DEEPEST}")
    return document


def shown(value: object) -> str:
    """A value for an error's text: its kind, and its beginning."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return f"an object with {', '.join(list(value)[:8]) or 'no keys'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
