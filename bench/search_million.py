"""How fast 1,000,000 documents of 100,000 records are searched, per class of query, facets and sorts included.

    nice python -m bench.search_million [--documents N] [--rounds N] [--index FOLDER]

The index alone: documents as `releases.search.documents` makes them, from generated records (12 portals, ten fields,
eight pages of 300 words and a video each), written through the same writer as in production; no catalog and no WARCs.
`--index` keeps the index, and takes one that is there. Prints JSON lines; times of searches
are of the processor, which other work on the machine does not lengthen: a search is one thread. Targets: p95 at most 10 ms in the engine for
every class, at least 6,000 documents per second.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from bench.search import VOCABULARY, Corpus, middle, say  # noqa: E402
from releases.search import place  # noqa: E402
from releases.search.compile import compiled, ranks  # noqa: E402
from releases.search.documents import Row, Shown  # noqa: E402
from releases.search.entry import as_document  # noqa: E402
from releases.search.facets import facets  # noqa: E402
from releases.search.lives import FAR  # noqa: E402
from releases.search.query import parse  # noqa: E402
from releases.search.ranking import Ranking, Sort  # noqa: E402
from releases.search.values import field_amounts, field_terms  # noqa: E402

PER_RECORD = 10
WORDS = 300
HITS = 50
"""Documents that a page of hits reads."""
START = datetime(2015, 1, 1, tzinfo=UTC)
QUERIES = {
    "rare word": ["w{rare}"],
    "common word": ["police", "officer", "department"],
    "two words": ["police w{mid}", "officer w{mid}"],
    "phrase": ['"police department"', '"officer w{mid}"'],
    "either": ["w{rare} OR w{mid}", "police OR officer"],
    "without": ["police -officer", "officer -w{mid}"],
    "prefix": ["pol*", "w1{digit}*", "depart*"],
    "field": ["officer district:{district}", 'type:"firearm discharge" w{mid}', "finding:sust* police"],
    "field alone": ["district:{district}", "status:open", "finding:*"],
    "range": ["incident_date:2024-01..2024-06", "police incident_date:>=2023", "shots:>3 officer"],
    "videos of cases": ["officer kind:video district:{district}", "w{mid} kind:video"],
    "portal, kind, date": ["portal:p1 police", "kind:report officer since:2023-03 until:2023-06", "kind:video"],
    "as of": ["police asof:2023-05", "w{mid} asof:2024-01-01", "kind:record asof:2022"],
    "no hit": ["zzzz police"],
}
KINDS = ("report", "document", "letter", "policy")


def rows(documents: int) -> Iterator[Row]:
    """`documents` rows of the index, record by record; the same each time."""
    corpus = Corpus()
    for number in range(documents // PER_RECORD):
        generator = random.Random(number)
        at = START + timedelta(minutes=number * 60 + generator.randrange(60))
        fields = {
            "District": f"{generator.randrange(1, 26):02}", "Type": generator.choice(["Firearm Discharge", "Taser", "Other"]),
            "Status": generator.choice(["Open", "Closed", "Closed"]), "Finding": generator.choice(["Sustained", "Unfounded", ""]),
            "Incident date": f"{at - timedelta(days=generator.randrange(90)):%Y-%m-%d}", "Shots": str(generator.randrange(9)),
            "Log": f"{number:07}", "Beat": str(generator.randrange(300)), "Investigator": f"name{generator.randrange(500)}",
            "Closed": f"{at:%Y-%m-%d}",
        }  # fmt: skip
        portal, key, kind = f"p{number % 12}", f"case-{number}", generator.choice(KINDS)
        common: Row = {
            "portal": [portal], "key": [key], "state": ["present"], "field": field_terms(fields),
            "amount": field_amounts(fields), "begins": at, "ends": FAR,
        }  # fmt: skip
        said = "\n".join(f"{name}: {value}" for name, value in fields.items())
        owner = (portal, f"r{number}", "")
        ends = at + timedelta(days=200) if number % 20 == 0 else FAR
        yield common | {
            "group": f"record:r{number}", "kind": ["case", "record"], "title": f"Case {number}", "body": said, "at": at,
            "ends": ends, "shown": Shown("record", [owner], held=[(0, [(at, ends)])]),
        }  # fmt: skip
        yield common | {
            "group": f"file:v{number}", "kind": ["case", "file", "video"], "title": "Body-worn camera", "body": "",
            "about": f"Case {number}\n{said}", "at": at, "shown": Shown("file", [(portal, f"r{number}", f"v{number}")]),
        }  # fmt: skip
        for page in range(PER_RECORD - 2):
            text = " ".join(corpus.text(number * PER_RECORD + page).split(" ")[:WORDS])
            taken = at + timedelta(seconds=page)
            yield common | {
                "group": f"text:t{number}-{page}", "kind": sorted({"case", "file", kind}), "title": "Summary report", "body": text,
                "at": taken, "shown": Shown("file", [(portal, f"r{number}", f"f{number}")], capture="c", page=page + 1),
            }  # fmt: skip


def build(root: Path, documents: int) -> None:
    """Write the index; says how fast, without the making of the rows."""
    name, index = place.fresh(root)
    writer = index.writer(heap_size=place.HEAP, num_threads=2)
    made = rows(documents)
    spent = busy = text = 0.0
    done = 0
    begun = time.perf_counter()
    while batch := list(islice(made, 20_000)):
        started, worked = time.perf_counter(), time.process_time()
        for row in batch:
            writer.add_document(as_document(row))
        writer.commit()
        spent += time.perf_counter() - started
        busy += time.process_time() - worked
        text += sum(len(row["body"]) for row in batch)
        done += len(batch)
    started = time.perf_counter()
    writer.wait_merging_threads()
    spent += time.perf_counter() - started
    place.use(root, name)
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    say(
        "index", documents=done, documents_per_s=round(done / spent), documents_per_cpu_s=round(done / busy), seconds=round(spent, 1),
        with_generating_s=round(time.perf_counter() - begun, 1), index_mb=round(size / 1e6), index_per_text=round(size / text, 2),
    )  # fmt: skip


def measure(root: Path, rounds: int) -> None:
    """Times of every class: the first hits by each sort, and facets."""
    opened = place.opened(root)
    assert opened is not None
    say("segments", segments=opened.searcher.num_segments, documents=opened.searcher.num_docs)
    generator = random.Random(1)
    sorts: tuple[Sort, ...] = ("best", "newest", "oldest")
    for name, forms in QUERIES.items():
        taken: dict[str, list[float]] = {"best": [], "newest": [], "oldest": [], "facets": []}
        found = []
        for number in range(rounds):
            query = forms[number % len(forms)].format(
                rare=generator.randrange(20_000, VOCABULARY), mid=generator.randrange(100, 2000),
                digit=generator.randrange(10), district=f"{generator.randrange(1, 26):02}",
            )  # fmt: skip
            tree = parse(query)
            for sort in sorts:
                begun = time.thread_time()
                ranking = Ranking(opened, compiled(tree, query, opened.searcher), sort, ranks(tree))
                list(islice(ranking.documents(), HITS))
                taken[sort].append((time.thread_time() - begun) * 1000)
            begun = time.thread_time()
            facets(opened, compiled(tree, query, opened.searcher))
            taken["facets"].append((time.thread_time() - begun) * 1000)
            found.append(ranking.count)
        figures: dict[str, Any] = {}
        for what, times in taken.items():
            figures |= {f"{what}_p50_ms": middle(times, 50), f"{what}_p95_ms": middle(times, 95)}
        say(name, **figures, matches_median=sorted(found)[len(found) // 2])


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--documents", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--index", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="recordwatch-bench-") as folder:
        root = chosen.index or Path(folder) / "index"
        root.mkdir(parents=True, exist_ok=True)
        if place.opened(root) is None:
            build(root, chosen.documents)
        measure(root, chosen.rounds)


if __name__ == "__main__":
    main()
