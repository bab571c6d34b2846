"""A home with a database, a subscriber's world, and real receivers on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import django
import pytest

from archive.catalog.database import open_database
from archive.commit import Commit, Insert
from archive.ids import uuid7
from config.home import Home, open_home
from tests.services.forked import run_verb
from tests.services.group import free_port

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # the modules under test hold models

PORTAL = """slug="lake-harbor"\nname="Lake Harbor Office of Police Review"\nagency="Police Review"
place="Lake Harbor"\nurl="https://harbor.example/"\nspider="pages"\n"""


@pytest.fixture(scope="session")
def empty_catalog(tmp_path_factory) -> Path:
    """A migrated SQLite file to copy: migrating once is enough."""
    from django.db import connections

    path = tmp_path_factory.mktemp("catalog") / "catalog.sqlite3"
    open_database(f"sqlite:///{path}")
    connections.close_all()
    return path


@pytest.fixture
def make_home(tmp_path, empty_catalog) -> Iterator[Callable[..., Home]]:
    from django.db import connections

    def make(mail: str = 'folder = "outbox"', *, head: str = "", database: str = "") -> Home:
        path = tmp_path / "home"
        (path / "portals").mkdir(parents=True, exist_ok=True)
        (path / "portals" / "lake-harbor.toml").write_text(PORTAL)
        url = f'database = "{database}"\n' if database else ""
        (path / "recordwatch.toml").write_text(f"{head}\n{url}[mail]\n{mail}\n")
        if not (path / "catalog.sqlite3").exists():
            shutil.copy(empty_catalog, path / "catalog.sqlite3")
        home = open_home(path)
        open_database(home.database_url, migrate=bool(database))
        return home

    yield make
    connections.close_all()


@pytest.fixture
def home(make_home) -> Home:
    return make_home()


def row(key: str, kind: str = "new", *, record_kind: str = "case", **values: Any) -> dict[str, Any]:
    """An event's row, and beside it (`_record_kind`) what its record is."""
    return {
        "id": uuid7(), "at": datetime.now(UTC).isoformat(), "portal": "lake-harbor", "record": f"id of {key}" if key else "",
        "key": key, "title": f"Title of {key}", "url": f"https://harbor.example/{key}", "kind": kind, "backfill": False,
        "old": None, "new": None, "files": [], "captures": [uuid7()], "crawl": "crawl-1", "tags": [],
        "_record_kind": record_kind, **values,
    }  # fmt: skip


def commit(*rows: dict[str, Any], at: datetime | None = None, ident: str = "") -> Commit:
    """A commit of these events, its rows applied to the database as the committer does."""
    from releases.models import Event, Record

    moment = at or datetime.now(UTC)
    records = {}
    for event in rows:
        kind = event.pop("_record_kind", "case")
        if event["record"]:
            records[event["record"]] = {
                "id": event["record"], "portal": event["portal"], "key": event["key"], "kind": kind, "url": event["url"],
                "title": event["title"], "printed_key": event["key"], "state": "present", "version": 1, "fields_hash": "",
                "text_hash": "", "raw_hash": "", "first_seen_at": moment, "first_crawl": "c", "last_seen_at": moment,
                "last_crawl": "c",
            }  # fmt: skip
    Record.objects.bulk_create([Record(**r) for r in records.values()], ignore_conflicts=True)
    Event.objects.bulk_create([Event(**{**e, "at": moment}) for e in rows])
    return Commit(ident or uuid7(), "lake-harbor", 1, moment, "listing", [Insert("releases.Event", list(rows))])


@dataclass
class Receiver:
    """A real HTTP receiver. `plan` holds what each request gets; the last entry is repeated.

    An entry is a status, or "hang" (no answer until the end), "cut" (half an answer, then closed).
    """

    url: str
    plan: list[Any]
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiver(*plan: Any, headers: dict[str, str] | None = None) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            mine.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            step = mine.plan.pop(0) if len(mine.plan) > 1 else mine.plan[0]
            if step == "hang":
                mine.done.wait(60)
            elif step == "cut":
                self.wfile.write(b"HTTP/1.1 2")
                self.wfile.flush()
            else:
                self.send_response(step)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    mine = Receiver(f"http://127.0.0.1:{server.server_port}/hook", list(plan) or [204])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield mine
    finally:
        mine.done.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mailbox:
    """What a real SMTP server took. `refuse`: its answer to the next DATA instead."""

    port: int
    taken: list[bytes] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    refuse_rcpt: list[str] = field(default_factory=list)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    from aiosmtpd.controller import Controller

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            if box.refuse_rcpt:
                return box.refuse_rcpt.pop(0)
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            box.taken.append(envelope.content)
            return box.refuse.pop(0) if box.refuse else "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=free_port(), server_hostname="mail.example")
    box = Mailbox(controller.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def run_cli(home):
    """`recordwatch ARGUMENTS` in a process of its own, on this home."""

    def run(*arguments: str, codes: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        done = run_verb(*arguments, "--home", str(home.path), timeout=120)
        assert done.returncode in codes, (done.returncode, done.stdout, done.stderr)
        return done

    return run
