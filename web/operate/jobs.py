"""Runs `portals check` and `doctor` for operators: in the keeper, one at a time, for a bounded time.

A page asks for a job by writing its row; the keeper takes it. A keeper that ends takes its job with it; where one was
killed, its job has stopped for whoever looks at it, and what it left running ends when another keeper begins.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import msgspec

from archive.catalog.alone import alone
from config import signs
from config.home import Home
from releases.models import Account
from web.operate.models import Job

LONGEST = {"check": timedelta(minutes=15), "doctor": timedelta(minutes=2)}
BEGINS = timedelta(seconds=10)
"""In which a keeper that has taken a job says so."""
DOCTOR_EVERY = timedelta(minutes=30)
KEPT = timedelta(days=30)
MOST_WAITING = 20
_MOST_SAID = 4 * 1024**2
"""Bytes of what a job prints that are kept."""
_MOST_PROBLEM = 4000


@dataclass(slots=True)
class _Running:
    home: Home
    job: Job
    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]
    out: IO[bytes]
    err: IO[bytes]


_now: list[_Running] = []


def ask(kind: str, by: Account | None, *, portal: str = "", text: str = "") -> Job | None:
    """Have the keeper run one; the same that waits already is given back. None: too many wait."""
    with alone("jobs"):
        waiting = Job.objects.filter(state="waiting")
        same = waiting.filter(kind=kind, portal=portal, text=text).first()
        if same is not None or waiting.count() >= MOST_WAITING:
            return same
        return Job.objects.create(kind=kind, portal=portal, text=text, by=by, asked_at=datetime.now(UTC))


def look(home: Home) -> None:
    """Go on: end the job that is done or late, begin the next."""
    if _now and not _over(_now[0], datetime.now(UTC)):
        return
    waiting = Job.objects.filter(state="waiting").order_by("asked_at", "id").first()
    if waiting is None:
        return
    # Another keeper of this home may be first: then it says so itself.
    if Job.objects.filter(pk=waiting.pk, state="waiting").update(state="running", began_at=datetime.now(UTC)):
        signs.at_work(home.path, _sign(waiting))
        waiting.refresh_from_db()
        _begin(home, waiting)


def as_it_is(home: Home, job: Job) -> Job:
    """The job as it stands: one whose keeper was killed has stopped, whatever its row says until a keeper looks."""
    if _lost(home, job, datetime.now(UTC)):
        job.state = "stopped"
    return job


def _lost(home: Home, job: Job, now: datetime) -> bool:
    begins = job.began_at is not None and timedelta() <= now - job.began_at < BEGINS
    return job.state == "running" and not begins and not signs.works(home.path, _sign(job))


def _sign(job: Job) -> str:
    return f"job-{job.pk}"


def tidy(home: Home, now: datetime) -> None:
    """Let go of old jobs; those whose keeper was killed have stopped, with what they left running."""
    Job.objects.filter(asked_at__lt=now - KEPT).delete()
    for job in Job.objects.filter(state="running"):
        if _lost(home, job, now):
            if child := signs.left_behind(home.path, _sign(job)):
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(child, signal.SIGTERM)
            signs.no_longer(home.path, _sign(job))
            Job.objects.filter(pk=job.pk, state="running").update(state="stopped", ended_at=now)
    newest = Job.objects.filter(kind="doctor").order_by("-asked_at").first()
    if newest is None or abs(now - newest.asked_at) >= DOCTOR_EVERY:
        ask("doctor", None)


def stop() -> None:
    """End what runs."""
    while _now:
        running = _now.pop()
        _kill(running)
        _closed(running)
        with suppress(Exception):  # the database may be closed by now
            Job.objects.filter(pk=running.job.pk).update(state="stopped", ended_at=datetime.now(UTC))


def _begin(home: Home, job: Job) -> None:
    folder: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory(prefix="recordwatch-job-")
    command = [sys.executable, "-m", "cli"]
    if job.kind == "doctor":
        command += ["doctor"]
    else:
        what = job.portal
        if job.text:
            draft = Path(folder.name) / f"{job.portal}.toml"
            draft.write_text(job.text, "utf-8")
            what = str(draft)
        command += ["portals", "check", what]
    command += ["--json", "--home", str(home.path)]
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  closed when it is over
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment, start_new_session=True
    )
    signs.at_work(home.path, _sign(job), process.pid)
    if not _now:
        atexit.unregister(stop)
        atexit.register(stop)
    _now.append(_Running(home, job, process, folder, out, err))


def _over(running: _Running, now: datetime) -> bool:
    """Whether it has ended by now; what it said is written down then."""
    job = running.job
    late = now - (job.began_at or now) > LONGEST[job.kind]
    if running.process.poll() is None and not late:
        return False
    if late:
        _kill(running)
    _now.remove(running)
    try:
        said = _lines(_tail(running.out, _MOST_SAID))
        problem = _tail(running.err, _MOST_PROBLEM).decode("utf-8", "replace").replace(f"{running.folder.name}/", "")
    finally:
        _closed(running)
    state = "late" if late else "failed" if said is None or not said else "done"
    kept = said if state == "done" else None
    Job.objects.filter(pk=job.pk).update(state=state, ended_at=now, said=kept, problem=problem.replace("\0", "�"))
    return True


def _kill(running: _Running) -> None:
    """With all that it started: a browser, ffmpeg."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.process.pid, signal.SIGTERM)
    try:
        running.process.wait(5)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()


def _closed(running: _Running) -> None:
    signs.no_longer(running.home.path, _sign(running.job))
    running.out.close()
    running.err.close()
    running.folder.cleanup()


def _tail(file: IO[bytes], most: int) -> bytes:
    """Its last bytes. Of a JSON line that is longer than that, no JSON."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - most))
    return file.read(most)


def _lines(data: bytes) -> list[Any] | None:
    try:
        return [msgspec.json.decode(line) for line in data.splitlines() if line.strip()]
    except msgspec.DecodeError:
        return None
