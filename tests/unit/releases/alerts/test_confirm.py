"""Until the owner of an address says yes, nothing is owed or sent to it; filters can be changed afterwards."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from releases.alerts.confirm import PATIENCE, asked, confirm, forget_unanswered
from releases.alerts.deliver import deliver_owed
from releases.alerts.digest import make_digests
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.filters import Filters, read_filters
from releases.alerts.outbox import enqueue
from releases.alerts.subscriptions import change, checked, mute, send_test, subscribe, unmute
from releases.models import Delivery, Event, MatchOwed, Subscription
from tests.unit.releases.alerts.conftest import commit, row


def test_nothing_is_owed_or_sent_before_a_yes(make_home):
    home = make_home()
    waits = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]}, ask=True, cadence="daily")
    searching = subscribe(home, "mailto:b@example.org", {"query": "taser"}, ask=True)
    enqueue(commit(row("LH-1")))
    unmute(mute(waits.id).id)
    change(waits.id, cadence="hourly")
    assert make_digests(home, timezone.now() + timedelta(days=9)) == 0
    assert Delivery.objects.count() == MatchOwed.objects.count() == 0
    with pytest.raises(SubscriptionRefused, match="has not said yes"):
        send_test(home, waits.id)
    # Even what was owed by mistake is not sent.
    now = timezone.now()
    Delivery.objects.create(
        id="d", subscription=searching, commit="c", events=[], state="owed", next_at=now, created_at=now
    )
    assert deliver_owed(home).dead == 1
    assert not (home.path / "outbox").exists()


def test_a_yes_begins_it_and_a_second_one_changes_nothing(make_home):
    home = make_home()
    waits = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]}, ask=True, cadence="daily")
    before = commit(row("LH-1"))
    assert confirm("") is None
    assert confirm(waits.mute_token) is None
    assert asked(waits.confirm_token).waits
    yes = timezone.now()
    assert confirm(waits.confirm_token, now=yes).digest_due_at > yes
    confirm(waits.confirm_token, now=yes + timedelta(days=1))
    found = Subscription.objects.get()
    assert (found.waits, found.confirmed_at, found.created_at) == (False, yes, yes)
    enqueue(before)  # what came before the yes is not told
    assert Delivery.objects.count() == 0
    enqueue(commit(row("LH-2"), at=yes + timedelta(minutes=1)))
    assert Delivery.objects.get().state == "held"


def test_who_does_not_answer_is_forgotten_and_who_did_is_not(make_home):
    home = make_home()
    now = datetime(2031, 5, 1, tzinfo=UTC)
    early, late, yes, plain = (
        subscribe(home, f"mailto:{name}@example.org", {"portals": ["lake-harbor"]}, ask=name != "plain")
        for name in ("early", "late", "yes", "plain")
    )
    confirm(yes.confirm_token)
    Subscription.objects.update(created_at=now - PATIENCE - timedelta(hours=1))
    Subscription.objects.filter(id=late.id).update(created_at=now - PATIENCE + timedelta(hours=1))
    assert forget_unanswered(now) == 1
    assert set(Subscription.objects.values_list("id", flat=True)) == {late.id, yes.id, plain.id}
    assert early.id not in {late.id, yes.id, plain.id}


def test_filters_are_changed_and_senseless_ones_change_nothing(make_home):
    home = make_home()
    made = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    change(made.id, filters=checked(home, Filters(keys=("LH-2",))))
    enqueue(commit(row("LH-1"), row("LH-2")))
    [event] = Delivery.objects.get().events
    assert Event.objects.get(id=event).key == "LH-2"
    assert read_filters(Subscription.objects.get().filters).keys == ("LH-2",)
    for wrong, said in (
        (Filters(), "no filter"),
        (Filters(portals=("nowhere",)), "not watched"),
        (Filters(kinds=("x",)), "no such kind"),
    ):
        with pytest.raises(SubscriptionRefused, match=said):
            change(made.id, filters=checked(home, wrong))
    with pytest.raises(SubscriptionRefused, match="only editors"):
        change(made.id, filters=checked(home, Filters(kinds=("quarantined",))))
    assert read_filters(Subscription.objects.get().filters).keys == ("LH-2",)


def test_a_list_of_records_lets_these_alone_through(make_home):
    home = make_home()
    first, second = row("LH-1"), row("LH-2")
    made = subscribe(home, "mailto:a@example.org", {"records": [second["record"]]})
    nobody = subscribe(home, "mailto:b@example.org", {"records": ["none"]})
    enqueue(commit(first, second))
    assert Delivery.objects.get().subscription_id == made.id
    assert Delivery.objects.get().events == [second["id"]]
    assert nobody.id != made.id
