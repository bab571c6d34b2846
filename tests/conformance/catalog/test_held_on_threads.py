"""Connections of threads that asked what is held: closed when the thread ends, whoever drops the last of it."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

from archive.catalog import held as module
from archive.catalog.held import held


def on_a_thread(act: Any) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def opened() -> Any:
    """The calling thread's connection, after it has been used."""
    from django.db import connections

    held(["https://a/"])
    made = connections["default"]
    assert made.connection is not None
    return made


def test_an_error_that_outlives_its_thread_does_not_keep_its_connection_open(database, make):
    made: list[Any] = []
    errors: list[Exception] = []

    def ask() -> None:
        made.append(opened())
        try:
            held([object()])  # type: ignore[list-item]
        except Exception as error:
            errors.append(error)

    on_a_thread(ask)
    assert len(errors) == 1
    gc.collect()
    assert made[0].connection is None


def test_a_connection_dropped_by_another_thread_beside_an_event_loop_is_closed(database, make):
    made: list[Any] = []
    kept: list[Any] = []

    def ask() -> None:
        made.append(opened())
        kept.append(module._thread.ends)

    on_a_thread(ask)
    assert made[0].connection is not None

    async def drop() -> None:
        kept.clear()
        gc.collect()

    asyncio.run(drop())
    assert made[0].connection is None
