"""Entries of the audit log as they are shown: names that nobody may read, and keys of records that are shown to nobody,
are masked in what they are about. The entries themselves stay as they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from releases.access import shut_records, without_names
from releases.models import Record
from releases.restricting.names import compiled
from web.accounts.models import AuditEntry

COLUMNS = ("at", "name", "action", "about", "detail")
_LEAST = 4
"""Characters of a key that tells one record from whatever else is said."""


def told(entries: Iterable[AuditEntry]) -> Iterator[dict[str, Any]]:
    """As rows of COLUMNS."""
    found = Record.objects.filter(id__in=shut_records()).values_list("key", "printed_key")
    keys = compiled(tuple(sorted({key for pair in found for key in pair if len(key) >= _LEAST})))
    for entry in entries:
        row = {name: getattr(entry, name) for name in COLUMNS}
        row |= {name: keys.value(without_names(row[name])) for name in ("about", "detail")}
        yield row
