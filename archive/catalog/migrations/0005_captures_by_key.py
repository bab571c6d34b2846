from typing import Any

from django.db import migrations

_MAKE = 'CREATE INDEX capture_by_key ON catalog_capture ((left(surt, 200) COLLATE "C"))'


def _make(_apps: Any, editor: Any) -> None:
    """SQLite has `capture_by_surt`, which is of whole keys and in this order already."""
    if editor.connection.vendor == "postgresql":
        editor.execute(_MAKE)


def _undo(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX capture_by_key")


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_restrictions_of_all_kinds"),
    ]

    operations = [
        migrations.RunPython(_make, _undo),
    ]
