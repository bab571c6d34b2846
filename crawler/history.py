"""What the catalog knows of a portal's earlier crawls. Reads the database, writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crawler.baseline import REMEMBERED, Canary, Figures, History, figures_in

STEADY = 10
"""A canary is a record that each of the last so many healthy crawls listed (fewer, while there are fewer)."""
CANARIES = 5


def history(portal: str, extractor: str = "", canaries: Iterable[str] = ()) -> History:
    """What is known of `portal` before this crawl.

    Args:
        portal: its slug.
        extractor: spider and version that reads now; what another one read is not comparable.
            Empty: whichever read last.
        canaries: keys that the portal file names; their addresses are looked up.
    """
    from archive.catalog.models import Crawl, Portal

    if not Portal.objects.filter(slug=portal).exists():
        return History()
    crawls = Crawl.objects.filter(portal=portal).exclude(coverage="limited").order_by("-started_at", "-id")
    healthy = crawls.filter(verdict__in=["healthy", "empty"])
    rows = list(healthy.values("started_at", "extractor", "figures", "answers")[:REMEMBERED])
    past = [(row, _figures(row)) for row in rows]
    past = [(row, figures) for row, figures in past if not figures.doubted]
    addresses = _addresses(portal, canaries)
    if not past:
        return History(first=False, addresses=addresses)
    newest = past[0][0]
    by_now = extractor or newest["extractor"]
    comparable = [figures if row["extractor"] == by_now else _of_another(figures) for row, figures in past]
    full = next((figures for figures in comparable if figures.sightings), None)
    since = crawls.filter(started_at__gt=newest["started_at"], listed_at__isnull=False).values("figures")
    return History(
        first=False,
        backfill=False,
        sightings=comparable[0].sightings,
        records=full.records if full else 0,
        fields=full.fields if full else {},
        past=tuple(reversed(comparable)),
        since=newest["started_at"],
        canaries=_steady(comparable),
        addresses=addresses,
        doubted=_doubted(list[Mapping[str, Any]](since)),
    )


def _figures(row: Mapping[str, Any]) -> Figures:
    """A crawl's figures; of crawls older than figures, what their answers say."""
    if row["figures"]:
        return figures_in(row["figures"])
    answers = row["answers"] or {}
    fields = dict((answers.get("fields") or {}).get("seen") or {})
    records = fields.pop("", 0)
    count = (answers.get("count") or {}).get("seen") or {}
    return figures_in({"sightings": count.get("sightings", 0), "records": records, "fields": fields})


def _of_another(figures: Figures) -> Figures:
    """What another version of the spider found still tells how many records and what pages there were."""
    return Figures(figures.sightings, repeats=figures.repeats, shapes=figures.shapes, same=figures.same)


def _steady(newest_first: Sequence[Figures]) -> tuple[Canary, ...]:
    """Records that the last crawls all listed: few, the same ones for everyone, from all over the list."""
    told = [figures for figures in newest_first[:STEADY] if figures.sample]
    if not told:
        return ()
    places = {kept.key: (kept.place, kept.key, kept.url) for kept in told[0].sample}
    for figures in told[1:]:
        places = {kept.key: places[kept.key] for kept in figures.sample if kept.key in places}
    steady = sorted(places.values())
    if len(steady) > CANARIES:
        steady = [steady[number * (len(steady) - 1) // (CANARIES - 1)] for number in range(CANARIES)]
    return tuple(Canary(key, url) for _, key, url in steady)


def _doubted(newest_first: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    counts = []
    for row in newest_first:
        figures = figures_in(row["figures"])
        if not figures.doubted:
            break
        counts.append(figures.sightings)
    return tuple(counts)


def _addresses(portal: str, keys: Iterable[str]) -> dict[str, str]:
    from releases.models import Record

    wanted = list(keys)
    return dict(Record.objects.filter(portal=portal, key__in=wanted).values_list("key", "url")) if wanted else {}
