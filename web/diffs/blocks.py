"""What differs between two payloads, as the blocks of a tab; and a page of them that is not too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from releases.diff.clauses_model import ClauseChange, ClauseRef, ClausesComparison
from releases.diff.model import FileDiff, ImageDiff, MediaDiff, PageDiff, PdfDiff, PdfPageChange, TextFileDiff
from releases.diff.pdf import LOOKS_OTHERWISE
from web.diffs.rows import Block, By, Part, Row, both, field_rows, link_rows, piece_rows, table_rows, text_rows

WEIGHT = 48_000
"""Bytes of one page's rows, about."""


def text_blocks(diff: FileDiff, by: By, *, noise: bool) -> Iterator[Block]:
    """Of the tab `text`: words, tables, pages of a PDF, facts of a picture or recording."""
    content = diff.content
    if isinstance(content, PageDiff):
        yield from _page(content, by, noise=noise)
    elif isinstance(content, PdfDiff):
        yield from _pdf(content, by, noise=noise)
    elif isinstance(content, TextFileDiff):
        yield Block("", tuple(text_rows(content.text, by, noise=noise)))
    elif isinstance(content, ImageDiff):
        alike = ""
        if content.picture is not None:
            alike = _("It looks the same.") if content.picture <= LOOKS_OTHERWISE else _("It looks otherwise.")
        yield Block(_("The picture"), tuple(field_rows(content.facts, noise=noise)), alike)
    elif isinstance(content, MediaDiff):
        yield Block(_("The recording"), tuple(field_rows(content.facts, noise=noise)))


def _page(diff: PageDiff, by: By, *, noise: bool) -> Iterator[Block]:
    title = tuple(both(diff.title.old, diff.title.new, diff.title.pieces)) if diff.title else ()
    yield Block("", (*((Row("~", title, _("title")),) if title else ()), *text_rows(diff.text, by, noise=noise)))
    for table in diff.tables:
        yield Block(_("Table %(name)s") % {"name": table.name[:100]}, tuple(table_rows(table)))
    if noise:
        yield Block(_("Navigation"), tuple(text_rows(diff.navigation, by, noise=True)))
        odd = (Row("~", tuple(both(one.old, one.new)), one.what, one.kind) for one in diff.oddments)
        yield Block(_("What nobody reads"), tuple(odd))


def link_blocks(diff: FileDiff, *, noise: bool) -> Iterator[Block]:
    """Of the tab `links`."""
    if isinstance(diff.content, PageDiff):
        links = (*diff.content.links, *(diff.content.links_noise if noise else ()))
        yield Block("", tuple(link_rows(links)))


def _pdf(diff: PdfDiff, by: By, *, noise: bool) -> Iterator[Block]:
    yield Block(_("What it says of itself"), tuple(field_rows(diff.metadata, noise=noise)))
    for page in pdf_pages(diff, noise=noise):
        yield Block(
            page_title(page), tuple(text_rows(page.text, by, noise=noise)) if page.text else (), page_note(page)
        )


def pdf_pages(diff: PdfDiff, *, noise: bool) -> Sequence[PdfPageChange]:
    """Pages that differ, in the order of the new document."""
    if not noise:
        return diff.pages
    return sorted((*diff.pages, *diff.noise), key=lambda page: page.new or page.old or 0)


def page_title(page: PdfPageChange) -> str:
    """`Page 3`, `Page 4 (was 3)`, `+ Page 5 came`."""
    number = page.new or page.old
    if page.op == "added":
        return _("+ Page %(n)s came") % {"n": number}
    if page.op == "removed":
        return _("− Page %(n)s went") % {"n": number}
    if page.old != page.new:
        return _("Page %(n)s, was page %(old)s") % {"n": number, "old": page.old}
    return _("Page %(n)s") % {"n": number}


def page_note(page: PdfPageChange) -> str:
    """What differs on it beside its words."""
    said = []
    came, went = (sum(box.op == op for box in page.boxes) for op in ("added", "removed"))
    if came:
        said.append(ngettext("■ %(n)s new black box", "■ %(n)s new black boxes", came) % {"n": came})
    if went:
        said.append(ngettext("□ %(n)s black box gone", "□ %(n)s black boxes gone", went) % {"n": went})
    if page.size:
        said.append(_("another size"))
    if page.picture is not None and page.picture > LOOKS_OTHERWISE:
        said.append(_("looks otherwise"))
    return ", ".join(said)


def clause_blocks(compared: ClausesComparison) -> Iterator[Block]:
    """Of the tab `clauses`."""
    for change in compared.diff.changes if compared.diff else ():
        here = change.new or change.old
        if here is None:
            continue
        yield Block(_clause(change, here), tuple(_clause_rows(change, here)), _moved(change))


def _clause(change: ClauseChange, here: ClauseRef) -> str:
    sign = {"added": "+", "removed": "−", "changed": "~", "moved": "↷"}.get(change.op, "#")
    name = here.path or _("before the first clause")
    return f"{sign} {name}{f' – {here.title}' if here.title else ''}"[:300]


def _moved(change: ClauseChange) -> str:
    said = []
    if change.op in {"added", "removed"}:
        said.append(_("came") if change.op == "added" else _("went"))
    if change.moved:
        said.append(_("moved"))
    if change.renumbered:
        said.append(_("renumbered"))
    if change.old and change.new and change.old.path != change.new.path:
        said.append(_("was %(path)s") % {"path": change.old.path or _("before the first clause")})
    return ", ".join(said)


def _clause_rows(change: ClauseChange, here: ClauseRef) -> Iterator[Row]:
    if change.op not in {"added", "removed"}:
        yield from piece_rows(change.pieces)
        return
    lines = here.text.split("\n")
    for line in lines[1:] if lines[0] == here.title else lines:
        if line.strip():
            yield Row("+", (Part("added", line),)) if change.op == "added" else Row("−", (Part("removed", line),))


def paged(blocks: Iterator[Block], page: int) -> tuple[list[Block], int, int]:
    """The blocks of page `page`, from 1, of so many, as (blocks, page, pages). A block may go over a page's end."""
    pages: list[list[Block]] = [[]]
    left = WEIGHT
    for block in blocks:
        if not block.rows and not block.note:
            continue
        rows: list[Row] = []
        for row in block.rows:
            if left < row.weight and (rows or pages[-1]):
                if rows:
                    pages[-1].append(Block(block.title, tuple(rows), block.note))
                pages.append([])
                rows, left = [], WEIGHT
            rows.append(row)
            left -= row.weight
        pages[-1].append(Block(block.title, tuple(rows), block.note))
        left -= 300
    page = min(max(page, 1), len(pages))
    return pages[page - 1], page, len(pages)
