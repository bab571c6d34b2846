"""A diff in one short sentence, for alerts and lists. Says how much, never which words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releases.diff.facts import metadata_only
from releases.diff.model import (
    Comparison,
    FieldsDiff,
    FileDiff,
    ImageDiff,
    MediaDiff,
    PageDiff,
    PdfDiff,
    TextDiff,
)
from releases.diff.pdf import LOOKS_OTHERWISE
from releases.diff.set_aside import file_noise, set_aside

_MOST = 4
"""Things named one by one."""
ONLY_NOISE = "nothing a reader would call a change"
NOTHING = "nothing differs"
SAME = "the same bytes"
_QUIET = frozenset({ONLY_NOISE, NOTHING, SAME})


def summary(diff: FileDiff | FieldsDiff | Comparison) -> str:
    """One sentence without a full stop, e.g. `2 of 14 pages differ, page 3 added, 5 new black boxes, Producer changed`."""
    if isinstance(diff, FieldsDiff):
        return _said(_fields(diff), bool(diff.noise))
    if isinstance(diff, FileDiff):
        return _file(diff)
    parts: list[str] = []
    if diff.fields and diff.fields.changes:
        parts.append(summary(diff.fields))
    if diff.page and (said := summary(diff.page)) not in _QUIET:
        parts.append(f"page: {said}" if diff.key else said)
    parts += [f"{file.name}: {summary(file.diff)}" for file in diff.files[:_MOST] if not file.diff.same_bytes]
    if len(diff.files) > _MOST:
        parts.append(f"{len(diff.files) - _MOST} more files")
    return "; ".join(parts) or (ONLY_NOISE if set_aside(diff) else NOTHING)


def text_summary(diff: TextDiff) -> str:
    """`12 words added, 3 removed`; empty where nothing but noise differs."""
    parts = []
    if diff.words_added:
        parts.append(f"{_count(diff.words_added, 'word')} added")
    if diff.words_removed:
        parts.append(f"{diff.words_removed:,} removed" if parts else f"{_count(diff.words_removed, 'word')} removed")
    if diff.words_moved:
        parts.append(f"{diff.words_moved:,} moved" if parts else f"{_count(diff.words_moved, 'word')} moved")
    return ", ".join(parts) or ("white space differs" if diff.hunks else "")


def _file(diff: FileDiff) -> str:
    if diff.same_bytes:
        return SAME
    content = diff.content
    parts: list[str] = []
    if diff.old_mime.partition(";")[0] != diff.new_mime.partition(";")[0]:
        parts.append(f"{diff.old_mime or 'nothing'} became {diff.new_mime or 'nothing'}")
    noise = False
    if isinstance(content, PdfDiff):
        parts += _pdf(content)
        noise = bool(content.noise)
    elif isinstance(content, PageDiff):
        parts += _page(content)
        noise = bool(file_noise(diff))
    elif isinstance(content, ImageDiff):
        parts += _image(content)
    elif isinstance(content, MediaDiff):
        parts += _media(content)
    elif content is not None:
        parts += filter(None, [text_summary(content.text)])
        noise = bool(content.text.noise)
    elif not parts:
        parts.append(_sizes(diff))
    if diff.unread:
        parts.append(diff.unread)
    return _said(parts, noise) if parts or noise else "other bytes, the same inside"


def _sizes(diff: FileDiff) -> str:
    if diff.old_size == diff.new_size:
        return f"other bytes, still {_count(diff.new_size, 'byte')}"
    return f"{diff.old_size:,} became {_count(diff.new_size, 'byte')}"


def _pdf(diff: PdfDiff) -> Iterator[str]:
    ops: dict[str, list[int]] = {}
    for page in diff.pages:
        ops.setdefault(page.op, []).append(page.new or page.old or 0)
    differ = len(ops.get("changed", [])) + len(ops.get("moved and changed", []))
    if differ:
        yield f"{differ:,} of {_count(diff.new_count, 'page')} {'differs' if differ == 1 else 'differ'}"
    for op in ("added", "removed"):
        if op in ops:
            yield f"{_numbers(ops[op])} {op}"
    moved = len(ops.get("moved", [])) + len(ops.get("moved and changed", []))
    if moved:
        yield f"{_count(moved, 'page')} moved"
    for op, said in (("added", "new black box"), ("removed", "black box gone")):
        count = sum(box.op == op for page in diff.pages for box in page.boxes)
        if count:
            yield f"{count:,} {said if count == 1 else said.replace('box', 'boxes', 1)}"
    words = [page.text for page in diff.pages if page.text and page.op in {"changed", "moved and changed"}]
    added, removed = sum(text.words_added for text in words), sum(text.words_removed for text in words)
    if added or removed:
        yield text_summary(TextDiff(words_added=added, words_removed=removed))
    yield from _fields(diff.metadata)


def _page(diff: PageDiff) -> Iterator[str]:
    if diff.title:
        yield "title changed"
    if said := text_summary(diff.text):
        yield said
    rows: dict[str, int] = {}
    for table in diff.tables:
        for row in table.rows:
            rows[row.op] = rows.get(row.op, 0) + 1
        if table.old_headings != table.new_headings:
            yield "columns changed"
    yield from (f"{_count(count, 'row')} {op}" for op, count in rows.items())
    links: dict[str, int] = {}
    for link in diff.links:
        links[link.op] = links.get(link.op, 0) + 1
    yield from (f"{_count(count, 'link')} {op}" for op, count in links.items())


def _image(diff: ImageDiff) -> Iterator[str]:
    if diff.picture is not None and diff.picture > LOOKS_OTHERWISE:
        yield "looks otherwise" if diff.picture <= 2 * LOOKS_OTHERWISE else "looks quite otherwise"
    elif diff.picture is not None and metadata_only(diff.facts):
        yield "looks the same"
    sizes = {change.name: change for change in diff.facts.changes}
    if {"width", "height"} & set(sizes):
        yield "dimensions changed"
    yield from _fields(diff.facts, leave={"width", "height"})


def _media(diff: MediaDiff) -> Iterator[str]:
    if diff.seconds:
        yield f"{_time(abs(diff.seconds))} {'longer' if diff.seconds > 0 else 'shorter'}"
    yield from _fields(diff.facts, leave={"duration"} if diff.seconds else set())


def _fields(diff: FieldsDiff, leave: set[str] | frozenset[str] = frozenset()) -> Iterator[str]:
    named = [(change.name.removeprefix("metadata: "), change.op) for change in diff.changes if change.name not in leave]
    for name, op in named[:_MOST]:
        yield f"{name.strip('_').replace('_', ' ')} {op}"
    if len(named) > _MOST:
        yield f"{len(named) - _MOST} more fields"


def _said(parts: Iterator[str] | Sequence[str], noise: bool) -> str:
    return ", ".join(parts) or (ONLY_NOISE if noise else NOTHING)


def _numbers(pages: Sequence[int]) -> str:
    if len(pages) > _MOST:
        return _count(len(pages), "page")
    return f"page{'' if len(pages) == 1 else 's'} {', '.join(map(str, pages))}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02} min"
