"""The newsroom's pages over HTTP with eight clients at once, on a home of 100,000 records and 1,000,000 documents.

    python -m bench.newsroom [--records N] [--requests N] [--home DIR] [--clients N] [--only PAGE]

`--home` keeps the home that is made (about 6 GB for the whole size), and takes one that is there already. Prints JSON
lines: for each page the middle and the 95th percentile in milliseconds, milliseconds of CPU of the server and of the
client for one request, and bytes as they crossed the wire and unpacked. Targets: 150 ms, 400 ms, 100 kB.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, nullcontext
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

os.environ["DJANGO_SETTINGS_MODULE"] = "web.settings"

import django

django.setup()

from bench import _archive  # noqa: E402
from bench.search import QUERIES, VOCABULARY  # noqa: E402

PAGES: dict[str, Callable[[random.Random, int], str]] = {
    "first screen": lambda dice, records: "/",
    "releases of a portal": lambda dice, records: f"/releases?portal=p{dice.randrange(_archive.PORTALS)}",
    "record": lambda dice, records: _record(dice, records),  # noqa: PLW0108  defined below
    "portals": lambda dice, records: "/portals",
    "portal": lambda dice, records: f"/portals/p{dice.randrange(_archive.PORTALS)}",
    "deadlines": lambda dice, records: "/deadlines",
    "search": lambda dice, records: "/search?" + urlencode({"q": _query(dice, records)}),
}


def _record(dice: random.Random, records: int) -> str:
    number = dice.randrange(records)
    return f"/records/p{number % _archive.PORTALS}/case-{number}"


def _query(dice: random.Random, records: int) -> str:
    forms = [form for name, known in QUERIES.items() if name != "common, no hit" for form in known]
    forms += ["taser district:04", "police kind:report", "title:pursuit officer"]
    return dice.choice(forms).format(
        rare=dice.randrange(20_000, VOCABULARY), mid=dice.randrange(100, 2000), digit=dice.randrange(10),
        case=dice.randrange(records),
    )  # fmt: skip


def measure(url: str, name: str, records: int, count: int, clients: int) -> dict[str, Any]:
    """`count` requests of one kind of page by `clients` clients, and what they took."""
    taken: list[float] = []
    bodies: list[bytes] = []
    odd: Counter[int] = Counter()

    def client(number: int) -> None:
        dice = random.Random(f"{number} of {count}")
        # It shares the machine with the server, and so does as little as it can meanwhile.
        with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
            for _ in range(count // clients):
                path = PAGES[name](dice, records)
                begun = time.perf_counter()
                connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
                answer = connection.getresponse()
                body = answer.read()
                taken.append((time.perf_counter() - begun) * 1000)
                bodies.append(body)
                if answer.status != 200:
                    odd[answer.status] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    begun, spent, own = time.perf_counter(), _spent(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cut, done = statistics.quantiles(taken, n=100), len(taken)
    return {
        "page": name, "requests": done, "p50_ms": round(cut[49]), "p95_ms": round(cut[94]),
        "per_s": round(done / (time.perf_counter() - begun)),
        "cpu_ms": round((_spent() - spent) / done * 1000, 1),
        "client_cpu_ms": round((time.process_time() - own) / done * 1000, 1),
        "kB_sent": round(max(map(len, bodies)) / 1000, 1),
        "kB_unpacked": round(max(len(gzip.decompress(one) if one[:2] == b"\x1f\x8b" else one) for one in bodies) / 1000, 1),
        **({"not_200": dict(odd)} if odd else {}),
    }  # fmt: skip


def _spent() -> float:
    """Seconds of CPU of the server: of every process below this one. Linux."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            columns = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(path.parent.name)], ticks[int(path.parent.name)] = (
            int(columns[1]),
            int(columns[11]) + int(columns[12]),
        )
    below = {os.getpid()}
    while more := {one for one, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(ticks[one] for one in below - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument("--requests", type=int, default=400)
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--home", type=Path)
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    from tests.newsroom.served import serving

    kept = nullcontext(str(chosen.home)) if chosen.home else tempfile.TemporaryDirectory(prefix="recordwatch-bench-")
    with kept as folder:
        home = Path(folder)
        if not (home / "recordwatch.toml").exists():
            _made(home, chosen.records)
        _figures(home)
        with serving(home) as served:
            for name in PAGES:
                if chosen.only in name:
                    measure(served.url, name, chosen.records, chosen.clients * 4, chosen.clients)  # warm
                    found = measure(served.url, name, chosen.records, chosen.requests, chosen.clients)
                    print(json.dumps(found), flush=True)


def _made(home: Path, records: int) -> None:
    from django.db import connections

    from archive.catalog.database import open_database

    home.mkdir(exist_ok=True)
    begun = time.perf_counter()
    open_database(f"sqlite:///{home / 'catalog.sqlite3'}")
    _archive.make(home, records)
    print(json.dumps({"made": "rows", "seconds": round(time.perf_counter() - begun)}), flush=True)
    begun = time.perf_counter()
    _archive.index(home)
    connections.close_all()
    print(json.dumps({"made": "index", "seconds": round(time.perf_counter() - begun)}), flush=True)


def _figures(path: Path) -> None:
    """What the keeper makes in its first minutes, so that it is at rest while pages are measured."""
    from django.db import connections

    from config.home import open_home
    from web.figures.kept import keep_up
    from web.start import configure

    home = open_home(str(path))
    configure(home)
    begun = time.perf_counter()
    keep_up(home)
    connections.close_all()
    print(json.dumps({"made": "figures", "seconds": round(time.perf_counter() - begun)}), flush=True)


if __name__ == "__main__":
    main()
