"""What `docs/howto/add-a-portal.md` tells to type, typed; Ctrl-C in the middle; videos by choice."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.home import replica_home
from tests.replicas.names import replica_class
from tests.replicas.nextrequest import NextRequestReplica
from tests.replicas.server import Asked, Reply
from tests.replicas.wordpress import WordPressReplica
from tests.unit.cli.conftest import ROOT, Verb, verb

__all__ = ["verb"]  # the fixture
GUIDE = (ROOT / "docs" / "howto" / "add-a-portal.md").read_text("utf-8")


@pytest.fixture
def practice() -> Iterator[list[str]]:
    """The lines that the guide's replica prints, while it runs."""
    (line,) = re.findall(r"^python (-m tests\.replicas \w+)$", GUIDE, re.MULTILINE)
    process = subprocess.Popen([sys.executable, "-u", *shlex.split(line)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield [process.stdout.readline().strip() for _ in range(3)]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_the_practice_ground_of_the_guide(verb: Verb, practice: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    said, export, command = practice
    assert "nextrequest answers for" in said
    name, _, home = export.removeprefix("export ").partition("=")
    monkeypatch.setenv(name, home)
    program, *words = shlex.split(command)
    assert program == "recordwatch"
    added = verb(*words, "--json")
    assert added.code == 0, added
    slug = json.loads(added.out)["portal"]
    assert verb("crawl", slug).code == 0
    assert "new" in verb("releases").out


def test_the_guide_names_every_platform_and_no_option_that_is_not_there(verb: Verb, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = "".join(verb("portals", what, "--help").out for what in ("add", "catalogue", "check"))
    for option in set(re.findall(r"`(--[a-z-]+)", GUIDE)) | {"--yes", "--platform"}:
        assert option in told, option
    for spider in ("nextrequest", "govqa"):
        assert replica_class(spider).start
    assert (
        "NextRequest, GovQA, JustFOIA, MuckRock, DocumentCloud, Socrata, WordPress, Legistar, CKAN, CivicPlus, Laserfiche"
        in GUIDE
    )


class Slow(WordPressReplica):
    """Answers the first pages, and then nobody."""

    def __init__(self) -> None:
        self.waiting, self.left = threading.Event(), threading.Event()
        super().__init__()

    def reply(self, asked: Asked) -> Reply:
        if len(self.asked) > 3:
            self.waiting.set()
            self.left.wait(60)
        return super().reply(asked)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_the_middle_it_leaves_no_half_file(tmp_path: Path, sent: signal.Signals) -> None:
    with Slow() as replica:
        home = replica_home(tmp_path / "home", [replica])
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "portals", "add", replica.start, "--allow-private-network", "--yes"], cwd=ROOT,
            env={**os.environ, "RECORDWATCH_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert replica.waiting.wait(60)
        process.send_signal(sent)
        _, err = process.communicate(timeout=60)
        replica.left.set()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not (home / "portals").exists() or not list((home / "portals").iterdir())


def test_videos_are_listed_and_left_where_they_are(verb: Verb, tmp_path: Path) -> None:
    """With `media = false` no byte of them is asked for; changed to true, they are taken, and nothing seems withdrawn."""
    with NextRequestReplica() as replica:
        home = replica_home(tmp_path / "home", [replica])
        added = verb("portals", "add", replica.start, "--allow-private-network", "--json", "--home", home)
        row = json.loads(added.out)
        assert row["estimate"]["media"]["files"] > 0, "the replica has videos"
        slug, file = row["portal"], Path(row["file"])
        kinds = {one["url"]: one["kind"] for record in row["check"]["first"] for one in record["files"]}
        videos = {url for url, kind in kinds.items() if kind in {"video", "audio"}}
        assert videos
        replica.asked.clear()
        assert verb("crawl", slug, "--home", home).code == 0
        asked = {one.url for one in replica.asked}
        assert not videos & asked
        assert {url for url, kind in kinds.items() if kind == "document"} <= asked
        assert verb("crawl", slug, "--home", home).code == 0
        file.write_text(file.read_text("utf-8").replace("media = false", "media = true"), "utf-8")
        assert verb("crawl", slug, "--home", home).code == 0
        assert videos <= {one.url for one in replica.asked}
        lines = verb("releases", "--json", "--home", home).out.splitlines()
        told = {json.loads(line)["kind"] for line in lines}
        assert not told & {"file_withdrawn", "withdrawn", "file_replaced", "changed"}, told
