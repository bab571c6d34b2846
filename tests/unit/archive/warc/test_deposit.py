"""Files handed in are archived as resources that claim no address, whatever their size, and read back the same."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.ids import uuid7
from archive.warc.deposit import DepositChanged, Derived, measured, write_deposit
from archive.warc.fixity import verify_record
from archive.warc.index import cdxj, scan
from archive.warc.member import BLOCK, stored, stored_stream
from archive.warc.reader import WarcReader
from archive.warc.replay import Replay
from archive.warc.salvage import salvage_folder
from archive.warc.spool_errors import SpoolFull
from config.errors import ConfigError

INFO = {"software": "recordwatch/test"}


def deposit(tmp_path: Path, *bodies: bytes, derived: bool = True):
    files = []
    for number, body in enumerate(bodies):
        path = tmp_path / f"memo {number}.pdf"
        path.write_bytes(body)
        files.append(measured(path))
    read = (
        [Derived(file.capture, "conversion", b"words", "text/plain", "engine 1", 1) for file in files]
        if derived
        else []
    )
    ident = uuid7()
    return files, write_deposit(tmp_path / "spool", "copa", ident, INFO, files, read)


@pytest.mark.parametrize("size", [1, BLOCK - 4, BLOCK - 3, BLOCK, BLOCK + 1, 3 * BLOCK - 4, 5_000_000])
def test_streamed_members_are_the_stored_ones(size):
    body = os.urandom(size)
    pieces = [body[at : at + 7000] for at in range(0, size, 7000)]
    streamed = b"".join(stored_stream(b"WARC/1.1\r\n\r\n", pieces, size))
    assert streamed == b"".join(stored(b"WARC/1.1\r\n\r\n", [body]))
    assert gzip.decompress(streamed).endswith(body + b"\r\n\r\n")


@pytest.mark.parametrize("length", [0, 9, 11, 100_000])
def test_a_block_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match="not"):
        list(stored_stream(b"head", [b"0123456789"], length))


def test_rows_are_those_of_the_file_and_every_tool_reads_it(tmp_path):
    bodies = (b"%PDF-1.4 FICTIONAL memo", os.urandom(200_000))
    files, sealed = deposit(tmp_path, *bodies)
    with sealed.path.open("rb") as stream:
        found = scan(stream, sealed.key)
    assert found.problems == []
    assert tuple(found.captures) == sealed.captures
    assert tuple(found.derived) == sealed.derived
    assert {(row.kind, row.url, row.status, row.mime) for row in sealed.captures} == {
        ("deposit", file.url, 0, "application/pdf") for file in files
    }
    with sealed.path.open("rb") as stream:
        assert [problem for record in WarcReader(stream) for problem in verify_record(record)] == []
    replay = Replay.from_file(sealed.path)
    assert [replay.get(file.url, method="").body for file in files] == list(bodies)
    with sealed.path.open("rb") as stream:
        kinds = [(record.rec_type, record.rec_headers.get("WARC-Target-URI")) for record in ArchiveIterator(stream)]
    assert [url for kind, url in kinds if kind == "resource"] == [file.url for file in files]
    assert '"status":"-"' in cdxj(sealed.captures[0])


def test_a_file_that_grows_meanwhile_is_not_kept(tmp_path, monkeypatch):
    path = tmp_path / "log.txt"
    path.write_bytes(b"one line\n")
    file = measured(path)
    for changed in (b"one line\ntwo\n", b"one\n", b"ONE line\n"):
        path.write_bytes(changed)
        with pytest.raises(DepositChanged, match=r"log\.txt"):
            write_deposit(tmp_path / "spool", "copa", uuid7(), INFO, [file], [])
    assert [entry for entry in (tmp_path / "spool").rglob("*") if entry.is_file()] == []


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("archive.warc.deposit.fault", full)
    with pytest.raises(SpoolFull):
        deposit(tmp_path, b"memo")
    assert [entry for entry in (tmp_path / "spool").rglob("*") if entry.is_file()] == []


def full(point: str) -> None:
    if point == "spool.write":
        raise OSError(28, "No space left on device")


def test_a_killed_writer_leaves_nothing_that_counts(tmp_path):
    _, sealed = deposit(tmp_path, b"memo", derived=False)
    cut = sealed.path.with_name(sealed.path.name + ".open")
    cut.write_bytes(sealed.path.read_bytes()[:-10])
    sealed.path.unlink()
    assert salvage_folder(sealed.path.parent) == []
    assert not cut.exists()


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.touch()])
def test_what_is_no_file_with_bytes_is_refused(tmp_path, make):
    path = tmp_path / "memo.pdf"
    make(path)
    with pytest.raises(ConfigError, match=r"memo\.pdf"):
        measured(path)
