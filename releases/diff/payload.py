"""Two payloads of whatever kind: inside where it can be looked into, else by size and digest."""

from __future__ import annotations

from typing import NamedTuple

from releases.diff.facts import image_diff, media_diff
from releases.diff.markup import Page
from releases.diff.model import Content, FileDiff, TextFileDiff
from releases.diff.noise import without_noise
from releases.diff.page import page_lines, pages_diff
from releases.diff.pdf import pdf_diff
from releases.diff.text import lines_diff, text_diff
from releases.facts.model import ImageFacts, MediaFacts, PdfFacts


class Pdf(NamedTuple):
    """A PDF as far as it could be read. Quarantined passages of `pages` are masked."""

    pages: tuple[str, ...]
    facts: PdfFacts


Inside = Page | Pdf | ImageFacts | MediaFacts | str | None
"""A page, a PDF, facts, a text; None where nothing inside can be read."""


class Payload(NamedTuple):
    """One side."""

    size: int
    mime: str
    digest: str
    inside: Inside = None
    unread: str = ""
    """Why nothing, or not all, inside could be read: one sentence."""


def payload_diff(old: Payload, new: Payload) -> FileDiff:
    """Two payloads. Where they are of two kinds that both have text (a web page instead of a PDF), their texts."""
    same = bool(old.digest) and old.digest == new.digest
    content = None if same else _content(old.inside, new.inside)
    sides = ((name, side.unread) for name, side in (("before", old), ("after", new)) if side.unread)
    unread = "; ".join(f"{name}: {why}" for name, why in sides)
    if not unread and content is None and not same:
        unread = "it is of no kind that can be compared inside"
        if old.inside is not None and new.inside is not None:
            unread = f"{_kind(new.inside)} came instead of {_kind(old.inside)}"
    return FileDiff(old.size, new.size, old.mime, new.mime, same, content, "" if same else unread)


def _content(old: Inside, new: Inside) -> Content | None:
    if isinstance(old, Page) and isinstance(new, Page):
        return pages_diff(old, new)
    if isinstance(old, Pdf) and isinstance(new, Pdf):
        return pdf_diff(old.pages, new.pages, old.facts, new.facts)
    if isinstance(old, ImageFacts) and isinstance(new, ImageFacts):
        return image_diff(old, new)
    if isinstance(old, MediaFacts) and isinstance(new, MediaFacts):
        return media_diff(old, new)
    if isinstance(old, str) and isinstance(new, str):
        return TextFileDiff(text_diff(old, new, without_noise))
    left, right = _lines(old), _lines(new)
    if left is not None and right is not None:
        return TextFileDiff(lines_diff(left, right, without_noise))
    return None


def _lines(inside: Inside) -> list[str] | None:
    if isinstance(inside, str):
        return inside.split("\n")
    if isinstance(inside, Page):
        return page_lines(inside)
    if isinstance(inside, Pdf):
        return [line for page in inside.pages for line in page.split("\n")]
    return None


def _kind(inside: Inside) -> str:
    if isinstance(inside, Page):
        return "a web page"
    if isinstance(inside, Pdf):
        return "a PDF"
    if isinstance(inside, ImageFacts):
        return "a picture"
    return "a recording" if isinstance(inside, MediaFacts) else "a text"
