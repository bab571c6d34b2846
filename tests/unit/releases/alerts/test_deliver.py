"""Real receivers that take, refuse, hang, redirect and hang up; and processes that die between."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import QuerySet

import releases.alerts.deliver as deliver
import releases.alerts.inside as inside
from releases import outbound
from releases.alerts.deliver import BACKOFF, Report, deliver_owed, retry
from releases.alerts.outbox import enqueue
from releases.alerts.story import tell
from releases.alerts.subscriptions import mute, send_test, subscribe
from releases.models import Delivery
from tests.services.postgres import postgres
from tests.unit.releases.alerts.conftest import commit, receiver, row

ALL = {"portals": ["lake-harbor"]}


def only() -> Delivery:
    return Delivery.objects.get()


def test_a_mail_arrives_whole(make_home, mailbox):
    home = make_home(f'host = "127.0.0.1"\nport = {mailbox.port}\nsender = "alerts@example.org"')
    subscribe(home, "mailto:me@example.org", ALL, name="Harbor", note="for the series")
    enqueue(commit(row("LH-1", new={"Status": "Open"}), row("LH-2", new={"Status": "Open"})))
    assert deliver_owed(home) == Report(sent=1)
    assert deliver_owed(home) == Report()
    message = email.message_from_bytes(mailbox.taken[0], policy=email.policy.default)
    assert message["message-id"].startswith(f"<{only().id}@")
    assert message["subject"].strip() == "2 new cases — LH-1 and 1 more · Lake Harbor Office of Police Review"
    assert message["to"] == "me@example.org"
    text = message.get_body("plain").get_content()
    for part in ("Status: Open", "https://harbor.example/LH-1", "for the series", "recordwatch alerts mute"):
        assert part in text
    assert "<h1" in message.get_body("html").get_content()
    assert (only().state, only().attempts, only().error) == ("sent", 1, "")


def test_a_refused_mail_is_sent_again_with_the_same_id(make_home, mailbox):
    home = make_home(f'host = "127.0.0.1"\nport = {mailbox.port}')
    mailbox.refuse.append("451 try later")
    subscribe(home, "mailto:me@example.org", ALL)
    enqueue(commit(row("LH-1")))
    now = datetime.now(UTC)
    assert deliver_owed(home, now) == Report(failed=1)
    assert only().state == "owed"
    assert "451 try later" in only().error
    assert timedelta(minutes=1) <= only().next_at - now <= timedelta(minutes=1.2)
    assert deliver_owed(home, now + timedelta(seconds=59)) == Report()
    assert deliver_owed(home, now + timedelta(minutes=2)) == Report(sent=1)
    first, second = (email.message_from_bytes(raw) for raw in mailbox.taken)
    assert first["message-id"] == second["message-id"]


def test_a_refused_recipient_is_named(make_home, mailbox):
    home = make_home(f'host = "127.0.0.1"\nport = {mailbox.port}')
    mailbox.refuse_rcpt.append("550 no such user")
    subscribe(home, "mailto:me@example.org", ALL)
    enqueue(commit(row("LH-1")))
    deliver_owed(home)
    assert "550 no such user" in only().error
    assert "me@example.org" in only().error


def test_a_webhook_is_signed_as_standard_webhooks_says(home):
    with receiver(500, 204) as hook:
        subscribed = subscribe(home, hook.url, ALL)
        event = row("LH-1", "changed", old={"Status": "Open"}, new={"Status": "Closed"})
        enqueue(commit(event))
        assert deliver_owed(home) == Report(failed=1)
        assert "500" in only().error
        assert deliver_owed(home, only().next_at) == Report(sent=1)
    (_, headers, body), (_, again, body_again) = hook.requests
    assert headers["webhook-id"] == again["webhook-id"] == only().id
    assert body == body_again
    key = base64.b64decode(subscribed.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    told = json.loads(body)["data"]["events"][0]
    wanted = ["id", "at", "portal", "key", "kind", "backfill", "old", "new", "files", "captures", "crawl", "tags"]
    assert list(told)[: len(wanted)] == wanted
    assert (told["old"], told["new"]) == ({"Status": "Open"}, {"Status": "Closed"})


def test_redirects_are_not_followed(home):
    with receiver(204) as target, receiver(307, headers={"location": target.url}) as hook:
        subscribe(home, hook.url, ALL)
        enqueue(commit(row("LH-1")))
        assert deliver_owed(home) == Report(failed=1)
        assert target.requests == []
    assert "redirects" in only().error


def test_a_receiver_that_hangs_up_midway(home):
    with receiver("cut", 204) as hook:
        subscribe(home, hook.url, ALL)
        enqueue(commit(row("LH-1")))
        assert deliver_owed(home) == Report(failed=1)
    assert "gave no answer" in only().error


def test_retry_after_is_honoured(home):
    with receiver(503, headers={"retry-after": "7200"}) as hook:
        subscribe(home, hook.url, ALL)
        enqueue(commit(row("LH-1")))
        now = datetime.now(UTC)
        deliver_owed(home, now)
    assert only().next_at - now == timedelta(hours=2)


def test_one_that_hangs_stops_nobody(home, monkeypatch):
    monkeypatch.setattr(outbound, "TIMEOUT", (10.0, 0.3))
    with receiver("hang") as deaf, receiver(204) as fine:
        for _ in range(3):
            subscribe(home, deaf.url, ALL)
        subscribe(home, fine.url, ALL)
        subscribe(home, "http://127.0.0.1:1/refused", ALL)
        enqueue(commit(row("LH-1")))
        assert deliver_owed(home) == Report(sent=1, failed=4)
        assert len(fine.requests) == 1


def test_even_an_endless_answer_ends(home, monkeypatch):
    """A channel's own timeouts may fail; the outbox has one of its own."""
    monkeypatch.setattr(deliver, "SEND_SECONDS", 0.3)
    with receiver("hang") as deaf:
        subscribe(home, deaf.url, ALL)
        enqueue(commit(row("LH-1")))
        assert deliver_owed(home) == Report(failed=1)
    assert "did not finish" in only().error


def test_dead_after_the_last_attempt_and_owed_again_by_hand(home):
    with receiver(*[500] * (len(BACKOFF) + 1), 204) as hook:
        subscribe(home, hook.url, ALL)
        enqueue(commit(row("LH-1")))
        now = datetime.now(UTC)
        for wait in BACKOFF:
            assert deliver_owed(home, now) == Report(failed=1)
            assert wait <= only().next_at - now <= wait * 1.11
            now = only().next_at
        assert deliver_owed(home, now) == Report(dead=1)
        assert only().state == "dead"
        assert deliver_owed(home, now + timedelta(days=30)) == Report()
        assert retry() == 1
        assert deliver_owed(home) == Report(sent=1)
    assert len({headers["webhook-id"] for _, headers, _ in hook.requests}) == 1


def test_a_failing_channel_keeps_its_further_mail_for_the_next_call(home):
    with receiver(500) as hook:
        subscribe(home, hook.url, ALL)
        enqueue(commit(row("LH-1")))
        enqueue(commit(row("LH-2")))
        assert deliver_owed(home) == Report(failed=1)
        assert len(hook.requests) == 1
        assert deliver_owed(home) == Report(failed=1)


def test_muted_before_it_was_sent(home):
    with receiver(204) as hook:
        found = subscribe(home, hook.url, ALL)
        enqueue(commit(row("LH-1")))
        mute(found.mute_token)
        assert deliver_owed(home) == Report(dead=1)
        assert hook.requests == []
        assert retry() == 0
    assert "muted" in only().error


def test_a_channel_that_became_impossible_fails_alone(make_home):
    home = make_home()
    subscribe(home, "mailto:a@example.org", ALL)
    home = make_home('sender = "x@example.org"')  # no host, no folder any more
    with receiver(204) as hook:
        subscribe(home, hook.url, ALL)
        enqueue(commit(row("LH-1")))
        assert deliver_owed(home) == Report(sent=1, failed=1)


def test_events_that_are_gone_are_an_error_not_an_empty_mail(home):
    from releases.models import Event

    subscribe(home, "mailto:a@example.org", ALL)
    enqueue(commit(row("LH-1")))
    Event.objects.all().delete()
    assert deliver_owed(home) == Report(failed=1)
    assert "not in the ledger" in only().error


def test_only_those_asked_for(home):
    subscribe(home, "mailto:a@example.org", ALL)
    subscribe(home, "mailto:b@example.org", ALL)
    enqueue(commit(row("LH-1")))
    first = Delivery.objects.first()
    assert deliver_owed(home, only=[first.id]) == Report(sent=1)
    assert Delivery.objects.get(state="sent").id == first.id


def test_a_folder_takes_one_file_however_often_it_is_sent(home):
    subscribe(home, "mailto:a@example.org", ALL)
    enqueue(commit(row("LH-1")))
    deliver_owed(home)
    Delivery.objects.update(state="owed")
    deliver_owed(home, datetime.now(UTC) + timedelta(hours=1))
    assert [p.name for p in (home.path / "outbox").iterdir()] == [f"{only().id}.eml"]


def test_a_test_message(home):
    found = subscribe(home, "mailto:a@example.org", ALL)
    send_test(home, found.id)
    (file,) = (home.path / "outbox").glob("*.eml")
    subject = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)["subject"]
    assert subject.strip().startswith("Test: 1 new record — TEST-001")


def test_apprise_carries_the_rest(home):
    with receiver(500, 200) as hook:
        subscribe(home, hook.url.replace("http://", "json://"), ALL)
        enqueue(commit(row("LH-1")))
        assert deliver_owed(home) == Report(failed=1)
        assert deliver_owed(home, only().next_at) == Report(sent=1)
    body = json.loads(hook.requests[-1][2])
    assert body["title"].startswith("1 new case — LH-1")
    assert "https://harbor.example/LH-1" in body["message"]


CHILD = """
import sys
from config.home import open_home
from archive.catalog.database import open_database
home = open_home(sys.argv[1])
open_database(home.database_url, migrate=False)
from releases.alerts.outbox import deliver_owed
print(deliver_owed(home))
"""


def child(home, fault=""):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home.path)],
        env={**os.environ, "RECORDWATCH_FAULT": fault}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(("fault", "arrivals"), [("delivery.claimed", 1), ("delivery.accepted", 2)])
def test_killed_while_sending(make_home, mailbox, fault, arrivals):
    home = make_home(f'host = "127.0.0.1"\nport = {mailbox.port}')
    subscribe(home, "mailto:me@example.org", ALL)
    enqueue(commit(row("LH-1")))
    died = child(home, fault)
    died.communicate(timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert only().state == "sending"
    # The claim holds while its sender may be alive, and no longer.
    assert deliver_owed(home, datetime.now(UTC) + timedelta(minutes=9)) == Report()
    assert deliver_owed(home, datetime.now(UTC) + timedelta(minutes=11)) == Report(sent=1)
    assert len(mailbox.taken) == arrivals
    (ident,) = {email.message_from_bytes(raw)["message-id"] for raw in mailbox.taken}
    assert ident.startswith(f"<{only().id}@")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_processes_never_send_the_same(make_home, database):
    with postgres() if database == "postgresql" else nullcontext("") as url, receiver(204) as hook:
        home = make_home(database=url)
        for _ in range(12):
            subscribe(home, hook.url, ALL)
        for number in range(3):
            enqueue(commit(row(f"LH-{number}")))
        from django.db import connections

        others = [child(home), child(home)]
        deliver_owed(home)
        assert [other.wait(60) for other in others] == [0, 0]
        for other in others:
            other.stdout.close()
        idents = [headers["webhook-id"] for _, headers, _ in hook.requests]
        assert len(idents) == len(set(idents)) == 36
        assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
        connections.close_all()


def test_a_sender_that_keeps_dying_is_given_up(home):
    subscribe(home, "mailto:a@example.org", ALL)
    enqueue(commit(row("LH-1")))
    Delivery.objects.update(state="sending", attempts=30)
    assert deliver_owed(home) == Report(dead=1)
    assert "died each time" in only().error


def test_a_late_answer_does_not_overwrite_another_claim(home, monkeypatch):
    """Our claim went stale and another process has it: what we know is no longer the truth."""
    subscribe(home, "mailto:a@example.org", ALL)
    enqueue(commit(row("LH-1")))
    from releases.alerts.mail import MailChannel

    real = MailChannel.send
    gate = threading.Event()

    def slow(self, story):
        gate.wait(10)
        real(self, story)

    monkeypatch.setattr(MailChannel, "send", slow)

    def take_over():
        from django.db import connection

        until = time.monotonic() + 10
        while time.monotonic() < until and not Delivery.objects.filter(state="sending").update(attempts=2):
            pass
        connection.close()
        gate.set()

    other = threading.Thread(target=take_over)
    other.start()
    deliver_owed(home)
    other.join()
    assert (only().state, only().attempts) == ("sending", 2)


def test_a_rival_that_claims_between_our_look_and_our_write_has_it(home, monkeypatch):
    subscribe(home, "mailto:a@example.org", ALL)
    enqueue(commit(row("LH-1")))
    now = datetime.now(UTC)
    ident = only().id
    claims = []

    write = QuerySet.update

    def after_the_rival(self, **values):
        monkeypatch.undo()
        claims.append(deliver._claim(ident, now))
        return write(self, **values)

    monkeypatch.setattr(QuerySet, "update", after_the_rival)
    claims.append(deliver._claim(ident, now))
    assert [claim is None for claim in claims] == [False, True]
    assert only().attempts == 1


def test_answers_that_came_while_another_message_was_prepared_are_not_late():
    outbox = queue.SimpleQueue()
    owed = [Delivery(id=str(number)) for number in range(3)]
    for one in owed[:2]:
        outbox.put(deliver._Result(one, ""))
    results = deliver._results(outbox, {one.id: (one, time.monotonic() - 1) for one in owed})
    assert [(result.delivery.id, result.error[:27]) for result in results] == [
        ("0", ""), ("1", ""), ("2", "the receiver did not finish"),
    ]  # fmt: skip


def test_comparing_files_takes_its_share_of_time_and_no_more(home, monkeypatch):
    rows = [row(f"LH-{n}", "file_replaced") for n in range(3)]
    subscribe(home, "mailto:a@example.org", ALL)
    enqueue(commit(*rows))
    compared = []
    monkeypatch.setattr(inside, "LONGEST", 1e-9)
    monkeypatch.setattr(inside.Inside, "_compared", lambda _, ident: compared.append(ident) or "1 page differs")
    with inside.Inside(home) as differ:
        for _ in range(2):
            story = differ.seen(tell(only(), home))
    sentences = [one.sentence for release in story.releases for one in release.happenings]
    assert [said.endswith(": 1 page differs") for said in sentences] == [True, False, False]
    assert len(compared) == 1
