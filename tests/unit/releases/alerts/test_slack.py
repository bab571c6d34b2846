"""One Slack thread for each case: against a server that refuses what Slack's documentation says it refuses."""

import re
import signal
from datetime import UTC, datetime, timedelta

import pytest

from releases.alerts import slack as slack_channel
from releases.alerts.deliver import Report, deliver_owed
from releases.alerts.errors import DeliveryFailed, SubscriptionRefused
from releases.alerts.outbox import enqueue
from releases.alerts.slack_text import FEW, ROOM
from releases.alerts.subscriptions import send_test, subscribe
from releases.alerts.subscriptions_carry import export_settings, import_settings
from releases.models import Delivery, SlackMessage
from tests.services.slack import TOKEN, slack
from tests.unit.releases.alerts.conftest import commit, row
from tests.unit.releases.alerts.test_deliver import child

ALL = {"portals": ["lake-harbor"]}
NEWS = "https://news.example.org"


@pytest.fixture
def workspace():
    with slack() as mine:
        yield mine


@pytest.fixture
def home(make_home, workspace, monkeypatch):
    monkeypatch.setenv("SLACK_OF_THE_DESK", TOKEN)
    head = f'link = "{NEWS}"\n[slack]\ntoken_env = "SLACK_OF_THE_DESK"\napi = "{workspace.api}"\n'
    return make_home(head=head)


def told(*rows):
    enqueue(commit(*rows))


def test_the_first_message_opens_a_thread_and_later_ones_answer_in_it(home, workspace):
    by_id, by_name = subscribe(home, "slack:C0POLICE01", ALL), subscribe(home, "slack:courts", ALL)
    told(row("LH-1", new={"Status": "Open"}), row("LH-2"))
    assert deliver_owed(home) == Report(sent=2)
    told(row("LH-1", "changed", old={"Status": "Open"}, new={"Status": "Closed <1> & done"}))
    told(row("", "blocked", new={"verdict": "blocked"}))
    assert deliver_owed(home) == Report(sent=4)
    police = [post for post in workspace.posts if post["in"] == "C0POLICE01"]
    first, second = police[:2]
    assert [("thread_ts" in post) for post in police] == [False, False, True, False]
    assert police[2]["thread_ts"] == first["ts"] != second["ts"]
    assert f"<{NEWS}/records/lake-harbor/LH-1|Title of LH-1>* · Lake Harbor Office" in first["text"]
    assert "Status: Open → Closed &lt;1&gt; &amp; done" in police[2]["text"]
    assert "Why you get this" in first["text"]
    assert "Why you get this" not in police[2]["text"]
    # In the other channel, threads of its own.
    courts = [post for post in workspace.posts if post["in"] == "C0COURTS02"]
    assert [post.get("thread_ts") for post in courts] == [None, None, courts[0]["ts"], None]
    for post in workspace.posts:
        assert post["unfurl_links"] is post["unfurl_media"] is False
        assert post["parse"] == "none"
        ident = post["metadata"]["event_payload"]["delivery"]
        assert Delivery.objects.get(id=ident).subscription_id in {by_id.id, by_name.id}
    # What opened a thread is known further; the rest need not be.
    assert SlackMessage.objects.count() == 4 == SlackMessage.objects.filter(opens=True).count()
    rows = [dict(one) for one in export_settings()]
    SlackMessage.objects.all().delete()
    import_settings(rows), import_settings(rows)
    assert SlackMessage.objects.count() == 4
    assert TOKEN not in str(rows)


def test_two_subscriptions_share_a_cases_thread(home, workspace):
    subscribe(home, "slack:C0POLICE01", ALL), subscribe(home, "slack:C0POLICE01", {"keys": ["LH-1"]}, name="mine")
    told(row("LH-1"))
    assert deliver_owed(home) == Report(sent=2)
    (root, answer) = workspace.posts
    assert answer["thread_ts"] == root["ts"]


def test_while_another_process_posts_to_a_channel_nobody_else_opens_a_thread_there(home, workspace):
    subscribe(home, "slack:C0POLICE01", ALL), subscribe(home, "slack:courts", ALL)
    told(row("LH-1"))
    now = datetime.now(UTC)
    theirs = Delivery.objects.get(subscription__channel="slack:C0POLICE01")
    Delivery.objects.filter(id=theirs.id).update(state="sending", attempts=1, next_at=now + timedelta(minutes=9))
    told(row("LH-1", "withdrawn"))
    assert deliver_owed(home, now + timedelta(minutes=1)) == Report(sent=2), "the other channel's"
    assert {post["in"] for post in workspace.posts} == {"C0COURTS02"}
    workspace.posts.clear()
    assert deliver_owed(home, now + timedelta(minutes=10)) == Report(sent=2), "they died"
    root, answer = workspace.posts
    assert answer["thread_ts"] == root["ts"]


def test_what_portals_print_neither_links_nor_calls_anybody(home, workspace):
    subscribe(home, "slack:C0POLICE01", ALL)
    nasty = "<!channel> <https://evil.example|Click> a & b"
    file = {
        "id": "f",
        "identity": "f",
        "url": "https://harbor.example/a|b.pdf?x=1&y=<2>",
        "name": nasty,
        "kind": "report",
    }
    event = row("LH-1", title=nasty, new={nasty: nasty}, files=[file], url="javascript:alert(1)")
    told(event)
    assert deliver_owed(home).sent == 1
    (text,) = workspace.texts()
    assert "&lt;!channel&gt; &lt;https://evil.example|Click&gt; a &amp; b" in text
    assert set(re.findall(r"<([^|>]*)", text)) == {
        f"{NEWS}/records/lake-harbor/LH-1", "https://harbor.example/a%7Cb.pdf?x=1&amp;y=&lt;2&gt;",
        re.search(rf"{NEWS}/alerts/mute/[\w-]+", text)[0],
    }  # fmt: skip


def test_many_cases_at_once_are_one_message_and_answers_where_threads_are(home, workspace):
    subscribe(home, "slack:C0POLICE01", ALL)
    told(row("LH-0"))
    assert deliver_owed(home).sent == 1
    told(*(row(f"LH-{number}", "changed", old={"a": "x" * 300}, new={"a": "y" * 300}) for number in range(FEW + 2)))
    assert deliver_owed(home).sent == 1
    root, overview, answer = workspace.posts
    assert "thread_ts" not in overview
    assert overview["text"].count("• *") == FEW + 2
    assert answer["thread_ts"] == root["ts"]
    assert len(overview["text"].encode()) <= ROOM
    subscribe(home, "slack:courts", ALL, cadence="daily")
    told(row("LH-0", "withdrawn"))
    assert deliver_owed(home, datetime.now(UTC) + timedelta(days=2)).sent == 2
    [digest] = [one for one in workspace.posts if one["in"] == "C0COURTS02"]
    assert "thread_ts" not in digest  # no case has a thread in that channel yet


def test_errors_are_one_clear_sentence_and_dead_letters_as_others(home, workspace):
    made = subscribe(home, "slack:C0POLICE01", ALL)
    for code, said in {
        "invalid_auth": "Slack does not know this bot token", "channel_not_found": "Slack has no such channel",
        "not_in_channel": "invite it there", "msg_too_long": "too long for Slack", "ratelimited": "fewer messages",
        "<b>odd</b>": "Slack said 'boddb'",
    }.items():  # fmt: skip
        workspace.plan.append(code)
        with pytest.raises(DeliveryFailed, match=said):
            send_test(home, made.id)
    told(row("LH-1"))
    asked, now = workspace.asked, datetime.now(UTC)
    workspace.plan += ["invalid_auth"] * 7
    for _ in range(7):
        deliver_owed(home, now)
        now += timedelta(days=2)
    owed = Delivery.objects.get()
    assert (owed.state, deliver_owed(home, now), workspace.asked) == ("dead", Report(), asked + 7)
    assert owed.error.startswith("Slack does not know this bot token (C0POLICE01)")
    assert not SlackMessage.objects.exists()


def test_a_pause_is_kept_and_what_was_posted_is_not_posted_again(home, workspace, monkeypatch):
    subscribe(home, "slack:C0POLICE01", ALL)
    told(row("LH-1"), row("LH-2"), row("LH-3"))
    waited = []
    monkeypatch.setattr(slack_channel.time, "sleep", waited.append)
    workspace.plan += ["", (429, "7"), "", (429, "3600")]
    now = datetime.now(UTC)
    assert deliver_owed(home, now) == Report(failed=1)
    assert waited == [7.0]
    assert len(workspace.posts) == 2
    assert Delivery.objects.get().next_at - now >= timedelta(hours=1)
    assert deliver_owed(home, now + timedelta(minutes=59)) == Report()
    assert deliver_owed(home, now + timedelta(hours=3)) == Report(sent=1)
    assert len(workspace.posts) == 3 == len({post["metadata"]["event_payload"]["record"] for post in workspace.posts})


def test_a_deleted_thread_is_opened_again(home, workspace):
    subscribe(home, "slack:C0POLICE01", ALL)
    told(row("LH-1"))
    deliver_owed(home)
    workspace.posts.clear()
    told(row("LH-1", "withdrawn"))
    told(row("LH-1", "restored"))
    assert deliver_owed(home) == Report(sent=2)
    root, answer = workspace.posts
    assert "thread_ts" not in root
    assert answer["thread_ts"] == root["ts"]


def test_killed_between_slacks_yes_and_our_note_one_message_comes_twice(home, workspace):
    subscribe(home, "slack:C0POLICE01", ALL)
    told(row("LH-1"), row("LH-2"))
    died = child(home, "delivery.accepted:2")
    died.communicate(timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert deliver_owed(home, datetime.now(UTC) + timedelta(minutes=11)) == Report(sent=1)
    about = [post["metadata"]["event_payload"] for post in workspace.posts]
    assert [one["record"] for one in about] == ["id of LH-1", "id of LH-2", "id of LH-2"]
    assert {one["delivery"] for one in about} == {Delivery.objects.get().id}
    told(row("LH-2", "withdrawn"))
    deliver_owed(home)
    assert workspace.posts[-1]["thread_ts"] == workspace.posts[-2]["ts"]


def test_what_cannot_work_is_refused_when_it_is_asked_for(home, make_home, workspace, monkeypatch):
    for address in ("slack:", "slack:C01 23", "slack:<!here>", "slack:#police", "slack:" + "a" * 90):
        with pytest.raises(SubscriptionRefused):
            subscribe(home, address, ALL)
    made = subscribe(home, "slack:C0POLICE01", ALL)
    send_test(home, made.id)
    assert workspace.texts()[0].startswith("*")
    assert "TEST-001" in workspace.texts()[0]
    monkeypatch.delenv("SLACK_OF_THE_DESK")
    told(row("LH-1"))
    assert deliver_owed(home) == Report(failed=1)
    assert "SLACK_OF_THE_DESK" in Delivery.objects.get().error
    secret = home.path / "slack.token"
    secret.write_text(TOKEN)
    secret.chmod(0o644)
    home = make_home(head=f'[slack]\ntoken_file = "slack.token"\napi = "{workspace.api}"\n')
    again = datetime.now(UTC) + timedelta(hours=1)
    assert deliver_owed(home, again) == Report(failed=1)
    assert "can be read by others" in Delivery.objects.get().error
    secret.chmod(0o600)
    assert deliver_owed(home, again + timedelta(hours=1)) == Report(sent=1)
    with pytest.raises(SubscriptionRefused, match="not set up"):
        subscribe(make_home(), "slack:C0POLICE01", ALL)
