r"""How clauses are numbered: `ARTICLE XII`, `Section 3.`, `4.1`, `III.`, `A.`, `(a)`; and which number comes next.

A number at the start of a line is a clause's only where it fits: it continues a row that is open, or begins one.
"on the\n30. day" and "as in\nSection 4 of this" are text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Value = tuple[int, ...]

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20,
}  # fmt: skip
_TOP = r"article|chapter|part|title|appendix|schedule|exhibit|addendum|attachment|side letter|memorandum of (?:understanding|agreement)"
_KEYWORD = re.compile(
    rf"(?P<word>{_TOP}|section|sec\.|§+)\s*(?:no\.?\s*|\#\s*)?"
    rf"(?P<value>[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{0,3}}|[IVXLC]{{1,8}}|[A-Z]|(?:{'|'.join(_WORDS)})|)"
    r"(?P<end>\s*[.:)–—-]+(?=\s|$)|(?=\s|$))",
    re.IGNORECASE,
)
_ALONE = re.compile(r"preamble|appendix|addendum|side letter|memorandum of (?:understanding|agreement)", re.IGNORECASE)
_UNNUMBERED = re.compile(r"PREAMBLE|WITNESSETH|ADDENDA|GLOSSARY(?: TERMS)?|IN WITNESS WHEREOF|SIGNATURES?")
_DECIMAL = re.compile(r"(?P<value>[0-9]{1,3}(?:\.[0-9]{1,3}){1,4})[.)]?(?=\s|$)")
_PLAIN = re.compile(
    r"(?P<open>\(?)(?P<value>[0-9]{1,3}|[ivxlc]{1,8}|[IVXLC]{1,8}|[a-z]{1,2}|[A-Z]{1,2})(?P<close>[.)])(?=\s|$)"
)
_ROMAN = re.compile(r"(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})", re.IGNORECASE)
_TITLE = re.compile(r"[\"“‘'(]?[A-Z0-9]")
_LONGEST_TITLE = 90
_GAP = 12
"""Numbers that may be missing in a row: clauses are deleted, and pages are lost."""


class Mark(NamedTuple):
    """A number at the start of a line, in one way to read it."""

    style: str
    """What rows it belongs to: `article`, `section`, `4.1`, `I.`, `A.`, `(a)`, …"""
    value: Value
    label: str
    """As printed, without what parts it from the text."""
    rest: str
    """The line after it."""
    top: bool = False
    """It is inside of no other: an article, an appendix."""
    sure: bool = True
    """It is one wherever it stands; else only where it fits, as numbers do."""


def roman(text: str) -> int:
    """The number, up to 399; 0 where it is none."""
    found = _ROMAN.fullmatch(text)
    if found is None or not text:
        return 0
    return _sum(text.upper())


def keyword(line: str) -> Mark | None:
    """`ARTICLE XII – DISCIPLINE`, `Section 3. The Town …`; None for prose that only names one."""
    found = _KEYWORD.match(line)
    if found is None:
        return None
    word, said, end = found["word"].lower(), found["value"], found["end"].strip()
    rest = line[found.end() :].strip()
    value = _number(said)
    if not value:
        alone = _ALONE.fullmatch(line.rstrip(" .:")) is not None and line.isupper()
        return Mark(word, (0,), line.rstrip(" .:"), "", top=True) if alone else None
    if rest and not (_TITLE.match(rest) or (end and numbered(rest))):
        return None
    is_section = word.startswith(("sec", "§"))
    sure = not rest or bool(end) or (_heading(rest) and not is_section)
    if not sure and not is_section:
        return None
    label = found[0].rstrip(" .:–—-)")
    return Mark("section" if is_section else word, value, label, rest, top=not is_section, sure=sure)


def alone(line: str) -> Mark | None:
    """`PREAMBLE`, `ADDENDA:`: a part that has no number."""
    said = line.strip(" .:")
    return Mark("alone", (0,), said, "", top=True) if line.isupper() and _UNNUMBERED.fullmatch(said) else None


def numbered(line: str) -> list[Mark]:
    """Every way to read a number without a word before it; the likelier first."""
    if found := _DECIMAL.match(line):
        value = tuple(map(int, found["value"].split(".")))
        return [Mark(f"4{'.1' * (len(value) - 1)}", value, found["value"], line[found.end() :].strip())]
    found = _PLAIN.match(line)
    if found is None or (found["open"] and found["close"] != ")"):
        return []
    said, rest = found["value"], line[found.end() :].strip()
    made: list[Mark] = []

    def add(kind: str, value: int) -> None:
        made.append(Mark(f"{found['open']}{kind}{found['close']}", (value,), found[0], rest))

    if said.isdigit():
        add("1", int(said))
        return made
    if number := roman(said):
        add("I" if said.isupper() else "i", number)
    if len(set(said)) == 1:  # `aa` comes after `z`
        add("A" if said.isupper() else "a", ord(said[0].lower()) - ord("a") + 1 + 26 * (len(said) - 1))
    return made


def follows(before: Value, value: Value) -> bool:
    """Whether `value` may come later in the row of `before`, nothing or a little missing between."""
    place = next((n for n, (a, b) in enumerate(zip(before, value, strict=False)) if a != b), None)
    if place is None or not 0 < value[place] - before[place] <= _GAP:
        return False
    return all(number <= 1 for number in value[place + 1 :])  # 4.7 is followed by 5.1, not by 5.50


def next_to(before: Value, value: Value) -> bool:
    """Whether `value` is the very next one in the row of `before`."""
    return value[:-1] == before[:-1] and value[-1] == before[-1] + 1


def starts(value: Value, inside: Value) -> bool:
    """Whether a row may begin with it; `inside`: number of the article it would be in, or ()."""
    if len(value) == 1:
        return value == (1,)
    return value[-1] in {0, 1} or value[:1] == inside[:1]


def _number(said: str) -> Value:
    if not said:
        return ()
    if said[0].isdigit():
        return tuple(map(int, said.split(".")))
    if said.lower() in _WORDS:
        return (_WORDS[said.lower()],)
    if value := roman(said):
        return (value,)
    return (ord(said.upper()) - ord("A") + 1,) if len(said) == 1 and said.isupper() else ()


def _heading(rest: str) -> bool:
    """Whether what stands behind `ARTICLE XII`, with nothing between, is its title and no sentence."""
    if len(rest) > _LONGEST_TITLE or not _TITLE.match(rest) or rest.endswith((",", ";")):
        return False
    words = [word for word in rest.split() if word[0].isalpha() and len(word) > 3]
    return sum(word[0].isupper() for word in words) * 2 >= len(words)


def _sum(text: str) -> int:
    worth = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    values = [worth[letter] for letter in text]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
