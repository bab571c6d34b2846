"""The truth is independent, and docs/portals/copa.md says what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.acceptance import copa_truth

ROOT = Path(__file__).resolve().parents[3]


def test_the_truth_imports_nothing_of_ours() -> None:
    code = (
        "import sys, tests.acceptance.copa_truth; print([m for m in sys.modules if m.split('.')[0] in "
        "('config','archive','releases','spiders','crawler','cli','sample','scrapy','django')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


if copa_truth.lists():

    def test_the_documented_counts_are_those_of_the_lists() -> None:
        rows = re.findall(
            r"^\| (\d{4}-\d\d-\d\d) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|",
            (ROOT / "docs/portals/copa.md").read_text("utf-8"),
            re.MULTILINE,
        )
        lists = copa_truth.lists()
        found = []
        for before, after, events in zip(lists, lists[1:], copa_truth.history(lists)[1:], strict=False):
            counts = copa_truth.counts(events)
            forms = len(copa_truth.reformatted(before, after))
            numbers = (
                len(copa_truth.rows(after)),
                counts.get("new", 0),
                counts.get("changed", 0),
                forms,
                counts.get("withdrawn", 0),
            )
            found.append((after.stem.removeprefix("cases@"), *map(str, numbers)))
        assert rows == found
