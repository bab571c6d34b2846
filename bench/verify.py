"""`verify --full` beside `warcio check`, indexing beside cdxj-indexer, and `rebuild`.

    python -m bench.verify [--captures 20000] [--rounds 3]

A home with an archive of small pages (one crawl, one commit per 2,000 captures, text-like bodies of
10 kB, each its own). verify and rebuild are the real command line, start-up included; MB are those of the
store's files, as every reader has to read them.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench._site import ROOT, Cost, make_home, measure, middle, portal_file, table, verdict, workshop

BATCH = 2000


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--captures", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    for module in ("warcio", "cdxj_indexer"):
        if subprocess.run([sys.executable, "-c", f"import {module}"], check=False, capture_output=True).returncode:
            sys.exit(f"{module} is not installed: `make setup` does it")
    with workshop() as folder:
        home = make_home(folder / "home", portal_file("http://127.0.0.1"))
        subprocess.run(
            [sys.executable, "-c", f"import bench.verify as b; b.fill({str(home)!r}, {chosen.captures})"],
            cwd=ROOT,
            check=True,
        )
        warcs = sorted((home / "archive" / "warc").rglob("*.warc.gz"))
        everything = [path for path in (home / "archive").rglob("*") if path.is_file()]
        ours = [sys.executable, "-m", "cli"]
        beside = Path(sys.executable)
        runs: dict[str, tuple[list[str | Path], int]] = {
            "recordwatch verify --full": ([*ours, "verify", "--full", "--home", home], size(everything)),
            "warcio check": ([beside.with_name("warcio"), "check", *warcs], size(warcs)),
            "recordwatch, index of the WARCs": ([sys.executable, "-m", "bench.verify", "--index", *warcs], size(warcs)),
            "cdxj-indexer": ([beside.with_name("cdxj-indexer"), "-o", folder / "index.cdxj", *warcs], size(warcs)),
            "recordwatch rebuild": ([*ours, "rebuild", "--force", "--home", home], size(everything)),
        }
        costs: dict[str, list[Cost]] = {name: [] for name in runs}
        for number in range(chosen.rounds):
            for name, (command, _) in runs.items():
                costs[name].append(measure(command))
                sys.stderr.write(f"round {number + 1} {name}: {costs[name][-1].wall:.2f} s\n")
        rows = count(home / "catalog.sqlite3")
    found = {name: middle(values) for name, values in costs.items()}
    speed = {name: runs[name][1] / 1e6 / cost.wall for name, cost in found.items()}
    table(
        ["reading", "MB/s", "wall, s", "CPU s", "peak RSS, MB"],
        [
            [name, f"{speed[name]:,.0f}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.rss:.0f}"]
            for name, cost in found.items()
        ],
    )
    sys.stdout.write(f"rebuild: {rows:,} rows, {rows / found['recordwatch rebuild'].wall:,.0f} rows/s\n")
    verdict(
        "verify --full vs warcio check", speed["recordwatch verify --full"] / speed["warcio check"], 3, unit=" times"
    )
    verdict(
        "re-index vs cdxj-indexer", speed["recordwatch, index of the WARCs"] / speed["cdxj-indexer"], 2.5, unit=" times"
    )
    verdict(
        "rebuild vs cdxj-indexer", found["cdxj-indexer"].wall / found["recordwatch rebuild"].wall, 2.5, unit=" times"
    )


def size(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def count(database: Path) -> int:
    """Rows of the catalog."""
    connection = sqlite3.connect(database)
    names = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'catalog_%'"
        )
    ]
    rows = sum(int(connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]) for name in names)
    connection.close()
    return rows


def index(paths: list[str]) -> None:
    """Every WARC's index rows, by reading it."""
    from archive.warc.index import scan

    found = 0
    for path in map(Path, paths):
        with path.open("rb") as file:
            found += len(scan(file, path.name).captures)
    sys.stdout.write(f'{{"captures": {found}}}\n')


def fill(home: str, captures: int) -> None:
    """An archive of `captures` pages."""
    sys.path.insert(0, str(ROOT))
    from archive.catalog.database import prepare_models

    prepare_models()
    from archive.holdings import Holdings
    from config.home import open_home

    opened = open_home(home)
    asyncio.run(_fill(opened, Holdings(opened), captures))


async def _fill(home: Any, holdings: Any, captures: int) -> None:
    from archive.catalog.commits import warc_operations
    from archive.commit import Insert
    from bench.warc_writer import HEAD, PEER, REQUEST, pages
    from crawler.run import Crawl

    portal = home.portal("bench")
    crawl = Crawl(home, portal, holdings, lambda *_: None)
    bodies = pages(400)

    async def one(n: int) -> None:
        sink = crawl.writer.begin(f"https://portal.example/cases/{n}", "GET")
        body = b"%d" % n + bodies[n % 400]
        sink.connected(PEER)
        sink.sent(REQUEST % n)
        sink.head(HEAD % (b"text/html", len(body)), 200, [])
        await sink.data(body, body)
        await sink.finish()

    row = {"slug": portal.slug, "name": "B", "url": portal.url, "first_crawl_at": crawl.started, "commit_seq": 0}
    rows: list[Any] = [Insert("catalog.Portal", [row])]
    for start in range(0, captures, BATCH):
        await asyncio.gather(*(one(n) for n in range(start, min(captures, start + BATCH))))
        sealed = await crawl.writer.seal()
        await crawl.database.run(holdings.committer.store_warcs, sealed)
        await crawl.database.run(holdings.committer.commit, portal.slug, "bench", [*rows, *warc_operations(sealed)])
        await crawl.database.run(holdings.forget_local, sealed)
        rows = []
    await crawl.writer.close()
    await crawl.database.close()
    shutil.rmtree(crawl.writer.folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--index"]:
        index(sys.argv[2:])
    else:
        main()
