"""`export -o F.wacz`: a package that stands by itself."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from archive.warc.replay import Replay
from tests.unit.cli.conftest import Verb
from tests.unit.cli.test_amending import rows


@pytest.fixture
def key(verb: Verb, home: Path) -> str:
    """A record whose file was replaced: two versions, and pages that were seen again and again."""
    return str(rows(verb, "releases", "--kind", "file_replaced", "--home", home)[0]["key"])


@pytest.fixture
def package(verb: Verb, home: Path, key: str, tmp_path: Path) -> Path:
    path = tmp_path / "evidence.wacz"
    said = verb("export", "lake-harbor", key, "-o", path, "--home", home)
    assert said.code == 0, said.err
    assert said.out.startswith(f"{path}: ")
    return path


def described(package: Path) -> dict[str, Any]:
    with zipfile.ZipFile(package) as opened:
        found: dict[str, Any] = json.loads(opened.read("datapackage.json"))
        return found


def test_every_file_is_listed_with_its_size_and_hash(package: Path) -> None:
    with zipfile.ZipFile(package) as opened:
        assert opened.testzip() is None
        data = described(package)
        assert (data["wacz_version"], data["profile"]) == ("1.1.1", "data-package")
        listed = {one["path"]: one for one in data["resources"]}
        assert {*listed, "datapackage.json", "datapackage-digest.json"} == set(opened.namelist())
        for path, one in listed.items():
            content = opened.read(path)
            assert (one["bytes"], one["hash"]) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
        digest = json.loads(opened.read("datapackage-digest.json"))
        assert digest["hash"] == f"sha256:{hashlib.sha256(opened.read('datapackage.json')).hexdigest()}"


def test_the_warc_is_stored_and_the_index_finds_its_members(package: Path) -> None:
    with zipfile.ZipFile(package) as opened:
        assert opened.getinfo("archive/data.warc.gz").compress_type == zipfile.ZIP_STORED
        warc = opened.read("archive/data.warc.gz")
        lines = opened.read("indexes/index.cdx").splitlines()
    assert lines == sorted(lines)
    for line in lines:
        entry = json.loads(line.split(b" ", 2)[2])
        assert entry["filename"] == "data.warc.gz"
        assert warc[int(entry["offset"]) :][:2] == b"\x1f\x8b"


def test_its_pages_begin_with_the_record_and_replay_from_the_package_alone(
    verb: Verb, home: Path, key: str, package: Path, tmp_path: Path
) -> None:
    (record,) = rows(verb, "record", "lake-harbor", key, "--home", home)
    with zipfile.ZipFile(package) as opened:
        head, *pages = (json.loads(line) for line in opened.read("pages/pages.jsonl").splitlines())
        opened.extract("archive/data.warc.gz", tmp_path)
    assert head["format"] == "json-pages-1.0"
    assert pages[0]["url"] == record["url"] == described(package)["mainPageUrl"]
    assert record["title"] in pages[0]["title"]
    replay = Replay.from_file(tmp_path / "archive" / "data.warc.gz")
    for page in pages:
        assert replay.get(page["url"]).body


def test_nothing_is_left_beside_it_when_it_cannot_be_written(verb: Verb, home: Path, tmp_path: Path, key: str) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    said = verb("export", "lake-harbor", f"no-{key}", "-o", folder / "evidence.wacz", "--home", home)
    assert said.code == 2
    assert "there is no record" in said.err
    assert list(folder.iterdir()) == []
    said = verb("export", "lake-harbor", key, "-o", tmp_path / "nowhere" / "evidence.wacz", "--home", home)
    assert said.code == 1
    assert "could not be written" in said.err


def test_other_endings_are_refused(verb: Verb, home: Path, tmp_path: Path, key: str) -> None:
    said = verb("export", "lake-harbor", key, "-o", tmp_path / "evidence.zip", "--home", home)
    assert said.code == 2
    assert "must end in .warc.gz or .wacz" in said.err
