"""Saved searches asked about what commits brought, on SQLite and on PostgreSQL."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog.models import Capture, ChangeLog, Crawl, Derived, Restriction
from archive.commit import Commit, Insert
from archive.ids import uuid7
from archive.store.base import StoreUnavailable
from releases.alerts.matching import match_with, owe
from releases.alerts.subscriptions import mute, subscribe
from releases.models import Delivery, Event, File, FileVersion, MatchOwed, Quarantine, Record, RecordVersion
from tests.services.postgres import postgres
from tests.unit.releases.alerts.conftest import row


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request, make_home):
    with postgres() if request.param == "postgresql" else nullcontext("") as url:
        yield make_home(database=url)
        from django.db import connections

        connections.close_all()


class Ledger:
    """Makes commits as the ledger does, and applies them as the committer does."""

    def __init__(self):
        self.texts = {}
        self.down = False
        self.asked = 0

    def read(self, wanted):
        for text in wanted:
            self.asked += 1
            if self.down:
                raise StoreUnavailable("the store does not answer")
            if text.id in self.texts:
                yield text.id, self.texts[text.id]

    def match(self, now=None, portal=""):
        return match_with(self.read, now, portal=portal)

    def commit(self, *rows, at=None):
        """`rows`: unsaved model instances. Returns the commit."""
        moment = at or datetime.now(UTC)
        made = Commit(uuid7(), "lake-harbor", 1, moment, "files", [
            Insert(item._meta.label, [{"id": item.pk}]) for item in rows
        ])  # fmt: skip
        for item in rows:
            item.save()
            if not isinstance(item, Capture):
                ChangeLog(commit=made.id, table=item._meta.label, row=item.pk).save()
        owe(made)
        return made


@pytest.fixture
def ledger(home):
    return Ledger()


def event(key, kind="new", *, files=(), at=None, **values):
    told = row(
        key,
        kind,
        files=[{"id": ident, "url": f"https://h.example/{ident}", "name": ident} for ident in files],
        **values,
    )
    told.pop("_record_kind")
    return Event(**{**told, "at": at or datetime.now(UTC)})


def record(key, title="", fields=None, kind="case"):
    """A record and its first version."""
    now = datetime.now(UTC)
    one = {"url": f"https://harbor.example/{key}", "title": title or key, "printed_key": key, "fields_hash": "",
           "text_hash": "", "raw_hash": ""}  # fmt: skip
    ident = f"id of {key}"
    return [
        Record(id=ident, portal="lake-harbor", key=key, kind=kind, state="present", version=1, first_seen_at=now,
               first_crawl="c", last_seen_at=now, last_crawl="c", **one),
        RecordVersion(id=f"version of {key}", record=ident, number=1, at=now, crawl="c", fields=fields or {}, files=[],
                      captures=[], extractor="x", **one),
    ]  # fmt: skip


def file(key, ident):
    now = datetime.now(UTC)
    url = f"https://harbor.example/{ident}.pdf"
    return File(id=ident, portal="lake-harbor", record=f"id of {key}", identity=url, url=url, name=f"Report {ident}",
                kind="report", host="direct", state="present", version=0, digest="", first_seen_at=now, first_crawl="c",
                last_seen_at=now, last_crawl="c")  # fmt: skip


def held(ledger, ident, text, number=1, *, read=True):
    """A file's bytes, held and read: the rows of the file lane's commit."""
    now, digest, capture = datetime.now(UTC), f"sha256:{ident}-{number}", f"capture {ident} {number}"
    rows = [
        Capture(id=capture, portal="lake-harbor", crawl="c", kind="response", method="GET", url="u", surt="u", at=now,
                status=200, mime="", payload_digest=digest, payload_length=1, etag="", last_modified="", truncated="",
                refers_to="", request="", address="", warc="w", offset=1, length=1, location="", error=""),
        FileVersion(id=f"{ident} v{number}", file=ident, number=number, at=now, crawl="c", url="", digest=digest, size=1,
                    mime="application/pdf", capture=capture),
    ]  # fmt: skip
    File.objects.filter(id=ident).update(digest=digest, version=number)
    if read:
        derived = f"text of {ident} {number}"
        ledger.texts[derived] = text
        rows.append(Derived(id=derived, portal="lake-harbor", crawl="c", capture=capture, kind="conversion", mime="text/plain",
                            engine="x", at=now, warc="w", offset=1, length=1, page=1))  # fmt: skip
    return rows


def search(home, query, **filters):
    return subscribe(home, "mailto:a@example.org", {"query": query, **filters}, name=query)


def told(subscription):
    found = Delivery.objects.filter(subscription=subscription).order_by("created_at", "id")
    return [[Event.objects.get(id=ident).kind for ident in delivery.events] for delivery in found]


def test_a_record_is_found_when_it_comes(home, ledger):
    hit, miss = search(home, "taser district 04"), search(home, "baton")
    ledger.commit(*record("LH-1", "Taser at the ferry", {"district": "04"}), event("LH-1"))
    assert Delivery.objects.count() == 0
    done = ledger.match()
    assert (done.commits, done.deliveries) == (1, 1)
    assert (told(hit), told(miss)) == ([["new"]], [])
    assert {d.kind for d in Delivery.objects.all()} == {"match"}
    assert MatchOwed.objects.count() == 0
    assert ledger.match().deliveries == 0


def test_a_files_text_tells_the_event_that_announced_it_once(home, ledger):
    mine, later = search(home, '"relieved of duty"'), search(home, "portal:lake-harbor taser OR kind:report relieved")
    ledger.commit(*record("LH-1", "Ferry"), file("LH-1", "f1"), file("LH-1", "f2"), event("LH-1", files=["f1", "f2"]))
    ledger.match()
    assert told(mine) == []
    ledger.commit(*held(ledger, "f1", "The officer was relieved of duty"))
    assert ledger.match().deliveries == 2
    assert told(mine) == [["new"]]
    ledger.commit(*held(ledger, "f2", "Also relieved of duty"))
    ledger.match()
    assert told(mine) == told(later) == [["new"]]  # the same event is told once


def test_text_of_a_file_added_and_replaced(home, ledger):
    mine = search(home, "handcuffs")
    ledger.commit(*record("LH-1", "Ferry"), event("LH-1"))
    ledger.commit(file("LH-1", "f1"), event("LH-1", "file_added", files=["f1"]))
    ledger.match()
    ledger.commit(*held(ledger, "f1", "Handcuffs"))
    ledger.match()
    assert told(mine) == [["file_added"]]
    ledger.commit(*held(ledger, "f1", "Handcuffs again", 2), event("LH-1", "file_replaced", files=["f1"]))
    ledger.match()
    assert told(mine) == [["file_added"], ["file_replaced"]]
    ledger.commit(*held(ledger, "f1", "nothing of the kind", 3), event("LH-1", "file_replaced", files=["f1"]))
    ledger.match()
    assert len(told(mine)) == 2


def test_bytes_known_before_are_found_at_their_new_owner(home, ledger):
    mine = search(home, "harpoon")
    ledger.commit(*record("LH-1", "Ferry"), file("LH-1", "f1"), event("LH-1", files=["f1"]))
    ledger.commit(*held(ledger, "f1", "Harpoon"))
    ledger.match()
    ledger.commit(*record("LH-2", "Pier"), file("LH-2", "f2"), event("LH-2", files=["f2"]))
    ledger.match()
    assert len(told(mine)) == 1
    same = held(ledger, "f2", "", read=False)
    same[1].digest = "sha256:f1-1"
    ledger.commit(same[1])
    ledger.match()
    assert [Event.objects.get(id=d.events[0]).key for d in Delivery.objects.order_by("created_at")] == ["LH-1", "LH-2"]


@pytest.mark.parametrize("kind", ["withdrawn", "restored", "overdue"])
def test_who_searched_for_words_of_a_file_hears_what_becomes_of_its_record(home, ledger, kind):
    ledger.commit(*record("LH-1", "Ferry"), file("LH-1", "f1"), event("LH-1", files=["f1"]))
    ledger.commit(*held(ledger, "f1", "Harpoon"))
    mine = search(home, "harpoon")
    ledger.commit(event("LH-1", kind))
    ledger.match()
    assert told(mine) == [[kind]]


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
def test_words_of_a_whole_record_tell_of_its_new_video_and_of_the_report_that_makes_it_fit(home, ledger):
    videos = search(home, "taser district:04 kind:video")
    cases, neither = search(home, "anywhere:taser kind:record"), search(home, "taser -ferry kind:video")

    def add(ident, kind, text=""):
        added = file("LH-1", ident)
        added.kind = kind
        ledger.commit(added, *(held(ledger, ident, text) if text else ()), event("LH-1", "file_added", files=[ident]))
        ledger.match()

    def heard(subscription):
        found = Delivery.objects.filter(subscription=subscription).order_by("created_at", "id")
        return [[file["id"] for file in Event.objects.get(id=i).files] for one in found for i in one.events]

    ledger.commit(*record("LH-1", "Ferry", {"district": "04"}), event("LH-1"))
    ledger.match()
    add("v1", "video")
    add("f1", "report", "a baton")
    assert heard(videos) == heard(cases) == []
    add("f2", "report", "a taser")  # an old case, with its old video, is found now
    assert heard(videos) == heard(cases) == [["f2"]]
    add("f3", "report", "a baton again")  # found before, and this says nothing of it
    add("f4", "report", "a taser again")  # and so does this: the case is known to fit
    assert heard(videos) == [["f2"]]
    add("v2", "video")
    assert (heard(videos), heard(neither)) == ([["f2"], ["v2"]], [])
    assert heard(cases) == [["f2"], ["f3"], ["f4"], ["v2"]]  # a record that is found tells what happens to its files


def test_other_filters_hold_too(home, ledger):
    subscriptions = {
        "both": search(home, "ferry", fields={"District": "04", "incident date": ">=2031-01"}),
        "kinds": search(home, "ferry", kinds=["changed"]),
        "record kinds": search(home, "ferry", record_kinds=["policy"]),
        "words": search(home, "ferry", words="pier"),
        "only fields": subscribe(home, "mailto:a@example.org", {"fields": {"district": "0*"}}),
        "other fields": subscribe(home, "mailto:a@example.org", {"fields": {"district": "!=04"}}),
    }
    fields = {"district": "04", "incident_date": "2031-01-31"}
    ledger.commit(*record("LH-1", "Ferry", fields), event("LH-1"))
    ledger.match()
    assert {name for name, one in subscriptions.items() if told(one)} == {"both", "only fields"}


def test_nothing_for_the_muted_and_the_late(home, ledger):
    muted = search(home, "ferry")
    before = datetime.now(UTC) - timedelta(hours=1)
    mute(muted.id)
    assert ledger.commit(*record("LH-1", "Ferry"), event("LH-1"))
    assert MatchOwed.objects.count() == 0  # nobody asks
    first = search(home, "ferry boat")
    ledger.commit(*record("LH-2", "Ferry boat"), event("LH-2"))
    late = search(home, "ferry")
    ledger.match()
    assert (told(muted), told(first), told(late)) == ([], [["new"]], [])
    ledger.commit(event("LH-2", "changed"), at=before)
    assert MatchOwed.objects.count() == 0


def test_the_store_is_down_and_comes_back(home, ledger):
    mine = search(home, "harpoon")
    ledger.commit(*record("LH-1", "Harpoon"), file("LH-1", "f1"), event("LH-1", files=["f1"]))
    ledger.commit(*held(ledger, "f1", "x"))
    ledger.down = True
    assert ledger.match().waiting == 2
    assert (MatchOwed.objects.count(), Delivery.objects.count()) == (2, 0)
    ledger.down = False
    assert ledger.match().commits == 0  # not every minute
    assert ledger.match(datetime.now(UTC) + timedelta(minutes=11)).deliveries == 1
    assert told(mine) == [["new"]]


def test_what_cannot_be_asked_about_stops_nobody_else(home, ledger, caplog):
    mine = search(home, "harpoon")
    ledger.commit(*record("LH-1", "Harpoon"), event("LH-1"))
    MatchOwed(commit="another", portal="another", at=datetime.now(UTC), next_at=datetime.now(UTC)).save()
    held(ledger, "f9", "x", read=False)[0].save()
    Derived(id="odd", portal="another", crawl="c", capture="capture f9 1", kind="conversion", mime="text/plain", engine="x",
            at=datetime.now(UTC), warc="w", offset=1, length=1, page=1).save()  # fmt: skip
    ChangeLog(commit="another", table="catalog.Derived", row="odd").save()

    def broken(wanted):
        for text in wanted:
            if text.id == "odd":
                raise MemoryError("far too large")
        yield from ledger.read(wanted)

    assert match_with(broken).deliveries == 1
    assert told(mine) == [["new"]]
    assert "what another brought: MemoryError: far too large" in caplog.text
    assert list(MatchOwed.objects.values_list("commit", flat=True)) == ["another"]


def test_waiting_matches_are_work_for_cron(home, ledger, monkeypatch):
    from crawler import schedule

    monkeypatch.setattr(schedule, "due", lambda *_: iter(()))
    monkeypatch.setattr(schedule, "ticks_due", lambda *_: iter(()))
    search(home, "harpoon")
    assert schedule.nothing_due(str(home.path))
    ledger.commit(*record("LH-1", "Harpoon"), event("LH-1"))
    assert not schedule.nothing_due(str(home.path))
    ledger.match()
    Delivery.objects.all().delete()
    assert schedule.nothing_due(str(home.path))


def test_a_first_crawl_is_one_digest_when_it_is_over(home, ledger):
    mine, listed = search(home, "harpoon"), search(home, "harpoon OR x", backfill=True)
    now = datetime.now(UTC)
    crawl = Crawl(id="c", portal="lake-harbor", started_at=now, verdict="running", backfill=True)
    crawl.save()
    old = {"backfill": True}
    ledger.commit(
        *record("LH-1", "Harpoon"),
        *record("LH-2"),
        file("LH-2", "f"),
        event("LH-1", **old),
        event("LH-2", files=["f"], **old),
    )
    assert ledger.match().commits == 0
    ledger.commit(*held(ledger, "f", "harpoon"))
    assert ledger.match().commits == 0
    crawl.ended_at = now
    crawl.save()
    assert ledger.match().commits == 0
    assert ledger.match(portal="lake-harbor").deliveries == 2  # as the crawl does when it is over
    assert told(mine) == [["new", "new"]]
    File.objects.filter(id="f").update(record="id of LH-1")
    ledger.commit(*record("LH-3"), event("LH-3", **old))
    ledger.commit(file("LH-3", "g"))
    ledger.match()
    ledger.commit(*held(ledger, "g", "harpoon"))
    ledger.match()
    assert (told(mine), told(listed)) == ([["new", "new"]], [["new", "new"], ["new"]])


def test_a_first_crawl_that_never_ends_is_asked_in_the_end(home, ledger):
    mine = search(home, "harpoon")
    began = datetime.now(UTC)
    Crawl(id="c", portal="lake-harbor", started_at=began, verdict="running", backfill=True).save()
    ledger.commit(*record("LH-1", "Harpoon"), event("LH-1", backfill=True))
    assert ledger.match(began + timedelta(hours=5)).commits == 0
    assert ledger.match(began + timedelta(hours=7)).commits == 1
    assert told(mine) == [["new"]]


def test_quarantined_events_are_for_editors_and_released_words_are_found(home, ledger):
    reader, editor = search(home, "ferry"), search(home, "ferry pier")
    type(editor).objects.filter(id=editor.id).update(role="editor")
    ledger.commit(*record("LH-1", "Ferry pier"), file("LH-1", "f"), event("LH-1", "quarantined", files=["f"]))
    ledger.match()
    assert (told(reader), told(editor)) == ([], [["quarantined"]])
    words = search(home, "victim")
    ledger.commit(event("LH-1", files=["f"]))
    ledger.commit(*held(ledger, "f", "here stands ████"))
    ledger.match()
    assert told(words) == []
    passage = Quarantine(id="q", portal="lake-harbor", record="id of LH-1", file="f", digest="sha256:f-1", capture="x", page=1,
                         spans=[], engine="x", reason="under a box", state="released", at=datetime.now(UTC), crawl="c")  # fmt: skip
    ledger.texts["text of f 1"] = "here stands victim"
    ledger.commit(passage)
    ledger.match()
    assert told(words) == [["new"]]


def test_two_processes_at_once_owe_once(home, ledger):
    mine = search(home, "harpoon")
    ledger.commit(*record("LH-1", "Harpoon"), file("LH-1", "f1"), event("LH-1", files=["f1"]))
    ledger.commit(*held(ledger, "f1", "harpoon"))
    other = []

    def overtaken(wanted):
        if not other:
            other.append(match_with(ledger.read))
        yield from ledger.read(wanted)

    done = match_with(overtaken)
    assert (done.deliveries, other[0].deliveries) == (0, 1)
    assert told(mine) == [["new"]]


def test_a_replay_after_a_rebuild_tells_nobody_twice(home, ledger):
    mine = search(home, "harpoon")
    rows = [*record("LH-1", "Harpoon"), event("LH-1")]
    made = ledger.commit(*rows)
    ledger.match()
    owe(made)
    assert MatchOwed.objects.count() == 1
    assert ledger.match().deliveries == 0
    assert told(mine) == [["new"]]


def test_a_search_that_means_nothing_any_more_stops_nobody(home, ledger):
    broken, mine = search(home, "ferry"), search(home, "harpoon")
    type(broken).objects.filter(id=broken.id).update(filters={"query": "ferry ("})
    ledger.commit(*record("LH-1", "Harpoon"), event("LH-1"))
    assert ledger.match().deliveries == 1
    assert told(mine) == [["new"]]


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
def test_a_field_that_changes_makes_an_old_record_fit_once(home, ledger):
    videos, reports = search(home, "taser district:04 kind:video"), search(home, "taser district:04")
    others = search(home, "taser district:05 kind:video"), search(home, "baton district:04 kind:video")
    film, report = file("LH-1", "v1"), file("LH-1", "f1")
    film.kind = "video"
    ledger.commit(*record("LH-1", "Ferry", {"district": "03"}), film, report, event("LH-1", files=["v1", "f1"]))
    ledger.commit(*held(ledger, "f1", "a taser"))
    ledger.match()

    def becomes(number, fields, *events):
        first = RecordVersion.objects.get(record="id of LH-1", number=1)
        first.pk, first.number, first.fields = f"version {number}", number, fields
        Record.objects.filter(id="id of LH-1").update(version=number)
        made = ledger.commit(first, *events)
        ledger.match()
        return made

    assert [told(one) for one in (videos, reports, *others)] == [[], [], [], []]
    made = becomes(2, {"district": "04"}, event("LH-1", "changed"))
    assert [told(one) for one in (videos, reports, *others)] == [[["changed"]], [["changed"]], [], []]
    owe(made)  # as after a rebuild
    ledger.match()
    becomes(3, {"district": "04", "status": "closed"}, event("LH-1", "changed"))  # it fitted before
    becomes(4, {"district": "05"})  # flapping or our own reading: no event tells of it
    assert [told(one) for one in (videos, reports, *others)] == [[["changed"]], [["changed"]], [], []]
    becomes(5, {"district": "03"}, event("LH-1", "changed"))
    Restriction(
        id="r", kind="record", portal="lake-harbor", record="id of LH-1", why="x", by="x", at=datetime.now(UTC)
    ).save()
    becomes(6, {"district": "04"}, event("LH-1", "changed"))  # shown to nobody
    Restriction.objects.all().delete()
    assert [told(one) for one in (videos, reports, *others)] == [[["changed"]], [["changed"]], [], []]


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
def test_a_field_that_changes_tells_nothing_of_words_that_are_held_back(home, ledger):
    mine = search(home, "victim district:04 kind:video")
    film, report = file("LH-1", "v1"), file("LH-1", "f1")
    film.kind = "video"
    ledger.commit(*record("LH-1", "Ferry", {"district": "03"}), film, report, event("LH-1", files=["v1", "f1"]))
    ledger.commit(*held(ledger, "f1", "the victim"), Quarantine(
        id="q", portal="lake-harbor", record="id of LH-1", file="f1", digest="sha256:f1-1", capture="x", page=1, spans=[[0, 99]],
        engine="x", reason="under a box", state="held", at=datetime.now(UTC), crawl="c"))  # fmt: skip
    ledger.match()
    first = RecordVersion.objects.get(record="id of LH-1")
    first.pk, first.number, first.fields = "version 2", 2, {"district": "04"}
    Record.objects.filter(id="id of LH-1").update(version=2)
    ledger.commit(first, event("LH-1", "changed"))
    ledger.match()
    assert told(mine) == []
