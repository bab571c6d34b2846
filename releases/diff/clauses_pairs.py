"""Which clause of one text is which of the other."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from releases.diff.clauses_read import Clause, Document
from releases.diff.sequence import ascending

_SAME_TITLE = 0.15
"""Likeness of two with one title; with less, only the title stayed."""
_SAME_NUMBER = 0.45
_SAME = 0.6
"""Of two that neither title nor number speaks for."""
_ELSEWHERE = 0.7
"""Of two that stand in different parts."""
_REWRITTEN = 0.25
"""Of two with one number that nothing else is left for."""
_LONG = 24
"""Characters of words that are not there twice by chance."""
_SKETCH = 24
"""Rarest words of a clause by which its kin is looked for."""
_MOST_KIN = 8
_WORD = re.compile(r"\w+")
_ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00ad": ""})
_HYPHEN = re.compile(r"(?<=[a-z])- ?(?=[a-z])")


def key(text: str) -> str:
    """What of a text counts: neither line breaks, nor kinds of quotes, dashes and hyphens."""
    return " ".join(_HYPHEN.sub("", text.translate(_ALIKE)).split())


@dataclass(slots=True)
class Pairing:
    """Old place → new place, and the old places of those that moved."""

    pairs: dict[int, int] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    """New places that have a partner."""

    def add(self, old: int, new: int, *, moved: bool) -> None:
        self.pairs[old] = new
        self.taken.add(new)
        if moved:
            self.moved.add(old)


@dataclass(slots=True)
class _Facts:
    """Of a clause with all parts in it."""

    digest: bytes
    words: Counter[str]
    size: int
    """Characters."""


class _Sides:
    """Facts of every clause, on both sides."""

    def __init__(self, left: Document, right: Document) -> None:
        self.old = {clause.at: fact for clause, fact in _facts(left)}
        self.new = {clause.at: fact for clause, fact in _facts(right)}

    def likeness(self, a: Clause, b: Clause) -> float:
        """0 (nothing in common) to 1: words in common, of the shorter one's and of all. Clauses get sentences added."""
        old, new = self.old[a.at].words, self.new[b.at].words
        one, other = old.total(), new.total()
        if not one or not other:
            return float(one == other)
        common = sum(min(count, new[word]) for word, count in old.items() if word in new)
        return (common / min(one, other) + common / (one + other - common)) / 2


def paired_clauses(left: Document, right: Document) -> Pairing:
    """Every clause that is on both sides."""
    sides, pairing = _Sides(left, right), Pairing()
    _levels(left.clauses, right.clauses, sides, pairing)
    gone = [clause for clause in left.walk() if clause.at not in pairing.pairs]
    come = [clause for clause in right.walk() if clause.at not in pairing.taken]
    # The outermost first: with a whole come its parts.
    for a, b in _elsewhere(gone, come, sides):
        if a.at not in pairing.pairs and b.at not in pairing.taken:
            pairing.add(a.at, b.at, moved=True)
            _levels(a.parts, b.parts, sides, pairing)
    return pairing


def _levels(old: Sequence[Clause], new: Sequence[Clause], sides: _Sides, pairing: Pairing) -> None:
    """Pair neighbours, then the parts of each pair."""
    todo = [(old, new)]
    while todo:
        old, new = todo.pop()
        here = [clause for clause in old if clause.at not in pairing.pairs]
        there = [clause for clause in new if clause.at not in pairing.taken]
        found = _neighbours(here, there, sides)
        place = {b.at: number for number, b in enumerate(there)}
        order = [(number, place[found[a.at].at]) for number, a in enumerate(here) if a.at in found]
        steady = {here[number].at for number, _ in ascending(order)}
        for a in here:
            if (b := found.get(a.at)) is None:
                continue
            pairing.add(a.at, b.at, moved=a.at not in steady)
            if a.parts and b.parts:
                todo.append((a.parts, b.parts))


def _neighbours(old: list[Clause], new: list[Clause], sides: _Sides) -> dict[int, Clause]:
    """Old place → new clause, of clauses in one part."""
    found: dict[int, Clause] = {}
    here, there = list(old), list(new)

    def take(pairs: Iterable[tuple[Clause, Clause]]) -> None:
        for a, b in pairs:
            found[a.at] = b
        taken = {b.at for b in found.values()}
        here[:] = [a for a in here if a.at not in found]
        there[:] = [b for b in there if b.at not in taken]

    def alike(least: float) -> Callable[[Clause, Clause], bool]:
        return lambda a, b: sides.likeness(a, b) >= least

    take(
        _by(
            here,
            there,
            lambda a: (sides.old[a.at].digest, a.style, a.value),
            lambda b: (sides.new[b.at].digest, b.style, b.value),
        )
    )
    take(_by(here, there, lambda a: sides.old[a.at].digest, lambda b: sides.new[b.at].digest))
    take(_by(here, there, _title, _title, alike(_SAME_TITLE), once=True))
    take(_by(here, there, _number, _number, alike(_SAME_NUMBER)))
    take(_kin(here, there, sides, _SAME))
    take(_by(here, there, _number, _number, alike(_REWRITTEN)))
    return found


def _elsewhere(gone: list[Clause], come: list[Clause], sides: _Sides) -> list[tuple[Clause, Clause]]:
    """Pairs of clauses that stand in different parts, the outermost and likest first."""
    long = [clause for clause in gone if sides.old[clause.at].size >= _LONG]
    fresh = [clause for clause in come if sides.new[clause.at].size >= _LONG]
    equal = _by(long, fresh, lambda a: sides.old[a.at].digest, lambda b: sides.new[b.at].digest, once=True)
    taken = {a.at for a, _ in equal}, {b.at for _, b in equal}
    rest = _kin(
        [a for a in long if a.at not in taken[0]], [b for b in fresh if b.at not in taken[1]], sides, _ELSEWHERE
    )
    return [*equal, *sorted(rest, key=lambda pair: pair[0].at)]


def _by(
    old: Sequence[Clause], new: Sequence[Clause], left: Callable[[Clause], Hashable],
    right: Callable[[Clause], Hashable], fits: Callable[[Clause, Clause], bool] | None = None, *, once: bool = False,
) -> list[tuple[Clause, Clause]]:  # fmt: skip
    """Pairs with one sign, the first with the first; `once`: only signs that each side has once. None is no sign."""
    places: dict[Hashable, list[Clause]] = defaultdict(list)
    for b in reversed(new):
        places[right(b)].append(b)
    often = Counter(map(left, old))
    pairs: list[tuple[Clause, Clause]] = []
    for a in old:
        sign = left(a)
        if sign is None or not places.get(sign) or (once and (often[sign] > 1 or len(places[sign]) > 1)):
            continue
        if fits is None or fits(a, places[sign][-1]):
            pairs.append((a, places[sign].pop()))
    return pairs


def _kin(old: Sequence[Clause], new: Sequence[Clause], sides: _Sides, least: float) -> list[tuple[Clause, Clause]]:
    """Pairs that are most alike: each is compared with those few that share its rarest words."""
    if not old or not new:
        return []
    often = Counter(word for b in new for word in sides.new[b.at].words)
    places: dict[str, list[Clause]] = defaultdict(list)
    for b in new:
        for word in _rarest(sides.new[b.at].words, often):
            if len(places[word]) < _MOST_KIN:
                places[word].append(b)
    scored: list[tuple[float, int, int, Clause, Clause]] = []
    for a in old:
        words = {word: 1 for word in sides.old[a.at].words if word in places}
        shared: Counter[int] = Counter()
        known: dict[int, Clause] = {}
        for word in _rarest(words, often):
            for b in places[word]:
                shared[b.at] += 1
                known[b.at] = b
        for at, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:_MOST_KIN]:
            score = sides.likeness(a, known[at])
            if score >= least:
                scored.append((-score, a.at, at, a, known[at]))
    pairs: list[tuple[Clause, Clause]] = []
    used: tuple[set[int], set[int]] = (set(), set())
    for _, i, j, a, b in sorted(scored, key=lambda one: one[:3]):
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            pairs.append((a, b))
    return pairs


def _rarest(words: Iterable[str], often: Counter[str]) -> list[str]:
    return sorted(words, key=lambda word: (often[word], word))[:_SKETCH]


def _number(clause: Clause) -> Hashable:
    return clause.style, clause.value


def _title(clause: Clause) -> Hashable:
    """What it is called; None where it has no title."""
    return " ".join(_WORD.findall(key(clause.title).casefold())) or None


def _facts(document: Document) -> list[tuple[Clause, _Facts]]:
    """Of each clause, parts before wholes."""
    found: dict[int, _Facts] = {}
    clauses = list(document.walk())
    for clause in reversed(clauses):
        said = key(clause.said)
        digest = hashlib.sha256(said.encode("utf-8", "replace"))
        words = Counter(_WORD.findall(said.casefold()))
        size = len(said)
        for part in clause.parts:
            inner = found[part.at]
            digest.update(f"\0{part.style}{part.value}\0".encode() + inner.digest)
            words += inner.words
            size += inner.size
        found[clause.at] = _Facts(digest.digest(), words, size)
    return [(clause, found[clause.at]) for clause in clauses]
