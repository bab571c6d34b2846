"""A full disk, a store that is down, a database that is gone: the crawl stops with one clear sentence, and
when the trouble is over nothing is missing.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.store.choose import open_store
from config.home import StoreConfig
from sample.server import SamplePortal, portal_file
from sample.story import DAYS
from tests.acceptance.newsroom import Mailbox, Newsroom, seen, store_table
from tests.services.swift import S3Server
from tests.services.tcp_proxy import Kind, TcpProxy

SLUG = "lake-harbor"


class Base:
    """A portal, a mailbox and a newsroom that has seen day 1: each test works on a copy."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = Mailbox()
        self.portal = SamplePortal(day=1)
        self.room = Newsroom(folder / "base", self.mailbox)
        self.start(self.room)

    def start(self, room: Newsroom) -> None:
        self.portal.day = 1
        room.watch(portal_file(self.portal.url), SLUG)
        room.run("alerts", "subscribe", "mailto:reporter@example.org", "--portal", SLUG)
        room.crawl(SLUG)
        self.portal.day = 3

    def copy(self, path: Path, store: StoreConfig | None = None) -> Newsroom:
        """It on day 3. With `store`, what is archived is there."""
        room = self.room.copy(path)
        if store is not None:
            settings = path / "recordwatch.toml"
            settings.write_text(f"{settings.read_text('utf-8')}\n{store_table(store)}\n", "utf-8")
            there = open_store(room.home)
            archive = path / "archive"
            for file in sorted(one for one in archive.rglob("*") if one.is_file()):
                there.put_bytes(file.relative_to(archive).as_posix(), file.read_bytes())
            shutil.rmtree(archive)
        return room

    def close(self) -> None:
        self.portal.close()
        self.mailbox.close()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    base = Base(tmp_path_factory.mktemp("outages"))
    yield base
    base.close()


def fails(room: Newsroom, **environment: str) -> str:
    """A crawl that cannot end; what it says is one sentence and no traceback."""
    done = room.run("crawl", SLUG, codes=(1,), environment=environment)
    assert "Traceback" not in done.stderr, done.stderr
    assert all(line.startswith("recordwatch: ") for line in done.stderr.splitlines()), done.stderr
    return done.stderr.splitlines()[-1]


def is_whole(room: Newsroom, journalled: set[str]) -> None:
    room.run("recover")
    assert room.crawl(SLUG)["verdict"] == "healthy"
    assert journalled <= set(room.captures())
    events = [event for event in room.rows("releases", "--limit", "1000") if not event["backfill"]]
    assert Counter(one for event in events for one in seen([event])) == Counter(DAYS[3].events)
    assert {delivery["state"] for delivery in room.rows("alerts", "deliveries")} == {"sent"}
    room.check_archive()


@pytest.mark.parametrize(
    "fault", ["spool.write=ENOSPC*", "spool.write:9=ENOSPC*", "store.part=ENOSPC*", "commit.applied=ENOSPC*"]
)
def test_a_disk_that_is_full(tmp_path: Path, base: Base, fault: str) -> None:
    room = base.copy(tmp_path / "home")
    said = fails(room, RECORDWATCH_FAULT=fault)
    assert "space" in said.lower() or "full" in said.lower(), said
    is_whole(room, room.journalled())


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def mountable() -> bool:
    """Whether this account may mount a small disk; elsewhere the injected ENOSPC above stands for it."""
    try:
        with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder) / "disk", "1m"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@pytest.mark.parametrize("room_left", [16, 160, 480] if mountable() else [])
def test_a_real_disk_that_fills_up(tmp_path: Path, base: Base, room_left: int) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "32m"):
        room = base.copy(disk / "home")
        free = subprocess.run(["df", "--output=avail", "-k", str(disk)], capture_output=True, text=True, check=True)
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * max(0, (int(free.stdout.split()[1]) - room_left) * 1024))
        room.run("crawl", SLUG, codes=(0, 1))
        journalled = room.journalled()
        ballast.unlink()
        is_whole(room, journalled)


@pytest.mark.parametrize("method", [b"", b"PUT"])
def test_a_store_that_is_down_and_comes_back(tmp_path: Path, base: Base, swift_server: S3Server, method: bytes) -> None:
    with TcpProxy(swift_server.port) as proxy:
        config = swift_server.config(endpoint=proxy.endpoint)
        room = base.copy(tmp_path / "home", config)
        proxy.plan("reset", method, times=10_000)
        said = fails(room)
        assert config.bucket in said or proxy.endpoint in said, said
        journalled = room.journalled()
        # Down from the start, nothing is fetched; down for writing, what was fetched waits in the spool.
        assert bool(list((room.path / "spool").rglob("*.warc.gz"))) == (method == b"PUT")
        proxy.heal()
        is_whole(room, journalled)


def test_a_store_with_bad_days(tmp_path: Path, base: Base, swift_server: S3Server) -> None:
    """One after the other: what one left behind is there when the next begins."""
    kinds: list[Kind] = ["status_500", "cut_upload", "corrupt_upload", "lose_answer"]
    journalled: set[str] = set()
    with TcpProxy(swift_server.port) as proxy:
        room = base.copy(tmp_path / "home", swift_server.config(endpoint=proxy.endpoint))
        for kind in kinds:
            plan = proxy.plan(kind, b"PUT", after=100, times=3)
            room.run("crawl", SLUG, codes=(0, 1))
            assert plan.hits, kind
            journalled |= room.journalled()
            proxy.heal()
        is_whole(room, journalled)


def test_a_database_that_goes_away(tmp_path: Path, base: Base, postgres_url: str) -> None:
    from urllib.parse import urlsplit

    parts = urlsplit(postgres_url)
    with TcpProxy(parts.port or 5432) as proxy:
        user = parts.netloc.rsplit("@", 1)[0] + "@" if "@" in parts.netloc else ""
        url = f"postgresql://{user}127.0.0.1:{proxy.port}{parts.path}"
        room = Newsroom(tmp_path / "home", base.mailbox, extra=f'database = "{url}"')
        base.start(room)
        room.run("crawl", SLUG, codes=(-9,), environment={"RECORDWATCH_FAULT": "commit.stored"})
        journalled = room.journalled()
    # the proxy is gone, and with it the database as this home knows it
    done = room.run("recover", codes=(1,))
    assert "Traceback" not in done.stderr, done.stderr
    settings = room.path / "recordwatch.toml"
    settings.write_text(settings.read_text("utf-8").replace(url, postgres_url), "utf-8")
    is_whole(room, journalled)
