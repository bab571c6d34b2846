"""A file that was asked for by a clock that was wrong is not left alone until that day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from archive.catalog.database import open_database
from config.portal import Politeness, Portal, Recheck
from crawler.recheck.held import Linked, choose_files

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
YEARS = timedelta(days=1500)


def linked(name: str, checked: datetime, first: datetime = NOW - YEARS) -> Linked:
    url = f"https://p.example/{name}"
    return Linked(name, url, "pdf", 1, first, checked, failing=False, doubted=False, size=9, capture="")


def test_a_day_that_is_still_to_come(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    portal = Portal(slug="p", name="P", agency="A", place="P", url="https://p.example/", spider="pages")
    portal = msgspec.structs.replace(portal, recheck=Recheck(share=0.001), politeness=Politeness(delay=600.0))
    files = [
        linked("early", NOW - timedelta(days=1)),
        linked("late", NOW + YEARS),
        linked("all", NOW + YEARS, NOW + YEARS),
    ]
    chosen = choose_files(portal, files, NOW, delay=lambda _: 600.0)
    assert chosen.choice.asked == {"late": "longest", "all": "longest"}
