"""What a terminal, a pipe or an old locale can show: width, wrapping, plain characters.

On a terminal text is wrapped to its width; in a pipe or a file a line stays one line, so that `grep`
finds it. Where the locale has no dash or arrow, they become `-` and `->`, and `é` becomes `e`.
"""

from __future__ import annotations

import codecs
import io
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

PLAIN = {
    "—": "-", "–": "-", "→": "->", "≠": "#", "↺": "<", "−": "-", "✗": "x", "✓": "*", "✉": "@",
    "…": "...", "·": "-", "»": ">", "«": "<", "“": '"', "”": '"', "‘": "'", "’": "'", "×": "x", "\ufffd": "?",
}  # fmt: skip
"""Our own symbols, for locales that have them not."""
TYPED = frozenset({"portal"})
"""Columns whose values are typed into the next command: in one piece, where there is room."""
_ROOMY = 80
_HANDLER = "recordwatch-plain"
_READABLE = 120
"""Columns beyond which running text is not wider, however wide the terminal."""


def plain(text: str) -> str:
    """`text` in ASCII, as readable as it gets."""
    said = (PLAIN.get(char) or unicodedata.normalize("NFKD", char) for char in text)
    return "".join(part.encode("ascii", "ignore").decode() or "?" for part in said)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


def _whole(stream: TextIO) -> TextIO:
    """`stream`, with a buffer where it has none: PYTHONUNBUFFERED, usual in containers, otherwise lets Python
    drop, without an error, what the system did not take of a long line at once.
    """
    raw = getattr(stream, "buffer", None)
    if not isinstance(raw, io.FileIO):
        return stream
    buffered = io.BufferedWriter(io.FileIO(raw.fileno(), "w", closefd=False))
    return io.TextIOWrapper(buffered, encoding=stream.encoding, errors=stream.errors, line_buffering=True)


def prepare() -> None:
    """Let standard output and error take any text: what the locale has no character for is replaced."""
    codecs.register_error(_HANDLER, _replace)
    for name in ("stdout", "stderr"):
        setattr(sys, name, _whole(getattr(sys, name)))
    named = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or ""
    # Python reads these two locales as UTF-8; whoever sets them has a terminal that shows ASCII.
    ascii_only = named in {"C", "POSIX"} and not os.environ.get("PYTHONIOENCODING") and not os.environ.get("PYTHONUTF8")
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="ascii" if ascii_only else None, errors=_HANDLER)


def width() -> int | None:
    """Columns of the terminal; None where lines need no wrapping."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return max(20, shutil.get_terminal_size().columns)
    return None


def wrapped(line: str, indent: str = "") -> list[str]:
    """`line` in lines that fit; from the second on they begin with its own indentation, or `indent` if that is more."""
    columns = width()
    if columns is None or len(line) <= columns:
        return [line]
    start = line[: len(line) - len(line.lstrip())]
    hanging = max(start, indent, key=len)
    if len(hanging) > columns * 2 // 3:
        hanging = start
    return textwrap.wrap(
        line.lstrip(), min(columns, _READABLE), initial_indent=start, subsequent_indent=hanging,
        break_on_hyphens=False, break_long_words=False,
    ) or [line]  # fmt: skip


def say(line: str = "", indent: str = "") -> None:
    """A line on standard output, wrapped."""
    sys.stdout.write("".join(f"{part}\n" for part in wrapped(line, indent)))


def printable(line: str) -> str:
    """`line` without what would steer a terminal: portals choose these characters, not we."""
    return "".join(char if char.isprintable() else "\ufffd" for char in line)


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """`rows` aligned below their columns' names; no lines when there are no rows. What does not fit is wrapped."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    room = (width() or _READABLE) >= _ROOMY
    for name in columns:
        drawn.add_column(name.replace("_", " ").upper(), overflow="fold", no_wrap=room and name in TYPED)
    for row in rows:
        cells = ("" if row.get(name) is None else str(row.get(name)) for name in columns)
        # Text, never markup: a portal's title may contain [brackets].
        drawn.add_row(*(Text("\n".join(map(printable, cell.splitlines()))) for cell in cells))
    if not drawn.row_count:
        return []
    console = Console(highlight=False, width=width() or 10_000)
    with console.capture() as capture:
        console.print(drawn)
    return [line.rstrip() for line in capture.get().splitlines()]
