"""Watch lists, folders, notes and teams: shown to whom they belong, and to nobody else."""

from __future__ import annotations

import csv
import io

from django.test import Client

from archive.catalog.models import Capture
from releases.models import File, Record, Subscription
from tests.newsroom.inside import Newsroom
from web.desk.models import Folder, FolderItem, ListAlert, Member, Note, Team, WatchList
from web.searching.kept import keep


def _team(newsroom: Newsroom) -> tuple[Client, Client, Team]:
    """Two reporters in one team."""
    first, second = newsroom.client("reporter"), Client(SERVER_NAME="127.0.0.1")
    second.force_login(newsroom.account("reporter", "second"))
    first.post("/desk/teams", {"name": "Investigations"})
    team = Team.objects.get()
    first.post(f"/desk/teams/{team.id}/change", {"action": "add", "account": "second"})
    assert team.members.count() == 2
    return first, second, team


def test_a_teams_list_stays_when_who_made_it_leaves(newsroom: Newsroom) -> None:
    first, second, team = _team(newsroom)
    record, other = Record.objects.filter(portal="lake-harbor").order_by("key")[:2]
    first.post("/desk/lists", {"name": "Shootings", "for": team.id, "record": record.id})
    found = WatchList.objects.get()
    where = f"/desk/lists/{found.id}"
    assert record.printed_key in second.get(where).content.decode()
    assert second.get(f"{where}.json").json()["rows"][0]["key"]
    # One alert for the list, which follows what is on it.
    alert = second.post(f"{where}/change", {"action": "tell"}).headers["Location"]
    told = Subscription.objects.get(id=alert.rpartition("/")[2])
    assert (told.owner.username, told.filters["records"]) == ("second", [record.id])
    first.post("/desk/watch", {"record": other.id, "list": found.id})
    told.refresh_from_db()
    assert told.filters["records"] == [record.id, other.id]
    for ident in (record.id, other.id):
        first.post(f"{where}/change", {"action": "off", "record": ident})
    told.refresh_from_db()
    assert told.filters["records"] == ["none"]  # never everything
    second.post("/desk/watch", {"record": record.id, "list": found.id})
    second.post(f"/desk/teams/{team.id}/change", {"action": "leave"})
    assert not Subscription.objects.filter(id=told.id).exists()
    assert ListAlert.objects.count() == 0
    assert second.get(where).status_code == 404
    first.post(f"/desk/teams/{team.id}/change", {"action": "add", "account": "second"})
    newsroom.account("reporter").delete()
    assert record.printed_key in second.get(where).content.decode()
    last = second.post(f"/desk/teams/{team.id}/change", {"action": "leave"})
    assert (last.status_code, Member.objects.count()) == (409, 1)


def test_a_folder_keeps_order_and_is_taken_along_with_citations(newsroom: Newsroom) -> None:
    mine = newsroom.client("reporter")
    file = File.objects.filter(version=2).order_by("id")[0]
    record = Record.objects.get(id=file.record)
    capture = Capture.objects.filter(kind="response").order_by("id")[0]
    mine.post("/desk/folders", {"name": "=cmd|' /C calc'!A0", "kind": "record", "what": record.id})
    found = Folder.objects.get()
    where, add = f"/desk/folders/{found.id}", {"folder": found.id}
    assert (
        mine.post("/desk/collect", {**add, "kind": "file", "what": file.id, "version": 1, "page": 2}).status_code == 302
    )
    mine.post("/desk/collect", {**add, "kind": "capture", "what": capture.id})
    mine.post("/desk/collect", {**add, "kind": "search", "q": 'kind:case "firearm"'})
    mine.post("/desk/collect", {**add, "kind": "note", "text": "Two lines,\r\n<b>plain</b>"})
    note = FolderItem.objects.get(kind="note")
    mine.post(f"{where}/change", {"action": "up", "item": note.pk})
    mine.post(f"{where}/change", {"action": "remark", "item": FolderItem.objects.get(kind="file").pk, "text": "=1+1"})
    rows = mine.get(f"{where}.json").json()["rows"]
    assert [row["kind"] for row in rows] == ["record", "file", "capture", "note", "search"]
    assert rows[1]["permalink"].endswith(f"/files/{file.id}?v=1&page=2")
    assert rows[1]["digest"].startswith("sha256:")
    assert rows[0]["agency"] == "Lake Harbor Office of Police Review"
    lines = list(csv.DictReader(io.StringIO(mine.get(f"{where}.csv").getvalue().decode("utf-8-sig"))))
    assert lines[1]["text"] == "'=1+1"
    text = mine.get(f"{where}.md").content.decode()
    assert rows[1]["digest"] in text
    assert 'Search: `kind:case "firearm"`' in text
    page = mine.get(where).content.decode()
    assert "&lt;b&gt;plain" in page
    assert page.count("<b>plain") == 0
    mine.post(f"{where}/change", {"action": "out", "item": note.pk})
    assert FolderItem.objects.filter(kind="note").count() == 0


def test_notes_stand_beside_what_they_are_about_for_who_may_see_them(newsroom: Newsroom) -> None:
    first, second, team = _team(newsroom)
    record = Record.objects.filter(portal="lake-harbor", printed_key="LH-2026-0002").get()
    first.post("/desk/notes", {"kind": "record", "what": record.id, "text": "for me"})
    first.post("/desk/notes", {"kind": "record", "what": record.id, "text": "for the team", "for": team.id})
    mine, ours = Note.objects.get(team=None), Note.objects.get(team=team)
    desk = second.get("/desk").content.decode()
    assert "for the team" in desk
    assert "for me" not in desk
    assert second.get(f"/desk/notes/{mine.id}").status_code == 404
    assert second.post(f"/desk/notes/{ours.id}", {"text": "mended"}).status_code == 302
    ours.refresh_from_db()
    assert (ours.text, ours.made_by.username) == ("mended", "a-reporter")
    assert second.post(f"/desk/notes/{mine.id}", {"action": "delete"}).status_code == 404
    assert first.post(f"/desk/notes/{mine.id}", {"action": "delete"}).status_code == 302
    assert list(Note.objects.all()) == [ours]


def test_what_is_somebody_elses_is_not_there_for_operators_either(newsroom: Newsroom) -> None:
    first, _second, team = _team(newsroom)
    record = Record.objects.filter(portal="lake-harbor").order_by("key")[0]
    first.post("/desk/lists", {"name": "Private list", "record": record.id})
    first.post("/desk/folders", {"name": "Private folder"})
    first.post("/desk/notes", {"kind": "record", "what": record.id, "text": "private words"})
    watched, folder, note = WatchList.objects.get(), Folder.objects.get(), Note.objects.get()
    for role in ("operator", "editor", "reporter-elsewhere", "reader", ""):
        stranger = newsroom.client() if role != "reporter-elsewhere" else Client(SERVER_NAME="127.0.0.1")
        if role == "reporter-elsewhere":
            stranger.force_login(newsroom.account("reporter", "elsewhere"))
        elif role:
            stranger = newsroom.client(role)
        expected = {404} if role not in {"reader", ""} else {302, 403}
        for address in (
            f"/desk/lists/{watched.id}", f"/desk/lists/{watched.id}.json", f"/desk/folders/{folder.id}",
            f"/desk/folders/{folder.id}.md", f"/desk/notes/{note.id}", f"/desk/teams/{team.id}",
        ):  # fmt: skip
            assert stranger.get(address).status_code in expected, (role, address)
        for address, data in (
            (f"/desk/lists/{watched.id}/change", {"action": "delete"}), (f"/desk/folders/{folder.id}/change", {"action": "delete"}),
            ("/desk/collect", {"folder": folder.id, "kind": "note", "text": "x"}), (f"/desk/notes/{note.id}", {"text": "x"}),
            (f"/desk/teams/{team.id}/change", {"action": "add", "account": "a-operator"}),
            ("/desk/watch", {"list": watched.id, "record": record.id}), ("/desk/lists", {"name": "x", "for": team.id}),
        ):  # fmt: skip
            assert stranger.post(address, data).status_code in {404, 403}, (role, address)
        if role not in {"reader", ""}:
            page = stranger.get("/desk").content.decode()
            assert "Private" not in page
            assert "private words" not in page
            assert "Investigations" not in page
    assert (WatchList.objects.count(), Folder.objects.count(), Note.objects.get().text) == (1, 1, "private words")


def test_nonsense_is_refused_in_words(newsroom: Newsroom) -> None:
    mine = newsroom.client("reporter")
    mine.post("/desk/folders", {"name": "Story"})
    folder = Folder.objects.get()
    for address, data, status in (
        ("/desk/lists", {"name": " \0 "}, 400), ("/desk/folders", {}, 400), ("/desk/teams", {"name": ""}, 400),
        ("/desk/notes", {"kind": "record", "what": "x", "text": "y"}, 404), ("/desk/notes", {"kind": "\0", "what": "\0"}, 404),
        ("/desk/notes", {"kind": "portal", "what": "lake-harbor", "text": "y"}, 404),
        ("/desk/watch", {"record": "\0" * 40}, 404), ("/desk/links", {"record": "x", "days": "9" * 400}, 404),
        ("/desk/collect", {"folder": folder.id, "kind": "search", "q": '"open'}, 400),
        ("/desk/collect", {"folder": folder.id, "kind": "search", "q": ""}, 400),
        ("/desk/collect", {"folder": folder.id, "kind": "note", "text": ""}, 400),
        (f"/desk/folders/{folder.id}/change", {"action": "up", "item": "9" * 30}, 404),
        (f"/desk/folders/{folder.id}/change", {"action": "?"}, 400), ("/desk/lists", {"name": "x", "for": "x"}, 404),
    ):  # fmt: skip
        assert mine.post(address, data).status_code == status, (address, data)
    for address in ("/desk/lists/%00", "/desk/notes/%F0%9F%98%80", f"/desk/folders/{'9' * 4000}", "/desk/teams/.."):
        assert mine.get(address).status_code == 404, address


def test_the_desk_stands_beside_records_files_captures_and_searches(newsroom: Newsroom) -> None:
    mine, anybody = newsroom.client("reporter"), newsroom.client()
    keep(newsroom.holdings)  # the search index
    file = File.objects.filter(version=2).order_by("id")[0]
    record, capture = Record.objects.get(id=file.record), Capture.objects.filter(kind="response").order_by("id")[0]
    mine.post("/desk/folders", {"name": "Story"})
    folder = Folder.objects.get()
    for kind, what, address in (
        ("record", record.id, f"/records/{record.portal}/{record.key}"),
        ("file", file.id, f"/files/{file.id}?v=1"),
        ("capture", capture.id, f"/captures/{capture.id}"),
    ):
        mine.post("/desk/notes", {"kind": kind, "what": what, "text": f"words on a {kind}"})
        mine.post("/desk/collect", {"kind": kind, "what": what, "folder": folder.id})
        page = mine.get(address).content.decode()
        assert f"words on a {kind}" in page
        assert 'name="folder"' in page
        assert f"/cite/{kind}/{what}" in page
        reading = anybody.get(address).content.decode()
        assert f"/cite/{kind}/{what}" in reading
        assert "words on a" not in reading
        assert "<form" not in reading.split('id="beside-desk"')[1].split("</section>")[0]
    found = mine.get("/search?q=firearm").content.decode().split('id="beside-desk"')[1]
    assert 'value="firearm"' in found
    assert "by mail" in anybody.get("/search?q=firearm").content.decode().split('id="beside-desk"')[1]
    assert [item.kind for item in folder.items.order_by("place")] == ["record", "file", "capture"]
