"""People's settings (accounts, subscriptions, deliveries, what goes to other services) from one catalog to another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import msgspec

from archive.catalog.failures import database_errors

MODELS = (
    "auth.Group",
    "releases.Account",
    "releases.Subscription",
    "releases.Delivery",
    "releases.SlackMessage",
    "releases.Sending",
    "releases.MatchOwed",
    "releases.CrawlRequest",
)
"""In an order that foreign keys allow."""


@contextmanager
def exported_settings() -> Iterator[IO[str]]:
    """A temporary file with one JSON object per row of the open database; gone after the block."""
    from django.apps import apps
    from django.core import serializers

    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        with database_errors():
            for label in MODELS:
                for row in apps.get_model(label)._default_manager.order_by("pk").iterator():  # noqa: SLF001
                    # Not its "json": that cuts microseconds.
                    plain = serializers.serialize("python", [row], use_natural_foreign_keys=True)
                    file.write(msgspec.json.encode(plain[0]).decode() + "\n")
        file.seek(0)
        yield file


def import_settings(file: IO[str]) -> int:
    """Write what `exported_settings` read into the open database, in one transaction. Returns the rows."""
    from django.apps import apps
    from django.core import serializers
    from django.core.management.color import no_style
    from django.db import connection, transaction

    count = 0
    with database_errors(), transaction.atomic():
        for line in file:
            for row in serializers.deserialize("python", [msgspec.json.decode(line)]):
                row.save()
                count += 1
        for sql in connection.ops.sequence_reset_sql(no_style(), [apps.get_model(label) for label in MODELS]):
            with connection.cursor() as cursor:
                cursor.execute(sql)
    return count
