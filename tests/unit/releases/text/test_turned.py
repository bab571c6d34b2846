"""Pages that are shown turned, cut and enlarged: words, frames and boxes lie where a person sees them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from releases.facts.model import PdfPage
from releases.quarantine.compare import areas
from releases.text.worker import TextWorker
from releases.viewing.drawer import Drawer, Drawn
from tests.unit.releases.text.drawing import Sheet, box, document, words
from tests.unit.releases.text.scanned import darkest

NAME = "Quillfeather"
SAID = "Statement of the officer on duty at the pier, taken that night"
OVER = box(215, 594, 66, 16)
"""Over the name, and nothing else."""
WIDE, HIGH = 612, 792


@pytest.fixture(scope="module")
def reader() -> Iterator[TextWorker]:
    with TextWorker() as made:
        yield made


@pytest.fixture(scope="module")
def drawer() -> Iterator[Drawer]:
    made = Drawer()
    yield made
    made.close()


def seen_upright(content: str, degrees: int) -> Sheet:
    """A page that looks as `content` says: drawn turned, shown turned back, cut out of a larger one, in double units."""
    turn = {0: (1, 0, 0, 1, 0, 0), 90: (0, 1, -1, 0, HIGH, 0), 180: (-1, 0, 0, -1, WIDE, HIGH), 270: (0, -1, 1, 0, 0, WIDE)}[degrees]  # fmt: skip
    across, up = (HIGH, WIDE) if degrees in {90, 270} else (WIDE, HIGH)
    matrix = " ".join(map(str, (*turn[:4], turn[4] + 100, turn[5] + 50)))
    return Sheet(
        f"q {matrix} cm {content} Q", box=(0, 0, 2000, 2000), crop=(100, 50, 100 + across, 50 + up), rotate=degrees
    )


def pdf(content: str, degrees: int) -> bytes:
    return document(seen_upright(content, degrees)).replace(b"/Rotate", b"/UserUnit 2 /Rotate")


def drawn_by(drawer: Drawer, content: bytes) -> tuple[Drawn, Image.Image]:
    found = drawer.draw("pdf", 1, len(content), lambda start, count: content[start : start + count])
    return found, Image.open(io.BytesIO(found.picture)).convert("L")


LINES = words(SAID, 72, 700) + words("Interview of", 150, 598) + words(NAME, 218, 598) + words("under oath", 292, 598)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_marks_frames_and_boxes_lie_where_a_person_sees_them(reader: TextWorker, drawer: Drawer, degrees: int) -> None:
    from web.editing.told import Sheet as Outline

    bare, covered = pdf(LINES, degrees), pdf(LINES + OVER, degrees)
    found, picture = drawn_by(drawer, bare)
    read = reader.extract("application/pdf", bare)
    start = read.pages[0].index(NAME)
    (mark,) = [tuple(place) for first, _last, *place in found.words if first == start]
    scale = picture.width / WIDE
    left, top, wide, high = mark
    assert (left / scale, (left + wide) / scale) == pytest.approx((218, 274), abs=3)
    assert (top / scale, (top + high) / scale) == pytest.approx((HIGH - 609, HIGH - 595), abs=4)
    assert darkest(picture, (left, top, left + wide, top + high)) < 60

    held = reader.extract("application/pdf", covered)
    assert held.facts is not None
    assert [held.pages[0][first:last] for first, last in held.hidden[1]] == [NAME]
    page: PdfPage = held.facts.pages[0]
    (one,) = page.boxes
    assert page.turned == degrees
    outline = Outline(
        page.width, page.height, ((one.x0, page.height - one.y1, one.x1 - one.x0, one.y1 - one.y0, True),), "", 0
    )
    seen, picture = drawn_by(drawer, covered)
    ((x, y, across, down, _covers),) = outline.shown(seen.turned).boxes
    area = [round(scale * edge) for edge in (x + 1, y + 1, x + across - 1, y + down - 1)]
    assert picture.crop((area[0], area[1], area[2], area[3])).getextrema() == (0, 0), "the frame is around the box"


@pytest.mark.parametrize(("before", "now"), [(0, 180), (270, 0), (90, 180), (180, 180)])
def test_a_version_that_is_turned_otherwise_hides_the_same_words(
    reader: TextWorker, tmp_path_factory: pytest.TempPathFactory, before: int, now: int
) -> None:
    path = tmp_path_factory.mktemp("turned") / "before.pdf"
    path.write_bytes(pdf(LINES, before))
    older = reader.extract("application/pdf", path)
    newer = reader.extract("application/pdf", pdf(LINES.replace(NAME, "") + OVER, now))
    assert older.facts is not None
    assert newer.facts is not None
    wanted = areas(older.facts.pages, older.pages, newer.facts.pages, newer.pages)
    held = reader.words_in(path, wanted)
    assert [older.pages[0][first:last] for first, last in held[1]] == [NAME]
