"""What the pages on the API and on Datasette show is what comes out; the OpenAPI document is the code's."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import time
from pathlib import Path

import pytest
from datasette.app import Datasette  # type: ignore[import-untyped]

from docs.generate import openapi
from releases.tables.model import Wanted
from releases.tables.write import write_all
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of, serving

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="module")
def whole(homes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after all twelve days: what `recordwatch demo` makes."""
    return copy_of(homes / "whole", tmp_path_factory.mktemp("api") / "home")


def _cells(page: str, language: str) -> list[tuple[str, str]]:
    """(code, what it prints) of a page's cells; nothing printed where no text follows."""
    text = (DOCS / "howto" / page).read_text("utf-8")
    found = re.findall(rf"```{language}\n(.*?)```(?:\n\n```text\n(.*?)```)?", text, re.DOTALL)
    assert found
    return found


def _plain(text: str) -> str:
    """Days pass: how many there are is not compared."""
    return "\n".join(re.sub(r"\d+ days", "N days", line.rstrip()) for line in text.strip().splitlines())


def test_the_cells_on_the_api_print_what_the_page_says(whole: Path) -> None:
    with serving(whole) as served:
        until = time.monotonic() + 60  # until its keeper has indexed what is held
        while not (answer := served.get("/search.json?q=district:04+taser")).ok or not answer.json()["rows"]:
            assert time.monotonic() < until, answer.text
        names: dict[str, object] = {}
        for code, printed in _cells("api.md", "python"):
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(code.replace("http://127.0.0.1:8400", served.url), names)
            assert _plain(said.getvalue()) == _plain(printed)


def test_the_questions_to_datasette_are_answered_as_the_page_says(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "held.sqlite"
    with Newsroom.over(whole):
        write_all(path, Wanted())

    async def asked(query: str) -> str:
        answer = await Datasette([str(path)]).client.get("/held.json", params={"sql": query, "_shape": "arrays"})
        return "\n".join(" | ".join(str(cell) for cell in row) for row in answer.json()["rows"])

    for query, printed in _cells("datasette.md", "sql"):
        assert asyncio.run(asked(query)) == printed.strip(), query


def test_the_openapi_document_is_up_to_date() -> None:
    stored = (DOCS / "reference" / "openapi.json").read_text("utf-8")
    assert stored == openapi(), "docs/reference/openapi.json is stale: run `make docs`"


def test_every_parameter_says_what_it_means() -> None:
    told = json.loads(openapi())["paths"]
    silent = {
        (path, one["name"])
        for path, methods in told.items()
        for method in methods.values()
        for one in method.get("parameters", ())
        if not one.get("description")
    }
    assert silent == set()
