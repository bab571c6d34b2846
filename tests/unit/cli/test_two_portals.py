"""Bytes that several portals publish are kept once, and each portal's evidence still stands by itself."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from archive.catalog.database import open_database
from archive.catalog.models import Capture
from archive.holdings import Holdings
from archive.verify import verify
from archive.warc.replay import Replay
from config.home import open_home
from releases.models import File, FileVersion, Record
from sample.server import SamplePortal, portal_file
from tests.unit.cli.conftest import Verb

MIRROR = "lake-harbor-mirror"


def add_mirror(home: Path, portal: SamplePortal) -> None:
    """The same agency's files, at a portal of another name and host."""
    text = portal_file(portal.url.replace("127.0.0.1", "localhost"))
    text = text.replace('slug = "lake-harbor"', f'slug = "{MIRROR}"').replace('"127.0.0.1"', '"localhost"')
    (home / "portals" / f"{MIRROR}.toml").write_text(text, "utf-8")


@pytest.fixture
def mirrored(verb: Verb, home: Path, portal: SamplePortal) -> Path:
    add_mirror(home, portal)
    portal.day = 4
    said = verb("crawl", MIRROR, "--home", home)
    assert said.code == 0, said.err
    open_database(open_home(str(home)).database_url)
    return home


def files(portal: str) -> dict[str, Capture]:
    """The newest answers that brought a PDF, by the last part of their address."""
    found = Capture.objects.filter(portal=portal, status=200, mime="application/pdf").order_by("at")
    return {row.url.rsplit("/", 1)[-1]: row for row in found if row.kind != "revisit-not-modified"}


def test_the_second_portals_files_are_revisits_of_the_firsts(mirrored: Path) -> None:
    first, second = files("lake-harbor"), files(MIRROR)
    assert second
    for name, row in second.items():
        assert row.kind == "revisit-identical", name
        original = Capture.objects.get(pk=row.refers_to)
        assert (original.portal, original.kind, original.truncated) == ("lake-harbor", "response", "")
        assert (original.payload_digest, original.payload_length) == (row.payload_digest, row.payload_length)
        assert original.payload_digest == first[name].payload_digest
    assert list(verify(Holdings(open_home(str(mirrored))), full=True)) == []


def test_a_package_of_the_second_brings_the_firsts_bytes_along(verb: Verb, mirrored: Path, tmp_path: Path) -> None:
    version = FileVersion.objects.filter(capture__in=[row.id for row in files(MIRROR).values()]).first()
    assert version is not None
    key = Record.objects.get(pk=File.objects.get(pk=version.file).record).key
    out = tmp_path / "evidence.wacz"
    assert verb("export", MIRROR, key, "-o", out, "--home", mirrored).code == 0
    with zipfile.ZipFile(out) as package:
        package.extract("archive/data.warc.gz", tmp_path)
    replay = Replay.from_file(tmp_path / "archive" / "data.warc.gz")
    row = replay.find(version.url)
    assert row.id == version.capture
    assert row.kind == "revisit-identical"
    assert replay.replay(row).body.startswith(b"%PDF-")


def test_restricted_bytes_are_kept_again_in_full(verb: Verb, home: Path, portal: SamplePortal) -> None:
    open_database(open_home(str(home)).database_url)
    shut, *others = files("lake-harbor").values()
    verb("restrict", "capture", shut.id, "--by", "R. Porter", "--why", "an embargo", "--home", home)
    add_mirror(home, portal)
    portal.day = 4
    assert verb("crawl", MIRROR, "--home", home).code == 0
    kinds = {row.payload_digest: row.kind for row in files(MIRROR).values()}
    assert kinds[shut.payload_digest] == "response"
    assert {kinds[row.payload_digest] for row in others if row.payload_digest in kinds} == {"revisit-identical"}
