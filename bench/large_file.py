"""One large file that nothing compresses: a whole crawl of recordwatch beside `curl -o` and wget --warc-file.

    python -m bench.large_file [--gib 4] [--rounds 3] [--wget-gib 1] [--only recordwatch line drops]

recordwatch is the real command line: a page is read, its one file fetched, hashed, sealed and committed
to a folder store. nginx serves from the page cache on loopback and is not counted. wget, which is slow
here, fetches a smaller file of the same kind; MB/s and CPU per GB are compared. `line` is recordwatch through a
TCP relay, `drops` the same with ten broken connections: the file comes in eleven parts, is read back and hashed once
more. (The waits between attempts, a second each, are left out.)
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from bench._line import Line
from bench._site import (
    MIB,
    Cost,
    Nginx,
    build_large,
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

PAGE = b'<html><title>Videos</title><body><main><h1>Videos</h1><a href="/camera.mp4">Camera</a></main></body></html>'
DROPS = 10
OVERLAP = 64 * 1024
"""Bytes that are asked for again after each drop."""
OURS = frozenset({"recordwatch", "line", "drops"})
RUNS = {
    "recordwatch": "recordwatch crawl, archived, SHA-256, committed",
    "line": "the same, through a TCP relay",
    "drops": "the same, ten connections broken: eleven parts put together",
    "curl": "curl -o",
    "null": "curl > /dev/null",
    "wget": "wget --warc-file",
    "wget-raw": "wget --warc-file --no-warc-compression",
}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--gib", type=float, default=4)
    options.add_argument("--wget-gib", type=float, default=1)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", nargs="+", choices=RUNS, default=list(RUNS))
    chosen = options.parse_args()
    need("nginx", "curl", "wget")
    large, small = (int(gib * 128) * 8 * MIB for gib in (chosen.gib, chosen.wget_gib))
    with workshop() as folder:
        free = shutil.disk_usage(folder).free
        if free < 3 * large + 5 * small:
            sys.exit(f"{free / 1e9:.0f} GB are free in {folder.parent}, {(3 * large + 5 * small) / 1e9:.0f} are needed: "
                     "name another folder in RECORDWATCH_BENCH, or use --gib")  # fmt: skip
        site = folder / "site"
        build_large(site / "camera.mp4", large)
        build_large(site / "small.mp4", small)
        (site / "index.html").write_bytes(PAGE)
        costs: dict[str, list[Cost]] = {run: [] for run in chosen.only}
        os.environ["RECORDWATCH_SLEEPLESS"] = "1"
        with Nginx(folder, site) as server:
            for number in range(chosen.rounds):
                for run in chosen.only:
                    out = folder / "out"
                    out.mkdir()
                    with Line(urlsplit(server.url).port or 80, large // 11, DROPS if run == "drops" else 0) as line:
                        url = line.url if run in {"line", "drops"} else server.url
                        cost = measure(command(run, url, out), environment=os.environ)
                        if line.left:
                            sys.exit(f"{line.left} of {DROPS} connections were not broken")
                    check(run, out, large, small)
                    costs[run].append(cost)
                    sys.stderr.write(f"round {number + 1} {run}: {cost.wall:.2f} s, {cost.cpu:.2f} CPU s\n")
                    shutil.rmtree(out)
    report(costs, large, small)


def command(run: str, url: str, out: Path) -> list[str | Path]:
    if run in OURS:
        home = make_home(out, portal_file(url, more='[parameters]\nfiles = ["main a"]\n'))
        return [sys.executable, "-m", "cli", "crawl", "bench", "--home", home, "--json", "--no-deliver"]
    if run in {"curl", "null"}:
        return [find("curl") or "", "-s", "-o", out / "file" if run == "curl" else "/dev/null", f"{url}/camera.mp4"]
    raw = ["--no-warc-compression"] if run == "wget-raw" else []
    return [find("wget") or "", "-q", "--warc-file", out / "w", *raw, "-O", out / "file", f"{url}/small.mp4"]


def check(run: str, out: Path, large: int, small: int) -> None:
    """Nobody is faster by leaving something out."""
    written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    least = {"curl": large, "null": 0, **dict.fromkeys(OURS, large)}.get(run, 2 * small)
    if written < least:
        sys.exit(f"{run} wrote {written} bytes, at least {least} were expected")
    if run in OURS and written > large * 1.0002 + 2 * MIB + DROPS * OVERLAP:
        sys.exit(f"recordwatch wrote {written} bytes for {large}")


def report(costs: dict[str, list[Cost]], large: int, small: int) -> None:
    found = {run: middle(values) for run, values in costs.items()}
    size = {run: (small if run.startswith("wget") else large) / 1e6 for run in found}
    table(
        ["one file", "size, MiB", "MB/s", "CPU s per GB", "peak RSS, MB"],
        [
            [RUNS[run], f"{size[run] * 1e6 / MIB:.0f}", f"{size[run] / cost.wall:,.0f}",
             f"{cost.cpu / size[run] * 1000:.2f}", f"{cost.rss:.0f}"]
            for run, cost in found.items()
        ],
    )  # fmt: skip
    speed = {run: size[run] / cost.wall for run, cost in found.items()}
    if {"line", "drops"} <= found.keys():
        verdict("ten drops vs none", found["drops"].wall / found["line"].wall, 2, most=True, unit=" times the time")
        verdict("RSS over ten drops", found["drops"].rss, 150, most=True, unit=" MB")
    if found.keys() != RUNS.keys():
        return
    ours = found["recordwatch"]
    verdict("recordwatch vs curl -o", speed["recordwatch"] / speed["curl"], 1.0, unit=" times")
    verdict("recordwatch vs wget --warc-file", speed["recordwatch"] / speed["wget"], 10, unit=" times")
    verdict("CPU per GB", ours.cpu / size["recordwatch"] * 1000, 2.5, most=True, unit=" s")
    verdict("RSS", ours.rss, 130, most=True, unit=" MB")
    sys.stdout.write(f"goal: {speed['recordwatch'] / speed['null']:.2f} of curl > /dev/null (0.45)\n")


if __name__ == "__main__":
    main()
