"""Text of whatever portals publish. Documents are read in processes of their own that may die without us."""

from __future__ import annotations

import os
import signal
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar
from urllib.parse import quote

import msgspec

from releases.sandbox.process import Sandbox, SandboxDied, SandboxSlow
from releases.text.documents import DocumentReader, Read
from releases.text.engines import PDF_ENGINE
from releases.text.kinds import can_extract, is_pdf, kind_of
from releases.text.outcome import Extracted
from releases.text.pdf_answers import Made

__all__ = ["PDF_ENGINE", "TEXT_MOST", "TextWorker", "Unreadable", "can_extract", "is_pdf"]

IN_PIPE = 4 * 1024**2
"""Bytes; larger documents go through a file."""
TEXT_MOST = 16 * 1024**2
"""Bytes read of a text, CSV or JSON file."""

T = TypeVar("T")


class TextWorker:
    """Extracts text; holds at most two reading processes, for PDFs and for other documents, each started with the
    first of them and used again.

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
        self._documents = DocumentReader(memory=memory, seconds=seconds)
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
        """End the reading processes."""
        with self._lock:
            self._sandbox.close()
            self._documents.close()

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
        kind, claimed = kind_of(mime, url, head)
        if kind == "pdf":
            with self._lock:
                return self._handed(whole, rest, self._ask, lambda error: _too_large(PDF_ENGINE, error))
        if kind == "document":
            return self._document(claimed, whole, rest)
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

    def _document(self, claimed: str, whole: bytes, rest: BinaryIO | None) -> Extracted:
        """A document, and what is attached to it; what is attached to that is named, and left."""
        until = time.monotonic() + 2 * self._seconds
        with self._lock:
            read = self._handed(
                whole, rest, lambda kind, content: self._documents.read(kind, claimed, content),
                _refused,
            )  # fmt: skip
        attached, read.attached = read.attached, []
        for one in attached:
            if time.monotonic() > until:
                read.trouble, read.error = "too slow", f"reading what is attached took over {2 * self._seconds} s"
                break
            read.add(one.name, self._attached(one.mime, one.content, one.name))
        return read.extracted()

    def _attached(self, mime: str, content: bytes, name: str) -> Extracted:
        kind, claimed = kind_of(mime, quote(name), content[:1024])
        if kind == "document" and content:
            with self._lock:
                return self._handed(
                    content, None, lambda mark, data: self._documents.read(mark, claimed, data), _refused
                ).extracted()
        return self.extract(mime, content, url=quote(name))

    def _handed(
        self, whole: bytes, rest: BinaryIO | None, ask: Callable[[bytes, bytes], T], refuse: Callable[[str], T]
    ) -> T:
        """What `ask` says of a document: through the pipe (`B`), or where it is large through a file (`F`)."""
        if rest is None and len(whole) <= IN_PIPE:
            return ask(b"B", whole)
        with tempfile.NamedTemporaryFile(prefix="recordwatch-text-") as file:
            file.write(whole)
            size = len(whole)
            while rest is not None and size <= self._most_bytes and (piece := rest.read(1024**2)):
                file.write(piece)
                size += len(piece)
            if size > self._most_bytes:
                return refuse(f"it has more than {self._most_bytes:,} bytes")
            file.flush()
            return ask(b"F", os.fsencode(file.name))

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
        made = Made()
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


def _too_large(engine: str, error: str) -> Extracted:
    return Extracted(engine, (), trouble="too large", error=error)


def _refused(error: str) -> Read:
    return Read(trouble="too large", error=error)


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
