"""Words read off scans: what a person sees is read, what is blackened is not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from config.programs import TESSERACT, ProgramMissing, require
from releases.sandbox.program import ProgramFailed
from releases.text.places import FULL, MOST, decoded, encoded
from releases.text.scans import Scanned, ScanReader
from releases.text.tesseract import parsed, tesseract
from tests.services.programs import needs_languages
from tests.unit.releases.text.drawing import Sheet, box, document, words
from tests.unit.releases.text.scanned import area, darkest, page, picture, rendered, sheet

NAME = "Quillfeather"
LINES = ("The review of the stop found", f"officer {NAME} at Pier Road", "and nobody else was there.")


@pytest.fixture(scope="module")
def reader() -> Iterator[ScanReader]:
    with ScanReader(tesseract(needs_languages("eng", "spa"), ["en"])) as made:
        yield made


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "document"
    path.write_bytes(content)
    return path


def of_the_name(found: Scanned) -> tuple[float, float, float, float]:
    """Left, top, width and height of NAME as shares of the page."""
    place, *_more = [place for place in found.places if NAME in found.text[place[0] : place[1]]]
    left, top, wide, high = (one / FULL for one in place[2:])
    return left, top, wide, high


def test_which_languages_are_there(reader: ScanReader) -> None:
    engine = tesseract(reader.engine.path, ["en", "es-MX", "xx"])
    assert engine.engine.startswith("tesseract ")
    assert engine.engine.endswith(" eng+spa")
    assert engine.missing == ("xx",)
    assert reader.engine.languages == tesseract(engine.path, ["zu"]).languages == "eng"


def test_a_scanned_page_and_how_sure_its_words_are(reader: ScanReader, tmp_path: Path) -> None:
    found = reader.page(saved(tmp_path, document(sheet(page(*LINES)))), 1, [])
    assert found.text.split() == " ".join(LINES).split()
    assert 80 <= found.confidence <= 100
    assert (found.trouble, found.error) == ("", "")
    assert [found.text[start:end] for start, end, *_box in found.places] == found.text.split()
    left, top, wide, high = of_the_name(found)
    x, y, across, up = area(NAME, 1, "officer ")
    assert (left * 612, (left + wide) * 612) == pytest.approx((x, x + across), abs=4)
    assert y - 4 < 792 * (1 - top - high) < 792 * (1 - top) < y + up + 4


def test_spanish_is_read_with_its_accents(reader: ScanReader, tmp_path: Path) -> None:
    scan = rendered(document(Sheet(words("La investigación señaló al oficial.", 72, 700, size=16))))
    with ScanReader(tesseract(reader.engine.path, ["es"])) as spanish:
        found = spanish.page(saved(tmp_path, document(sheet(scan))), 1, [])
    assert found.text == "La investigación señaló al oficial."


OVER = box(*area(NAME, 1, "officer "))
CORNERS = area(NAME, 1, "officer ")
RECT = f"{CORNERS[0]} {CORNERS[1]} {CORNERS[0] + CORNERS[2]} {CORNERS[1] + CORNERS[3]}"


@pytest.mark.parametrize(
    "hides",
    [
        sheet(page(*LINES), OVER),
        sheet(page(*LINES), f"/G2 gs {OVER}"),
        sheet(page(*LINES), annotations=[f"<< /Type /Annot /Subtype /Redact /Rect [{RECT}] >>"]),
    ],
    ids=["a black box", "one that lets words through", "a redaction that was marked and never applied"],
)
def test_what_an_agency_hid_is_not_read(reader: ScanReader, tmp_path: Path, hides: Sheet) -> None:
    found = reader.page(saved(tmp_path, document(hides)), 1, [])
    assert NAME not in found.text
    assert "Pier Road" in found.text
    assert "nobody else was there." in found.text


def test_boxes_that_were_found_before_are_black(reader: ScanReader, tmp_path: Path) -> None:
    """Also where the scan lies upside down in a page that is shown turned, and is a part of it."""
    x, y, wide, high = area(NAME, 1, "officer ")
    scan = sheet(page(*LINES))
    lies = Sheet("q -612 0 0 -792 712 842 cm /S Do Q", (0, 0, 900, 900), (100, 50, 712, 842), 180, scan.things)
    found = reader.page(saved(tmp_path, document(lies)), 1, [(612 - x - wide, 792 - y - high, 612 - x, 792 - y)])
    assert NAME not in found.text
    assert "nobody else was there." in found.text


def test_a_page_with_a_small_picture_is_no_scan(reader: ScanReader, tmp_path: Path) -> None:
    logo = Sheet("q 80 0 0 80 50 700 cm /S Do Q\n" + words("Letter", 72, 600), things=sheet(page("Crest")).things)
    found = reader.page(saved(tmp_path, document(logo)), 1, [])
    assert (found.scan, found.text) == (False, "")


@pytest.mark.parametrize(("kind", "more"), [("JPEG", {"quality": 80}), ("WEBP", {"lossless": True})])
def test_pictures_of_documents(reader: ScanReader, tmp_path: Path, kind: str, more: dict[str, object]) -> None:
    assert (
        reader.picture(saved(tmp_path, picture(page(*LINES), kind, **more)), 1).text.split() == " ".join(LINES).split()
    )


def test_a_page_that_lies_on_its_side(reader: ScanReader, tmp_path: Path) -> None:
    turned = page(*LINES, *LINES).transpose(Image.Transpose.ROTATE_90)
    found = reader.picture(saved(tmp_path, picture(turned, "PNG")), 1)
    assert NAME in found.text
    left, top, wide, high = of_the_name(found)
    assert high * turned.height > 3 * wide * turned.width
    across, down = turned.size
    assert darkest(turned, (left * across, top * down, (left + wide) * across, (top + high) * down)) < 60


def test_a_fax_of_two_pages(reader: ScanReader, tmp_path: Path) -> None:
    fax = picture(page("First page of the fax."), "TIFF", save_all=True, append_images=[page("Second page of it.")])
    path = saved(tmp_path, fax)
    assert [reader.picture(path, number).text for number in (1, 2)] == ["First page of the fax.", "Second page of it."]


def test_a_photograph_has_no_words(reader: ScanReader, tmp_path: Path) -> None:
    noise = Image.frombytes("L", (60, 80), os.urandom(60 * 80)).resize((600, 800))
    assert reader.picture(saved(tmp_path, picture(noise, "PNG")), 1).text == ""


def test_damaged_and_murderous_pages_end_with_an_outcome(reader: ScanReader, tmp_path: Path) -> None:
    whole = picture(page(*LINES), "PNG")
    for tenth in range(0, 10, 3):
        found = reader.picture(saved(tmp_path, whole[: len(whole) * tenth // 10]), 1)
        assert (found.trouble, found.text) == ("damaged", "")
    assert reader.page(saved(tmp_path, b"%PDF-1.7 nothing"), 1, []).trouble == "damaged"
    assert reader.page(saved(tmp_path, document(sheet(page("One")))), 2, []).trouble == "damaged"
    bomb = whole[:16] + (60_000).to_bytes(4, "big") * 2 + whole[24:]
    assert reader.picture(saved(tmp_path, bomb), 1).trouble in {"too large", "damaged"}
    assert reader.picture(saved(tmp_path, whole), 1).text


def test_a_program_that_fails_is_an_outcome(tmp_path: Path) -> None:
    path = tmp_path / "tesseract"
    path.write_text('#!/bin/sh\ncase "$1" in --version) echo tesseract 9.9;; --list-langs) echo List; echo eng;;\n'
                    "*) echo 'cannot read it' >&2; exit 3;; esac\n")  # fmt: skip
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    with ScanReader(tesseract(str(path), ["en"])) as reader:
        found = reader.picture(saved(tmp_path, picture(page("One"), "PNG")), 1)
    assert (found.trouble, found.error) == ("damaged", "cannot read it")


def test_a_tesseract_without_languages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tesseract"
    path.write_text("#!/bin/sh\necho List; echo osd\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(ProgramFailed, match="no language"):
        tesseract(str(path), ["en"])


def test_without_tesseract_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing, match=r"tesseract is not on this machine.*text of scanned documents"):
        require(TESSERACT)


def test_words_in_reading_order() -> None:
    rows = [(1, 1, 1, 96.0, "One"), (1, 1, 1, 50.0, "ab\u0007"), (1, 1, 2, 90.0, "Two"), (2, 1, 1, 90.0, "Three")]
    said = "level\t...\n1\t1\t0\t0\t0\t0\t0\t0\t90\t50\t-1\t\n" + "\n".join(
        f"5\t1\t{block}\t{par}\t{line}\t1\t0\t{place}\t9\t9\t{sure}\t{word}"
        for place, (block, par, line, sure, word) in enumerate(rows)
    )
    found = parsed(f"{said}\n5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90\t \nnoise")
    assert found.text == "One ab\nTwo\n\nThree"
    assert found.confidence == round((3 * 96 + 2 * 50 + 3 * 90 + 5 * 90) / 13)
    assert found.places == (
        (0, 3, 0, 0, 1000, 1800), (4, 6, 0, 200, 1000, 1800), (7, 10, 0, 400, 1000, 1800), (12, 17, 0, 600, 1000, 1800),
    )  # fmt: skip
    assert parsed("").confidence == 0


def test_places_that_make_no_sense_are_none() -> None:
    row = "5\t1\t1\t1\t1\t1\t{}\t90\tword"
    for stands in ("-5\t-5\t3\t3", "95\t0\t9\t9", "0\t0\t0\t9", "x\t0\t9\t9", "9999999999\t0\t9\t9", "²\t0\t9\t9"):
        found = parsed("1\t1\t0\t0\t0\t0\t0\t0\t90\t50\t-1\t\n" + row.format(stands))
        assert (found.text, found.places) == ("word", ()), stands
    assert parsed(row.format("0\t0\t9\t9")).places == ()
    assert (
        parsed("1\t1\t0\t0\t0\t0\t0\t0\t90\t50\t-1\t\n" + "\n".join([row.format("80\t40\t99\t99")] * 6000)).places[
            MOST:
        ]
        == ()
    )


def test_places_belong_to_one_text_and_are_kept_small() -> None:
    many = [(2 * n, 2 * n + 1, 9_000, 9_000, 1_000, 1_000) for n in range(6_000)]
    text = "a " * 6_000
    kept = encoded(text, many)
    assert len(kept) < 200_000
    assert decoded(kept, text) == tuple(many[:MOST])
    assert decoded(kept, text + "b") == decoded(kept.replace(b'"version":1', b'"version":2'), text) == ()
    for bad in (
        (0, 0, 1, 1, 1, 1),
        (0, 99, 1, 1, 1, 1),
        (0, 1, 9_999, 1, 2, 1),
        (0, 1, -1, 1, 1, 1),
        (0, 1, 1, 1, 0, 1),
    ):
        assert decoded(encoded("word", [bad]), "word") == (), bad
    assert decoded(encoded("word", [(1, 3, 1, 1, 1, 1), (2, 4, 1, 1, 1, 1)]), "word") == ()
    assert decoded(b"[" * 100_000, "word") == decoded(b" " * 600_000, "word") == decoded(b"\xff", "word") == ()
