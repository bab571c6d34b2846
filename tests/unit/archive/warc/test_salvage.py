"""Kill -9 of a real process at the writer's fault points, torn tails, full disks: nothing journalled is lost."""

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archive.warc import journal
from archive.warc.fixity import verify_record
from archive.warc.index import scan
from archive.warc.reader import WarcReader
from archive.warc.salvage import salvage, salvage_folder

from .scene import CRAWL, Wire, archive

ROOT = Path(__file__).parents[4]
PLAYER = """
import asyncio, sys, hashlib
from pathlib import Path
from tests.unit.archive.warc.scene import Wire, make_writer, chunks, HEAD

def body(n):
    return (b"%d|" % n) * (200 * n + 1)

async def main(spool, large):
    writer = make_writer(Path(spool), large_bytes=100_000, rotate_bytes=20_000)
    for n in range(12):
        answer = await Wire(url=f"https://portal.example/{n}", body=body(n)).play(writer)
        print("done", answer.capture, flush=True)
        if n == 5 and large:
            raw = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(20_000))
            chunked = large == "chunked"
            head = HEAD.replace(b"Server: nginx", b"Transfer-Encoding: chunked") if chunked else HEAD
            sent = chunks(*(raw[i:i+9000] for i in range(0, len(raw), 9000))) if chunked else raw
            answer = await Wire(url="https://portal.example/large", head=head, body=sent, chunked=chunked, piece=30_000).play(writer)
            print("done", answer.capture, flush=True)
    await writer.seal()
    print("sealed", flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


def play(spool, fault, large=""):
    """Runs the player until a fault kills it; the captures it was told are durable, its exit code."""
    run = subprocess.run(
        [sys.executable, "-c", PLAYER, str(spool), large],
        cwd=ROOT,
        env={**os.environ, "RECORDWATCH_FAULT": fault, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [line.split()[1] for line in run.stdout.splitlines() if line.startswith("done")], run


def check_whole(warcs):
    """Every WARC reads without a problem, its index equals its rows; the ids of its captures."""
    seen = []
    for warc in warcs:
        with warc.path.open("rb") as file:
            reader = WarcReader(file)
            requests, captures = set(), set()
            for record in reader:
                assert verify_record(record) == []
                if record.headers.type == "request":
                    requests.add(record.headers.get("WARC-Concurrent-To"))
                elif record.headers.type in {"response", "revisit"}:
                    captures.add(record.headers.get("WARC-Record-ID"))
            assert reader.problems == []
            assert requests == captures, "never a request without its response"
        with warc.path.open("rb") as file:
            found = scan(file, warc.key)
        assert tuple(found.captures) == warc.captures
        seen += [row.id for row in warc.captures]
    assert len(seen) == len(set(seen))
    return seen


POINTS = ["exchange.received", "warc.appended", "warc.journalled", "spool.write", "warc.sealed", "warc.large.midway"]


@pytest.mark.parametrize("nth", [1, 4, 9])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("large", ["", "plain", "chunked"])
def test_killed_at_a_fault_point(tmp_path, point, nth, large):
    if point == "warc.large.midway" and not large:
        large = "plain"
    done, run = play(tmp_path, f"{point}:{nth}", large)
    if run.returncode == 0:
        assert point in {"warc.sealed", "warc.large.midway"}, "the point was passed fewer times"
    else:
        assert run.returncode == -signal.SIGKILL, run.stderr
    folder = tmp_path / "copa" / CRAWL
    warcs = salvage_folder(folder)
    seen = check_whole(warcs)
    assert set(done) <= set(seen), "an exchange that was journalled is lost"
    assert sorted(path.name for path in folder.iterdir()) == [warc.path.name for warc in warcs]
    again = salvage_folder(folder)
    assert [warc.sha256 for warc in again] == [warc.sha256 for warc in warcs]
    assert [warc.captures for warc in again] == [warc.captures for warc in warcs]
    if point == "warc.large.midway" and run.returncode:
        cut = [row for warc in warcs for row in warc.captures if row.truncated]
        assert [(row.url, row.truncated) for row in cut] == [("https://portal.example/large", "unspecified")]
        assert 0 < cut[0].payload_length < 640_000
        assert "process ended" in cut[0].error


LARGE_COMPLETE = "warc.appended:8"
"""Six pages are settled, the large body's beginning is the seventh, its end the eighth."""


def torn(tmp_path, damage):
    """Leaves a crawl's open WARC of four exchanges as a crash would; damages it; salvages."""
    play(tmp_path, "exchange.received:5")
    (warc,) = (tmp_path / "copa" / CRAWL).glob("*.open")
    damage(warc, journal.path_of(warc))
    return salvage(warc)


def cut(path, size):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + size)


def test_torn_journal_line(tmp_path):
    warc = torn(tmp_path, lambda warc, notes: cut(notes, -3))
    assert len(check_whole([warc])) == 3


def test_torn_warc(tmp_path):
    warc = torn(tmp_path, lambda warc, notes: cut(warc, -3))
    assert len(check_whole([warc])) == 3


def test_warc_longer_than_the_journal_says(tmp_path):
    def damage(warc, notes):
        with warc.open("ab") as file:
            file.write(b"\x1f\x8b\x08\x00 half a member")

    assert len(check_whole([torn(tmp_path, damage)])) == 4


def test_zeros_where_a_power_cut_left_them(tmp_path):
    def damage(warc, notes):
        size = warc.stat().st_size
        cut(warc, -200)
        with warc.open("r+b") as file:
            file.truncate(size)

    assert len(check_whole([torn(tmp_path, damage)])) == 3


def test_a_flipped_bit_in_the_middle(tmp_path):
    def damage(warc, notes):
        data = bytearray(warc.read_bytes())
        data[len(data) // 2] ^= 1
        warc.write_bytes(data)

    assert 0 < len(check_whole([torn(tmp_path, damage)])) < 4


@pytest.mark.parametrize("what", ["warc", "journal", "both", "no journal"])
def test_empty_files_go_away(tmp_path, what):
    def damage(warc, notes):
        if what in {"warc", "both"}:
            warc.write_bytes(b"")
        if what in {"journal", "both"}:
            notes.write_bytes(b"")
        if what == "no journal":
            notes.unlink()

    assert torn(tmp_path, damage) is None
    assert list((tmp_path / "copa" / CRAWL).iterdir()) == []


@pytest.mark.parametrize("large", ["plain", "chunked"])
def test_a_large_body_cut_anywhere(tmp_path, large):
    play(tmp_path / "a", LARGE_COMPLETE, large)
    (whole,) = [path for path in (tmp_path / "a" / "copa" / CRAWL).glob("*.open") if path.stat().st_size > 100_000]
    (begun,) = [line for line in journal.read(journal.path_of(whole)) if isinstance(line, journal.Large)]
    with whole.open("r+b") as file:  # as it was before the header went into its place
        file.seek(begun.offset + begun.request)
        file.write(bytes(begun.prefix))
    lengths = set()
    chance = random.Random(7)
    for n, size in enumerate([0, 400, 1000, *(chance.randrange(whole.stat().st_size) for _ in range(15))]):
        folder = tmp_path / f"cut{n}"
        folder.mkdir()
        for path in (whole, journal.path_of(whole)):
            shutil.copy(path, folder)
        path = folder / whole.name
        with path.open("r+b") as file:
            file.truncate(size)
        warc = salvage(path)
        if warc is None:
            assert size < 70_000
            continue
        check_whole([warc])
        lengths.add(warc.captures[0].payload_length)
        # Killed once more, between mending and renaming: the same again.
        warc.path.rename(path)
        shutil.copy(journal.path_of(whole), folder)
        again = salvage(path)
        assert (again.sha256, again.captures) == (warc.sha256, warc.captures)
    assert len(lengths) > 10


def test_a_large_body_complete_but_not_journalled_is_whole(tmp_path):
    """The window between the last byte and the journal's word: minutes on a slow disk."""
    _, run = play(tmp_path, LARGE_COMPLETE, "plain")
    assert run.returncode == -signal.SIGKILL
    warcs = salvage_folder(tmp_path / "copa" / CRAWL)
    check_whole(warcs)
    large = [row for warc in warcs for row in warc.captures if row.url.endswith("large")]
    assert [(row.truncated, row.payload_length) for row in large] == [("", 640_000)]


def test_a_stray_journal_is_removed(tmp_path):
    _, (warc,) = archive(tmp_path, [Wire(body=b"x")])
    notes = journal.path_of(warc.path)
    notes.write_bytes(b"")
    again = salvage(warc.path)
    assert (again.captures, again.sha256, again.key) == (warc.captures, warc.sha256, warc.key)
    assert not notes.exists()


def test_names_that_are_not_ours_are_refused(tmp_path):
    path = tmp_path / "someone.warc.gz"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="not the name"):
        salvage(path)
    assert path.exists()
