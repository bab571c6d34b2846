"""The content of a tab of a comparison: blocks of what differs, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archive.holdings import Holdings
from releases.diff.model import FileDiff, ImageDiff, MediaDiff, PdfDiff
from releases.diff.set_aside import file_noise
from releases.diff.summary import summary
from releases.models import File
from web.diffs.blocks import clause_blocks, link_blocks, page_note, page_title, paged, pdf_pages, text_blocks
from web.diffs.choice import Side
from web.diffs.comparing import compared
from web.diffs.results import Result, Wanted
from web.diffs.rows import Block, By

_MOST_PICTURES = 12
"""Pairs of page pictures on one page."""


@dataclass(frozen=True, slots=True)
class Options:
    """How somebody wants to see it."""

    by: By
    noise: bool
    page: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """A page of both documents, as it was drawn; an empty address where there is none."""

    title: str
    old: str
    new: str
    note: str = ""


@dataclass(slots=True)
class Tab:
    """What is shown."""

    blocks: list[Block] = field(default_factory=list)
    pictures: list[Pictures] = field(default_factory=list)
    players: str = ""
    """`video` or `audio`: both versions play beside each other."""
    said: str = ""
    """In one sentence."""
    set_aside: int = 0
    """Differences that no reader would call a change."""
    running: bool = False
    done: bool = False
    """Whether it was compared: without blocks then nothing differs."""
    trouble: str = ""
    same: bool = False
    """The very same bytes."""
    withheld: bool = False
    page: int = 1
    pages: int = 1


def inside(
    holdings: Holdings, old: Side, new: Side, view: str, options: Options, *, name: str, file: File | None = None
) -> Tab:
    """What differs between two payloads."""
    if "restricted" in {old.why, new.why}:
        return Tab(withheld=True)
    if old.source is None or new.source is None:
        return Tab()
    if old.digest and old.digest == new.digest:
        return Tab(done=True, same=True)
    if not old.source.size or not new.source.size:
        return Tab()
    wanted = Wanted("clauses" if view == "clauses" else "inside", old.source, new.source, name)
    result = compared(holdings, wanted)
    if result == "running":
        return Tab(running=True)
    if result.trouble:
        return Tab(trouble=result.trouble)
    if view == "clauses":
        return _clauses(result, options)
    diff = result.inside
    if diff is None:
        return Tab()
    tab = Tab(done=True, said=summary(diff), set_aside=sum(file_noise(diff).values()), trouble=diff.unread)
    if view == "rendered":
        _rendered(tab, diff, old, new, file, options)
        return tab
    blocks = (
        link_blocks(diff, noise=options.noise)
        if view == "links"
        else text_blocks(diff, options.by, noise=options.noise)
    )
    return _put(tab, blocks, options)


def _put(tab: Tab, blocks: Iterator[Block], options: Options) -> Tab:
    tab.blocks, tab.page, tab.pages = paged(blocks, options.page)
    return tab


def _clauses(result: Result, options: Options) -> Tab:
    found = result.clauses
    if found is None or found.diff is None:
        return Tab(trouble=found.unread if found else "")
    diff = found.diff
    tab = Tab(done=True, set_aside=0)
    if set(diff.unnumbered) == {"old", "new"}:
        tab.trouble = "no numbered clause was found in either text"
    return _put(tab, clause_blocks(found), options)


def _rendered(tab: Tab, diff: FileDiff, old: Side, new: Side, file: File | None, options: Options) -> None:
    """Pictures of the pages that differ, side by side; pictures and recordings as they are."""
    if file is None or old.why or new.why:
        tab.withheld = bool(old.why or new.why)
        return
    content = diff.content
    if isinstance(content, PdfDiff):
        pages = list(pdf_pages(content, noise=options.noise))
        tab.pages = max(1, -(-len(pages) // _MOST_PICTURES))
        tab.page = min(options.page, tab.pages)
        for one in pages[(tab.page - 1) * _MOST_PICTURES : tab.page * _MOST_PICTURES]:
            left, right = _picture(file, old, one.old), _picture(file, new, one.new)
            tab.pictures.append(Pictures(page_title(one), left, right, page_note(one)))
    elif isinstance(content, ImageDiff):
        tab.pictures.append(Pictures("", _bytes(file, old), _bytes(file, new)))
    elif isinstance(content, MediaDiff):
        mime = diff.new_mime.partition("/")[0]
        tab.players = mime if mime in {"video", "audio"} else ""


def _picture(file: File, side: Side, page: int | None) -> str:
    return f"/files/{file.id}/v/{side.number}/pages/{page}" if page else ""


def _bytes(file: File, side: Side) -> str:
    return f"/files/{file.id}/v/{side.number}/bytes"
