"""Feeds of saved searches, and searches refused because they find everything: against a real index; the real command."""

import json

import feedparser
import pytest

from archive.catalog.models import ChangeLog
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.feed_choice import of_query, of_subscription
from releases.alerts.subscriptions import subscribe
from releases.search.catch_up import catch_up
from releases.search.errors import IndexBusy
from releases.search.query import QueryError
from tests.unit.releases.alerts.ledgers import Ledger, event, file, held, record


@pytest.fixture
def ledger(home):
    return Ledger()


def told(feed):
    return [(entry.key, entry.kind) for entry in feed.entries]


@pytest.fixture
def filled(home, ledger):
    ledger.commit(*record("LH-1", "Ferry"), file("LH-1", "f1"), file("LH-1", "f2"), event("LH-1", files=["f1", "f2"]))
    ledger.commit(*held(ledger, "f1", "A harpoon was found"), event("LH-1", "file_replaced", files=["f1"]))
    ledger.commit(*held(ledger, "f2", "nothing"), event("LH-1", "file_replaced", files=["f2"]))
    ledger.commit(*record("LH-2", "Harpoon at the pier", {"district": "04"}), event("LH-2"), event("LH-2", "changed"))
    ledger.commit(
        *record("LH-3", "Something else"), event("LH-3"), event("", "blocked", record="", new={"verdict": "blocked"})
    )
    catch_up(home.index, ledger.read)
    return ledger


def test_a_feed_of_a_query(home, filled):
    feed = of_query(home, "harpoon", [], 10)
    assert told(feed) == [
        ("", "blocked"), ("LH-2", "changed"), ("LH-2", "new"), ("LH-1", "file_replaced"), ("LH-1", "new"),
    ]  # fmt: skip
    assert "f1" in feed.entries[3].html  # the file that says so, not the other
    assert feed.id == of_query(home, "harpoon", [], 1).id != of_query(home, "harpoons", [], 1).id
    assert len(of_query(home, "harpoon", [], 2).entries) == 2
    assert told(of_query(home, "harpoon", ["elsewhere"], 9)) == []
    assert told(of_query(home, "zebra", [], 9)) == [("", "blocked")]
    with pytest.raises(QueryError):
        of_query(home, "harpoon (", [], 9)


def test_a_feed_of_a_subscription_keeps_all_its_filters(home, filled):
    mine = subscribe(home, "mailto:a@example.org",
                     {"query": "harpoon", "kinds": ["new"], "fields": {"district": "04"}, "health": False})  # fmt: skip
    assert told(of_subscription(home, mine, 9)) == [("LH-2", "new")]


def test_without_an_index_a_feed_says_so(home):
    with pytest.raises(IndexBusy, match="no search index yet"):
        of_query(home, "harpoon", [], 9)


def test_a_search_that_finds_everything_is_refused(home, ledger):
    subscribe(home, "mailto:a@example.org", {"query": "officer"})  # no index, so nobody can tell
    for number in range(25):
        ledger.commit(*record(f"LH-{number}", f"Officer {'taser' if number else ''}"), event(f"LH-{number}"))
    catch_up(home.index, ledger.read)
    with pytest.raises(SubscriptionRefused, match="finds every one of the 25 documents"):
        subscribe(home, "mailto:a@example.org", {"query": "officer"})
    with pytest.raises(SubscriptionRefused, match="finds every one"):
        subscribe(home, "mailto:a@example.org", {"query": "off* OR taser"})
    with pytest.raises(SubscriptionRefused, match="leaves nothing out"):
        subscribe(home, "mailto:a@example.org", {"query": "kind:record since:2020"})
    with pytest.raises(QueryError, match="a \\* can only end a word"):
        subscribe(home, "mailto:a@example.org", {"query": "of*cer"})
    subscribe(home, "mailto:a@example.org", {"query": "taser"})
    subscribe(home, "mailto:a@example.org", {"query": "officer", "portals": ["lake-harbor"]})
    ChangeLog(
        commit="c", table="releases.Quarantine", row="q"
    ).save()  # something is hidden that the index still counts
    with pytest.raises(IndexBusy, match="hidden by now"):
        subscribe(home, "mailto:a@example.org", {"query": "anywhere:officer kind:record"})
    subscribe(home, "mailto:a@example.org", {"query": "officer"})  # counted by nobody now
    catch_up(home.index, ledger.read)
    with pytest.raises(SubscriptionRefused, match="finds every one"):
        subscribe(home, "mailto:a@example.org", {"query": "officer"})


def test_the_command(home, filled, run_cli, tmp_path):
    for name, version in (("x.atom", "atom10"), ("x.rss", "rss20"), ("odd", "atom10")):
        out = tmp_path / name
        said = json.loads(run_cli("alerts", "feed", "-o", str(out), "--query", "pier", "--json").stdout)
        assert (said["entries"], said["changed"]) == (3, True)
        read = feedparser.parse(out.read_bytes())
        assert (read.version, len(read.entries), read.bozo) == (version, 3, False)
    again = run_cli("alerts", "feed", "-o", str(tmp_path / "x.atom"), "--query", "pier")
    assert "(nothing new)" in again.stdout
    web = tmp_path / "web"
    rows = [json.loads(line) for line in run_cli("alerts", "feed", "--all", str(web), "--json").stdout.splitlines()]
    assert {row["what"] for row in rows} == {"all", "lake-harbor"}
    assert (web / "all.json").is_file()
    for wrong in (
        (), ("-o", "x", "--all", "y"), ("-o", "x", "--format", "pdf"), ("--all", "y", "--query", "x"), ("-o", "x", "--query", "("),
        ("-o", "x", "--subscription", "nobody"), ("-o", str(tmp_path / "no" / "folder")),
    ):  # fmt: skip
        done = run_cli("alerts", "feed", *wrong, codes=(2,))
        assert done.stderr.startswith("recordwatch: "), done.stderr
        assert len(done.stderr.splitlines()) <= 3
