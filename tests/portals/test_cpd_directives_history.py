"""The kept copies of two real directives, 2015 and 2016, through fifteen crawls of the real command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from sample.pdf import pdf
from tests.captures import REAL, needs_captures
from tests.portals.home import replica_home, written
from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
ROOT = Path(__file__).resolve().parents[2]
CAPTURES = REAL / "cpd-directives"
"""Captures stand beside the repository; machines that were not given them have none."""
SHIPPED = ROOT / "spiders" / "portals" / "cpd-directives-2010s.toml"
CAMERAS = "a7a57b38-151f3872-56415-1f38-89ce6c22d026d090"
USE_OF_FORCE = "a7a57be2-128ff3f0-ae912-8fff-44306f3da7b28a19"
TOLD = {
    "2015-02-21": [("changed", USE_OF_FORCE, ["text"])],
    "2016-01-02": [("new", CAMERAS, [])],
    "2016-05-14": [("changed", CAMERAS, ["effective_date", "issue_date", "marked_as_revised", "rescinds", "serial",
                                         "signed", "text"])],
    "2016-07-30": [("changed", CAMERAS, ["rescinds"])],
}  # fmt: skip
"""Days on which a crawl tells something. On eleven more, the copies' markup differs at most."""


class Kept(PlatformReplica):
    """Serves what was kept by `day`, under contents that name just that; every form is one and the same."""

    hosts: ClassVar[tuple[str, ...]] = ("directives.chicagopolice.org",)
    day = ""

    def reply(self, asked: Asked) -> Reply:
        if asked.path.endswith(".pdf"):
            return Reply(pdf("A form", ["FICTIONAL"]), kind="application/pdf", headers=(("ETag", '"form"'),))
        now = {path.stem[:-11]: path for path in sorted(CAPTURES.glob("a7*@*.html")) if path.stem[-10:] <= self.day}
        if asked.path.endswith("/toc.html"):
            links = (f'<a class="level3" href="{guid}.html?ownapi=1">{guid}</a>' for guid in now)
            return Reply(f'<span id="menuTree">{"".join(links)}</span>')
        kept = now.get(asked.path.rsplit("/", 1)[-1].removesuffix(".html"))
        return Reply(kept.read_bytes(), kind="text/html") if kept is not None else NOT_FOUND


@needs_captures
def test_what_each_day_told(verb: Verb, tmp_path: Path) -> None:
    days = sorted({path.stem[-10:] for path in CAPTURES.glob("a7*@*.html")})
    assert len(days) == 15
    told: dict[str, list[tuple[str, str, list[str]]]] = {}
    with Kept() as kept:
        home = replica_home(tmp_path / "home", [kept])
        (home / "portals").mkdir()
        toml = SHIPPED.read_text("utf-8").replace("min_records = 500", "min_records = 1")
        written(home / "portals" / SHIPPED.name, toml)
        known: set[str] = set()
        for kept.day in days:
            said = verb("crawl", SHIPPED.stem, "--home", home)
            assert said.code == 0, (kept.day, said)
            rows = [json.loads(line) for line in verb("releases", "--json", "--home", home).out.splitlines()]
            fresh = [row for row in rows if row["id"] not in known and not row["backfill"]]
            known |= {row["id"] for row in rows}
            if fresh:
                told[kept.day] = [
                    (row["kind"], row["key"], sorted(row["new"]) if row["kind"] == "changed" else []) for row in fresh
                ]
        assert told == TOLD
        shown = verb("diff", SHIPPED.stem, "G03-02", "--from", "1", "--to", "2", "--home", home).out
        assert "G03-02-07" in shown
