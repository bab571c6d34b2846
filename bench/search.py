"""How fast 100,000 documents are indexed and searched, per class of query.

    python -m bench.search [--documents N] [--rounds N] [--postgres]

A generated archive: pages of 600 words, word frequencies as in English prose (Zipf), *police* in seven of ten,
in a real catalog that the index follows as in production; only the WARCs are left out, texts come from memory.
Prints JSON lines. Targets (docs: performance): p95 at most 10 ms in the engine for every class, at least 6,000
documents per second, an index no larger than its text.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import tantivy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from archive.catalog.database import open_database  # noqa: E402
from archive.catalog.models import Capture, ChangeLog, Derived  # noqa: E402
from releases.models import File, FileVersion, Record, RecordVersion  # noqa: E402
from releases.search import place  # noqa: E402
from releases.search.catch_up import catch_up  # noqa: E402
from releases.search.compile import compiled  # noqa: E402
from releases.search.query import parse  # noqa: E402
from releases.search.schema import ANALYZER, analyzer, schema  # noqa: E402
from releases.search.search import search  # noqa: E402
from releases.search.texts import Text  # noqa: E402

WORDS = 600
PAGES = 20
"""Pages per file, so documents per record."""
VOCABULARY = 60_000
QUERIES = {
    "rare word": ["w{rare}"],
    "common word": ["police", "the", "officer", "department"],
    "two words": ["police w{mid}", "officer w{mid}"],
    "phrase": ['"police department"', '"officer w{mid}"'],
    "either": ["w{rare} OR w{mid}", "police OR officer"],
    "without": ["police -officer", "officer -w{mid}"],
    "prefix": ["pol*", "w1{digit}*", "depart*"],
    "fields": ["portal:p1 police", "kind:report officer since:2031-03 until:2031-06", "key:case-{case} police"],
    "common, no hit": ["zzzz police"],
}


class Corpus:
    """Texts by document number: the same number gives the same text."""

    def __init__(self) -> None:
        generator = random.Random(7)
        words = ["the", "of", "to", "officer", "department", "and", "report", "policy"]
        words += [f"w{number}" for number in range(len(words), VOCABULARY)]
        self.words = words
        weights = [1 / (rank + 3) for rank in range(len(words))]
        total, sums = 0.0, []
        for weight in weights:
            total += weight
            sums.append(total)
        # One long stream; each text is a slice of it from its own place, which costs little to make.
        self.stream = generator.choices(words, cum_weights=sums, k=2_000_000)

    def text(self, number: int) -> str:
        generator = random.Random(number)
        start = generator.randrange(len(self.stream) - WORDS)
        words = self.stream[start : start + WORDS]
        if generator.random() < 0.7:
            words[generator.randrange(WORDS)] = "police"
            words[generator.randrange(WORDS - 1)] = "police department"
        return " ".join(words)


def fill(documents: int) -> None:
    """Catalog and change log of `documents` pages of text, and their records and files."""
    for first in range(0, documents // PAGES, 200):
        _fill(range(first, min(first + 200, documents // PAGES)))


def _fill(numbers: range) -> None:
    start = datetime(2031, 1, 1, tzinfo=UTC)
    records, versions, files, file_versions, captures, derived, log = [], [], [], [], [], [], []
    for number in numbers:
        at = start + timedelta(hours=number % 8760)
        ident, portal = f"r{number}", f"p{number % 5}"
        common: dict[str, Any] = {"first_seen_at": at, "first_crawl": "c", "last_seen_at": at, "last_crawl": "c"}
        hashes = {"fields_hash": "", "text_hash": "", "raw_hash": ""}
        records.append(
            Record(
                id=ident,
                portal=portal,
                key=f"case-{number}",
                kind="case",
                url=f"https://h/{number}",
                title=f"Case {number}",
                printed_key=f"case-{number}",
                state="present",
                version=1,
                **common,
                **hashes,
            )
        )
        versions.append(
            RecordVersion(
                id=f"{ident}v",
                record=ident,
                number=1,
                at=at,
                crawl="c",
                url="",
                title="",
                printed_key="",
                fields={"Status": "Open"},
                files=[],
                captures=[],
                extractor="x",
                **hashes,
            )
        )
        files.append(
            File(
                id=f"f{number}",
                portal=portal,
                record=ident,
                identity=f"/{number}",
                url=f"https://h/{number}.pdf",
                name="Summary report",
                kind="report",
                host="direct",
                state="present",
                version=1,
                digest=f"sha256:{number:064x}",
                **common,
            )
        )
        file_versions.append(
            FileVersion(
                id=f"f{number}v",
                file=f"f{number}",
                number=1,
                at=at,
                crawl="c",
                url="",
                digest=f"sha256:{number:064x}",
                size=1,
                mime="application/pdf",
                capture=f"c{number}",
            )
        )
        captures.append(
            Capture(
                id=f"c{number}",
                portal=portal,
                crawl="c",
                kind="response",
                method="GET",
                url=f"https://h/{number}.pdf",
                surt="",
                at=at,
                status=200,
                mime="application/pdf",
                payload_digest=f"sha256:{number:064x}",
                payload_length=1,
                etag="",
                last_modified="",
                truncated="",
                refers_to="",
                request="",
                address="",
                warc="w",
                offset=number,
                length=1,
                location="",
                error="",
            )
        )
        log += [
            ("releases.Record", ident),
            ("releases.RecordVersion", f"{ident}v"),
            ("releases.File", f"f{number}"),
            ("releases.FileVersion", f"f{number}v"),
        ]
        for page in range(PAGES):
            derived.append(
                Derived(
                    id=f"d{number * PAGES + page}",
                    portal=portal,
                    crawl="c",
                    capture=f"c{number}",
                    kind="conversion",
                    mime="text/plain",
                    engine="x",
                    at=at,
                    warc="w",
                    offset=number * PAGES + page,
                    length=1,
                    page=page + 1,
                )
            )
            log.append(("catalog.Derived", f"d{number * PAGES + page}"))
    for rows in (records, versions, files, file_versions, captures, derived):
        type(rows[0]).objects.bulk_create(rows, batch_size=500)
    ChangeLog.objects.bulk_create([ChangeLog(commit="c", table=table, row=row) for table, row in log], batch_size=500)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--documents", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--postgres", action="store_true")
    chosen = options.parse_args()
    if chosen.postgres:
        from tests.services.postgres import postgres
    with (
        tempfile.TemporaryDirectory(prefix="recordwatch-bench-") as folder,
        postgres() if chosen.postgres else nullcontext(f"sqlite:///{folder}/catalog.sqlite3") as url,
    ):
        open_database(url)
        run(Path(folder) / "index", chosen.documents, chosen.rounds)
        from django.db import connections

        connections.close_all()


def run(root: Path, documents: int, rounds: int) -> None:
    corpus = Corpus()
    fill(documents)
    size = making = 0.0

    def texts(wanted: Sequence[Text]) -> Iterator[tuple[str, str]]:
        nonlocal size, making
        for row in wanted:
            begun = time.perf_counter()
            text = corpus.text(int(row.id[1:]))
            size += len(text)
            making += time.perf_counter() - begun
            yield row.id, text

    begun, worked = time.perf_counter(), time.process_time()
    catch_up(root, texts)
    taken, worked = time.perf_counter() - begun - making, time.process_time() - worked - making
    held = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    say(
        "index",
        documents=documents,
        seconds=round(taken, 1),
        documents_per_cpu_s=round(documents / worked),
        documents_per_s=round(documents / taken),
        text_mb=round(size / 1e6),
        index_per_text=round(held / size, 2),
        # The index itself is mapped into memory and counts in the peak; it is the kernel's to drop.
        peak_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        own_memory_mb=round(int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) / 1024),
    )
    bare(root.with_name("bare"), [corpus.text(number) for number in range(min(documents, 20_000))])
    begun = time.perf_counter()
    catch_up(root, texts)
    say("nothing new", ms=round((time.perf_counter() - begun) * 1000, 1))
    generator = random.Random(1)
    index = place.current(root)
    searcher = index.searcher()
    for name, forms in QUERIES.items():
        engine, whole, matches = [], [], []
        for number in range(rounds):
            query = forms[number % len(forms)].format(
                rare=generator.randrange(20_000, VOCABULARY),
                mid=generator.randrange(100, 2000),
                digit=generator.randrange(10),
                case=generator.randrange(documents // PAGES),
            )
            wanted = compiled(parse(query), query, searcher)
            begun = time.perf_counter()
            matches.append(searcher.search(wanted, 20).count)
            engine.append((time.perf_counter() - begun) * 1000)
            if number < rounds // 4:
                begun = time.perf_counter()
                search(root, query)
                whole.append((time.perf_counter() - begun) * 1000)
        say(
            name,
            engine_p50_ms=middle(engine, 50),
            engine_p95_ms=middle(engine, 95),
            with_snippets_p50_ms=middle(whole, 50),
            with_snippets_p95_ms=middle(whole, 95),
            matches_median=int(statistics.median(matches)),
        )


def bare(folder: Path, texts: list[str]) -> None:
    """The engine alone, same text and settings: what indexing cannot be faster than here."""
    folder.mkdir()
    index = tantivy.Index(schema(), path=str(folder))
    index.register_tokenizer(ANALYZER, analyzer())
    begun, worked = time.perf_counter(), time.process_time()
    writer = index.writer(heap_size=place.HEAP, num_threads=2)
    for text in texts:
        document = tantivy.Document()
        document.add_text("body", text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    taken, worked = time.perf_counter() - begun, time.process_time() - worked
    say(
        "the engine alone",
        documents_per_s=round(len(texts) / taken),
        documents_per_cpu_s=round(len(texts) / worked),
    )


def middle(values: list[float], percent: int) -> float:
    return round(statistics.quantiles(values, n=100)[percent - 1], 2)


def say(what: str, **values: Any) -> None:
    print(json.dumps({"what": what, **values}), flush=True)


if __name__ == "__main__":
    main()
