"""`recordwatch diff --clauses`: no quarantined word comes through, whichever documents stand beside each other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.conftest import verb
from tests.unit.cli.test_diff import SECRET, Home, crawled, home

__all__ = ["crawled", "home", "verb"]  # the fixtures

PAIRS = [
    ("lh-2025-0111", "--file", "lh-2025-0111-report.pdf"),
    ("lh-2025-0111", "--file", "lh-2025-0111-report.pdf", "--from", "1", "--with", "lh-2025-0101", "--with-file", "lh-2025-0101-report.pdf"),
    ("lh-2025-0101", "--file", "lh-2025-0101-report.pdf", "--with", "lh-2025-0111", "--with-file", "lh-2025-0111-report.pdf", "--to", "1"),
    # No crawl compared these two versions: an error page came between them.
    ("lh-2025-0108", "--file", "lh-2025-0108-report.pdf", "--from", "1", "--with", "lh-2025-0101", "--with-file", "lh-2025-0101-report.pdf"),
    ("lh-2025-0108", "--file", "lh-2025-0108-report.pdf", "--from", "1", "--to", "3"),
]  # fmt: skip


@pytest.mark.parametrize("asked", PAIRS, ids=range(len(PAIRS)))
def test_hidden_words_stay_hidden(home: Home, asked: tuple[str, ...]) -> None:
    shown = home.verb("diff", "lake-harbor", *asked, "--clauses", "--home", home.path)
    said = home.verb("diff", "lake-harbor", *asked, "--clauses", "--json", "--home", home.path)
    assert (shown.code, said.code) == (0, 0), shown
    assert SECRET not in shown.out + shown.err + said.out
    assert json.loads(said.out)["diff"] is not None
    if "--with" in asked:  # both texts are told whole: the words around the box are there
        assert "The driver," in said.out
        assert "█████" in said.out


def test_a_later_version_with_a_box_hides_words_that_nobody_has_compared(home: Home, tmp_path: Path) -> None:
    copy = shutil.copytree(home.path, tmp_path / "home")
    asked = ("diff", "lake-harbor", *PAIRS[1], "--clauses", "--json", "--home", copy)
    assert home.verb(*asked).code == 0  # opens the copy's catalog
    from releases.models import Quarantine

    assert Quarantine.objects.all().delete()[0]
    said = home.verb(*asked).out
    assert SECRET not in said
    assert "The driver, █████" in said


def test_two_captures_clause_by_clause(home: Home) -> None:
    one = json.loads(home.verb("diff", "lake-harbor", *PAIRS[4], "--clauses", "--json", "--home", home.path).out)
    captures = one["old"]["capture"], one["new"]["capture"]
    again = json.loads(home.verb("diff", *captures, "--clauses", "--json", "--home", home.path).out)
    assert again["diff"] == one["diff"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--with", "lh-2025-0101"), "go with --clauses"),
        (("--clauses", "--with", "nobody"), "nobody"),
        (("--clauses", "--with-file", "nothing.pdf"), "nothing.pdf"),
        (("--clauses", "--with", "lh-2025-0111"), "are the same document"),
    ],
)
def test_what_cannot_be_compared_says_why(home: Home, asked: tuple[str, ...], says: str) -> None:
    file = ("--file", "lh-2025-0111-report.pdf")
    more = ("--with-file", "lh-2025-0111-report.pdf") if "same" in says else ()
    said = home.verb("diff", "lake-harbor", "lh-2025-0111", *file, *asked, *more, "--home", home.path)
    assert said.code == 2, said
    assert says in said.err
