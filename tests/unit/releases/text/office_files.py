"""Office files and mail as their programs write them, with plain fictional content."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
from docx.enum.text import WD_COLOR_INDEX

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"


def letter(*paragraphs: str, black: str = "", vanished: str = "") -> bytes:
    """A Word file: paragraphs, a table, a header; `black` stands under a black highlight."""
    document = docx.Document()
    document.core_properties.title = "Letter of the Harbor Board"
    document.sections[0].header.paragraphs[0].text = "Lake Harbor Police Board"
    for text in paragraphs:
        document.add_paragraph(text)
    if black:
        paragraph = document.add_paragraph("The officer was ")
        paragraph.add_run(black).font.highlight_color = WD_COLOR_INDEX.BLACK
        paragraph.add_run(" of the third district.")
    if vanished:
        document.add_paragraph("Seen. ").add_run(vanished).font.hidden = True
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ("Case", "Finding", "17", "Upheld"), strict=True
    ):
        cell.text = text
    return saved(document)


def sheets() -> bytes:
    """An Excel file of three sheets, the last hidden."""
    book = openpyxl.Workbook()
    complaints = book.active
    assert complaints is not None
    complaints.title = "Complaints"
    for row in (["case", "filed", "closed"], ["LH-17", 2024, True], [None, None, None], ["LH-18", 2.5, "two\nlines"]):
        complaints.append(row)
    book.create_sheet("Empty")
    staff = book.create_sheet("Staff")
    staff.append(["Quillfeather", "badge 4411"])
    staff.sheet_state = "hidden"
    return saved(book)


def slides() -> bytes:
    """A presentation of three slides: the second hidden, the third with notes."""
    show = pptx.Presentation()
    for number, text in enumerate(("Use of force in 2024", "Kept from the public", "Recommendations"), 1):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = text
        if number == 2:
            slide._element.set("show", "0")
        if number == 3:
            slide.notes_slide.notes_text_frame.text = "Mention the audit."
    return saved(show)


def open_document(content: str, kind: str = "text") -> bytes:
    """An OpenDocument file whose body is `content`."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style"))
    )  # fmt: skip
    spaces += ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    styles = '<style:style style:name="B"><style:text-properties fo:background-color="#000000"/></style:style>'
    body = f"<office:body><office:{kind}>{content}</office:{kind}></office:body>"
    xml = f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>{body}</office:document-content>"
    return packed({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": xml})


def mail(*, html: bool = False, attached: dict[str, tuple[bytes, str]] | None = None) -> bytes:
    """A message, with what is attached by name."""
    message = EmailMessage()
    message["From"] = "Ada Byrne <ada@example.org>"
    message["To"] = "records@example.org"
    message["Date"] = "Mon, 04 Mar 2024 09:00:00 +0000"
    message["Subject"] = "Complaint about the stop at Pier Road"
    if html:
        message.set_content("<p>Please find the <b>statement</b>.</p><script>no()</script>", subtype="html")
    else:
        message.set_content("Please find the statement.\nIt was cold: 3 °C.", charset="windows-1252")
    for name, (content, mime) in (attached or {}).items():
        main, _, sub = mime.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def packed(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def compound(*streams: str) -> bytes:
    """An OLE container whose directory names `streams`: what Office wrote before 2007, and what it encrypts into."""
    free, end, fat = b"\xff" * 4, b"\xfe\xff\xff\xff", b"\xfd\xff\xff\xff"
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + bytes.fromhex("3e000300feff09000600") + bytes(6)
    head += bytes(4) + (1).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes(4) + (4096).to_bytes(4, "little")
    head += end + bytes(4) + end + bytes(4) + bytes(4) + free * 108
    names = ["Root Entry", *streams]
    entries = b""
    for number, name in enumerate((names + [""] * 4)[: max(4, len(names))]):
        raw = name.encode("utf-16-le") + (b"\0\0" if name else b"")
        kind = 0 if not name else 5 if number == 0 else 2
        right = (number + 1).to_bytes(4, "little") if 0 < number < len(names) - 1 else free
        child = (1).to_bytes(4, "little") if number == 0 and len(names) > 1 else free
        entries += raw.ljust(64, b"\0") + len(raw).to_bytes(2, "little") + bytes([kind, 1]) + free + right + child
        entries += bytes(36) + end + bytes(8)
    table = fat + end + free * 126
    return head + table + entries.ljust(512, b"\0")


def saved(document: object) -> bytes:
    """What `save` of one of the libraries writes."""
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()
