"""A held version goes to DocumentCloud: against a server shaped after its documentation."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from archive.access import Order
from config.home import open_home
from releases.alerts.subscriptions_carry import export_settings, import_settings
from releases.documentcloud.asking import ask
from releases.documentcloud.client import Refused
from releases.documentcloud.sending import due, go_on
from releases.models import File, FileVersion, Quarantine, Record, Sending
from releases.restricting.commit import shut_file
from tests.newsroom.inside import Newsroom
from tests.services.documentcloud import PASSWORD, Cloud, documentcloud


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("DESK_CLOUD", PASSWORD)
    monkeypatch.setenv("RECORDWATCH_PATIENCE", "0")
    with documentcloud() as mine:
        yield mine


@pytest.fixture
def newsroom(newsroom_once: Newsroom, cloud: Cloud) -> Newsroom:
    """The module's home, with this test's server in its settings, and nothing sent yet."""
    file, word = newsroom_once.home.path / "recordwatch.toml", "\n[documentcloud]"
    file.write_text(file.read_text("utf-8").partition(word)[0] + "\n" + cloud.settings, "utf-8")
    newsroom_once.holdings.home = newsroom_once.home = open_home(newsroom_once.home.path)
    Sending.objects.all().delete()
    return newsroom_once


def report() -> tuple[File, FileVersion]:
    version = FileVersion.objects.filter(mime="application/pdf").order_by("id").first()
    assert version is not None
    return File.objects.get(pk=version.file), version


def again(ident: str) -> None:
    """As if its time to go on had come."""
    Sending.objects.filter(id=ident).update(next_at=datetime.now(UTC) - timedelta(seconds=1))


def test_from_a_files_page_to_its_address_there(newsroom: Newsroom, cloud: Cloud) -> None:
    file, version = report()
    page = newsroom.get(f"/files/{file.id}?v={version.number}", "reporter").content.decode()
    form = f"/desk/documentcloud/new?file={file.id}&amp;v={version.number}"
    assert form in page
    assert "DocumentCloud" not in newsroom.get(f"/files/{file.id}").content.decode()
    asked = newsroom.get(form.replace("&amp;", "&"), "reporter").content.decode()
    assert version.digest in asked
    assert 'value="private" checked' in asked
    assert not cloud.asked
    assert newsroom.get(form.replace("&amp;", "&"), "reader").status_code == 403
    client = newsroom.client("reporter")
    sent = client.post("/desk/documentcloud/new", {"file": file.id, "v": version.number, "access": "private"})
    again_sent = client.post("/desk/documentcloud/new", {"file": file.id, "v": version.number, "access": "public"})
    assert sent.status_code == 302
    assert sent["location"] == again_sent["location"]  # once is enough
    (ident,) = due(datetime.now(UTC))
    heard: list[tuple[str, int]] = []
    go_on(newsroom.holdings, ident, lambda one: heard.append((one.state, one.sent)))
    (document,) = cloud.documents.values()
    assert hashlib.sha256(cloud.bytes[document["id"]]).hexdigest() == version.digest.removeprefix("sha256:")
    assert heard[-1] == ("processing", version.size)
    assert ("sending", version.size) in heard
    assert {name: document[name] for name in ("access", "source", "original_extension", "projects", "status")} == {
        "access": "private", "source": newsroom.home.portal(file.portal).agency, "original_extension": "pdf",
        "projects": [77], "status": "pending",
    }  # fmt: skip
    data = document["data"]
    assert data["recordwatch_digest"] == [version.digest]
    assert datetime.fromisoformat(data["recordwatch_captured_at"][0]) == version.at.replace(microsecond=0)
    assert data["recordwatch_record"]
    assert document["related_article"].startswith("http")
    state = client.get(sent["location"], headers={"HX-Request": "true"}).content.decode()
    assert document["canonical_url"] in state
    assert "makes them readable" in state
    document["status"] = "success"
    again(ident)
    assert go_on(newsroom.holdings, ident).state == "done"
    assert (
        document["canonical_url"] in newsroom.get(f"/files/{file.id}?v={version.number}", "reporter").content.decode()
    )
    assert document["canonical_url"] not in newsroom.get(f"/files/{file.id}?v={version.number}").content.decode()
    kept = [row for row in export_settings() if row["row"] == "sending"]
    Sending.objects.all().delete()
    import_settings(kept)
    found = Sending.objects.get()
    assert (found.address, found.by) == (document["canonical_url"], newsroom.account("reporter"))
    assert document["canonical_url"] in client.get("/accounts/me/data.json").content.decode()
    assert client.get("/desk/documentcloud/nothing").status_code == 404
    assert client.get("/desk/documentcloud/new?file=%00&v=99999999999999").status_code == 404
    assert PASSWORD not in str(list(Sending.objects.values()))


@pytest.mark.parametrize(
    "plan",
    [
        ("POST /api/documents/", "cut"), ("POST /api/documents/", 503), ("PUT /storage", 403),
        ("POST /api/documents/2", "cut"), ("POST /accounts", 502), ("GET /api/documents/2", 429),
    ],
)  # fmt: skip
def test_whatever_breaks_it_goes_on_where_it_was(newsroom: Newsroom, cloud: Cloud, plan: tuple[str, int | str]) -> None:
    file, version = report()
    made = ask(newsroom.home, file, version, "private", None)
    cloud.plan.append(plan)
    broken = go_on(newsroom.holdings, made.id)
    assert (broken.attempts, broken.state) == (1, "sending")
    assert broken.problem
    assert due(datetime.now(UTC)) == []
    again(made.id)
    cloud.tokens.clear()  # five minutes are over
    assert go_on(newsroom.holdings, made.id).state == "processing"
    assert len(cloud.documents) == 1 == len(cloud.bytes)


def test_what_may_not_leave_is_refused_when_it_is_asked_for_and_before_its_bytes_go(
    newsroom: Newsroom, cloud: Cloud
) -> None:
    file, version = report()
    made = ask(newsroom.home, file, version, "private", None)
    held = Quarantine.objects.create(
        id="q", portal=file.portal, record=file.record, file=file.id, digest=version.digest, capture=version.capture, page=1,
        spans=[[0, 4]], engine="e", reason="under a box", state="held", at=version.at, crawl="c",
    )  # fmt: skip
    with pytest.raises(Refused, match="meant to black out"):
        ask(newsroom.home, file, version, "private", None)
    failed = go_on(newsroom.holdings, made.id)
    assert (failed.state, cloud.documents) == ("failed", {})
    assert "black out" in failed.problem
    assert "black out" in newsroom.get(f"/desk/documentcloud/{made.id}", "reporter").content.decode()
    held.delete()
    File.objects.filter(pk=file.id).update(state="deposited")
    with pytest.raises(Refused, match="handed in"):
        ask(newsroom.home, File.objects.get(pk=file.id), version, "private", None)
    File.objects.filter(pk=file.id).update(state=file.state)
    with pytest.raises(Refused):
        ask(newsroom.home, file, version, "everybody", None)
    with pytest.raises(Refused, match="names"):
        ask(
            newsroom.home,
            file,
            FileVersion(url="https://a.example/x.mp4", mime="video/mp4", digest="sha256:0"),
            "private",
            None,
        )
    # Somebody changed the password: one sentence, without either of them.
    os.environ["DESK_CLOUD"] = "another one"
    failed = go_on(newsroom.holdings, ask(newsroom.home, file, version, "private", None).id)
    assert failed.problem.startswith("the accounts server does not take the password of 'desk'")
    assert "another one" not in failed.problem
    os.environ["DESK_CLOUD"] = PASSWORD
    command = [
        sys.executable,
        "-m",
        "cli",
        "documentcloud",
        "send",
        file.portal,
        _key(file),
        file.id,
        "--yes",
        "--json",
        "--home",
    ]
    done = subprocess.run([*command, str(newsroom.home.path)], capture_output=True, text=True, timeout=120, check=True)
    (document,) = cloud.documents.values()
    assert json.loads(done.stdout)["address"] == document["canonical_url"]
    # Restricted later: what is here says no word of it any more.
    shut_file(newsroom.holdings, file.id, Order("A. Editor", "asked for", datetime.now(UTC)))
    assert newsroom.get(f"/desk/documentcloud/{json.loads(done.stdout)['id']}", "reporter").status_code == 404


def _key(file: File) -> str:
    return str(Record.objects.get(pk=file.record).key)
