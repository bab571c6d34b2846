"""Failed redactions found, and nothing else taken for one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from releases.text.passages import clean, passages, places, without
from releases.text.worker import TextWorker
from tests.captures import REAL
from tests.unit.releases.text.drawing import Sheet, box, document, form, image, words

LINE = words("The witness Ada Byrne of Elm Street said so.", 72, 700)
BLACK = box(135, 697, 55, 14)
AREA = "/Rect [135 697 190 711] /F 4"
QUAD = "/QuadPoints [135 711 190 711 135 697 190 697]"


@pytest.fixture(scope="module")
def worker():
    with TextWorker() as made:
        yield made


def found(worker, *sheets, **options) -> list[list[str]]:
    """The hidden passages of each page."""
    read = worker.extract("application/pdf", document(*sheets, **options))
    assert (read.trouble, read.error) == ("", "")
    return [[text[a:b] for a, b in read.hidden.get(page, [])] for page, text in enumerate(read.pages, 1)]


HIDES = {
    "a box over text": Sheet(LINE + BLACK),
    "a label on the box": Sheet(LINE + BLACK + words("(b)(6)", 140, 700, 8, 1)),
    "a label as long as the box": Sheet(LINE + BLACK + words("(b)(6) (b)(7)(C)", 135, 700, 8, 1)),
    "a box of no black": Sheet(LINE + box(135, 697, 55, 14, "1 1 1 rg")),
    "a red box": Sheet(LINE + box(135, 697, 55, 14, "0.8 0 0 rg")),
    "a thick stroke": Sheet(LINE + "0 G 14 w 135 704 m 190 704 l S"),
    "a box in a form": Sheet(LINE + "q 2 0 0 2 10 20 cm /X Do Q", things={"X": form(box(62.5, 338.5, 27.5, 7))}),
    "a box in a form with a matrix": Sheet(
        LINE + "q 1 0 0 1 10 20 cm /X Do Q", things={"X": form(box(62.5, 338.5, 27.5, 7), "2 0 0 2 0 0")}
    ),
    "a box in a form in a form": Sheet(
        LINE + "/X Do",
        things={"Y": form(box(125, 687, 55, 14)), "X": form("q 1 0 0 1 10 10 cm /Y Do Q", more="/XObject << /Y 6 0 R >>")},
    ),
    "text in a form under a box of the page": Sheet("/X Do " + BLACK, things={"X": form(LINE)}),
    "an image": Sheet(LINE + "q 55 0 0 14 135 697 cm /I Do Q", things={"I": image(2, 2, bytes(4))}),
    "an inline image": Sheet(LINE + "q 55 0 0 14 135 697 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \0 EI Q"),
    "a square": Sheet(LINE, annotations=[f"<< /Type /Annot /Subtype /Square {AREA} /IC [0 0 0] /C [0 0 0] >>"]),
    "a square with a look of its own": Sheet(
        LINE, annotations=[f"<< /Type /Annot /Subtype /Square {AREA} %AP >>"],
        appearance=form("0 g 0 0 55 14 re f", bbox="0 0 55 14"),
    ),
    "a stamp": Sheet(
        LINE, annotations=[f"<< /Type /Annot /Subtype /Stamp {AREA} %AP >>"],
        appearance=form("0 g 0 0 55 14 re f", bbox="0 0 55 14"),
    ),
    "a redaction marked, never applied": Sheet(LINE, annotations=[f"<< /Type /Annot /Subtype /Redact {AREA} >>"]),
    "a black highlight": Sheet(LINE, annotations=[f"<< /Type /Annot /Subtype /Highlight {AREA} /C [0 0 0] {QUAD} >>"]),
    "black on black": Sheet(
        words("The witness", 72, 700) + BLACK + words("Ada Byrne", 136, 700) + words("of Elm Street", 195, 700)
    ),
    "navy on navy": Sheet(
        words("The witness", 72, 700) + box(135, 697, 55, 14, "0 0 .4 rg")
        + "BT /F1 11 Tf 136 700 Td (Ada Byrne) Tj ET " + words("of Elm Street", 195, 700)
    ),
    "a cropped page": Sheet(LINE + BLACK, crop=(50, 400, 500, 750)),
    "a page on its side": Sheet(LINE + BLACK, rotate=90),
    "a page upside down": Sheet(LINE + BLACK, rotate=180),
    "a page on its other side, cropped": Sheet(LINE + BLACK, rotate=270, crop=(50, 400, 500, 750)),
    "a page that begins elsewhere": Sheet("1 0 0 1 -300 -200 cm " + LINE + BLACK, box=(-300, -200, 312, 592)),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDES)
def test_what_hides(worker, name):
    assert found(worker, HIDES[name]) == [["Ada Byrne"]]


HEAD = box(60, 690, 480, 22, "0 0 0.35 rg") + "".join(
    words(title, x, 697, 10, 1, "F2") for title, x in (("Officer", 70), ("Allegation", 200), ("Finding", 400))
)
ROWS = "".join(
    box(60, 690 - 20 * row, 480, 20, "0.9 g" if row % 2 else "1 g")
    + words(f"Officer {row}", 70, 696 - 20 * row) + words("Failed to report", 200, 696 - 20 * row)
    + words("Sustained", 400, 696 - 20 * row) + f"0 g 60 {690 - 20 * row} 480 0.7 re f 0 G 0.5 w 60 {690 - 20 * row} 480 20 re S "
    for row in range(1, 20)
)  # fmt: skip
SHOWS = {
    "plain text": Sheet(LINE),
    "a box under the text, and light letters on it": Sheet(BLACK + words("Ada", 140, 700, 10, 1)),
    "a table with a dark head and striped rows": Sheet(HEAD + ROWS),
    "a tint over the text": Sheet(LINE + "q /G0 gs " + box(135, 697, 55, 14, "1 1 0 rg") + "Q"),
    "a marker that multiplies": Sheet(LINE + "q /G1 gs " + box(135, 697, 55, 14, "1 1 0 rg") + "Q"),
    "a yellow highlight": Sheet(LINE, annotations=[f"<< /Type /Annot /Subtype /Highlight {AREA} /C [1 1 0] {QUAD} >>"]),
    "a hidden mark": Sheet(
        LINE, annotations=["<< /Type /Annot /Subtype /Square /Rect [135 697 190 711] /F 2 /IC [0 0 0] >>"]
    ),
    "a frame": Sheet(LINE + "0 G 1 w 130 690 70 25 re S"),
    "a frame by annotation": Sheet(LINE, annotations=[f"<< /Type /Annot /Subtype /Square {AREA} /C [1 0 0] >>"]),
    "underlines and strikes": Sheet(LINE + box(135, 697.5, 55, 0.8) + box(135, 703, 55, 1.2)),
    "a watermark": Sheet(
        LINE + "q /G0 gs 0.7 0.7 -0.7 0.7 100 300 cm " + words("CONFIDENTIAL", 0, 0, 90, 0.6, "F2") + "Q " + LINE
    ),
    "a white page behind all": Sheet(box(0, 0, 612, 792, "1 g") + LINE + box(400, 400, 80, 30)),
    "heavy letters": Sheet(
        words("III lll ||| --- ___ HIM ILL MMM", 40, 700, 24, 0, "F2") + words("IIlMW", 40, 560, 120, 0, "F2")
        + words("tiny IIII llll MMMM 1111", 72, 500, 4, 0, "F2") + box(400, 400, 30, 30)
    ),
    "letters outside of the crop": Sheet(LINE + BLACK, crop=(50, 100, 500, 400)),
    "a clipped box": Sheet(LINE + "q 0 0 10 10 re W n " + BLACK + "Q"),
    "a box beside the text": Sheet(LINE + box(330, 697, 90, 14)),
    "dark chart bars with numbers above": Sheet(
        "".join(box(80 + 40 * n, 300, 25, 20 + 9 * n) + words(str(10 + n), 84 + 40 * n, 325 + 9 * n, 9) for n in range(9))
    ),
    "light letters on a photograph": Sheet(
        "q 300 0 0 200 100 400 cm /I Do Q " + words("City of Lake Harbor", 140, 500, 20, 1),
        things={"I": image(16, 16, bytes((x * 7 + y * 3) % 60 for x in range(16) for y in range(16)))},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWS)
def test_what_hides_nothing(worker, name):
    assert found(worker, SHOWS[name]) == [[]]


def scan(*lines: tuple[str, int], black: tuple[int, int, int, int] | None = None) -> bytes:
    """A page as a scanner sees it, 1 pixel per point; lines of text by their distance from the top."""
    page = Image.new("L", (612, 792), 250)
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(14)
    for text, top in lines:
        pen.text((72, top), text, 20, font)
    if black:
        pen.rectangle(black, 8)
    return image(612, 792, page.tobytes())


SCANNED = ("The witness Ada Byrne of Elm Street", 80)
PUT = "q 612 0 0 792 0 0 cm /I Do Q "


@pytest.mark.parametrize("order", ["text below the picture", "unseen text above it"])
def test_the_searchable_layer_of_a_scan_is_not_hidden(worker, order):
    layer = words(SCANNED[0], 72, 700, 14, mode=3 if order == "unseen text above it" else 0)
    content = PUT + layer if order == "unseen text above it" else layer + PUT
    assert found(worker, Sheet(content, things={"I": scan(SCANNED)})) == [[]]


@pytest.mark.parametrize("order", ["text below the picture", "unseen text above it"])
def test_words_a_scan_has_blacked_out_and_its_layer_still_holds(worker, order):
    layer = words(SCANNED[0], 72, 697, 14, mode=3 if order == "unseen text above it" else 0)
    content = PUT + layer if order == "unseen text above it" else layer + PUT
    sheet = Sheet(content, things={"I": scan(SCANNED, black=(148, 78, 217, 100))})
    read = worker.extract("application/pdf", document(sheet))
    assert [read.pages[0][a:b] for a, b in read.hidden[1]] == ["Ada Byrne"]
    blacked = next(b for b in read.facts.pages[0].boxes if b.kind == "image")
    assert (blacked.x0, blacked.y1) == (pytest.approx(148, abs=2), pytest.approx(714, abs=2))
    assert blacked.covers == 8


def test_spans_are_places_in_the_text_as_it_is_kept(worker):
    """Ligatures, words hyphenated over lines, lines, a page number before it."""
    sheet = Sheet(
        words("12", 300, 760) + words("The office “Lake” of inves-", 72, 720)
        + words("tigator Ada Byrne, Harbor", 72, 706) + box(72, 702, 34, 30, "0 g")
    )  # fmt: skip
    read = worker.extract("application/pdf", document(sheet))
    text = read.pages[0]
    hidden = "".join(text[a:b] for a, b in read.hidden[1])
    assert "The office" in hidden
    assert hidden.endswith("investigator")
    assert read.facts.pages[0].characters == len(text)


def test_a_word_half_under_a_box_is_hidden_whole(worker):
    assert found(worker, Sheet(LINE + box(160, 697, 30, 14))) == [["Byrne"]]


def test_passages_on_several_lines_and_pages(worker):
    lines = "".join(words(f"Line {n} names Ada Byrne here", 72, 700 - 20 * n) for n in range(4))
    first = Sheet(lines + box(140, 697, 58, 14) + box(140, 637, 58, 14))
    read = found(worker, first, Sheet(LINE), Sheet(LINE + BLACK))
    assert read == [["Ada Byrne", "Ada Byrne"], [], ["Ada Byrne"]]


def test_facts_of_pages(worker):
    read = worker.extract(
        "application/pdf",
        document(
            Sheet(LINE + BLACK, rotate=90, crop=(50, 400, 500, 750)), Sheet(HEAD + ROWS), metadata={"Title": "Report"}
        ),
    )
    first, second = read.facts.pages
    assert (first.width, first.height) == (450, 350)
    (only,) = first.boxes
    assert (only.x0, only.y0, only.x1, only.y1, only.kind, only.covers) == (85, 297, 140, 311, "path", 8)
    assert second.boxes == ()
    assert re.fullmatch("[0-9a-f]{16}", first.picture)
    assert first.picture != second.picture
    assert (read.facts.count, read.facts.metadata["Title"]) == (2, "Report")


def test_a_properly_redacted_page_has_its_box_and_no_words(worker):
    read = worker.extract(
        "application/pdf", document(Sheet(words("The witness", 72, 700) + BLACK + words("of Elm", 195, 700)))
    )
    assert read.hidden == {}
    assert [(b.kind, b.covers) for b in read.facts.pages[0].boxes] == [("path", 0)]


def test_hidden_words_are_masked_in_what_the_document_says_of_itself(worker):
    body = document(Sheet(LINE + BLACK), metadata={"Title": "Complaint of BYRNE, A.", "Author": "Lake Harbor"})
    read = worker.extract("application/pdf", body)
    assert read.facts.metadata["Title"] == read.title == "Complaint of █████, A."
    assert read.facts.metadata["Author"] == "Lake Harbor"


def test_words_of_areas(worker, tmp_path):
    (tmp_path / "a.pdf").write_bytes(document(Sheet(LINE), Sheet(LINE, crop=(50, 400, 500, 750), rotate=90)))
    areas = {1: [(135, 697, 190, 711)], 2: [(85, 297, 140, 311)], 9: [(0, 0, 5, 5)]}
    read = worker.extract("application/pdf", tmp_path / "a.pdf")
    spans = worker.words_in(tmp_path / "a.pdf", areas)
    assert {page: [read.pages[page - 1][a:b] for a, b in spans[page]] for page in spans} == {
        1: ["Ada Byrne"],
        2: ["Ada Byrne"],
    }


@pytest.mark.parametrize("path", sorted((REAL / "pdf-edge-cases").glob("*.pdf")), ids=lambda path: path.name)
def test_real_documents_hide_nothing(worker, path):
    read = worker.extract("application/pdf", path)
    assert read.hidden == {}
    assert all(page.boxes == () for page in read.facts.pages)


def before(text: str) -> str:
    """`clean` as three steps, one after the other."""
    joined = re.sub("[\ufffe\x02]\r?\n?", "", text).replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", joined).strip()


@given(st.text("ab \x02\ufffe\r\n\x00\x0c\u00a0\u2028\uffff\t"))
def test_where_characters_go_when_a_text_is_cleaned(text):
    cleaned = clean(text)
    assert cleaned == (text if text.isprintable() else before(text))
    kept = [(place, letter) for place, letter in zip(places(text), text, strict=True) if place >= 0]
    assert [place for place, _ in kept] == list(range(len(cleaned)))
    assert "".join("\n" if letter == "\r" else letter for _, letter in kept) == cleaned


def test_passages_are_whole_words_joined_over_blanks():
    text = "by Ada Byrne-Cole, 12 Elm"
    assert passages(text, {4, 9}) == [(3, 17)]
    assert passages(text, {3, 20}) == [(3, 6), (19, 21)]
    assert passages(text, {2}) == []


def test_common_words_of_a_title_stay():
    assert without("A list of it", ["of it is"]) == "A list of it"
