"""Every event in exactly one message, at the right time, on SQLite and on PostgreSQL."""

import email
import email.policy
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.schedule import nothing_due
from releases.alerts.deliver import Report, deliver_owed
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.outbox import enqueue
from releases.alerts.subscriptions import change, mute, subscribe, unmute
from releases.models import Delivery, Subscription
from tests.services.postgres import postgres
from tests.unit.releases.alerts.conftest import commit, receiver, row

ALL = {"portals": ["lake-harbor"]}
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request, make_home):
    with postgres() if request.param == "postgresql" else nullcontext("") as url:
        yield make_home(database=url)
        from django.db import connections

        connections.close_all()


def chicago(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC)


def subscribed(home, when: datetime, channel: str = "mailto:me@example.org", **choices) -> Subscription:
    """A subscription as if it had been made at `when`."""
    choices = {"timezone": "America/Chicago", **choices}
    made = subscribe(home, channel, ALL, **choices)
    Subscription.objects.filter(id=made.id).update(created_at=when)
    return change(made.id, cadence=made.cadence, now=when)


def happen(*keys: str, at: datetime, **values) -> list[str]:
    rows = [row(key, **values) for key in keys]
    enqueue(commit(*rows, at=at))
    return [one["id"] for one in rows]


def mails(home) -> dict[str, email.message.EmailMessage]:
    found = sorted((home.path / "outbox").glob("*.eml"))
    return {file.stem: email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in found}


def told() -> Counter[str]:
    """Event ids in what was sent as a message of its own."""
    return Counter(event for one in Delivery.objects.filter(state="sent") for event in one.events)


def test_a_day_becomes_one_message_at_its_hour(home):
    start = chicago("2026-03-05T12:00")
    subscribed(home, start, cadence="daily")
    events = happen("LH-1", at=start + MINUTE) + happen("LH-2", "LH-1", at=start + 5 * MINUTE, kind="changed")
    assert deliver_owed(home, chicago("2026-03-06T07:59")) == Report()
    assert deliver_owed(home, chicago("2026-03-06T08:00")) == Report(sent=1)
    assert deliver_owed(home, chicago("2026-03-06T08:01")) == Report()
    digest = Delivery.objects.get(kind="digest")
    assert digest.events == events
    assert {one.digest for one in Delivery.objects.filter(state="gathered")} == {digest.id}
    (mail,) = mails(home).values()
    assert "(daily digest)" in mail["subject"]
    assert mail["message-id"].startswith(f"<{digest.id}@")
    assert "LH-1" in mail.get_body("plain").get_content()


def test_a_digest_without_news_says_what_was_checked_unless_nobody_wants_it(home):
    start = chicago("2026-03-05T12:00")
    subscribed(home, start, cadence="daily")
    silent = subscribed(home, start, "mailto:other@example.org", cadence="daily", empty_digests=False)
    assert deliver_owed(home, chicago("2026-03-06T08:00")) == Report(sent=1)
    assert deliver_owed(home, chicago("2026-03-07T08:00")) == Report(sent=1)
    assert not Delivery.objects.filter(subscription=silent).exists()
    text = next(iter(mails(home).values())).get_body("plain").get_content()
    assert "Never checked so far" in text
    happen("LH-1", at=chicago("2026-03-07T09:00"))
    assert deliver_owed(home, chicago("2026-03-08T08:00")) == Report(sent=2)
    digest = Delivery.objects.get(subscription=silent, kind="digest")
    assert digest.since == start  # it speaks of all the time since its last message


def test_every_event_in_exactly_one_digest_over_both_changes_of_the_clock(home):
    for begin in ("2026-03-06T00:10", "2026-10-30T00:10"):
        start = chicago(begin)
        ours = subscribed(home, start, cadence="daily", digest_at="02:30" if "03" in begin else "01:30")
        events = []
        for hour in range(96):
            moment = start + timedelta(hours=hour)
            events += happen(f"LH-{begin}-{hour}", at=moment)
            deliver_owed(home, moment + 20 * MINUTE)
        deliver_owed(home, start + timedelta(days=5))
        sent = Counter(e for d in Delivery.objects.filter(subscription=ours, state="sent") for e in d.events)
        assert sent == Counter(dict.fromkeys(events, 1))
        hours = [
            d.until.astimezone(ZoneInfo("America/Chicago"))
            for d in Delivery.objects.filter(subscription=ours, kind="digest")
        ]
        assert len({moment.date() for moment in hours}) == len(hours)
        mute(ours.id)


def test_a_machine_that_was_off_for_three_days_sends_one_digest_that_says_so(home):
    start = chicago("2026-03-05T12:00")
    subscribed(home, start, cadence="daily")
    happen("LH-1", at=start + MINUTE)
    assert deliver_owed(home, chicago("2026-03-09T10:00")) == Report(sent=1)
    assert deliver_owed(home, chicago("2026-03-09T10:01")) == Report()
    text = next(iter(mails(home).values())).get_body("plain").get_content()
    assert "due on Fri 6 Mar 08:00, and 3 more digests were due since" in text
    assert "before Mon 9 Mar 10:00" in text
    assert Subscription.objects.get().digest_due_at == chicago("2026-03-10T08:00")


@pytest.mark.parametrize("jump", [-9 * DAY, -5 * timedelta(hours=1), 9 * DAY])
@pytest.mark.parametrize("cadence", ["instant", "hourly", "daily", "weekly"])
def test_a_clock_that_jumps_delays_nothing_and_doubles_nothing(home, jump, cadence):
    start = chicago("2026-03-05T12:00")
    quiet = "22:00-07:00" if cadence == "instant" else ""
    subscribed(home, start, cadence=cadence, digest_day="friday", quiet=quiet) if cadence == "weekly" else subscribed(
        home, start, cadence=cadence, quiet=quiet
    )
    events = happen("LH-1", at=start + MINUTE)
    deliver_owed(home, start + 2 * MINUTE)
    happening = start + 3 * MINUTE
    events += happen("LH-2", at=happening)
    moment = happening + jump
    Subscription.objects.update(created_at=min(moment, start))
    for _ in range(9):
        deliver_owed(home, moment)
        moment += timedelta(hours=21)
    events += happen("LH-3", at=moment)
    for _ in range(10):
        moment += timedelta(hours=21)
        deliver_owed(home, moment)
    assert told() == Counter(dict.fromkeys(events, 1))


def test_quiet_hours_hold_and_end_in_one_message(home):
    start = chicago("2026-03-05T12:00")
    ours = subscribed(home, start, quiet="22:00-07:00")
    night = happen("LH-1", at=chicago("2026-03-05T23:00")) + happen("LH-2", at=chicago("2026-03-06T03:00"))
    assert deliver_owed(home, chicago("2026-03-06T06:59")) == Report()
    assert deliver_owed(home, chicago("2026-03-06T07:00")) == Report(sent=1)
    assert Delivery.objects.get(kind="digest").events == night
    text = next(iter(mails(home).values())).get_body("plain").get_content()
    assert "came during your quiet hours (22:00-07:00)" in text
    assert Subscription.objects.get(id=ours.id).digest_due_at is None
    happen("LH-3", at=chicago("2026-03-06T23:00"))
    assert deliver_owed(home, chicago("2026-03-07T07:00")) == Report(sent=1)  # alone, it comes as it would have
    assert Delivery.objects.filter(kind="digest").count() == 1


def test_what_is_due_when_quiet_begins_waits_and_a_resend_keeps_its_id(home):
    start = chicago("2026-03-05T12:00")
    with receiver(500, 204) as hook:
        subscribed(home, start, hook.url, quiet="22:00-07:00")
        happen("LH-1", at=chicago("2026-03-05T21:58"))
        assert deliver_owed(home, chicago("2026-03-05T21:59")) == Report(failed=1)
        happen("LH-2", at=chicago("2026-03-05T21:59"))
        assert deliver_owed(home, chicago("2026-03-05T22:30")) == Report()
        assert deliver_owed(home, chicago("2026-03-06T07:00")) == Report(sent=2)
    first, second, third = (headers["webhook-id"] for _, headers, _ in hook.requests)
    assert len({first, second, third}) == 2


def test_an_operator_is_told_of_blindness_at_any_hour_and_cadence(home):
    start = chicago("2026-03-05T12:00")
    subscribed(home, start, cadence="weekly", role="operator")
    night = subscribed(home, start, "mailto:b@example.org", quiet="22:00-07:00", role="operator")
    reader = subscribed(home, start, "mailto:c@example.org", cadence="weekly")
    moment = chicago("2026-03-06T03:00")
    enqueue(commit(row("", "blocked", new={"verdict": "blocked", "reason": "r"}), row("LH-1"), at=moment))
    assert deliver_owed(home, moment) == Report(sent=2)
    assert {d.kind for d in Delivery.objects.filter(state="sent")} == {"health"}
    assert [d.kind for d in Delivery.objects.filter(subscription=night, state="held")] == ["news"]
    assert len(Delivery.objects.get(subscription=reader).events) == 2


def test_beyond_a_days_limit_the_rest_waits_for_one_digest(home):
    start = chicago("2026-03-05T09:00")
    subscribed(home, start, most_per_day=2, digest_at="08:00")
    for hour in range(6):
        happen(f"LH-{hour}", at=start + timedelta(hours=hour))
        deliver_owed(home, start + timedelta(hours=hour))
    assert Delivery.objects.filter(state="sent").count() == 2
    assert deliver_owed(home, chicago("2026-03-06T08:00")) == Report(sent=1)
    assert len(Delivery.objects.get(kind="digest").events) == 4
    assert sum(told().values()) == len(told()) == 6
    happen("LH-9", at=chicago("2026-03-06T09:00"))  # the digest was one of this day's two
    happen("LH-10", at=chicago("2026-03-06T10:00"))
    assert deliver_owed(home, chicago("2026-03-06T10:00")) == Report(sent=1)


def test_many_that_are_due_at_once_become_one(home):
    start = datetime.now(UTC)
    subscribed(home, start)
    events = [event for number in range(40) for event in happen(f"LH-{number}", at=start + MINUTE)]
    assert deliver_owed(home, start + 2 * MINUTE) == Report(sent=1)
    assert sorted(Delivery.objects.get(kind="digest").events) == sorted(events)
    assert "40 messages were due at once" in next(iter(mails(home).values())).get_body("plain").get_content()


def test_mass_withdrawal_is_one_message_with_a_count_and_the_first_forty(home):
    start = datetime.now(UTC)
    subscribed(home, start)
    happen(*(f"LH-{n:03}" for n in range(119)), at=start + MINUTE, kind="withdrawn")
    assert deliver_owed(home, start + MINUTE) == Report(sent=1)
    (mail,) = mails(home).values()
    assert "119 withdrawn cases" in mail["subject"]
    text = mail.get_body("plain").get_content()
    assert "LH-039" in text
    assert "LH-040 " not in text
    assert "79 more" in text


def test_cron_sees_a_digest_that_is_due_and_a_clock_that_was_put_back(home):
    start = chicago("2026-03-05T12:00")
    ours = subscribed(home, start, cadence="daily")
    subscribed(home, start, "mailto:now@example.org")
    (home.portals / "lake-harbor.toml").unlink()
    due = chicago("2026-03-06T08:00")
    assert nothing_due(str(home.path), due - MINUTE)
    assert not nothing_due(str(home.path), due)
    assert not nothing_due(str(home.path), due - 9 * DAY)
    mute(ours.id)
    assert nothing_due(str(home.path), due)
    happen("LH-1", at=start)
    assert not nothing_due(str(home.path), start)
    assert not nothing_due(str(home.path), start - DAY)


def test_a_replay_after_the_digest_owes_nothing_twice(home):
    start = chicago("2026-03-05T12:00")
    subscribed(home, start, cadence="daily")
    made = commit(row("LH-1"), at=start + MINUTE)
    enqueue(made)
    deliver_owed(home, chicago("2026-03-06T08:00"))
    enqueue(made)
    deliver_owed(home, chicago("2026-03-07T08:00"))
    assert sum(told().values()) == 1


def test_mute_gives_up_what_waits_and_unmute_begins_anew(home):
    start = chicago("2026-03-05T12:00")
    ours = subscribed(home, start, cadence="daily")
    happen("LH-1", at=start + MINUTE)
    mute(ours.id, now=start + 2 * MINUTE)
    assert Subscription.objects.get().digest_due_at is None
    assert Delivery.objects.get().state == "dead"
    assert deliver_owed(home, chicago("2026-03-08T08:00")) == Report()
    back = chicago("2026-03-08T12:00")
    assert unmute(ours.id, now=back).digest_due_at == chicago("2026-03-09T08:00")
    happen("LH-2", at=back + MINUTE)
    assert deliver_owed(home, chicago("2026-03-09T08:00")) == Report(sent=1)
    digest = Delivery.objects.get(kind="digest")
    assert (len(digest.events), digest.since) == (1, back)


def test_changed_to_instant_what_waited_comes_at_the_next_run(home):
    start = chicago("2026-03-05T12:00")
    ours = subscribed(home, start, cadence="weekly")
    happen("LH-1", at=start + MINUTE)
    happen("LH-2", at=start + 2 * MINUTE)
    assert deliver_owed(home, start + 3 * MINUTE) == Report()
    change(ours.id, cadence="instant", now=start + 4 * MINUTE)
    assert deliver_owed(home, start + 5 * MINUTE) == Report(sent=1)
    assert len(told()) == 2


def test_another_note_makes_nothing_come_sooner_or_later(home):
    start = chicago("2026-03-05T12:00")
    daily = subscribed(home, start, cadence="daily")
    few = subscribed(home, start, "mailto:b@example.org", most_per_day=1)
    happen("LH-1", at=start + MINUTE)
    happen("LH-2", at=start + 2 * MINUTE)
    before = dict(Subscription.objects.values_list("id", "digest_due_at"))
    for one in (daily, few):
        change(one.id, note="for the series", now=start + 3 * DAY)
    assert dict(Subscription.objects.values_list("id", "digest_due_at")) == before
    assert set(Subscription.objects.values_list("note", flat=True)) == {"for the series"}


def test_choices_that_contradict_are_refused_and_change_nothing(home):
    ours = subscribe(home, "mailto:me@example.org", ALL)
    for bad in (
        {"role": "boss"},
        {"most_per_day": -1},
        {"digest_day": "friday"},
        {"timezone": "Mars/Base"},
        {"language": "xx"},
    ):
        with pytest.raises(SubscriptionRefused):
            change(ours.id, cadence="daily", **bad)
    with pytest.raises(SubscriptionRefused, match="only editors"):
        subscribe(home, "mailto:me@example.org", {"kinds": ["quarantined"]})
    assert Subscription.objects.get().cadence == "instant"


def test_a_zone_that_is_gone_stops_neither_commit_nor_digest(home):
    start = chicago("2026-03-05T12:00")
    subscribed(home, start, cadence="daily")
    Subscription.objects.update(timezone="Gone/Away")
    happen("LH-1", at=start + MINUTE)
    deliver_owed(home, start + DAY)
    deliver_owed(home, start + 2 * DAY)
    assert sum(told().values()) == 1
