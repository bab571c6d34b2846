"""Every version that showed a name is held back once one version blackens it, whatever stood between."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample.server import SamplePortal
from tests.acceptance.newsroom import Mailbox
from tests.acceptance.test_quarantine import OTHER, SHOWN, SLUG, Portal, found, holds, mailbox, other, unpacked, watched

__all__ = ["mailbox"]

VISIBLE = other(redacted=False)
ANOTHER = VISIBLE.replace(b"findings of the panel", b"opinions of the panel")
BETWEEN = {
    "an error page": [b"<html><title>Error</title><p>Please try again later.</p></html>"],
    "several": [b"", ANOTHER, b"<html><p>Maintenance</p></html>"],
}


@pytest.mark.parametrize("between", BETWEEN)
def test_a_box_hides_the_words_of_every_version(
    between: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    assert ANOTHER != VISIBLE
    portal = Portal(monkeypatch)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox)
        room.crawl(SLUG)
        assert found(room, SHOWN) != []
        for body in BETWEEN[between]:
            portal.documents[OTHER] = body
            room.crawl(SLUG)
        portal.documents[OTHER] = other(redacted=True)
        room.crawl(SLUG)
        assert found(room, SHOWN) == found(room, f"{SHOWN[:6]}*") == []
        export = tmp_path / "export.warc.gz"
        room.run("export", SLUG, "lh-2025-0102", "-o", str(export))
        assert not holds(unpacked(export.read_bytes()), SHOWN)
        held = room.rows("quarantine", "list")
        assert len([row for row in held if row["reason"] == "visible before"]) == 1 + BETWEEN[between].count(ANOTHER)


def test_a_file_that_was_empty_for_a_day_has_three_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    portal = Portal(monkeypatch)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox)
        room.crawl(SLUG)
        portal.documents[OTHER] = b""
        assert [event["kind"] for event in room.crawl(SLUG)["events"]] == ["file_replaced"]
        portal.documents[OTHER] = VISIBLE
        (event,) = room.crawl(SLUG)["events"]
        assert (event["kind"], event["tags"]) == ("file_replaced", ["reverted"])
        assert room.crawl(SLUG)["events"] == []
        (record,) = room.rows("record", SLUG, "lh-2025-0102")
        sizes = [
            version["size"] for file in record["files"] for version in file["versions"] if "0102" in version["url"]
        ]
        assert sizes == [len(VISIBLE), 0, len(VISIBLE)]
        room.check_archive()
