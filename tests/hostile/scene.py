"""One hostile portal, one home, and the real command between them; after each crawl what must always hold."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.catalog.database import open_database
from archive.holdings import Holdings
from archive.verify import verify
from config.home import open_home
from tests.hostile.portal_server import HOST, Canary, HostilePortal
from tests.services.forked import run_verb

ROOT = Path(__file__).resolve().parents[2]
HOME = """\
database = {database}
[operator]
name = "hostile test"
contact = "test@example.org"
[resolve]
"{host}" = "127.0.0.1:{port}"
{tables}
"""
PORTAL = """\
slug = "{slug}"
name = "A portal that means ill"
agency = "Nobody"
place = "Nowhere"
url = {url}
spider = "{spider}"
{extra}
[politeness]
delay = 0.0
robots = {robots}
robots_why = "hostile tests"
[limits]
{limits}
[parameters]
{parameters}
"""
SLUG = "hostile"
MOST_KB = 260 * 1024
"""Resident memory that any crawl of these tests may reach, whatever the portal sends."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run of the real command ended."""

    code: int
    said: str
    """Standard error."""
    printed: str
    """Standard output."""
    peak_kb: int
    result: dict[str, Any] = field(default_factory=dict)
    """What `--json` said of the crawl."""

    @property
    def verdict(self) -> str:
        return str(self.result["verdict"])

    @property
    def reason(self) -> str:
        return str(self.result["reason"])

    @property
    def warnings(self) -> str:
        return "\n".join(self.result["warnings"])


class Scene:
    """A home that watches the hostile portal."""

    def __init__(
        self, path: Path, portal: HostilePortal, canary: Canary, *, tables: str = "", database: str = ""
    ) -> None:
        self.path, self.portal, self.canary = path, portal, canary
        (path / "portals").mkdir(parents=True)
        text = HOME.format(host=HOST, port=portal.port, tables=tables, database=json.dumps(database))
        (path / "recordwatch.toml").write_text(text, "utf-8")

    def watch(
        self, path: str = "/", *, spider: str = "pages", robots: bool = False, extra: str = "", limits: str = "",
        parameters: str = "", slug: str = SLUG,
    ) -> None:  # fmt: skip
        """Write the portal file."""
        text = PORTAL.format(
            slug=slug, url=json.dumps(self.portal.url + path), spider=spider, robots=str(robots).lower(), extra=extra,
            limits=limits, parameters=parameters,
        )  # fmt: skip
        (self.path / "portals" / f"{slug}.toml").write_text(text, "utf-8")

    def command(self, *arguments: str, seconds: float = 60) -> Outcome:
        """`recordwatch ARGUMENTS`, with what must hold however it ends: no traceback, bounded time and memory."""
        costs = self.path / "costs.json"
        done = run_verb(
            *arguments,
            "--home",
            str(self.path),
            environment={"RECORDWATCH_SLEEPLESS": "1"},
            timeout=seconds,
            costs=costs,
        )
        said, printed = done.stderr, done.stdout
        assert "Traceback" not in said, said
        assert "Warning" not in said, said
        return Outcome(done.returncode, said, printed, json.loads(costs.read_text())["peak_kb"])

    def crawl(
        self, *arguments: str, codes: tuple[int, ...] = (0, 3), seconds: float = 60, most_kb: int = MOST_KB
    ) -> Outcome:
        """One crawl, and everything that must be true after it."""
        done = self.command("crawl", SLUG, "--json", *arguments, seconds=seconds)
        assert done.code in codes, (done.code, done.said, done.printed)
        assert done.said == "", done.said
        assert done.peak_kb < most_kb, f"{done.peak_kb} kB"
        result = json.loads(done.printed)
        assert done.code == (0 if result["verdict"] in {"healthy", "empty"} else 3)
        reason = result["reason"]
        assert reason
        assert reason.isprintable()
        assert len(reason) < 1500
        self.is_intact()
        return Outcome(done.code, done.said, done.printed, done.peak_kb, result)

    def is_intact(self) -> None:
        """Full verification clean, nothing left in the spool, nobody reached the canary."""
        home = open_home(self.path)
        open_database(home.database_url)
        assert list(verify(Holdings(home), full=True)) == []
        assert [path for path in home.spool.rglob("*") if path.is_file()] == []
        assert self.canary.connections == 0

    def captures(self, path: str) -> list[dict[str, Any]]:
        """Catalog rows of what the portal served at `path`: the evidence."""
        from archive.catalog.models import Capture

        return list(Capture.objects.filter(url=self.portal.url + path).order_by("at").values())

    def files(self) -> list[dict[str, Any]]:
        from releases.models import File

        return list(File.objects.order_by("identity").values())

    def file_versions(self) -> list[dict[str, Any]]:
        from releases.models import FileVersion

        return list(FileVersion.objects.values())

    def records(self) -> list[dict[str, Any]]:
        from releases.models import Record

        return list(Record.objects.order_by("key").values())
