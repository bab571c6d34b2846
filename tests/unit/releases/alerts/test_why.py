"""`alerts why`: each answer there is, from what is stored."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog.models import AppliedCommit, ChangeLog
from releases.alerts.deliver import STALE, deliver_owed
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.outbox import enqueue
from releases.alerts.subscriptions import mute, subscribe, unmute
from releases.alerts.why import why
from releases.ledger.retract import RetractionRefused
from releases.models import Delivery, MatchOwed, RecordVersion, Subscription
from tests.services.forked import run_verb
from tests.unit.releases.alerts.conftest import commit, receiver, row

ALL = {"portals": ["lake-harbor"]}
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def subscribed(home, channel="mailto:me@example.org", filters=None, **choices) -> Subscription:
    made = subscribe(home, channel, filters or ALL, **choices)
    due = made.digest_due_at and NOON + timedelta(hours=8)
    Subscription.objects.filter(id=made.id).update(created_at=NOON - timedelta(days=9), digest_due_at=due)
    return made


def happened(key="LH-1", kind="new", at=NOON, **values) -> str:
    one = row(key, kind, **values)
    made = commit(one, at=at)
    applied = AppliedCommit(id=made.id, portal="lake-harbor", seq=AppliedCommit.objects.count() + 1, at=at, reason="listing", warc="w", sha256="s")  # fmt: skip
    applied.save()
    ChangeLog(commit=made.id, table="releases.Event", row=one["id"]).save()
    enqueue(made)
    return one["id"]


def said(event, asker, now=NOON) -> tuple[str, str]:
    answer = why(event, asker.id, now)
    return answer.reason, " ".join(answer.sentences)


def test_sent_and_in_which_message(home):
    asker = subscribed(home)
    event = happened()
    assert said(event, asker) == ("owed", f"due: the next run sends it. Message: {Delivery.objects.get().id} (news), by the name “lake-harbor”.")  # fmt: skip
    deliver_owed(home, NOON)
    answer = why(event[-12:], asker.id[-12:])
    assert (answer.sent, answer.reason, answer.message, answer.at) == (True, "sent", Delivery.objects.get().id, NOON)
    assert answer.sentences[0] == "sent 2026-03-05 12:00 UTC."


def test_waiting_for_a_digest_and_then_in_it(home):
    asker = subscribed(home, cadence="daily")
    event = happened()
    assert said(event, asker) == ("waiting", "waits until 2026-03-05 20:00 UTC, for the daily digest.")
    deliver_owed(home, NOON + timedelta(hours=9))
    answer = why(event, asker.id)
    assert (answer.reason, answer.message) == ("sent", Delivery.objects.get(kind="digest").id)
    assert answer.sentences[0].startswith("In a digest: sent 2026-03-05 21:00")


def test_waiting_for_quiet_hours_and_for_tomorrow(home):
    quiet = subscribed(home, quiet="11:00-13:00")
    few = subscribed(home, "mailto:b@example.org", most_per_day=1)
    first, second = happened("LH-1"), happened("LH-2")
    assert said(first, quiet) == (
        "waiting",
        "waits until 2026-03-05 13:00 UTC, for the quiet hours 11:00-13:00 to end.",
    )
    assert said(first, few)[0] == "owed"
    assert said(second, few) == (
        "waiting",
        "waits until 2026-03-06 08:00 UTC, because no more than 1 a day are wanted.",
    )


def test_backing_off_being_sent_died_and_given_up(home):
    with receiver(500) as hook:
        asker = subscribed(home, hook.url)
        event = happened()
        deliver_owed(home, NOON)
        reason, sentence = said(event, asker)
        assert reason == "backing off"
        assert sentence.startswith(
            "tried again 2026-03-05 12:01 UTC; 1 attempt failed, last: the receiver answered 500"
        )
        Delivery.objects.update(state="sending", next_at=NOON + STALE)
        assert said(event, asker)[1].startswith("being sent now.")
        assert said(event, asker, NOON + STALE)[1].startswith(
            "its sender died; the next run sends it again, with the same id."
        )
        Delivery.objects.update(state="dead", attempts=7)
        assert said(event, asker)[0] == "given up"
        assert "given up after 7 attempts: the receiver answered 500" in said(event, asker)[1]


def test_taken_back_and_corrected(home):
    daily, instant = subscribed(home, cadence="daily"), subscribed(home, "mailto:b@example.org")
    event = happened()
    deliver_owed(home, NOON)
    happened(kind="retracted", at=NOON + MINUTE, old={"event": event, "kind": "new"}, new={"reason": "r"})
    assert said(event, daily) == ("taken back", "not sent: it was retracted before anyone was told, so it was taken back and nothing is said of it.")  # fmt: skip
    reason, sentence = said(event, instant, NOON + MINUTE)
    assert reason == "sent"
    assert "It was retracted on 2026-03-05; the correction: due: the next run sends it." in sentence


@pytest.mark.parametrize(
    ("filters", "event", "reason", "words"),
    [
        ({"kinds": ["changed"]}, {}, "kind", "other kinds of event: changed"),
        ({"record_kinds": ["policy"]}, {}, "record kind", "other kinds of record: policy"),
        ({"keys": ["LH-9"]}, {}, "key", "other records: LH-9"),
        ({"words": "taser"}, {}, "words", "fields and file names: taser"),
        ({"fields": {"district": "04"}}, {}, "fields", "fields are others: district 04"),
        ({"query": "taser"}, {}, "query", "finds nothing in what the commit brought"),
        ({**ALL, "health": False}, {"key": "", "kind": "blocked"}, "health", "--no-health"),
        (ALL, {"kind": "quarantined"}, "role", "only editors"),
        (ALL, {"kind": "file_added", "backfill": True}, "backfill", "first crawl"),
        (ALL, {"kind": "retracted", "old": {"event": "someone else's"}}, "not told", "never told what this corrects"),
    ],
)
def test_the_first_filter_that_does_not_hold(home, filters, event, reason, words):
    asker = subscribed(home, filters=filters)
    ident = happened(**event)
    MatchOwed.objects.all().delete()
    RecordVersion.objects.all().delete()
    assert said(ident, asker)[0] == reason
    assert words in said(ident, asker)[1]


def test_another_portal(home):
    asker = subscribed(home)
    for values in ({}, {"key": "", "kind": "blocked"}):
        event = happened(portal="copa", **values)
        assert said(event, asker) == ("portal", "not sent: it follows other portals: lake-harbor.")


def test_a_query_that_was_not_asked_yet(home):
    asker = subscribed(home, filters={"query": "taser"})
    event = happened()
    MatchOwed.objects.get_or_create(commit=AppliedCommit.objects.get().id, portal="lake-harbor", at=NOON)
    assert said(event, asker)[0] == "not asked yet"


def test_made_later_mute_and_mute_then(home):
    asker = subscribed(home)
    early = happened(at=NOON - timedelta(days=10))
    assert said(early, asker) == (
        "made later",
        "not sent: the subscription was made on 2026-02-24 12:00 UTC, after the event.",
    )
    mute(asker.id, now=NOON - MINUTE)
    event = happened()
    assert said(event, asker)[1] == "not sent: the subscription is mute since 2026-03-05 11:59 UTC."
    unmute(asker.id, now=NOON + MINUTE)
    assert said(event, asker) == (
        "muted",
        "not sent: the subscription was mute from 2026-03-05 11:59 to 2026-03-05 12:01 UTC.",
    )


def test_what_nothing_explains_is_said_to_be_so(home):
    asker = subscribed(home)
    event = happened()
    Delivery.objects.all().delete()
    assert said(event, asker)[0] == "unknown"


def test_unknown_events_and_subscriptions(home):
    asker = subscribed(home)
    event = happened()
    with pytest.raises(RetractionRefused, match="no event has this id"):
        why("nothing", asker.id)
    with pytest.raises(SubscriptionRefused, match="no subscription"):
        why(event, "nobody")


def test_the_verbs(home):
    def run(*words, code=0):
        done = run_verb("alerts", *words, environment={"RECORDWATCH_HOME": str(home.path)}, timeout=60)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    words = (
        "mailto:me@example.org",
        "--portal",
        "lake-harbor",
        "--name",
        "desk",
        "--cadence",
        "weekly",
        "--on",
        "Friday",
    )
    more = (
        "--at",
        "08:30",
        "--timezone",
        "America/Chicago",
        "--quiet",
        "22:00-07:00",
        "--most-per-day",
        "10",
        "--role",
        "operator",
    )
    made = json.loads(run("subscribe", *words, *more, "--no-empty", "--json"))
    wanted = {"cadence": "weekly", "digest_day": "friday", "digest_at": "08:30", "timezone": "America/Chicago"}
    wanted |= {"quiet": "22:00-07:00", "most_per_day": 10, "role": "operator", "empty_digests": False}
    assert {name: made[name] for name in wanted} == wanted
    assert made["next_digest_at"]
    listed = json.loads(run("list", "--json"))["told"]
    assert "in a digest weekly, next Fri" in listed
    assert "08:30 America/Chicago" in listed
    assert "weekly" in run("list")
    enqueue(commit(row("LH-1")))
    (held,) = Delivery.objects.all()
    assert "weekly digest" in run("deliveries")
    answer = json.loads(run("why", held.events[0], "desk", "--json"))
    assert (answer["reason"], answer["sent"]) == ("waiting", False)
    assert "for the weekly digest" in run("why", held.events[0], "desk")
    assert "at once" in run("change", "desk", "--cadence", "instant", "--quiet", "")
    assert "within the quiet hours" in run(
        "change", "desk", "--cadence", "daily", "--at", "23:00", "--quiet", "22:00-07:00", code=2
    )
    assert "no such time zone" in run("change", "desk", "--timezone", "Chicago", code=2)
    assert "know no day of the week" in run("change", "desk", "--on", "friday", code=2)
    assert run("change", "nobody", code=2).count("\n") == 1
