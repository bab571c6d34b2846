"""Two web pages: what a reader would call a change, and, apart, what nobody would."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from releases.diff.markup import Line, Page, Table, joined, read_page
from releases.diff.model import FieldChange, Link, LinkChange, NoiseKind, Oddment, PageDiff, TableDiff
from releases.diff.noise import steady_url, without_noise
from releases.diff.tables import table_diff
from releases.diff.text import lines_diff, words_diff

MOST_ODDMENTS = 500
_CLIPPED = 500
_MOST_TABLES = 100
"""Of a page, that are paired by likeness."""


def page_diff(old: bytes, new: bytes, *, old_charset: str = "", new_charset: str = "") -> PageDiff:
    """Two pages' markup (content-decoded). Never fails."""
    return pages_diff(read_page(old, old_charset), read_page(new, new_charset))


def pages_diff(old: Page, new: Page) -> PageDiff:
    """As `page_diff`, of pages that are read already."""
    tables, old_told, new_told = _tables(old, new)
    title = None
    if without_noise(old.title)[0] != without_noise(new.title)[0]:
        title = FieldChange("title", "changed", old.title, new.title, words_diff(old.title, new.title))
    links, links_noise = _links(old.links, new.links)
    return PageDiff(
        lines_diff(_lines(old, old_told), _lines(new, new_told), without_noise),
        title,
        links,
        links_noise,
        tuple(table for table in tables if table.rows or table.old_headings != table.new_headings),
        lines_diff(_lines(old, old_told, chrome=True), _lines(new, new_told, chrome=True)),
        _oddments(old, new),
    )


def page_lines(page: Page, *, navigation: bool = False) -> list[str]:
    """The page's main text, tables included; or, apart, the text of its menus, headers and footers."""
    return _lines(page, set(), chrome=navigation)


def _lines(page: Page, told: set[int], *, chrome: bool = False) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(page.items):
        if bool(item.chrome) is not chrome or number in told:
            continue
        if isinstance(item, Line):
            lines.append(item.text)
        else:
            lines += item.lines()
    return lines


def _tables(old: Page, new: Page) -> tuple[list[TableDiff], set[int], set[int]]:
    """Tables that both have, and their places: what stands in those is told row by row."""
    here, there = (
        [(number, item) for number, item in enumerate(page.items) if isinstance(item, Table) and not item.chrome]
        for page in (old, new)
    )
    free: dict[tuple[str, ...], list[tuple[int, Table]]] = defaultdict(list)
    for number, table in reversed(there):
        free[_name(table)].append((number, table))
    pairs: list[tuple[tuple[int, Table], tuple[int, Table]]] = []
    alone: list[tuple[int, Table]] = []
    for one in here:
        if free.get(_name(one[1])):
            pairs.append((one, free[_name(one[1])].pop()))
        else:
            alone.append(one)
    left = sorted((one for group in free.values() for one in group), key=lambda one: one[0])
    for one in alone[:_MOST_TABLES]:
        kin = [other for other in left[:_MOST_TABLES] if _akin(one[1], other[1])]
        if kin:
            pairs.append((one, kin[0]))
            left.remove(kin[0])
    pairs.sort(key=lambda pair: pair[1][0])
    found = [_table(number, one[1], other[1]) for number, (one, other) in enumerate(pairs, 1)]
    return found, {one[0] for one, _ in pairs}, {other[0] for _, other in pairs}


def _table(number: int, old: Table, new: Table) -> TableDiff:
    name = new.name or joined(new.headings) or f"table {number}"
    return table_diff(name, old.headings, old.rows, new.headings, new.rows)


def _akin(old: Table, new: Table) -> bool:
    """Whether most headings of the one with fewer are the other's too: columns come and go."""
    a, b = ({heading.casefold() for heading in table.headings if heading} for table in (old, new))
    return bool(a and b) and len(a & b) * 2 > min(len(a), len(b))


def _name(table: Table) -> tuple[str, ...]:
    return table.headings or (f"{len(table.rows[0])} columns",)


Links = Sequence[tuple[Link, bool]]


def _links(old: Links, new: Links) -> tuple[tuple[LinkChange, ...], tuple[LinkChange, ...]]:
    left, right = Counter(old), Counter(new)
    gone, come = list((left - right).elements()), list((right - left).elements())
    changes: list[LinkChange] = []
    noise: list[LinkChange] = []
    for by in (_same_target, _url, _text):
        places: dict[object, list[tuple[Link, bool]]] = defaultdict(list)
        for link in reversed(come):
            places[by(link)].append(link)
        rest: list[tuple[Link, bool]] = []
        for link in gone:
            other = places[by(link)].pop() if by(link) and places.get(by(link)) else None
            if other is None:
                rest.append(link)
                continue
            kind: NoiseKind | None = "token" if by is _same_target else "navigation" if link[1] else None
            (noise if kind else changes).append(LinkChange("changed", link[0], other[0], kind))
        come = [link for group in places.values() for link in reversed(group)]
        gone = rest
    for side, only in enumerate((gone, come)):
        for alone, chrome in only:
            said = LinkChange("added", None, alone) if side else LinkChange("removed", alone)
            if chrome:
                noise.append(msgspec.structs.replace(said, noise="navigation"))
            else:
                changes.append(said)
    return tuple(changes), tuple(noise)


def _same_target(link: tuple[Link, bool]) -> object:
    return link[0].text, steady_url(link[0].url), link[1]


def _url(link: tuple[Link, bool]) -> object:
    return steady_url(link[0].url), link[1]


def _text(link: tuple[Link, bool]) -> object:
    text = link[0].text
    return (text, link[1]) if text and text != "picture" else None


def _oddments(old: Page, new: Page) -> tuple[Oddment, ...]:
    found: list[Oddment] = []
    gone, come = old.attributes - new.attributes, new.attributes - old.attributes
    grouped: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, counted in enumerate((gone, come)):
        for (what, value), count in counted.items():
            grouped[what][side].extend([value] * count)
    for what, (before, after) in sorted(grouped.items()):
        count = max(len(before), len(after))
        found.append(Oddment("attribute", what, _clip(before), _clip(after), count))
    odd: dict[tuple[str, str], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, rest in enumerate((old.unseen - new.unseen, new.unseen - old.unseen)):
        for (kind, what, content), count in rest.items():
            odd[kind, what][side].extend([content] * count)
    for (kind, what), (before, after) in sorted(odd.items()):
        for number in range(max(len(before), len(after))):
            a, b = (_clip(side[number : number + 1]) for side in (before, after))
            found.append(msgspec.convert({"kind": kind, "what": what, "old": a, "new": b}, Oddment))
    if len(found) > MOST_ODDMENTS:
        rest_count = sum(oddment.count for oddment in found[MOST_ODDMENTS:])
        found[MOST_ODDMENTS:] = [Oddment("attribute", "and more", "", "", rest_count)]
    return tuple(found)


def _clip(values: Sequence[str]) -> str:
    text = " | ".join(dict.fromkeys(values[:20]))
    return text if len(text) <= _CLIPPED else text[: _CLIPPED - 1] + "…"
