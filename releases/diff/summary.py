"""A diff in one short sentence of the language that is active, for alerts and lists. Says how much, never which words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop
from django.utils.translation import ngettext

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
from releases.retold import retold

_MOST = 4
"""Things named one by one."""
ONLY_NOISE = _noop("nothing a reader would call a change")
NOTHING = _noop("nothing differs")
SAME = _noop("the same bytes")
_DONE = {
    "added": _noop("%(name)s added"), "removed": _noop("%(name)s removed"), "changed": _noop("%(name)s changed"),
    "moved": _noop("%(name)s moved"),
}  # fmt: skip


def summary(diff: FileDiff | FieldsDiff | Comparison) -> str:
    """One sentence without a full stop, e.g. `2 of 14 pages differ, page 3 added, 5 new black boxes, Producer changed`."""
    if isinstance(diff, FieldsDiff):
        return _said(_fields(diff), bool(diff.noise))
    if isinstance(diff, FileDiff):
        return _file(diff)
    parts: list[str] = []
    if diff.fields and diff.fields.changes:
        parts.append(summary(diff.fields))
    if diff.page and (said := summary(diff.page)) not in {_(ONLY_NOISE), _(NOTHING), _(SAME)}:
        parts.append(_("page: %(said)s") % {"said": said} if diff.key else said)
    parts += [f"{file.name}: {summary(file.diff)}" for file in diff.files[:_MOST] if not file.diff.same_bytes]
    if len(diff.files) > _MOST:
        parts.append(_("%(n)s more files") % {"n": f"{len(diff.files) - _MOST:,}"})
    return "; ".join(parts) or _(ONLY_NOISE if set_aside(diff) else NOTHING)


def text_summary(diff: TextDiff) -> str:
    """`12 words added, 3 removed`; empty where nothing but noise differs."""
    parts: list[str] = []
    if n := diff.words_added:
        parts.append(ngettext("%(n)s word added", "%(n)s words added", n) % _n(n))
    if n := diff.words_removed:
        said = (
            ngettext("%(n)s removed", "%(n)s removed", n)
            if parts
            else ngettext("%(n)s word removed", "%(n)s words removed", n)
        )
        parts.append(said % _n(n))
    if n := diff.words_moved:
        said = (
            ngettext("%(n)s moved", "%(n)s moved", n) if parts else ngettext("%(n)s word moved", "%(n)s words moved", n)
        )
        parts.append(said % _n(n))
    return ", ".join(parts) or (_("white space differs") if diff.hunks else "")


def _file(diff: FileDiff) -> str:
    if diff.same_bytes:
        return _(SAME)
    content = diff.content
    parts: list[str] = []
    if diff.old_mime.partition(";")[0] != diff.new_mime.partition(";")[0]:
        kinds = {"old": diff.old_mime or _("nothing"), "new": diff.new_mime or _("nothing")}
        parts.append(_("%(old)s became %(new)s") % kinds)
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
        parts.append(retold(diff.unread))
    return _said(parts, noise) if parts or noise else _("other bytes, the same inside")


def _sizes(diff: FileDiff) -> str:
    if diff.old_size == diff.new_size:
        return ngettext("other bytes, still %(n)s byte", "other bytes, still %(n)s bytes", diff.new_size) % _n(
            diff.new_size
        )
    sizes = {"old": f"{diff.old_size:,}", "n": f"{diff.new_size:,}"}
    return ngettext("%(old)s became %(n)s byte", "%(old)s became %(n)s bytes", diff.new_size) % sizes


def _pdf(diff: PdfDiff) -> Iterator[str]:
    ops: dict[str, list[int]] = {}
    for page in diff.pages:
        ops.setdefault(page.op, []).append(page.new or page.old or 0)
    differ = len(ops.get("changed", [])) + len(ops.get("moved and changed", []))
    if differ:
        of = ngettext("%(n)s page", "%(n)s pages", diff.new_count) % _n(diff.new_count)
        yield ngettext("%(n)s of %(pages)s differs", "%(n)s of %(pages)s differ", differ) % {**_n(differ), "pages": of}
    if pages := ops.get("added"):
        yield _numbers(pages, _("page %(pages)s added"), _("pages %(pages)s added"), _("%(n)s pages added"))
    if pages := ops.get("removed"):
        yield _numbers(pages, _("page %(pages)s removed"), _("pages %(pages)s removed"), _("%(n)s pages removed"))
    moved = len(ops.get("moved", [])) + len(ops.get("moved and changed", []))
    if moved:
        yield ngettext("%(n)s page moved", "%(n)s pages moved", moved) % _n(moved)
    if n := sum(box.op == "added" for page in diff.pages for box in page.boxes):
        yield ngettext("%(n)s new black box", "%(n)s new black boxes", n) % _n(n)
    if n := sum(box.op == "removed" for page in diff.pages for box in page.boxes):
        yield ngettext("%(n)s black box gone", "%(n)s black boxes gone", n) % _n(n)
    words = [page.text for page in diff.pages if page.text and page.op in {"changed", "moved and changed"}]
    added, removed = sum(text.words_added for text in words), sum(text.words_removed for text in words)
    if added or removed:
        yield text_summary(TextDiff(words_added=added, words_removed=removed))
    yield from _fields(diff.metadata)


def _page(diff: PageDiff) -> Iterator[str]:
    if diff.title:
        yield _("title changed")
    if said := text_summary(diff.text):
        yield said
    rows: dict[str, int] = {}
    for table in diff.tables:
        for row in table.rows:
            rows[row.op] = rows.get(row.op, 0) + 1
        if table.old_headings != table.new_headings:
            yield _("columns changed")
    yield from (_rows(op, count) for op, count in rows.items())
    links: dict[str, int] = {}
    for link in diff.links:
        links[link.op] = links.get(link.op, 0) + 1
    yield from (_links(op, count) for op, count in links.items())


def _image(diff: ImageDiff) -> Iterator[str]:
    if diff.picture is not None and diff.picture > LOOKS_OTHERWISE:
        yield _("looks otherwise") if diff.picture <= 2 * LOOKS_OTHERWISE else _("looks quite otherwise")
    elif diff.picture is not None and metadata_only(diff.facts):
        yield _("looks the same")
    sizes = {change.name: change for change in diff.facts.changes}
    if {"width", "height"} & set(sizes):
        yield _("dimensions changed")
    yield from _fields(diff.facts, leave={"width", "height"})


def _media(diff: MediaDiff) -> Iterator[str]:
    if diff.seconds:
        yield (_("%(time)s longer") if diff.seconds > 0 else _("%(time)s shorter")) % {"time": _time(abs(diff.seconds))}
    yield from _fields(diff.facts, leave={"duration"} if diff.seconds else set())


def _fields(diff: FieldsDiff, leave: set[str] | frozenset[str] = frozenset()) -> Iterator[str]:
    named = [(change.name.removeprefix("metadata: "), change.op) for change in diff.changes if change.name not in leave]
    for name, op in named[:_MOST]:
        yield _(_DONE[op]) % {"name": _field(name)} if op in _DONE else f"{_field(name)} {op}"
    if len(named) > _MOST:
        yield _("%(n)s more fields") % _n(len(named) - _MOST)


def _said(parts: Iterator[str] | Sequence[str], noise: bool) -> str:
    return ", ".join(parts) or _(ONLY_NOISE if noise else NOTHING)


def _rows(op: str, count: int) -> str:
    said = {
        "added": ngettext("%(n)s row added", "%(n)s rows added", count),
        "removed": ngettext("%(n)s row removed", "%(n)s rows removed", count),
        "changed": ngettext("%(n)s row changed", "%(n)s rows changed", count),
        "moved": ngettext("%(n)s row moved", "%(n)s rows moved", count),
    }
    return said[op] % _n(count)


def _links(op: str, count: int) -> str:
    said = {
        "added": ngettext("%(n)s link added", "%(n)s links added", count),
        "removed": ngettext("%(n)s link removed", "%(n)s links removed", count),
        "changed": ngettext("%(n)s link changed", "%(n)s links changed", count),
        "moved": ngettext("%(n)s link moved", "%(n)s links moved", count),
    }
    return said[op] % _n(count)


def _field(name: str) -> str:
    return _("files") if name == "files" else name.strip("_").replace("_", " ")


def _numbers(pages: Sequence[int], one: str, few: str, many: str) -> str:
    """Pages by their numbers while they are few, else how many."""
    said = one if len(pages) == 1 else few if len(pages) <= _MOST else many
    return said % {"pages": ", ".join(map(str, pages)), "n": f"{len(pages):,}"}


def _n(number: int) -> dict[str, str]:
    return {"n": f"{number:,}"}


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02} min"
