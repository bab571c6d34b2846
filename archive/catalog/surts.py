"""Captures by the keys of their addresses, in the order of code points, whatever language the database sorts by."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Collate, Left

from archive.catalog.models import Capture

START = 200
"""Characters of a key that PostgreSQL's index has: a B-tree there refuses entries of more than 2,704 bytes. The rest is
looked at in the rows.
"""


def by_key(rows: QuerySet[Capture], first: str, last: str) -> QuerySet[Capture]:
    """Those whose key is `first` or behind it, up to `last` (which may be one of them). May be filtered and ordered by
    `surt_start` and `surt_key`, in this order, of which an index leads along the first.

    A database in English passes over the commas and brackets of keys when it sorts, so that a host's captures would lie
    anywhere.
    """
    if connection.vendor != "postgresql":
        return rows.alias(surt_key=F("surt"), surt_start=F("surt")).filter(surt__gte=first, surt__lte=last)
    keys: dict[str, Any] = {"surt_start": Collate(Left("surt", START), "C"), "surt_key": Collate(F("surt"), "C")}
    within = {
        "surt_start__gte": first[:START], "surt_start__lte": last[:START], "surt_key__gte": first, "surt_key__lte": last,
    }  # fmt: skip
    return rows.alias(**keys).filter(**within)
