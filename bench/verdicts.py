"""What a verdict costs: history read, figures made, five questions answered; milliseconds and memory.

    python -m bench verdicts

One line per size of portal: 60 earlier healthy crawls in the catalog, then one crawl judged. `history_ms`
reads and learns, `judge_ms` answers and makes the figures, `gather_ms` is what noticing sizes, structure
and equal bodies adds to the crawl's pages (one listing page per 25 records, one page per record),
`row_kb` is what the catalog keeps of a crawl, `peak_mb` is what history and verdict add to memory.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
CRAWLS, ROUNDS = 60, 5
SIZES = (30, 3_000, 100_000)
PAGE = (
    b"<html><head><title>Case</title></head><body>"
    + b"<div class='row'><span class='label'>Status</span>open</div>" * 400
)


def main() -> None:
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(size, folder)), flush=True)


def measure(size: int, folder: str) -> dict[str, float]:
    import msgspec
    from django.db import connections

    from archive.catalog.database import open_database

    open_database(f"sqlite:///{folder}/catalog.sqlite3")
    from archive.catalog.models import Crawl, Portal
    from config.portal import Expect
    from crawler.health import history, judge

    at = datetime(2026, 1, 1, tzinfo=UTC)
    Portal.objects.create(slug="bench", name="", url="", first_crawl_at=at)
    found = findings(size)
    began = time.perf_counter()
    gather(found)
    gathered = time.perf_counter() - began
    kept = msgspec.to_builtins(judge(found, history("bench"), Expect()).figures)
    for day in range(CRAWLS):
        Crawl.objects.create(
            id=f"c{day}", portal="bench", started_at=at + timedelta(days=day), listed_at=at, verdict="healthy",
            extractor="b 1", figures=kept,
        )  # fmt: skip
    reading, judging = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        past = history("bench", "b 1")
        read = time.perf_counter()
        judged = judge(found, past, Expect())
        judging.append(time.perf_counter() - read)
        reading.append(read - began)
    assert judged.verdict == "healthy", judged.reason
    tracemalloc.start()
    judge(found, history("bench", "b 1"), Expect())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    connections.close_all()
    return {
        "records": size, "history_ms": round(statistics.median(reading) * 1000, 1),
        "judge_ms": round(statistics.median(judging) * 1000, 1), "gather_ms": round(gathered * 1000, 1),
        "row_kb": round(len(json.dumps(kept)) / 1000, 1), "peak_mb": round(peak / 1e6, 1),
    }  # fmt: skip


def findings(size: int):
    from crawler.health import Findings
    from releases.model import ListingPage, Record

    found = Findings()
    pages = -(-size // 25)
    found.listing_pages = [
        ListingPage(f"https://b.example/?page={n}", n, 25 if n < pages else size - 25 * (pages - 1), last=n == pages)
        for n in range(1, pages + 1)
    ]
    for number in range(size):
        url = f"https://b.example/case/{number:07}/"
        found.saw(Record(f"case-{number:07}", "case", url, "t", {"status": "open", "district": "7", "date": "2019"}))
        found.answers.append((url, 200, ""))
    return found


def gather(found) -> None:
    for _page in found.listing_pages:
        found.shapes.page("listing", PAGE)
    for number, url in enumerate(found.keys.values()):
        found.shapes.answer(url, f"sha256:{number:064x}")
        found.shapes.page("record", PAGE)


if __name__ == "__main__":
    main()
