"""Text from everything, by the real command: scans, Office files, mail, and what has no text says why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.programs import TESSERACT
from sample.server import SamplePortal, portal_file
from sample.site import Resource
from sample.site import resource as of_the_story
from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.services.programs import needs_program
from tests.unit.releases.text.drawing import Sheet, box, document, words
from tests.unit.releases.text.office_files import DOCX, letter, mail
from tests.unit.releases.text.scanned import area, page, sheet

SLUG = "lake-harbor"
BLACKENED, LATER, UNDER, UNREAD = "Zebulonquist", "Quillfeather", "Harlanott", "Wolfenbarger"
"""Names: under a box of a scan; readable in a scan until its next version; under a black highlight; as the second,
in a scan that was not read before its next version came.
"""
SCAN = "/documents/lh-2025-0101-report.pdf"
WORD = "/documents/lh-2025-0102-report.pdf"
MAIL = "/documents/lh-2025-0103-report.pdf"
POLICY = "/documents/policy-3-02.pdf"
LOCKED = "/documents/lh-2025-0104-report.pdf"
LINES = (
    "The panel reviewed the pursuit",
    f"by officer {LATER} on Pier Road",
    f"and sergeant {BLACKENED}",
    "near the lighthouse.",
)


def scan(*, redacted: bool) -> bytes:
    """A page of text, then a scanned one on which a name is blackened; `redacted`: two names."""
    over = box(*area(BLACKENED, 2, "and sergeant "))
    over += box(*area(LATER, 1, "by officer ")) if redacted else ""
    return document(Sheet(words("FICTIONAL. Cover letter of the harbormaster.", 72, 720)), sheet(page(*LINES), over))


ENCRYPTED = document(Sheet(words("Secret", 72, 720))).replace(
    b"trailer << ", b"trailer << /ID [<00><00>] /Encrypt << /Filter /Nobodys /V 9 >> "
)


def unread(*, redacted: bool) -> bytes:
    """A scan whose next version comes before anybody read the first."""
    over = box(*area(UNREAD, 1, "Interview of ")) if redacted else ""
    return document(sheet(page("Held at the customs house.", f"Interview of {UNREAD}", "on the fourth of May."), over))


class Portal:
    """The sample portal with documents of ours in place of some of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.documents = {
            SCAN: Resource(scan(redacted=False), "application/pdf"),
            WORD: Resource(letter("The lifeguard's testimony.", black=UNDER), DOCX),
            MAIL: Resource(mail(attached={"note.docx": (letter("About the breakwater."), DOCX)}), "message/rfc822"),
            POLICY: Resource(unread(redacted=False), "application/pdf"),
            LOCKED: Resource(ENCRYPTED, "application/pdf"),
        }
        monkeypatch.setattr("sample.server.resource", self.resource)

    def resource(self, world: Any, path: str, number: int, *, broken: bool) -> Resource | None:
        return self.documents.get(path) or of_the_story(world, path, number, broken=broken)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box_ = Mailbox()
    yield box_
    box_.close()


def found(room: Newsroom, query: str) -> list[tuple[str, int, int]]:
    """Key, page and confidence of each hit in a file."""
    hits = room.rows("search", query)
    return [(hit["key"], hit["page"], hit["confidence"]) for hit in hits if hit["capture"]]


def told(room: Newsroom, key: str) -> str:
    return room.run("record", SLUG, key).stdout


def test_every_kind_of_document_is_found_by_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    needs_program(TESSERACT)
    portal = Portal(monkeypatch)
    with SamplePortal(day=1) as server:
        room = Newsroom(tmp_path / "home", mailbox)
        room.watch(portal_file(server.url), SLUG)
        elsewhere = tmp_path / "bin"
        elsewhere.mkdir()
        for name in ("true", "unshare"):
            if there := shutil.which(name):
                (elsewhere / name).symlink_to(there)
        with monkeypatch.context() as without:
            without.setenv("PATH", str(elsewhere))
            (said,) = [line for line in room.crawl(SLUG)["warnings"] if "tesseract" in line]
            assert said.startswith("2 scanned documents are without text: tesseract is not on this machine")
            assert "package `tesseract-ocr`" in said
            assert "tesseract is not on this machine" in " ".join(told(room, "lh-2025-0101").split())
        assert sorted(found(room, "harbormaster OR lighthouse OR testimony OR breakwater")) == [
            ("lh-2025-0101", 1, 0), ("lh-2025-0102", 1, 0), ("lh-2025-0103", 2, 0),
        ]  # fmt: skip

        portal.documents[POLICY] = Resource(unread(redacted=True), "application/pdf")
        assert [line for line in room.crawl(SLUG)["warnings"] if "scan" in line] == []
        assert len(found(room, "customs")) == 1, "the new version's; all of the older one's page is held back"
        ((key, number, sure),) = found(room, f"lighthouse {LATER}")
        assert (key, number) == ("lh-2025-0101", 2)
        assert 80 <= sure <= 100
        assert found(room, f"{UNDER} OR {UNREAD} OR {BLACKENED} OR {BLACKENED[:6]}*") == []
        assert "page 2 read off its picture by tesseract" in " ".join(told(room, "lh-2025-0101").split())
        assert "encrypted" in told(room, "lh-2025-0104")

        portal.documents[SCAN] = Resource(scan(redacted=True), "application/pdf")
        portal.documents[WORD] = Resource(letter("The lifeguard's second testimony.", black=UNDER), DOCX)
        room.crawl(SLUG)
        assert found(room, LATER) == []
        assert {row["reason"] for row in room.rows("quarantine", "list")} == {"under a box", "visible before"}
        assert LATER not in room.run("diff", SLUG, "lh-2025-0101").stdout
        changes = room.run("diff", SLUG, "lh-2025-0102").stdout
        assert "The lifeguard's {+second +}testimony." in changes
        assert UNDER not in changes
        room.check_archive()
