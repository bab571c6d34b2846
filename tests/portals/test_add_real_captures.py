"""What is proposed for real pages and rows, where they are at hand.

Each file is served at an address that says nothing (`/1`, `/2`, …) by a server that has nothing else, and
whoever proposes is not told which it is. A platform's own questions find no answer there, so none may be
claimed; what the page itself shows must be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import ClassVar

import pytest

from config.home import Home, open_home
from crawler.recognise import NotRecognised, Recognised, recognise
from releases.model import Record
from spiders.recognition.lists import proven
from tests.captures import REAL, needs_captures
from tests.portals.home import replica_home
from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

KINDS = {
    ".html": "text/html",
    ".csv": "text/csv",
    ".json": "application/json",
    ".txt": "text/plain",
    ".pdf": "application/pdf",
}
FILES = [] if not REAL.is_dir() else sorted(
    path for path in REAL.rglob("*") if path.suffix in KINDS and path.parent.name != "antibot-snapshots" and path.parent != REAL
)  # fmt: skip
LIST, PAGE, TABLE, NONE = "listing", "pages", "table", ""
PROPOSED: list[tuple[str, str, int]] = [
    ("chicago-police-board/*", LIST, 9),
    ("chicago-ccpsa-district-councils/DC001.html", LIST, 5),
    ("chicago-ccpsa-district-councils/DC002.html", LIST, 3),
    ("chicago-ccpsa-district-councils/*", PAGE, 1),
    ("copa-case-portal/2018_summary_reports_copa.html", LIST, 2),
    ("copa-case-portal/summary_reports_copa.html", LIST, 2),
    ("copa-case-portal/*.html", PAGE, 1),
    ("copa-case-portal/cases@2016-09-01.csv", TABLE, 127),
    ("copa-case-portal/cases@2016-12-13.csv", TABLE, 152),
    ("copa-case-portal/cases@2021-09-29.csv", TABLE, 345),
    ("copa-case-portal/*.csv", TABLE, 0),
    ("copa-case-portal/*.json", TABLE, 2),
    ("copa-legacy-ipra/*", NONE, 0),
    ("cpd-directives/toc@2015-02-17.html", LIST, 682),
    ("cpd-directives/toc@2017-12-02.html", LIST, 717),
    ("cpd-directives/*", PAGE, 1),
    ("detroit*/det_police_commissioners_board_all.html", LIST, 7),
    ("detroit*", LIST, 5),
    ("documentcloud-api/documents-list-*", TABLE, 25),
    ("documentcloud-api/*", NONE, 0),
    ("flock-transparency-portal/*.html", PAGE, 1),
    ("govqa/*.html", PAGE, 1),
    ("nextrequest/*.html", PAGE, 1),
    ("nextrequest/foia_docs_cache.json", TABLE, 50),
    ("page-text-excerpts/*", PAGE, 1),
    ("pdf-edge-cases/*", PAGE, 1),
    ("socrata-copa/copa_scraped_demographics.csv", TABLE, 151),
    ("socrata-copa/copa_scraped_split.*", TABLE, 10),
    ("*", NONE, 0),
]
"""File → the spider, and how many rows or records it reads on that page; 0: not counted. The first that fits counts."""


class Neutral(PlatformReplica):
    """Each file at the address of its number; everything else is not there."""

    hosts: ClassVar = ("portal.example",)

    def reply(self, asked: Asked) -> Reply:
        number = asked.path.strip("/").partition(".")[0]
        if not number.isdigit() or int(number) >= len(FILES):
            return NOT_FOUND
        file = FILES[int(number)]
        return Reply(file.read_bytes(), kind=KINDS[file.suffix])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Neutral() as replica:
        yield open_home(replica_home(tmp_path_factory.mktemp("neutral") / "home", [replica]))


def name(path: Path) -> str:
    return str(path.relative_to(REAL))


def expected(path: Path) -> tuple[str, int]:
    return next((spider, rows) for pattern, spider, rows in PROPOSED if fnmatch(name(path), pattern))


def rows(found: Recognised) -> int:
    proposal = found.proposal
    if proposal.spider == LIST:
        records: list[Record] = proven(found.seen, {k: v for k, v in proposal.parameters.items() if k != "detail"})
        return len(records)
    return proposal.records or proposal.files or 25


@needs_captures
@pytest.mark.parametrize("path", FILES, ids=name)
def test_what_is_proposed_for_a_real_page(home: Home, path: Path) -> None:
    spider, many = expected(path)
    ending = ".pdf" if path.suffix == ".pdf" else ""
    url = f"https://portal.example/{FILES.index(path)}{ending}"
    if spider == NONE:
        with pytest.raises(NotRecognised):
            recognise(home, url, private=("portal.example",))
        return
    found = recognise(home, url, private=("portal.example",))
    assert (found.platform, found.proposal.spider) == ("", spider), found.proposal
    assert not many or rows(found) == many
    assert found.proposal.evidence
