"""The sandboxed half: reads Office files, mail and packed files handed over on standard input, until it is closed.

Started as a script of its own (`python -I office_reader.py`), as `pdf_reader` is, with the same limits:
memory, processor time per document, no file written. Nothing that a document refers to is followed.

Frames, both ways: one byte of kind, four of length (big-endian), the content.
In: `B` what the document is said to be (`releases.text.kinds`), a newline, and the document; `F` the same
with the path of a file that holds it.
Out: `G` what reads it; per page `X` JSON `{"hidden": [[start, end], …]}`, then `P` its text (UTF-8); `A` what
is attached: JSON `{"name": …, "mime": …}`, a newline, its bytes; `T` the title; last one of `D` done or `E` a
trouble, a newline, a sentence.
"""

from __future__ import annotations

import io
import json
import resource
import struct
import sys
import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO

from releases.text import engines

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = struct.Struct(">cI")
MOST_ATTACHED = 100
"""Attachments, or members of a packed file, that are handed over of one document."""
MOST_BYTES, MOST_ONE = 32 * 1024**2, 16 * 1024**2
"""Bytes of all of them, and of one: who asked holds them in memory."""
MOST_LISTED = 2_000
"""Names of a packed file that are told."""


class _Reader:
    """One document on its way."""

    def __init__(self, file: BinaryIO, claimed: str, send: Callable[[bytes, bytes], None]) -> None:
        from releases.text.office_words import Words

        self.words = Words()
        self.title = ""
        self._file = file
        self._claimed = claimed
        self._send = send
        self._attached = self._bytes = 0

    def read(self) -> None:
        """Raises whatever its readers raise; what was read before it is in `words`."""
        from releases.text.office_parts import Parts, Stopped

        head = self._file.read(8)
        self._file.seek(0)
        if head.startswith(b"PK"):
            self._packed(Parts(self._file))
        elif head.startswith(b"\xd0\xcf\x11\xe0"):
            self._compound()
        elif head.startswith(b"{\\rtf"):
            self._rtf()
        elif self._claimed == "eml":
            self._by(engines.MAIL)
            from releases.text.office_mail import read_eml

            self.title = read_eml(self._file.read(), self.words, self._attach)
        elif self._claimed == "mbox":
            self._by(engines.MAIL)
            from releases.text.office_mail import read_mbox

            read_mbox(self._file, self.words, self._attach)
        else:
            raise Stopped("damaged", "it does not begin as what it is said to be")

    def _packed(self, parts: Any) -> None:
        from releases.text import office_words

        kind = parts.kind()
        if kind == "sheets":
            self._sheets(parts)
            return
        self._by(engines.MARKUP if kind != "zip" else engines.PACKED)
        if kind == "docx":
            office_words.read_docx(parts, self.words)
        elif kind == "pptx":
            office_words.read_pptx(parts, self.words)
        elif kind in {"odt", "odp"}:
            office_words.read_odf(parts, self.words, kind)
        else:
            self._members(parts)
            return
        self.title = office_words.title(parts)

    def _sheets(self, parts: Any) -> None:
        from releases.text.office_sheets import read_sheets
        from releases.text.office_words import title

        for name in parts.names:  # measured first: who reads them next has no limit of its own
            for _ in parts.pieces(name):
                pass
        self._by(engines.SHEETS)
        self._file.seek(0)
        read_sheets(self._file, self.words)
        from releases.text.office_parts import Parts

        self.title = title(Parts(self._file))

    def _members(self, parts: Any) -> None:
        for name in parts.names[:MOST_LISTED]:
            self.words.then("\n")
            self.words.add(name)
        if len(parts.names) > MOST_LISTED:
            self.words.then("\n")
            self.words.add(f"… {len(parts.names) - MOST_LISTED:,} more")
        self.words.page()
        for name in parts.names:
            if (
                self._attached < MOST_ATTACHED
                and parts.size(name) <= min(MOST_ONE, MOST_BYTES - self._bytes)
                and not _is_aside(name)
            ):
                self._attach(name, "", b"".join(parts.pieces(name)))

    def _compound(self) -> None:
        """Files that hold streams: those of Office before 2007, messages of Outlook, and whatever is encrypted."""
        import olefile  # type: ignore[import-untyped]

        from releases.text.office_parts import Stopped

        with olefile.OleFileIO(self._file) as ole:
            streams = {"/".join(path).lower() for path in ole.listdir()}
        if "encryptedpackage" in streams:
            raise Stopped("encrypted", "it is encrypted and asks for a password")
        self._file.seek(0)
        if streams & {"workbook", "book"}:
            from releases.text.office_sheets import read_sheets

            self._by(engines.SHEETS)
            read_sheets(self._file, self.words)
        elif "__properties_version1.0" in streams:
            from releases.text.office_mail import read_msg

            self._by(engines.OUTLOOK)
            self.title = read_msg(self._file, self.words, self._attach)
        else:
            program = "Word" if "worddocument" in streams else "PowerPoint" if "powerpoint document" in streams else ""
            what = f"a file of {program} before 2007" if program else "a compound file of no kind that is read here"
            raise Stopped("unsupported", f"it is {what}; nothing here reads those")

    def _rtf(self) -> None:
        from striprtf.striprtf import rtf_to_text

        from releases.text.office_parts import MOST_CHARACTERS, Stopped

        self._by(engines.RTF)
        content = self._file.read(MOST_CHARACTERS + 1)
        if len(content) > MOST_CHARACTERS:
            raise Stopped("too large", f"it has more than {MOST_CHARACTERS:,} bytes")
        self.words.add(rtf_to_text(content.decode("cp1252", "replace"), errors="ignore").strip())  # type: ignore[no-untyped-call]
        self.words.page()

    def _by(self, engine: str) -> None:
        self._send(b"G", engine.encode())

    def _attach(self, name: str, mime: str, content: bytes) -> None:
        if self._attached < MOST_ATTACHED and len(content) <= min(MOST_ONE, MOST_BYTES - self._bytes):
            self._attached += 1
            self._bytes += len(content)
            about = json.dumps({"name": name[:300], "mime": mime[:100]})
            self._send(b"A", about.encode("utf-8", "replace") + b"\n" + content)


def _is_aside(name: str) -> bool:
    """Whether a packed file is not for readers."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def main(memory: int, seconds: int) -> None:
    """Serve documents. `memory` in bytes of address space, `seconds` of processor time per document."""
    from lxml import etree

    from releases.text.office_parts import Stopped

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def send(kind: bytes, data: bytes) -> None:
        stdout.write(HEAD.pack(kind, len(data)) + data)

    while len(head := stdin.read(HEAD.size)) == HEAD.size:
        kind, size = HEAD.unpack(head)
        claimed, _, content = stdin.read(size).partition(b"\n")
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))
        last = b""
        with io.BytesIO(content) if kind == b"B" else open(content, "rb") as file:
            reader = _Reader(file, claimed.decode(), send)
            try:
                reader.read()
            except MemoryError:
                last = b"too much memory\nreading it took more memory than a document may"
            except Stopped as stopped:
                last = f"{stopped.trouble}\n{stopped.error}".encode()
            except (zipfile.BadZipFile, etree.XMLSyntaxError, KeyError) as error:
                last = f"damaged\n{error}"[:1000].encode("utf-8", "replace")
            except Exception as error:
                last = f"damaged\n{type(error).__name__}: {error}"[:1000].encode("utf-8", "replace")
        for text, hidden in reader.words.pages:
            send(b"X", json.dumps({"hidden": hidden}).encode())
            send(b"P", text.encode("utf-8", "replace"))
        send(b"T", reader.title[:500].encode("utf-8", "replace"))
        send(b"E" if last else b"D", last)
        stdout.flush()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
