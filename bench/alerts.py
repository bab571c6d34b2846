"""How long it takes to ask 10,000 saved searches about 1,000 new documents, with everything that comes of it.

    python -m bench.alerts [--documents N] [--searches N] [--postgres]

The documents are those of `bench.search` (pages of 600 words, 20 to a file), new in one commit of a real
catalog; the searches are a mix of words, phrases, word beginnings, choices, exclusions and fields, each asked for
by a subscription of its own, half of them twice. Only the WARCs are left out: texts come from memory. Measured is
`match_with`: documents built, queries compiled and asked, filters held against what they find, deliveries
written. Prints JSON lines. Target (docs: performance): below 10 s.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from archive.catalog.database import open_database  # noqa: E402
from archive.catalog.models import ChangeLog  # noqa: E402
from archive.ids import uuid7  # noqa: E402
from bench.search import PAGES, VOCABULARY, Corpus, fill, say  # noqa: E402
from releases.alerts.filters import Filters, write_filters  # noqa: E402
from releases.alerts.matching import match_with  # noqa: E402
from releases.models import Delivery, Event, MatchOwed, Record, Subscription  # noqa: E402
from releases.search.texts import Text  # noqa: E402

FORMS = (
    "w{rare}", "officer w{rare}", '"police department" w{rare}', "w{rare} OR w{other}", "w{rare}* -police",
    "portal:p1 w{mid}", "title:w{rare}", "key:case-{case} police", "w{mid} since:2031", '"w{mid} w{other}"',
)  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--documents", type=int, default=1000)
    options.add_argument("--searches", type=int, default=10_000)
    options.add_argument("--postgres", action="store_true")
    chosen = options.parse_args()
    if chosen.postgres:
        from tests.services.postgres import postgres
    with (
        tempfile.TemporaryDirectory(prefix="recordwatch-bench-") as folder,
        postgres() if chosen.postgres else nullcontext(f"sqlite:///{folder}/catalog.sqlite3") as url,
    ):
        open_database(url)
        run(chosen.documents, chosen.searches)
        from django.db import connections

        connections.close_all()


def run(documents: int, searches: int) -> None:
    corpus = Corpus()
    fill(documents)
    now = datetime.now(UTC)
    subscribe(searches, documents, now)
    events = [
        Event(id=uuid7(), at=now, portal=record.portal, record=record.id, key=record.key, title=record.title, url=record.url,
              kind="new", backfill=False, old=None, new={}, files=[{"id": f"f{record.id[1:]}", "name": "Summary report"}],
              captures=[], crawl="c", tags=[])
        for record in Record.objects.all()
    ]  # fmt: skip
    Event.objects.bulk_create(events, batch_size=500)
    ChangeLog.objects.bulk_create([ChangeLog(commit="c", table="releases.Event", row=event.id) for event in events])
    MatchOwed(commit="c", portal="p1", at=datetime.now(UTC), next_at=now).save()

    def texts(wanted: Sequence[Text]) -> Iterator[tuple[str, str]]:
        for row in wanted:
            yield row.id, corpus.text(int(row.id[1:]))

    before = memory()
    begun, worked = time.perf_counter(), time.process_time()
    done = match_with(texts)
    say(
        "10,000 searches, 1,000 documents" if (searches, documents) == (10_000, 1000) else "match",
        searches=searches,
        documents=done.documents,
        seconds=round(time.perf_counter() - begun, 2),
        cpu_s=round(time.process_time() - worked, 2),
        deliveries=done.deliveries,
        events_told=sum(len(told) for told in Delivery.objects.values_list("events", flat=True)),
        peak_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        before_mb=before,
    )
    MatchOwed(commit="c", portal="p1", at=datetime.now(UTC), next_at=now).save()
    begun = time.perf_counter()
    again = match_with(texts)
    say("asked again", seconds=round(time.perf_counter() - begun, 2), deliveries=again.deliveries)


def subscribe(searches: int, documents: int, now: datetime) -> None:
    generator = random.Random(3)
    queries = [
        FORMS[number % len(FORMS)].format(
            rare=generator.randrange(5000, VOCABULARY), other=generator.randrange(1000, 5000),
            mid=generator.randrange(100, 1000), case=generator.randrange(max(1, documents // PAGES)),
        )
        for number in range(searches * 2 // 3)
    ]  # fmt: skip
    queries += queries[: searches - len(queries)]
    Subscription.objects.bulk_create(
        [
            Subscription(id=uuid7(), name=query, channel="mailto:a@example.org", filters=write_filters(Filters(query=query)),
                         created_at=now, mute_token=f"{number}")
            for number, query in enumerate(queries)
        ],
        batch_size=500,
    )  # fmt: skip


def memory() -> int:
    """Megabytes this process holds now."""
    return round(int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024)


if __name__ == "__main__":
    main()
