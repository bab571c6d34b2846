"""A home that watches the replica of a portal made by scripts, and what stands in its WARCs afterwards."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from warcio.archiveiterator import ArchiveIterator

from tests.portals.home import replica_home
from tests.replicas.spa import ASSETS, HOST, SpaReplica
from tests.unit.cli.conftest import Said, Verb, command

SLUG = "pine-hollow"
PORTAL = f"""
slug = "{SLUG}"
name = "Pine Hollow cases"
agency = "Pine Hollow Police Board"
place = "Pine Hollow, Lakeland"
url = "https://{HOST}/"
spider = "listing"
browser = true
allow_private_network = ["{HOST}", "{ASSETS}"]
[parameters]
row = "li[data-case]"
title = "p"
kind = "case"
fields = {{ opened = "time" }}
next = "a[rel=next]"
"""
DETAIL = """detail = { fields = { outcome = "#outcome" }, files = ["a[href^='/files/']"] }\n"""


class Exchange(NamedTuple):
    """One request and what came, as server or archive tell it."""

    method: str
    url: str
    status: int
    digest: str


def in_a_fork(*arguments: object) -> Said:
    """Run a verb in a process of its own: for scenes that several tests look at."""
    done = command(*map(str, arguments))
    return Said(done.returncode, done.stdout, done.stderr)


class Scene:
    """`crawl` runs the real verb with `run`: in this process, or `in_a_fork`."""

    def __init__(self, run: Verb, folder: Path, replica: SpaReplica, toml: str) -> None:
        self.run, self.replica = run, replica
        self.home = replica_home(folder / "home", [replica])
        (self.home / "portals").mkdir()
        self.file = self.home / "portals" / f"{SLUG}.toml"
        self.file.write_text(toml, "utf-8")

    def crawl(self, code: int = 0) -> Said:
        said = self.run("crawl", SLUG, "--home", self.home)
        assert said.code == code, said
        return said

    def events(self) -> list[tuple[str, str]]:
        """Kind and key of what was told beyond the baseline, oldest first."""
        out = self.run("releases", "--json", "--home", self.home).out
        rows: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
        return [(row["kind"], row["key"]) for row in reversed(rows) if not row["backfill"]]

    def record(self, key: str) -> dict[str, Any]:
        return dict(json.loads(self.run("record", SLUG, key, "--json", "--home", self.home).out))

    def archived(self) -> list[Archived]:
        """Every record of every WARC in the store."""
        found = []
        for path in sorted((self.home / "archive").rglob("*.warc.gz")):
            with path.open("rb") as stream:
                for record in ArchiveIterator(stream):
                    head = dict(record.rec_headers.headers)
                    body = record.content_stream().read()
                    answer = record.rec_type in {"response", "revisit"}
                    status = int(record.http_headers.get_statuscode()) if answer else 0
                    method = record.http_headers.protocol if record.rec_type == "request" else ""
                    found.append(Archived(record.rec_type, head, method, status, body))
        return found

    def exchanges(self) -> Counter[Exchange]:
        """What the archive says crossed the wire."""
        methods, answers = {}, []
        for one in self.archived():
            if one.kind == "request":
                methods[one.headers["WARC-Concurrent-To"]] = one.method
            elif one.kind in {"response", "revisit"}:
                answers.append(one)
        return Counter(
            Exchange(
                methods[one.headers["WARC-Record-ID"]],
                one.headers["WARC-Target-URI"],
                one.status,
                one.headers["WARC-Payload-Digest"],
            )
            for one in answers
        )

    def served(self) -> Counter[Exchange]:
        """What the replica says crossed the wire."""
        return Counter(
            Exchange(asked.method, asked.url, reply.status, "sha256:" + hashlib.sha256(reply.encoded()[0]).hexdigest())
            for asked, reply in self.replica.sent
        )

    def resources(self, kind: str) -> list[Archived]:
        """`rendered` documents or `screenshot`s, in order."""
        prefix = f"urn:recordwatch:{kind}:"
        return [one for one in self.archived() if one.headers.get("WARC-Target-URI", "").startswith(prefix)]


class Archived(NamedTuple):
    """One WARC record, as warcio reads it."""

    kind: str
    headers: dict[str, str]
    method: str
    status: int
    body: bytes
