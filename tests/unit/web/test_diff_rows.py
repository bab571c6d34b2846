"""Rows of a comparison's page, and pages that are not too long."""

from __future__ import annotations

from releases.diff.model import Hunk, Link, LinkChange, TextDiff
from releases.diff.text import text_diff
from web.diffs.blocks import WEIGHT, paged
from web.diffs.rows import Block, Part, Row, link_rows, text_rows


def _said(rows: list[Row]) -> list[tuple[str, str]]:
    return [(row.sign, "".join(part.text for part in row.parts)) for row in rows]


def test_words_and_lines_tell_the_same_change() -> None:
    diff = text_diff("Status: Under review\nDistrict 2", "Status: Closed\nDistrict 2")
    words = list(text_rows(diff, "words", noise=False))
    assert [part for row in words for part in row.parts if part.op != "same"] == [
        Part("removed", "Under review"), Part("added", "Closed"),
    ]  # fmt: skip
    lines = list(text_rows(diff, "lines", noise=False))
    assert _said(lines)[-2:] == [("−", "Status: Under review"), ("+", "Status: Closed")]


def test_noise_comes_when_it_is_asked_for_with_its_kind() -> None:
    hunk = Hunk(0, ("Page 1",), 0, ("Page 2",), noise="page number")
    diff = TextDiff(noise=(hunk,))
    assert list(text_rows(diff, "lines", noise=False)) == []
    rows = list(text_rows(diff, "lines", noise=True))
    assert [row.note for row in rows] == ["page number", ""]


def test_links_are_told_by_words_and_address() -> None:
    rows = list(
        link_rows(
            [
                LinkChange("added", new=Link("Report", "https://example.org/b")),
                LinkChange("changed", Link("Report", "https://example.org/b"), Link("Report", "https://example.org/c")),
            ]
        )
    )
    assert [(row.sign, row.label) for row in rows] == [("+", "Report"), ("~", "Report")]


def test_pages_hold_every_row_once_and_are_not_much_too_long() -> None:
    rows = [Row("+", (Part("added", f"{number} " + "x" * 900),)) for number in range(500)]
    blocks = [Block("one", tuple(rows[:300])), Block("empty", ()), Block("two", tuple(rows[300:]))]
    _, _, pages = paged(iter(blocks), 1)
    seen: list[Row] = []
    for number in range(1, pages + 1):
        found, _, _ = paged(iter(blocks), number)
        own = [row for block in found for row in block.rows]
        assert sum(row.weight for row in own) <= WEIGHT
        seen += own
    assert seen == rows
    assert paged(iter(blocks), 10**6)[1] == pages
    assert paged(iter([]), 1) == ([], 1, 1)
    assert paged(iter([Block("", ())]), 3) == ([], 1, 1)
