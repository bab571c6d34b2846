"""The pages a world's portal serves, as HTML over plain functions: a URL in, an answer out.

The kinds of portal: `rows` (one page, everything in its rows, numbers are the only identity), `paged`
(a page per case, "Page 2 of 5, 93 cases"), `endless` (a page per case; no totals, the last page just has
no next link), `capped` (newest 40 of all), `large` (100 rows a page, everything in the rows).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from tests.simulator.world import Case, World

Kind = Literal["rows", "paged", "endless", "capped", "large"]
PER_PAGE = {"rows": 10**6, "paged": 20, "endless": 15, "capped": 20, "large": 100}
CAP = 40
EMPTY = "No cases have been published."
HTML = "text/html; charset=utf-8"
NOT_FOUND = (
    '<!doctype html><html><head><title>Not found</title></head><body><div class="site"><h1>Not found</h1>'
    "<p>The page you asked for is not there. It may have moved.</p></div></body></html>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the portal answers. Status 0: no answer comes at all."""

    status: int
    body: bytes
    mime: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ListView:
    """What the list shows on one day: the cases, in order, and how."""

    cases: tuple[Case, ...]
    form: int
    layout: int = 1


def page_of(body: str, status: int = 200) -> Answer:
    return Answer(status, body.encode())


class Site:
    """Serves one world. `view` is what its list shows; hazards put another one there."""

    def __init__(self, kind: Kind, world: World, name: str) -> None:
        self.kind, self.world, self.name = kind, world, name
        self.layout = 1
        self.renders = 0
        self.view = self.truth()

    @property
    def has_pages(self) -> bool:
        """Whether each case has a page of its own."""
        return self.kind != "rows"

    @property
    def reads_pages(self) -> bool:
        """Whether the watcher reads these pages."""
        return self.kind in {"paged", "endless", "capped"}

    @property
    def host(self) -> str:
        return f"{'www' if self.world.host % 2 == 0 else 'data'}.{self.name}.example"

    @property
    def url(self) -> str:
        return f"http://{self.host}/cases/"

    def truth(self) -> ListView:
        """What the list should show today."""
        cases = self.world.listed()[: CAP if self.kind == "capped" else None]
        return ListView(
            tuple(replace(case, documents=list(case.documents)) for case in cases), self.world.form, self.layout
        )

    def pages(self) -> int:
        """Pages of the list as it is shown."""
        return max(1, -(-len(self.view.cases) // PER_PAGE[self.kind]))

    def answer(self, url: str) -> Answer:
        """What is served at `url` on any of the portal's hosts."""
        parts = urlsplit(url)
        self.renders += 1
        if parts.path == "/cases/":
            number = parse_qs(parts.query).get("page", ["1"])[0]
            return self.listing(int(number) if number.isdecimal() else 1)
        if parts.path.startswith("/case/"):
            return self.detail(parts.path.strip("/").rpartition("/")[2])
        return self.file(parts.path)

    def listing(self, number: int, last: int = 0) -> Answer:
        """Page `number` of the list; with `last`, the list pretends to end there."""
        size, cases = PER_PAGE[self.kind], self.view.cases
        if not cases:
            return page_of(self._frame(f'<p class="none">{EMPTY}</p>'))
        pages = last or self.pages()
        if number > pages:
            return page_of(NOT_FOUND, 404)
        shown = cases[(number - 1) * size : number * size]
        total = min(last * size, len(cases)) if last else len(cases)
        pager = [f'<a class="next" href="?page={number + 1}">Older</a>'] if number < pages else []
        if self.kind in {"paged", "large"}:
            pager.append(f'<span class="count">Page {number} of {pages}, {total} cases</span>')
        if self.kind == "capped":
            beyond = sum(case.listed for case in self.world.cases.values()) - len(cases)
            pager.append(f'<span class="beyond">{max(0, beyond)} older cases are not listed</span>')
        rows = "".join(row for case in shown for row in self._rows(case))
        names = self._columns()
        head = "".join(f"<th>{name}</th>" for name in names)
        table = f'<table class="cases"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        if self.view.layout == 2:
            table = f'<ul class="cards">{rows}</ul>'
        return page_of(self._frame(f'{table}<div class="pager">{"".join(pager)}</div>'))

    def detail(self, slug: str) -> Answer:
        """A case's own page."""
        case = self.world.cases.get(slug)
        if case is None or not self.has_pages or case.page == "gone":
            return page_of(NOT_FOUND, 404)
        if case.page == "soft":
            return page_of(NOT_FOUND)
        facts = case.facts(self.world.form)
        terms = "".join(
            f'<dt>{name}</dt><dd class="{name}">{escape(facts[name])}</dd>' for name in self._detail_names()
        )
        return page_of(self._frame(
            f'<article class="case" data-rel="{self.renders % 2}"><h1>{escape(case.title)}</h1><dl>{terms}</dl>'
            f'<p>Seen by {self.renders} readers.</p>{self._links(case)}</article>'
        ))  # fmt: skip

    def file(self, path: str) -> Answer:
        """A document, or 404. Moved documents stay at their old address too."""
        name = path.split("/", 2)[-1]
        for case in self.world.cases.values() if name else ():
            if not name.startswith(case.slug + "/"):
                continue
            for document in case.documents:
                if document.path.split("/", 2)[2] == name and not document.missing:
                    content = document.content
                    return Answer(
                        200, content, "application/zip", digest="sha256:" + hashlib.sha256(content).hexdigest()
                    )
        return page_of(NOT_FOUND, 404)

    def _columns(self) -> list[str]:
        return ["number", "title", "status"] + (
            [] if self.reads_pages else ["incident", "note", "district", "flag", "views"]
        )

    def _detail_names(self) -> list[str]:
        return ["incident", "note", "district", "flag"]

    def _rows(self, case: Case) -> list[str]:
        rows = [self._row(case, case.status)]
        if case.ghost and not self.reads_pages:
            rows.insert(case.number % 2, self._row(case, case.ghost))
        return rows

    def _row(self, case: Case, status: str) -> str:
        facts = case.facts(self.view.form) | {"status": status, "views": str(self.renders)}
        if case.pair:
            facts["number"] += " / " + case.printed_pair(self.view.form)
        title = escape(case.title)
        if self.has_pages:
            title = f'<a href="/case/{case.slug}/">{title}</a>'
        cells = {name: escape(facts[name]) for name in self._columns() if name != "title"} | {"title": title}
        links = "" if self.reads_pages else self._links(case)
        if self.view.layout == 2:
            inside = "".join(f'<div data-name="{name}">{cells[name]}</div>' for name in self._columns())
            return f'<li class="card" data-rel="{self.renders % 2}">{inside}{links}</li>'
        inside = "".join(f'<td class="{name}">{cells[name]}</td>' for name in self._columns())
        return f'<tr class="case" data-rel="{self.renders % 2}">{inside}<td class="files">{links}</td></tr>'

    def _links(self, case: Case) -> str:
        found: Sequence[str] = [
            f'<a class="file" href="{document.path}{f"?expires={self.world.day}&amp;sig={self.renders}" if document.signed else ""}">'
            f"{escape(document.name)}</a>"
            for document in case.documents
        ]
        return " ".join(found)

    def _frame(self, inside: str) -> str:
        return (
            f'<!doctype html><html><head><title>Cases</title></head><body><nav class="menu"><a href="/about/">About</a>'
            f'<a href="/cases/">Cases</a></nav><main>{inside}</main><footer>Token {self.renders:x}</footer></body></html>'
        )
