"""A replica, a home that watches it, and what each crawl of the real command told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from crawler.capture import retry
from tests.portals.home import replica_home, written
from tests.replicas.server import PlatformReplica
from tests.unit.cli.conftest import Verb

HERE = Path(__file__).parent
R = TypeVar("R", bound=PlatformReplica)


class Event(NamedTuple):
    """One event: its kind, the record's key, and the fields it names, sorted."""

    kind: str
    key: str
    fields: list[str]


class ReplicaWatch(Generic[R]):
    """Crawls `replica` as the portal file `tests/portals/<slug>/portal.toml` says, or as `toml` does.

    Without `media`, recordings are left where they are: to ask yt-dlp for players that nobody has costs each crawl more
    processor time than all the rest of it. `tests/media` has players that answer.
    """

    def __init__(self, run: Verb, folder: Path, replica: R, slug: str, toml: str = "", *, media: bool = True) -> None:
        self.run, self.slug, self.replica = run, slug, replica
        self.home = replica_home(folder / "home", [replica])
        (self.home / "portals").mkdir()
        self.file = self.home / "portals" / f"{slug}.toml"
        self.toml = toml or (HERE / slug / "portal.toml").read_text("utf-8")
        if not media:
            self.toml = "media = false\n" + self.toml
        written(self.file, self.toml)
        self._told: set[str] = set()
        self.said: dict[str, Any] = {}
        """What the last crawl said of itself; `out` is all that it printed."""
        self.out = ""

    def edit(self, old: str, new: str) -> None:
        """Change the portal file."""
        assert old in self.toml
        self.toml = self.toml.replace(old, new)
        written(self.file, self.toml)

    def crawl(self, code: int = 0) -> list[Event]:
        """What one crawl told that was no backfill, sorted."""
        return sorted(Event(row["kind"], row["key"], sorted(row["new"] or {})) for row in self.crawl_rows(code))

    def crawl_changes(self, code: int = 0) -> list[Event]:
        """As `crawl`, with the fields of changes alone."""
        return [event if event.kind == "changed" else event._replace(fields=[]) for event in self.crawl(code)]

    def crawl_rows(self, code: int = 0) -> list[dict[str, Any]]:
        """As `crawl`, as `recordwatch releases --json` tells them."""
        self.replica.asked.clear()
        retry.set_sleeping(False)  # attempts stay, the waits between them go
        try:
            told = self.run("crawl", self.slug, "--json", "--home", self.home)
        finally:
            retry.set_sleeping(True)
        self.out = told.out + told.err
        assert told.code == code, told
        self.said = json.loads(told.out.splitlines()[-1])
        rows = self.events()
        fresh = [row for row in rows if row["id"] not in self._told and not row["backfill"]]
        self._told |= {row["id"] for row in rows}
        return fresh

    def events(self) -> list[dict[str, Any]]:
        """All that was ever told."""
        return self.rows("releases", "--limit", "1000")

    def rows(self, *arguments: object) -> list[dict[str, Any]]:
        """What a command answers with `--json`."""
        said = self.run(*arguments, "--json", "--home", self.home)
        assert said.code == 0, said
        return [json.loads(line) for line in said.out.splitlines()]

    def record(self, key: str) -> dict[str, Any]:
        """What is held of one record, by key or number."""
        return self.rows("record", self.slug, key)[0]

    def asked(self, part: str = "") -> list[str]:
        """Addresses with `part` in them that the last crawl asked for, robots.txt aside."""
        return [one.url for one in self.replica.asked if part in one.url and one.path != "/robots.txt"]
