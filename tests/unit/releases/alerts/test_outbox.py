"""What is owed after a commit, on SQLite and on PostgreSQL."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from archive.commit import Commit
from releases.alerts.outbox import delivery_id, enqueue
from releases.alerts.subscriptions import mute, subscribe
from releases.models import Alias, Delivery
from tests.services.postgres import postgres
from tests.unit.releases.alerts.conftest import commit, row


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request, make_home):
    with postgres() if request.param == "postgresql" else nullcontext("") as url:
        yield make_home(database=url)
        from django.db import connections

        connections.close_all()


def owed():
    return list(Delivery.objects.order_by("id"))


def test_one_delivery_per_subscription_and_commit_in_order(home):
    first = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    second = subscribe(home, "mailto:b@example.org", {"kinds": ["changed"]})
    rows = [row("LH-1"), row("LH-2", "changed"), row("LH-1", "file_added")]
    made = commit(*rows)
    enqueue(made)
    enqueue(made)
    found = {d.subscription_id: d for d in owed()}
    assert found[first.id].events == [r["id"] for r in rows]
    assert found[second.id].events == [rows[1]["id"]]
    assert len(found) == len(owed()) == 2
    assert {d.state for d in owed()} == {"owed"}
    assert found[first.id].id == delivery_id(first.id, made.id)


def test_what_was_sent_is_not_owed_again_by_a_replay(home):
    subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    made = commit(row("LH-1"))
    enqueue(made)
    Delivery.objects.update(state="sent")
    enqueue(made)
    assert [d.state for d in owed()] == ["sent"]


def test_nothing_for_the_muted_the_late_and_the_unconcerned(home):
    muted = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    mute(muted.id)
    subscribe(home, "mailto:b@example.org", {"keys": ["LH-9"]})
    before = datetime.now(UTC) - timedelta(hours=1)
    subscribe(home, "mailto:c@example.org", {"everything": True})
    enqueue(commit(row("LH-1"), at=before))
    assert owed() == []


def test_a_commit_without_events_owes_nothing(home):
    subscribe(home, "mailto:c@example.org", {"everything": True})
    enqueue(Commit("c", "lake-harbor", 1, datetime.now(UTC), "files", []))
    assert owed() == []


def test_aliases_and_fields_are_looked_at(home):
    alias = subscribe(home, "mailto:a@example.org", {"keys": ["log 1087000"]})
    words = subscribe(home, "mailto:b@example.org", {"words": "taser"})
    kind = subscribe(home, "mailto:c@example.org", {"record_kinds": ["policy"]})
    made = commit(row("LH-1", new={"Allegation": ["Taser use"]}), row("P-1", "changed", record_kind="policy"))
    Alias(id="a", portal="lake-harbor", record="id of LH-1", name="Log 1087000", crawl="c", at=made.at).save()
    enqueue(made)
    found = {d.subscription_id: len(d.events) for d in owed()}
    assert found == {alias.id: 1, words.id: 1, kind.id: 1}


def test_a_first_crawl_is_one_digest_and_its_files_are_quiet(home):
    plain = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    full = subscribe(home, "mailto:b@example.org", {"portals": ["lake-harbor"], "backfill": True})
    enqueue(commit(*(row(f"LH-{i}", backfill=True) for i in range(5))))
    assert {d.subscription_id: len(d.events) for d in owed()} == {plain.id: 5, full.id: 5}
    Delivery.objects.all().delete()
    enqueue(commit(row("LH-1", "file_added", backfill=True)))
    assert [d.subscription_id for d in owed()] == [full.id]


def test_a_correction_goes_to_whoever_was_told_wrong(home):
    told = subscribe(home, "mailto:a@example.org", {"kinds": ["withdrawn"]})
    subscribe(home, "mailto:b@example.org", {"kinds": ["new"]})
    enqueue(commit(row("LH-1", "withdrawn")))
    Delivery.objects.update(state="sent")
    enqueue(commit(row("LH-1", "retracted"), row("LH-2", "retracted")))
    (found,) = Delivery.objects.filter(state="owed")
    assert found.subscription_id == told.id
    assert len(found.events) == 1


def test_written_in_the_callers_transaction(home):
    from django.db import transaction

    subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    with transaction.atomic():
        enqueue(commit(row("LH-1")))
        assert len(owed()) == 1
        transaction.set_rollback(True)
    assert owed() == []
