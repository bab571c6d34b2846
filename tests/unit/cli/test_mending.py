"""`recover`, `rebuild` and `export`, as they are typed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from archive.catalog.database import open_database
from releases.models import Event
from tests.unit.cli.conftest import Verb, command

CRAWLS = 4


def events(verb: Verb, home: Path) -> list[dict]:
    return [json.loads(line) for line in verb("releases", "--limit", "1000", "--json", "--home", home).out.splitlines()]


def test_recover_has_nothing_to_mend(verb: Verb, home: Path) -> None:
    said = verb("recover", "--home", home)
    assert (said.code, said.out.strip()) == (0, "lake-harbor: nothing to mend")


def test_recover_applies_what_the_catalog_lacks(verb: Verb, home: Path) -> None:
    events = len(verb("releases", "--limit", "1000", "--json", "--home", home).out.splitlines())
    open_database("sqlite:///:memory:", migrate=False)
    for file in home.glob("catalog.sqlite3*"):
        file.unlink()
    rows = [json.loads(line) for line in verb("recover", "--json", "--home", home).out.splitlines()]
    assert [row["portal"] for row in rows] == ["lake-harbor"]
    assert rows[0]["commits"] > CRAWLS
    assert len(verb("releases", "--limit", "1000", "--json", "--home", home).out.splitlines()) == events


def test_rebuild_gives_the_same_answers(verb: Verb, home: Path) -> None:
    before = verb("releases", "--limit", "1000", "--json", "--home", home)
    refused = verb("rebuild", "--home", home)
    assert refused.code == 2
    assert "--force" in refused.err
    done = verb("rebuild", "--force", "--home", home)
    assert done.code == 0, done
    assert "the old catalog is" in done.out
    assert len(list(home.glob("catalog.sqlite3.*.old"))) == 1
    assert verb("releases", "--limit", "1000", "--json", "--home", home) == before


def test_rebuild_of_what_is_no_database(verb: Verb, home: Path) -> None:
    before = verb("releases", "--limit", "1000", "--json", "--home", home)
    open_database("sqlite:///:memory:", migrate=False)
    (home / "catalog.sqlite3").write_bytes(b"this is no database at all " * 100)
    broken = verb("releases", "--home", home)
    assert broken.code == 1
    assert "not a database" in broken.err
    assert "recordwatch rebuild" in broken.err
    assert verb("rebuild", "--force", "--home", home).code == 3, "people's settings are lost, and that is said"
    assert verb("releases", "--limit", "1000", "--json", "--home", home) == before


def test_rebuild_into_postgresql(verb: Verb, home: Path, postgres_url: str) -> None:
    before = events(verb, home)
    settings = home / "recordwatch.toml"
    settings.write_text(f'database = "{postgres_url}"\n{settings.read_text()}')
    assert verb("rebuild", "--home", home).code == 0
    assert events(verb, home) == before
    assert verb("rebuild", "--home", home).code == 2
    done = verb("rebuild", "--force", "--home", home)
    assert (done.code, "the old catalog is" in done.out) == (0, True), done
    assert events(verb, home) == before
    assert verb("verify", "--full", "--home", home).code == 0
    open_database("sqlite:///:memory:")
    assert not Event.objects.exists()


def test_export_opens_with_another_tool(verb: Verb, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "case.warc.gz"
    said = verb("export", "lake-harbor", "LH-2025-0103", "-o", file, "--home", home)
    assert said.code == 0, said
    assert str(file) in said.out
    with file.open("rb") as stream:
        addresses = [record.rec_headers.get_header("WARC-Target-URI") or "" for record in ArchiveIterator(stream)]
    assert sum(address.endswith("lh-2025-0103-report.pdf") for address in addresses) >= 2, "both versions"


def test_export_refuses_what_is_not_there(verb: Verb, home: Path, tmp_path: Path) -> None:
    assert verb("export", "lake-harbor", "none", "-o", tmp_path / "c.warc.gz", "--home", home).code == 2
    assert verb("export", "lake-harbor", "lh-2025-0103", "-o", tmp_path / "c.zip", "--home", home).code == 2
    nowhere = verb("export", "lake-harbor", "lh-2025-0103", "-o", tmp_path / "no" / "c.warc.gz", "--home", home)
    assert nowhere.code == 1
    assert "could not be written" in nowhere.err


def test_a_catalog_of_a_later_version_is_left_alone(verb: Verb, home: Path) -> None:
    with sqlite3.connect(home / "catalog.sqlite3") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('releases', '9999_x', '2030-01-01')"
        )
    database.close()
    said = verb("releases", "--home", home)
    assert said.code == 1
    assert "later version of recordwatch" in said.err


def test_what_a_person_needs_is_on_one_screen(verb: Verb, home: Path) -> None:
    told = verb("record", "lake-harbor", "lh-2025-0103", "--home", home).out
    assert "same size, other bytes" in told
    assert "recordwatch export lake-harbor lh-2025-0103" in told
    assert "sha256:" not in verb("releases", "--home", home).out
    shutil.rmtree(home / "archive")
    assert command("verify", "--home", str(home)).returncode == 3
