"""Pictures of pages, drawn in a process of its own that may die without us; hostile documents are opened nowhere else."""

from __future__ import annotations

import signal
import struct
import threading
from collections import OrderedDict
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from releases.sandbox.process import Sandbox, SandboxDied, SandboxSlow

ENGINE = f"recordwatch pages 2 (pypdfium2 {version('pypdfium2')}, pillow {version('pillow')})"
MIME = "image/webp"
SIDE = 1400
"""Pixels of the longer side: a letter page at 127 to the inch."""
GIVEN = 512 * 1024**2
"""Bytes of a document that are handed over for one page."""
PATIENCE = 30.0
"""Seconds until whoever waits for other pages to be drawn is told to come again."""
_BLOCK = 256 * 1024
_BLOCKS = 16

Read = Callable[[int, int], bytes]
"""(offset, length) → bytes of the document, fewer at its end."""


class Drawn(msgspec.Struct, frozen=True):
    """A page as it looks, or why it has no picture."""

    picture: bytes = b""
    width: int = 0
    """Pixels, as is `height`."""
    height: int = 0
    count: int = 0
    """Pages of the document, or frames of the picture."""
    text: str = ""
    """SHA-256 (hex) of the page's own text: where the archived text is another, `words` are not its words."""
    words: tuple[tuple[int, int, int, int, int, int], ...] = ()
    """Start and end in that text, in characters; left, top, width, height in pixels. Never the words themselves."""
    turned: int = 0
    """Degrees clockwise by which a PDF says that its page is shown turned."""
    trouble: str = ""
    """One of `releases.text.outcome.Trouble`."""
    error: str = ""
    """One sentence."""


class Busy(Exception):
    """Other pages are being drawn for too long."""


class Drawer:
    """Holds at most one drawing process. Safe for several threads, which take turns.

    Args:
        memory: bytes of address space the process may have.
        seconds: processor time one page may take; twice as much on the clock, what its source takes aside.
    """

    def __init__(self, *, memory: int = 1024**3, seconds: int = 15) -> None:
        script = Path(__file__).with_name("draw.py")
        self._sandbox = Sandbox(script, [str(memory), str(seconds)], seconds=2 * seconds)
        self._seconds = seconds
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._sandbox.close()

    def draw(self, kind: Literal["pdf", "picture"], page: int, size: int, read: Read, side: int = SIDE) -> Drawn:
        """The `page`th page of a PDF or frame of a picture, from 1; `size`: its bytes.

        Raises:
            Busy. Whatever `read` raises.
        """
        if not self._lock.acquire(timeout=PATIENCE):
            raise Busy
        try:
            return self._ask({"kind": kind, "page": page, "side": side, "size": size}, _Blocks(read, size))
        finally:
            self._lock.release()

    def _ask(self, asked: dict[str, object], blocks: _Blocks) -> Drawn:
        found, picture = Drawn(trouble="crashed", error="the reader gave no answer"), b""
        try:
            for mark, data in self._sandbox.ask(b"Q", msgspec.json.encode(asked)):
                if mark == b"R":
                    piece = blocks.read(*struct.unpack(">QQ", data))
                    self._sandbox.tell(*((b"X", b"") if piece is None else (b"A", piece)))
                elif mark == b"X":
                    found = msgspec.json.decode(data, type=Drawn)
                elif mark == b"G":
                    picture = data
                elif mark == b"E":
                    trouble, _, error = data.decode("utf-8", "replace").partition("\n")
                    return Drawn(trouble=trouble, error=error)
        except SandboxSlow:
            return Drawn(trouble="too slow", error=f"drawing it took over {2 * self._seconds} s")
        except SandboxDied as died:
            if died.code == -signal.SIGXCPU:
                return Drawn(trouble="too slow", error=f"drawing it took over {self._seconds} s of processor time")
            return Drawn(trouble="crashed", error=str(died))
        except (msgspec.MsgspecError, struct.error):  # whoever took over the process may say anything
            self._sandbox.close()
            return Drawn(trouble="crashed", error="the reader's answer makes no sense")
        except BaseException:  # the source failed: the process still waits for bytes
            self._sandbox.close()
            raise
        if not picture.startswith(b"RIFF"):
            return Drawn(trouble="crashed", error="the reader gave no picture")
        return msgspec.structs.replace(found, picture=picture)


class _Blocks:
    """A document's bytes wherever they are asked for, the last blocks kept: readers go back and forth."""

    def __init__(self, read: Read, size: int) -> None:
        self._read, self._size, self._left = read, size, GIVEN
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def read(self, offset: int, count: int) -> bytes | None:
        """Up to `count` bytes, at most one block; None where enough was given."""
        count = min(count, _BLOCK, max(0, self._size - offset))
        self._left -= count
        if self._left < 0:
            return None
        number, start = divmod(offset, _BLOCK)
        return self._block(number)[start : start + count] if count else b""  # a shorter answer is asked on after

    def _block(self, number: int) -> bytes:
        found = self._kept.get(number)
        if found is None:
            found = self._kept[number] = self._read(number * _BLOCK, _BLOCK)
            if len(self._kept) > _BLOCKS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return found
