"""One large file that nothing compresses: a whole crawl of recordwatch beside `curl -o` and wget --warc-file.

    python -m bench.large_file [--gib 4] [--rounds 3] [--wget-gib 1]

recordwatch is the real command line: a page is read, its one file fetched, hashed, sealed and committed
to a folder store. nginx serves from the page cache on loopback and is not counted. wget, which is slow
here, fetches a smaller file of the same kind; MB/s and CPU per GB are compared.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

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
RUNS = {
    "recordwatch": "recordwatch crawl, archived, SHA-256, committed",
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
        costs: dict[str, list[Cost]] = {run: [] for run in RUNS}
        with Nginx(folder, site) as server:
            for number in range(chosen.rounds):
                for run in RUNS:
                    out = folder / "out"
                    out.mkdir()
                    cost = measure(command(run, server.url, out))
                    check(run, out, large, small)
                    costs[run].append(cost)
                    sys.stderr.write(f"round {number + 1} {run}: {cost.wall:.2f} s, {cost.cpu:.2f} CPU s\n")
                    shutil.rmtree(out)
    report(costs, large, small)


def command(run: str, url: str, out: Path) -> list[str | Path]:
    if run == "recordwatch":
        home = make_home(out, portal_file(url, more='[parameters]\nfiles = ["main a"]\n'))
        return [sys.executable, "-m", "cli", "crawl", "bench", "--home", home, "--json", "--no-deliver"]
    if run in {"curl", "null"}:
        return [find("curl") or "", "-s", "-o", out / "file" if run == "curl" else "/dev/null", f"{url}/camera.mp4"]
    raw = ["--no-warc-compression"] if run == "wget-raw" else []
    return [find("wget") or "", "-q", "--warc-file", out / "w", *raw, "-O", out / "file", f"{url}/small.mp4"]


def check(run: str, out: Path, large: int, small: int) -> None:
    """Nobody is faster by leaving something out."""
    written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    least = {"recordwatch": large, "curl": large, "null": 0}.get(run, 2 * small)
    if written < least:
        sys.exit(f"{run} wrote {written} bytes, at least {least} were expected")
    if run == "recordwatch" and written > large * 1.0002 + 2 * MIB:
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
    ours = found["recordwatch"]
    verdict("recordwatch vs curl -o", speed["recordwatch"] / speed["curl"], 1.0, unit=" times")
    verdict("recordwatch vs wget --warc-file", speed["recordwatch"] / speed["wget"], 10, unit=" times")
    verdict("CPU per GB", ours.cpu / size["recordwatch"] * 1000, 2.5, most=True, unit=" s")
    verdict("RSS", ours.rss, 130, most=True, unit=" MB")
    sys.stdout.write(f"goal: {speed['recordwatch'] / speed['null']:.2f} of curl > /dev/null (0.45)\n")


if __name__ == "__main__":
    main()
