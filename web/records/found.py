"""Which record an address means: its key, another name of it, or one that was merged into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from releases.access import shut_records
from releases.ledger.queries import UnknownRecordError, closest, find_any
from releases.models import Alias, Record

if TYPE_CHECKING:
    from web.shell.viewer import Viewer

LONGEST_KEY, LONGEST_SLUG = 512, 64
"""As the ledger's columns."""


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
    if not (
        Record.objects.filter(portal=slug, key=key).exists()
        or Alias.objects.filter(portal=slug, name=key, ended_at=None).exists()
    ):
        raise NoRecord(slug, key, tuple(closest(slug, key[:80])))
    try:
        record = find_any(slug, key)
    except UnknownRecordError:  # another name of several
        several = Alias.objects.filter(portal=slug, name=key, ended_at=None).exclude(record__in=shut)
        keys = Record.objects.filter(id__in=several.values("record")[:20]).values_list("key", flat=True)
        raise NoRecord(slug, key, tuple(keys.order_by("key"))) from None
    if record.id in shut:
        if viewer.edits:
            raise Shut(record)
        raise NoRecord(slug, key)
    return record
