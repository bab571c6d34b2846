"""Pages drawn in a process of their own: where their words stand, and what hostile documents come to."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from releases.text.passages import clean
from releases.viewing.drawer import Drawer, Drawn
from releases.viewing.kept import Kept
from releases.viewing.words import filled
from tests.unit.releases.text.drawing import Sheet, document, words


@pytest.fixture(scope="module")
def drawer() -> Iterator[Drawer]:
    found = Drawer(seconds=10)
    yield found
    found.close()


def _draw(drawer: Drawer, content: bytes, page: int = 1, kind: str = "pdf") -> Drawn:
    return drawer.draw(kind, page, len(content), lambda start, length: content[start : start + length])  # type: ignore[arg-type]


def test_words_stand_where_they_are_seen(drawer: Drawer) -> None:
    text = "Taser used 𝄞 twice"
    found = _draw(drawer, document(Sheet(words("Taser used twice", 72, 700), crop=(50, 600, 350, 750)), Sheet("")))
    assert (found.trouble, found.count, found.width, found.height) == ("", 2, 1200, 600)
    assert found.text == hashlib.sha256(clean("Taser used twice").encode()).hexdigest()
    assert [(start, end) for start, end, *_ in found.words] == [(0, 5), (6, 10), (11, 16)]
    picture = Image.open(io.BytesIO(found.picture)).convert("L")
    for _, _, left, top, width, height in found.words:
        assert picture.crop((left, top, left + width, top + height)).getextrema()[0] < 80
    assert _draw(drawer, document(Sheet("")), 1).words == ()
    assert len(text) == len(filled(text, [(0, 5), (12, 2**31)]))
    assert filled(text, [(0, 5), (12, 2**31)]) == "\x00" * 5 + " used 𝄞" + "\x00" * 6


def _bomb(width: int, height: int) -> bytes:
    """A PNG that says it is so large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
        + chunk(b"IEND", b"")
    )


def _endless() -> bytes:
    """A page that is painted over five thousand times with a shade whose every pixel is calculated: time, but no memory."""
    painted, shade = "/S sh " * 5000, "{ mul " + "sin cos " * 20 + "}"
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Shading << /S "
        "<< /ShadingType 1 /ColorSpace /DeviceGray /Matrix [612 0 0 792 0 0] /Function 5 0 R >> >> >> >>",
        f"<< /Length {len(painted)} >>\nstream\n{painted}\nendstream",
        f"<< /FunctionType 4 /Domain [0 1 0 1] /Range [0 1] /Length {len(shade)} >>\nstream\n{shade}\nendstream",
    ]  # fmt: skip
    objects = "".join(f"{n} 0 obj\n{body}\nendobj\n" for n, body in enumerate(bodies, 1))
    return f"%PDF-1.7\n{objects}trailer << /Root 1 0 R >>\n%%EOF".encode()


@pytest.mark.parametrize(
    ("kind", "content", "page", "trouble"),
    [
        ("pdf", b"", 1, "damaged"),
        ("pdf", b"%PDF-1.7\n" + b"<<" * 100_000, 1, "damaged"),
        ("pdf", document(Sheet("")), 2, "damaged"),
        ("pdf", document(Sheet("", box=(0, 0, 10_000_000, 10_000_000))), 1, ""),
        ("picture", b"GIF89a", 1, "damaged"),
        ("picture", _bomb(60_000, 60_000), 1, "too large"),
        ("picture", _bomb(9_000, 9_000), 1, "damaged"),
        ("picture", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file", 1, "damaged"),
    ],
    ids=["nothing", "deep", "no such page", "huge page", "half", "bomb", "smaller bomb", "a program"],
)
def test_hostile_documents(drawer: Drawer, kind: str, content: bytes, page: int, trouble: str) -> None:
    found = _draw(drawer, content, page, kind)
    assert found.trouble == trouble, found.error
    assert bool(found.picture) == (found.trouble == "")
    assert _draw(drawer, document(Sheet("")), 1).picture  # whoever comes next is served


def test_what_never_ends_is_ended() -> None:
    hasty = Drawer(seconds=1)
    assert _draw(hasty, _endless()).trouble == "too slow"
    hasty.close()


def test_a_source_that_fails_is_no_fault_of_the_document(drawer: Drawer) -> None:
    def failing(start: int, length: int) -> bytes:
        raise ConnectionError(start, length)

    with pytest.raises(ConnectionError):
        drawer.draw("pdf", 1, 1000, failing)
    assert _draw(drawer, document(Sheet("")), 1).picture


def test_what_is_kept_is_bounded_and_can_be_forgotten(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "pictures", most=10_000)
    one = Drawn(picture=b"RIFF" + bytes(3_000), width=3, height=4, words=((0, 1, 2, 3, 4, 5),))
    kept.put("sha256:a", 1, one)
    assert kept.get("sha256:a", 1) == one
    assert kept.get("sha256:a", 2) is None
    assert oct(next(tmp_path.glob("pictures/*")).stat().st_mode)[-3:] == "700"
    for page in range(10):
        kept.put("sha256:b", page, one)
    kept.shrink()
    assert sum(path.stat().st_size for path in tmp_path.glob("pictures/*/*")) <= 10_000
    kept.put("sha256:c", 1, one)
    kept.forget("sha256:c")
    assert kept.get("sha256:c", 1) is None
    (tmp_path / "file").touch()
    Kept(tmp_path / "file").put("sha256:a", 1, one)  # a disk that takes nothing
