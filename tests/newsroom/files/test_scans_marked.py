"""Words that a machine read off the picture of a page are marked on it: read by the real program, in a real crawl's stage."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive.catalog.models import Derived
from archive.portal_lock import portal_lock
from config.programs import TESSERACT
from crawler.deposit import deposit
from crawler.ocr_stage import read_scans
from crawler.run import Crawl
from releases.ledger.deposit import Said
from releases.models import FileFacts, Quarantine
from releases.text.places import MIME
from tests.newsroom.files.shelf import PORTAL, address, version
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of
from tests.services.programs import needs_program
from tests.unit.releases.text.drawing import Sheet, box, document, words
from tests.unit.releases.text.scanned import darkest, page, picture, sheet, width

NAME = "Quillfeather"
SCAN = page("The panel reviewed the pursuit", f"by officer {NAME} on Pier Road", "near the lighthouse.")
UPSIDE_DOWN = Sheet(
    "q -612 0 0 -792 712 842 cm /S Do Q", (0, 0, 900, 900), (100, 50, 712, 842), 180, sheet(SCAN).things
)
"""The scan lies upside down in a part of a larger page, and the page is shown turned."""
BOTCHED = Sheet(words(f"Statement of {NAME} at the pier.", 72, 700) + box(70, 690, 320, 22), rotate=180)


@pytest.fixture(scope="module")
def scans(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A home with scans, and a botched page that is shown turned."""
    needs_program(TESSERACT)
    folder = tmp_path_factory.mktemp("scans")
    with Newsroom.over(copy_of(told, folder / "home")) as newsroom:
        for name, content in {
            "scan.pdf": document(UPSIDE_DOWN), "letter.png": picture(SCAN, "PNG"), "turned.pdf": document(BOTCHED),
        }.items():  # fmt: skip
            (folder / name).write_bytes(content)
        paths = [folder / name for name in ("scan.pdf", "letter.png", "turned.pdf")]
        deposit(newsroom.home, newsroom.home.portal(PORTAL), paths, Said("Scans", "memo", "Handed in."))
        read(newsroom)
        yield newsroom


def read(newsroom: Newsroom, *, again: bool = False) -> None:
    """What the last stage of a crawl does."""

    async def stage() -> None:
        crawl = Crawl(newsroom.home, newsroom.home.portal(PORTAL), newsroom.holdings, lambda *_: None)
        try:
            await read_scans(crawl, again=again)
        finally:
            await crawl.writer.close()
            await crawl.database.close()

    with portal_lock(newsroom.home.locks, PORTAL):
        asyncio.run(stage())


def boxes(page: str) -> list[tuple[int, ...]]:
    """Left, top, width, height of what is marked as read by a machine."""
    found = re.findall(r'class="hit read-off" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', page)
    return [tuple(map(int, one)) for one in found]


def shown(scans: Newsroom, name: str, query: str, role: str = "") -> tuple[str, Any]:
    """The file's page, and the same as data."""
    answers = [scans.get(address(name, more), role) for more in (query, f".json{query}")]
    assert [answer.status_code for answer in answers] == [200, 200]
    return answers[0].content.decode(), answers[1].json()["page"]


@pytest.mark.parametrize("name", ["scan.pdf", "letter.png"])
def test_words_read_off_a_picture_are_marked_on_it(scans: Newsroom, name: str) -> None:
    page, data = shown(scans, name, f"?q={NAME}")
    (mark,) = boxes(page)
    assert data["marks_read_off"] == [list(mark)]
    assert data["marks"] == []
    left, top, wide, high = mark
    seen = Image.open(io.BytesIO(scans.get(address(name, "/v/1/pages/1")).content))
    scale = seen.width / SCAN.width
    assert (left / scale, top / scale) == pytest.approx((100 + width("by officer "), 185), abs=8)
    assert darkest(seen, (left, top, left + wide, top + high)) < 100
    assert darkest(seen, (left, top + high, left + wide, top + high + 9)) > 150, "nothing stands below it"
    assert "A dashed frame stands around words that a machine read there" in page
    assert "so they are marked here alone" not in page
    assert boxes(shown(scans, name, "?q=walrus")[0]) == []


def test_what_was_read_before_has_marks_once_it_is_read_again(scans: Newsroom) -> None:
    digest = version("scan.pdf").digest
    row = FileFacts.objects.get(digest=digest, kind="ocr")
    row.facts = {name: value for name, value in row.facts.items() if name != "placed"}
    row.save()
    Derived.objects.filter(capture=version("scan.pdf").capture, mime=MIME).delete()
    page, _data = shown(scans, "scan.pdf", f"?q={NAME}")
    assert boxes(page) == []
    assert "so they are marked here alone" in page
    texts = Derived.objects.filter(kind="conversion").count()
    read(scans)
    assert boxes(shown(scans, "scan.pdf", f"?q={NAME}")[0]) == [], "a crawl does not read it again by itself"
    read(scans, again=True)
    assert len(boxes(shown(scans, "scan.pdf", f"?q={NAME}")[0])) == 1
    assert Derived.objects.filter(kind="conversion").count() == texts
    assert FileFacts.objects.filter(digest=version("letter.png").digest, kind="ocr").count() == 1


def test_frames_for_editors_stand_around_the_boxes_of_a_turned_page(scans: Newsroom) -> None:
    held = Quarantine.objects.get(digest=version("turned.pdf").digest)
    for known in (True, False):
        page = scans.get(f"/editing/held/{held.id}", "editor").content.decode()
        x, y, wide, high = map(
            float, re.findall(r'"box covers" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', page)[0]
        )
        href = re.findall(r'<image href="([^"]+)"', page)[0]
        seen = Image.open(io.BytesIO(scans.get(href, "editor").content)).convert("L")
        scale = seen.width / 612
        area = ((x + 1) * scale, (y + 1) * scale, (x + wide - 1) * scale, (y + high - 1) * scale)
        assert max(seen.crop(area).tobytes()) < 60, known
        facts = FileFacts.objects.get(digest=held.digest, kind="pdf")  # as an earlier version left it
        facts.facts = facts.facts | {"pages": [{**one, "turned": None} for one in facts.facts["pages"]]}
        facts.save()


def test_nothing_that_is_held_back_is_marked(scans: Newsroom) -> None:
    of = version("scan.pdf")
    text = shown(scans, "scan.pdf", "")[1]["text"]
    start = text.index(NAME)
    row = Quarantine.objects.get(digest=version("turned.pdf").digest)
    row.pk, row.digest, row.capture, row.page = "held-scan", of.digest, of.capture, 1
    row.spans = [[start, start + len("Quill")]]
    row.save(force_insert=True)
    for role, marks in (("editor", 1), ("", 0)):
        for asked, found in ((NAME, 0), ("feather", 0), ("lighthouse", marks)):
            page, data = shown(scans, "scan.pdf", f"?q={asked}", role)
            assert len(boxes(page)) == len(data["marks_read_off"]) == found, (role, asked)
            assert NAME not in (data["text"] if asked == NAME else page)
    row.delete()
