"""Lines of coloured words, wrapped to the terminal. Colour never says anything alone."""

from __future__ import annotations

import sys
from typing import NamedTuple

from cli.screen import printable, width

_READABLE = 120


class Styled(NamedTuple):
    """One line: a margin of our own, then words; portals' characters in them are cleaned."""

    margin: str = ""
    words: tuple[tuple[str, str], ...] = ()
    """(text, style of rich, or empty)"""
    margin_style: str = ""


class Screen:
    """Standard output."""

    def __init__(self) -> None:
        from rich.console import Console

        self._columns = width()
        self._console = Console(
            file=sys.stdout, highlight=False, markup=False, emoji=False, width=self._columns or 10**7
        )

    def say(self, line: Styled) -> None:
        """Print it; from the second line on, indented as its margin is wide."""
        from rich.text import Text

        text = Text.assemble(*((printable(word), style) for word, style in line.words))
        margin, room = line.margin, 10**7
        if self._columns is not None:
            room = max(10, min(self._columns, _READABLE) - len(margin))
        lines = text.wrap(self._console, room) if len(text) > room else [text]
        for number, part in enumerate(lines):
            before = Text(margin if number == 0 else " " * len(margin), line.margin_style if number == 0 else "")
            part.rstrip()
            whole = Text.assemble(before, part)
            whole.rstrip()
            self._console.print(whole, soft_wrap=True)
