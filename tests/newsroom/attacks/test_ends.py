"""Accounts that are shut, keepers that are killed, disks that are full: what goes on then, and who notices."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.ids import uuid7
from config import signs
from releases.alerts.active import active
from releases.alerts.channel import channel_of
from releases.alerts.deliver import deliver_owed
from releases.alerts.errors import DeliveryFailed
from releases.alerts.own_network import leads_inside, named_inside
from releases.models import Account, Delivery, Event, Subscription
from tests.newsroom.inside import Newsroom
from web.accounts import people
from web.operate import jobs
from web.operate.models import Job
from web.records import export_jobs

NOW = datetime.now(UTC)


def _alert(owner: Account, channel: str, **more: Any) -> Subscription:
    return Subscription.objects.create(
        id=uuid7(), owner=owner, name="all", channel=channel, secret="whsec_MDEyMzQ1Njc4OWFiY2RlZg==", created_at=NOW,
        mute_token=uuid7(), filters={"everything": True}, **more,
    )  # fmt: skip


def test_who_may_not_log_in_is_told_nothing_more(shared: Newsroom) -> None:
    account = shared.account("editor", "dismissed")
    alert = _alert(account, "mailto:dismissed@example.org", role="editor")
    event = Event.objects.order_by("-at")[0]
    owed = Delivery.objects.create(
        id=uuid7(), subscription=alert, commit=uuid7(), events=[event.id], state="owed", next_at=NOW, created_at=NOW
    )
    people.set_role(account, "reporter", who=None)
    alert.refresh_from_db()
    assert alert.role == "reader", "what only editors are told, it is told no more"
    assert active().filter(id=alert.id).exists()
    people.disable(account, who=None)
    assert not active().filter(id=alert.id).exists()
    deliver_owed(shared.home, NOW + timedelta(minutes=1), [owed.id])
    owed.refresh_from_db()
    assert (owed.state, "shut" in owed.error) == ("dead", True)
    folder = shared.home.path / shared.home.settings.mail.folder
    assert not [path for path in folder.iterdir() if b"dismissed@" in path.read_bytes()]
    people.enable(account, who=None)
    assert active().filter(id=alert.id).exists()


@pytest.mark.parametrize(
    "host",
    ["127.1", "0x7f000001", "0177.0.0.1", "2130706433", "[::ffff:10.0.0.1]", "[fe80::1%25eth0]", "169.254.169.254", "0",
     "LOCALHOST.", "１２７.0.0.1", "127。0。0。1", "db.internal", "224.0.0.1", "100.64.0.1"],
)  # fmt: skip
def test_messages_are_not_sent_into_our_own_network(host: str) -> None:
    assert named_inside(f"https://{host}/hook")


def test_a_name_that_leads_inside_later_is_found_when_a_message_is_sent(shared: Newsroom) -> None:
    """`localhost` stands for any name whose owner has it lead here by now."""
    assert not named_inside("slack://TokenA/TokenB/TokenC")
    assert not named_inside("https://example.org/hook")
    assert leads_inside("https://localhost/hook")
    alert = _alert(shared.account("reporter"), "https://localhost:9/hook")
    story: Any = None  # it is not looked at
    with pytest.raises(DeliveryFailed, match="own network"):
        channel_of(alert, shared.home).send(story)


def test_a_killed_keepers_job_has_stopped_at_once(shared: Newsroom) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    job = Job.objects.create(kind="check", portal="lake-harbor", asked_at=began, began_at=began, state="running")
    client, page = shared.client("operator"), f"/operate/checks/{job.pk}"
    left = subprocess.Popen(["sleep", "600"], start_new_session=True)
    keeper = [
        sys.executable, "-c", "import sys,time; from pathlib import Path; from config import signs\n"
        f"signs.at_work(Path(sys.argv[1]), 'job-{job.pk}', {left.pid}); print('there', flush=True); time.sleep(600)",
    ]  # fmt: skip
    with subprocess.Popen([*keeper, str(shared.home.path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert b"goes on" in client.get(page).content
        jobs.tidy(shared.home, datetime.now(UTC))
        assert Job.objects.get(pk=job.pk).state == "running", "its keeper is there"
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    assert b"was stopped" in client.get(page).content
    assert b"hx-get" not in client.get(page).content
    assert Job.objects.get(pk=job.pk).state == "running", "a look changes nothing"
    assert signs.left_behind(shared.home.path, f"job-{job.pk}") == left.pid
    jobs.tidy(shared.home, datetime.now(UTC))
    assert Job.objects.get(pk=job.pk).state == "stopped"
    assert left.wait(30) == -signal.SIGTERM, "what it left running has ended"
    fresh = Job.objects.create(
        kind="check", portal="lake-harbor", asked_at=began, began_at=datetime.now(UTC), state="running"
    )
    assert jobs.as_it_is(shared.home, fresh).state == "running", "it has only just been taken"


def _asked(shared: Newsroom, monkeypatch: pytest.MonkeyPatch, key: str) -> export_jobs.Job:
    """A package that nobody makes yet."""
    with monkeypatch.context() as patch:
        patch.setattr("subprocess.Popen", lambda *_given, **_named: _Never(export_jobs.folder(shared.home)))
        answer = shared.client().post("/exports/new", {"portal": "lake-harbor", "key": key, "form": "wacz"})
    assert answer.status_code == 302
    job = export_jobs.read(shared.home, answer["Location"].rpartition("/")[2])
    assert job is not None
    return job


class _Never:
    def __init__(self, folder: Path) -> None:
        # Whoever asks meanwhile, in whatever process, waits until this package is there to be found.
        with (folder / "asked.lock").open("ab") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def wait(self) -> None: ...


def test_a_full_disk_ends_a_package_and_leaves_nothing_of_it(shared: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _asked(shared, monkeypatch, "lh-2025-0102")
    # -B: Python takes byte code that it could write in part for whole, also the next time.
    command = [sys.executable, "-B", "-m", "web.records.exporting", str(shared.home.path), job.id]

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))

    made = subprocess.run(command, preexec_fn=full, capture_output=True, check=False)
    assert made.returncode == 1, made.stderr
    ended = export_jobs.read(shared.home, job.id)
    assert ended is not None
    assert (ended.state, "could not be written" in ended.said) == ("failed", True), ended
    assert [path.name for path in export_jobs.folder(shared.home).glob(f"*{job.id}*")] == [f"{job.id}.json"]
    page = shared.get(f"/exports/{job.id}")
    assert page.status_code == 200
    assert shared.get(f"/exports/{job.id}/package").status_code == 404


def test_a_killed_packages_process_is_noticed_at_once(shared: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    job = _asked(shared, monkeypatch, "lh-2025-0103")
    gone = subprocess.Popen(["true"])
    gone.wait(30)
    export_jobs.write(shared.home, msgspec.structs.replace(job, state="running", pid=gone.pid))
    half = export_jobs.package(shared.home, job)
    half.write_bytes(b"half of it")
    found = export_jobs.read(shared.home, job.id)
    assert found is not None
    assert found.state == "failed"
    export_jobs.clear(shared.home, datetime.now(UTC))
    assert not half.exists()
    export_jobs.write(shared.home, msgspec.structs.replace(job, state="running", pid=os.getpid()))
    again = export_jobs.read(shared.home, job.id)
    assert again is not None
    assert again.state == "running"


def test_one_visitor_does_not_fill_the_disk_with_packages(shared: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_jobs, "expected", lambda _record: 1_989_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Free", (), {"free": 10**12}))
    first = _asked(shared, monkeypatch, "lh-2025-0104")
    assert _asked(shared, monkeypatch, "lh-2025-0104").id == first.id, "the same, and not counted again"
    _asked(shared, monkeypatch, "lh-2025-0105")
    sent = {"portal": "lake-harbor", "key": "lh-2025-0106", "form": "wacz"}
    assert shared.client().post("/exports/new", sent).status_code == 429
    assert shared.client().post("/exports/new", sent, REMOTE_ADDR="198.51.100.7").status_code in {302, 503}
