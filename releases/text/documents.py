"""Asks the process that reads Office files, mail and packed files, and puts its answer together."""

from __future__ import annotations

import signal
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import msgspec

from releases.sandbox.process import Sandbox, SandboxDied, SandboxSlow
from releases.text.engines import READER
from releases.text.outcome import Extracted, Trouble


class Attached(msgspec.Struct, frozen=True):
    """What is attached to a message, or lies in a packed file."""

    name: str
    mime: str
    content: bytes = b""


@dataclass(slots=True)
class Read:
    """One document as the process gave it."""

    engine: str = READER
    pages: list[str] = field(default_factory=list)
    hidden: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    title: str = ""
    trouble: Trouble = ""
    error: str = ""
    attached: list[Attached] = field(default_factory=list)

    def add(self, name: str, found: Extracted) -> None:
        """The text of what is attached, its name above it."""
        if not any(page.strip() for page in found.pages):
            return
        above = f"{name}\n"
        for number, text in enumerate(found.pages, 1):
            self.pages.append(above + text)
            if spans := found.hidden.get(number):
                self.hidden[len(self.pages)] = [(len(above) + start, len(above) + end) for start, end in spans]
            above = ""

    def extracted(self) -> Extracted:
        """All of it together."""
        return Extracted(
            self.engine, tuple(self.pages), self.title, self.trouble, self.error, hidden=self.hidden
        )  # fmt: skip

    def take(self, mark: bytes, data: bytes) -> None:
        """One frame; see `office_reader`."""
        if mark == b"G":
            self.engine = data.decode("utf-8", "replace")[:64]
        elif mark == b"X":
            if spans := msgspec.json.decode(data, type=_Page).hidden:
                self.hidden[len(self.pages) + 1] = spans
        elif mark == b"P":
            self.pages.append(data.decode("utf-8", "replace"))
        elif mark == b"A":
            about, _, content = data.partition(b"\n")
            self.attached.append(msgspec.structs.replace(msgspec.json.decode(about, type=Attached), content=content))
        elif mark == b"T":
            self.title = data.decode("utf-8", "replace")
        elif mark == b"E":
            trouble, _, error = data.decode("utf-8", "replace").partition("\n")
            self.trouble, self.error = cast("Trouble", trouble), error


class _Page(msgspec.Struct):
    hidden: list[tuple[int, int]]


class DocumentReader:
    """Holds at most one reading process. One document at a time."""

    def __init__(self, *, memory: int, seconds: int) -> None:
        """`memory` in bytes of address space; `seconds` of processor time one document may take."""
        script = Path(__file__).with_name("office_reader.py")
        self._sandbox = Sandbox(script, [str(memory), str(seconds)], seconds=2 * seconds)
        self._seconds = seconds

    def close(self) -> None:
        """End the process."""
        self._sandbox.close()

    def read(self, kind: bytes, claimed: str, content: bytes) -> Read:
        """`kind`: `B` or `F`, whether `content` is the document or the path of its file."""
        made = Read()
        try:
            for mark, data in self._sandbox.ask(kind, claimed.encode() + b"\n" + content):
                made.take(mark, data)
        except (msgspec.MsgspecError, struct.error, ValueError):  # whoever took it over may say anything
            self._sandbox.close()
            made.trouble, made.error = "crashed", "the reader's answer makes no sense"
        except SandboxSlow:
            made.trouble, made.error = "too slow", f"reading took over {2 * self._seconds} s"
        except SandboxDied as died:
            made.trouble, made.error = "crashed", str(died)
            if died.code == -signal.SIGXCPU:
                made.trouble, made.error = "too slow", f"reading took over {self._seconds} s of processor time"
            elif died.code == -signal.SIGABRT:  # how a reader without exceptions says so
                made.trouble, made.error = "too much memory", "reading it took more memory than a document may"
        return made
