"""A newsroom for tests: a home, the real command in processes of its own, a mailbox that speaks SMTP."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
from aiosmtpd.controller import Controller

from archive.catalog.compare import compare
from archive.catalog.database import open_database
from archive.rebuild import rebuild
from archive.warc.journal import SUFFIX
from config.home import Home, StoreConfig, open_home
from sample.story import Expected
from tests.services.forked import run_verb
from tests.services.group import free_port

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """\
{extra}
[operator]
name = "acceptance test"
contact = "test@example.org"

[mail]
sender = "recordwatch@example.org"
host = "127.0.0.1"
port = {port}
{tables}
"""


def store_table(config: StoreConfig) -> str:
    """`[store]` of recordwatch.toml for `config`."""
    values = {name: value for name, value in msgspec.structs.asdict(config).items() if value != ""}
    return "[store]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items())


class Mailbox:
    """A real SMTP server; `messages` is what it took."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse = False
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        if self.refuse:
            return "451 try again later"
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    def close(self) -> None:
        self._controller.stop()


class Newsroom:
    """One home and its command line."""

    def __init__(self, path: Path, mailbox: Mailbox, *, extra: str = "", tables: str = "") -> None:
        self.path = path
        self.mailbox = mailbox
        for folder in ("portals", "spool", "locks"):
            (path / folder).mkdir(parents=True, exist_ok=True)
        (path / "recordwatch.toml").write_text(SETTINGS.format(port=mailbox.port, extra=extra, tables=tables), "utf-8")

    @property
    def home(self) -> Home:
        return open_home(self.path)

    def watch(self, text: str, slug: str) -> None:
        """Write a portal file."""
        (self.path / "portals" / f"{slug}.toml").write_text(text, "utf-8")

    def run(
        self,
        *arguments: str,
        codes: Iterable[int] = (0,),
        environment: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> subprocess.CompletedProcess[str]:
        """`recordwatch ARGUMENTS`; its exit code must be one of `codes`."""
        done = run_verb(*arguments, "--home", str(self.path), environment=environment, timeout=timeout)
        assert done.returncode in set(codes), (
            f"recordwatch {' '.join(arguments)} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def rows(self, *arguments: str, codes: Iterable[int] = (0,)) -> list[dict[str, Any]]:
        """JSON lines of a verb."""
        return [json.loads(line) for line in self.run(*arguments, "--json", codes=codes).stdout.splitlines()]

    def crawl(self, slug: str, codes: Iterable[int] = (0,)) -> dict[str, Any]:
        """One crawl; its result."""
        return self.rows("crawl", slug, codes=codes)[0]

    def copy(self, target: Path) -> Newsroom:
        """This newsroom as it is, elsewhere."""
        shutil.copytree(self.path, target, symlinks=True)
        room = object.__new__(Newsroom)
        room.path, room.mailbox = target, self.mailbox
        return room

    def journalled(self) -> set[str]:
        """Record ids of every exchange that a journal in the spool names."""
        found = set()
        for journal in (self.path / "spool").rglob(f"*{SUFFIX}"):
            for line in journal.read_bytes().splitlines():
                try:
                    entry = json.loads(line[9:])
                except ValueError:
                    break
                if entry.get("line") == "unit" and entry.get("capture"):
                    found.add(entry["id"])
        return found

    def check_archive(self) -> None:
        """What must be true after every acceptance test: fixity, nothing unindexed, rebuild equality."""
        findings = self.rows("verify", "--full")
        assert findings == [], findings
        assert list((self.path / "spool").rglob("*.warc.gz*")) == []
        self.check_rebuild()

    def check_rebuild(self) -> None:
        """A database made from the store alone equals the one in use, table by table."""
        home = self.home
        file = self.path / "rebuilt.sqlite3"
        for path in self.path.glob("rebuilt.sqlite3*"):
            path.unlink()
        fresh = Home(home.path, msgspec.structs.replace(home.settings, database=f"sqlite:///{file}"))
        rebuilt = rebuild(fresh)
        assert rebuilt.problems == []
        differences = list(compare(home.database_url, fresh.database_url))
        assert differences == [], differences[:10]

    def pass_claims(self) -> None:
        """As if the ten minutes had passed after which a killed sender's claim is anybody's."""
        from releases.models import Delivery

        open_database(self.home.database_url)
        Delivery.objects.filter(state="sending").update(next_at=datetime.now(UTC))

    def captures(self) -> list[str]:
        """Ids of every capture the catalog has."""
        from archive.catalog.models import Capture

        open_database(self.home.database_url)
        return list(Capture.objects.values_list("id", flat=True))


def seen(events: Iterable[Mapping[str, Any]]) -> set[Expected]:
    """Events as the story states them (backfill aside)."""
    found = set()
    for event in events:
        if event["backfill"]:
            continue
        fields: frozenset[str] = frozenset()
        if event["kind"] in {"changed", "restored"}:
            fields = frozenset(event["new"] or {}) - {"files"}
        about = event["files"] if event["kind"].startswith("file_") else []
        for path in [file["identity"] for file in about] or [""]:
            found.add(Expected(event["kind"], event["key"], fields, path))
    return found
