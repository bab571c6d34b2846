"""A correction reaches exactly those who were told the wrong thing; what nobody heard is taken back in silence."""

import email
import email.policy
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from releases.alerts.deliver import Report, deliver_owed
from releases.alerts.outbox import enqueue
from releases.alerts.subscriptions import subscribe
from releases.models import Delivery, Subscription
from tests.services.postgres import postgres
from tests.unit.releases.alerts.conftest import commit, receiver, row

ALL = {"portals": ["lake-harbor"]}
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request, make_home):
    with postgres() if request.param == "postgresql" else nullcontext("") as url:
        yield make_home(database=url)
        from django.db import connections

        connections.close_all()


def subscribed(home, channel="mailto:me@example.org", filters=None, **choices) -> Subscription:
    made = subscribe(home, channel, filters or ALL, **choices)
    Subscription.objects.filter(id=made.id).update(created_at=NOON - timedelta(days=1), digest_due_at=made.digest_due_at and NOON + timedelta(hours=8))  # fmt: skip
    return made


def retract(wrong, *, at, **values):
    old = {"event": wrong["id"], "kind": wrong["kind"], "at": NOON.isoformat(), "Status": "Closed"}
    new = {"reason": "we had read it wrong", "Status": "Open"}
    made = row(wrong["key"], "retracted", old=old, new=new, **values)
    enqueue(commit(made, at=at))
    return made


def test_exactly_those_who_were_told(home):
    told = subscribed(home, filters={"keys": ["LH-1"]})
    subscribed(home, "mailto:b@example.org", {"kinds": ["new"]})
    watcher = subscribed(home, "mailto:c@example.org", {"kinds": ["retracted"]})
    wrong = row("LH-1", "changed", new={"Status": "Closed"})
    enqueue(commit(wrong, at=NOON))
    assert deliver_owed(home, NOON) == Report(sent=1)
    late = subscribe(home, "mailto:d@example.org", ALL)
    Subscription.objects.filter(id=late.id).update(created_at=NOON + MINUTE)
    retracted = retract(wrong, at=NOON + 2 * MINUTE)
    found = {d.subscription_id: d for d in Delivery.objects.filter(kind="correction")}
    assert set(found) == {told.id, watcher.id}
    assert all(d.events == [retracted["id"]] for d in found.values())


def test_the_correction_says_what_was_wrong_and_why(home):
    subscribed(home)
    wrong = row("LH-1", "changed", old={"Status": "Open"}, new={"Status": "Closed"})
    enqueue(commit(wrong, at=NOON))
    deliver_owed(home, NOON)
    retract(wrong, at=NOON + MINUTE)
    deliver_owed(home, NOON + MINUTE)
    ident = Delivery.objects.get(kind="correction").id
    mail = email.message_from_bytes((home.path / "outbox" / f"{ident}.eml").read_bytes(), policy=email.policy.default)
    assert mail["subject"].strip() == "Correction — LH-1 · Lake Harbor Office of Police Review"
    text = mail.get_body("plain").get_content()
    assert "“Changed”, told on 2026-03-05, was wrong: we had read it wrong" in text
    assert "Status: Closed → Open" in text
    assert wrong["id"] not in text


def test_what_waits_in_an_open_digest_is_taken_back_and_nothing_is_said(home):
    daily = subscribed(home, cadence="daily")
    wrong, right = row("LH-1"), row("LH-2")
    enqueue(commit(wrong, right, at=NOON))
    retract(wrong, at=NOON + MINUTE)
    held = Delivery.objects.get(subscription=daily)
    assert (held.events, held.dropped, held.state) == ([right["id"]], [wrong["id"]], "held")
    assert deliver_owed(home, NOON + timedelta(days=1)) == Report(sent=1)
    assert Delivery.objects.get(kind="digest").events == [right["id"]]


def test_nothing_left_is_no_message(home):
    instant = subscribed(home, empty_digests=False)
    wrong = row("LH-1")
    enqueue(commit(wrong, at=NOON))
    retract(wrong, at=NOON + MINUTE)
    assert Delivery.objects.get(subscription=instant).state == "dropped"
    assert deliver_owed(home, NOON + MINUTE) == Report()


def test_a_message_that_was_tried_counts_as_told(home):
    with receiver("cut", 204) as hook:
        subscribed(home, hook.url)
        wrong = row("LH-1")
        enqueue(commit(wrong, at=NOON))
        assert deliver_owed(home, NOON) == Report(failed=1)
        retract(wrong, at=NOON + MINUTE)
        assert Delivery.objects.get(kind="news").dropped == []
        assert deliver_owed(home, NOON + timedelta(minutes=5)) == Report(sent=2)


def test_told_in_a_digest_is_told(home):
    subscribed(home, cadence="daily")
    wrong = row("LH-1")
    enqueue(commit(wrong, at=NOON))
    deliver_owed(home, NOON + timedelta(days=1))
    retracted = retract(wrong, at=NOON + timedelta(days=1, minutes=1))
    (held,) = Delivery.objects.filter(kind="correction")
    assert held.state == "held"
    deliver_owed(home, NOON + timedelta(days=2))
    assert Delivery.objects.filter(kind="digest").order_by("created_at").last().events == [retracted["id"]]


def test_a_digest_that_is_made_and_not_tried_loses_it_too(home):
    with receiver(204) as hook:
        subscribed(home, hook.url, cadence="daily")
        wrong, right = row("LH-1"), row("LH-2")
        enqueue(commit(wrong, right, at=NOON))
        from releases.alerts.digest import make_digests

        make_digests(home, NOON + timedelta(days=1))
        retract(wrong, at=NOON + timedelta(days=1, minutes=1))
        assert not Delivery.objects.filter(kind="correction").exists()
        assert deliver_owed(home, NOON + timedelta(days=1, minutes=2)) == Report(sent=1)
    assert Delivery.objects.get(kind="digest").events == [right["id"]]
    assert wrong["id"].encode() not in hook.requests[0][2]


def test_a_mistake_of_a_first_crawl_is_corrected_too(home):
    subscribed(home)
    wrong = row("LH-1", backfill=True)
    enqueue(commit(wrong, at=NOON))
    deliver_owed(home, NOON)
    retract(wrong, at=NOON + MINUTE, backfill=True)
    assert Delivery.objects.filter(kind="correction").count() == 1


def test_a_replay_corrects_nobody_twice(home):
    subscribed(home)
    wrong = row("LH-1")
    enqueue(commit(wrong, at=NOON))
    deliver_owed(home, NOON)
    old = {"event": wrong["id"], "kind": "new", "at": NOON.isoformat()}
    made = commit(row("LH-1", "retracted", old=old, new={"reason": "r"}), at=NOON + MINUTE)
    enqueue(made)
    deliver_owed(home, NOON + MINUTE)
    enqueue(made)
    assert Delivery.objects.count() == 2


def test_quarantined_passages_are_for_editors(home):
    subscribed(home)
    subscribed(home, "mailto:o@example.org", role="operator")
    editor = subscribed(home, "mailto:e@example.org", role="editor")
    enqueue(commit(row("LH-1", "quarantined"), at=NOON))
    assert [d.subscription_id for d in Delivery.objects.all()] == [editor.id]
