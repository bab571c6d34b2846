"""From a page's tree to what a reader meets, in one way through it and without recursion."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from releases.diff.chrome import is_called, is_declared
from releases.diff.markup import Line, Page, Table, joined
from releases.diff.model import Link

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl",
     "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
     "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "section", "select", "summary", "table",
     "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "br"}
)  # fmt: skip
_UNSEEN = frozenset({"style", "template", "head", "svg", "math", "iframe", "object", "noscript"})
_CONTENTS = frozenset({"main", "article"})
_OF_TEXT = 0.5
"""A part with more of the page's text than this is no navigation, whatever it is called."""
_LONG_CELL = 2000
_SHOWN = 300
_MOST_COLUMNS = 100


@dataclass(slots=True)
class _Reading:
    """A table while it is read. Places are numbers of `items`."""

    start: int
    row: int | None = None
    cell: int | None = None
    caption: int | None = None
    cells: list[tuple[int, int, bool]] = field(default_factory=list)
    """Of the row: (first item, item after its last, whether a heading)"""
    rows: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    """(cells, whether all are headings)"""
    name: str = ""
    nested: bool = False
    """Whether a table stands in it; `row_nested`: in this row."""
    row_nested: bool = False


class Walk:
    """One way through the tree, without recursion."""

    def __init__(self) -> None:
        self.page = Page()
        self._words: list[str] = []
        self._chrome: list[int] = []
        self._parts = 0
        self._contents = 0
        """Elements around us that are the page's content by name."""
        self._term = 0
        """Items when the last term of a list had been read."""
        self._texts: Counter[int] = Counter()
        self._declared: set[int] = set()
        self._telling: set[int] = set()
        """Parts that hold a main heading: no navigation does."""
        self._marks: list[tuple[int, int]] = []
        """(node, part) of the parts we are in"""
        self._tables: list[_Reading] = []
        self._links: list[tuple[str, list[str], tuple[int, ...]]] = []
        self._found: list[tuple[str, str, tuple[int, ...]]] = []

    def document(self, root: Any) -> None:
        node = root
        while node is not None:
            if self._enter(node) and node.child is not None:
                node = node.child
                continue
            while node is not None:
                self._leave(node)
                if node.next is not None:
                    node = node.next
                    break
                node = node.parent
                if node is None or node.tag in {None, "-document"}:
                    node = None
        self._flush()
        self._settle()

    def _enter(self, node: Any) -> bool:
        """Whether to go in."""
        tag = node.tag
        if tag == "-text":
            self._text(node.text_content or "")
            return False
        if tag == "-comment":
            text = " ".join((node.comment_content or "").split())
            if text:
                self.page.unseen["comment", "comment", text] += 1
            return False
        if tag is None or tag.startswith("-"):
            return False
        attributes = node.attributes
        self._attributes(tag, attributes)
        if tag == "script":
            text = (node.text_content or "") if node.child is not None else ""
            source = attributes.get("src") or ""
            said = source or f"{hashlib.sha256(text.encode()).hexdigest()[:12]} {' '.join(text.split())[:_SHOWN]}"
            self.page.unseen["script", "script", said] += 1
            return False
        if tag == "head":
            found = node.css_first("title")
            self.page.title = " ".join(found.text(deep=True).split()) if found is not None else ""
            for meta in node.css("meta"):
                name = meta.attributes.get("name") or meta.attributes.get("property")
                if name:
                    self.page.unseen["attribute", f"meta {name}", meta.attributes.get("content") or ""] += 1
            for inner in node.css("script, link"):
                said = inner.attributes.get("src") or inner.attributes.get("href") or inner.text(deep=True)[:_SHOWN]
                self.page.unseen["script", inner.tag, " ".join((said or "").split())] += 1
            return False
        if tag in _UNSEEN:
            return False
        if tag in _BLOCKS:
            self._flush()
        declared = is_declared(node, tag, attributes, in_content=self._contents > 0)
        if declared or is_called(tag, attributes):
            self._parts += 1
            self._chrome.append(self._parts)
            if declared:
                self._declared.add(self._parts)
            self._marks.append((node.mem_id, self._parts))
        self._contents += tag in _CONTENTS
        if tag == "h1" or tag in _CONTENTS:
            self._telling.update(self._chrome)
        if tag == "a" and attributes.get("href"):
            self._links.append((_address(attributes["href"]), [], tuple(self._chrome)))
        elif tag == "img":
            self._image(attributes)
        elif tag == "input":
            self._input(attributes)
        elif tag == "table":
            for around in self._tables[-1:]:
                around.nested = around.row_nested = True
            self._tables.append(_Reading(len(self.page.items)))
        elif self._tables:
            table, here = self._tables[-1], len(self.page.items)
            if tag == "tr":
                table.row, table.cells, table.row_nested = here, [], False
            elif tag in {"td", "th"}:
                table.cell = here
            elif tag == "caption":
                table.caption = here
        return True

    def _leave(self, node: Any) -> None:
        tag = node.tag
        if tag is None or tag.startswith("-"):
            return
        if tag in _BLOCKS:
            self._flush()
        self._contents -= tag in _CONTENTS
        if tag == "a" and self._links and node.attributes.get("href"):
            href, words, chrome = self._links.pop()
            self._found.append((href, " ".join("".join(words).split()), chrome))
        if tag in {"dt", "dd"}:
            self._leave_term(tag)
        if self._tables and tag in {"td", "th", "tr", "caption", "table"}:
            self._leave_table(tag)
        if self._marks and self._marks[-1][0] == node.mem_id:
            self._marks.pop()
            self._chrome.pop()

    def _leave_term(self, tag: str) -> None:
        """A term and its value are one line: a value alone says nothing."""
        items = self.page.items
        if tag == "dt":
            self._term = len(items)
        elif self._term and self._term == len(items) - 1:
            term, value = items[-2], items[-1]
            if isinstance(term, Line) and isinstance(value, Line):
                items[-2:] = [Line(f"{term.text.rstrip(' :')}: {value.text}", value.chrome)]
            self._term = 0

    def _leave_table(self, tag: str) -> None:
        table, items = self._tables[-1], self.page.items
        if tag in {"td", "th"} and table.row is not None and table.cell is not None:
            table.cells.append((table.cell, len(items), tag == "th"))
            table.cell = None
        elif tag == "caption" and table.caption is not None:
            table.name = " ".join(item.text for item in items[table.caption :] if isinstance(item, Line))
            del items[table.caption :]
            table.caption = None
        elif tag == "tr" and table.row is not None:
            self._leave_row(table, table.row)
            table.row = None
        elif tag == "table":
            self._tables.pop()
            if not table.nested and _is_data(table.rows):
                self._take(table)

    def _leave_row(self, table: _Reading, start: int) -> None:
        """A row becomes a line, unless it holds a table, or lays out whole texts."""
        items = self.page.items
        if table.row_nested or not table.cells or len(table.cells) > _MOST_COLUMNS:
            return
        cells = [" ".join(item.text for item in items[a:b] if isinstance(item, Line)) for a, b, _ in table.cells]
        if max(map(len, cells)) > _LONG_CELL:
            table.nested = True
            return
        table.rows.append((tuple(cells), all(heading for _, _, heading in table.cells)))
        del items[start:]
        if text := joined(cells):
            items.append(Line(text, tuple(self._chrome)))

    def _take(self, table: _Reading) -> None:
        headings = table.rows[0][0] if table.rows[0][1] else ()
        body = [cells for cells, _ in table.rows[1 if headings else 0 :]]
        del self.page.items[table.start :]
        self.page.items.append(Table(table.name or joined(headings), headings, body, tuple(self._chrome)))

    def _text(self, text: str) -> None:
        self._words.append(text)
        if self._links:
            self._links[-1][1].append(text)

    def _flush(self) -> None:
        text = " ".join("".join(self._words).split())
        self._words.clear()
        if text:
            self.page.items.append(Line(text, tuple(self._chrome)))
            self._texts[0] += len(text)
            for part in self._chrome:
                self._texts[part] += len(text)

    def _attributes(self, tag: str, attributes: dict[str, str | None]) -> None:
        for name, value in attributes.items():
            if (tag, name) not in {
                ("a", "href"),
                ("img", "src"),
                ("img", "alt"),
                ("input", "value"),
                ("script", "src"),
            }:
                self.page.attributes[f"{tag} {name}", value or ""] += 1

    def _image(self, attributes: dict[str, str | None]) -> None:
        source = attributes.get("src") or attributes.get("data-src") or ""
        if source.startswith("data:"):
            source = f"data:sha256:{hashlib.sha256(source.encode()).hexdigest()[:16]}"
        if source:
            self._found.append(
                (source, f"picture: {' '.join((attributes.get('alt') or '').split())}".strip(" :"), tuple(self._chrome))
            )

    def _input(self, attributes: dict[str, str | None]) -> None:
        kind = (attributes.get("type") or "").casefold()
        what = f"input {attributes.get('name') or attributes.get('id') or kind}"
        self.page.unseen["token" if kind == "hidden" else "attribute", what, attributes.get("value") or ""] += 1

    def _settle(self) -> None:
        """What is only called navigation and holds most of the page is none; nor what holds its main heading."""
        whole = self._texts[0]
        false = {
            part for part, size in self._texts.items() if part not in {0, *self._declared} and size > whole * _OF_TEXT
        } | {part for part in self._telling if self._texts[part] > whole * _OF_TEXT / 2}
        for number, item in enumerate(self.page.items):
            chrome = tuple(part for part in item.chrome if part not in false)
            if isinstance(item, Table):
                item.chrome = chrome
            else:
                self.page.items[number] = item._replace(chrome=chrome)
        for url, text, around in self._found:
            self.page.links.append((Link(text, url), any(part not in false for part in around)))


def _address(said: str) -> str:
    """A link's address as browsers take it: no white space around it, no line breaks within."""
    return _BREAKS.sub("", said.strip(_AROUND))


_BREAKS = re.compile(r"[\t\r\n]")
_AROUND = "".join(map(chr, range(33)))


def _is_data(rows: list[tuple[tuple[str, ...], bool]]) -> bool:
    """Whether rows are data: under headings, or many of one shape."""
    if not rows:
        return False
    columns = Counter(len(cells) for cells, _ in rows)
    most, often = columns.most_common(1)[0]
    if most < 2 or often < len(rows) * 0.7:
        return False
    if rows[0][1] and not any(heading for _, heading in rows[1:]):
        return len(rows) > 1 and len(rows[0][0]) == most
    cells = sorted(len(cell) for row, _ in rows for cell in row)
    return most >= 3 and len(rows) >= 4 and cells[len(cells) // 2] < 80
