"""What differs inside a payload, as lines: a page's text, links and tables; a PDF's pages; a picture's facts."""

from __future__ import annotations

from collections.abc import Iterator

from cli.diff_pieces import ADDED, DIM, MOVED, REMOVED, STRONG, both, hunk_lines, piece_lines, said, signed
from cli.event_words import count_of, size
from cli.styled import Styled
from releases.diff.model import (
    FieldChange,
    FieldsDiff,
    FileDiff,
    ImageDiff,
    ItemChange,
    LinkChange,
    MediaDiff,
    PageDiff,
    PdfDiff,
    PdfPageChange,
    RowChange,
    TableDiff,
    TextDiff,
)
from releases.diff.pdf import LOOKS_OTHERWISE

_MOST_ROWS = 200
"""Rows, links and oddments told one by one; `--json` has them all."""


def file_lines(diff: FileDiff, *, noise: bool) -> Iterator[Styled]:
    """Sizes, media types, and what is inside."""
    if diff.same_bytes:
        yield Styled("  ", (("the same bytes", ""),))
        return
    if diff.old_mime.partition(";")[0] != diff.new_mime.partition(";")[0]:
        yield Styled("  ~ ", (("media type: ", ""), *both(diff.old_mime, diff.new_mime)))
    if diff.old_size != diff.new_size:
        before, after = size(diff.old_size), size(diff.new_size)
        if before == after:
            before, after = count_of(diff.old_size, "byte"), count_of(diff.new_size, "byte")
        yield Styled("    ", ((f"{before} → {after}", DIM),))
    else:
        yield Styled("    ", ((f"{count_of(diff.new_size, 'byte')} before and after, other ones", DIM),))
    if diff.unread:
        yield Styled("  ! ", ((diff.unread, ""),))
    content = diff.content
    if isinstance(content, PageDiff):
        yield from _page(content, noise=noise)
    elif isinstance(content, PdfDiff):
        yield from _pdf(content, noise=noise)
    elif isinstance(content, ImageDiff):
        if content.picture is not None:
            alike = "looks the same" if content.picture <= LOOKS_OTHERWISE else "looks otherwise"
            yield Styled("    ", ((f"{alike} ({content.picture} of 64 bits of its picture hash differ)", DIM),))
        yield from field_lines(content.facts, noise=noise)
    elif isinstance(content, MediaDiff):
        yield from field_lines(content.facts, noise=noise)
    elif content is not None:
        yield from text_lines(content.text, noise=noise)


def text_lines(diff: TextDiff, *, noise: bool, indent: str = "  ") -> Iterator[Styled]:
    """Hunks, those set aside where asked for, in their order."""
    hunks = sorted((*diff.hunks, *(diff.noise if noise else ())), key=lambda hunk: (hunk.new_at, hunk.old_at))
    for number, hunk in enumerate(hunks):
        if number and hunk.before:
            yield Styled(indent, (("·", DIM),))
        if hunk.noise:
            yield Styled(f"{indent}# ", ((hunk.noise, DIM),))
        yield from hunk_lines(hunk, indent)
    if diff.coarse:
        yield Styled(indent, (("(too much differs to look for the smallest difference)", DIM),))


def field_lines(diff: FieldsDiff, *, noise: bool, indent: str = "  ") -> Iterator[Styled]:
    """Fields, one by one."""
    for change in (*diff.changes, *(diff.noise if noise else ())):
        yield from _field(change, indent)


def _field(change: FieldChange, indent: str) -> Iterator[Styled]:
    name = change.name.strip("_").replace("_", " ")
    label = (f"{name}: ", STRONG)
    tail = ((f"  # {change.noise}", DIM),) if change.noise else ()
    if change.op == "added":
        yield Styled(f"{indent}+ ", (label, *signed("+", change.new), *tail), ADDED)
    elif change.op == "removed":
        yield Styled(f"{indent}- ", (label, *signed("-", change.old), *tail), REMOVED)
    elif change.items:
        yield Styled(f"{indent}~ ", (label, *tail))
        for item in change.items:
            yield from _item(item, f"{indent}  ")
    elif any("\n" in piece.text for piece in change.pieces):
        yield Styled(f"{indent}~ ", (label, *tail))
        yield from piece_lines(change.pieces, f"{indent}  ")
    else:
        yield Styled(f"{indent}~ ", (label, *both(change.old, change.new, change.pieces), *tail))


def _item(item: ItemChange, indent: str) -> Iterator[Styled]:
    if item.op == "added":
        yield Styled(f"{indent}+ ", ((said(item.new), ADDED),), ADDED)
    elif item.op == "removed":
        yield Styled(f"{indent}- ", ((said(item.old), REMOVED),), REMOVED)
    elif item.op == "moved":
        place = f"{(item.old_at or 0) + 1} → {(item.new_at or 0) + 1}"
        yield Styled(f"{indent}> ", ((f"moved {place}: ", MOVED), (said(item.new), "")), MOVED)
    elif item.fields:
        yield Styled(f"{indent}~ ", ((said(item.new), DIM),))
        for inner in item.fields:
            yield from _field(inner, f"{indent}  ")
    else:
        yield Styled(f"{indent}~ ", tuple(both(item.old, item.new, item.pieces)))


def _page(diff: PageDiff, *, noise: bool) -> Iterator[Styled]:
    if diff.title:
        yield from _field(diff.title, "  ")
    yield from text_lines(diff.text, noise=noise)
    for table in diff.tables:
        yield from _table(table)
    if diff.links or (noise and diff.links_noise):
        yield Styled("  ", (("links", STRONG),))
    for link in (*diff.links, *(diff.links_noise if noise else ()))[:_MOST_ROWS]:
        yield from _link(link)
    if not noise:
        return
    if diff.navigation.hunks or diff.navigation.noise:
        yield Styled("  # ", (("navigation", DIM),))
        yield from text_lines(diff.navigation, noise=True, indent="    ")
    for oddment in diff.oddments[:_MOST_ROWS]:
        times = f" ({oddment.count} times)" if oddment.count > 1 else ""
        words = (f"{oddment.kind}: " if oddment.kind not in oddment.what else "") + f"{oddment.what}{times}: "
        yield Styled("  # ", ((words, DIM), *both(oddment.old, oddment.new)))


def _link(link: LinkChange) -> Iterator[Styled]:
    tail = ((f"  # {link.noise}", DIM),) if link.noise else ()
    if link.old and link.new:
        if link.old.text == link.new.text:
            words = [(f"{link.new.text}: ", ""), *both(link.old.url, link.new.url)]
        else:
            words = [*both(link.old.text, link.new.text), (f"  {link.new.url}", DIM)]
        yield Styled("  ~ ", (*words, *tail))
    elif link.new:
        yield Styled("  + ", ((f"{link.new.text or 'no text'}  ", ADDED), (link.new.url, DIM), *tail), ADDED)
    elif link.old:
        yield Styled("  - ", ((f"{link.old.text or 'no text'}  ", REMOVED), (link.old.url, DIM), *tail), REMOVED)


def _table(table: TableDiff) -> Iterator[Styled]:
    yield Styled("  ", ((f"table {table.name}"[:100], STRONG),))
    if table.old_headings != table.new_headings:
        yield Styled("  ~ ", (("columns: ", ""), *both(" | ".join(table.old_headings), " | ".join(table.new_headings))))
    for row in table.rows[:_MOST_ROWS]:
        yield from _row(row)
    if len(table.rows) > _MOST_ROWS:
        yield Styled("    ", ((f"and {len(table.rows) - _MOST_ROWS:,} more rows; --json has them all", DIM),))


def _row(row: RowChange) -> Iterator[Styled]:
    if row.op == "added":
        yield Styled("  + ", ((" | ".join(row.new), ADDED),), ADDED)
    elif row.op == "removed":
        yield Styled("  - ", ((" | ".join(row.old), REMOVED),), REMOVED)
    elif row.op == "moved":
        yield Styled("  > ", (("moved: ", MOVED), (" | ".join(row.new), "")), MOVED)
    else:
        words: list[tuple[str, str]] = [(f"{' | '.join(row.new[:2])}  ", DIM)]
        for number, cell in enumerate(row.cells):
            words += [("; " if number else "", ""), (f"{cell.column}: ", ""), *both(cell.old, cell.new, cell.pieces)]
        yield Styled("  ~ ", tuple(words))


def _pdf(diff: PdfDiff, *, noise: bool) -> Iterator[Styled]:
    if diff.old_count != diff.new_count:
        yield Styled("    ", ((f"{count_of(diff.old_count, 'page')} → {count_of(diff.new_count, 'page')}", DIM),))
    if diff.metadata.changes or (noise and diff.metadata.noise):
        yield Styled("  ", (("what it says of itself", STRONG),))
        yield from field_lines(diff.metadata, noise=noise)
    pages = (
        sorted((*diff.pages, *(diff.noise if noise else ())), key=lambda page: page.new or page.old or 0)
        if noise
        else diff.pages
    )
    for page in pages:
        yield from _pdf_page(page, noise=noise)


def _pdf_page(page: PdfPageChange, *, noise: bool) -> Iterator[Styled]:
    number, was = page.new or page.old, f" (was {page.old})" if page.old and page.new and page.old != page.new else ""
    mark, style = {"added": ("+", ADDED), "removed": ("-", REMOVED)}.get(page.op, ("~", STRONG))
    verb = "" if page.op == "changed" else f" {page.op}"
    yield Styled(f"  {mark} ", ((f"page {number}{was}{verb}", style),), style)
    for op, words in (("added", "new black box"), ("removed", "black box gone")):
        boxes = [box for box in page.boxes if box.op == op]
        for box in boxes[:10]:
            place = f"{box.x1 - box.x0:.0f} x {box.y1 - box.y0:.0f} points, {box.y0:.0f} above the page's foot"
            yield Styled("    ■ " if op == "added" else "    □ ", ((f"{words}: {place} ({box.form})", ""),), STRONG)
        if len(boxes) > 10:
            yield Styled("    ■ ", ((f"and {len(boxes) - 10} more", ""),))
    if page.size:
        yield Styled("    ~ ", (("another size", ""),))
    if page.picture is not None and page.picture > LOOKS_OTHERWISE:
        yield Styled("    ~ ", ((f"looks otherwise ({page.picture} of 64 bits of its picture hash differ)", ""),))
    if page.text:
        yield from text_lines(page.text, noise=noise, indent="    ")
