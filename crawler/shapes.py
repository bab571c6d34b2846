"""What pages are like: how large, of which parts, and which addresses gave the very same bytes.

A block page that nobody has described yet still betrays itself: it is small, it is built of other parts
than the portal's pages, and it stands at many addresses at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal
from zlib import crc32

import msgspec

from crawler.markup import shown

PageKind = Literal["listing", "record"]
SAMPLED = 16
"""Pages of a kind whose parts are looked at."""
PARTS = 96
"""Parts that are remembered of a kind of page: those with the smallest hashes, so that two crawls
remember the same ones."""
LOOKED_AT = 262_144
"""Bytes of a page whose parts are looked at."""
_MOST_SIZES = 1024
_TAG = re.compile(rb"<([a-zA-Z][a-zA-Z0-9:-]{0,40})((?:\s[^<>]{0,2000})?)/?>")
_CLASS = re.compile(rb"""\sclass\s*=\s*["']?([^"'>]{0,500})""", re.IGNORECASE)
_NAME = re.compile(rb'"([A-Za-z_][A-Za-z0-9_.-]{0,60})"\s*:')
_DIGITS = re.compile(rb"\d+")


class Shape(msgspec.Struct, frozen=True, omit_defaults=True):
    """One kind of page in one crawl."""

    pages: int = 0
    sizes: tuple[int, int, int] = (0, 0, 0)
    """Bytes of the decoded body: a tenth of the pages are smaller, half of them, nine tenths."""
    parts: tuple[int, ...] = ()
    """Hashes of the parts (tag and class, JSON name, CSV column) that at least half the pages have."""


class Shapes:
    """Gathered while a crawl runs. Memory stays small however many pages there are."""

    def __init__(self) -> None:
        self._pages: Counter[str] = Counter()
        self._sizes: dict[str, list[int]] = {}
        self._stride: dict[str, int] = {}
        self._parts: dict[str, Counter[int]] = {}
        self._sampled: Counter[str] = Counter()
        self._bodies: dict[int, str | list[str]] = {}
        self.answered = 0
        """Pages that answered, unchanged ones included."""

    def page(self, kind: PageKind, body: bytes) -> None:
        """A page that gave something to read; `body` decoded."""
        number = self._pages[kind]
        self._pages[kind] += 1
        stride = self._stride.setdefault(kind, 1)
        if number % stride == 0:
            sizes = self._sizes.setdefault(kind, [])
            sizes.append(len(body))
            if len(sizes) > _MOST_SIZES:
                self._sizes[kind] = sizes[::2]
                self._stride[kind] = stride * 2
        # The first pages, then ever fewer: all of a small portal, and some from everywhere of a large one.
        if self._sampled[kind] < SAMPLED and (number < SAMPLED // 2 or number & (number - 1) == 0):
            self._sampled[kind] += 1
            self._parts.setdefault(kind, Counter()).update(parts(body))

    def answer(self, url: str, digest: str) -> None:
        """A page answered 200 with a body of this payload digest; empty for one that is as it was (304)."""
        self.answered += 1
        if not digest:
            return
        mark = hash(digest)
        known = self._bodies.get(mark)
        if known is None:
            self._bodies[mark] = url
        elif isinstance(known, str):
            if known != url:
                self._bodies[mark] = [known, url]
        elif known[-1] != url:
            known.append(url)

    def same(self, leaving_out: Iterable[str] = ()) -> list[str]:
        """The most different addresses, `leaving_out` aside, that gave one and the same body."""
        aside = set(leaving_out)
        groups = (
            list(dict.fromkeys(url for url in urls if url not in aside))
            for urls in self._bodies.values()
            if isinstance(urls, list)
        )
        return max(groups, key=len, default=[])

    def summary(self) -> dict[str, Shape]:
        """Kind → its shape."""
        return {
            kind: Shape(
                count,
                _spread(sorted(self._sizes[kind])),
                tuple(sorted(p for p, n in self._parts[kind].items() if 2 * n >= self._sampled[kind])[:PARTS]),
            )
            for kind, count in self._pages.items()
        }


def _spread(sizes: list[int]) -> tuple[int, int, int]:
    last = len(sizes) - 1
    return sizes[last // 10], sizes[last // 2], sizes[last - last // 10]


def parts(body: bytes) -> set[int]:
    """Hashes of what a page is built of: tags with their classes, names of JSON, columns of CSV.

    What stands in comments and scripts is not there for a reader, and is not counted.
    """
    head = body[:LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in {b"{", b"["}:
        return {crc32(b"json " + name) for name in _NAME.findall(head)}
    if head[:1] != b"<":
        columns = head.partition(b"\n")[0][:2000]
        return {crc32(b"csv " + name.strip(b' "\r')) for name in re.split(rb"[,;\t]", columns)}
    found = set()
    for tag, attributes in _TAG.findall(shown(head)):
        name = tag.lower()
        found.add(crc32(name))
        if classes := _CLASS.search(attributes):
            found |= {crc32(name + b"." + _DIGITS.sub(b"#", one)) for one in classes.group(1).split()}
    return found


def alike(one: Iterable[int], other: Iterable[int]) -> float:
    """How much two sets of parts have in common: 0 nothing, 1 everything (Jaccard, of those remembered)."""
    left, right = set(one), set(other)
    if not left or not right:
        return 1.0
    smallest = sorted(left | right)[:PARTS]
    return sum(part in left and part in right for part in smallest) / len(smallest)
