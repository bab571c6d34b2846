"""The simulator's short cut is none: the real command over a socket, and PostgreSQL, tell the same events."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from archive.catalog.database import open_database
from tests.services.forked import run_verb
from tests.services.postgres import postgres
from tests.simulator.hazards import schedule
from tests.simulator.history import Portal, days, habits_of, open_simulation, tell
from tests.simulator.portal_file import table_of
from tests.simulator.site import Answer, Site
from tests.simulator.world import World

ROOT = Path(__file__).resolve().parents[2]
REAL = Portal(17, "paged", days=15, density=0.8, cases=22)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {toml(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


class Server:
    """Serves whatever `serve` answers."""

    def __init__(self) -> None:
        self.serve = lambda url: Answer(404, b"")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                answer = outer.serve(f"http://{self.headers['Host']}{self.path}")
                if answer.status == 0:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.mime)
                for name, value in answer.headers:
                    if name != "retry-after":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    try:
        yield server
    finally:
        server.close()


def events_of(portal: str) -> list[list[tuple]]:
    """What was told, crawl by crawl, in no order within a crawl."""
    from archive.catalog.models import Crawl
    from releases.models import Event

    told = []
    for crawl in Crawl.objects.filter(portal=portal).order_by("started_at").values_list("id", flat=True):
        rows = Event.objects.filter(crawl=crawl)
        told.append(sorted(
            (row.kind, row.key, sorted(row.new or {}), sorted(file["name"] for file in row.files), sorted(row.tags))
            for row in rows
        ))  # fmt: skip
    return told


@pytest.mark.timeout(600)
def test_the_real_command_tells_the_same(tmp_path):
    from django.db import connections

    home, holdings = open_simulation(tmp_path / "offline")
    assert tell(REAL, home, holdings).wrong() == []
    offline = events_of(REAL.name)
    connections.close_all()
    assert len(set(schedule(REAL.seed, REAL.kind, REAL.days, REAL.density).values())) >= 3

    folder = tmp_path / "real"
    (folder / "portals").mkdir(parents=True)
    habits, redesign = habits_of(REAL)
    site = Site(REAL.kind, World(REAL.seed, habits), REAL.name)
    with serving() as server:
        (folder / "recordwatch.toml").write_text(
            f'[resolve]\n"www.{REAL.name}.example" = "127.0.0.1:{server.port}"\n'
            f'"data.{REAL.name}.example" = "127.0.0.1:{server.port}"\n', "utf-8",
        )  # fmt: skip
        for day in days(REAL, site, redesign):
            text = "\n".join(f"{name} = {toml(value)}" for name, value in table_of(site, day.layout).items())
            (folder / "portals" / f"{REAL.name}.toml").write_text(text, "utf-8")
            server.serve = day.serve
            done = run_verb("crawl", REAL.name, "--json", "--home", str(folder), timeout=120)
            assert done.returncode in {0, 3}, done.stderr
    open_database(f"sqlite:///{folder / 'catalog.sqlite3'}")
    assert events_of(REAL.name) == offline
    connections.close_all()


@pytest.mark.parametrize("portal", [Portal(12, "rows", days=60, density=0.3), Portal(13, "capped", days=30, cases=42)])
def test_both_databases_tell_the_same(tmp_path, portal):
    from django.db import connections

    told = []
    for name in ("sqlite", "postgresql"):
        if name == "sqlite":
            assert tell(portal, *open_simulation(tmp_path / name)).wrong() == []
            told.append(events_of(portal.name))
            connections.close_all()
        else:
            with postgres() as url:
                assert tell(portal, *open_simulation(tmp_path / name, url)).wrong() == []
                told.append(events_of(portal.name))
                connections.close_all()
    assert told[0] == told[1]
