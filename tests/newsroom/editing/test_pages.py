"""The editors' pages: quarantine decided on, things restricted and lifted, records merged, events taken back."""

from __future__ import annotations

import fcntl
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.catalog.models import Capture, Restriction
from archive.verify import verify
from releases.access import shut_records, without_names
from releases.ledger.queries import find
from releases.models import Event, File, FileVersion, Quarantine, Record
from releases.quarantine.listing import words_of
from tests.newsroom.inside import Newsroom
from tests.unit.cli.test_amending import rebuilt_equal
from web.accounts.actions import ACTIONS
from web.accounts.models_audit import AuditEntry

PORTAL = "lake-harbor"
WHY = {"why": "a witness asked"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_words_under_a_box_are_read_by_an_editor_who_asks_and_by_nobody_else(newsroom: Newsroom) -> None:
    row = Quarantine.objects.get(state="held")
    secret = " ".join(words_of(newsroom.holdings, row.id)[0].split())
    editor = newsroom.client("editor")
    assert "1 page holds words" in text(editor.get("/"))
    queue, page = text(editor.get("/editing")), text(editor.get(f"/editing/held/{row.id}"))
    assert row.id in queue
    assert '<rect class="box covers"' in page
    picture = re.search(r'<image href="([^"]+)"', page)
    assert picture  # as published, under the frames of its boxes
    assert editor.get(picture[1]).headers["Content-Type"] == "image/webp"
    assert newsroom.client("reporter").get(picture[1]).status_code == 403
    assert "█████" in page
    assert secret not in " ".join((queue + page).split())
    shown = editor.post(f"/editing/held/{row.id}/words")
    assert secret in " ".join(text(shown).split())
    assert shown.headers["Cache-Control"] == "no-store"
    entry = AuditEntry.objects.get(action="passages.read")
    assert (entry.name, entry.about) == ("a-editor", row.id)
    for role in ("", "reader", "reporter"):
        client = newsroom.client(role)
        assert client.get(f"/editing/held/{row.id}").status_code in {302, 403}
        assert client.post(f"/editing/held/{row.id}/words").status_code == 403
        assert "words that an agency meant" not in text(client.get("/"))
    reloaded = editor.get(f"/editing/held/{row.id}/words")
    assert (reloaded.status_code, reloaded.headers["Allow"]) == (405, "POST")
    assert "only takes what a form sends" in text(reloaded)

    decided = editor.post("/editing/decide", {"id": row.id, "state": "released", "why": "public interest"}, follow=True)
    assert "may be read now" in text(decided)
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.why) == ("released", "a-editor", "public interest")
    assert "Nothing waits for a decision" in text(editor.get("/editing"))
    assert "words that an agency meant" not in text(editor.get("/"))
    assert secret in " ".join(text(editor.get(f"/editing/held/{row.id}")).split())


def test_what_is_missing_is_said_and_nothing_is_changed(newsroom: Newsroom) -> None:
    editor, row = newsroom.client("editor"), Quarantine.objects.get(state="held")
    for sent, said in (
        ({"id": row.id, "state": "released", "why": " "}, "needs a reason"),
        ({"id": row.id, "state": "eaten", "why": "x"}, "may be read, or stay hidden"),
        ({"state": "kept", "why": "x"}, "Nothing is ticked"),
        ({"id": "\0", "state": "kept", "why": "x"}, "Nothing is ticked"),
        ({"id": "nothing-like-it", "state": "kept", "why": "x"}, "under this id"),
    ):
        assert said in text(editor.post("/editing/decide", sent, follow=True)), sent
    for sent, said in (
        ({"kind": "record", "portal": PORTAL, "key": "no such key", **WHY}, "no record has the key"),
        ({"kind": "record", "portal": PORTAL, "key": "lh-2025-0103"}, "This field is required"),
        (
            {"kind": "record", "portal": PORTAL, "key": "lh-2025-0103", "until": "2020-01-01", **WHY},
            "ended before it began",
        ),
        ({"kind": "record", "portal": PORTAL, "key": "lh-2025-0103", "review_by": "x", **WHY}, "valid date"),
        ({"kind": "capture", "capture": "0" * 12, **WHY}, "no such capture"),
        ({"kind": "file", "file": "0" * 12, **WHY}, "no file has this id"),
        ({"kind": "name", "name": "Al", **WHY}, "3 letters or more"),
        ({"kind": "name", "name": "a witness", **WHY}, "reason says the name"),
        ({"kind": "nonsense", "portal": "\0", "key": "x" * 600, **WHY}, "at most 512 characters"),
    ):
        answer = editor.post("/editing/restrict", sent)
        assert (answer.status_code, said.casefold() in " ".join(text(answer).casefold().split())) == (400, True), (
            sent,
            text(answer),
        )
    for path in ("/editing/held/x", "/editing/held/%00", "/editing/passages/x", "/editing/passages/" + "9" * 400):
        assert editor.get(path).status_code == 404, path
    for path in (
        "/editing/restrict?kind=%00&key=%00",
        "/editing/merge?key=" + "k" * 3000,
        "/editing?after=x",
        "/editing/retract?event=%00",
    ):
        assert editor.get(path).status_code in {200, 302, 400}, path
    for path in ("/editing/lift", "/editing/review", "/editing/unmerge"):
        assert editor.post(path, {"id": "x" * 5000}).status_code == 302, path
    assert not Restriction.objects.exists()
    row.refresh_from_db()
    assert row.state == "held"


def test_each_kind_is_restricted_listed_looked_at_again_and_lifted(newsroom: Newsroom) -> None:
    editor = newsroom.client("editor")
    record = find(PORTAL, "lh-2025-0103")
    file = File.objects.filter(record=find(PORTAL, "lh-2026-0002").id).exclude(digest="")[0]
    page = Capture.objects.filter(url=find(PORTAL, "lh-2025-0105").url, status=200)[0]
    soon = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    name = "Hedda Nobody"
    for sent in (
        {"kind": "record", "portal": PORTAL, "key": record.key, "review_by": soon},
        {"kind": "file", "file": file.id, "until": soon},
        {"kind": "capture", "capture": page.id},
        {"kind": "name", "name": name},
    ):
        assert editor.post("/editing/restrict", {**sent, **WHY}).status_code == 302, sent
    assert shut_records() == {record.id}
    assert without_names(f"of {name.upper()}") == "of █████"
    versions = set(FileVersion.objects.filter(file=file.id).values_list("digest", flat=True))
    assert set(Restriction.objects.filter(kind="bytes").values_list("digest", flat=True)) >= {
        *versions,
        page.payload_digest,
    }
    audit = [(entry.action, entry.about, str(entry.detail)) for entry in AuditEntry.objects.all()]
    assert {one[0] for one in audit} <= ACTIONS.keys()
    assert {one[0] for one in audit} >= {
        "restriction.record",
        "restriction.file",
        "restriction.capture",
        "restriction.name",
    }
    assert name.casefold() not in str(audit).casefold()
    queue = text(editor.get("/editing"))
    assert name in queue
    assert queue.count("look at it again</span>") == 0
    again = editor.post("/editing/restrict", {"kind": "record", "portal": PORTAL, "key": record.key, **WHY})
    assert "already" in text(again)

    Restriction.objects.filter(kind="record").update(review_by="2020-01-01")
    queue = text(editor.get("/editing"))
    assert queue.index("look at it again</span>") < queue.index(name)
    assert "1 restriction is due" in text(editor.get("/portals"))
    row = Restriction.objects.get(kind="record")
    assert editor.post("/editing/review", {"id": row.id, "review_by": soon, "why": "still"}).status_code == 302
    row.refresh_from_db()
    assert (row.review_by, row.why.count("\n")) == (soon, 1)
    assert rebuilt_equal(newsroom.home.path)
    editor = newsroom.client("editor")
    chosen = list(Restriction.objects.values_list("id", flat=True))
    assert editor.post("/editing/lift", {"id": chosen}).status_code == 302
    assert shut_records() == {record.id}  # no reason, no change
    assert editor.post("/editing/lift", {"id": chosen, "why": "the court opened it"}).status_code == 302
    assert shut_records() == set()
    assert without_names(name) == name
    assert "Nothing is restricted" in text(editor.get("/editing"))
    assert text(editor.get("/editing/history")).count("the court opened it") == len(chosen)
    assert list(verify(newsroom.holdings, full=True)) == []


def test_lines_of_a_page_are_masked_for_everybody(newsroom: Newsroom) -> None:
    editor = newsroom.client("editor")
    file = File.objects.filter(record=find(PORTAL, "lh-2025-0103").id, kind="report").exclude(digest="")[0]
    capture = Capture.objects.filter(payload_digest=file.digest).order_by("id")[0]
    address = f"/editing/passages/{capture.id}"
    page = text(editor.get(address))
    line = "The review found that"
    assert line in page
    number = page[: page.index(line)].rpartition('value="')[2].partition('"')[0]
    assert "Tick the lines" in text(editor.post(address, WHY))
    assert editor.post(address, {"line": number, **WHY}).status_code == 302
    page = text(editor.get(address))
    assert line not in page
    assert "█████" in page
    assert Restriction.objects.get(kind="passage").page == 1


def test_while_a_portal_is_crawled_nothing_is_lost(newsroom: Newsroom) -> None:
    editor, record = newsroom.client("editor"), find(PORTAL, "lh-2025-0103")
    sent = {"kind": "record", "portal": PORTAL, "key": record.key, "next": "/editing", **WHY}
    newsroom.home.locks.mkdir(exist_ok=True)
    with (newsroom.home.locks / f"{PORTAL}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = editor.post("/editing/restrict", sent)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")
        assert all(f'name="{name}" value="{value}"' in text(answer) for name, value in sent.items())
        assert not Restriction.objects.exists()
    assert editor.post("/editing/restrict", sent).status_code == 302
    assert shut_records() == {record.id}


def test_records_are_merged_and_events_taken_back(newsroom: Newsroom) -> None:
    editor = newsroom.client("editor")
    first, second = find(PORTAL, "lh-2025-0101"), find(PORTAL, "lh-2025-0102")
    assert editor.post("/editing/merge", {"portal": PORTAL, "key": first.key, "into": first.key}).status_code == 400
    elsewhere = editor.post("/editing/merge", {"portal": "no-such", "key": first.key, "into": second.key})
    assert (elsewhere.status_code, f'<option value="{PORTAL}"' in text(elsewhere)) == (400, True)
    assert editor.post("/editing/merge", {"portal": PORTAL, "key": first.key, "into": second.key}).status_code == 302
    assert find(PORTAL, first.key).id == second.id
    assert first.id in text(editor.get("/editing/merge"))
    assert editor.post("/editing/unmerge", {"id": first.id}).status_code == 302
    assert Record.objects.get(id=first.id).state == "present"
    event = Event.objects.filter(kind="changed")[0]
    way, page = f"/editing/retract?event={event.id}", f"/records/{PORTAL}/{event.key}"
    assert way in text(editor.get(page))
    assert way not in text(newsroom.get(page, "reporter"))
    assert event.title in text(editor.get(way))
    assert editor.post("/editing/retract", {"event": event.id, "why": "we mixed up two cases"}).status_code == 302
    assert way not in text(editor.get(page))
    correction = Event.objects.get(kind="retracted", old__event=event.id)
    assert correction.new is not None
    assert correction.new["by"] == "a-editor"
    again = editor.post("/editing/retract", {"event": event.id, "why": "again"})
    assert (again.status_code, "was retracted on" in text(again)) == (400, True)


def test_beside_pages_editors_alone_find_the_way_to_restrict(newsroom: Newsroom) -> None:
    record = find(PORTAL, "lh-2025-0103")
    page = f"/records/{PORTAL}/{record.key}"
    assert "/editing/restrict?kind=record" in text(newsroom.get(page, "editor"))
    assert "/editing" not in text(newsroom.get(page, "reporter"))
