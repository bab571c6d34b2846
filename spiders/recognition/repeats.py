"""What repeats on a page: rows with a link of their own, chosen by structure and never out of navigation.

Every link outside navigation is climbed from; elements with the same tags and classes on the way up are
rows of one candidate. Rows that lead to documents count most, then rows with dates and rows of tables;
lists of nothing but links to sections are no list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from spiders.links import is_document
from spiders.page import INLINE, NAVIGATION, NAVIGATION_ROLES, clean_link, tidy
from spiders.recognition.likeness import Linked, Repeated, score

MOST_LINKS = 3_000
MOST_ROWS = 5_000
MOST_SELECTORS = 120
"""Candidates that are looked at, those with the most rows first."""
CLIMBED = 6
"""Levels above a link that may be its row."""
FEWEST = 2
_AROUND = re.compile(
    r"(?:^|[-_])(?:sub)?(?:menu|menus|nav|navbar|navigation|breadcrumbs?|footer|masthead|pag(?:er|ination|inate)|social|"
    r"share|sidebar|skip|toolbar|langs?|language|tags?|categor(?:y|ies)|megamenu|submenu|masonrymenu|menubar|topbar|"
    r"widget|related|archive_list)(?:$|[-_\d])|menu(?:slide|$)|submenu"
)
"""Classes and ids of what stands around a page's own words."""
_PASSING = re.compile(
    r"\d|^(?:js-|is-|has-)|^(?:active|current|first|last|odd|even|alt|selected|open|show|hide|collapsed)$"
)
"""Classes that differ between rows, or say how one looks just now."""
_CLASS = re.compile(r"[A-Za-z_][\w-]*\Z")
_BLOCKS = frozenset({"p", "div", "td", "li", "span"})


class Structure:
    """One page's tree, looked at for repeats. Whether it is too large or too deep, `spiders.page.parse` says first."""

    def __init__(self, url: str, html: str) -> None:
        self.url = url
        self._around: dict[int, bool] = {}
        self._rows: dict[int, Linked] = {}
        self._tree = LexborHTMLParser(html)
        base = self._tree.css_first("base[href]")
        self.base = clean_link(url, (base.attributes.get("href") or "") if base else "") or url

    def repeated(self) -> list[Repeated]:
        """Candidates, the ones that look most like a list of records first."""
        counts: dict[str, set[int]] = {}
        for link in [a for a in self._tree.css("a[href]") if self._leads(a) and not self.around(a)][:MOST_LINKS]:
            for selector, row in self._climbed(link):
                counts.setdefault(selector, set()).add(row.mem_id)
        likely = sorted((name for name in counts if len(counts[name]) >= FEWEST), key=lambda name: -len(counts[name]))
        found = [one for name in likely[:MOST_SELECTORS] for one in self._read(name)]
        return sorted(found, key=lambda one: (-one.score, not set(one.selector) & set(".["), len(one.selector)))

    def around(self, node: LexborNode) -> bool:
        """Whether it stands in what leads around the site."""
        passed: list[int] = []
        at: LexborNode | None = node
        found = False
        while at is not None and at.tag not in {"-undef", "html", "body", None}:
            if at.mem_id in self._around:
                found = self._around[at.mem_id]
                break
            passed.append(at.mem_id)
            given = at.attributes
            names = f"{given.get('class') or ''} {given.get('id') or ''}".lower().split()
            if (
                at.tag in NAVIGATION or (given.get("role") or "").lower() in NAVIGATION_ROLES
                or any(_AROUND.search(name) for name in names)
            ):  # fmt: skip
                found = True
                break
            at = at.parent
        self._around.update(dict.fromkeys(passed, found))
        return found

    def _leads(self, link: LexborNode) -> str:
        """Where it leads; empty for this page itself and for nowhere."""
        href = clean_link(self.base, link.attributes.get("href") or "")
        return "" if href in {"", self.url.split("#", 1)[0]} else href

    def _climbed(self, link: LexborNode) -> Iterator[tuple[str, LexborNode]]:
        """Selectors of each element above the link: by itself, and below its parents."""
        row: LexborNode | None = link
        for _ in range(CLIMBED):
            if row is None or row.tag in {"body", "html", "-undef", "tbody", "thead", "table", "main"}:
                return
            path: list[str] = []
            at: LexborNode | None = row
            while at is not None and len(path) < 3 and at.tag not in {"html", "-undef"}:
                path.insert(0, _step(at))
                # A tag alone is everywhere; with what it stands in it may be a row.
                if len(path) > 1 or path[0] != row.tag or row.tag == "article":
                    yield " > ".join(path), row
                at = at.parent
            row = row.parent

    def _read(self, selector: str) -> Iterator[Repeated]:
        """The candidate of a selector, and that of those of its rows that have documents."""
        elements = [node for node in self._tree.css(selector)[:MOST_ROWS] if not self.around(node)]
        elements = [node for node in elements if node.tag != "tr" or any(one.tag == "td" for one in node.iter())]
        mine = {node.mem_id for node in elements}
        if any(self._inside(node, mine) for node in elements):
            return
        rows = [(node, self._linked(node)) for node in elements]
        linked = [(node, row) for node, row in rows if row.pages or row.documents]
        unlinked = len(rows) - len(linked)
        if unlinked * 2 > len(rows):
            return
        narrowed = selector
        if unlinked:
            narrowed += ":not([href^='javascript' i])" if elements[0].tag == "a" else ":has(a[href])"
        yield from self._candidate(narrowed, linked, unlinked)
        if selector.endswith("]") or not any(row.documents for _, row in linked):
            return
        with_documents = [(node, row) for node, row in linked if row.documents and not row.pages]
        if len(with_documents) < len(linked) and all(
            ".pdf" in url.lower() for _, row in with_documents for url in row.documents
        ):
            pdf = "a[href*='.pdf' i]"
            narrowed = f"{selector}[href*='.pdf' i]" if elements[0].tag == "a" else f"{selector}:has({pdf})"
            chosen = {node.mem_id for node in self._tree.css(narrowed)}
            if chosen & mine == {node.mem_id for node, _ in with_documents}:
                yield from self._candidate(narrowed, with_documents, len(rows) - len(with_documents))

    def _candidate(self, selector: str, linked: list[tuple[LexborNode, Linked]], unlinked: int) -> Iterator[Repeated]:
        if len(linked) < FEWEST:
            return
        first = linked[0][0]
        one = Repeated(selector, [row for _, row in linked], first.tag or "", unlinked, self._in_main(first))
        one.headers = self._headers(first, one.rows)
        one.score = score(one)
        if one.score > 0:
            yield one

    def _linked(self, row: LexborNode) -> Linked:
        """The row, looked at once however many selectors find it."""
        if row.mem_id not in self._rows:
            self._rows[row.mem_id] = self._look(row)
        return self._rows[row.mem_id]

    def _look(self, row: LexborNode) -> Linked:
        links = [row] if row.tag == "a" else row.css("a[href]")
        named: dict[str, LexborNode] = {}
        for link in links[:50]:
            if href := self._leads(link):
                named.setdefault(href, link)
        first = next(iter(named.values()), None)
        headings = {
            href
            for one in row.css("h1 a[href], h2 a[href], h3 a[href], h4 a[href], h5 a[href]")
            if (href := self._leads(one))
        }
        times = [value for one in row.css("time[datetime]") if (value := one.attributes.get("datetime"))]
        return Linked(
            tuple(href for href in named if not is_document(href)), tuple(href for href in named if is_document(href)),
            _words(first) if first is not None else "",
            tidy((first.attributes.get("title") or "") if first is not None else ""),
            headings.pop() if len(headings) == 1 else "", _words(row),
            tuple(_words(one) for one in row.iter() if one.tag in {"td", "th"}) if row.tag == "tr" else (),
            times[0] if len(times) == 1 else "",
            _beside(row),
        )  # fmt: skip

    def _headers(self, row: LexborNode, rows: list[Linked]) -> tuple[str, ...]:
        """The table's headers, where every row has a cell for each and there is one line of them."""
        widths = {len(one.cells) for one in rows}
        table: LexborNode | None = row
        while table is not None and table.tag != "table":
            table = table.parent
        if table is None or row.tag != "tr" or len(widths) != 1:
            return ()
        lines = [line for line in table.css("tr") if [one for one in line.iter() if one.tag in {"th", "td"}]]
        heads = [line for line in lines if all(one.tag == "th" for one in line.iter())] or list(table.css("thead tr"))
        if len(heads) != 1:
            return ()
        names = tuple(_words(one) for one in heads[0].iter() if one.tag in {"th", "td"})
        return names if len(names) == widths.pop() else ()

    def _inside(self, node: LexborNode, others: set[int]) -> bool:
        at = node.parent
        while at is not None:
            if at.mem_id in others:
                return True
            at = at.parent
        return False

    def _in_main(self, node: LexborNode) -> bool:
        at: LexborNode | None = node
        while at is not None and at.tag != "-undef":
            names = f"{at.attributes.get('class') or ''} {at.attributes.get('id') or ''}".lower()
            if at.tag in {"main", "article"} or re.search(r"\b(?:main|content|entry|results?|description)", names):
                return True
            at = at.parent
        return False


def _step(node: LexborNode) -> str:
    """The element by tag and the classes that its siblings of a kind share; by its style where it has nothing else."""
    given = node.attributes
    classes = [name for name in (given.get("class") or "").split() if _CLASS.match(name) and not _PASSING.search(name)]
    style = given.get("style") or ""
    if not classes and node.tag in _BLOCKS and 0 < len(style) <= 60 and not set(style) & set("'\"\\\n\r]"):
        return f"{node.tag}[style='{style}']"
    return ".".join([node.tag or "", *dict.fromkeys(classes)][:4])


def _beside(row: LexborNode) -> int:
    """Words of the block that an inline element stands in; 0 for a block."""
    at: LexborNode | None = row
    while at is not None and at.tag in INLINE:
        at = at.parent
    return len(_words(at).split()) if at is not None and at is not row else 0


def _words(node: LexborNode) -> str:
    return tidy(node.text(deep=True, separator=" ", strip=False)[:5_000])
