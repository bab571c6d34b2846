"""A portal's file in the browser, and the jobs that the keeper runs for operators."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from config.portal import read_portal
from tests.newsroom.inside import Newsroom
from web.accounts.models import AuditEntry
from web.operate import jobs
from web.operate.models import Job

SLUG = "lake-harbor"
FILE = f"/operate/portals/{SLUG}/file"


def _opened(page: str) -> tuple[str, str]:
    """The text in the editor, and the mark of the file it was opened from."""
    text = unescape(page.split("<textarea")[1].split(">\n", 1)[1].split("</textarea>", maxsplit=1)[0])
    return text, page.split('name="opened" value="')[1].split('"', maxsplit=1)[0]


def test_a_portal_file_is_edited(newsroom: Newsroom) -> None:
    client, file = newsroom.client("operator"), newsroom.home.portals / f"{SLUG}.toml"
    before = file.read_text("utf-8")
    text, opened = _opened(client.get(FILE).content.decode())
    assert text == before
    assert "allow_private_network" in before, "the sample stands on this machine"

    def save(text: str, **more: str) -> tuple[int, str]:
        page = client.post(FILE, {"text": text, "opened": opened, "do": "save", **more})
        return page.status_code, unescape(page.content.decode())

    for wrong, said in (
        ("speed = 9\n" + before, "speed = 9: there is no such key"), ("slug = ", "this is not TOML"), ("", "slug is missing"),
        (before.replace(f'"{SLUG}"', '"other"', 1), "does not match the file's name"), ("\0", "this is not TOML"),
        (before.replace('"daily"', '"often"'), "schedule = 'often'"), ("# " + "é" * 200_000, "too long"),
        ("</textarea><script>alert(1)</script>", "this is not TOML"),
    ):  # fmt: skip
        code, page = save(wrong)
        assert code == 400, wrong[:40]
        assert said in page, wrong[:40]
        assert "recordwatch-job" not in page
        assert "/tmp/" not in page.split("<textarea")[0]
    raw = client.post(FILE, {"text": "</textarea><script>", "opened": opened, "do": "save"}).content.decode()
    assert "</textarea><script>" not in raw
    assert file.read_text("utf-8") == before

    closed = "\n".join(line for line in before.splitlines() if not line.startswith("allow_private_network")) + "\n"
    assert save(closed.replace("\n", "\r\n"))[0] == 302
    assert file.read_text("utf-8") == closed
    assert (file.parent / f"{SLUG}.toml.bak").read_text("utf-8") == before
    code, page = save(closed)
    assert (code, "somebody changed this file" in page) == (400, True)

    text, opened = _opened(client.get(FILE).content.decode())
    code, page = save(before)
    assert (code, "inside your own network" in page) == (400, True)
    assert file.read_text("utf-8") == closed
    assert save(before, private="yes")[0] == 302
    assert file.read_text("utf-8") == before
    saved = AuditEntry.objects.filter(action="portal.saved").order_by("id")
    assert [entry.detail["opens_private_network"] for entry in saved] == [False, True]
    assert read_portal(file).slug == SLUG
    assert sorted(path.name for path in file.parent.iterdir()) == [f"{SLUG}.toml", f"{SLUG}.toml.bak"]

    file.write_bytes(b"\xff\xfe")
    assert client.get(FILE).status_code == 400
    broken = client.get(f"/operate/portals/{SLUG}")
    assert (broken.status_code, "not UTF-8" in broken.content.decode()) == (200, True)


def _until_done(newsroom: Newsroom, job: Job) -> Job:
    """Do as the keeper does until the job is over."""
    pause = threading.Event()
    for _ in range(2400):
        jobs.look(newsroom.home)
        job.refresh_from_db()
        if job.state not in {"waiting", "running"}:
            return job
        pause.wait(0.05)
    raise AssertionError(job.state)


def test_the_keeper_checks_a_draft_and_looks_at_the_machine(newsroom: Newsroom) -> None:
    client = newsroom.client("operator")
    text, opened = _opened(client.get(FILE).content.decode())
    draft = text.replace("spider = ", 'spider = "nosuch" #', 1)
    asked = client.post(FILE, {"text": draft, "opened": opened, "do": "check", "private": "yes"})
    path = asked["Location"]
    assert "waits for the keeper" in client.get(path).content.decode()
    assert client.post(FILE, {"text": draft, "opened": opened, "do": "check", "private": "yes"})["Location"] == path
    checked = _until_done(newsroom, Job.objects.exclude(kind="doctor").get())
    assert checked.state == "failed"
    page = unescape(client.get(path).content.decode())
    assert "nosuch" in page
    assert "recordwatch-job" not in page
    assert 'hx-trigger="every 2s"' not in client.get(path, headers={"HX-Request": "true"}).content.decode()

    client.post("/operate/doctor")
    _until_done(newsroom, Job.objects.filter(kind="doctor").latest("id"))
    page = client.get("/operate/store").content.decode()
    assert "tesseract" in page
    assert str(newsroom.home.path) in page


def test_a_job_is_ended_when_it_takes_too_long_or_the_keeper_ends(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = jobs.ask("doctor", None)
    monkeypatch.setitem(jobs.LONGEST, "doctor", timedelta(0))
    assert late is not None
    assert _until_done(newsroom, late).state == "late"
    monkeypatch.setitem(jobs.LONGEST, "doctor", timedelta(minutes=2))
    stopped = jobs.ask("doctor", None)
    assert stopped is not None
    jobs.look(newsroom.home)
    jobs.stop()
    stopped.refresh_from_db()
    assert stopped.state == "stopped"

    Job.objects.all().delete()
    for n in range(jobs.MOST_WAITING):
        assert jobs.ask("check", None, portal=SLUG, text=f"# {n}") is not None
    assert jobs.ask("check", None, portal=SLUG) is None
    answer = newsroom.client("operator").post(f"/operate/portals/{SLUG}/do", {"do": "check"})
    assert (answer.status_code, Job.objects.count()) == (429, jobs.MOST_WAITING)
    Job.objects.update(state="running", began_at=datetime.now(UTC) - timedelta(hours=1))
    jobs.tidy(newsroom.home, datetime.now(UTC))
    assert not Job.objects.filter(state="running").exists()
    assert Job.objects.get(state="waiting").kind == "doctor", "it is looked at by itself now and then"
