"""Words out of the markup of Word, PowerPoint and OpenDocument files. Part of the sandboxed reader.

What an editor took out (tracked deletions) is left out. What is there and not to be seen, as words under a
black highlight, is read and said to be hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from releases.text.office_parts import MOST_CHARACTERS, Stopped

_NOISE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_OFF = frozenset({"0", "false", "off", "none"})
_DARK = 80
"""Luminance, of 255."""


class Words:
    """A text that is put together, and which of it is hidden."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, list[tuple[int, int]]]] = []
        self._parts: list[str] = []
        self._hidden: list[tuple[int, int]] = []
        self._at = self._total = 0
        self._between = ""

    def add(self, text: str, *, hidden: bool = False) -> None:
        """Text as it stands, after what `then` asked for."""
        text = _NOISE.sub("", text)
        if not text:
            return
        if self._between and self._at:
            text, skip = self._between + text, len(self._between)
        else:
            skip = 0
        self._between = ""
        if hidden:
            self._hidden.append((self._at + skip, self._at + len(text)))
        self._parts.append(text)
        self._at += len(text)
        self._total += len(text)
        if self._total > MOST_CHARACTERS:
            raise Stopped("too large", f"its text is longer than {MOST_CHARACTERS:,} characters")

    def then(self, between: str) -> None:
        """What stands between this and the next words, if any come: the last said counts."""
        self._between = between

    def page(self, *, hidden: bool = False) -> None:
        """The page ends. `hidden`: all of it."""
        text = "".join(self._parts)
        self.pages.append((text, [(0, len(text))] if hidden and text else self._hidden))
        self._parts, self._hidden, self._at, self._between = [], [], 0, ""


class OpenXml:
    """A target of lxml's: WordprocessingML and DrawingML."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._gone = self._text = 0
        self._runs: list[dict[str, str]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name in _GONE:
            self._gone += 1
        elif name in {"r", "fld"}:
            self._runs.append({})
        elif name == "t":
            self._text += 1
        elif self._runs:
            self._of_a_run(name, attributes)

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name in _GONE:
            self._gone -= 1
        elif name in {"r", "fld"}:
            del self._runs[-1:]
        elif name == "t":
            self._text -= 1
        elif name in {"p", "tr"}:
            self._words.then("\n")
        elif name == "tc":
            self._words.then("\t")

    def data(self, text: str) -> None:
        if self._text and not self._gone:
            self._words.add(text, hidden=bool(self._runs) and _unseen(self._runs[-1]))

    def close(self) -> None:
        self._words.then("\n")

    def _of_a_run(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in {"tab", "br", "cr"} and not self._gone:
            self._words.then("\t" if name == "tab" else "\n")
        elif name == "noBreakHyphen" and not self._gone:
            self._words.add("-")
        elif name in {"vanish", "highlight", "shd", "color"}:
            said = {key.rpartition("}")[2]: value for key, value in attributes.items()}
            self._runs[-1][name] = said.get("fill" if name == "shd" else "val", "")


_GONE = frozenset({"del", "moveFrom", "Fallback", "instrText"})
"""Deleted, moved away, said a second time for old programs, or not for readers."""


def _unseen(run: Mapping[str, str]) -> bool:
    """Whether a run's words are hidden. A colour that is not told is black on a highlight; on a dark shade it is
    the program's choice, and white.
    """
    if run.get("vanish", "0") not in _OFF:
        return True
    dark = _is_dark(run.get("color", ""))
    if run.get("highlight") == "black":
        return dark is not False
    return _is_dark(run.get("shd", "")) is True and dark is True


def _is_dark(colour: str) -> bool | None:
    """None where it is not told."""
    found = re.fullmatch("#?([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})", colour)
    if not found:
        return None
    red, green, blue = (int(part, 16) for part in found.groups())
    return 299 * red + 587 * green + 114 * blue < 1000 * _DARK


class OpenDocument:
    """A target of lxml's: the `content.xml` of OpenDocument text and presentations. `paged`: a page per slide."""

    def __init__(self, words: Words, *, paged: bool) -> None:
        self._words = words
        self._paged = paged
        self._gone = self._inside = 0
        self._style = ""
        self._dark: set[str] = set()
        self._spans: list[bool] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        space, _, name = tag.rpartition("}")
        said = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if name in {"tracked-changes", "annotation", "forms"}:
            self._gone += 1
        elif name == "style":
            self._style = said.get("name", "")
        elif name == "text-properties":
            dark = _is_dark(said.get("background-color", "")) and _is_dark(said.get("color", "")) is not False
            if dark or said.get("display") == "none":
                self._dark.add(self._style)
        elif name in {"p", "h"} and "text" in space:
            self._inside += 1
            self._spans.append(said.get("style-name", "") in self._dark)
        elif name == "span":
            self._spans.append(said.get("style-name", "") in self._dark)
        elif name in {"s", "tab", "line-break"} and self._inside and not self._gone:
            self._words.then({"s": " ", "tab": "\t", "line-break": "\n"}[name])

    def end(self, tag: str) -> None:
        space, _, name = tag.rpartition("}")
        if name in {"tracked-changes", "annotation", "forms"}:
            self._gone -= 1
        elif name in {"p", "h"} and "text" in space:
            self._inside -= 1
            del self._spans[-1:]
            self._words.then("\n")
        elif name == "span":
            del self._spans[-1:]
        elif name == "table-cell":
            self._words.then("\t")
        elif name == "table-row":
            self._words.then("\n")
        elif name == "page" and "drawing" in space and self._paged:
            self._words.page()

    def data(self, text: str) -> None:
        if self._inside and not self._gone:
            self._words.add(text, hidden=any(self._spans))

    def close(self) -> None:
        self._words.then("\n")


def read_docx(parts: Any, words: Words) -> None:
    """The body, then notes, comments, headers and footers, each once: a document has no pages before it is set."""
    main = _main(parts, "word/document.xml")
    parts.feed(main, OpenXml(words))
    folder = main.rpartition("/")[0]
    beside = re.compile(re.escape(folder) + r"/(footnotes|endnotes|comments|header\d*|footer\d*)\.xml")
    for name in sorted(set(filter(beside.fullmatch, parts.names))):
        parts.feed(name, OpenXml(words))
    words.page()


def read_pptx(parts: Any, words: Words) -> None:
    """A page per slide, in the order they are shown, its notes below it."""
    main = _main(parts, "ppt/presentation.xml")
    slides = parts.related(main)
    for entry in parts.tree(main).iter("{*}sldId"):
        relation = next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
        name = slides.get(relation, "")
        if name not in parts.names:
            words.page()
            continue
        head = next(iter(parts.pieces(name)), b"")[:4096]
        shown = re.search(rb"<(?:\w+:)?sld\b[^>]*\bshow\s*=\s*[\"'](?:0|false)[\"']", head) is None
        parts.feed(name, OpenXml(words))
        for note in parts.related(name).values():
            if "/notesSlides/" in note and note in parts.names:
                parts.feed(note, OpenXml(words))
        words.page(hidden=not shown)


def read_odf(parts: Any, words: Words, kind: str) -> None:
    """The content; a page per slide of a presentation."""
    parts.feed("content.xml", OpenDocument(words, paged=kind == "odp"))
    if kind == "odt":
        words.page()


def title(parts: Any) -> str:
    """What the document's properties call it."""
    for name in ("docProps/core.xml", "meta.xml"):
        if name in parts.names:
            found = next(iter(parts.tree(name).iter("{http://purl.org/dc/elements/1.1/}title")), None)
            return _NOISE.sub("", (found.text or "") if found is not None else "").strip()[:500]
    return ""


def _main(parts: Any, usual: str) -> str:
    """The part that the package says it is about."""
    for name in parts.related("").values():
        if name.startswith(usual.partition("/")[0]):
            return str(name)
    return usual
