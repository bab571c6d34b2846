"""PDFs drawn by hand: pages of raw content, with forms, images and annotations, as agencies' tools leave them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field


@dataclass
class Sheet:
    """One page. `content`: drawing operators; /F1 Helvetica, /F2 Helvetica-Bold; /G0 half, /G1 multiply, /G2 nearly opaque."""

    content: str
    box: tuple[float, float, float, float] = (0, 0, 612, 792)
    crop: tuple[float, float, float, float] | None = None
    rotate: int = 0
    things: dict[str, bytes] = field(default_factory=dict)
    """XObjects by name: whole bodies, dictionary and stream."""
    annotations: list[str] = field(default_factory=list)
    """Dictionaries; `%AP` in them refers to the appearance in `appearance`."""
    appearance: bytes = b""


def document(*sheets: Sheet, metadata: dict[str, str] | None = None, cut: int = 0) -> bytes:
    """A PDF of these pages."""
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]  # fmt: skip

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    kids = []
    for sheet in sheets:
        content = add(stream("", sheet.content.encode("cp1252")))
        things = " ".join(f"/{name} {add(body)} 0 R" for name, body in sheet.things.items())
        appearance = add(sheet.appearance) if sheet.appearance else 0
        marks = " ".join(
            f"{add(mark.replace('%AP', f'/AP << /N {appearance} 0 R >>').encode())} 0 R" for mark in sheet.annotations
        )
        crop = f"/CropBox [{' '.join(map(str, sheet.crop))}] " if sheet.crop else ""
        kids.append(add((
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{' '.join(map(str, sheet.box))}] {crop}/Rotate {sheet.rotate} "
            f"/Contents {content} 0 R /Annots [{marks}] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> "
            f"/ExtGState << /G0 << /ca 0.4 >> /G1 << /BM /Multiply >> /G2 << /ca 0.7 >> >> /XObject << {things} >> >> >>"
        ).encode()))  # fmt: skip
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] /Count {len(kids)} >>".encode()
    info = add(
        b"<< " + b" ".join(f"/{name} ({value})".encode("cp1252") for name, value in (metadata or {}).items()) + b" >>"
    )
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        info,
        start,
    )
    return bytes(out[: len(out) - cut])


def stream(entries: str, content: bytes, *, packed: bool = False) -> bytes:
    """A stream's body: dictionary entries and content."""
    if packed:
        content, entries = zlib.compress(content), entries + " /Filter /FlateDecode"
    return f"<< {entries} /Length {len(content)} >> stream\n".encode() + content + b"\nendstream"


def form(content: str, matrix: str = "1 0 0 1 0 0", bbox: str = "-2000 -2000 4000 4000", more: str = "") -> bytes:
    """A form XObject."""
    fonts = "/Font << /F1 3 0 R /F2 4 0 R >>"
    return stream(
        f"/Type /XObject /Subtype /Form /Matrix [{matrix}] /BBox [{bbox}] /Resources << {fonts} {more} >>",
        content.encode(),
    )


def image(width: int, height: int, pixels: bytes) -> bytes:
    """A grey image XObject."""
    return stream(
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8",
        pixels, packed=True,
    )  # fmt: skip


def words(text: str, x: float, y: float, size: float = 11, grey: float = 0, font: str = "F1", mode: int = 0) -> str:
    """One line of text."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT {grey} g {mode} Tr /{font} {size} Tf {x} {y} Td ({escaped}) Tj ET\n"


def box(x: float, y: float, wide: float, high: float, colour: str = "0 g") -> str:
    """A filled rectangle."""
    return f"{colour} {x} {y} {wide} {high} re f\n"
