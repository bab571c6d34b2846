"""Small, valid text PDFs (ISO 32000-1), made byte for byte the same every time. Enough for a sample."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

LINES_PER_PAGE = 44
_TOP, _LEADING = 770, 16


@dataclass(frozen=True, slots=True)
class Blackened:
    """A paragraph under black boxes. `live`: its words are still there, as in a botched redaction."""

    text: str
    live: bool = True


def pdf(title: str, paragraphs: Sequence[str | Blackened]) -> bytes:
    """A PDF 1.4 with `title` and `paragraphs` in Helvetica, "FICTIONAL" on every page.

    Text outside Latin-1 becomes `?`. Nothing is compressed, so that equal lengths are easy to make.
    """
    lines: list[str] = [title, ""]
    black: set[int] = set()
    for paragraph in paragraphs:
        plain = paragraph if isinstance(paragraph, str) else paragraph.text
        wrapped = textwrap.wrap(plain, 84) or [""]
        if isinstance(paragraph, Blackened):
            black |= set(range(len(lines), len(lines) + len(wrapped)))
            wrapped = wrapped if paragraph.live else [""] * len(wrapped)
        lines += [*wrapped, ""]
    pages = [lines[i : i + LINES_PER_PAGE] for i in range(0, len(lines), LINES_PER_PAGE)]
    kids = " ".join(f"{5 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (" + _escaped(title) + b") /Producer (recordwatch sample portal, FICTIONAL) >>",
    ]
    for number, page in enumerate(pages):
        drawn = [b"BT /F1 9 Tf 60 800 Td (" + _escaped(f"FICTIONAL - page {number + 1} of {len(pages)}") + b") Tj ET"]
        drawn.append(f"BT /F1 11 Tf 60 {_TOP} Td {_LEADING} TL".encode())
        drawn += [b"(" + _escaped(line) + b") Tj T*" for line in page]
        drawn.append(b"ET")
        boxes = [line for line in range(len(page)) if number * LINES_PER_PAGE + line in black]
        drawn += [f"0 g 58 {_TOP - _LEADING * line - 3} 470 13 re f".encode() for line in boxes]
        stream = b"\n".join(drawn)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            b"/Resources << /Font << /F1 3 0 R >> >> /Contents " + f"{6 + 2 * number} 0 R >>".encode()
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _escaped(text: str) -> bytes:
    return text.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
