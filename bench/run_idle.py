"""`recordwatch run` with nothing due, as cron calls it every minute: seconds and memory.

    python -m bench.run_idle [--runs 20]

The console script, as installed; a home with ten portals, all crawled a minute ago. On SQLite, and on
PostgreSQL where one can be started (the tests' own).
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench._site import ROOT, Cost, make_home, measure, middle, portal_file, table, verdict, workshop

PORTALS = 10


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=20)
    chosen = options.parse_args()
    script = Path(sys.executable).with_name("recordwatch")
    if not script.exists():
        sys.exit("the console script is not installed: `make setup` does it")
    with workshop() as folder, contextlib.ExitStack() as stack:
        homes = {"SQLite": home(folder / "sqlite", "")}
        if url := _postgres(stack):
            homes["PostgreSQL"] = home(folder / "postgres", url)
        costs: dict[str, list[Cost]] = {name: [] for name in homes}
        for _ in range(chosen.runs):
            for name, path in homes.items():
                costs[name].append(measure([script, "run", "--home", path]))
        silent = subprocess.run([script, "run", "--home", homes["SQLite"]], capture_output=True, check=True)
        peaks = {name: peak(path) for name, path in homes.items()}
    if silent.stdout or silent.stderr:
        sys.exit(f"an idle run is not quiet: {silent!r}")
    found = {name: middle(values) for name, values in costs.items()}
    table(
        ["`run`, nothing due", "median, s", "slowest, s", "peak RSS, MB"],
        [
            [name, f"{cost.wall:.3f}", f"{max(one.wall for one in costs[name]):.3f}", f"{peaks[name]:.0f}"]
            for name, cost in found.items()
        ],
    )
    for name, cost in found.items():
        verdict(f"{name}, seconds", cost.wall, 0.15 if name == "SQLite" else 0.4, most=True, unit=" s")
        verdict(f"{name}, RSS", peaks[name], 60, most=True, unit=" MB")


INSIDE = """
import atexit, sys
def last():
    heavy = {"typer", "django", "scrapy", "boto3"} & sys.modules.keys()
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")), *heavy)
atexit.register(last)
from cli.__main__ import main
sys.argv[0] = "recordwatch"
main()
"""


def peak(home: Path) -> float:
    """Peak RSS of an idle run in MB, asked of the process itself at its end. Ends the script when it is not light."""
    command = [sys.executable, "-c", INSIDE, "run", "--home", home]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split()
    if len(said) != 1:
        sys.exit(f"an idle run imports {said[1:]}")
    return int(said[0]) / 1024


def home(folder: Path, database: str) -> Path:
    """A home whose portals were all crawled just now."""
    make_home(folder, portal_file("http://127.0.0.1"), settings=f'database = "{database}"\n' if database else "")
    for number in range(PORTALS):
        slug = f"p{number}"
        (folder / "portals" / f"{slug}.toml").write_text(portal_file("http://127.0.0.1", slug=slug), "utf-8")
    # In a process of its own: this one stays small, and Django is set up for one database.
    code = f"import bench.run_idle as b; b.fill({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return folder


def fill(folder: str) -> None:
    """Notes a crawl of each portal that began now."""
    from archive.catalog.database import prepare_models

    prepare_models()
    from archive.catalog.models import Crawl, Portal
    from archive.holdings import Holdings
    from archive.ids import uuid7
    from config.home import open_home

    home = open_home(folder)
    Holdings(home)
    now = datetime.now(UTC)
    for portal in home.watched():
        Portal.objects.create(slug=portal.slug, name="B", url=portal.url, first_crawl_at=now, commit_seq=0)
        Crawl.objects.create(
            id=uuid7(), portal=portal.slug, started_at=now, ended_at=now, listed_at=now, verdict="healthy",
            coverage="complete", backfill=False, reason="", answers={}, counts={}, extractor="", config_digest="",
        )  # fmt: skip


def _postgres(stack: contextlib.ExitStack) -> str:
    try:
        from tests.services.postgres import postgres

        return stack.enter_context(postgres())
    except (ImportError, RuntimeError, OSError) as error:
        sys.stdout.write(f"no PostgreSQL to compare: {error}\n")
        return ""


if __name__ == "__main__":
    main()
