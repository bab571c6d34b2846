"""Small real media, made once; a home that watches an agency whose records link players."""

from __future__ import annotations

import io
import json
import signal
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from archive.holdings import Holdings
from cli.__main__ import _dispatch
from cli.failing import guarded
from config.home import open_home
from config.programs import FFMPEG
from releases.recordings import Made, content
from tests.portals.home import replica_home
from tests.replicas.media_hosts import AGENCY, MediaHosts, media, page
from tests.services.programs import needs_program
from tests.unit.cli.conftest import Said

SLUG = "pine-hollow"
PORTAL = f"""
slug = "{SLUG}"
name = "Pine Hollow cases"
agency = "Pine Hollow Police Board"
place = "Pine Hollow, Lakeland"
url = "https://{AGENCY}/cases"
spider = "listing"
allow_private_network = true
[parameters]
row = "li"
title = "p"
link = "p a"
kind = "case"
files = ["a.play"]
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return media(tmp_path_factory.mktemp("media"), needs_program(FFMPEG))


def run(*arguments: object) -> Said:
    """A verb, in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    before = signal.getsignal(signal.SIGTERM)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = guarded(_dispatch, [str(word) for word in arguments])
    finally:
        signal.signal(signal.SIGTERM, before)
    out.seek(0)
    return Said(code, out.read(), err.getvalue())


class Agency:
    """Its list of cases, each with the players it links; `crawl` runs the real verb in this process."""

    def __init__(self, folder: Path, hosts: MediaHosts) -> None:
        self.hosts = hosts
        self.home = replica_home(folder / "home", [hosts])
        (self.home / "portals").mkdir()
        self.toml = PORTAL
        self.links: dict[str, str] = {}

    def watch(self) -> None:
        """Write the portal file, and the list as it is now."""
        (self.home / "portals" / f"{SLUG}.toml").write_text(self.toml, "utf-8")
        rows = "".join(
            f'<li><p><a href="/case/{key}">Case {key}</a></p><a class="play" href="{link}">Body camera</a></li>'
            for key, link in self.links.items()
        )
        self.hosts.pages["/cases"] = page(f"<ul>{rows}</ul>")

    def crawl(self, code: int = 0) -> Said:
        self.watch()
        said = run("crawl", SLUG, "--home", self.home)
        assert said.code == code, said
        return said

    def record(self, key: str) -> dict[str, Any]:
        said = run("record", SLUG, f"/case/{key}", "--json", "--home", self.home)
        assert said.code == 0, said
        return dict(json.loads(said.out))

    def file(self, key: str) -> dict[str, Any]:
        (file,) = self.record(key)["files"]
        return dict(file)

    def events(self) -> list[dict[str, Any]]:
        """What was told beyond the baseline, oldest first."""
        out = run("releases", "--json", "--home", self.home).out
        rows: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
        return [row for row in reversed(rows) if not row["backfill"]]


def records(agency: Agency, kind: str) -> list[Any]:
    """Payloads of the home's records of one media type, as they were made."""
    holdings = Holdings(open_home(agency.home), opened=True)
    return [content(holdings, one) for one in derived(agency) if one.mime == kind]


def payload(agency: Agency, capture: str) -> bytes:
    """The bytes that a capture stands for."""
    return Holdings(open_home(agency.home), opened=True).read_payload(capture)


def derived(agency: Agency) -> list[Made]:
    """Every conversion and metadata record of the home."""
    from archive.catalog.models import Derived

    rows = Derived.objects.values_list("id", "capture", "mime", "engine", "warc", "offset", "length")
    return [Made(*row) for row in rows]


def seconds(path: Path) -> float:
    """How long ffprobe says that the recording at `path` is."""
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(told.stdout)
