"""What differs between a record's last version and what a crawl read. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from releases.ledger.canonical import comparable, number_form
from releases.ledger.state import Listed, State, parts

LINKED = frozenset({"present", "gone"})
"""States of a file that its record's page links."""
FETCHED = frozenset({"direct", "press"})
"""Hosts of files whose bytes we take: what is the same document, they will tell."""
FILE = "file:"
"""How the name of a file begins among the parts of a record."""
FILES = "files"
"""In `Record.absent_means_unknown`: files go with the other fields named there."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file as the ledger has it."""

    id: str
    identity: str
    url: str
    name: str
    kind: str
    host: str
    state: str


@dataclass(frozen=True, slots=True)
class FileChanges:
    """What became of a record's files. `kept`, `moved` and `back` pair what is held with what is listed."""

    added: list[Listed] = field(default_factory=list)
    removed: list[HeldFile] = field(default_factory=list)
    kept: list[tuple[HeldFile, Listed]] = field(default_factory=list)
    moved: list[tuple[HeldFile, Listed]] = field(default_factory=list)
    """The same document under another address: not news, its bytes will tell."""
    back: list[tuple[HeldFile, Listed]] = field(default_factory=list)
    """Listed again after it was not."""

    @property
    def moving(self) -> list[HeldFile | Listed]:
        """Those that come or go."""
        return [*self.added, *(file for _, file in self.back), *self.removed]

    @property
    def renamed(self) -> list[tuple[HeldFile, Listed]]:
        return [(held, file) for held, file in self.kept if comparable(held.name) != comparable(file.name)]


def says_files(fields: Mapping[str, Any], optional: frozenset[str]) -> bool:
    """Whether what has these `fields` says which files there are: its layout prints any of the fields they go with."""
    return FILES not in optional or not optional.isdisjoint(fields)


def carried(now: State, before: Mapping[str, Any], held: Sequence[HeldFile]) -> State:
    """`now` with the fields of `before` and the `held` files that what was read says nothing of."""
    carrying = now.carrying(before)
    if says_files(now.fields, now.optional):
        return carrying
    linked = (file for file in held if file.state in LINKED)
    return replace(carrying, files=tuple(Listed(one.identity, one.url, one.name, one.kind, one.host) for one in linked))


def compare_files(held: Sequence[HeldFile], listed: Sequence[Listed]) -> FileChanges:
    """Pair files by identity; then a lone newcomer with a lone leaver of the same name and kind."""
    changes = FileChanges()
    by_identity = {file.identity: file for file in held}
    newcomers: list[Listed] = []
    for file in listed:
        known = by_identity.pop(file.identity, None)
        if known is None:
            newcomers.append(file)
        elif known.state in LINKED:
            changes.kept.append((known, file))
        else:
            changes.back.append((known, file))
    leavers = [file for file in by_identity.values() if file.state in LINKED]
    slots: dict[tuple[str, str], tuple[list[HeldFile], list[Listed]]] = defaultdict(lambda: ([], []))
    for left in leavers:
        slots[comparable(left.name), left.kind][0].append(left)
    for came in newcomers:
        slots[comparable(came.name), came.kind][1].append(came)
    for (name, _), (left_here, came_here) in slots.items():
        single = len(left_here) == len(came_here) == 1 and name
        if single and left_here[0].host == came_here[0].host and came_here[0].host in FETCHED:
            changes.moved.append((left_here[0], came_here[0]))
        else:
            changes.removed.extend(left_here)
            changes.added.extend(came_here)
    order = {file.identity: place for place, file in enumerate(listed)}
    changes.added.sort(key=lambda file: order[file.identity])
    changes.removed.sort(key=lambda file: file.identity)
    return changes


@dataclass(frozen=True, slots=True)
class FieldChanges:
    """Changed parts before and after, as printed; flapping ones apart."""

    old: dict[str, Any]
    new: dict[str, Any]
    noise: frozenset[str]
    """Names of flapping parts that differ."""
    reformatted: bool
    """Nothing but the form of numbers differs, and the printed key is among it."""
    lost: bool
    """A part that was there is not there any more."""


def compare_fields(title: str, printed_key: str, fields: dict[str, Any], now: State) -> FieldChanges:
    """What of title, printed key and fields differs from the state before."""
    before, after = parts(title, printed_key, fields), now.parts
    first_printed = now.optional - fields.keys()  # by another layout than before: known now, not changed now
    names = [name for name in {**before, **after} if before.get(name) != after.get(name) and name not in first_printed]
    told = [name for name in names if name not in now.flapping]
    was = {"title": title, "printed_key": printed_key, **fields}
    became = {"title": now.title, "printed_key": now.printed_key, **now.fields}
    old = {name: was.get(name) if name in before else None for name in told}
    new = {name: became.get(name) if name in after else None for name in told}
    same_numbers = all(number_form(before.get(name)) == number_form(after.get(name)) for name in told)
    return FieldChanges(
        old=old,
        new=new,
        noise=frozenset(names) - frozenset(told),
        reformatted="printed_key" in told and same_numbers,
        lost=any(name in before and name not in after for name in names),
    )
