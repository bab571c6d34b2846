"""A crawl of a portal where nothing changed: what is asked, received, archived, and how long it takes.

    python -m bench.recrawl [--cases 2000] [--rounds 3] [--only files,crawl] [--variants etag]
    python -m bench.recrawl --cases 3334 --rounds 1 --variants etag,date,bare,half,ignoring

Two ways through the same URLs (8,041 with 2,000 cases; 10,002 of the second command's are files): the
file lane alone, and the real `recordwatch crawl` with the spider `pages`, which reads every case page
again and checks every file. Requests and body bytes are counted by nginx, not by us. Each round starts
from an empty home: a first crawl, then the unchanged one.

A variant says what the server tells of its files: an ETag and a date, a date alone, nothing (`bare`), or
an ETag that it heeds in no request (`ignoring`). `half` is `bare` with a budget for half of the files.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path

from bench._site import (
    CASES,
    LISTINGS,
    Cost,
    Nginx,
    build_portal,
    make_home,
    measure,
    need,
    portal_file,
    table,
    verdict,
    workshop,
)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--cases", type=int, default=CASES)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", default="files,crawl")
    options.add_argument("--variants", default="etag")
    chosen = options.parse_args()
    need("nginx")
    rounds: dict[str, list[dict[str, float]]] = {}
    with workshop() as folder:
        paths = build_portal(folder / "site", chosen.cases)
        (folder / "paths.json").write_text(json.dumps(paths))
        files = sum(path.endswith(".pdf") for path in paths)
        for variant in chosen.variants.split(","):
            say, share = VARIANTS[variant]
            more = PARAMETERS + (f"[recheck]\nshare = {share * files * SECONDS_EACH / DAY!r}\n" if share else "")
            with Nginx(folder, folder / "site", log=True, say=say) as server:
                for number in range(chosen.rounds):
                    for way in chosen.only.split(","):
                        home = make_home(folder / "home", portal_file(server.url, more=more))
                        for crawl in ("first", "unchanged"):
                            figures = one(way, server, home, folder)
                            name = f"{way} {crawl}" + (f", {variant}" if variant != "etag" else "")
                            rounds.setdefault(name, []).append(figures)
                            sys.stderr.write(f"round {number + 1} {name}: {figures}\n")
                        shutil.rmtree(home)
    report(
        {name: {key: statistics.median(one[key] for one in of) for key in of[0]} for name, of in rounds.items()},
        len(paths),
    )


DAY = 86400 - 300
"""Seconds between two crawls of a daily portal."""
SECONDS_EACH = 0.1 / 8
"""What one small file takes by the estimate of `crawler.recheck`, with eight connections and no delay."""
_NOTHING = 'etag off; add_header Last-Modified "";'
VARIANTS = {
    "etag": ("", 0.0),
    "date": ("etag off;", 0.0),
    "bare": (_NOTHING, 0.0),
    "half": (_NOTHING, 0.5),
    "ignoring": (f"{_NOTHING} add_header ETag '\"of-all\"';", 0.0),
}
"""Name → directives of nginx, and the share of its files that the budget has time for; 0: the default's, all."""


# The pages of the list are watched, their cases followed, the documents of each case kept.
PARAMETERS = f"""
[parameters]
urls = {json.dumps([f"/list/{number}/" for number in range(2, LISTINGS + 1)])}
follow = ["main a.case"]
"""


def one(way: str, server: Nginx, home: Path, folder: Path) -> dict[str, float]:
    """One crawl and what it came to."""
    before = held(home)
    if way == "files":
        command = ["-m", "bench._crawls", "files", server.url, str(home), str(folder / "paths.json")]
    else:
        command = ["-m", "cli", "crawl", "bench", "--home", str(home), "--json", "--no-deliver"]
    cost: Cost = measure([sys.executable, *command])
    if way == "crawl" and cost.said["verdict"] != "healthy":
        sys.exit(f"the crawl was not healthy: {cost.said['reason']}")
    requests, unchanged, body = server.counted()
    return {
        "requests": requests,
        "unchanged": unchanged,
        "body": body,
        "seconds": cost.said["seconds"],
        "wall": cost.wall,
        "cpu": cost.cpu,
        "rss": cost.rss,
        "archived": held(home) - before,
    }


def held(home: Path) -> int:
    """Bytes of every object in the store but the log of seals: WARCs and commits."""
    return sum(
        path.stat().st_size
        for part in ("warc", "commits")
        for path in (home / "archive" / part).rglob("*")
        if path.is_file()
    )


def report(found: dict[str, dict[str, float]], urls: int) -> None:
    table(
        ["crawl", "requests", "answered 304", "body bytes", "seconds", "URL/s", "CPU s", "peak RSS, MB", "archived per URL"],
        [
            [name, f"{one['requests']:,.0f}", f"{one['unchanged']:,.0f}", f"{one['body']:,.0f}", f"{one['seconds']:.1f}",
             f"{one['requests'] / one['seconds']:,.0f}", f"{one['cpu']:.1f}", f"{one['rss']:.0f}",
             f"{one['archived'] / urls:,.0f} B"]
            for name, one in found.items()
        ],
    )  # fmt: skip
    for name, one in found.items():
        if name.endswith("unchanged"):
            # robots.txt is asked for once in each crawl; this site has none, and nginx says so in words.
            verdict(f"{name}: requests beyond one per URL and robots.txt", one["requests"] - urls - 1, 0, most=True)
            verdict(f"{name}: URLs not answered 304", urls - one["unchanged"], 0, most=True)
            verdict(
                f"{name}: archived per URL, commits included", one["archived"] / urls, 1800, most=True, unit=" bytes"
            )
    if "files unchanged" in found:
        verdict("file lane, unchanged", urls / found["files unchanged"]["seconds"], 1500, unit=" URL/s")


if __name__ == "__main__":
    main()
