"""Text of whatever portals publish. PDFs are read in a process of their own that may die without us."""

from __future__ import annotations

import os
import signal
import struct
import tempfile
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast
from urllib.parse import urlsplit

import msgspec

from releases.facts.model import PdfFacts, PdfPage
from releases.sandbox.process import Sandbox, SandboxDied, SandboxSlow
from releases.text.outcome import Extracted, Trouble

PDF_ENGINE = f"pypdfium2 {version('pypdfium2')}"
IN_PIPE = 4 * 1024**2
"""Bytes; larger documents go through a file."""
MOST_BOXES = 20_000
"""Boxes in one document's facts; pages beyond have none."""
TEXT_MOST = 16 * 1024**2
"""Bytes read of a text, CSV or JSON file."""

_TEXT = frozenset(
    {"text/plain", "text/csv", "text/tab-separated-values", "text/markdown", "text/xml", "text/calendar",
     "application/json", "application/xml", "application/geo+json", "application/rss+xml", "application/atom+xml"}
)  # fmt: skip
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_PDF = frozenset({"application/pdf", "application/x-pdf"})
_VAGUE = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/download", "application/force-download"}
)
_SUFFIXES = {".pdf": "application/pdf", ".txt": "text/plain", ".csv": "text/csv", ".json": "application/json",
             ".html": "text/html", ".htm": "text/html", ".xml": "text/xml", ".md": "text/markdown"}  # fmt: skip


def can_extract(mime: str, url: str = "") -> bool:
    """Whether text may be had from a payload of this media type (or, if it says nothing, this URL's ending)."""
    return bool(_kind(mime, url))


def is_pdf(mime: str, url: str = "") -> bool:
    """Whether this media type (or, if it says nothing, this URL's ending) is a PDF's."""
    return _kind(mime, url) == "pdf"


def _kind(mime: str, url: str = "") -> str:
    plain = mime.partition(";")[0].strip().lower()
    if plain in _VAGUE:
        plain = _SUFFIXES.get(Path(urlsplit(url).path).suffix.lower(), "")
    return "pdf" if plain in _PDF else "html" if plain in _HTML else "text" if plain in _TEXT else ""


class TextWorker:
    """Extracts text; holds at most one reading process, started with the first PDF and used again.

    Safe to call from several threads (they take turns). Close it, or use it as a context manager.

    Args:
        memory: bytes of address space the reading process may have.
        seconds: processor time one document may take; twice as much on the clock.
        most_bytes: of one document.
        most_pages: of one document.
    """

    def __init__(
        self, *, memory: int = 1024**3, seconds: int = 60, most_bytes: int = 512 * 1024**2, most_pages: int = 20_000
    ) -> None:
        reader = Path(__file__).with_name("pdf_reader.py")
        self._sandbox = Sandbox(reader, [str(memory), str(seconds), str(most_pages)], seconds=2 * seconds)
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the reading process."""
        with self._lock:
            self._sandbox.close()

    def extract(self, mime: str, source: bytes | Path | BinaryIO, *, url: str = "", charset: str = "") -> Extracted:
        """The text of a payload (content-decoded). Damaged, encrypted, empty, endless or murderous documents
        give `Extracted` with a `trouble`, never an exception.

        Raises:
            OSError: `source` cannot be read.
        """
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self.extract(mime, stream, url=url, charset=charset)
        head = source[:1024] if isinstance(source, bytes) else source.read(IN_PIPE + 1)
        if not head:
            return Extracted("", (), trouble="empty", error="it has no bytes")
        whole = source if isinstance(source, bytes) else head
        rest = None if isinstance(source, bytes) or len(head) <= IN_PIPE else source
        kind = "pdf" if b"%PDF-" in head[:1024] else _kind(mime, url)
        if kind == "pdf":
            with self._lock:
                return self._pdf(whole, rest)
        if kind == "":
            return Extracted(
                "", (), trouble="unsupported", error=f"no text is read from {mime or 'unknown media types'}"
            )
        if rest is not None:
            whole += rest.read(TEXT_MOST - len(whole) + 1)
        cut = len(whole) > TEXT_MOST
        title, text, engine = _decode(kind, whole[:TEXT_MOST], charset or _charset(mime))
        error = f"only its first {TEXT_MOST:,} bytes were read" if cut else ""
        return Extracted(engine, (text,), title, "too large" if cut else "", error)

    def _pdf(self, whole: bytes, rest: BinaryIO | None) -> Extracted:
        if rest is None and len(whole) <= IN_PIPE:
            return self._ask(b"B", whole)
        with tempfile.NamedTemporaryFile(prefix="recordwatch-text-") as file:
            file.write(whole)
            size = len(whole)
            while rest is not None and size <= self._most_bytes and (piece := rest.read(1024**2)):
                file.write(piece)
                size += len(piece)
            if size > self._most_bytes:
                return Extracted(
                    PDF_ENGINE, (), trouble="too large", error=f"it has more than {self._most_bytes:,} bytes"
                )
            file.flush()
            return self._ask(b"F", os.fsencode(file.name))

    def words_in(self, path: Path, areas: Mapping[int, Sequence[Sequence[float]]]) -> dict[int, list[tuple[int, int]]]:
        """Which words of a PDF are to be seen in areas of its pages: 1-based page → spans in the page's text.

        Areas as (x0, y0, x1, y1) in points, origin at the lower left corner of the page as `PdfFacts` has it.

        Raises:
            Unreadable: the document ended the reader.
        """
        request = {"path": str(path), "areas": {str(page): [list(area) for area in areas[page]] for page in areas}}
        found: dict[int, list[tuple[int, int]]] = {}
        with self._lock:
            try:
                for mark, data in self._sandbox.ask(b"V", msgspec.json.encode(request)):
                    if mark == b"X":
                        read = msgspec.json.decode(data)
                        found[read["page"]] = [(start, end) for start, end in read["hidden"]]
                    elif mark == b"E":
                        raise Unreadable(data.decode("utf-8", "replace").partition("\n")[2])
            except (SandboxSlow, SandboxDied) as ended:
                raise Unreadable(str(ended) or "reading took too long") from ended
        return found

    def _ask(self, kind: bytes, content: bytes) -> Extracted:
        """Once more without drawing its pages, where that was too much for it."""
        first = self._once(kind, content)
        if first.trouble not in {"too slow", "too much memory", "crashed"}:
            return first
        again = self._once(kind.lower(), content)
        return again if len(again.pages) >= len(first.pages) else first

    def _once(self, kind: bytes, content: bytes) -> Extracted:
        made = _Made()
        try:
            for mark, data in self._sandbox.ask(kind, content):
                made.take(mark, data)
        except (
            msgspec.MsgspecError,
            struct.error,
            KeyError,
            TypeError,
            ValueError,
        ):  # whoever took it over may say anything
            self._sandbox.close()
            return made.extracted("crashed", "the reader's answer makes no sense")
        except SandboxSlow:
            return made.extracted("too slow", f"reading took over {2 * self._seconds} s")
        except SandboxDied as died:
            if died.code == -signal.SIGXCPU:
                return made.extracted("too slow", f"reading took over {self._seconds} s of processor time")
            return made.extracted("crashed", str(died))
        return made.extracted(*made.trouble)


class Unreadable(Exception):
    """A document could not be asked about; says why."""


class _Page(msgspec.Struct):
    hidden: list[tuple[int, int]]
    page: PdfPage


class _Whole(msgspec.Struct):
    count: int = 0
    metadata: dict[str, str] = {}


class _Made:
    """What the reading process has said of one document."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.seen: list[PdfPage] = []
        self.hidden: dict[int, list[tuple[int, int]]] = {}
        self.title = ""
        self.whole = _Whole()
        self.trouble: tuple[Trouble, str] = ("", "")
        self._page = _Page([], PdfPage(0, 0, 0))
        self._boxes = 0

    def take(self, mark: bytes, data: bytes) -> None:
        """One frame; see `pdf_reader`."""
        if mark == b"X":
            self._page = msgspec.json.decode(data, type=_Page)
            self._boxes += len(self._page.page.boxes)
            if self._boxes > MOST_BOXES:
                self._page.page = msgspec.structs.replace(self._page.page, boxes=())
        elif mark == b"P":
            self.pages.append(data.decode("utf-8", "replace"))
            self.seen.append(self._page.page)
            if self._page.hidden:
                self.hidden[len(self.pages)] = self._page.hidden
        elif mark == b"M":
            self.whole = msgspec.json.decode(data, type=_Whole)
        elif mark == b"T":
            self.title = data.decode("utf-8", "replace")
        elif mark == b"E":
            trouble, _, error = data.decode("utf-8", "replace").partition("\n")
            self.trouble = cast("Trouble", trouble), error

    def extracted(self, trouble: Trouble, error: str) -> Extracted:
        """All of it together."""
        facts = PdfFacts(max(self.whole.count, len(self.seen)), tuple(self.seen), self.whole.metadata)
        return Extracted(PDF_ENGINE, tuple(self.pages), self.title, trouble, error, facts, self.hidden)


def _decode(kind: str, body: bytes, charset: str) -> tuple[str, str, str]:
    if kind == "html":
        from releases.text.html import ENGINE, html_text

        return (*html_text(body, charset), ENGINE)
    from releases.text.plain import ENGINE as PLAIN
    from releases.text.plain import decoded

    return "", decoded(body, charset).replace("\x00", ""), PLAIN


def _charset(mime: str) -> str:
    _, mark, value = mime.lower().partition("charset=")
    return value.partition(";")[0].strip("\"' ") if mark else ""
