"""A file over ten dropped lines and two kill -9: whole at the end, in one manifest, and hardly a byte sent twice.

384 MiB in `make test`, more than twice the memory that a crawl may take; 4 GB in `make soak`, RECORDWATCH_HUGE_BYTES for more. The server makes the bytes as it sends them.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.catalog.database import open_database
from archive.holdings import Holdings
from archive.warc.large import QUEUE_BYTES
from crawler.capture.ranges import OVERLAP
from tests.acceptance.newsroom import ROOT, Mailbox, Newsroom
from tests.acceptance.test_large_file import MIB, PAGE, PORTAL, held_files
from tests.services.broken_line import LineServer

DROPS, KILLS = 10, 2
SOCKETS = 16 * MIB
"""What the kernel holds of one connection, at both its ends, at most: tcp_rmem and tcp_wmem."""
MOST_MEMORY = 160 * 1024
"""kB, whatever the size: 1 GiB took 145 MB, 4 GB 142 MB."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.close()


def test_more_than_memory_may_hold(tmp_path: Path, mailbox: Mailbox) -> None:
    over_a_bad_line(tmp_path, mailbox, 384 * MIB)


@pytest.mark.soak
def test_four_gigabytes_or_more(tmp_path: Path, mailbox: Mailbox) -> None:
    over_a_bad_line(tmp_path, mailbox, int(os.environ.get("RECORDWATCH_HUGE_BYTES") or 4 * 10**9))


def test_killed_when_the_whole_was_put_together_and_nobody_told(tmp_path: Path, mailbox: Mailbox) -> None:
    server = LineServer(7 * MIB, page=PAGE)
    try:
        room = Newsroom(tmp_path / "home", mailbox)
        room.watch(PORTAL.format(url=server.url), "huge")
        server.drops = [3 * MIB, 3 * MIB]
        # Sealed are the page, two parts that are large, and then the last one with the manifest.
        killed = {"RECORDWATCH_FAULT": "warc.sealed:4", "RECORDWATCH_SLEEPLESS": "1"}
        room.run("crawl", "huge", codes=(-signal.SIGKILL,), environment=killed)
        room.run("recover")
        check_manifest(room, server.size, server.digest(), cuts=["disconnect"] * 2)
        from releases.models import Event, FileVersion

        assert not FileVersion.objects.exists()
        assert room.crawl("huge")["verdict"] == "healthy"
        assert held_files(room) == [(server.digest(), server.size)]
        assert [one.status for one in server.asked] == [200, 206, 206, 304], "nothing is sent again"
        assert Event.objects.count() == 1
        room.check_archive()
    finally:
        server.close()


def over_a_bad_line(folder: Path, mailbox: Mailbox, size: int) -> None:
    server = LineServer(size, page=PAGE)
    try:
        room = Newsroom(folder / "home", mailbox)
        room.watch(PORTAL.format(url=server.url), "huge")
        server.drops = [size // 16] * (DROPS + KILLS)
        for served in (size * 7 // 32, size * 20 // 32):  # each in the middle of an answer
            peak = killed_at(room, server, served)
            assert peak <= MOST_MEMORY, f"peak RSS {peak / 1024:.0f} MB at the kill"
        crawled = measured(room, "crawl", "huge")
        assert crawled["peak_kb"] <= MOST_MEMORY, f"peak RSS {crawled['peak_kb'] / 1024:.0f} MB"
        assert (server.drops, server.dropped) == ([], DROPS)
        digest = server.digest()
        assert held_files(room) == [(digest, size)]
        print(f"{server.served - size:,} bytes were sent twice; peak RSS {crawled['peak_kb'] / 1024:.0f} MB")
        assert server.served <= size + (DROPS + KILLS) * OVERLAP + KILLS * (QUEUE_BYTES + SOCKETS)
        check_manifest(room, size, digest, cuts=["disconnect"] * DROPS + ["unspecified"] * KILLS)
        movie = folder / "camera.mp4"
        exported = measured(room, "export", "huge", "/", "--file", "camera.mp4", "-o", str(movie))
        assert exported["peak_kb"] <= MOST_MEMORY
        with movie.open("rb") as file:
            assert f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == digest
        movie.unlink()
        room.check_archive()
        sent = server.served
        room.crawl("huge")
        assert server.asked[-1].status == 304, "what came in parts is asked for as any other file"
        assert server.served == sent
    finally:
        server.close()


def killed_at(room: Newsroom, server: LineServer, served: int) -> int:
    """A crawl, killed when `served` bytes were sent in all; its peak RSS in kB."""
    command = [sys.executable, "-m", "cli", "crawl", "huge", "--home", str(room.path)]
    seen: list[int] = []
    with subprocess.Popen(
        command, cwd=ROOT, env=sleepless(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:

        def kill() -> None:
            status = Path(f"/proc/{process.pid}/status").read_text("ascii")
            process.kill()
            seen.append(int(status.split("VmHWM:")[1].split()[0]))

        server.then = served, kill
    assert process.returncode == -signal.SIGKILL
    return seen[0]


def measured(room: Newsroom, *arguments: str) -> dict[str, int]:
    """A verb that ends well, and what it cost."""
    costs = room.path.parent / "costs.json"
    command = [sys.executable, "-m", "tests.acceptance.measured", str(costs), *arguments, "--home", str(room.path)]
    done = subprocess.run(command, cwd=ROOT, env=sleepless(), capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, int] = json.loads(costs.read_text("utf-8"))
    return found


def sleepless() -> dict[str, str]:
    return {**os.environ, "RECORDWATCH_SLEEPLESS": "1"}


def check_manifest(room: Newsroom, size: int, digest: str, cuts: list[str]) -> None:
    """One capture stands for the whole, and its parts are the exchanges that brought them, end to end, all but the last
    one cut short in these ways.
    """
    from archive.catalog.models import Capture

    open_database(room.home.database_url)
    whole = Capture.objects.get(kind="assembled")
    assert (whole.status, whole.payload_length, whole.payload_digest) == (200, size, digest)
    holdings = Holdings(room.home, opened=True)
    manifest = holdings.manifest(holdings.place(whole.id))
    parts: dict[str, Any] = {row.id: row for row in Capture.objects.filter(pk__in=[p.capture for p in manifest.parts])}
    assert len(parts) == len(manifest.parts) == len(cuts) + 1
    assert [parts[part.capture].status for part in manifest.parts] == [200] + [206] * len(cuts)
    assert sum(part.length for part in manifest.parts) == size
    ends = [parts[part.capture].truncated for part in manifest.parts]
    assert (sorted(ends[:-1]), ends[-1]) == (sorted(cuts), "")
