"""One driver for all portals: each folder beside it holds a portal file, its answers and what to expect.

    tests/portals/<slug>/portal.toml       the portal
    tests/portals/<slug>/pages/            answers to read and edit; urls.tsv says which stands at which URL, or
    tests/portals/<slug>/replica           the name of a platform's replica in `tests/replicas`, and hazards
    tests/portals/<slug>/capture.warc.gz   the same, as crawled and archived by `python -m tests.portals.capture`
    tests/portals/<slug>/expected.jsonl    what the spider must yield from the archive, one JSON object a line

Pages have a real portal's structure and fictional content. A missing expected.jsonl is written and the
test fails, until somebody has read it and committed it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive.warc.replay import Replay
from config.portal import read_portal
from releases.model import ListingPage, Sighting
from spiders.registry import spider_class
from tests.portals.capture import crawled, replica_of
from tests.portals.offline import Outcome, answered, converse
from tests.portals.replica import pages

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent for path in HERE.glob("*/portal.toml"))
REPLICATED = [folder for folder in FOLDERS if (folder / "replica").exists()]
STORED = [folder for folder in FOLDERS if folder not in REPLICATED]


def lines(outcome: Outcome) -> list[dict[str, Any]]:
    """What was yielded, as JSON says it; `raw` is left out because the pages lie beside it."""
    rows = []
    for item in outcome.yielded:
        row = msgspec.to_builtins(item)
        row.pop("raw", None)
        for name, value in row.items():
            if isinstance(getattr(item, name, None), frozenset):
                row[name] = sorted(value)
        rows.append(
            {"is": type(item).__name__, **{name: value for name, value in row.items() if value not in ("", None, [])}}
        )
    rows += [{"is": "PageError", "where": error.url, "what": error.what} for error in outcome.errors]
    return [_told(msgspec.json.decode(msgspec.json.encode(row))) for row in rows]


def stated(folder: Path) -> list[dict[str, Any]]:
    """What must be yielded."""
    return [_told(msgspec.json.decode(line)) for line in (folder / "expected.jsonl").read_bytes().splitlines()]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """`row` with what its files say, and not what they do not."""
    if "files" in row:
        row["files"] = [
            {name: value for name, value in file.items() if value is not None} for file in row["files"] or ()
        ]
    return row


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_a_spider_reads(folder: Path) -> None:
    portal = read_portal(folder / "portal.toml")
    found = lines(converse(spider_class(portal.spider)(portal), answered(folder / "capture.warc.gz")))
    expected = folder / "expected.jsonl"
    if not expected.exists():
        expected.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in found))
        pytest.fail(f"{expected} was missing and has been written: read it, correct the spider or commit it")
    assert found == stated(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_record_was_sighted_and_every_listing_ends(folder: Path) -> None:
    portal = read_portal(folder / "portal.toml")
    outcome = converse(spider_class(portal.spider)(portal), answered(folder / "capture.warc.gz"))
    sighted = {sighting.key for sighting in outcome.of(Sighting)}
    records = [row["key"] for row in lines(outcome) if row["is"] == "Record"]
    assert records
    assert set(records) <= sighted
    assert len(set(records)) == len(records)
    listings = {page.listing for page in outcome.of(ListingPage)}
    assert {page.listing for page in outcome.of(ListingPage) if page.last} == listings


@pytest.mark.parametrize("folder", REPLICATED, ids=lambda folder: folder.name)
def test_the_replica_answers_as_it_is_archived(folder: Path, tmp_path: Path) -> None:
    portal = read_portal(folder / "portal.toml")
    with replica_of(folder) as replica:
        found = asyncio.run(crawled(replica, portal, tmp_path / "again.warc.gz"))
    assert not found.fatal
    assert not found.findings.failures
    again = lines(converse(spider_class(portal.spider)(portal), answered(tmp_path / "again.warc.gz")))
    expected = stated(folder)
    assert again == expected, f"`python -m tests.portals.capture {folder.name}` archives a changed replica anew"
    assert {record.key for record in found.records} == {row["key"] for row in expected if row["is"] == "Record"}


@pytest.mark.parametrize("folder", STORED, ids=lambda folder: folder.name)
def test_the_archive_holds_the_pages(folder: Path) -> None:
    replay = Replay.from_file(folder / "capture.warc.gz")
    held = {url: replay.get(url).body for url in replay.urls}
    assert held == pages(folder / "pages"), (
        f"`python -m tests.portals.capture {folder.name}` archives edited pages anew"
    )
