"""Words blacked out in ways that are not one black rectangle, and look-alikes of each that hide nothing."""

from __future__ import annotations

import pytest

from releases.text.worker import TextWorker
from tests.unit.releases.text.drawing import Sheet, box, document, form, image, stream, words

BEFORE, HIDDEN = words("The witness ", 72, 700), words("Ada Byrne", 136, 700)
LINE = BEFORE + HIDDEN + words("of Elm Street said so.", 195, 700)
BLACK = box(135, 697, 55, 14)
AREA = "/Rect [135 697 190 711] /F 4"
LOOK = form("0 g 0 0 55 14 re f", bbox="0 0 55 14")


@pytest.fixture(scope="module")
def worker():
    with TextWorker() as made:
        yield made


def sheer(alpha: float, colour: str = "0 g") -> Sheet:
    states = f"/ExtGState << /T << /ca {alpha} >> >>"
    return Sheet(LINE + "/X Do", things={"X": form("/T gs " + box(135, 697, 55, 14, colour), more=states)})


def strips(high: float, step: float) -> str:
    return "".join(box(135, 697 + step * n, 55, high) for n in range(int(14 / step)))


HIDES = {
    "nearly opaque": sheer(0.95),
    "nine tenths opaque": sheer(0.9),
    "black that multiplies": Sheet(LINE + "q /G1 gs " + BLACK + "Q"),
    "strips": Sheet(LINE + strips(3, 3)),
    "hair-thin strips": Sheet(LINE + strips(1, 1)),
    "strips that overlap": Sheet(LINE + strips(2, 1.5)),
    "strips of one path": Sheet(LINE + "0 g " + " ".join(f"135 {697 + 2 * n} 55 2 re" for n in range(7)) + " f"),
    "strokes side by side": Sheet(
        LINE + "0 G 3 w " + " ".join(f"135 {698.5 + 2.5 * n} m 190 {698.5 + 2.5 * n} l S" for n in range(5))
    ),
    "a box a letter": Sheet(LINE + "".join(box(135 + 5.5 * n, 697, 5.5, 14) for n in range(10))),
    "boxes narrower than letters": Sheet(LINE + "".join(box(135 + 2.75 * n, 697, 2.75, 14) for n in range(20))),
    "a box as low as small letters": Sheet(LINE + box(135, 699.5, 55, 7)),
    "two boxes, each over a half": Sheet(LINE + box(135, 697, 55, 7) + box(135, 704, 55, 7)),
    "unseen letters below a bar": Sheet(BEFORE + words("Ada Byrne", 136, 700, mode=3) + words("said", 195, 700) + BLACK),
    "letters nearly as dark as their box": Sheet(BEFORE + BLACK + words("Ada Byrne", 136, 700, grey=0.1)),
    "letters that stand for others on a box": Sheet(
        BEFORE + BLACK + "BT /F1 11 Tf 136 700 Td /Span << /ActualText (Ada Byrne) >> BDC (         ) Tj EMC ET"
    ),
    "a stencil": Sheet(LINE + "0 g q 55 0 0 14 135 697 cm BI /W 1 /H 1 /IM true /D [0 1] /BPC 1 ID \0 EI Q"),
    "a noisy picture of a bar": Sheet(
        LINE + "q 55 0 0 14 135 697 cm /I Do Q", things={"I": image(55, 14, bytes(n * 7 % 25 for n in range(770)))}
    ),
    "letters on their side": Sheet("BT /F1 11 Tf 0 1 -1 0 300 300 Tm (Ada Byrne) Tj ET " + box(289, 298, 14, 55)),
    "a link with a look": Sheet(LINE, annotations=[f"<< /Type /Annot /Subtype /Link {AREA} %AP >>"], appearance=LOOK),
    "a caret with a look": Sheet(LINE, annotations=[f"<< /Type /Annot /Subtype /Caret {AREA} %AP >>"], appearance=LOOK),
    "a box of ink": Sheet(LINE + box(135, 697, 55, 14, "0 0 0 1 k")),
    "a box over the whole page": Sheet(words("Ada Byrne", 136, 400) + box(0, 0, 612, 792)),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDES)
def test_hidden_however_it_was_drawn(worker, name):
    read = worker.extract("application/pdf", document(HIDES[name]))
    assert [read.pages[0][a:b] for a, b in read.hidden.get(1, [])] == ["Ada Byrne"]


HEADING = words("Officer Allegation Finding", 70, 697, 10, 1, "F2")
PHOTO = {"I": image(64, 64, bytes((x * 31 + y * 17 ^ x * y) % 70 for x in range(64) for y in range(64)))}
CLEAR = stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", b"\x10")
COVER = stream(
    "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /SMask 7 0 R", b"\0"
)
SHOWS = {
    "half of black": sheer(0.5, "0.6 g"),
    "a yellow marker, nearly opaque": sheer(0.6, "1 1 0 rg"),
    "light letters on a black picture": Sheet(
        "q 480 0 0 22 60 690 cm /I Do Q " + HEADING, things={"I": image(2, 2, bytes(4))}
    ),
    "light letters on a dark photograph": Sheet("q 300 0 0 200 60 600 cm /I Do Q " + HEADING, things=PHOTO),
    "a dark page": Sheet(box(0, 0, 612, 792, "0.1 g") + words("Fictional report", 72, 700, 11, 0.9)),
    "grey on grey": Sheet(box(60, 690, 480, 22, "0.35 g") + words("Officer name", 70, 697, 10, 0.65)),
    "pale on pale": Sheet(box(60, 690, 480, 22, "0.95 g") + words("Officer name", 70, 697, 10, 0.85)),
    "letters with a shadow": Sheet(words("Fictional", 71, 699, 20, 0.6) + words("Fictional", 70, 700, 20)),
    "a clear picture over all": Sheet(LINE + "q 612 0 0 792 0 0 cm /I Do Q", things={"I": COVER, "M": CLEAR}),
    "rules between lines": Sheet(
        "".join(words("Officer name", 70, 680 - 14 * n) for n in range(19))
        + "".join(box(60, 690 - 14 * n, 480, 1) for n in range(20))
    ),
    "double rules": Sheet(words("Heading", 72, 700) + box(60, 694, 480, 1.5) + box(60, 692, 480, 1)),
    "two lines through words": Sheet(words("The witness", 72, 700) + box(72, 702, 80, 1) + box(72, 704, 80, 1)),
    "a thick underline": Sheet(words("The witness", 72, 700) + box(72, 696, 80, 3)),
    "a bar code over its number": Sheet(
        words("0 12345 67890", 90, 302, 10) + "".join(box(80 + 3 * n, 312, 1.5, 40) for n in range(60))
    ),
    "fine stripes below words": Sheet(
        "".join(box(60, 690 - 2 * n, 480, 2, "0.9 g" if n % 2 else "0.8 g") for n in range(50)) + words("Name", 70, 640)
    ),
    "chart bars with labels": Sheet(
        "".join(box(80 + 40 * n, 300, 30, 60 + 9 * n, "0 0 .5 rg") + words(str(10 + n), 86 + 40 * n, 320, 12, 1) for n in range(9))
    ),
    "an initial": Sheet(box(72, 690, 30, 30, "0.2 0.1 0.1 rg") + words("T", 78, 697, 24, 1) + words("he witness", 104, 700)),
    "code": Sheet(box(60, 600, 480, 100, "0.93 g") + words("def f(): return 1", 70, 650)),
    "a form's field beside": Sheet(
        LINE, annotations=["<< /Type /Annot /Subtype /Widget /FT /Tx /T (x) /Rect [400 697 500 711] /F 4 %AP >>"],
        appearance=form("1 g 0 0 100 14 re f", bbox="0 0 100 14"),
    ),
    "a link": Sheet(LINE, annotations=[f"<< /Type /Annot /Subtype /Link {AREA} /Border [0 0 0] >>"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWS)
def test_look_alikes_hide_nothing(worker, name):
    read = worker.extract("application/pdf", document(SHOWS[name]))
    assert [read.pages[0][a:b] for a, b in read.hidden.get(1, [])] == []
