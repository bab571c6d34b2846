"""Facts of pictures, audio and video, read in a process of their own that may die without us.

Only the bytes that are needed are handed over: of a 3.7 GB recording whose index stands at its end,
the index. A source that can seek is not read through; one that cannot is, once, and not kept.
"""

from __future__ import annotations

import io
import signal
import struct
import tempfile
import threading
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlsplit

import msgspec

from releases.facts.model import Facts, ImageFacts, MediaFacts, Trouble
from releases.sandbox.process import Sandbox, SandboxDied, SandboxSlow

ENGINE = f"recordwatch facts 1 (pillow {version('pillow')}, tinytag {version('tinytag')})"
KEPT = 64 * 1024**2
"""Bytes from the start of a source that cannot seek, kept while it is read; further on, the last `WINDOW`."""
WINDOW = 1024**2
GIVEN = 256 * 1024**2
"""Bytes of one file that are handed over at most."""
_UNKNOWN = 2**64 - 1
_KINDS = ("image/", "audio/", "video/")
_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".webp", ".bmp", ".jp2", ".avif", ".mp4", ".m4v", ".mov",
     ".m4a", ".3gp", ".mp3", ".wav", ".avi", ".wma", ".wmv", ".ogg", ".oga", ".opus", ".flac", ".aif", ".aiff",
     ".mkv", ".webm", ".ogv", ".mpg", ".mpeg", ".m2ts", ".mts", ".flv", ".aac", ".amr"}
)  # fmt: skip
_VAGUE = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/download", "application/force-download"}
)


def can_read(mime: str, url: str = "") -> bool:
    """Whether facts may be had from a payload of this media type (or, if it says nothing, this URL's ending)."""
    plain = mime.partition(";")[0].strip().lower()
    if plain in _VAGUE:
        return Path(urlsplit(url).path).suffix.lower() in _SUFFIXES
    return plain.startswith(_KINDS) or plain in {"application/mp4", "application/ogg"}


class FactsWorker:
    """Reads facts; holds at most one reading process, started with the first file and used again.

    Safe to call from several threads (they take turns). Close it, or use it as a context manager.

    Args:
        memory: bytes of address space the reading process may have.
        seconds: processor time one file may take; twice as much on the clock, what its source takes aside.
    """

    def __init__(self, *, memory: int = 1024**3, seconds: int = 20) -> None:
        reader = Path(__file__).with_name("reader.py")
        self._sandbox = Sandbox(reader, [str(memory), str(seconds)], seconds=2 * seconds)
        self._seconds = seconds
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

    def read(
        self, mime: str, source: bytes | Path | BinaryIO, *, url: str = "", size: int | None = None
    ) -> Facts | Trouble:
        """The facts of a payload (content-decoded). Whatever the payload is, no exception is raised for it.

        Args:
            mime: its media type as served; decides whether it is looked at. What it is, its bytes say.
            url: where it was served, for media types that say nothing.
            source: where its bytes are; a stream at its start, which is read and not closed.
            size: its bytes, where a stream that cannot seek is given and they are known.

        Raises:
            OSError: `source` cannot be read.
        """
        if not can_read(mime, url):
            return Trouble("unsupported", f"no facts are read from {mime or 'unknown media types'}")
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self.read(mime, stream, url=url)
        with closing(_Served(io.BytesIO(source) if isinstance(source, bytes) else source, size)) as served:
            served.measure()
            if not served.read(0, 1):
                return Trouble("empty", "it has no bytes")
            with self._lock:
                return self._ask(served)

    def _ask(self, served: _Served) -> Facts | Trouble:
        early = b""
        why, error = "crashed", "the reader gave no answer"
        try:
            for mark, data in self._sandbox.ask(b"Q", struct.pack(">Q", served.size)):
                if mark == b"R":
                    piece = served.read(*struct.unpack(">QQ", data))
                    self._sandbox.tell(*((b"X", b"") if piece is None else (b"A", piece)))
                elif mark == b"P":
                    early = data
                elif mark == b"D":
                    return _decoded(data, "")
                elif mark == b"E":
                    why, _, error = data.decode("utf-8", "replace").partition("\n")
        except SandboxSlow:
            why, error = "too slow", f"reading took over {2 * self._seconds} s"
        except SandboxDied as died:
            why, error = "crashed", str(died)
            if died.code == -signal.SIGXCPU:
                why, error = "too slow", f"reading took over {self._seconds} s of processor time"
        except (msgspec.MsgspecError, struct.error):  # whoever took over the process may say anything
            self._sandbox.close()
            return Trouble("crashed", "the reader's answer makes no sense")
        except BaseException:  # the source failed, or somebody wants to stop: the process still waits for bytes
            self._sandbox.close()
            raise
        try:
            return _decoded(early, error) if early else Trouble(why, error)
        except msgspec.MsgspecError:
            return Trouble(why, error)


def _decoded(data: bytes, note: str) -> ImageFacts | MediaFacts:
    found: ImageFacts | MediaFacts = msgspec.json.decode(data, type=ImageFacts | MediaFacts)
    return msgspec.structs.replace(found, note=note) if note else found


class _Served:
    """Bytes of a source wherever they are asked for, as far as it can be gone back."""

    def __init__(self, source: BinaryIO, size: int | None) -> None:
        self._source = source
        self._seeks = source.seekable()
        self._left = GIVEN
        self._start = 0
        self._at = 0
        self._head = tempfile.SpooledTemporaryFile(1024**2, prefix="recordwatch-facts-")  # noqa: SIM115  closed below
        self._window = bytearray()
        self.size = _UNKNOWN if size is None else size

    def measure(self) -> None:
        """Find the size, where that is cheap."""
        if self._seeks:
            self._start = self._source.tell()
            self.size = self._source.seek(0, io.SEEK_END) - self._start
        elif self.size == _UNKNOWN:
            while self._at < WINDOW and self._forward(WINDOW):
                pass
            self.size = self._at if self._at < WINDOW else _UNKNOWN

    def close(self) -> None:
        self._head.close()

    def read(self, offset: int, count: int) -> bytes | None:
        """Up to `count` bytes at `offset`, empty at the end; None where they are gone, or enough was given."""
        count = min(count, WINDOW)
        self._left -= count
        if self._left < 0:
            return None
        if self._seeks:
            self._source.seek(self._start + min(offset, self.size))
            return self._source.read(count)
        end = offset + count
        while self._at < end and self._forward(end):
            pass
        if end <= KEPT or (self._at <= KEPT and offset <= KEPT):
            self._head.seek(offset)
            return self._head.read(count)
        if offset < KEPT:  # to where the window may begin
            self._head.seek(offset)
            return self._head.read(min(count, KEPT - offset))
        first = self._at - len(self._window)
        return bytes(self._window[offset - first : end - first]) if offset >= first else None

    def _forward(self, end: int) -> bool:
        """Read on, towards `end`; False at the end."""
        piece = self._source.read(min(WINDOW, max(end - self._at, 64 * 1024)))
        if not piece:
            return False
        if self._at < KEPT:
            self._head.seek(self._at)
            self._head.write(piece[: KEPT - self._at])
        self._window += piece
        del self._window[: -2 * WINDOW]
        self._at += len(piece)
        return True
