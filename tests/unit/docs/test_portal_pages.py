"""The page of each platform and site: its examples are portal files, and it names every parameter there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from config.portal import read_portal
from crawler.check import check_settings
from spiders.registry import SPIDERS, spider_class

PAGES = Path(__file__).resolve().parents[3] / "docs" / "portals"
EXAMPLES = [
    pytest.param(block, id=f"{path.stem}-{number}")
    for path in sorted(PAGES.glob("*.md"))
    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", path.read_text("utf-8"), re.DOTALL), 1)
    if block.startswith("slug = ")
]
MADE_OF_PARAMETERS = sorted(
    name for name in SPIDERS if (PAGES / f"{name}.md").is_file() and spider_class(name).settings_type is not None
)


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_is_a_portal_file(tmp_path: Path, block: str) -> None:
    path = tmp_path / "portal.toml"
    path.write_text(block, "utf-8")
    check_settings(read_portal(path), "the example")


@pytest.mark.parametrize("name", MADE_OF_PARAMETERS)
def test_a_page_names_every_parameter(name: str) -> None:
    kind = spider_class(name).settings_type
    assert kind is not None
    text = (PAGES / f"{name}.md").read_text("utf-8")
    missing = [field.name for field in msgspec.structs.fields(kind) if f"`{field.name}`" not in text]
    assert missing == []


def test_there_is_something_to_look_at() -> None:
    assert len(EXAMPLES) >= 8
    assert len(MADE_OF_PARAMETERS) >= 12
