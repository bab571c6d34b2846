"""Killed at any point, the next recovery brings spool, store and catalog together: everything once."""

import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest

from archive.holdings import Holdings
from archive.recover import recover
from archive.warc.index import scan
from archive.warc.reader import WarcReader
from config.faults import POINTS
from tests.services.forked import run_program
from tests.unit.archive.recover.small_crawl import make_home, run

KILLS = [
    f"{name}:{nth}"
    for name in POINTS
    for nth in ((1, 2) if name.startswith("commit.") else (1,))
    if not name.startswith(("exchange.", "warc.large", "delivery.", "digest.", "matches.", "store.part", "spool.write"))
]


def process(home: Path, verb: str, fault: str = "") -> int:
    environment = {"RECORDWATCH_FAULT": fault, "RECORDWATCH_PATIENCE": "0"}
    done = run_program("tests.unit.archive.recover.small_crawl", str(home), verb, environment=environment)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def table(name: str):
    from django.apps import apps

    return apps.get_model("catalog", name)


def captures_in(paths) -> Counter:
    found: Counter = Counter()
    for path in paths:
        with path.open("rb") as file:
            scanned = scan(file, "")
        assert not scanned.problems
        found.update(row.id for row in scanned.captures)
    return found


def journalled(home: Path) -> set[str]:
    """Capture ids in the spool that the journal or the seal vouches for."""
    from archive.warc import journal

    ids = set()
    for path in (home / "spool").rglob("*"):
        if path.name.endswith(".journal"):
            ids |= {line.capture.id for line in journal.read(path) if isinstance(line, journal.Entry) and line.capture}
    return ids | set(captures_in((home / "spool").rglob("*.warc.gz")))


def check_whole(home, holdings) -> None:
    """Store and catalog agree: each capture exactly once in each, each WARC known, nothing local."""
    objects = sorted((home.path / "archive" / "warc").rglob("*.warc.gz"))
    keys = {str(path.relative_to(home.path / "archive")) for path in objects}
    assert keys == set(table("Warc").objects.values_list("key", flat=True))
    stored = captures_in(objects)
    assert set(stored.values()) <= {1}
    assert set(stored) == set(table("Capture").objects.values_list("id", flat=True))
    for model in (table("Capture"), table("Derived")):
        for row in model.objects.all():
            with holdings.store.open(row.warc, row.offset, row.length) as stream:
                assert next(iter(WarcReader(stream))).headers.id == row.id
    assert not [path for path in (home.path / "spool").rglob("*") if path.is_file()]
    assert not table("Crawl").objects.filter(ended_at=None).exists()
    assert set(table("Capture").objects.values_list("crawl", flat=True)) <= set(
        table("Crawl").objects.values_list("id", flat=True)
    )


@pytest.mark.parametrize("fault", KILLS)
def test_a_crawl_killed_at_any_point_is_recovered(tmp_path, fault):
    home = make_home(tmp_path / "home")
    assert process(home.path, "crawl", fault) == -signal.SIGKILL, "the point is passed"
    durable = journalled(home.path)
    holdings = Holdings(home)
    recover(home, holdings, "copa", active="")
    check_whole(home, holdings)
    assert durable <= set(table("Capture").objects.values_list("id", flat=True))
    assert recover(home, holdings, "copa", active="", search_store=True).idle
    run(home, holdings)
    check_whole(home, holdings)
    assert list((home.spool / "copa").iterdir()) == []


@pytest.mark.parametrize(
    "fault",
    [
        "store.put:1",
        "store.verified:1",
        "log.appended:1",
        "log.appended:2",
        "commit.stored:1",
        "commit.applied:1",
        "commit.done:1",
        "spool.deleted:1",
    ],
)
def test_a_recovery_killed_at_any_point_is_recovered(tmp_path, fault):
    home = make_home(tmp_path / "home")
    assert process(home.path, "crawl", "warc.journalled:3") == -signal.SIGKILL
    durable = journalled(home.path)
    assert len(durable) == 3
    assert process(home.path, "recover", fault) == -signal.SIGKILL, "the point is passed"
    assert process(home.path, "recover") == 0
    holdings = Holdings(home)
    check_whole(home, holdings)
    crawl = table("Crawl").objects.get()
    assert (crawl.verdict, crawl.counts) == ("partial", {"exchanges": 3})
    assert "interrupted" in crawl.reason
    assert table("AppliedCommit").objects.count() == 1
    assert recover(home, holdings, "copa", active="", search_store=True).idle


def test_what_is_in_the_store_alone_is_indexed(tmp_path):
    home = make_home(tmp_path / "home")
    process(home.path, "crawl", "store.verified:1")
    durable = journalled(home.path)
    shutil.rmtree(home.spool)
    holdings = Holdings(home)
    recovery = recover(home, holdings, "copa", active="", search_store=True)
    assert (recovery.found_in_store, recovery.captures, len(recovery.crawls)) == (1, len(durable), 1)
    assert set(table("Capture").objects.values_list("id", flat=True)) == durable
    check_whole(home, holdings)


def test_a_lost_database_transaction_is_replayed_with_its_deliveries(tmp_path):
    home = make_home(tmp_path / "home")
    process(home.path, "crawl", "commit.applied:1")
    owed = []
    holdings = Holdings(home, on_apply=lambda commit: owed.append(commit.reason))
    assert not table("Portal").objects.exists()
    recovery = recover(home, holdings, "copa", active="")
    assert recovery.commits == 1
    assert owed == ["listing", "recovered"]
    assert table("Portal").objects.get().name == "Portal"


def test_the_folder_of_the_crawl_that_recovers_is_left_alone(tmp_path):
    home = make_home(tmp_path / "home")
    ours, other = home.spool / "copa" / "ours", home.spool / "copa" / "other"
    ours.mkdir(parents=True)
    other.mkdir()
    holdings = Holdings(home)
    assert recover(home, holdings, "copa").idle
    assert ours.is_dir()
    recover(home, holdings, "copa", active="ours")
    assert (ours.is_dir(), other.exists()) == (True, False)
