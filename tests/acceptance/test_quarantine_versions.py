"""Every version that showed a name is held back once one version blackens it, whatever stood between.

Three reports of one portal, each with its own course and its own name, over the same five crawls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.acceptance.redactions import SLUG, found, holds, other, published, unpacked, unwatched


def report(number: str) -> str:
    return f"/documents/lh-2025-{number}-report.pdf"


AFTER_AN_ERROR, AFTER_SEVERAL = "Quillfeather", "Marrowbridge"
EMPTY = "Tanglefoot"
VISIBLE = {
    "0101": other(redacted=False, name=AFTER_AN_ERROR, road="Quay"),
    "0102": other(redacted=False, name=AFTER_SEVERAL),
    "0103": other(redacted=False, name=EMPTY, road="Mill"),
}
ANOTHER = VISIBLE["0102"].replace(b"findings of the panel", b"opinions of the panel")
LATER = {
    "0101": [b"<html><title>Error</title><p>Please try again later.</p></html>", other(redacted=True, road="Quay")],
    "0102": [b"", ANOTHER, b"<html><p>Maintenance</p></html>", other(redacted=True)],
    "0103": [b"", VISIBLE["0103"]],
}
"""What each report is on the crawls after the first; then it stays."""


@dataclass
class Watched:
    room: Newsroom
    first: dict[str, list[tuple[str, int]]]
    """Name → where it was found after the first crawl."""
    events: list[list[dict[str, Any]]]
    """Of each crawl after that."""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    mailbox = Mailbox()
    with published({report(number): body for number, body in VISIBLE.items()}) as portal:
        room = unwatched(tmp_path_factory.mktemp("versions") / "home", portal, mailbox)
        room.crawl(SLUG)
        told = Watched(room, {name: found(room, name) for name in (AFTER_AN_ERROR, AFTER_SEVERAL)}, [])
        for crawl in range(4):
            portal.documents |= {
                report(number): bodies[crawl] for number, bodies in LATER.items() if crawl < len(bodies)
            }
            told.events.append(room.crawl(SLUG)["events"])
    yield told
    mailbox.close()


@pytest.mark.parametrize(("number", "name"), [("0101", AFTER_AN_ERROR), ("0102", AFTER_SEVERAL)])
def test_a_box_hides_the_words_of_every_version(number: str, name: str, watched: Watched, tmp_path: Path) -> None:
    assert VISIBLE["0102"] != ANOTHER
    room = watched.room
    assert watched.first[name] != []
    assert found(room, name) == found(room, f"{name[:6]}*") == []
    export = tmp_path / "export.warc.gz"
    room.run("export", SLUG, f"lh-2025-{number}", "-o", str(export))
    assert not holds(unpacked(export.read_bytes()), name)
    held = [row for row in room.rows("quarantine", "list") if row["key"] == f"lh-2025-{number}"]
    assert len([row for row in held if row["reason"] == "visible before"]) == 1 + LATER[number].count(ANOTHER)


def test_a_file_that_was_empty_for_a_day_has_three_versions(watched: Watched) -> None:
    key = "lh-2025-0103"
    mine = [[(event["kind"], event["tags"]) for event in events if event["key"] == key] for events in watched.events]
    assert mine == [[("file_replaced", ["suspicious"])], [("file_replaced", ["reverted"])], [], []]
    (record,) = watched.room.rows("record", SLUG, key)
    sizes = [version["size"] for file in record["files"] for version in file["versions"] if "0103" in version["url"]]
    assert sizes == [len(VISIBLE["0103"]), 0, len(VISIBLE["0103"])]
    assert found(watched.room, EMPTY) != [], "nobody blackened it"
    watched.room.check_archive()
