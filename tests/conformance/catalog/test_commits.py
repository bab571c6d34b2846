"""The commit protocol's database half: exact, idempotent, in order, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from archive.catalog.commits import AnotherCrawlCommitted, committed_portals, read_commit
from archive.catalog.tables import CommitRefused
from archive.commit import Assign, Insert, Update
from archive.store.base import ObjectMissing
from tests.conformance.catalog.rows import AT, capture, event, record, version


def models(label):
    from django.apps import apps

    return apps.get_model(label).objects


def test_rows_come_back_exactly(database, make):
    row = record("2019-1", title="Nul\0 and \ud800 and 🚓", missing_since=AT.astimezone(timezone(timedelta(hours=2))))
    first = event(row, old={"deep": [{"x": 1.5}, None, True, 12345678901234567890123]})
    make().commit("copa", "listing", [Insert("releases.Record", [row]), Insert("releases.Event", [first])])
    found = models("releases.Record").get()
    assert (found.id, found.key, found.first_seen_at, found.missing_since) == (row["id"], "2019-1", AT, AT)
    assert found.title == "Nul\ufffd and \ufffd and 🚓"
    assert found.missing_crawls == 0
    told = models("releases.Event").get()
    assert (told.at, told.backfill, told.old, told.new) == (first["at"], False, first["old"], first["new"])
    portal = models("catalog.Portal").get()
    assert (portal.slug, portal.commit_seq) == ("copa", 1)
    applied = models("catalog.AppliedCommit").get()
    assert (applied.portal, applied.seq, applied.reason) == ("copa", 1, "listing")


def test_update_and_assign_change_what_they_name_and_nothing_else(database, make):
    rows = [record(f"k{n}") for n in range(12)]
    committer = make()
    committer.commit("copa", "listing", [Insert("releases.Record", rows)])
    later = AT + timedelta(days=1, microseconds=7)
    committer.commit(
        "copa",
        "listing",
        [
            Assign("releases.Record", [row["id"] for row in rows[:10]], {"last_seen_at": later, "last_crawl": "c2"}),
            Update("releases.Record", [{"id": rows[3]["id"], "title": "new", "missing_since": later}]),
            Assign("releases.Event", [], {"key": "x"}),
        ],
    )
    found = {row.id: row for row in models("releases.Record").all()}
    assert [found[row["id"]].last_crawl for row in rows] == ["c2"] * 10 + ["c1"] * 2
    assert found[rows[0]["id"]].last_seen_at == later
    assert [found[row["id"]].title for row in rows[2:5]] == ["Case k2", "new", "Case k4"]
    assert found[rows[3]["id"]].missing_since == later


def test_applying_twice_is_applying_once(database, make):
    row = record("a")
    stored = make().commit(
        "copa", "listing", [Insert("releases.Record", [row]), Insert("releases.Event", [event(row)])]
    )
    committer = make()
    again = read_commit(committer.store, "copa", stored.seq)
    assert again.commit == stored
    assert not committer.apply_stored(again)
    assert committer.replay() == []
    assert models("releases.Event").count() == models("releases.Record").count() == 1
    assert models("catalog.ChangeLog").count() == 2


def test_a_row_that_is_there_stays_as_it_is(database, make):
    row = record("a")
    committer = make()
    committer.commit("copa", "listing", [Insert("releases.Record", [row])])
    committer.commit("copa", "listing", [Insert("releases.Record", [row | {"title": "other"}, record("b")])])
    assert sorted(models("releases.Record").values_list("title", flat=True)) == ["Case a", "Case b"]


def test_replay_applies_what_the_database_lacks_in_order(database, make, tmp_path):
    from archive.catalog.database import open_database

    row = record("a")
    committer = make()
    committer.commit("copa", "listing", [Insert("releases.Record", [row])])
    for number in range(3):
        committer.commit(
            "copa", "listing", [Update("releases.Record", [{"id": row["id"], "title": f"title {number}"}])]
        )
    committer.commit("ipra", "listing", [Insert("releases.Record", [record("z", portal="ipra")])])
    assert committed_portals(committer.store) == ["copa", "ipra"]
    open_database(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    seen = []
    applied = make(on_apply=lambda commit: seen.append((commit.portal, commit.seq))).replay("copa")
    assert [commit.seq for commit in applied] == [1, 2, 3, 4]
    assert seen == [("copa", 1), ("copa", 2), ("copa", 3), ("copa", 4)]
    assert models("releases.Record").get().title == "title 2"
    assert [commit.portal for commit in make().replay()] == ["ipra"]


def test_a_plan_made_before_anothers_commit_is_refused(database, make):
    first, second = make(), make()
    row = record("a")
    first.commit("copa", "listing", [Insert("releases.Record", [row])])
    second.replay("copa")
    first.commit("copa", "files", [Update("releases.Record", [{"id": row["id"], "title": "ours"}])])
    with pytest.raises(AnotherCrawlCommitted):
        second.commit("copa", "files", [Update("releases.Record", [{"id": row["id"], "title": "stale"}])])
    assert models("releases.Record").get().title == "ours"
    with pytest.raises(ObjectMissing):
        read_commit(second.store, "copa", 3)
    second.commit("copa", "files", [Update("releases.Record", [{"id": row["id"], "title": "planned anew"}])])
    assert models("releases.Record").get().title == "planned anew"


def test_what_on_apply_writes_stands_or_falls_with_the_commit(database, make):
    from archive.catalog.models import ChangeLog

    def owe(commit):
        ChangeLog.objects.create(commit=commit.id, table="owed", row=commit.operations[0].rows[0]["id"])
        if refuse:
            raise RuntimeError("no")

    refuse = True
    committer = make(on_apply=owe)
    row = record("a")
    with pytest.raises(RuntimeError):
        committer.commit("copa", "listing", [Insert("releases.Record", [row])])
    assert not models("releases.Record").exists()
    assert not models("catalog.ChangeLog").exists()
    refuse = False
    assert [commit.seq for commit in make(on_apply=owe).replay("copa")] == [1]
    assert models("catalog.ChangeLog").filter(table="owed").count() == 1
    assert models("releases.Record").get().id == row["id"]


def test_the_change_log_names_changes_and_not_sightings(database, make):
    rows = [record(f"k{n}") for n in range(3)]
    committer = make()
    ids = [row["id"] for row in rows]
    committer.commit("copa", "listing", [Insert("releases.Record", rows), Insert("catalog.Capture", [capture()])])
    committer.commit("copa", "listing", [Assign("releases.Record", ids, {"last_seen_at": AT, "last_crawl": "c2"})])
    assert list(models("catalog.ChangeLog").order_by("seq").values_list("table", "row")) == [
        ("releases.Record", row) for row in ids
    ]
    committer.commit(
        "copa", "listing", [Assign("releases.Record", ids[:1], {"state": "withdrawn", "last_crawl": "c2"})]
    )
    assert list(models("catalog.ChangeLog").order_by("seq").values_list("row", flat=True)) == [*ids, ids[0]]


LONG = "https://copa.example/" + "".join(f"{n * n:x}" for n in range(5000))


def test_a_url_of_any_length_is_held(database, make):
    from archive.catalog.held import held, known

    make().commit("copa", "listing", [Insert("catalog.Capture", [capture(LONG, surt=LONG)])])
    assert held([LONG])[LONG].url == LONG
    assert models("catalog.Capture").get(url=LONG).surt == LONG
    assert known(["sha256:" + "1" * 64])["sha256:" + "1" * 64].at == AT


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (Insert("releases.Delivery", [{"id": "x"}]), "releases.Delivery"),
        (Insert("catalog.ChangeLog", [{"id": "x"}]), "catalog.ChangeLog"),
        (Insert("auth.Group", [{"id": "x"}]), "auth.Group"),
        (Insert("releases.Record", [record("a", colour="red")]), "colour"),
        (Insert("releases.Record", [{"id": "x"}]), "portal"),
        (Insert("releases.Record", [record("a" * 513)]), "513 characters"),
        (Insert("releases.Record", [record("a", version=2**31)]), "out of range"),
        (Insert("releases.Record", [record("a", version=True)]), "bool"),
        (Insert("releases.Record", [record("a", title=None)]), "is missing"),
        (Insert("releases.Record", [record("a", title=7)]), "not text"),
        (Insert("releases.Record", [record("a", last_seen_at=datetime(2026, 1, 1))]), "without a zone"),  # noqa: DTZ001
        (Insert("releases.Record", [record("a", last_seen_at="yesterday")]), "last_seen_at"),
        (Update("releases.Record", [{"title": "x"}]), "without id"),
        (Update("releases.Record", [{"id": "x"}]), "without columns"),
        (Update("releases.Record", [{"id": "x", "title": "t"}, {"id": "y", "url": "u"}]), "not every row"),
        (Assign("releases.Record", ["x"], {"id": "y"}), "may not change id"),
        (Insert("releases.File", [{"id": "x", "identity": "ü" * 1024}]), "checked below"),
    ],
)
def test_rows_that_a_database_would_refuse_are_refused_before_they_are_stored(database, make, operation, says):
    if says == "checked below":
        row = {
            "portal": "copa",
            "record": "r",
            "url": "",
            "name": "",
            "kind": "",
            "host": "",
            "state": "",
            "version": 0,
        }
        seen = {"first_seen_at": AT, "first_crawl": "", "last_seen_at": AT, "last_crawl": "", "digest": ""}
        operation = Insert("releases.File", [{"id": "x", "identity": "警" * 1024, **row, **seen}])
        says = "an index takes"
    committer = make()
    with pytest.raises(CommitRefused, match=says):
        committer.commit("copa", "listing", [operation])
    assert committed_portals(committer.store) == []
    assert committer.commit("copa", "listing", [Insert("releases.RecordVersion", [version(record("a"))])]).seq == 1


def test_known_and_held_speak_of_whole_answers_only(database, make):
    from archive.catalog.held import held, known

    digest = ["sha256:" + str(n) * 64 for n in range(6)]
    good = capture("https://a/", digest[0], etag='"old"', at=AT)
    again = capture(
        "https://a/",
        digest[0],
        kind="revisit-identical",
        refers_to=good["id"],
        etag='"new"',
        at=AT + timedelta(hours=1),
    )
    rows = [
        good,
        again,
        capture("https://cut/", digest[1], truncated="length"),
        capture("https://empty/", digest[2], payload_length=0),
        capture("https://gone/", digest[3], status=404),
        capture("https://post/", digest[4], method="POST"),
        capture("https://a/", digest[5], kind="failed", status=0, at=AT + timedelta(hours=2)),
    ]
    make().commit("copa", "listing", [Insert("catalog.Capture", rows)])
    assert set(known([*digest, "sha256:unknown"])) == {digest[0], digest[3], digest[4]}
    assert known(digest)[digest[0]].capture == good["id"]
    found = held(["https://a/", "https://cut/", "https://empty/", "https://gone/", "https://post/", "https://none/"])
    assert set(found) == {"https://a/"}
    answer = found["https://a/"]
    assert (answer.capture, answer.etag, answer.at) == (good["id"], '"new"', AT.astimezone(UTC))
    assert known([]) == {}


def test_a_page_is_not_asked_for_by_what_a_bad_crawl_was_served(database, make):
    from archive.catalog.held import held, held_pages

    good = capture(
        "https://a/", "sha256:" + "1" * 64, crawl="good", last_modified="Sat, 03 Jan 2026 00:00:00 GMT", at=AT
    )
    bad = capture("https://a/", "sha256:" + "2" * 64, crawl="bad", last_modified="Mon, 05 Jan 2026 00:00:00 GMT",
                  at=AT + timedelta(days=1))  # fmt: skip
    crawls = [
        {"id": name, "portal": "copa", "started_at": AT, "verdict": verdict, "coverage": "complete", "backfill": False,
         "reason": "", "answers": {}, "counts": {}, "figures": {}, "extractor": "copa 1", "config_digest": ""}
        for name, verdict in (("good", "healthy"), ("bad", "broken"))
    ]  # fmt: skip
    make().commit("copa", "listing", [Insert("catalog.Crawl", crawls), Insert("catalog.Capture", [good, bad])])
    assert held(["https://a/"])["https://a/"].capture == bad["id"]
    assert held_pages(["https://a/"])["https://a/"].capture == good["id"]
