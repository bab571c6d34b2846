"""Two mappings of names to values: what came, went and changed, words in texts and items in lists included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from releases.diff.model import FieldChange, FieldsDiff, ItemChange, NoiseKind
from releases.diff.sequence import matches
from releases.diff.text import turned_pieces, words_diff
from releases.ledger.canonical import comparable

_WORDS = 4
"""Words of the longer of two texts from which on it is shown which of them changed."""
_COMPARED = 20_000
"""Pairs of list items that are looked at for likeness, in one gap."""
_LEAST_ALIKE = 0.4
_DEEPEST = 6


def fields_diff(old: Mapping[str, Any], new: Mapping[str, Any], *, flapping: Collection[str] = ()) -> FieldsDiff:
    """What turns `old` into `new`; `applied_fields` does it. Names in `flapping` are noise where they differ."""
    changes: list[FieldChange] = []
    noise: list[FieldChange] = []
    same = 0
    for name in dict.fromkeys((*old, *new)):
        change = _field(name, old, new, 0)
        if change is None:
            same += 1
        elif change.noise or name in flapping:
            noise.append(msgspec.structs.replace(change, noise=change.noise or "flapping field"))
        else:
            changes.append(change)
    return FieldsDiff(tuple(changes), tuple(noise), same)


def applied_fields(diff: FieldsDiff, old: Mapping[str, Any]) -> dict[str, Any]:
    """The new mapping: `diff` carried out on the old one."""
    values = dict(old)
    for change in (*diff.changes, *diff.noise):
        if change.op == "removed":
            del values[change.name]
        else:
            values[change.name] = change.new
    return values


def mirrored_fields(diff: FieldsDiff) -> FieldsDiff:
    """The diff of the mappings exchanged, but for the order of names."""
    return FieldsDiff(tuple(map(_turned, diff.changes)), tuple(map(_turned, diff.noise)), diff.same)


def _field(name: str, old: Mapping[str, Any], new: Mapping[str, Any], depth: int) -> FieldChange | None:
    if name not in old:
        return FieldChange(name, "added", None, new[name])
    if name not in new:
        return FieldChange(name, "removed", old[name], None)
    before, after = old[name], new[name]
    if _equal(before, after):
        return None
    noise: NoiseKind | None = "white space" if _equal(comparable(before), comparable(after)) else None
    if isinstance(before, str) and isinstance(after, str):
        long = max(len(before.split()), len(after.split())) >= _WORDS
        return FieldChange(name, "changed", before, after, words_diff(before, after) if long else (), (), noise)
    items = tuple(_items(before, after, depth)) if isinstance(before, list) and isinstance(after, list) else ()
    return FieldChange(name, "changed", before, after, (), items, noise)


def _equal(old: Any, new: Any) -> bool:
    """Equal as JSON: True is not 1."""
    return _key(old) == _key(new)


def _key(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _items(old: Sequence[Any], new: Sequence[Any], depth: int) -> Iterator[ItemChange]:
    """Changes of a list's items, those that stay left out."""
    i = j = 0
    gone: list[int] = []
    come: list[int] = []
    left, right = [_key(comparable(item)) for item in old], [_key(comparable(item)) for item in new]
    for i1, j1, length in (*matches(left, right), (len(old), len(new), 0)):
        gone += range(i, i1)
        come += range(j, j1)
        i, j = i1 + length, j1 + length
    places: dict[bytes, list[int]] = defaultdict(list)
    for number in reversed(come):
        places[right[number]].append(number)
    moved = {number: places[left[number]].pop() for number in gone if places.get(left[number])}
    gone, come = _without(gone, moved), _without(come, moved.values())
    alike = _alike(old, gone, new, come)
    found = [_changed(a, b, old[a], new[b], depth) for a, b in alike.items()]
    found += [ItemChange("moved", a, b, old[a], new[b]) for a, b in moved.items()]
    found += [ItemChange("removed", a, None, old[a], None) for a in _without(gone, alike)]
    found += [ItemChange("added", None, b, None, new[b]) for b in _without(come, alike.values())]
    order = {"removed": 0, "moved": 1, "changed": 1, "added": 2}
    yield from sorted(found, key=lambda item: (_place(item), order[item.op]))


def _place(item: ItemChange) -> int:
    return item.new_at if item.new_at is not None else item.old_at or 0


def _without(numbers: Sequence[int], taken: Iterable[int]) -> list[int]:
    out = set(taken)
    return [number for number in numbers if number not in out]


def _alike(old: Sequence[Any], gone: Sequence[int], new: Sequence[Any], come: Sequence[int]) -> dict[int, int]:
    """Items that are one and the same, changed: {old: new}, the likest first."""
    if len(gone) * len(come) > _COMPARED:
        return {}
    here, there = {a: _words(old[a]) for a in gone}, {b: _words(new[b]) for b in come}
    scored = [
        (score, a, b) for a in gone for b in come if (score := _likeness(here[a], there[b])) >= _LEAST_ALIKE
    ]  # fmt: skip
    scored.sort(key=lambda found: (-found[0], abs(found[1] - found[2]), found[1] + found[2]))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, a, b in scored:
        if a not in pairs and b not in taken:
            pairs[a] = b
            taken.add(b)
    return pairs


def _words(item: Any) -> frozenset[str]:
    if isinstance(item, Mapping):
        return frozenset(f"{name}\0{word}" for name, value in item.items() for word in str(value).split())
    return frozenset(str(item).split())


def _likeness(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0


def _changed(a: int, b: int, old: Any, new: Any, depth: int) -> ItemChange:
    if isinstance(old, str) and isinstance(new, str):
        return ItemChange("changed", a, b, old, new, words_diff(old, new))
    if isinstance(old, Mapping) and isinstance(new, Mapping) and depth < _DEEPEST:
        names = dict.fromkeys((*old, *new))
        inner = (_field(name, old, new, depth + 1) for name in names)
        return ItemChange("changed", a, b, old, new, (), tuple(change for change in inner if change))
    return ItemChange("changed", a, b, old, new)


def _turned(change: FieldChange) -> FieldChange:
    op = {"added": "removed", "removed": "added"}.get(change.op, change.op)
    turned = msgspec.structs.replace(
        change, op=op, old=change.new, new=change.old, pieces=tuple(turned_pieces(change.pieces))
    )
    return msgspec.structs.replace(turned, items=tuple(map(_turned_item, change.items)))


def _turned_item(item: ItemChange) -> ItemChange:
    op = {"added": "removed", "removed": "added"}.get(item.op, item.op)
    return msgspec.structs.replace(
        item, op=op, old=item.new, new=item.old, old_at=item.new_at, new_at=item.old_at,
        pieces=tuple(turned_pieces(item.pieces)), fields=tuple(map(_turned, item.fields)),
    )  # fmt: skip
