"""`verify` finds every kind of damage, says which cases it touches, and exits with 3."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

from tests.unit.cli.conftest import Verb

CASE = "lh-2025-0103"


def warc_of(home: Path, where: str = "c.url LIKE '%lh-2025-0103-report.pdf'") -> tuple[Path, int, int, str]:
    """File, offset, length and key of the WARC that holds the case's report."""
    with sqlite3.connect(home / "catalog.sqlite3") as database:
        key, offset, length = database.execute(
            f"SELECT c.warc, c.offset, c.length FROM catalog_capture c WHERE {where} AND c.kind = 'response'"
        ).fetchone()
    database.close()
    return home / "archive" / key, offset, length, key


def findings(verb: Verb, home: Path, *arguments: str) -> list[dict]:
    said = verb("verify", *arguments, "--json", "--home", home)
    assert said.code == 3, said
    found = [json.loads(line) for line in said.out.splitlines()]
    return [row for row in found if row["kind"] != "log"]  # the witness log misses it too


def test_all_is_well(verb: Verb, home: Path) -> None:
    quick, full = verb("verify", "--home", home), verb("verify", "--full", "--home", home)
    assert quick.code == full.code == 0
    assert "everything is there" in quick.out
    assert "every byte read" in full.out
    assert verb("verify", "--full", "--json", "--home", home).out == ""


def test_a_flipped_bit(verb: Verb, home: Path) -> None:
    path, offset, length, key = warc_of(home)
    data = bytearray(path.read_bytes())
    data[offset + length // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    assert verb("verify", "--home", home).code == 0, "only --full reads the bytes"
    found = findings(verb, home, "--full")
    assert {row["key"] for row in found} == {key}
    assert ["lake-harbor", CASE] in [record for row in found for record in row["records"]]
    said = verb("verify", "--full", "--home", home)
    assert said.code == 3
    assert f"lake-harbor {CASE}" in said.out
    assert "affected" in said.out.splitlines()[-1]


def test_a_missing_object(verb: Verb, home: Path) -> None:
    path, _, _, key = warc_of(home)
    path.unlink()
    found = findings(verb, home)
    assert [(row["kind"], row["key"]) for row in found] == [("missing", key)]
    assert ["lake-harbor", CASE] in found[0]["records"]
    assert f"lake-harbor {CASE}" in verb("verify", "--home", home).out


def test_a_truncated_object(verb: Verb, home: Path) -> None:
    path, offset, length, key = warc_of(home)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(offset + length // 2)
    found = findings(verb, home)
    assert [(row["kind"], row["key"]) for row in found] == [("size", key)]
    assert ["lake-harbor", CASE] in found[0]["records"]
    assert f"lake-harbor {CASE}" in verb("verify", "--home", home).out


def test_an_object_that_nobody_indexed(verb: Verb, home: Path) -> None:
    path, _, _, _key = warc_of(home)
    stray = path.with_name("stray.warc.gz")
    shutil.copyfile(path, stray)
    found = findings(verb, home)
    assert [(row["kind"], Path(row["key"]).name) for row in found] == [("unindexed", "stray.warc.gz")]
    assert "recordwatch recover" in verb("verify", "--home", home).out


def test_a_catalog_row_without_an_object(verb: Verb, home: Path) -> None:
    _, _, _, key = warc_of(home)
    with sqlite3.connect(home / "catalog.sqlite3") as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(catalog_warc)")]
        values = ", ".join("'warc/lake-harbor/none.warc.gz'" if name == "key" else f'"{name}"' for name in columns)
        database.execute(f"INSERT INTO catalog_warc SELECT {values} FROM catalog_warc WHERE key = ?", (key,))
        database.execute(
            "UPDATE catalog_capture SET warc = 'warc/lake-harbor/none.warc.gz' WHERE url LIKE '%lh-2025-0103-report.pdf'"
        )
    database.close()
    found = findings(verb, home)
    assert [(row["kind"], row["key"]) for row in found] == [("missing", "warc/lake-harbor/none.warc.gz")]
    assert ["lake-harbor", CASE] in found[0]["records"]
