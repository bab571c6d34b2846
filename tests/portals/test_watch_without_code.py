"""The guide's examples, as printed, run by the real command against replicas of what they watch."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.portals.home import replica_home, written
from tests.portals.replica import Replica
from tests.unit.cli.conftest import ROOT, Verb, verb

__all__ = ["verb"]  # the fixture
HERE = Path(__file__).parent
GUIDE = ROOT / "docs" / "howto" / "watch-without-code.md"
EXAMPLES = {
    tomllib.loads(text)["slug"]: text
    for text in re.findall(r"```toml\n(slug = .*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
}
FOUND = {
    "district-council": (4, 4, {"date": 4}),
    "closing-reports": (4, 6, {"closed": 3, "disposition": 3}),
    "press-office": (6, 3, {"title": 6, "text": 5}),
}
"""Records, files, and how many records have each field."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with ExitStack() as stack:
        replicas = [stack.enter_context(Replica(HERE / slug / "pages")) for slug in FOUND]
        yield replica_home(tmp_path_factory.mktemp("guide") / "home", replicas)


def test_the_guide_has_these_examples_in_ten_lines_each() -> None:
    assert EXAMPLES.keys() == FOUND.keys()
    assert all(len(text.splitlines()) <= 10 for text in EXAMPLES.values())


@pytest.mark.parametrize("slug", FOUND)
def test_an_example_of_the_guide(verb: Verb, home: Path, tmp_path: Path, slug: str) -> None:
    file = written(tmp_path / f"{slug}.toml", EXAMPLES[slug])
    said = verb("portals", "check", file, "--json", "--home", home)
    row = json.loads(said.out)
    assert (said.code, row["verdict"], row["page_errors"]) == (0, "healthy", []), said
    records, files, fields = FOUND[slug]
    assert (row["records"], row["files"]) == (records, files)
    assert all(tally["places"] and tally["found"] for tally in row["selectors"].values())
    assert {name: row["fields"][name] for name in fields} == fields
