"""What reaches a person: plain sentences, in any locale, to any reader; and what reaches a machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import failing, releases, screen
from cli.__main__ import VERBS
from config.errors import ConfigError
from releases.ledger.queries import EVENT
from tests.unit.cli.conftest import ROOT, Verb, command


def test_no_home_is_one_sentence(verb: Verb, tmp_path: Path) -> None:
    verbs = (["portals"], ["crawl", "x"], ["run", "--all"], ["releases"], ["record", "x", "y"], ["search", "x"], ["alerts", "list"],
             ["verify"], ["recover"], ["rebuild"], ["export", "x", "y", "-o", "z.warc.gz"])  # fmt: skip
    for words in verbs:
        said = verb(*words, "--home", tmp_path / "none")
        assert said.code == 2, words
        assert said.err.startswith("recordwatch: this is not a recordwatch home"), said
        assert len(said.err.splitlines()) == 1


def test_a_listing_verb_says_one_object_per_line(verb: Verb, home: Path) -> None:
    for words in (["releases"], ["portals", "list"], ["portals", "show", "lake-harbor"], ["record", "lake-harbor", "lh-2025-0103"],
                  ["search", "taser"], ["alerts", "list"], ["alerts", "deliveries"], ["portals", "catalogue"]):  # fmt: skip
        where = [] if "catalogue" in words else ["--home", home]
        said = verb(*words, "--json", *where)
        assert said.code == 0, said
        assert all(isinstance(json.loads(line), dict) for line in said.out.splitlines()), words
    rows = [json.loads(line) for line in verb("releases", "--json", "--home", home).out.splitlines()]
    assert {tuple(row) for row in rows} == {EVENT}
    assert set(EVENT) == {
        "id",
        "at",
        "portal",
        "key",
        "kind",
        "backfill",
        "old",
        "new",
        "files",
        "captures",
        "crawl",
        "tags",
    }


def test_a_list_goes_on_beside_a_wrong_portal_file(verb: Verb, home: Path) -> None:
    (home / "portals" / "odd.toml").write_text('slug = "odd"\nname = 3\n')
    said = verb("portals", "--home", home)
    assert said.code == 0
    assert "wrong portal file" in said.out
    assert "lake-harbor" in said.out


def test_whoever_asks_wrongly_gets_2(verb: Verb, home: Path) -> None:
    wrong = (["nonsense"], ["crawl"], ["crawl", "nobody"], ["record", "lake-harbor", "none"], ["releases", "--kind", "none"],
             ["releases", "--since", "once"], ["releases", "--limit", "0"], ["portals", "add", "none"], ["search"])  # fmt: skip
    for words in wrong:
        said = verb(*words, *([] if words == ["nonsense"] else ["--home", home]))
        assert said.code == 2, (words, said)
        assert said.err
        assert "Traceback" not in said.err


def test_the_unforeseen_is_written_down(verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(releases, "moment", fails)
    said = verb("releases", "--since", "1d", "--home", home)
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    file = next((home / "logs").iterdir())
    assert str(file) in said.err
    assert "in fails" in file.read_text()
    debug = verb("releases", "--since", "1d", "--home", home, "--debug")
    assert "Traceback" in debug.err
    assert len(list((home / "logs").iterdir())) == 1


def test_errors_have_their_codes() -> None:
    assert failing.explained(ConfigError("x"), [])[0] == 2
    assert failing.explained(KeyboardInterrupt(), ["crawl"])[0] == 130
    code, said = failing.explained(PermissionError(13, "Permission denied", "/etc/x"), [])
    assert (code, "Permission denied (/etc/x)" in said) == (1, True)


def test_a_locale_without_our_symbols(home: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-m", "cli", "releases", "--home", str(home)],
        cwd=ROOT, env={**environment, "LC_ALL": "C"}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode("ascii")
    assert "status: Under review -> Closed" in said
    assert screen.plain("José — “a”…") == 'Jose - "a"...'
    assert screen.plain("東") == "?"


def test_a_reader_who_leaves(home: Path, tmp_path: Path) -> None:
    for words in (f"releases --limit 5 --home {home} | head -1", f"releases --home {home} >&- 2>&-",
                  f"record lake-harbor lh-2025-0103 --json --home {home} | head -c 1"):  # fmt: skip
        code = tmp_path / "code"
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m cli {words}; echo ${{PIPESTATUS[0]}} >{code}"],
            cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.stderr == "", done.stderr
        assert code.read_text() == "0\n"


def test_lines_are_wrapped_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    long = "  ~ changed    " + "word " * 40
    assert screen.wrapped(long) == [long]
    monkeypatch.setenv("COLUMNS", "60")
    lines = screen.wrapped(long, indent=" " * 15)
    assert len(lines) > 1
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith(" " * 15 + "word") for line in lines[1:])


def test_another_crawl_holds_the_lock(home: Path) -> None:
    import fcntl

    with (home / "locks" / "lake-harbor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (("crawl", "lake-harbor"), ("portals", "check", "lake-harbor"), ("recover", "lake-harbor")):
            done = command(*words, "--home", str(home))
            assert done.returncode == 4, done
            assert "another crawl of lake-harbor is running" in done.stderr


def test_help_lists_every_verb(verb: Verb) -> None:
    said = verb()
    assert said.code == 0
    assert all(f" {name} " in said.out for name in VERBS)
    assert verb("--version").out.startswith("recordwatch ")


def test_help_in_a_process_that_has_imported_nothing() -> None:
    """Without a verb, and of every verb, no settings are chosen: nothing may want them while it is imported."""
    done = subprocess.run([sys.executable, "-m", "cli", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f" {name} " in done.stdout for name in VERBS)
