"""Sentences that were written down in English when something happened, in the language that is active.

Verdicts, deadlines and corrections keep one English sentence beside their data: it is evidence, and stays as it is.
Here it is recognised by its form (`releases.retold_forms`) and said anew. What has no known form stays English, and is
told apart: pages put it into an element with `lang="en"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import get_language, gettext, ngettext

from releases.alerts.counting import counted, in_a_tally
from releases.retold_forms import FORMS, PAIRS

LONGEST = 4000
"""Characters of a text that are looked at; a longer one stays as it is."""
_DEEPEST = 6
_LONGEST_NAME = 60
_BEGIN, _END = "\ue000", "\ue001"
"""Around what stays English. Nothing that was written down holds them: they are for private use."""
_HOLE = re.compile(r"%\((\w+)\)s")
_NUMBER = re.compile(r"\d[\d,]*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_BEFORE_DAY = re.compile(r" (?=\d{4}-\d\d-\d\d)")
_COUNT = re.compile(r"(\d[\d,]*) ([a-z]+(?: day)?)")
_TALLY = re.compile(r"(\d[\d,]*) ([a-z ]+)")
_NUMBERS = frozenset("nmkl")
_SAID = frozenset({"said", "then"})
_DAYS = frozenset({"day", "due", "start"})
_COUNTS = frozenset({"days", "records", "rows", "crawls", "others"})
_MOMENTS = frozenset({"moment", "from"})


@dataclass(frozen=True, slots=True)
class _Form:
    one: str
    many: str
    """The same for other numbers than 1; empty where there is one form alone."""
    literals: tuple[str, ...]
    holes: tuple[str, ...]

    def found(self, text: str) -> dict[str, str] | None:
        """What stands in the holes. Linear in `text`: each literal is looked for once, from left to right."""
        first, last = self.literals[0], self.literals[-1]
        if first and (text[:1].lower() != first[:1].lower() or text[1 : len(first)] != first[1:]):
            return None
        if not self.holes:
            return {} if len(text) == len(first) else None
        if not text.endswith(last):
            return None
        at, end, values = len(first), len(text) - len(last), {}
        for name, behind in zip(self.holes[:-1], self.literals[1:-1], strict=True):
            if behind == " " and (day := _BEFORE_DAY.search(text, at, end)):  # a name may be of several words
                place = day.start()
            else:
                place = text.find(behind, at, end)
            if place <= at:
                return None
            values[name] = text[at:place]
            at = place + len(behind)
        if at >= end:
            return None
        values[self.holes[-1]] = text[at:end]
        return values if all(_fits(name, value) for name, value in values.items()) else None


def retold(text: str) -> str:
    """`text` in the language that is active, as far as its form is known."""
    return "".join(said for said, _english in pieces(text))


def pieces(text: str) -> list[tuple[str, bool]]:
    """The same in pieces: each with whether it is English still, which nothing is where English is active."""
    if (get_language() or "en").startswith("en") or not text.strip():
        return [(text, False)]
    if len(text) > LONGEST:
        return [(text, True)]
    said = _sentences(text.replace(_BEGIN, "").replace(_END, ""), 0)
    if said is None:
        return [(text, True)]
    found = []
    for part in re.split(f"({_BEGIN}[^{_END}]*{_END})", said):
        if part:
            found.append((part.strip(_BEGIN + _END), part[0] == _BEGIN))
    return found


def _sentences(text: str, depth: int) -> str | None:
    """Sentences one after the other; None where none of them has a known form."""
    end = "." if text.endswith(".") else ""
    given = _split(text.removesuffix("."), ". ")
    made = [_clauses(one, depth) for one in given]
    if not any(made):
        return None
    return ". ".join(said or _kept(one) for one, said in zip(given, made, strict=True)) + end


def _split(text: str, between: str) -> list[str]:
    """The parts of `text`; what a portal says, in quotes, stays whole."""
    parts: list[str] = []
    at, last, opened = 0, text.rfind("”"), False
    for piece in text.split(between):
        if opened and at <= last:
            parts[-1] += between + piece
        else:
            parts.append(piece)
        begun, ended = piece.rfind("“"), piece.rfind("”")
        opened = begun > ended or (opened and ended < 0)
        at += len(piece) + len(between)
    return parts


def _clauses(text: str, depth: int) -> str | None:
    """One sentence: of one form as a whole, else of clauses between semicolons."""
    if (said := _formed(text, depth)) or "; " not in text:
        return said
    given = _split(text, "; ")
    made = [_formed(one, depth) for one in given]
    if not any(made):
        return None
    return "; ".join(said or _kept(one) for one, said in zip(given, made, strict=True))


def _formed(text: str, depth: int) -> str | None:
    if depth > _DEEPEST:
        return None
    for form in _forms():
        values = form.found(text)
        if values is None:
            continue
        given = {name: _value(name, value, depth + 1) for name, value in values.items()}
        made = (ngettext(form.one, form.many, _whole(values["n"])) if form.many else gettext(form.one)) % given
        return made[:1].upper() + made[1:] if form.literals[0] and text[:1].isupper() else made
    return None


def _value(name: str, value: str, depth: int) -> str:
    if name in _SAID:
        return _sentences(value, depth) or _kept(value)
    if name in _COUNTS and (found := _COUNT.fullmatch(value)):
        return counted(_whole(found[1]), "", _singular(found[2]))
    if name == "tally":
        return ", ".join(in_a_tally(_whole(one[1]), one[2].replace(" ", "_")) for one in _TALLY.finditer(value))
    return value


def _fits(name: str, value: str) -> bool:
    """Whether this can stand in a hole of this name."""
    if name in _NUMBERS:
        return bool(_NUMBER.fullmatch(value))
    if name in _DAYS:
        return bool(_DAY.fullmatch(value))
    if name in {"field", "brand"}:  # what a portal or a maker calls something: no sentence
        return len(value) <= _LONGEST_NAME and not re.search(r"[.;:,] ", value)
    if name in _MOMENTS:
        return bool(_MOMENT.fullmatch(value))
    if name in _COUNTS:
        return bool(_COUNT.fullmatch(value))
    if name == "tally":
        return all(_TALLY.fullmatch(one) for one in value.split(", "))
    return value.startswith("http") if name == "url" else True


def _kept(text: str) -> str:
    return f"{_BEGIN}{text.replace(_BEGIN, '').replace(_END, '')}{_END}"


def _whole(number: str) -> int:
    return int(number.replace(",", ""))


def _singular(noun: str) -> str:
    return noun.removesuffix("s")


def _forms() -> Iterator[_Form]:
    yield from _KNOWN


def _made() -> Iterator[_Form]:
    for pair in PAIRS:
        for text in pair:
            yield _Form(*pair, *_parts(text))
    for text in FORMS:
        yield _Form(text, "", *_parts(text))


def _parts(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    split = _HOLE.split(text)
    return tuple(split[::2]), tuple(split[1::2])


_KNOWN = tuple(_made())
