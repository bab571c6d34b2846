"""Which record an address means: its key, another name of it, or one that was merged into it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from releases.access import shut_records, without_names
from releases.ledger.queries import UnknownRecordError, closest, find_any
from releases.models import Alias, Record

if TYPE_CHECKING:
    from web.shell.viewer import Viewer

LONGEST_KEY, LONGEST_SLUG = 512, 64
"""As the ledger's columns."""
_FEW = 2000
"""Records of a portal all of whose names are compared with one that is not found."""
_AROUND = 60
"""Names looked at on each side, where there are more."""


class NoRecord(Exception):
    """There is none of this name, or it is not shown. `near`: keys that look like it."""

    def __init__(self, slug: str, key: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(key)
        self.slug, self.key, self.near = slug, key, near


class Shut(Exception):
    """It is under a restriction; raised for those who may know that."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.id)
        self.record = record


def record_of(slug: str, key: str, viewer: Viewer) -> Record:
    """The record of the portal `slug` with this key, alias or printed number, whoever it was merged into.

    Raises:
        NoRecord, Shut.
    """
    if not key or len(key) > LONGEST_KEY or len(slug) > LONGEST_SLUG or "\0" in key + slug:
        raise NoRecord(slug, key)
    shut = shut_records()
    own = Record.objects.filter(portal=slug, key=key).first()
    record = own if own is not None and own.state != "merged" else _by_another_name(slug, key, own, shut)
    if record.id in shut:
        if viewer.edits:
            raise Shut(record)
        raise NoRecord(slug, key)
    return record


def _by_another_name(slug: str, key: str, own: Record | None, shut: frozenset[str]) -> Record:
    if own is None and not Alias.objects.filter(portal=slug, name=key, ended_at=None).exists():
        raise NoRecord(slug, key, _near(slug, key[:80], shut))
    try:
        return find_any(slug, key)
    except UnknownRecordError:  # another name of several
        several = Alias.objects.filter(portal=slug, name=key, ended_at=None).exclude(record__in=shut)
        keys = Record.objects.filter(id__in=several.values("record")[:20]).values_list("key", flat=True)
        raise NoRecord(slug, key, tuple(keys.order_by("key"))) from None


def _near(slug: str, key: str, shut: frozenset[str]) -> tuple[str, ...]:
    """Keys and names that look like `key`. Of a large portal only those around it in the order of names are looked at."""
    records, names = Record.objects.filter(portal=slug), Alias.objects.filter(portal=slug, ended_at=None)
    if not records.order_by("key")[_FEW : _FEW + 1].exists():
        return tuple(closest(slug, key))
    found: dict[str, None] = {}
    for rows, column, ident in ((records, "key", "id"), (names, "name", "record")):
        for form in dict.fromkeys((key, key.lower(), key.upper())):
            for side, order in (("gte", column), ("lt", f"-{column}")):
                beside = rows.filter(**{f"{column}__{side}": form}).order_by(order).values_list(ident, column)[:_AROUND]
                found.update(dict.fromkeys(name for owner, name in beside if owner not in shut))
    folded = {name.casefold(): name for name in without_names(list(found))}
    return tuple(folded[name] for name in difflib.get_close_matches(key.casefold(), folded, n=5, cutoff=0.6))
