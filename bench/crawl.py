"""Small URLs, archived: both of recordwatch's lanes beside the same crawl unarchived, plain Scrapy and wget.

    python -m bench.crawl [--cases 2000] [--rounds 3]

Each figure is the median of alternating rounds; each run is a whole process from start to exit, with
all its children, into an empty home. nginx serves on loopback and is not counted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys

from bench._site import (
    CASES,
    ROOT,
    Cost,
    Nginx,
    build_portal,
    find,
    make_home,
    measure,
    middle,
    need,
    portal_file,
    table,
    verdict,
    workshop,
)

RUNS = {
    "pages": "recordwatch, pages (Scrapy, one door, archive)",
    "null": "the same, nothing archived",
    "scrapy": "Scrapy as it comes, nothing archived",
    "files": "recordwatch, file lane, archived",
    "wget": "wget -r --warc-file",
}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--cases", type=int, default=CASES)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", default=",".join(RUNS))
    chosen = options.parse_args()
    runs = chosen.only.split(",")
    need("nginx", *(["wget"] if "wget" in runs else []))
    costs: dict[str, list[Cost]] = {run: [] for run in runs}
    with workshop() as folder:
        paths = build_portal(folder / "site", chosen.cases)
        (folder / "paths.json").write_text(json.dumps(paths))
        with Nginx(folder, folder / "site") as server:
            for number in range(chosen.rounds):
                for run in runs:
                    home = make_home(folder / "home", portal_file(server.url))
                    if run == "wget":
                        command = [find("wget") or "", "-q", "-r", "-l", "inf", "-e", "robots=off", "--no-parent"]
                        command += ["--warc-file", str(home / "w"), "-P", str(home / "w"), server.url + "/"]
                    else:
                        command = [sys.executable, "-m", "bench._crawls", run, server.url, str(home)]
                        command += [str(folder / "paths.json")]
                    cost = measure(command, cwd=ROOT)
                    had = cost.said.get("had", 0) if run != "wget" else sum(1 for _ in (home / "w").rglob("*.*ml"))
                    if run == "wget":
                        had += sum(1 for _ in (home / "w").rglob("*.pdf"))
                    if had != len(paths):
                        sys.exit(f"{run} had {had} of {len(paths)} URLs")
                    costs[run].append(cost)
                    sys.stderr.write(f"round {number + 1} {run}: {cost.wall:.2f} s, {cost.cpu:.2f} CPU s {cost.said}\n")
                    shutil.rmtree(home)
    report(costs, len(paths))


def report(costs: dict[str, list[Cost]], urls: int) -> None:
    found = {run: middle(values) for run, values in costs.items()}
    table(
        ["crawl", "URL/s", "CPU s per 1,000", "peak RSS, MB", "wall, s"],
        [
            [
                RUNS[run],
                f"{urls / cost.wall:,.0f}",
                f"{cost.cpu / urls * 1000:.2f}",
                f"{cost.rss:.0f}",
                f"{cost.wall:.1f}",
            ]
            for run, cost in found.items()
        ],
    )
    if "files" in found:
        own = [cost.said["seconds"] for cost in costs["files"]]
        sys.stdout.write(f"the file lane without start-up and commit: {urls / sorted(own)[len(own) // 2]:,.0f} URL/s\n")
    if {"pages", "null"} <= found.keys():
        inner = [a.said["seconds"] / b.said["seconds"] for a, b in zip(costs["pages"], costs["null"], strict=True)]
        verdict("archived / unarchived pages, wall", found["pages"].wall / found["null"].wall, 1.10, most=True)
        verdict("the same from first request to sealed WARC", sorted(inner)[len(inner) // 2], 1.10, most=True)
    if {"pages", "scrapy"} <= found.keys():
        verdict("pages vs plain Scrapy", found["scrapy"].wall / found["pages"].wall, 1.8, unit=" times")
    if {"files", "wget"} <= found.keys():
        verdict("file lane vs wget --warc-file", found["wget"].wall / found["files"].wall, 1.0, unit=" times")
    if "pages" in found:
        verdict("RSS of a page crawl", found["pages"].rss, 150, most=True, unit=" MB")


if __name__ == "__main__":
    main()
