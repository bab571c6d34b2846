"""Finds what is still English on a Spanish page: texts of the catalogues as they stand in the code, and little words
that no Spanish sentence holds. What stands in an element of another language, or is code, is nobody's to translate.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import lxml.html

from tests.lint.translations import PACKAGES, catalogue

LITTLE = re.compile(
    r"\b(?:the|of|was|were|has|have|been|and|is|are|with|this|that|which|from|its|to|for|not|by|at|on|an|The|Its|This|Not|No longer)\b",
)
_CODE = frozenset({"code", "pre", "kbd", "samp", "textarea", "script", "style"})
_ADDRESSES = frozenset({"url", "digest", "key", "heads", "printed-on"})
"""Classes of what machines call things: addresses, keys, digests, HTTP's own headers."""
_SAID = ("aria-label", "title", "placeholder", "alt")
_QUOTED = re.compile(r"https?://\S+|\b\w+(?:[.:/]\w+)+|\[[a-z_]+\]|“[^”]*”|«[^»]*»|`[^`]*`|\"[^\"]*\"|'[^']*'")
"""Addresses, names of settings, and what is quoted."""


@dataclass(slots=True)
class Detector:
    """`foreign`: what portals say, in their language; it is taken out first. `names`: of their fields and kinds."""

    foreign: Collection[str]
    names: Collection[str] = ()
    _sentences: tuple[str, ...] = ()
    _words: frozenset[str] = frozenset()
    _longest_first: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._longest_first = sorted(
            {" ".join(one.split()) for one in self.foreign if len(one) > 3}, key=len, reverse=True
        )
        english, spanish = set(), set()
        for package in PACKAGES:
            for message in catalogue(package):
                ids = (message.id,) if isinstance(message.id, str) else message.id
                said = (message.string,) if isinstance(message.string, str) else message.string or ()
                english |= {one for one in ids if one and not set("%<{") & set(one)}
                spanish |= {one.casefold() for one in said}
        english = {one for one in english if one.casefold() not in spanish}
        self._sentences = tuple(one for one in english if len(one.split()) > 1 and len(one) > 6)
        self._words = frozenset(one.casefold() for one in english if len(one.split()) == 1) - set(self.names)

    def english(self, text: str) -> str:
        """What of `text` is English; empty where nothing is."""
        plain = " ".join(text.split())
        for one in self._longest_first:
            if one in plain:
                plain = plain.replace(one, " ")
        plain = _QUOTED.sub(" ", plain)
        if plain.strip(" .:,;·()").casefold() in self._words:
            return plain.strip()
        if found := LITTLE.search(plain):
            return f"{plain.strip()} ({found[0]})"
        return next((one for one in self._sentences if one in plain and re.search(rf"\b{re.escape(one)}", plain)), "")


def spanish_texts(page: Any) -> Iterator[str]:
    """Every text that a reader of this page sees or hears as Spanish. `page`: its HTML."""
    root = lxml.html.document_fromstring(page)
    assert root.get("lang") == "es"
    yield from _texts(root)


def left_english(page: Any) -> Iterator[str]:
    """What our own sentences left in English: see the filter `retold`."""
    for one in lxml.html.document_fromstring(page).iter("span"):
        if one.get("class") == "stored":
            yield " ".join(one.text_content().split())


def _texts(element: Any) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in _CODE or element.get("lang", "es") != "es":
        return
    if _ADDRESSES & set((element.get("class") or "").split()):
        return
    yield from filter(None, (element.get(name) for name in _SAID))
    if element.text and element.text.strip():
        yield element.text
    for child in element:
        yield from _texts(child)
        if child.tail and child.tail.strip():
            yield child.tail
