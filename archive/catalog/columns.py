"""Columns that are the same in either database."""

from __future__ import annotations

import json
from typing import Any

from django.db import models


class OrderedJSONField(models.JSONField):
    """JSON that is read with the names of its objects in order, as commit records have them.

    PostgreSQL keeps no order of names (`jsonb`: the shortest first), and a record's fields would stand otherwise on its
    page, in feeds and in exports than they do on SQLite. For migrations it is Django's own.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if connection.vendor == "postgresql" and isinstance(value, str) and "{" in value:
            return json.loads(value, object_pairs_hook=_in_order)
        return super().from_db_value(value, expression, connection)

    def deconstruct(self) -> Any:
        name, _path, given, named = super().deconstruct()
        return name, "django.db.models.JSONField", given, named


def _in_order(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(sorted(pairs))
