"""A platform's replica, a home that watches it, and what each crawl of the real command told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from crawler.capture import retry
from tests.portals.home import replica_home, written
from tests.replicas.server import Asked, PlatformReplica
from tests.unit.cli.conftest import Verb

HERE = Path(__file__).parent
R = TypeVar("R", bound=PlatformReplica)


class ReplicaWatch(Generic[R]):
    """Crawls `replica` as the portal file `tests/portals/<slug>/portal.toml` says, or as `toml` does."""

    def __init__(self, run: Verb, path: Path, replica: R, slug: str, toml: str = "") -> None:
        self.run, self.slug, self.replica = run, slug, replica
        self.home = replica_home(path / "home", [replica])
        (self.home / "portals").mkdir()
        self.toml = toml or (HERE / slug / "portal.toml").read_text("utf-8")
        written(self.home / "portals" / f"{slug}.toml", self.toml)
        self._told: set[str] = set()

    def edit(self, old: str, new: str) -> None:
        """Change the portal file."""
        assert old in self.toml
        self.toml = self.toml.replace(old, new)
        written(self.home / "portals" / f"{self.slug}.toml", self.toml)

    def crawl(self, code: int = 0) -> list[tuple[str, str, list[str]]]:
        """(kind, key, changed fields) of the events that this crawl told, backfill aside."""
        self.replica.asked.clear()
        retry.set_sleeping(False)  # attempts stay, the waits between them go
        try:
            said = self.run("crawl", self.slug, "--json", "--home", self.home)
        finally:
            retry.set_sleeping(True)
        assert said.code == code, said
        self.said: dict[str, Any] = json.loads(said.out.splitlines()[-1])
        lines = self.run("releases", "--json", "--limit", "1000", "--home", self.home).out.splitlines()
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
        fresh = [row for row in rows if row["id"] not in self._told and not row["backfill"]]
        self._told |= {row["id"] for row in rows}
        return sorted((row["kind"], row["key"], sorted(row["new"] or {})) for row in fresh)

    def asked(self, part: str) -> list[str]:
        """Addresses with `part` in them that the last crawl asked for."""
        return [one.target for one in self.replica.asked if part in one.target]


def served(replica: PlatformReplica, request: scrapy.Request) -> Response:
    """What `replica` answers to a spider's request, without a socket."""
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    reply = replica.answer(Asked(request.method, parts.scheme, parts.hostname or "", target, {}, request.body))
    body, kind = reply.encoded()
    headers = Headers({"Content-Type": kind, **dict(reply.headers)})
    return responsetypes.from_headers(headers)(request.url, status=reply.status, headers=headers, body=body)
