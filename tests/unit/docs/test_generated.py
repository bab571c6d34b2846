"""The reference pages are what the code says; every verb has help."""

from __future__ import annotations

from docs.generate import FOLDER, pages


def test_reference_pages_are_up_to_date() -> None:
    for name, text in pages().items():
        assert (FOLDER / name).read_text("utf-8") == text, f"docs/reference/{name} is stale: run `make docs`"


def test_every_verb_says_what_it_does() -> None:
    text = pages()["command-line.md"]
    sections = text.split("\n## `")[1:]
    assert len(sections) > 12
    for section in sections:
        body = section.split("\n", 2)[2].strip()
        assert body, f"no help: {section.splitlines()[0]}"
        assert not body.startswith("|"), f"no help: {section.splitlines()[0]}"
