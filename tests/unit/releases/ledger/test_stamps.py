"""Stamps are kept with the reading that was made under them, and with no other."""

from __future__ import annotations

from datetime import datetime

import pytest

from releases.model import Record, Sighting
from tests.unit.releases.ledger.watch import Watch, case, pdf, told

ONE, TWO = "2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"


def seen(
    watch: Watch,
    *records: Record,
    read: bool = True,
    unopened: frozenset[str] = frozenset(),
    stamp: str = ONE,
    **values,
):
    """A crawl whose list shows these records under `stamp`."""
    sightings = [Sighting(record.key, record.url, "list", stamp) for record in records]
    return watch.crawl(*(records if read else ()), sightings=sightings, unopened=unopened, **values)


def stamps() -> dict[str, tuple[str, datetime | None]]:
    from releases.models import Record as Row

    return {key: (stamp, at) for key, stamp, at in Row.objects.values_list("key", "stamp", "read_at")}


def test_a_stamp_comes_with_the_record_and_moves_with_each_reading(watch: Watch) -> None:
    seen(watch, case("a"))
    assert stamps() == {"a": (ONE, watch.now)}
    seen(watch, case("a"))
    assert stamps() == {"a": (ONE, watch.now)}, "read again under the same"
    seen(watch, case("a", fields={"status": "closed"}), stamp=TWO)
    assert stamps() == {"a": (TWO, watch.now)}
    # A list that says nothing any more takes the stamp away.
    seen(watch, case("a", fields={"status": "closed"}), stamp="")
    assert stamps() == {"a": ("", None)}


def test_a_record_that_was_only_listed_keeps_what_it_had(watch: Watch) -> None:
    seen(watch, case("a"))
    first = watch.now
    assert told(seen(watch, case("a"), read=False, stamp=TWO)) == []
    assert stamps() == {"a": (ONE, first)}


def test_an_unopened_record_is_seen_and_its_files_are_asked_for(watch: Watch) -> None:
    seen(watch, case("a", pdf("report")), case("b"))
    for _ in range(5):  # longer than any patience with what is missing
        assert told(seen(watch, case("a"), case("b"), read=False, unopened=frozenset({"a", "b"}))) == []
    assert [file.url for file in watch.plan.files_wanted] == ["https://portal.example/report.pdf"]
    assert watch.plan.files_wanted[0].referer == case("a").url
    # Not listed any more: missing as ever.
    for _ in range(3):
        events = seen(watch, case("a"), read=False, unopened=frozenset({"a"}))
    assert told(events) == [("withdrawn", "b")]


@pytest.mark.parametrize("verdict", ["broken", "blocked"])
def test_a_crawl_that_saw_wrong_keeps_no_stamp(watch: Watch, verdict: str) -> None:
    seen(watch, case("a", fields={"status": "open", "notes": "n"}), case("b"))
    first = watch.now
    # A loss that is held back, under the same stamp: the next crawl has to read the page again.
    events = seen(watch, case("a", fields={"status": "open"}), case("b"), case("c"), verdict=verdict, complete=False)
    assert "changed" not in {kind for kind, _ in told(events)}
    assert stamps() == {"a": ("", None), "b": (ONE, first), "c": ("", None)}


def test_rows_that_contradict_each_other_leave_no_stamp(watch: Watch) -> None:
    seen(watch, case("a"))
    seen(watch, case("a", fields={"status": "x"}), case("a", fields={"status": "y"}))
    assert stamps() == {"a": ("", None)}


def test_a_stamp_too_long_to_keep_is_none(watch: Watch) -> None:
    seen(watch, case("a"), stamp="2026-05-01 " + "x" * 300)
    assert stamps() == {"a": ("", None)}
