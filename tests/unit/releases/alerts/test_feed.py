"""Feeds, read by feedparser and by checks of our own after RFC 4287, the RSS Advisory Board and jsonfeed.org."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import feedparser
import pytest

from archive.catalog.models import Portal
from releases.alerts.feed import BEGINNING, Feed, entries, newest
from releases.alerts.feed_choice import everything, of_portals, of_subscription
from releases.alerts.feed_files import secret_name, write_all, write_feed
from releases.alerts.feed_formats import FORMATS, atom, json_feed, rss
from releases.alerts.subscriptions import mute, subscribe
from releases.models import FileVersion
from tests.unit.releases.alerts.conftest import commit, row

ATOM = "{http://www.w3.org/2005/Atom}"
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
HOSTILE = '"><script>alert(1)</script>&\x1b[31m\u202e]]>\u2028'


def check_atom(document: bytes) -> list[dict]:
    """RFC 4287, sections 4.1.1 and 4.1.2: what must be there once, what may not be there twice."""
    root = ET.fromstring(document)
    assert root.tag == f"{ATOM}feed"
    assert document.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    for name in ("id", "title", "updated"):
        assert len(root.findall(f"{ATOM}{name}")) == 1
    assert root.find(f"{ATOM}author/{ATOM}name").text
    assert len([link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]) <= 1
    found = []
    for entry in root.findall(f"{ATOM}entry"):
        for name in ("id", "title", "updated", "content"):
            assert len(entry.findall(f"{ATOM}{name}")) == 1
        assert entry.find(f"{ATOM}content").get("type") == "html"
        links = [
            (link.get("rel"), link.get("type"))
            for link in entry.findall(f"{ATOM}link")
            if link.get("rel") == "alternate"
        ]
        assert len(set(links)) == len(links)
        for link in entry.findall(f"{ATOM}link"):
            assert re.fullmatch(r"https?://[!-~]+", link.get("href"))
        assert DATE.fullmatch(entry.find(f"{ATOM}updated").text)
        assert entry.find(f"{ATOM}updated").text >= entry.find(f"{ATOM}published").text
        assert all(c.get("term") for c in entry.findall(f"{ATOM}category"))
        found.append({"id": entry.find(f"{ATOM}id").text, "title": entry.find(f"{ATOM}title").text})
    assert len({entry["id"] for entry in found}) == len(found)
    assert root.find(f"{ATOM}updated").text == max(
        (e.find(f"{ATOM}updated").text for e in root.findall(f"{ATOM}entry")), default="2026-01-01T00:00:00Z"
    )
    return found


def check_rss(document: bytes) -> list[dict]:
    root = ET.fromstring(document)
    assert root.tag == "rss"
    assert root.get("version") == "2.0"
    [channel] = root
    for name in ("title", "link", "description", "lastBuildDate"):
        assert channel.find(name).text
    parsedate_to_datetime(channel.find("lastBuildDate").text)
    found = []
    for item in channel.findall("item"):
        assert item.find("title").text
        assert item.find("description").text
        assert len(item.findall("enclosure")) <= 1
        for file in item.findall("enclosure"):
            assert re.fullmatch(r"https?://[!-~]+", file.get("url"))
            assert file.get("length").isdigit()
            assert re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.get("type"))
        assert item.find("guid").get("isPermaLink") == "false"
        assert parsedate_to_datetime(item.find("pubDate").text).tzinfo is not None
        found.append({"id": item.find("guid").text, "title": item.find("title").text})
    assert len({item["id"] for item in found}) == len(found)
    return found


def check_json(document: bytes) -> list[dict]:
    made = json.loads(document)
    assert made["version"] == "https://jsonfeed.org/version/1.1"
    assert made["title"]
    assert isinstance(made["items"], list)
    for key in ("home_page_url", "feed_url"):
        assert key not in made or made[key].startswith("http")
    for item in made["items"]:
        assert item["id"]
        assert item["content_html"]
        assert DATE.fullmatch(item["date_published"])
        assert DATE.fullmatch(item["date_modified"])
        assert "url" not in item or re.fullmatch(r"https?://[!-~]+", item["url"])
        assert all(a["url"] and a["mime_type"] for a in item.get("attachments", []))
        assert all(key in KNOWN or key.startswith("_") for key in item)
    return made["items"]


KNOWN = {"id", "url", "title", "content_html", "date_published", "date_modified", "tags", "attachments"}
CHECKS = {"atom": check_atom, "rss": check_rss, "json": check_json}


def checked(feed: Feed) -> dict[str, list[dict]]:
    """Every format of `feed`, strictly checked; the same ids and titles in each."""
    found = {name: CHECKS[name](write(feed)) for name, (write, _) in FORMATS.items()}
    assert len({tuple((e["id"], e["title"]) for e in listed) for listed in found.values()}) == 1
    for name in ("atom", "rss"):
        assert not feedparser.parse(FORMATS[name][0](feed)).bozo
    return found


def test_a_reader_finds_everything(home):
    files = [
        {"id": "f1", "name": "Report", "url": "https://h.example/a b\u00e9.pdf?x=<1>"},
        {"id": "f2", "name": "No link", "url": "javascript:x"},
        {"id": "f3", "name": "Video", "url": "https://h.example/v.mp4"},
    ]
    FileVersion(id="v", file="f1", number=1, at=BEGINNING, crawl="c", url="", digest="sha256:0", size=1234,
                mime="application/pdf; charset=binary", capture="c").save()  # fmt: skip
    commit(
        row("LH-1", title="<b>Taser</b> & \x1b[31m \u202e", old={"S": "a"}, new={"S": "<b>"}, kind="changed"),
        row("LH-2", "file_added", url="javascript:x", files=files),
    )
    feed = Feed(
        "tag:recordwatch,2026:x",
        "Releases",
        entries(newest()),
        "https://news.example",
        "https://f.example/x.atom",
        "Desk",
    )
    checked(feed)
    read = feedparser.parse(atom(feed))
    assert (read.version, read.feed.id, read.feed.author) == ("atom10", "tag:recordwatch,2026:x", "Desk")
    assert {link.rel: link.href for link in read.feed.links} == {
        "self": "https://f.example/x.atom",
        "alternate": "https://news.example",
    }
    by_key = {entry.title.split(" · ")[0]: entry for entry in read.entries}
    assert by_key["Changed: LH-1"].link == "https://harbor.example/LH-1"
    assert "<del>a</del> → <ins>&lt;b&gt;</ins>" in by_key["Changed: LH-1"].content[0].value
    assert {tag.term for tag in by_key["Changed: LH-1"].tags} >= {"lake-harbor", "changed"}
    added = by_key["New file: Title of LH-2"].enclosures
    assert [(e.href, e.type, e.get("length")) for e in added] == [
        ("https://h.example/a%20b%C3%A9.pdf?x=%3C1%3E", "application/pdf", "1234"),
        ("https://h.example/v.mp4", "application/octet-stream", None),
    ]
    item = next(i for i in feedparser.parse(rss(feed)).entries if "LH-2" in i.title)
    assert [(e.type, e.length) for e in item.enclosures] == [("application/pdf", "1234")]
    assert "v.mp4" in item.description  # the second file is in its text
    attached = next(i for i in check_json(json_feed(feed)) if "LH-2" in i["title"])
    assert [(a["mime_type"], a.get("size_in_bytes")) for a in attached["attachments"]] == [
        ("application/pdf", 1234), ("application/octet-stream", None),
    ]  # fmt: skip
    assert attached["_recordwatch"] == {"portal": "lake-harbor", "key": "LH-2", "kind": "file_added"}


def test_what_a_portal_prints_is_text_in_every_format(home):
    hostile = HOSTILE
    commit(row(hostile, title=hostile, new={hostile: [hostile]}, tags=[hostile], kind="changed",
               files=[{"id": "f", "name": hostile, "url": "https://h.example/" + hostile}]))  # fmt: skip
    feed = everything(home, 10)
    checked(feed)
    for write, _ in FORMATS.values():
        document = write(feed).decode()
        assert not set(document) & {"\x1b", "\u202e", "\u2028"}
    assert "<script" not in feed.entries[0].html


def test_only_the_portals_asked_for_newest_first_and_no_more_than_wanted(home):
    now = datetime.now(UTC)
    for age, portal in enumerate(["a", "b", "a", "a"]):
        commit(row(f"K{age}", portal=portal), at=now - timedelta(days=age))
    assert [event.key for event in newest(["a"], limit=2)] == ["K0", "K2"]
    assert [entry.key for entry in of_portals(home, ["a"], 2).entries] == ["K0", "K2"]


def test_backfills_and_quarantined_passages_are_left_out(home):
    commit(row("LH-1", backfill=True), row("LH-2", "quarantined", new={"page": 3}), row("LH-3"))
    assert [entry.key for entry in everything(home, 10).entries] == ["LH-3"]
    made = subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]})
    assert [entry.key for entry in of_subscription(home, made, 10).entries] == ["LH-3"]


def test_an_entry_that_was_wrong_says_so_and_counts_as_updated(home):
    then = datetime(2031, 1, 1, tzinfo=UTC)
    wrong = row("LH-1", "changed", old={"Status": "Open"}, new={"Status": "Closed"})
    commit(wrong, row("LH-2"), at=then)
    before = {entry.id: entry for entry in everything(home, 10).entries}
    commit(row("LH-1", "retracted", old={"event": wrong["id"], "kind": "changed", "at": then.isoformat()},
               new={"reason": "we had read it wrong"}), at=then + timedelta(days=1))  # fmt: skip
    feed = everything(home, 10)
    checked(feed)
    after = {entry.id: entry for entry in feed.entries}
    ident = f"urn:uuid:{wrong['id']}"
    assert before[ident].updated == then
    assert after[ident].updated == then + timedelta(days=1)
    assert after[ident].published == then
    assert after[ident].title.startswith("Corrected: Changed: Title of LH-1")
    assert "we had read it wrong" in after[ident].html
    assert {i: e for i, e in after.items() if i in before and i != ident} == {
        i: e for i, e in before.items() if i != ident
    }
    assert [e.title.split(":")[0] for e in feed.entries if e.kind == "retracted"] == ["Correction"]


def test_empty_feeds_are_valid_and_always_the_same(home):
    feed = Feed("tag:recordwatch,2026:x", "Releases", ())
    assert checked(feed) == {"atom": [], "rss": [], "json": []}
    assert atom(feed) == atom(feed)


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_same_feed_is_the_same_file(home, tmp_path, name):
    commit(row("LH-1"))
    write, ending = FORMATS[name]
    path = tmp_path / f"x{ending}"
    assert write_feed(path, write(everything(home, 10)))
    before = path.stat()
    assert not write_feed(path, write(everything(home, 10)))
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    commit(row("LH-2"))
    assert write_feed(path, write(everything(home, 10)))
    assert list(tmp_path.glob(".*")) == []


def test_all_feeds_in_a_folder(home, tmp_path):
    Portal(slug="lake-harbor", name="Lake Harbor", url="https://harbor.example", first_crawl_at=BEGINNING).save()
    commit(row("LH-1"), row("LH-2", "changed", old={"S": "Open"}, new={"S": "Closed"}))
    mine = subscribe(home, "mailto:a@example.org", {"kinds": ["changed"]}, name="My secret angle")
    folder = tmp_path / "web"
    made = list(write_all(home, folder, "https://news.example/feeds", 10))
    assert {str(one.file.relative_to(folder)) for one in made} == {
        f"{place}{ending}" for place in ("all", "portals/lake-harbor", f"s/{secret_name(mine)}") for _, ending in FORMATS.values()
    }  # fmt: skip
    found = feedparser.parse((folder / f"s/{secret_name(mine)}.atom").read_bytes())
    assert [entry.title for entry in found.entries] == ["Changed: Title of LH-2 · Lake Harbor"]
    assert found.feed.links[0].href == f"https://news.example/feeds/s/{secret_name(mine)}.atom"
    assert "secret angle" not in "".join(path.read_text() for path in folder.glob("*.*"))
    assert mine.mute_token not in secret_name(mine)
    assert mine.id not in str([one.file for one in made])
    assert not any(one.changed for one in write_all(home, folder, "https://news.example/feeds", 10))
    mute(mine.id)
    list(write_all(home, folder, "https://news.example/feeds", 10))
    assert [path.name for path in (folder / "s").iterdir()] == ["index.html"]
