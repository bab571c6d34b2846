"""Every relative link of the documentation leads to a file, and to a heading that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FOR_AUTHORS = {"docs/reference/performance.md"}
"""Pages that no reader needs to come to."""


def anchors(page: Path) -> set[str]:
    """What each heading is called in a link, as on the usual code hosts."""
    headings = re.findall(r"^#{1,6} +(.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def relative(page: Path) -> list[str]:
    return [link for link in LINK.findall(page.read_text("utf-8")) if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in relative(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link} names no heading"


def test_every_page_is_linked_from_another_one() -> None:
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in relative(page)}
    alone = {str(page.relative_to(ROOT)) for page in PAGES if page not in linked and page.parent != ROOT}
    assert alone <= FOR_AUTHORS
