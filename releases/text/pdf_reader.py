"""The sandboxed half: reads PDFs handed over on standard input, page by page, until it is closed.

Started as a script of its own (`python -I pdf_reader.py`); of ours it loads the modules beside it that
begin with `pdf_` and `passages`, so it holds neither our settings nor the environment's secrets. It limits itself before
it reads the first byte of a document: memory, processor time per document, no file written. A document
that kills it kills nothing else.

Frames, both ways: one byte of kind, four of length (big-endian), the content.
In: `B` the document itself, `F` the path of a file that holds it; `b` and `f` the same without drawing
its pages. `V` JSON `{"path": …, "areas": {"<page from 1>": [[x0, y0, x1, y1], …]}}`: which words of a
document stand there.
Out, per page: `X` JSON `{"hidden": [[start, end], …], "page": …}` (`releases.facts.model.PdfPage`), then
`P` its text (UTF-8); last `M` the metadata as JSON, `T` the title, and one of `D` done or `E` a trouble,
a newline, a sentence. For `V` only `X` with `page` as number.
"""

from __future__ import annotations

import contextlib
import json
import resource
import struct
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = struct.Struct(">cI")
MOST_CHARACTERS = 64 * 1024**2
"""Of one document."""
MOST_METADATA = 2_000
"""Characters of one value."""
_NAMES = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate")


def main(memory: int, seconds: int, most_pages: int) -> None:
    """Serve documents. `memory` in bytes of address space, `seconds` of processor time per document."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pypdfium2

    from releases.text import pdf_page

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
            if kind == b"V":
                wanted = json.loads(content)
                _words_in(pypdfium2, pdf_page, wanted["path"], wanted["areas"], send)
            else:
                document = content if kind in b"Bb" else content.decode("utf-8", "surrogateescape")
                _read(pypdfium2, pdf_page, document, most_pages, seconds / 3 if kind.isupper() else 0, send)
        except MemoryError:
            send(b"E", "too much memory\nreading it took more memory than a document may")
        except pypdfium2.PdfiumError as error:
            send(b"E", _trouble(str(error)))
        except Exception as error:
            send(b"E", f"damaged\n{type(error).__name__}: {error}")
        stdout.flush()


def _read(
    pypdfium2: Any,
    pdf_page: Any,
    document: bytes | str,
    most_pages: int,
    draw: float,
    send: Callable[[bytes, str], None],
) -> None:
    """`draw`: seconds that drawing its pages may take."""
    with contextlib.closing(pypdfium2.PdfDocument(document)) as pdf:
        count, characters = len(pdf), 0
        until = time.process_time() + draw
        secret: list[str] = []
        for number in range(min(count, most_pages)):
            try:
                read = pdf_page.read(pdf[number], number, draw=time.process_time() < until)
            except pypdfium2.PdfiumError:
                read = pdf_page.UNREADABLE  # one bad page; its number must stay taken
            characters += len(read.text)
            if characters > MOST_CHARACTERS:
                send(b"E", f"too large\nits text is longer than {MOST_CHARACTERS:,} characters; read to page {number}")
                return
            secret += [read.text[start:end] for start, end in read.hidden]
            send(b"X", json.dumps({"hidden": read.hidden, "page": read.facts}))
            send(b"P", read.text)
        metadata = {}
        for name in _NAMES:
            with contextlib.suppress(Exception):
                if said := pdf_page.clean(pdf.get_metadata_value(name))[:MOST_METADATA]:
                    metadata[name] = pdf_page.without(said, secret)
        send(b"M", json.dumps({"count": count, "metadata": metadata}))
        send(b"T", metadata.get("Title", "")[:500])
        if count > most_pages:
            send(b"E", f"too many pages\nit says it has {count:,} pages; the first {most_pages:,} were read")
        else:
            send(b"D", "")


def _words_in(
    pypdfium2: Any, pdf_page: Any, path: str, areas: dict[str, list[list[float]]], send: Callable[[bytes, str], None]
) -> None:
    with contextlib.closing(pypdfium2.PdfDocument(path)) as pdf:
        for number, wanted in areas.items():
            if 0 < int(number) <= len(pdf):
                spans = pdf_page.words_in(pdf[int(number) - 1], wanted)
                send(b"X", json.dumps({"hidden": spans, "page": int(number)}))
    send(b"D", "")


def _trouble(said: str) -> str:
    if "assword" in said:
        return "encrypted\nit is encrypted and asks for a password"
    if "ecurity" in said:
        return "encrypted\nit is encrypted in a way that cannot be read"
    return f"damaged\n{said}"


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
