"""How long the ledger takes for 100,000 sightings with 1 % changes, and how much memory.

    python bench/ledger.py [--records N] [--files N] [--postgres]

Prints one JSON object per step. Target (docs: performance): at most 10 s and 300 MB for the plan and its
commit, on SQLite and on PostgreSQL. Records come from a generator, as a crawl's spool would give them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument("--files", type=int, default=1)
    options.add_argument("--sightings-only", action="store_true")
    options.add_argument("--postgres", action="store_true")
    chosen = options.parse_args()
    from archive.catalog.database import open_database

    with tempfile.TemporaryDirectory() as folder:
        if chosen.postgres:
            from tests.services.postgres import postgres

            server = postgres()
        else:
            server = nullcontext(f"sqlite:///{folder}/catalog.sqlite3")
        with server as url:
            open_database(url)
            # Filling and measuring are two processes: the peak of the first must not count for the second.
            child = os.fork()
            if child == 0:
                fill(chosen)
                os._exit(0)
            os.waitpid(child, 0)
            open_database(url, migrate=False)
            measure(chosen)
            from django.db import connections

            connections.close_all()


def fill(chosen: argparse.Namespace) -> None:
    from django.db import connections

    connections.close_all()
    began = time.perf_counter()
    crawl(chosen, day=0)
    say("first crawl", began)


def measure(chosen: argparse.Namespace) -> None:
    before = peak()
    began = time.perf_counter()
    events = crawl(chosen, day=1)
    say("second crawl, 1 % changed", began, events=events, peak_before_mb=before)


def crawl(chosen: argparse.Namespace, *, day: int) -> int:
    from django.db import connection, transaction

    from archive.catalog.apply import apply
    from archive.catalog.prepare import cleaned, completed, prepared
    from archive.commit import Commit, decode, encode
    from archive.ids import uuid7
    from config.portal import Limits, Portal
    from releases.ledger.plan import Observation, plan_listing
    from releases.model import File, Record, Sighting

    portal = Portal(
        slug="bench",
        name="B",
        agency="A",
        place="P",
        url="https://b.example/",
        spider="b",
        limits=Limits(records=10**6),
    )
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)

    def record(number: int) -> Record:
        status = "closed" if day and number % 100 == 0 else "open"
        key = f"case-{number:07}"
        files = tuple(File(f"https://b.example/files/{number}/{n}.pdf", f"Report {n}") for n in range(chosen.files))
        fields = {
            "status": status,
            "district": str(number % 25),
            "incident_type": "Firearm Discharge",
            "date": "2019-04-04",
        }
        return Record(
            key, "case", f"https://b.example/case/{key}/", f"Log# {key}", fields, files, printed_key=key,
            text=f"{key} {status}" * 20, raw=f"<tr><td>{key}</td><td>{status}</td></tr>" * 20, capture=uuid7(),
        )  # fmt: skip

    records = (
        record(number) for number in range(chosen.records) if not (chosen.sightings_only and day and number % 100)
    )
    sightings = [
        Sighting(f"case-{number:07}", f"https://b.example/case/case-{number:07}/", "capture")
        for number in range(chosen.records)
    ]
    observation = Observation(
        portal, uuid7(), at, at, "bench 1", sightings, records, (), "healthy", "complete", True, day == 0
    )
    began = time.perf_counter()
    plan = plan_listing(observation)
    planned = time.perf_counter()
    events = len(plan.events)
    commit = Commit(uuid7(), "bench", 1, at, "listing", completed(cleaned(plan.operations)))
    del plan, sightings, observation
    block = encode(commit)
    decoded = decode(block)
    del commit
    with transaction.atomic():
        apply(connection, decoded, prepared(decoded))
    print(json.dumps({
        "day": day, "plan_s": round(planned - began, 2), "commit_s": round(time.perf_counter() - planned, 2),
        "block_mb": round(len(block) / 1e6, 1),
    }), flush=True)  # fmt: skip
    return events


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def say(step: str, began: float, **more: object) -> None:
    print(
        json.dumps(
            {
                "step": step,
                "seconds": round(time.perf_counter() - began, 2),
                "cpu_s": round(time.process_time(), 2),
                "peak_mb": peak(),
                **more,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
