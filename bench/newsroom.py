"""The newsroom's pages over HTTP with eight clients at once, on a home of 100,000 records and 1,000,000 documents.

    python -m bench.newsroom [--records N] [--requests N] [--home DIR] [--clients N]

`--home` keeps the home that is made (about 6 GB for the whole size), and takes one that is there already. Prints JSON
lines: for each page the middle and the 95th percentile in milliseconds, and bytes as they crossed the wire and
unpacked. Targets: 150 ms, 400 ms, 100 kB.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "web.settings"

import django

django.setup()

import requests  # noqa: E402

from bench import _archive  # noqa: E402
from bench.search import QUERIES, VOCABULARY  # noqa: E402

PAGES = {
    "first screen": lambda dice, records: "/",
    "releases of a portal": lambda dice, records: f"/releases?portal=p{dice.randrange(_archive.PORTALS)}",
    "record": lambda dice, records: _record(dice, records),  # noqa: PLW0108  defined below
    "portals": lambda dice, records: "/portals",
    "portal": lambda dice, records: f"/portals/p{dice.randrange(_archive.PORTALS)}",
    "deadlines": lambda dice, records: "/deadlines",
    "search": lambda dice, records: "/search?" + requests.compat.urlencode({"q": _query(dice, records)}),
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


def measure(url: str, name: str, records: int, count: int, clients: int) -> None:
    """`count` requests of one kind of page by `clients` clients, and what they took."""
    taken: list[float] = []
    sizes: list[tuple[int, int]] = []
    odd: dict[int, int] = defaultdict(int)
    lock = threading.Lock()

    def client(number: int) -> None:
        dice = random.Random(number)
        with requests.Session() as session:
            session.headers["Accept-Encoding"] = "gzip"
            for _ in range(count // clients):
                path = PAGES[name](dice, records)
                begun = time.perf_counter()
                answer = session.get(url + path)
                body = answer.content
                spent = (time.perf_counter() - begun) * 1000
                with lock:
                    taken.append(spent)
                    sizes.append((int(answer.headers.get("Content-Length") or 0), len(body)))
                    if answer.status_code != 200:
                        odd[answer.status_code] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cut = statistics.quantiles(taken, n=100)
    print(
        json.dumps({
            "page": name, "requests": len(taken), "p50_ms": round(cut[49]), "p95_ms": round(cut[94]),
            "per_s": round(len(taken) / (time.perf_counter() - begun)),
            "kB_sent": round(max(sent for sent, _ in sizes) / 1000, 1),
            "kB_unpacked": round(max(whole for _, whole in sizes) / 1000, 1), **({"not_200": dict(odd)} if odd else {}),
        }),
        flush=True,
    )  # fmt: skip


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
        with serving(home) as served:
            for name in PAGES:
                if chosen.only in name:
                    measure(served.url, name, chosen.records, chosen.clients * 2, chosen.clients)  # warm
                    measure(served.url, name, chosen.records, chosen.requests, chosen.clients)


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


if __name__ == "__main__":
    main()
