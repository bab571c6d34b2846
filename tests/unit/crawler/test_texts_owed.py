"""Which texts are still to be read, and which may be shown: by what catalog and ledger hold, in a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from archive.catalog.database import open_database
from archive.catalog.models import Capture, Derived
from crawler.examine_text import live_texts, settle, to_keep
from crawler.ocr_wanted import pages_by_ocr, pages_read, wanted
from releases.facts.model import Facts, ImageFacts, OcrRead, PdfFacts, PdfPage, ReadPage, TextRead
from releases.ledger.readings import readings
from releases.models import FileFacts
from releases.search.settled import confidences, not_examined
from releases.search.texts import Text
from releases.text.engines import MARKUP
from releases.text.outcome import Extracted
from releases.text.readings import facts_row

START = datetime(2026, 1, 1, tzinfo=UTC)
OCR = "tesseract 5.3.0 eng"
SCAN = PdfFacts(2, (PdfPage(612, 792, 900, images=1), PdfPage(612, 792, 0, images=1)))


@pytest.fixture(scope="module")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    open_database(f"sqlite:///{tmp_path_factory.mktemp('texts')}/catalog.sqlite3")
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def _empty(_database: None) -> None:
    for model in (FileFacts, Derived, Capture):
        model.objects.all().delete()


def fact(number: int, digest: str, facts: Facts | TextRead | OcrRead, engine: str, portal: str = "p") -> None:
    at = START + timedelta(minutes=number)
    FileFacts.objects.create(**facts_row(f"f{number}", portal, "crawl", digest, f"of {digest}", facts, engine, at))


def text(ident: str, digest: str, engine: str, page: int = 1) -> Text:
    Capture.objects.get_or_create(
        id=f"of {digest}",
        defaults={
            "portal": "p", "crawl": "crawl", "kind": "response", "method": "GET", "url": "https://p.example/a",
            "surt": "", "at": START, "status": 200, "mime": "", "payload_digest": digest, "payload_length": 1,
            "etag": "", "last_modified": "", "truncated": "", "refers_to": "", "request": "", "address": "",
            "warc": "w", "offset": 0, "length": 1, "location": "", "error": "",
        },
    )  # fmt: skip
    row = Derived.objects.create(
        id=ident, portal="p", crawl="crawl", capture=f"of {digest}", kind="conversion",
        mime="text/plain; charset=utf-8", engine=engine, at=START, warc="w", offset=0, length=1, page=page,
    )  # fmt: skip
    return Text(*(getattr(row, name) for name in Text._fields))


def shown(*texts: Text) -> list[str]:
    captures = {capture.id: capture for capture in Capture.objects.all()}
    hidden = not_examined(texts, captures)
    return [one.id for one in texts if one.id not in hidden]


def test_scans_that_nobody_read_newest_first() -> None:
    fact(1, "old", SCAN, "pypdfium2 5")
    fact(2, "new", ImageFacts(1275, 1650, "PNG"), "facts 1")
    fact(3, "prose", PdfFacts(1, (PdfPage(612, 792, 900),)), "pypdfium2 5")
    fact(4, "elsewhere", SCAN, "pypdfium2 5", portal="q")
    found = wanted("p")
    assert [(one.digest, one.pdf, one.pages, one.tried) for one in found] == [
        ("new", False, (1,), ""), ("old", True, (2,), ""),
    ]  # fmt: skip


def test_what_was_read_is_read_no_more_and_what_failed_names_who_failed() -> None:
    fact(1, "read", SCAN, "pypdfium2 5")
    fact(2, "read", OcrRead((ReadPage(2, 90),)), OCR)
    fact(3, "failed", SCAN, "pypdfium2 5")
    fact(4, "failed", OcrRead((), "too slow", "page 2: it took over 90 s"), OCR)
    assert [(one.digest, one.tried) for one in wanted("p")] == [("failed", OCR)]
    fact(5, "failed", OcrRead((ReadPage(2, 80),)), "tesseract 6")
    assert wanted("p") == []


def test_a_text_that_a_killed_crawl_left_is_shown_once_what_came_of_it_is_known() -> None:
    office, scan = text("1", "office", MARKUP), text("2", "scan", OCR, page=2)
    plain, pdf = text("3", "plain", "recordwatch text 1"), text("4", "pdf", "pypdfium2 5")
    assert shown(office, scan, plain, pdf) == ["3"]
    assert (pages_read("scan", OCR), pages_by_ocr("scan"), pages_by_ocr("pdf")) == ({2}, {2}, set())
    fact(1, "office", TextRead(1), MARKUP)
    fact(2, "scan", OcrRead((ReadPage(2, 87),)), OCR)
    fact(3, "pdf", TextRead(0, "encrypted", "a password"), "pypdfium2 5")
    assert shown(office, scan, plain, pdf) == ["1", "2", "3"], "of the PDF nobody said what is hidden in it"
    fact(4, "pdf", PdfFacts(1, (PdfPage(612, 792, 9),)), "pypdfium2 5")
    assert shown(pdf) == ["4"]
    assert confidences(["scan", "office"]) == {("scan", 2): 87}


def test_only_the_newest_reading_of_a_scan_is_shown() -> None:
    before, now = text("1", "scan", OCR, page=2), text("2", "scan", "tesseract 6 eng", page=2)
    fact(1, "scan", OcrRead((), "too slow", "page 3: slow"), OCR)
    fact(2, "scan", OcrRead((ReadPage(2, 87),)), "tesseract 6 eng")
    assert shown(before, now) == ["2"]


def test_what_could_not_be_read_is_settled_until_its_reader_changes() -> None:
    fact(1, "a", TextRead(0, "damaged", "cut off"), MARKUP)
    fact(2, "b", TextRead(0, "damaged", "cut off"), "recordwatch documents 0 (lxml 1)")
    fact(3, "c", TextRead(4), "recordwatch documents 0 (lxml 1)")
    examined = {"b"}
    settle(["a", "b", "c", "d"], examined)
    assert examined == {"a", "c"}


def test_which_texts_are_kept() -> None:
    made = Extracted(MARKUP, ("Words",))
    assert to_keep(made, "")
    assert to_keep(made, "recordwatch documents 0")
    assert not to_keep(made, MARKUP)
    assert not to_keep(Extracted("pypdfium2 6", ("Words",)), "pypdfium2 5")
    text("1", "pdf", "pypdfium2 5")
    text("2", "pdf", OCR, page=2)
    assert [one.id for one in live_texts(["of pdf"])] == ["1"]


def test_what_is_said_of_readings() -> None:
    fact(1, "unread", SCAN, "pypdfium2 5")
    fact(2, "read", SCAN, "pypdfium2 5")
    fact(3, "read", OcrRead((ReadPage(1, 80), ReadPage(2, 91), ReadPage(3, 0)), "too slow", "page 4: slow"), OCR)
    said = readings(["unread", "read", "nothing", ""])
    assert said["unread"] == [
        {"how": "ocr", "engine": "", "pages": [2], "confidence": None, "trouble": "", "error": ""}
    ]
    assert said["read"] == [
        {"how": "ocr", "engine": OCR, "pages": [1, 2], "confidence": 86, "trouble": "too slow", "error": "page 4: slow"}
    ]
    assert set(said) == {"unread", "read"}
