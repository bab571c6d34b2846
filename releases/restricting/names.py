"""Names that are not shown, found and masked in whatever is told. Pure; linear in the length of the text."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec

from releases.text.passages import MASK

T = TypeVar("T")

FEWEST = 3
"""Letters and digits of a name: of less, half of every text would be masked."""
_PARTS = re.compile(r"[^\W_]+|[\W_]+")
_BETWEEN = r"(?:%[0-9a-f]{2}|[\W_])"
"""What stands between the words of a name: also in addresses and file names."""
_BROKEN = r"(?:-[^\S\n]*+\n\s*+)?+"
"""A word may be hyphenated at a line's end."""
_WIDE = 0x2E80
"""Scripts from here on are written without spaces: there a word has no bounds to look for."""
_ESCAPED = re.compile(r"[^\s%]*+%[0-9A-Fa-f]{2}\S*+")
_KEPT_BELOW = 0x3000
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


class _Folds(dict[int, str]):
    """Character → itself without case, accent or ligature; empty for what nobody sees."""

    def __missing__(self, code: int) -> str:
        whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold())
        seen = (one for one in whole if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")
        folded = "".join(seen).translate(_PLAIN)
        if code < _KEPT_BELOW:  # bounds what hostile texts make us keep
            self[code] = folded
        return folded


_FOLDS = _Folds()


class Names:
    """Names to mask. False when there are none."""

    def __init__(self, names: Iterable[str]) -> None:
        self.given = tuple(sorted({name.strip() for name in names} - {""}))
        wanted = [one for name in self.given for one in _ways(name)]
        self._pattern = re.compile("|".join(sorted(wanted, key=len, reverse=True))) if wanted else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def within(self, text: str) -> bool:
        """Whether any of the names stands in `text`."""
        if self._pattern is None:
            return False
        if self._pattern.search(text.translate(_FOLDS)) is not None:
            return True
        return "%" in text and self._pattern.search(unquote(text).translate(_FOLDS)) is not None

    def masked(self, text: str) -> str:
        """`text` with MASK in place of each name."""
        if self._pattern is None:
            return text
        out, at = [], 0
        for start, end in self.places(text):
            out += [text[at:start], MASK]
            at = end
        return self._in_addresses("".join([*out, text[at:]]))

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where the names stand in `text`, ascending."""
        if self._pattern is None:
            return []
        found = [match.span() for match in self._pattern.finditer(text.translate(_FOLDS))]
        if not found or text.isascii():
            return found
        return list(_unfolded(text, found, list(accumulate(len(_FOLDS[ord(one)]) for one in text))))

    def _in_addresses(self, text: str) -> str:
        """Letters with accents are escaped in addresses: what then holds a name is masked whole."""
        if "%" not in text:
            return text
        return _ESCAPED.sub(lambda one: MASK if self.within(unquote(one[0])) else one[0], text)

    def value(self, value: T) -> T:
        """A text, JSON, or what holds them (tuples, dataclasses, structs), masked in all its texts and names of fields;
        anything else as it is.
        """
        return self._masked(value) if self._pattern is not None else value

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, Counter):
            counted: Counter[Any] = Counter()
            for one, times in value.items():  # two texts may be the same without their names
                counted[self._masked(one)] += times
            return counted
        if isinstance(value, dict):
            return {self._masked(name): self._masked(one) for name, one in value.items()}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*(self._masked(one) for one in value))
        if isinstance(value, (list, tuple, set, frozenset)):
            return type(value)(self._masked(one) for one in value)
        if isinstance(value, msgspec.Struct):
            fields = value.__struct_fields__
            return msgspec.structs.replace(value, **{name: self._masked(getattr(value, name)) for name in fields})
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            own = [one.name for one in dataclasses.fields(value) if one.init]
            return dataclasses.replace(value, **{name: self._masked(getattr(value, name)) for name in own})
        return value


NO_NAMES = Names(())


@lru_cache(maxsize=8)
def compiled(names: tuple[str, ...]) -> Names:
    """Names to mask, made once."""
    return Names(names)


def long_enough(name: str) -> bool:
    """Whether `name` may be masked wherever it stands."""
    return sum(len(part) for part in _words(name)) >= FEWEST


def _words(name: str) -> list[str]:
    return [part for part in _PARTS.findall(name.translate(_FOLDS)) if part[0].isalnum()]


def _ways(name: str) -> list[str]:
    """Patterns over folded text: as given, and of several words the last first: `Doe, Jane`."""
    folded = name.translate(_FOLDS)
    words = _words(folded)
    if not long_enough(folded):
        return []
    gaps = [part for part in _PARTS.findall(folded.strip()) if not part[0].isalnum()]
    gaps = gaps[1:] if folded.strip() and not folded.strip()[0].isalnum() else gaps
    gaps = gaps[: len(words) - 1]  # what stands behind the last word is no part of a name
    # `O'Brien` is `OBrien` too; `Ann Lee` is not `Annlee`.
    joints = [f"{_BETWEEN}{'++' if any(one.isspace() for one in gap) else '*+'}" for gap in gaps]
    middle = [piece for word, joint in zip(words, [*joints, ""], strict=False) for piece in (_word(word), joint)]
    ways = [_bound(words[0], words[-1], "".join(middle))]
    if len(words) > 1 and "," not in name:
        rest = [
            piece for word, joint in zip(words[:-1], [*joints[:-1], ""], strict=False) for piece in (_word(word), joint)
        ]
        turned = rf"{_word(words[-1])}\s*+(?:,|%2c){_BETWEEN}*+{''.join(rest)}"
        ways.append(_bound(words[-1], words[-2], turned))
    return ways


def _word(word: str) -> str:
    return _BROKEN.join(map(re.escape, word))


def _bound(first: str, last: str, pattern: str) -> str:
    before = r"(?<![^\W_])" if ord(first[0]) < _WIDE else ""
    after = r"(?![^\W_])" if ord(last[-1]) < _WIDE else ""
    return f"{before}{pattern}{after}"


def _unfolded(text: str, found: Iterable[tuple[int, int]], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Spans of `text` for spans of its folded form; `ends`: of each character, its end there."""
    place = 0
    for start, end in found:
        while ends[place] <= start:
            place += 1
        first = place
        while ends[place] < end:
            place += 1
        place += 1
        # Marks that nobody sees alone, and accents, belong to the letter before them.
        while place < len(text) and ends[place] == ends[place - 1]:
            place += 1
        yield first, place
