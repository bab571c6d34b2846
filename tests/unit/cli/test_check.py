"""`portals check` says what it would take and what looks wrong, and leaves nothing behind."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from sample.server import SamplePortal, portal_file
from tests.unit.cli.conftest import SETTINGS, Verb, new_home


def everything(home: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file()
        and path.parent.name not in {"locks", "hosts"}
        and path.suffix == path.suffix.removesuffix("-shm")
    }


def test_of_a_healthy_portal(verb: Verb, home: Path, portal: SamplePortal, tmp_path: Path, monkeypatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    portal.day = 4
    before = everything(home)
    said = verb("portals", "check", "lake-harbor", "--max-records", "100", "--home", home)
    assert said.code == 0, said
    assert everything(home) == before
    assert list(temporary.iterdir()) == []
    for words in ("healthy", "nothing was kept", "robots.txt allows", "RECORDS IT WOULD TAKE: 21", "status: ", "file: ",
                  "page 1 of ", "Did the listing end"):  # fmt: skip
        assert words in said.out, words
    assert "LOOKS WRONG" not in said.out
    assert ": nothing" not in said.out, "what no record says is named in one line"
    assert "    nothing said of " in said.out


def test_of_a_page_that_changed(verb: Verb, tmp_path: Path) -> None:
    with SamplePortal(day=7) as portal:
        home = new_home(tmp_path / "home", portal.url)
        said = verb("portals", "check", "lake-harbor", "--json", "--home", home)
        assert said.code == 3
        row = json.loads(said.out)
        assert row["verdict"] == "broken"
        error = row["page_errors"][0]
        assert (error["selector"], error["url"]) == ("thead th", f"{portal.url}cases/")
        assert "case number" in error["expected"]
        assert "looked for  thead th" in verb("portals", "check", "lake-harbor", "--home", home).out
        assert not (home / "catalog.sqlite3").exists(), "a check makes no catalog"


def test_of_a_file_that_is_not_watched(verb: Verb, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "recordwatch.toml").write_text(SETTINGS)
    with SamplePortal(day=6) as portal:
        file = tmp_path / "lake-harbor.toml"
        file.write_text(portal_file(portal.url))
        said = verb("portals", "check", file, "--max-records", "2", "--home", home)
        assert said.code == 3
        assert said.out.startswith("lake-harbor: blocked")
        portal.day = 1
        limited = json.loads(verb("portals", "check", file, "--max-records", "2", "--json", "--home", home).out)
        assert (limited["verdict"], limited["coverage"], limited["records"]) == ("healthy", "limited", 2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('schedule = "sometimes"', "schedule = 'sometimes'"),
        ('spider = "none"', "spider = 'none': use one of"),
        ("[parameters]\ncolour = 1", "parameters.colour = 1"),
        ("[politeness]\nconnections = 0", "politeness.connections = 0: use 1 to"),
        ('[limits]\nrecords = "many"', "limits.records = 'many': use a whole number"),
        ("[limitz]\nrecords = 1", "do you mean limits?"),
    ],
)
def test_of_a_wrong_file(wrong: str, said: str, verb: Verb, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    lines = ['slug = "x"', 'name = "n"', 'agency = "a"', 'place = "p"', 'url = "http://127.0.0.1:1/"']
    lines += [] if wrong.startswith("spider") else ['spider = "pages"']
    file.write_text("\n".join([*lines, wrong]))
    for words in (("portals", "check", file), ("portals", "add", file)):
        answer = verb(*words, "--home", home)
        assert answer.code == 2, answer
        assert said in answer.err
        assert str(file) in answer.err
