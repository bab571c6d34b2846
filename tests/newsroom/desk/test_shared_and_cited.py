"""A link to one record for somebody without an account; citations; one's own data, taken along and deleted."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.access import Order
from archive.catalog.models import Capture
from config.errors import ConfigError
from releases.alerts.subscriptions_carry import export_settings, import_settings
from releases.models import Account, File, FileVersion, Record, Subscription
from releases.restricting.commit import shut_record
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of
from web.accounts.models import AuditEntry
from web.desk.carry import PREFIX, exported, imported
from web.desk.models import Folder, ListAlert, Note, SharedRecord, Team, WatchList


def _link(newsroom: Newsroom, record: Record, days: str = "3") -> str:
    mine = newsroom.client("reporter")
    mine.post("/desk/links", {"record": record.id, "days": days, "note": "for the lawyer"})
    found = re.search(r"/shared/[\w-]+", mine.get("/desk").content.decode())
    assert found
    return found[0]


def test_a_link_shows_one_record_even_where_reading_needs_an_account(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.shell.viewer.open_to_all", lambda: False)
    file = File.objects.filter(version=2).exclude(record="").order_by("id")[0]
    record = Record.objects.get(id=file.record)
    other = File.objects.exclude(record=record.id).filter(version__gt=0).order_by("id")[0]
    link, anybody = _link(newsroom, record), newsroom.client()
    assert anybody.get("/releases").status_code == 302
    page = anybody.get(link)
    text = page.content.decode()
    assert record.title in text
    assert "for the lawyer" not in text
    assert "a-reporter" not in text
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "private, no-store")
    version = FileVersion.objects.get(file=file.id, number=1)
    assert f"{link}/files/{file.id}/v/1" in text
    sent = anybody.get(f"{link}/files/{file.id}/v/1")
    assert (sent.status_code, len(sent.getvalue())) == (200, version.size)
    assert anybody.get(f"{link}/files/{other.id}/v/1").status_code == 404
    assert anybody.get(f"{link}/files/{file.id}/v/99").status_code == 404
    assert anybody.get(f"/files/{file.id}").status_code == 302
    made = SharedRecord.objects.get()
    assert made.opened == 1
    assert link.rpartition("/")[2] not in json.dumps(list(SharedRecord.objects.values()), default=str)
    said = list(AuditEntry.objects.filter(action="link.made").values_list("about", "detail"))
    assert said == [("", {"days": 3})]
    assert newsroom.client("operator").post(f"/desk/links/{made.id}/revoke").status_code == 404
    SharedRecord.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert anybody.get(link).status_code == 404
    SharedRecord.objects.update(expires_at=datetime.now(UTC) + timedelta(days=1))
    assert anybody.get(link).status_code == 200
    newsroom.client("reporter").post(f"/desk/links/{made.id}/revoke")
    assert anybody.get(link).status_code == 404
    assert anybody.get(f"{link}/files/{file.id}/v/1").status_code == 404


def test_what_is_restricted_is_in_no_link_no_folder_and_no_citation(newsroom: Newsroom) -> None:
    record = Record.objects.get(portal="lake-harbor", printed_key="LH-2026-0002")
    link = _link(newsroom, record)
    mine = newsroom.client("reporter")
    mine.post("/desk/folders", {"name": "Story", "kind": "record", "what": record.id})
    mine.post("/desk/lists", {"name": "List", "record": record.id})
    folder, watched = Folder.objects.get(), WatchList.objects.get()
    assert record.title in mine.get(f"/desk/folders/{folder.id}.md").content.decode()
    shut_record(newsroom.holdings, record, Order("R. Porter", "a court says so", datetime.now(UTC)))
    assert newsroom.get(link).status_code == 404
    assert newsroom.get(f"/cite/record/{record.id}").status_code == 404
    for page in (f"/desk/folders/{folder.id}", f"/desk/folders/{folder.id}.md", f"/desk/lists/{watched.id}", "/desk"):
        assert record.title not in mine.get(page).content.decode(), page
    assert mine.get(f"/desk/lists/{watched.id}.json").json()["rows"] == []
    assert mine.post("/desk/links", {"record": record.id}).status_code == 404


def test_a_citation_says_agency_title_when_digest_and_where(newsroom: Newsroom) -> None:
    file = File.objects.filter(version=2).order_by("id")[0]
    version = FileVersion.objects.get(file=file.id, number=1)
    item = newsroom.get(f"/cite/file/{file.id}.json?v=1&page=3").json()[0]
    assert (item["archive_location"], item["version"], item["page"]) == (version.digest, "1", "3")
    assert item["author"] == [{"literal": "Lake Harbor Office of Police Review"}]
    assert version.capture in item["note"]
    record, capture = Record.objects.get(id=file.record), Capture.objects.filter(kind="response").order_by("id")[0]
    for kind, ident in (("record", record.id), ("file", file.id), ("capture", capture.id)):
        page = newsroom.get(f"/cite/{kind}/{ident}")
        assert page.status_code == 200
        assert "sha256:" in page.content.decode()
        assert newsroom.get(f"/cite/{kind}/{ident}.bib").content.startswith(b"@misc{recordwatch-")
        assert newsroom.get(f"/cite/{kind}/{ident}.md").status_code == 200
    Record.objects.filter(id=record.id).update(printed_key="", key="a](javascript:x) `b` {c}\\d%")
    assert "](javascript" not in newsroom.get(f"/cite/record/{record.id}.md").content.decode().replace("\\]", "")
    assert "{c}" not in newsroom.get(f"/cite/record/{record.id}.bib").content.decode()
    for wrong in (
        f"/cite/record/{record.id}?v=99",
        "/cite/record/x",
        "/cite/portal/x",
        f"/cite/file/{record.id}",
        "/cite/capture/%00",
    ):
        assert newsroom.get(wrong).status_code == 404, wrong


def test_ones_own_data_is_taken_along_and_deleted(newsroom: Newsroom) -> None:
    mine, record = newsroom.client("reporter"), Record.objects.order_by("id")[0]
    other = newsroom.client("editor")
    for somebody in (mine, other):
        somebody.post("/desk/notes", {"kind": "record", "what": record.id, "text": "words"})
    mine.post("/desk/watch", {"record": record.id})
    mine.post(
        "/subscriptions/new", {"sent": "1", "portal": "lake-harbor", "way": "mail", "cadence": "daily", "name": "Mine"}
    )
    _link(newsroom, record)
    data = mine.get("/accounts/me/data.json").json()
    assert data["account"]["username"] == "a-reporter"
    assert [note["text"] for note in data["notes"]] == ["words"]
    assert [len(data[name]) for name in ("subscriptions", "watch_lists", "shared_links")] == [1, 1, 1]
    assert not {"password", "mute_token", "digest"} & set(re.findall(r'"(\w+)":', json.dumps(data)))
    assert newsroom.get("/accounts/me/data.json").status_code == 404
    mine.post("/accounts/me/data", {"name": "somebody"})
    assert Note.objects.count() == 2
    mine.post("/accounts/me/data", {"name": "a-reporter"})
    assert [note.owner.username for note in Note.objects.all()] == ["a-editor"]
    left = (WatchList.objects.count(), SharedRecord.objects.count(), Subscription.objects.filter(name="Mine").count())
    assert left == (0, 0, 0)
    assert Account.objects.filter(username="a-reporter").exists()


def test_desks_move_to_another_home_with_their_accounts(newsroom: Newsroom, told: Path, tmp_path: Path) -> None:
    mine, record = newsroom.client("reporter"), Record.objects.order_by("id")[0]
    mine.post("/desk/teams", {"name": "Team"})
    team = Team.objects.get()
    mine.post("/desk/lists", {"name": "List", "for": team.id, "record": record.id})
    mine.post(f"/desk/lists/{WatchList.objects.get().id}/change", {"action": "tell"})
    mine.post("/desk/folders", {"name": "Story", "kind": "record", "what": record.id})
    mine.post("/desk/notes", {"kind": "record", "what": record.id, "text": "words"})
    link = _link(newsroom, record)
    rows = [json.loads(json.dumps(row, default=str)) for row in (*export_settings(), *exported())]
    others = [row for row in rows if not row["row"].startswith(PREFIX)]
    desks = [row for row in rows if row["row"].startswith(PREFIX)]
    with Newsroom.over(copy_of(told, tmp_path / "other")) as other:
        with pytest.raises(ConfigError, match="no account 'a-reporter'"):
            imported(desks)
        assert Team.objects.count() == 0
        other.account("reporter")
        import_settings(others)
        assert imported(desks) == len(desks)
        assert imported(desks) == 0
        again = [json.loads(json.dumps(row, default=str)) for row in exported()]
        assert again == desks
        told_of = Subscription.objects.get(id__in=ListAlert.objects.values("subscription"))
        assert told_of.owner.username == "a-reporter"
        assert other.get(link).status_code == 200
        with pytest.raises(ConfigError, match="row 2"):
            imported([desks[0], {"row": "desk.nothing"}])
