"""Rows and events of the quarantine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections

from archive.catalog.database import open_database
from releases.ledger.queries import find, record_rows, releases
from releases.models import File, Quarantine
from releases.quarantine.gate import hidden
from releases.quarantine.plan import Finding, QuarantineRefused, plan_decision, plan_quarantine, same_passages
from tests.unit.releases.ledger.watch import Outcome, Watch, case, pdf


@pytest.fixture
def watch(tmp_path) -> Iterator[Watch]:
    open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    made = Watch()
    made.crawl(case("a", pdf("report")), case("b", pdf("letter")))
    made.files(Outcome(File.objects.get(name="report").id, digest="sha256:1", capture="c1"))
    yield made
    connections.close_all()


def finding(name: str = "report", digest: str = "sha256:1", reason: str = "under a box", **pages) -> Finding:
    file = File.objects.get(name=name)
    return Finding(
        file.id, digest, "c1", "pypdfium2 5", reason, {int(k[1:]): v for k, v in (pages or {"p1": [(3, 9)]}).items()}
    )


def hold(watch: Watch, *findings: Finding) -> list[dict]:
    plan = plan_quarantine(watch.portal.slug, watch.crawl_id, watch.now, findings)
    watch.apply(plan.operations)
    return plan.events


def decide(watch: Watch, ids: list[str], state: str) -> None:
    for portal, rows in same_passages(ids).items():
        watch.apply(plan_decision(portal, rows, state, "Ed", "because", watch.now).operations)


def test_a_row_a_page_and_an_event_a_record(watch):
    events = hold(watch, finding(p1=[(3, 9), (20, 25)], p4=[(0, 2)]), finding("letter", "sha256:2"))
    assert [(event["kind"], event["key"], event["new"]["passages"]) for event in events] == [
        ("quarantined", "a", 3), ("quarantined", "b", 1),
    ]  # fmt: skip
    assert hidden(["sha256:1"]) == {"sha256:1": {1: [(3, 9), (20, 25)], 4: [(0, 2)]}}


def test_what_is_there_is_not_put_there_again(watch):
    hold(watch, finding(p1=[(3, 9)]))
    assert hold(watch, finding(p1=[(3, 9)]), finding(p1=[(4, 8)])) == []
    assert Quarantine.objects.count() == 1
    (event,) = hold(watch, finding(p1=[(3, 12)]))
    assert event["new"]["passages"] == 1


def test_what_was_released_stays_released_until_another_reason_comes(watch):
    hold(watch, finding())
    decide(watch, [Quarantine.objects.get().id], "released")
    assert hold(watch, finding()) == []
    assert hidden(["sha256:1"]) == {}
    assert len(hold(watch, finding(reason="visible before"))) == 1
    assert hidden(["sha256:1"]) == {"sha256:1": {1: [(3, 9)]}}


def test_nothing_found_is_nothing_to_commit(watch):
    assert hold(watch) == []
    assert hold(watch, finding(p1=[])) == []


def test_readers_are_told_nothing(watch):
    hold(watch, finding())
    assert "quarantined" not in {event.kind for event in releases()}
    assert [event.kind for event in releases(kinds=["quarantined"])] == ["quarantined"]
    row = record_rows(find(watch.portal.slug, "a"))
    assert "quarantined" not in {event["kind"] for event in row["events"]}


def test_a_decision_covers_the_same_passages_of_other_rows_and_can_be_changed(watch):
    hold(watch, finding())
    twin = Quarantine.objects.get()
    Quarantine.objects.create(**{**twin_values(twin), "id": "twin", "portal": "elsewhere"})
    decide(watch, [twin.id[-8:]], "released")
    assert {row.state for row in Quarantine.objects.all()} == {"released"}
    decide(watch, ["twin"], "kept")
    assert hidden(["sha256:1"]) == {"sha256:1": {1: [(3, 9)]}}
    row = Quarantine.objects.get(id="twin")
    assert (row.decided_by, row.why, row.decided_at) == ("Ed", "because", watch.now)


def twin_values(row: Quarantine) -> dict:
    return {field.name: getattr(row, field.name) for field in row._meta.concrete_fields}


def test_a_decision_needs_a_name_a_reason_and_an_id(watch):
    hold(watch, finding())
    ident = Quarantine.objects.get().id
    for by, why in (("", "x"), ("x", " ")):
        with pytest.raises(QuarantineRefused):
            plan_decision("copa", [ident], "released", by, why, watch.now)
    with pytest.raises(QuarantineRefused):
        plan_decision("copa", ["none"], "released", "x", "x", watch.now)
    with pytest.raises(QuarantineRefused):
        same_passages(["none"])
    hold(watch, finding(p2=[(0, 4)]))
    with pytest.raises(QuarantineRefused):
        same_passages([""])
