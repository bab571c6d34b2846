"""On PostgreSQL, leave room on the pages of tables that every crawl touches row by row.

A crawl notes of each record and file that it was seen. With room on its page such a row is updated in
place (a HOT update: no index entry is written anew).
"""

from typing import Any

from django.db import migrations

TABLES = ("releases_record", "releases_file")


def leave_room(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django calls it so
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = 70)")


class Migration(migrations.Migration):
    dependencies = [("releases", "0002_trusted_releases")]
    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
