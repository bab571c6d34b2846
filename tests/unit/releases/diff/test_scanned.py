"""Two versions of a scan beside each other: what the newer one blackened is shown of neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from archive.catalog.database import open_database
from releases.diff.reading import PayloadReader, Source, Unmasked
from releases.models import Quarantine
from releases.text.worker import TextWorker
from tests.unit.releases.text.drawing import box, document
from tests.unit.releases.text.scanned import area, page, sheet

LINES = ("Held at the customs house.", "Interview of Wolfenbarger", "on the fourth of May.")
WORDS = {False: "\n".join(LINES), True: "Held at the customs house.\nInterview of\non the fourth of May."}


@pytest.fixture(autouse=True)
def _database(tmp_path: Path) -> Iterator[None]:
    open_database(f"sqlite:///{tmp_path}/catalog.sqlite3")
    yield
    connections.close_all()


def versions(tmp_path: Path) -> tuple[Unmasked, Unmasked, Path]:
    """The older and the newer one as the archive has them after both were read by a machine."""
    made = []
    with TextWorker() as worker:
        for day, redacted in enumerate((False, True), 1):
            over = box(*area("Wolfenbarger", 1, "Interview of ")) if redacted else ""
            path = tmp_path / f"{day}.pdf"
            path.write_bytes(document(sheet(page(*LINES), over)))
            read = worker.extract("application/pdf", path)
            assert read.facts is not None
            assert read.pages == ("",)
            source = Source(f"c{day}", "", "application/pdf", 1, f"sha256:{day}", datetime(2026, 1, day, tzinfo=UTC))
            made.append(Unmasked(source, [WORDS[redacted]], read.facts, {}, "", frozenset({1})))
    return made[0], made[1], tmp_path / "1.pdf"


@pytest.mark.parametrize("let_go", [False, True])
def test_the_older_page_is_held_back_whole_unless_an_editor_let_it_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, let_go: bool
) -> None:
    then, now, path = versions(tmp_path)
    if let_go:
        Quarantine.objects.create(
            id="1", portal="p", record="r", file="f", digest="sha256:1", capture="c1", page=1, spans=[[0, 2**31 - 1]],
            engine="e", reason="visible before", state="released", at=datetime.now(UTC), crawl="c",
        )  # fmt: skip
    holdings: Any = None  # the bytes are given below
    with PayloadReader(holdings) as reader:
        monkeypatch.setattr(reader, "_copied", lambda _: nullcontext(path))
        reader._hide_boxed(then, now)
    assert ("Wolfenbarger" in then.masked([]).pages[0]) is let_go
    assert now.masked([]).pages == (WORDS[True],)
