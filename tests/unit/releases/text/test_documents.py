"""Text of Office files, mail and packed files: as their programs write them, and as nobody should."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from releases.text.engines import CURRENT
from releases.text.outcome import Extracted
from releases.text.worker import TextWorker
from tests.unit.releases.text.drawing import Sheet, box, document, words
from tests.unit.releases.text.office_files import (
    DOCX,
    ODT,
    PPTX,
    XLSX,
    compound,
    letter,
    mail,
    open_document,
    packed,
    sheets,
    slides,
)

PRESENTATION = "application/vnd.oasis.opendocument.presentation"
MAIL = "message/rfc822"
LETTER, SHEETS = letter("Some words."), sheets()


@pytest.fixture(scope="module")
def worker() -> Iterator[TextWorker]:
    with TextWorker(seconds=10) as made:
        yield made


def hidden(found: Extracted) -> list[str]:
    return [found.pages[page - 1][start:end] for page, spans in found.hidden.items() for start, end in spans]


def test_word(worker: TextWorker) -> None:
    found = worker.extract(DOCX, letter("The stop at Pier Road.", "A second paragraph."))
    assert found.pages == (
        "The stop at Pier Road.\nA second paragraph.\nCase\tFinding\n17\tUpheld\nLake Harbor Police Board",
    )
    assert (found.title, found.trouble, found.hidden) == ("Letter of the Harbor Board", "", {})
    assert found.engine in CURRENT


def test_words_under_a_black_highlight_and_words_that_vanished_are_said_to_be_hidden(worker: TextWorker) -> None:
    found = worker.extract(DOCX, letter(black="Zebulon Quist", vanished="Harlan Ott"))
    assert "The officer was Zebulon Quist of the third district.\nSeen. Harlan Ott" in found.pages[0]
    assert hidden(found) == ["Zebulon Quist", "Harlan Ott"]


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(body: str, *, before: str = "") -> bytes:
    types = '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    return packed({
        "[Content_Types].xml": types,
        "word/document.xml": f"{before}<w:document {W}><w:body>{body}</w:body></w:document>",
    })  # fmt: skip


@pytest.mark.parametrize(
    ("properties", "is_hidden"),
    [
        ("", False),
        ('<w:highlight w:val="black"/>', True),
        ('<w:highlight w:val="black"/><w:color w:val="FFFFFF"/>', False),
        ('<w:highlight w:val="yellow"/>', False),
        ('<w:shd w:val="clear" w:fill="000000"/>', False),
        ('<w:shd w:val="clear" w:fill="000000"/><w:color w:val="000000"/>', True),
        ("<w:vanish/>", True),
        ('<w:vanish w:val="false"/>', False),
    ],
)
def test_what_a_run_says_decides(worker: TextWorker, properties: str, is_hidden: bool) -> None:
    found = worker.extract(DOCX, word(f"<w:p><w:r><w:rPr>{properties}</w:rPr><w:t>Quist</w:t></w:r></w:p>"))
    assert found.pages == ("Quist",)
    assert hidden(found) == (["Quist"] if is_hidden else [])


def test_what_an_editor_took_out_is_left_out(worker: TextWorker) -> None:
    body = "<w:p><w:del><w:r><w:delText>Gone</w:delText></w:r></w:del><w:ins><w:r><w:t>Stays</w:t></w:r></w:ins></w:p>"
    assert worker.extract(DOCX, word(body)).pages == ("Stays",)


def test_a_page_per_sheet_and_the_hidden_one_is_hidden(worker: TextWorker) -> None:
    found = worker.extract(XLSX, sheets())
    assert found.pages == (
        "Complaints\ncase\tfiled\tclosed\nLH-17\t2024\tTRUE\nLH-18\t2.5\ttwo lines",
        "Empty",
        "Staff\nQuillfeather\tbadge 4411",
    )
    assert hidden(found) == [found.pages[2]]


def test_a_page_per_slide_and_the_hidden_one_is_hidden(worker: TextWorker) -> None:
    found = worker.extract(PPTX, slides())
    assert found.pages == ("Use of force in 2024", "Kept from the public", "Recommendations\nMention the audit.")
    assert hidden(found) == ["Kept from the public"]


def test_open_document(worker: TextWorker) -> None:
    content = (
        '<text:h>Findings</text:h><text:p>One<text:s/>two <text:span text:style-name="B">Quist</text:span> end</text:p>'
        "<text:p>Kept<office:annotation><text:p>a note</text:p></office:annotation></text:p>"
    )
    found = worker.extract(ODT, open_document(content))
    assert found.pages == ("Findings\nOne two Quist end\nKept",)
    assert hidden(found) == ["Quist"]
    show = "<draw:page><text:p>First</text:p></draw:page><draw:page><text:p>Second</text:p></draw:page>"
    assert worker.extract(PRESENTATION, open_document(show, "presentation")).pages == ("First", "Second")


def test_rich_text(worker: TextWorker) -> None:
    assert worker.extract("application/rtf", rb"{\rtf1\ansi Stop at \b Pier\b0  Road\par caf\'e9}").pages == (
        "Stop at Pier Road\ncafé",
    )


def test_mail_and_what_is_attached(worker: TextWorker) -> None:
    boxed = document(Sheet(words("Statement by Zebulonquist here.", 72, 700) + box(133, 697, 78, 14)))
    found = worker.extract(
        MAIL,
        mail(attached={
            "letter.docx": (letter(black="Quist"), DOCX), "scan.jpg": (b"\xff\xd8", "image/jpeg"),
            "statement.pdf": (boxed, "application/pdf"),
            "more.zip": (packed({"a.txt": "never read: two levels down"}), "application/zip"),
        }),
    )  # fmt: skip
    assert found.pages[0].startswith("From: Ada Byrne <ada@example.org>\nTo: records@example.org\nDate: Mon, 04 Mar")
    assert "Please find the statement.\nIt was cold: 3 °C." in found.pages[0]
    assert "Attachment: scan.jpg (image/jpeg)" in found.pages[0]
    assert found.pages[1].startswith("letter.docx\nThe officer was Quist")
    assert found.pages[2] == "statement.pdf\nStatement by Zebulonquist here."
    assert found.pages[3:] == ("more.zip\na.txt",)
    in_letter, in_statement = hidden(found)
    assert in_letter == "Quist"
    assert "Zebulonquist" in in_statement
    assert "Statement" not in in_statement
    assert found.title == "Complaint about the stop at Pier Road"


def test_mail_in_html_is_read_as_a_page_is(worker: TextWorker) -> None:
    (page,) = worker.extract(MAIL, mail(html=True)).pages
    assert page.endswith("Subject: Complaint about the stop at Pier Road\n\nPlease find the statement.")


def test_a_page_per_message_of_a_mailbox(worker: TextWorker) -> None:
    body = b"From a@example.org Mon\n" + mail() + b"\nFrom b@example.org Tue\n" + mail(html=True)
    assert len(worker.extract("application/mbox", body).pages) == 2


def test_a_packed_file_is_its_names_and_what_can_be_read_of_it(worker: TextWorker) -> None:
    body = packed(
        {"a/letter.docx": letter("Inside."), "notes.txt": "Plain.", "__MACOSX/x.txt": "aside", "film.mp4": b""}
    )
    found = worker.extract("application/zip", body)
    assert found.pages[0] == "a/letter.docx\nnotes.txt\n__MACOSX/x.txt\nfilm.mp4"
    assert [page.partition("\n")[0] for page in found.pages[1:]] == ["a/letter.docx", "notes.txt"]


def test_what_is_packed_and_too_large_is_only_named(worker: TextWorker) -> None:
    body = packed({"large.txt": b"0" * (17 * 1024**2), "small.txt": "Read."})
    assert worker.extract("application/zip", body).pages == ("large.txt\nsmall.txt", "small.txt\nRead.")


@pytest.mark.parametrize("mime", ["application/octet-stream", "application/msword", "application/pdf", "text/plain"])
def test_first_bytes_tell_what_it_is_whatever_it_is_called(worker: TextWorker, mime: str) -> None:
    assert "Here." in worker.extract(mime, letter("Here.")).pages[0]


def test_a_page_that_is_called_a_document_is_read_as_a_page(worker: TextWorker) -> None:
    found = worker.extract("application/msword", b"<html><body><p>Not found</p></body></html>")
    assert found.pages == ("Not found",)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("Café à Nîmes".encode("windows-1252"), "Café à Nîmes"),
        ("Año".encode("utf-16"), "Año"),
        ("Año".encode("utf-16-be").join([b"\xfe\xff", b""]), "Año"),
        ("Año".encode("utf-8-sig"), "Año"),
    ],
)
def test_texts_of_other_charsets(worker: TextWorker, body: bytes, read: str) -> None:
    assert worker.extract("text/csv", body).pages == (read,)


@pytest.mark.parametrize(
    ("body", "trouble", "says"),
    [
        (compound("EncryptedPackage", "EncryptionInfo"), "encrypted", "password"),
        (compound("WordDocument"), "unsupported", "Word before 2007"),
        (compound("PowerPoint Document"), "unsupported", "PowerPoint before 2007"),
        (compound("Workbook"), "damaged", ""),
        (compound(), "unsupported", "compound file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged", ""),
        (b"PK\x03\x04" + bytes(100), "damaged", ""),
        (b"no document at all", "damaged", "does not begin"),
        (b"", "empty", "no bytes"),
    ],
)
def test_what_cannot_be_read_says_why(worker: TextWorker, body: bytes, trouble: str, says: str) -> None:
    found = worker.extract(DOCX, body)
    assert (found.trouble, found.pages) == (trouble, ())
    assert says in found.error
    assert found.error


def test_encrypted_members_and_encrypted_open_documents(worker: TextWorker) -> None:
    body = bytearray(word("<w:p/>"))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = body.find(mark)
        while place >= 0:
            body[place + offset] |= 1
            place = body.find(mark, place + 4)
    assert worker.extract(DOCX, bytes(body)).trouble == "encrypted"
    manifest = "<manifest:manifest xmlns:manifest='m'><manifest:encryption-data/></manifest:manifest>"
    odt = packed({"mimetype": ODT, "META-INF/manifest.xml": manifest, "content.xml": "noise"})
    assert worker.extract(ODT, odt).trouble == "encrypted"


ENTITIES = "<!DOCTYPE x [" + "".join(
    f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(12)
) + ' <!ENTITY file SYSTEM "file:///etc/hostname">]>'  # fmt: skip


def test_entities_are_neither_multiplied_nor_fetched(worker: TextWorker) -> None:
    body = "<w:p><w:r><w:t>Seen &e11; &file;</w:t></w:r></w:p>"
    found = worker.extract(DOCX, word(body, before=ENTITIES))
    assert len(found.text) < 100
    assert "lol" not in found.text


def test_a_document_that_nests_too_deeply(worker: TextWorker) -> None:
    found = worker.extract(DOCX, word("<w:p>" * 300_000 + "</w:p>" * 300_000))
    assert found.trouble in {"", "damaged"}
    assert found.text == ""


def test_a_bomb_is_too_large(worker: TextWorker) -> None:
    zeros = "<w:p><w:r><w:t>" + "0" * 1_000_000 + "</w:t></w:r></w:p>"
    found = worker.extract(DOCX, word(zeros * 34))
    assert (found.trouble, found.pages) == ("too large", ())
    flat = packed({"xl/workbook.xml": b"\0" * (260 * 1024**2), "[Content_Types].xml": "spreadsheetml"})
    assert len(flat) < 2 * 1024**2
    assert worker.extract(XLSX, flat).trouble == "too large"


def test_a_sheet_of_two_cells_at_its_far_ends_is_refused(worker: TextWorker) -> None:
    body = sheets()
    members: dict[str, bytes | str] = {}
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            members[name] = archive.read(name)
    name = "xl/worksheets/sheet1.xml"
    sheet = members[name]
    assert isinstance(sheet, bytes)
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    start, end = sheet.index(b"<sheetData>") + 11, sheet.index(b"</sheetData>")
    members[name] = sheet[:start] + cells + sheet[end:]
    found = worker.extract(XLSX, packed(members))
    assert found.trouble in {"too much memory", "too slow", "too large", "damaged"}
    assert worker.extract(XLSX, body).pages[1] == "Empty"


def test_very_many_members_are_refused(worker: TextWorker) -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, 1, *[0] * 6) + b"a"
    count = 60_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, count * len(entry), 0, 0)
    body = entry * count + end
    found = worker.extract("application/zip", b"PK\x05\x06" + body)
    assert found.trouble in {"too large", "damaged"}


@pytest.mark.parametrize("make", [letter, sheets, slides, mail])
def test_cut_off_anywhere_it_ends_with_an_outcome(worker: TextWorker, make: object) -> None:
    body = make()  # type: ignore[operator]
    mime = {letter: DOCX, sheets: XLSX, slides: PPTX, mail: MAIL}[make]  # type: ignore[index]
    for tenth in range(1, 10):
        found = worker.extract(mime, body[: len(body) * tenth // 10])
        assert found.trouble in ({"", "damaged"} if make is mail else {"damaged"})


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    noise=st.binary(max_size=300),
    start=st.sampled_from([b"PK\x03\x04", b"{\\rtf1 ", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"From: a\n", b""]),
    mime=st.sampled_from([DOCX, XLSX, ODT, MAIL, "application/mbox", "application/vnd.ms-outlook", "application/zip"]),
)
def test_noise_ends_with_an_outcome(worker: TextWorker, noise: bytes, start: bytes, mime: str) -> None:
    found = worker.extract(mime, start + noise)
    assert found.trouble != "crashed"
    assert found.trouble or found.engine


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_document_with_bytes_changed_ends_with_an_outcome(worker: TextWorker, data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([LETTER, SHEETS])))
    for _ in range(8):
        body[data.draw(st.integers(8, len(body) - 1))] = data.draw(st.integers(0, 255))
    found = worker.extract(DOCX, bytes(body))
    assert found.trouble in {"", "damaged", "too large", "encrypted", "too much memory", "unsupported"}
