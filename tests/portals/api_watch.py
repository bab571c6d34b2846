"""A platform's replica, a home that watches it, and what each crawl through the real command told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.portals.home import replica_home, written
from tests.replicas.server import PlatformReplica
from tests.unit.cli.conftest import Verb

HERE = Path(__file__).parent


class Event(NamedTuple):
    """One event: its kind, the record's key, and the fields or files it names."""

    kind: str
    key: str
    what: tuple[str, ...] = ()


class ApiWatch:
    """Crawls `portal.toml` of `slug` at `replica`, again and again."""

    def __init__(self, run: Verb, slug: str, folder: Path, replica: PlatformReplica) -> None:
        self.run, self.slug, self.replica = run, slug, replica
        self.home = replica_home(folder / "home", [replica])
        (self.home / "portals").mkdir()
        toml = (HERE / slug / "portal.toml").read_text("utf-8")
        self.file = written(self.home / "portals" / f"{slug}.toml", toml)
        self._told: set[str] = set()
        self.out = ""
        """What the last crawl printed."""

    def edit(self, old: str, new: str) -> None:
        """Change the portal file."""
        toml = self.file.read_text("utf-8")
        assert old in toml
        self.file.write_text(toml.replace(old, new), "utf-8")

    def crawl(self, code: int = 0) -> list[Event]:
        """What one crawl told that was no backfill, sorted."""
        self.replica.asked.clear()
        said = self.run("crawl", self.slug, "--home", self.home)
        self.out = said.out + said.err
        assert said.code == code, said
        fresh = [row for row in self.events() if row["id"] not in self._told and not row["backfill"]]
        self._told |= {row["id"] for row in fresh}
        return sorted(
            Event(row["kind"], row["key"], tuple(sorted(row["new"] or {})) if row["kind"] == "changed" else ())
            for row in fresh
        )

    def events(self) -> list[dict[str, Any]]:
        lines = self.run("releases", "--json", "--limit", "1000", "--home", self.home).out.splitlines()
        return [json.loads(line) for line in lines]

    def record(self, key: str) -> dict[str, Any]:
        """What is held of one record."""
        said = self.run("record", self.slug, key, "--json", "--home", self.home)
        assert said.code == 0, said
        found: dict[str, Any] = msgspec.json.decode(said.out.splitlines()[0])
        return found

    def coverage(self) -> str:
        """Of the last crawl: complete, capped or limited."""
        from archive.catalog.models import Crawl

        return str(Crawl.objects.filter(portal=self.slug).order_by("-started_at").values_list("coverage", flat=True)[0])

    def asked(self, part: str) -> list[str]:
        """Addresses that the last crawl asked for and that have `part` in them."""
        return [asked.url for asked in self.replica.asked if part in asked.url]
