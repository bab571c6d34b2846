"""Looking and then writing, where two who do so at once would both find nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_LOCKS = 7_240_611
"""First half of the numbers of these locks; any, but no other's."""


@contextmanager
def alone(name: str) -> Iterator[None]:
    """A transaction beside which nobody is in one of the same name; whoever comes meanwhile waits for its end.

    SQLite's immediate transactions are alone anyway.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCKS, name])
        yield
