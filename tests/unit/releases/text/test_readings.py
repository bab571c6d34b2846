"""Which pages are scans to be read, and what is said of readings."""

from __future__ import annotations

from typing import Any

import pytest

from cli.record_text import reading_lines, spans
from releases.facts.model import Box, ImageFacts, PdfFacts, PdfPage
from releases.text.engines import MARKUP, READER
from releases.text.outcome import Extracted
from releases.text.readings import engine_of, facts_row, may_be_read_now, text_read
from releases.text.scan_pages import scan_pages


def stored(facts: PdfFacts | ImageFacts) -> tuple[str, dict[str, Any]]:
    """Kind and facts as the ledger has them."""
    from datetime import UTC, datetime

    row = facts_row("id", "p", "c", "sha256:0", "cap", facts, "engine 1", datetime(2026, 1, 1, tzinfo=UTC))
    return row["kind"], row["facts"]


def test_pages_with_little_text_and_a_picture() -> None:
    pages = (
        PdfPage(612, 792, 0, images=1),
        PdfPage(612, 792, 0),
        PdfPage(612, 792, 39, (Box(1, 2, 3, 4, "image"),), images=3),
        PdfPage(612, 792, 40, images=1),
    )
    assert scan_pages(*stored(PdfFacts(4, pages))) == ((1, 3), {1: (), 3: ((1, 2, 3, 4),)})


@pytest.mark.parametrize(
    ("picture", "pages"),
    [
        (ImageFacts(1275, 1650, "JPEG"), (1,)),
        (ImageFacts(1700, 2200, "TIFF", frames=3), (1, 2, 3)),
        (ImageFacts(1275, 1650, "WEBP", frames=3), (1,)),
        (ImageFacts(1275, 1650, "GIF"), ()),
        (ImageFacts(599, 1650, "PNG"), ()),
        (ImageFacts(600, 2401, "PNG"), ()),
    ],
)
def test_pictures_of_a_document_s_size(picture: ImageFacts, pages: tuple[int, ...]) -> None:
    assert scan_pages(*stored(picture)) == (pages, {})


@pytest.mark.parametrize(
    ("read", "kept"),
    [
        (Extracted("recordwatch text 1", ("Words",)), False),
        (Extracted("recordwatch text 1", ("",)), True),
        (Extracted(MARKUP, ("Words",)), True),
        (Extracted("", (), trouble="unsupported", error="nothing reads it"), True),
        (Extracted("pypdfium2 5", ("",), facts=PdfFacts(1, ())), False),
        (Extracted("pypdfium2 5", (), trouble="encrypted", error="a password", facts=PdfFacts(0, ())), True),
    ],
)
def test_what_the_ledger_keeps_of_a_reading(read: Extracted, kept: bool) -> None:
    assert (text_read(read) is not None) is kept


def test_only_what_failed_is_tried_again_and_only_by_another_reader() -> None:
    assert may_be_read_now("recordwatch documents 0", "damaged")
    assert not may_be_read_now("recordwatch documents 0", "")
    assert not may_be_read_now(MARKUP, "damaged")
    assert not may_be_read_now(engine_of(Extracted("", (), trouble="unsupported")), "unsupported")
    assert engine_of(Extracted("", ())) == READER


def reading(**said: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "how": "ocr",
        "engine": "tesseract 5",
        "pages": [],
        "confidence": None,
        "trouble": "",
        "error": "",
    }
    return {"reading": [{**whole, **said}]}


@pytest.mark.parametrize(
    ("version", "lines"),
    [
        ({}, []),
        (reading(how="text", engine=MARKUP), []),
        (reading(how="text", trouble="encrypted", error="a password"), ["no text, or not all of it: a password"]),
        (reading(pages=[2], confidence=87), ["page 2 read off its picture by tesseract 5, 87 % sure"]),
        (
            reading(pages=[2, 3, 4, 9], confidence=87, trouble="too slow", error="page 5: slow"),
            ["pages 2-4, 9 read off their pictures by tesseract 5, 87 % sure; not all: page 5: slow"],
        ),
        (reading(engine="", pages=[1], error="no program"), ["page 1 without text, as of a scan: no program"]),
    ],
)
def test_what_a_reader_of_a_record_is_told(version: dict[str, Any], lines: list[str]) -> None:
    assert reading_lines(version) == lines


def test_runs_of_pages() -> None:
    assert spans([12, 2, 3, 4]) == "2-4, 12"
