"""Channels are checked when somebody subscribes; settings survive export and import; the verbs work."""

import json

import pytest

from archive.catalog.database import open_database
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.outbox import enqueue
from releases.alerts.subscriptions import find, mute, subscribe, unmute
from releases.alerts.subscriptions_carry import export_settings, import_settings
from releases.models import Delivery, Subscription
from tests.services.forked import run_verb
from tests.unit.releases.alerts.conftest import commit, row

ALL = {"portals": ["lake-harbor"]}


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("", "nothing at all"),
        ("mailto:", "not a mail address"),
        ("mailto:me", "not a mail address"),
        ("mailto:a@example.org,b@example.org", "several people"),
        ("mailto:a@example.org?bcc=x@example.org", "header fields"),
        ("mailto:a@example.org%0d%0aBcc:x@example.org", "not a mail address"),
        ("mailto:a@example.org\r\nBcc: x", "control characters"),
        ("https://", "names no host"),
        ("https://h:99999/", "not a web address"),
        ("https://user:pass@h.example/", "password"),
        ("https://h.example/#x", "fragment"),
        ("me@example.org", "no channel"),
        ("nosuch://x", "unknown service"),
        ("file:///etc/passwd", "unknown service"),
        (" https://h.example/", "white space"),
    ],
)
def test_channels_that_cannot_work_are_refused(home, channel, said):
    with pytest.raises(SubscriptionRefused, match=said):
        subscribe(home, channel, ALL)
    assert not Subscription.objects.exists()


def test_mail_that_is_not_set_up_is_refused(make_home):
    with pytest.raises(SubscriptionRefused, match="not set up"):
        subscribe(make_home(""), "mailto:a@example.org", ALL)


def test_unwatched_portals_are_refused(home):
    with pytest.raises(SubscriptionRefused, match="not watched here: copa; watched: lake-harbor"):
        subscribe(home, "mailto:a@example.org", {"portals": ["copa"]})


def test_found_by_id_name_token_and_the_end_of_an_id(home):
    one = subscribe(home, "mailto:a@example.org", ALL, name="One")
    two = subscribe(home, "mailto:a@example.org", ALL, name="Two")
    assert find(one.id) == find("One") == find(one.mute_token) == find(one.id[-12:]) == one
    with pytest.raises(SubscriptionRefused, match="no subscription"):
        find("Three")
    with pytest.raises(SubscriptionRefused, match="no subscription"):
        find("")
    two.name = "One"
    two.save()
    with pytest.raises(SubscriptionRefused, match="more than one"):
        find("One")


def test_mute_and_unmute(home):
    one = subscribe(home, "mailto:a@example.org", ALL)
    mute(one.mute_token)
    enqueue(commit(row("LH-1")))
    unmute(one.id)
    enqueue(commit(row("LH-2")))
    assert Delivery.objects.count() == 1


def test_settings_move_to_another_home(home, tmp_path, empty_catalog):
    import shutil

    subscribe(home, "https://h.example/hook", ALL, name="One", note="why")
    made = commit(row("LH-1"))
    enqueue(made)
    Delivery.objects.update(state="sending")
    rows = [json.loads(json.dumps(r, default=str)) for r in export_settings()]
    before = list(Subscription.objects.values())
    shutil.copy(empty_catalog, tmp_path / "other.sqlite3")
    open_database(f"sqlite:///{tmp_path / 'other.sqlite3'}", migrate=False)
    assert import_settings(rows) == (1, 1)
    assert import_settings(rows) == (0, 0)
    assert list(Subscription.objects.values()) == before
    assert Delivery.objects.get().state == "owed"
    Delivery.objects.update(state="sent")
    enqueue(made)  # as a rebuild of the ledger may do
    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize(
    "bad", [{}, {"row": "account"}, {"row": "subscription"}, {"row": "delivery", "state": "sent", "x": 1}]
)
def test_a_wrong_import_changes_nothing(home, bad):
    subscribe(home, "mailto:a@example.org", ALL)
    good = list(export_settings())
    Subscription.objects.all().delete()
    with pytest.raises(SubscriptionRefused, match="line 2"):
        import_settings([*good, bad])
    assert not Subscription.objects.exists()


@pytest.fixture
def run(home):
    def verb(*words, code=0):
        done = run_verb("alerts", *words, environment={"RECORDWATCH_HOME": str(home.path)}, timeout=60)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return verb


def test_the_verbs(run, home, tmp_path):
    made = json.loads(run("subscribe", "mailto:a@example.org", "--portal", "lake-harbor", "--name", "One", "--json"))
    assert made["filters"]["portals"] == ["lake-harbor"]
    assert "no filter" in run("subscribe", "mailto:a@example.org", code=2)
    assert json.loads(run("list", "--json"))["name"] == "One"
    assert "One" in run("list")
    assert "took the test message" in run("test", "One")
    enqueue(commit(row("LH-1")))
    Delivery.objects.update(state="dead", attempts=7, error="refused")
    assert "refused" in run("deliveries", "--state", "dead")
    assert json.loads(run("retry", "--dead", "--json")) == {"owed": 1, "sent": 1, "failed": 0, "dead": 0}
    listed = json.loads(run("deliveries", "--json"))
    assert (listed["state"], len(listed["events"])) == ("sent", 1)
    assert "say which" in run("retry", code=2)
    assert "1 entries" in run("feed", "-o", str(tmp_path / "f.xml"))
    run("mute", made["id"])
    assert json.loads(run("list", "--json"))["muted_at"]
    run("unmute", made["id"])
    run("export", "-o", str(tmp_path / "people.jsonl"))
    assert (tmp_path / "people.jsonl").stat().st_mode & 0o777 == 0o600
    assert "took over 0" in run("import", str(tmp_path / "people.jsonl"))


def test_secrets_in_channels_are_not_listed(run, home):
    subscribe(home, "https://h.example/hook?token=s3cret", ALL)
    subscribe(home, "json://u:s3cret@h.example/", ALL)
    assert "s3cret" not in run("list", "--json")
