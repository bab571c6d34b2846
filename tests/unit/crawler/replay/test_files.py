"""WARCs and packages of anybody's as a shelf."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest

from archive.model import CaptureRow, Part
from config.errors import ConfigError
from crawler.replay.answer import answer_of, pieces
from crawler.replay.files import FileShelf
from crawler.replay.viewer import page_of
from tests.unit.archive.warc.scene import Wire, archive

from .scene import PAGE, Seen, write


def body(of: FileShelf, url: str) -> bytes:
    answer = answer_of(of, page_of(of, url, None))
    return b"".join(pieces(of, answer.parts, 0, answer.length))


def package(path: Path, warcs: list[Path], how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as out:
        out.writestr("datapackage.json", "{}")
        for warc in warcs:
            out.write(warc, f"archive/{warc.name}")
        out.writestr("pages/pages.jsonl", "{}")
    return path


def test_a_package_is_read_where_it_lies(tmp_path: Path):
    one = write(tmp_path / "one.warc.gz", [Seen(body=b"<p>one"), Seen("https://a.example/x", b"in the first")])
    two = write(tmp_path / "two.warc.gz", [Seen("https://b.example/", b"<p>two")])
    of = FileShelf([package(tmp_path / "case.wacz", [one, two])])
    assert of.problems == [], "what stands behind a WARC in the package is none of it"
    assert body(of, PAGE) == b"<p>one"
    assert body(of, "https://b.example/") == b"<p>two"
    assert of.sent(page_of(of, PAGE, None)).header(b"user-agent") == "reader/1"


def test_a_package_that_is_packed_twice_says_what_to_do(tmp_path: Path):
    one = write(tmp_path / "one.warc.gz", [Seen()])
    with pytest.raises(ConfigError, match="unpack the ZIP"):
        FileShelf([package(tmp_path / "case.wacz", [one], zipfile.ZIP_DEFLATED)])
    (tmp_path / "torn.wacz").write_bytes((tmp_path / "case.wacz").read_bytes()[:100])
    with pytest.raises(ConfigError, match="cannot be read"):
        FileShelf([tmp_path / "torn.wacz"])


def test_what_is_whole_of_a_torn_warc_is_shown_and_the_rest_named(tmp_path: Path):
    one = write(tmp_path / "one.warc.gz", [Seen(body=b"<p>one"), Seen("https://a.example/x", b"y" * 999)])
    one.write_bytes(one.read_bytes()[:-20])
    of = FileShelf([one])
    assert body(of, PAGE) == b"<p>one"
    assert len(of.problems) == 1
    assert of.times("https://a.example/x") == []


def test_captures_of_several_files_are_one_archive(tmp_path: Path):
    files = [write(tmp_path / f"{n}.warc.gz", [Seen(body=b"%d" % n, after=n)]) for n in (2, 1)]
    of = FileShelf(files)
    assert [row.at for row in of.times(PAGE)] == [Seen(after=n).at for n in (1, 2)]
    assert body(of, PAGE) == b"2"


class Counting(FileShelf):
    """Counts what is read of a file in stretches."""

    read = 0

    def fetch(self, row: CaptureRow, offset: int, length: int) -> bytes:
        self.read += length
        return super().fetch(row, offset, length)

    def open_record(self, row: CaptureRow) -> BinaryIO:
        raise AssertionError("read from its beginning")


def test_a_stretch_of_what_was_stored_costs_its_own_bytes(tmp_path: Path):
    film = os.urandom(3_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n"
    _, (sealed,) = archive(tmp_path, [Wire("https://a.example/film", head, film)])
    of = Counting([sealed.path])
    (row,) = of.times("https://a.example/film")
    assert b"".join(pieces(of, [Part(row.id, 0, len(film))], 2_900_000, 1000)) == film[2_900_000:2_901_000]
    assert of.read < 300_000
