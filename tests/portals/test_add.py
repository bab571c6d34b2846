"""`recordwatch portals add URL` against every replica over a real socket: told the address, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from config.portal import Portal, read_portal
from spiders.recognition.registry import RECOGNISERS
from tests.portals.home import replica_home
from tests.portals.replica import Replica
from tests.replicas.legistar import LegistarReplica
from tests.replicas.names import REPLICAS, replica_class
from tests.replicas.server import Asked, PlatformReplica, Reply
from tests.replicas.wordpress import WordPressReplica
from tests.services.browser import needs_chromium
from tests.unit.cli.conftest import Said, Verb, verb

__all__ = ["verb"]  # the fixture
HERE = Path(__file__).parent
OWN = {"listing", "pages", "table"}
"""What a site is watched as that runs on nothing we know."""
LOCAL = "--allow-private-network"
PLATFORMS = sorted(RECOGNISERS)


class Added:
    """A home whose hosts are one replica, and what `portals add` says of it."""

    def __init__(self, run: Verb, home: Path, replica: PlatformReplica) -> None:
        self.run, self.home, self.replica = run, home, replica

    def add(self, *words: object) -> Said:
        return self.run("portals", "add", *words, "--home", self.home)

    def row(self, *words: object, code: int = 0) -> dict[str, Any]:
        """What `--json` says, after it ended with `code`."""
        said = self.add(*words, LOCAL, "--json")
        assert said.code == code, said
        found = json.loads(said.out)
        assert isinstance(found, dict)
        return found

    @property
    def files(self) -> list[str]:
        """Everything in the home's folder of portals."""
        folder = self.home / "portals"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def adds(verb: Verb, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Added]:
    """Of `[name, hazard …]`: a platform's replica, or the folder of a portal's stored pages."""
    name, *hazards = request.param.split()
    pytest.importorskip(REPLICAS[name].partition(":")[0], exc_type=ModuleNotFoundError)
    with replica_class(name)(*hazards) as replica:
        yield Added(verb, replica_home(tmp_path / "home", [replica]), replica)


def there(name: str) -> str:
    """The start address of a replica."""
    return replica_class(name).start


@pytest.mark.parametrize("adds", PLATFORMS, indirect=True)
def test_each_platform_is_recognised_checked_and_written(adds: Added, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["adds"]
    said = adds.add(there(name), LOCAL, "--json")
    assert said.out, said.err
    row = json.loads(said.out)
    if any("[token]" in doubt for doubt in row["doubts"]):  # without the operator's token it proves nothing
        assert (said.code, row["spider"], row["check"]["verdict"], adds.files) == (3, name, "blocked", [])
        return
    assert said.code == 0, said
    assert row["spider"] == name, row["evidence"]
    assert row["others"] == [], "no other platform claims it"
    assert row["evidence"]
    assert row["check"]["verdict"] == "healthy", row["check"]
    assert row["check"]["records"] > 0
    portal = read_portal(Path(row["file"]))
    assert (portal.spider, portal.media, portal.expect.min_records) == (
        name,
        False,
        row["settings"]["expect"]["min_records"],
    )
    assert msgspec.convert(row["settings"], Portal) == portal
    assert row["estimate"]["records"] is None or row["estimate"]["records"] >= row["check"]["records"]
    assert adds.files == [f"{portal.slug}.toml"]


@pytest.mark.parametrize("adds", sorted(REPLICAS.keys() - RECOGNISERS.keys()), indirect=True)
def test_a_site_of_its_own_is_never_called_a_platform(adds: Added, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["adds"]
    if name == "spa":
        needs_chromium()
    said = adds.add(there(name), LOCAL, "--json", "--dry-run")
    row = json.loads(said.out) if said.out else None
    if row is None:  # nothing to watch, said plainly
        assert said.code in {1, 2, 3}, said
        return
    shipped = row["evidence"] == ["a portal file that ships with recordwatch"]
    assert shipped or row["spider"] in {*OWN, "wordpress"}, row["evidence"]
    assert adds.files == []


def test_a_list_that_nobody_knows(verb: Verb, tmp_path: Path) -> None:
    """Rows, the page of each, the following page, dates and numbers: all from what repeats."""
    with Replica(HERE / "police-board" / "pages") as replica:
        adds = Added(verb, replica_home(tmp_path / "home", [replica]), replica)
        row = adds.row("https://board.example.org/board/cases/", "--place", "Lake Harbor", "--agency", "Police Board")
        counts = [row["settings"]["parameters"].pop(name)["select"] for name in ("last", "total")]
        assert counts == ["p.count", "p.count"]
        assert "as the portal says" in row["check"]["reason"]
        assert row["settings"]["parameters"] == {
            "row": "table.cases > tbody > tr", "kind": "page", "next": "a[rel~=next]", "detail": {"text": "main"},
            "fields": {"case": "td:nth-child(1)", "filed": {"select": "td:nth-child(2)", "date": ["%m/%d/%Y"]}, "status": "td:nth-child(3)"},
        }  # fmt: skip
        assert (row["check"]["verdict"], row["check"]["records"], row["check"]["files"]) == ("healthy", 5, 5)
        text = Path(row["file"]).read_text("utf-8")
        assert 'agency = "Police Board"' in text
        assert "# half of the 5 that are listed today\nmin_records = 2" in text
        said = verb("crawl", row["portal"], "--home", adds.home)
        assert said.code == 0, said
        again = adds.add("https://board.example.org/board/cases/", LOCAL)
        assert again.code == 2
        assert "watches this address already" in again.err


class Both(WordPressReplica):
    """A blog that shows Legistar's page inside its own."""

    def reply(self, asked: Asked) -> Reply:
        answer = super().reply(asked)
        if asked.path != "/" or not isinstance(answer.body, str):
            return answer
        with LegistarReplica() as other:
            inside = other.reply(Asked("GET", "https", other.hosts[0], urlsplit(other.start).path, {}))
        return replace(answer, body=answer.body + str(inside.body))


def test_what_looks_like_two_things_says_so(verb: Verb, tmp_path: Path) -> None:
    with Both() as replica:
        adds = Added(verb, replica_home(tmp_path / "home", [replica]), replica)
        row = adds.row(replica.start, "--dry-run")
        assert row["spider"] == "wordpress"
        assert [other["platform"] for other in row["others"]] == ["legistar"]
        said = adds.add(replica.start, LOCAL, "--dry-run").out
        assert "but it also looks like Legistar" in said
        assert "--platform legistar believes that" in said


def test_data_feeds_sitemaps_and_single_pages(verb: Verb, tmp_path: Path) -> None:
    with (
        Replica(HERE / "closing-reports" / "pages") as table,
        Replica(HERE / "press-office" / "pages") as press,
        Replica(HERE / "complaints-api" / "pages") as api,
    ):
        adds = Added(verb, replica_home(tmp_path / "home", [table, press, api]), table)
        row = adds.row("https://ccrb.example.org/data/closing-reports.csv")
        assert (row["spider"], row["settings"]["parameters"]["key"]) == ("table", "Case Number")
        row = adds.row("https://press.example.org/sitemap_index.xml")
        assert row["settings"]["parameters"] == {"sitemap": "https://press.example.org/sitemap_index.xml"}
        row = adds.row("https://press.example.org/feed/")
        assert row["settings"]["parameters"] == {"feed": "https://press.example.org/feed/"}
        assert row["settings"]["expect"]["window"]
        row = adds.row("https://press.example.org/2025/05/statement/")
        assert (row["spider"], row["check"]["records"]) == ("pages", 1)
        url = next(url for url in api.pages if "offset=0" in url)
        row = adds.row(url)
        assert (row["spider"], row["settings"]["parameters"]["key"], row["settings"]["parameters"]["rows"]) == (
            "table", "id", "data.complaints",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("adds", "words"),
    [
        ("wordpress challenge", "block or challenge page instead of its own (Cloudflare challenge)"),
        ("wordpress denied", "block or challenge page instead of its own"),
        ("wordpress down", "503"),
    ],
    indirect=["adds"],
)
def test_a_refusal_is_said_plainly_and_leaves_nothing(adds: Added, words: str) -> None:
    said = adds.add(there("wordpress"), LOCAL)
    assert said.code == 3, said
    assert words in said.err
    assert adds.files == []


@pytest.mark.parametrize("adds", ["wordpress busy"], indirect=True)
def test_a_portal_that_asks_to_wait_is_waited_for(adds: Added) -> None:
    assert adds.row(there("wordpress"))["spider"] == "wordpress"


@pytest.mark.parametrize("adds", ["wordpress"], indirect=True)
def test_robots_txt_is_asked_first_and_obeyed(adds: Added) -> None:
    adds.replica.robots = "User-agent: *\nDisallow: /\n"
    said = adds.add(there("wordpress"), LOCAL)
    assert said.code == 3
    assert "robots.txt" in said.err
    assert [asked.path for asked in adds.replica.asked] == ["/robots.txt"]
    assert adds.files == []


@pytest.mark.parametrize("adds", ["wordpress"], indirect=True)
def test_choices(adds: Added) -> None:
    """Dry runs write nothing; names and slugs are the operator's; nothing is ever overwritten."""
    url = there("wordpress")
    assert adds.row(url, "--dry-run")["why_not"] == "--dry-run"
    assert adds.files == []
    shown = adds.add(url, LOCAL, "--dry-run", "--price-per-gb", "1")
    for words in ("WordPress", "because ", "PORTAL FILE portals/", "WHAT IT TAKES", "$1 per GB and month", "CHECK", "RECORDS IT WOULD TAKE",
                  "video, sound", "nothing was written"):  # fmt: skip
        assert words in shown.out, words
    row = adds.row(url, "--slug", "mine", "--name", "Our news", "--place", "Lake Harbor, Illinois", "--with-video")
    portal = read_portal(adds.home / "portals" / "mine.toml")
    assert (portal.name, portal.place, portal.timezone, portal.media) == (
        "Our news", "Lake Harbor, Illinois", "America/Chicago", True,
    )  # fmt: skip
    before = Path(row["file"]).read_bytes()
    assert adds.add(url, LOCAL, "--slug", "mine").code == 2
    assert Path(row["file"]).read_bytes() == before
    assert adds.files == ["mine.toml"]


@pytest.mark.parametrize("adds", ["wordpress"], indirect=True)
def test_a_platform_may_be_named_or_none_believed(adds: Added) -> None:
    url = there("wordpress")
    assert adds.row(url, "--platform", "unknown", "--dry-run")["spider"] in OWN
    said = adds.add(url, LOCAL, "--platform", "socrata")
    assert said.code == 3
    assert "this is no socrata" in said.err
    assert adds.add(url, LOCAL, "--platform", "nonesuch").code == 2


@pytest.mark.parametrize("adds", ["wordpress"], indirect=True)
def test_private_addresses_need_leave(adds: Added) -> None:
    said = adds.add("http://127.0.0.1:9/")
    assert said.code == 3
    assert "allow_private_network" in said.err or "private" in said.err
    assert adds.files == []
