"""Saved searches asked about what commits brought, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog.models import ChangeLog, Crawl, Derived
from releases.alerts.matching import match_with, owe
from releases.alerts.subscriptions import mute, subscribe
from releases.models import Delivery, Event, File, MatchOwed, Quarantine
from tests.unit.releases.alerts.ledgers import event, file, held, home, ledger, record, search, told

__all__ = ["home", "ledger"]  # the fixtures


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
