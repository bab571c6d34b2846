"""Saved searches that ask for words and fields of whole records: what comes to an old record makes it fit."""

from datetime import UTC, datetime

import pytest

from archive.catalog.models import Restriction
from releases.alerts.matching import owe
from releases.models import Delivery, Event, Quarantine, Record, RecordVersion
from tests.unit.releases.alerts.ledgers import event, file, held, home, ledger, record, search, told

__all__ = ["home", "ledger"]  # the fixtures


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
