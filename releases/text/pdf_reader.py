"""The sandboxed half: reads PDFs handed over on standard input, page by page, until it is closed.

Started as a script of its own (`python -I pdf_reader.py`), so it holds neither our settings nor our
modules nor the environment's secrets. It limits itself before it reads the first byte of a document:
memory, processor time per document, no file written. A document that kills it kills nothing else.

Frames, both ways: one byte of kind, four of length (big-endian), the content.
In: `B` the document itself, `F` the path of a file that holds it.
Out: `P` a page's text (UTF-8), `T` the title, then one of `D` done or `E` a trouble, a newline, a sentence.
"""

from __future__ import annotations

import contextlib
import re
import resource
import struct
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = struct.Struct(">cI")
MOST_CHARACTERS = 64 * 1024**2
"""Of one document."""

_HYPHEN = re.compile("[\ufffe\x02]\r?\n?")
_NOISE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def main(memory: int, seconds: int, most_pages: int) -> None:
    """Serve documents. `memory` in bytes of address space, `seconds` of processor time per document."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pypdfium2

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def send(kind: bytes, text: str) -> None:
        data = text.encode("utf-8", "replace")
        stdout.write(HEAD.pack(kind, len(data)) + data)

    while len(head := stdin.read(HEAD.size)) == HEAD.size:
        kind, size = HEAD.unpack(head)
        content = stdin.read(size)
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))
        try:
            _read(pypdfium2, content if kind == b"B" else content.decode("utf-8", "surrogateescape"), most_pages, send)
        except MemoryError:
            send(b"E", "too much memory\nreading it took more memory than a document may")
        except pypdfium2.PdfiumError as error:
            send(b"E", _trouble(str(error)))
        except Exception as error:
            send(b"E", f"damaged\n{type(error).__name__}: {error}")
        stdout.flush()


def _read(pypdfium2: Any, document: bytes | str, most_pages: int, send: Callable[[bytes, str], None]) -> None:
    with contextlib.closing(pypdfium2.PdfDocument(document)) as pdf:
        with contextlib.suppress(Exception):
            send(b"T", _clean(pdf.get_metadata_value("Title"))[:500])
        count, characters = len(pdf), 0
        for number in range(min(count, most_pages)):
            text = ""
            try:
                page = pdf[number]
                textpage = page.get_textpage()
                text = _clean(textpage.get_text_range())
                textpage.close()
                page.close()
            except pypdfium2.PdfiumError:
                pass  # one bad page; its number must stay taken
            characters += len(text)
            if characters > MOST_CHARACTERS:
                send(b"E", f"too large\nits text is longer than {MOST_CHARACTERS:,} characters; read to page {number}")
                return
            send(b"P", text)
        if count > most_pages:
            send(b"E", f"too many pages\nit says it has {count:,} pages; the first {most_pages:,} were read")
        else:
            send(b"D", "")


def _clean(text: str) -> str:
    """Words that a line break had hyphenated are whole again; characters that are none are gone."""
    if text.isprintable():
        return text
    return _NOISE.sub("", _HYPHEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")).strip()


def _trouble(said: str) -> str:
    if "assword" in said:
        return "encrypted\nit is encrypted and asks for a password"
    if "ecurity" in said:
        return "encrypted\nit is encrypted in a way that cannot be read"
    return f"damaged\n{said}"


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
