"""What a record's page reads once: few rows and many say the same, and nothing that proves or corrects is left out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.ids import uuid7
from releases.models import Event, Record, RecordVersion
from tests.newsroom.inside import Newsroom
from web.records import history as module
from web.records.history import History, history

CASE = "lh-2025-0105"


def _told(found: History) -> tuple[object, ...]:
    events = [event.id for event in found.events([one.id for one in reversed(found.told)])]
    return found.newest, found.steps, found.happened, found.numbers, found.captures, found.corrected, events


def test_few_and_many_are_the_same_history_and_a_corrected_event_is_struck(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Record.objects.get(key=CASE)
    first = RecordVersion.objects.get(record=record.id, number=1)
    RecordVersion.objects.filter(pk=first.pk).update(captures=[*first.captures, "of a version alone"])
    wrong = Event.objects.get(record=record.id, kind="changed")
    address = f"/records/lake-harbor/{CASE}"
    assert "Taken back" not in newsroom.get(address).content.decode()
    same = {field.attname: getattr(wrong, field.attname) for field in Event._meta.concrete_fields}
    Event.objects.create(
        **same | {"id": uuid7(), "kind": "retracted", "at": datetime.now(UTC), "captures": ["of an event alone"],
                  "old": {"event": wrong.id}, "new": {"reason": "misread by us"}}
    )  # fmt: skip
    few = history(record)
    assert {"of a version alone", "of an event alone"} <= few.captures
    assert few.newest is not None
    assert few.numbers[few.newest.crawl] == few.newest.number == 2
    page = newsroom.get(address).content.decode()
    assert "Taken back" in page
    assert "misread by us" in page
    monkeypatch.setattr(module, "_FEW", 1)
    assert _told(history(record)) == _told(few)
