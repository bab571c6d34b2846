"""Files that somebody names and places so as to do harm: each is deposited whole under a name that harms nobody, or refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.newsroom import Newsroom
from tests.acceptance.test_deposit import HOW, SLUG, crawled, room

__all__ = ["crawled", "room"]

NAMES = [
    b"line\nbreak.txt", b"bell\x07\x1b[31m.txt", "\u202efdp.exe.txt".encode(), b"\xff\xfe not utf-8.txt", b"-rf.txt",
    b"a" * 251 + b".txt", b"WARC-Type: request\r\n\r\n.txt", b"<script>alert(1)<script>.txt", b" .txt",
]  # fmt: skip


def test_any_name_is_deposited_and_printed_harmlessly(room: Newsroom, tmp_path: Path) -> None:
    folder = tmp_path / "handed in"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        path = os.fsdecode(os.fsencode(folder) + b"/" + name)
        Path(path).write_bytes(b"FICTIONAL words of a memo, number %d" % number)
        (done,) = room.rows("deposit", SLUG, path, "--how", HOW)
        shown = room.run("record", SLUG, done["key"]).stdout
        assert "never captured from the portal" in shown
        assert not {char for char in shown if not char.isprintable()} - {"\n"}
    room.check_archive()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkfifo, "no such file"),
        (Path.mkdir, "no such file"),
        (lambda path: path.symlink_to("/dev/zero"), "no such file"),
        (lambda path: path.symlink_to(path), "no such file"),
        (lambda path: path.symlink_to("nowhere"), "no such file"),
        (lambda path: path.write_bytes(b""), "no bytes"),
        (lambda path: None, "no such file"),
    ],
    ids=["a pipe", "a folder", "a device", "a loop", "a dead link", "empty", "missing"],
)
def test_what_is_no_file_is_refused_in_one_sentence(
    room: Newsroom, tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "memo.txt"
    make(path)
    done = room.run("deposit", SLUG, str(path), "--how", HOW, codes=[1, 2])
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["how", "about", "source", "title", "document_date"])
def test_a_further_field_takes_no_place_of_ours(room: Newsroom, tmp_path: Path, name: str) -> None:
    path = tmp_path / "memo.txt"
    path.write_bytes(b"FICTIONAL words")
    done = room.run("deposit", SLUG, str(path), "--how", HOW, "--field", f"{name}=another", codes=[1, 2])
    assert f"--field {name}" in done.stderr


def test_a_field_is_words_and_nothing_else(room: Newsroom, tmp_path: Path) -> None:
    path = tmp_path / "memo.txt"
    path.write_bytes(b"FICTIONAL words")
    given = "unit\n[x]\x1b[2J=\x1b]0;y\x07<b>\r\nWARC-Type: request"
    (done,) = room.rows("deposit", SLUG, str(path), "--how", HOW, "--field", given)
    shown = room.run("record", SLUG, done["key"]).stdout
    assert not {char for char in shown if not char.isprintable()} - {"\n"}
    room.check_archive()
