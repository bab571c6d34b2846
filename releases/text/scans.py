"""Reads scans: each page is drawn by one sandboxed process, and read by Tesseract in another."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, cast

import msgspec

from releases.sandbox.process import Sandbox, SandboxDied, SandboxSlow
from releases.sandbox.program import ProgramFailed
from releases.text.outcome import Trouble
from releases.text.places import Place
from releases.text.tesseract import Tesseract

DRAW_SECONDS = 30
"""Processor time that drawing one page may take."""
LIKELY = 45
"""Percent; a picture whose words are less sure is a photograph that shows none."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One page."""

    text: str = ""
    confidence: int = 0
    """Percent."""
    scan: bool = True
    """False where a PDF's page turned out to be none: pictures cover less than half of it."""
    trouble: Trouble = ""
    error: str = ""
    places: tuple[Place, ...] = ()
    """Where its words stand on the page as it is seen."""


class ScanReader:
    """Holds at most one process that draws. A context manager; one page at a time."""

    def __init__(self, engine: Tesseract, *, memory: int = 1024**3) -> None:
        """`memory`: bytes of address space the drawing process may have."""
        script = Path(__file__).with_name("scan_reader.py")
        self._sandbox = Sandbox(script, [str(memory), str(DRAW_SECONDS)], seconds=2 * DRAW_SECONDS)
        self.engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sandbox.close()

    def page(self, path: Path, page: int, boxes: Sequence[Sequence[float]]) -> Scanned:
        """A page of a PDF, from 1; `boxes` are drawn black: (x0, y0, x1, y1) as `PdfFacts` has them."""
        return self._read(b"P", {"path": str(path), "page": page, "boxes": [list(box) for box in boxes]})

    def picture(self, path: Path, frame: int) -> Scanned:
        """A frame of a picture, from 1."""
        found = self._read(b"I", {"path": str(path), "page": frame})
        return found if found.confidence >= LIKELY else Scanned(trouble=found.trouble, error=found.error)

    def _read(self, kind: Literal[b"P", b"I"], asked: dict[str, object]) -> Scanned:
        drawn, last = b"", (b"E", b"crashed\nthe reader gave no answer")
        try:
            for mark, data in self._sandbox.ask(kind, msgspec.json.encode(asked)):
                if mark == b"G":
                    drawn = data
                last = mark, data
        except SandboxSlow:
            return Scanned(trouble="too slow", error=f"drawing it took over {2 * DRAW_SECONDS} s")
        except SandboxDied as died:
            slow = died.code == -signal.SIGXCPU
            return Scanned(trouble="too slow" if slow else "crashed", error=str(died))
        if last[0] != b"D":
            trouble, _, error = last[1].decode("utf-8", "replace").partition("\n")
            return Scanned(trouble=cast("Trouble", trouble), error=error)
        return self._recognised(drawn) if drawn else Scanned(scan=False)

    def _recognised(self, drawn: bytes) -> Scanned:
        with tempfile.TemporaryDirectory(prefix="recordwatch-ocr-") as folder:
            page = Path(folder) / "page.pgm"
            page.write_bytes(drawn)
            try:
                words = self.engine.read(page)
            except ProgramFailed as failed:
                return Scanned(trouble=cast("Trouble", failed.why), error=failed.error)
            except OSError as error:
                return Scanned(trouble="crashed", error=f"{self.engine.path} cannot be run: {error.strerror}")
        return Scanned(words.text, words.confidence, places=words.places)
