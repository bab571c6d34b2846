"""Indexes over text of any length."""

from __future__ import annotations

from typing import Any

from django.db import models


class LongTextIndex(models.Index):
    """For equality on a text that a stranger chose, such as a URL.

    PostgreSQL's B-tree refuses entries of more than 2,704 bytes, and with them the row: there it is a
    hash index over the first field; on SQLite an ordinary index over all of them.
    """

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using=using, **kwargs)
        first = models.Index(fields=self.fields[:1], name=self.name)
        return first.create_sql(model, schema_editor, using=" USING hash", **kwargs)
