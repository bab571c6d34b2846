"""Bytes shown to nobody: by search, diff, export; and nothing new is declared a copy of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.access import restricted
from archive.catalog.database import open_database
from archive.catalog.held import known
from archive.catalog.models import Capture
from archive.commit import Insert
from archive.holdings import Holdings
from archive.ids import uuid7
from archive.verify import verify
from archive.warc.index import scan
from config.home import open_home
from releases.amend import amend
from releases.ledger.plan import Plan
from releases.models import FileVersion
from tests.unit.cli.conftest import Verb
from tests.unit.cli.test_amending import rebuilt_equal, rows

BY = ("--by", "R. Porter")
WHY = ("--why", "a witness asked")


def replaced(home: Path) -> list[FileVersion]:
    """The versions of a file of which two are held."""
    open_database(open_home(str(home)).database_url)
    second = FileVersion.objects.filter(number=2).order_by("id").first()
    assert second is not None
    return list(FileVersion.objects.filter(file=second.file).order_by("number"))


def hits(verb: Verb, home: Path, query: str) -> list[dict[str, Any]]:
    return rows(verb, "search", query, "--limit", "500", "--home", home)


@pytest.fixture
def pair(home: Path) -> list[FileVersion]:
    return replaced(home)


def readable(verb: Verb, home: Path) -> dict[str, Any]:
    """A hit in the text of a file."""
    return next(hit for hit in hits(verb, home, "the") if hit["type"] == "file" and hit["page"])


def test_restricted_bytes_are_found_by_no_search(verb: Verb, home: Path) -> None:
    hit = readable(verb, home)
    said = verb("restrict", "capture", hit["capture"][-12:], *BY, *WHY, "--home", home)
    assert (said.code, said.out) == (0, "")
    assert said.err.startswith("the bytes of 1 file are shown to nobody from now on")
    left = hits(verb, home, "the")
    assert hit["capture"] not in {one["capture"] for one in left}
    assert any(one["type"] == "file" for one in left)


def test_restricted_bytes_are_in_no_diff_and_no_export(
    verb: Verb, home: Path, pair: list[FileVersion], tmp_path: Path
) -> None:
    first, second = pair
    portal, key = Capture.objects.get(pk=first.capture).portal, _key(first)
    verb("restrict", "capture", first.capture, *BY, *WHY, "--home", home)
    diff = verb("diff", portal, key, "--home", home)
    assert "under a restriction" in diff.out + diff.err

    out = tmp_path / "evidence.warc.gz"
    told = json.loads(verb("export", portal, key, "-o", out, "--with-quarantined", "--json", "--home", home).out)
    assert first.capture in told["restricted"]
    with out.open("rb") as file:
        held = {row.payload_digest for row in scan(file, out.name).captures}
    assert first.digest not in held
    assert second.digest in held
    assert "1 capture left out, under a restriction" in _warcinfo(out)


def test_it_is_listed_and_lifted_and_known_to_a_rebuilt_catalog(verb: Verb, home: Path) -> None:
    capture = readable(verb, home)["capture"]
    verb("restrict", "capture", capture, *BY, *WHY, "--home", home)
    again = verb("restrict", "capture", capture, *BY, *WHY, "--home", home)
    assert "under a restriction already" in again.err
    (row,) = rows(verb, "restrict", "list", "--home", home)
    assert (row["by"], row["why"]) == ("R. Porter", "a witness asked")
    assert "a witness asked" in verb("restrict", "list", "--home", home).out
    assert rebuilt_equal(home)
    assert capture not in {hit["capture"] for hit in hits(verb, home, "the")}

    assert verb("restrict", "lift", row["id"][-8:], *BY, "--why", "she agreed", "--home", home).code == 0
    assert capture in {hit["capture"] for hit in hits(verb, home, "the")}
    assert rows(verb, "restrict", "list", "--home", home) == []
    (row,) = rows(verb, "restrict", "list", "--all", "--home", home)
    assert (row["lifted_by"], row["lifted_why"]) == ("R. Porter", "she agreed")
    assert rebuilt_equal(home)


def test_nothing_new_is_declared_a_copy_of_them(verb: Verb, home: Path, pair: list[FileVersion]) -> None:
    digests = [version.digest for version in pair]
    assert set(known(digests)) == set(digests)
    verb("restrict", "capture", pair[0].capture, *BY, *WHY, "--home", home)
    assert set(known(digests)) == {pair[1].digest}


def test_the_evidence_is_untouched(verb: Verb, home: Path, pair: list[FileVersion]) -> None:
    store = home / "archive" / "warc"
    before = {path: path.read_bytes() for path in store.rglob("*.warc.gz")}
    verb("restrict", "capture", pair[0].capture, *BY, *WHY, "--home", home)
    assert {path: path.read_bytes() for path in store.rglob("*.warc.gz")} == before
    assert list(verify(Holdings(open_home(str(home))), full=True)) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("capture", "nothing-like-it", *BY, *WHY), "the catalog knows no such capture"),
        (("capture", "", *BY, *WHY), "several captures have ids that end so"),
        (("lift", "nothing-like-it", *BY, *WHY), "no restriction in force has this id"),
    ],
)
def test_what_cannot_be_done_is_said(verb: Verb, home: Path, arguments: tuple[str, ...], sentence: str) -> None:
    said = verb("restrict", *arguments, "--home", home)
    assert said.code == 2
    assert sentence in said.err


def test_nameless_restrictions_are_refused(verb: Verb, home: Path, pair: list[FileVersion]) -> None:
    said = verb("restrict", "capture", pair[0].capture, "--by", " ", *WHY, "--home", home)
    assert said.code == 2
    assert "need a name and a reason" in said.err
    assert set(known([pair[0].digest])) == {pair[0].digest}


def _key(version: FileVersion) -> str:
    from releases.models import File, Record

    return str(Record.objects.get(pk=File.objects.get(pk=version.file).record).key)


def _warcinfo(path: Path) -> str:
    import gzip

    with gzip.open(path) as file:
        return file.read(2000).decode("utf-8", "replace")


def test_a_restriction_of_before_there_were_kinds_holds_and_is_rebuilt(
    verb: Verb, home: Path, pair: list[FileVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commit records of old versions lack the newer columns."""
    at = datetime.now(UTC)
    row = {
        "id": uuid7(), "portal": "lake-harbor", "digest": pair[0].digest, "why": "old", "by": "R. Porter", "at": at,
        "lifted_at": None, "lifted_by": "", "lifted_why": "",
    }  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr("archive.catalog.commits.completed", list)
        amend(open_home(str(home)), "lake-harbor", "restricted", lambda: Plan([Insert("catalog.Restriction", [row])]))
    assert restricted([version.digest for version in pair]) == {pair[0].digest}
    assert rebuilt_equal(home)
    (listed,) = rows(verb, "restrict", "list", "--home", home)
    assert (listed["kind"], listed["lifts_at"], listed["review_by"]) == ("bytes", None, "")
    assert verb("restrict", "lift", listed["id"], *BY, *WHY, "--home", home).code == 0
    assert restricted([pair[0].digest]) == set()
