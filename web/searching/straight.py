"""Where somebody wants to go who wrote just a record's key or a portal's name into the box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from releases.access import shut_records, without_names
from releases.alerts.wording import clean
from releases.models import Alias, Record
from web.front.told import record_address

_MOST = 5
_LONGEST = 120
_WORDS = 4


@dataclass(frozen=True, slots=True)
class Way:
    """A record or a portal that is called so."""

    address: str
    key: str
    """Empty for a portal."""
    name: str
    portal: str


def ways(query: str, portals: Mapping[str, str]) -> list[Way]:
    """Those that `query` names exactly, case aside; `portals`: slug → name. Three queries, each by an index; none where
    it asks of fields, or says more words than keys have.
    """
    name = query.removeprefix("key:").strip('" ')
    if not name or len(name) > _LONGEST or ("\n" in name) or not any(c.isalnum() for c in name):
        return []
    forms = sorted({name, name.lower(), name.upper()})
    found = [
        Way(f"/portals/{slug}", "", clean(known, 120) or slug, slug)
        for slug, known in portals.items()
        if name.casefold() in {slug.casefold(), known.casefold()}
    ]
    if not query.startswith("key:") and (":" in name or len(name.split()) > _WORDS):
        return found
    called = Alias.objects.filter(portal__in=list(portals), name__in=forms, ended_at=None).values_list(
        "record", flat=True
    )
    ids = set(called[: 4 * _MOST])
    own = Record.objects.filter(portal__in=list(portals), key__in=forms).values_list("id", flat=True)
    ids |= set(own[: 4 * _MOST])
    shown = Record.objects.filter(id__in=sorted(ids - shut_records())).exclude(state="merged").order_by("portal", "key")
    rows = list(shown[:_MOST])
    titles = without_names([record.title for record in rows])
    return found + [
        Way(
            record_address(record.portal, record.key),
            clean(record.printed_key or record.key, 120),
            clean(title, 240),
            clean(portals.get(record.portal) or record.portal, 120),
        )
        for record, title in zip(rows, titles, strict=True)
    ]
