"""PDFs made to exhaust whoever looks for boxes: each ends in an outcome, and the next document is read."""

from __future__ import annotations

import pytest

from releases.text.worker import TextWorker
from tests.unit.releases.text.drawing import Sheet, box, document, form, image, words

LINE = words("The witness Ada Byrne of Elm Street said so.", 72, 700)
BLACK = box(135, 697, 55, 14)


def nested(levels: int) -> dict[str, bytes]:
    """Forms of which each draws the next ten times."""
    return {
        f"X{n}": form(f"/X{n + 1} Do " * 10 if n < levels else BLACK, more=f"/XObject << /X{n + 1} {6 + n + 1} 0 R >>")
        for n in range(levels + 1)
    }


LARGE = {
    "100,000 boxes": (Sheet(LINE + "".join(box(n % 600, n // 600 * 4, 5, 5) for n in range(100_000)) + BLACK), True),
    "3,000 boxes over 10,000 letters": (
        Sheet("".join(words("letters " * 12, 40, 780 - n * 6, 5) for n in range(120)) + "".join(box(40, 40, 500, 752) for _ in range(3_000))),
        True,
    ),
    "10,000 marks": (Sheet(LINE, annotations=["<< /Type /Annot /Subtype /Square /Rect [135 697 190 711] /IC [0 0 0] >>"] * 10_000), True),
    "a page of 100 m": (Sheet(LINE + BLACK, box=(0, 0, 280_000, 280_000)), False),
    "a page of nothing": (Sheet(LINE + BLACK, box=(0, 0, 0, 0)), False),
    "a page inside out": (Sheet(LINE + BLACK, box=(612, 792, 0, 0)), True),
    "no numbers": (Sheet("1e38 0 0 1e38 0 0 cm " + LINE + box(-1e30, -1e30, 2e30, 2e30)), False),
    "a picture of little and many pixels": (
        Sheet(LINE + "q 55 0 0 14 135 697 cm /I Do Q", things={"I": image(12_000, 12_000, bytes(144_000_000))}), True
    ),
    "60,000 letters under one box": (
        Sheet("".join(words("x" * 500, 10, 780 - n * 7, 2) for n in range(100)) + box(0, 0, 612, 792)), True
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_large(name):
    sheet, hides = LARGE[name]
    with TextWorker(seconds=20) as worker:
        found = worker.extract("application/pdf", document(sheet))
        assert found.trouble == ""
        assert len(found.facts.pages) == 1
        shown = _shown(found)
        assert ("Ada" not in shown and "letters" not in shown and "x" not in shown) or not hides
        assert worker.extract("application/pdf", document(Sheet(LINE + BLACK))).hidden


def _shown(found) -> str:
    spans = found.hidden.get(1, [])
    return "".join(c for place, c in enumerate(found.pages[0]) if not any(a <= place < b for a, b in spans))


@pytest.mark.parametrize("levels", [3, 7])
def test_forms_in_forms(levels):
    with TextWorker(seconds=1) as worker:
        found = worker.extract("application/pdf", document(Sheet(LINE + "/X0 Do", things=nested(levels))))
        assert found.trouble in {"", "too slow", "too much memory", "crashed"}
        assert "Ada Byrne" not in _shown(found) if found.pages else found.trouble
        assert worker.extract("application/pdf", document(Sheet(LINE))).pages


def test_a_page_too_slow_to_draw_is_judged_by_its_shapes():
    """Drawing it takes minutes, reading it none: its text is kept, and what lies under its box is hidden."""
    paths = "".join(f"0 0 m {n % 613} 792 l 612 {n % 791} l 3 3 l h " for n in range(60_000))
    sheet = Sheet(LINE + BLACK + paths + "f* ")
    with TextWorker(seconds=2) as worker:
        found = worker.extract("application/pdf", document(sheet, Sheet(LINE)))
    assert found.trouble == ""
    assert "Ada Byrne" not in _shown(found)
    assert len(found.pages) == 2


def test_a_damaged_end_hides_no_less():
    with TextWorker() as worker:
        found = worker.extract("application/pdf", document(Sheet(LINE + BLACK), cut=6))
    assert "Ada Byrne" not in _shown(found)


def test_a_reader_that_was_taken_over_may_say_anything():
    with TextWorker() as worker:
        for mark, said in ((b"X", b"nonsense"), (b"X", b'{"hidden": 5, "page": {}}'), (b"M", b"[]"), (b"P", b"\xff")):
            worker._sandbox.ask = lambda *_, mark=mark, said=said: iter([(mark, said), (b"D", b"")])
            found = worker.extract("application/pdf", document(Sheet(LINE)))
            assert (found.trouble == "crashed") == (mark != b"P")
