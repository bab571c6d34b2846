"""What works here, and one sentence for what does not: with a home, without one, with everything wrong."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from config.programs import FFMPEG
from tests.services.programs import needs_program
from tests.unit.cli.conftest import SETTINGS, Verb


def lines(said) -> dict[str, dict]:
    return {row["name"]: row for row in map(json.loads, said.out.splitlines())}


def states(said) -> dict[str, str]:
    return {name: row["state"] for name, row in lines(said).items()}


def test_a_home_that_works(verb: Verb, home: Path) -> None:
    before = {path for path in home.rglob("*") if "index" not in path.parts}
    said = verb("doctor", "--json", "--home", home)
    found = lines(said)
    assert said.code == 0, said
    for name in ("recordwatch", "home", "portals", "store", "database", "spool", "locks", "clock", "authorities"):
        assert found[name]["state"] in {"works", "doubtful"}, found[name]
    assert "read back" in found["store"]["said"]
    assert "crawl" in found["database"]["said"]
    assert found["yt-dlp"]["version"]
    assert found["speech"]["state"] == "absent"
    assert {path for path in home.rglob("*") if "index" not in path.parts} == before  # nothing is left behind
    assert verb("verify", "--home", home).code == 0


def test_without_a_home_it_says_what_the_machine_can_do(
    verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECORDWATCH_HOME", raising=False)
    said = verb("doctor", "--json")
    found = states(said)
    assert (said.code, found["home"]) == (0, "absent")
    assert {"clock", "authorities", "browser", "yt-dlp", "ffmpeg", "tesseract", "speech"} <= set(found)
    assert "store" not in found
    assert verb("doctor", "--home", tmp_path / "nowhere").code == 3  # one that was named is missed
    assert not list(tmp_path.iterdir())


def test_what_is_configured_and_does_not_work(verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    (home / "recordwatch.toml").write_text(
        'browser = "/nowhere/chromium"\n'
        '[programs]\nffmpeg = "/nowhere/ffmpeg"\ntesseract = "/nowhere/tesseract"\n'
        '[speech]\nengine = "whisper.cpp"\nmodel = "/nowhere/model.bin"\n'
        '[mail]\nhost = "mail.example.org"\npassword_env = "NO_SUCH_SECRET"\n'
        '[slack]\ntoken_env = "NO_SUCH_SECRET"\n[documentcloud]\nusername = "desk"\npassword_file = "nowhere"\n'
        + SETTINGS
    )
    (home / "portals" / "bad.toml").write_text('slug = "bad"\n')
    archive = home / "archive"
    archive.rename(home / "elsewhere")
    archive.write_text("a file where the store was")
    with sqlite3.connect(home / "catalog.sqlite3") as database:
        database.execute("UPDATE catalog_crawl SET started_at = '2099-01-01 00:00:00'")
    database.close()
    said = verb("doctor", "--json", "--home", home)
    broken = {name for name, state in states(said).items() if state == "broken"}
    assert said.code == 3
    assert broken == {
        "portal bad", "store", "clock", "browser", "ffmpeg", "tesseract", "speech", "mail", "slack", "documentcloud",
    }  # fmt: skip
    found = lines(said)
    assert all(row["said"] and "\n" not in row["said"] + row["todo"] for row in found.values())
    assert "tesseract-ocr" in found["tesseract"]["todo"]
    told = verb("doctor", "--home", home)
    assert told.code == 3
    assert "✗ mail" in told.out
    assert "do not work" in told.out
    (home / "recordwatch.toml").write_text("proces = 2\n")
    assert "do you mean processes" in lines(verb("doctor", "--json", "--home", home))["home"]["said"]


def test_what_the_system_refuses_is_a_line_like_any_other(verb: Verb, home: Path) -> None:
    found = lines(verb("doctor", "--json", "--home", home / ("n" * 300)))
    assert found["home"]["said"].endswith("File name too long")
    assert "clock" in found
    for name in ("portals", "locks"):
        (home / name).rename(home / f"{name} elsewhere")
        (home / name).write_text("a file where a folder was")
    found = lines(verb("doctor", "--json", "--home", home))
    assert found["portals"]["said"] == f"{home / 'portals'}: Not a directory"
    assert found["locks"]["said"] == f"{home / 'locks'}: File exists"
    assert found["search"]["state"] == "works"


def test_a_portal_that_asks_for_what_is_not_here(verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing programs are nobody's fault until a portal file asks for what they give."""
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(home))
    before = states(verb("doctor", "--json", "--home", home))
    assert {before[name] for name in ("browser", "ffmpeg", "ffprobe", "tesseract", "speech")} == {"absent"}
    file = home / "portals" / "lake-harbor.toml"
    file.write_text(f"browser = true\n{file.read_text()}\n[text]\ntranscribe = true\n")
    said = verb("doctor", "--json", "--home", home)
    after = states(said)
    assert said.code == 3
    assert {name for name in after if after[name] == "broken"} == {"browser", "ffmpeg", "speech"}
    assert "lake-harbor" in lines(said)["speech"]["said"]


def test_a_program_that_is_none(verb: Verb, home: Path) -> None:
    program = home / "ffmpeg"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    (home / "recordwatch.toml").write_text(f'[programs]\nffmpeg = "{program}"\n{SETTINGS}')
    assert states(verb("doctor", "--json", "--home", home))["ffmpeg"] == "broken"


def test_lines_fit_a_narrow_terminal(verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_program(FFMPEG)
    monkeypatch.setenv("COLUMNS", "60")
    said = verb("doctor", "--home", home)
    # A path is one word, however long.
    assert all(len(line) <= 60 or os.sep in line for line in said.out.splitlines())
    assert "✓ ffmpeg " in said.out


def test_the_index_is_made_anew_when_it_is_damaged(verb: Verb, home: Path) -> None:
    verb("search", "officer", "--home", home)
    assert "an index of" in lines(verb("doctor", "--json", "--home", home))["search"]["said"]
    (home / "index" / "current").write_text("v0-nothing")
    assert states(verb("doctor", "--json", "--home", home))["search"] == "doubtful"
