"""The Atom feed, read by feedparser."""

from datetime import UTC, datetime, timedelta

import feedparser

from releases.alerts.feed import atom, newest
from releases.models import Event
from tests.unit.releases.alerts.conftest import commit, row


def test_a_reader_finds_everything(home):
    commit(
        row("LH-1", title="<b>Taser</b> & \x1b[31m \u202e", old={"S": "a"}, new={"S": "<b>"}, kind="changed"),
        row("LH-2", "file_added", url="javascript:x", files=[{"name": "Report", "url": "https://h.example/f.pdf"}]),
        row("LH-3", backfill=True),
    )
    events = newest()
    read = feedparser.parse(atom(events, title="Releases", link="https://news.example", author="Desk"))
    assert not read.bozo
    assert read.version == "atom10"
    assert read.feed.id == "tag:recordwatch,2026:releases"
    assert read.feed.link == "https://news.example"
    assert read.feed.updated_parsed == max(e.at for e in events).timetuple()[:9] or read.feed.updated
    assert {entry.id for entry in read.entries} == {f"urn:uuid:{event.id}" for event in events}
    assert len(read.entries) == 2
    by_key = {entry.title.split(" · ")[0]: entry for entry in read.entries}
    changed = by_key["Changed: LH-1"]
    assert changed.link == "https://harbor.example/LH-1"
    assert "<del>a</del>" in changed.content[0].value
    assert {tag.term for tag in changed.tags} >= {"lake-harbor", "changed"}
    added = by_key["New file: LH-2"]
    assert [link.href for link in added.links] == ["https://h.example/f.pdf"]


def test_only_the_portals_asked_for_newest_first_and_no_more_than_wanted(home):
    now = datetime.now(UTC)
    for age, portal in enumerate(["a", "b", "a", "a"]):
        commit(row(f"K{age}", portal=portal), at=now - timedelta(days=age))
    assert [event.key for event in newest(["a"], limit=2)] == ["K0", "K2"]


def test_an_empty_feed_is_valid(home):
    read = feedparser.parse(atom(Event.objects.none()))
    assert not read.bozo
    assert read.feed.updated
