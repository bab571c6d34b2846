"""Records of the same matter: those that have one of a record's names, at this portal or another."""

from __future__ import annotations

from collections.abc import Collection

from releases.access import shut_records
from releases.models import Alias, Record

_SHORTEST = 5
"""Characters: `12` is the number of something at every portal."""
MOST = 30


def same_matter(record: Record, names: list[str], portals: Collection[str]) -> list[Record]:
    """Others with one of `names` as key or alias, upper and lower case alike, at one of `portals`: asked portal by
    portal, as the indexes go.
    """
    told = {name for name in names if len(name) >= _SHORTEST and any(c.isdigit() for c in name)}
    forms = sorted({form for name in told for form in (name, name.lower(), name.upper())})[:60]
    if not forms:
        return []
    slugs = list(portals)
    found = set(Record.objects.filter(portal__in=slugs, key__in=forms).values_list("id", flat=True)[:MOST])
    named = Alias.objects.filter(portal__in=slugs, name__in=forms, ended_at=None)
    found.update(named.values_list("record", flat=True)[:MOST])
    found -= {record.id, *shut_records()}
    rows = Record.objects.filter(id__in=sorted(found)[:MOST]).exclude(state="merged")
    return list(rows.order_by("portal", "key"))
