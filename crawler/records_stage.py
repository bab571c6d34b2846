"""Between listing and commit: ask again for what is absent, and write what was read into the WARC."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from scrapy.http import HtmlResponse, Response, TextResponse

from crawler.canaries import OwnPages, dead_links, look
from crawler.capture.door import Door
from crawler.collect import Collector
from crawler.health import Judgement
from releases.ledger.plan import Absent, Confirmation, Observation, absent
from releases.model import Page, Record
from releases.text.html import ENGINE, html_text

if TYPE_CHECKING:
    from crawler.run import Crawl

RECORDS_TYPE = "application/vnd.recordwatch.extracted+json"
VERDICT_TYPE = "application/vnd.recordwatch.verdict+json"
AT_ONCE = 200
"""Records handed to the writer together: they share one fsync."""
MOST_CONFIRMATIONS = 200
"""Absent records asked for one by one; beyond that the ledger says `mass_withdrawal` anyway."""
MOST_BEYOND_CAP = 20
"""Of a list that a platform caps."""


async def confirm_absent(crawl: Crawl, door: Door, observation: Observation) -> Sequence[Confirmation]:
    """Ask each absent record's own page again, when the crawl may speak of absences at all."""
    if observation.verdict not in {"healthy", "empty"} or not observation.complete:
        return []
    seen = {sighting.key for sighting in observation.sightings}
    missing = await crawl.database.run(absent, crawl.portal.slug, seen)
    if observation.coverage == "capped":
        missing = some_of_many(missing, observation.at)
    found: list[Confirmation] = []
    own = OwnPages.of(crawl.spider, crawl.portal)
    for record in missing[:MOST_CONFIRMATIONS]:
        outcome, capture = await look(door, record.url, own)
        found.append(Confirmation(record.id, outcome, capture))
    pages = {crawl.portal.url, *(record.url for record in missing)}
    listed = [sighting.url for sighting in observation.sightings if sighting.url not in pages]
    if any(one.outcome == "gone" for one in found) and await dead_links(door, listed, own):
        return [replace(one, outcome="unknown") if one.outcome == "gone" else one for one in found]
    return found


def some_of_many(missing: Sequence[Absent], at: datetime) -> list[Absent]:
    """At most MOST_BEYOND_CAP of `missing`, others on other days: beyond a cap, records slide out of sight
    all the time, and a portal is not asked for all of them again and again.
    """
    turns = -(-len(missing) // MOST_BEYOND_CAP)
    return (
        [record for number, record in enumerate(missing) if number % turns == at.toordinal() % turns] if turns else []
    )


async def write_page_text(crawl: Crawl, capture: str, response: Response) -> None:
    """The main text of a page as a `conversion` record, for search."""
    if isinstance(response, HtmlResponse):
        _, text = await asyncio.to_thread(html_text, response.body, response.encoding)
        engine = ENGINE
    elif isinstance(response, TextResponse):
        text, engine = response.text, "as served"
    else:
        return
    if text.strip():
        payload = text.encode("utf-8", "replace")
        await crawl.writer.conversion(capture, response.url, payload, "text/plain; charset=utf-8", engine)


async def write_extracted(crawl: Crawl, collector: Collector, judgement: Judgement) -> None:
    """Records and verdict into the WARC, so that the store alone can tell the story.

    What an unchanged page (304) says was written when it was new; it is not written again.
    """
    await crawl.writer.flush()
    extractor = crawl.extractor
    fresh = iter([pair for pair in collector.extracted.items() if pair[0] not in collector.unchanged])
    while some := list(islice(fresh, AT_ONCE)):
        await asyncio.gather(
            *(
                crawl.writer.metadata(capture, _source(things[0]), _lines(things), RECORDS_TYPE, extractor)
                for capture, things in some
            )
        )
    judged = msgspec.to_builtins(judgement)
    judged["notes"] = judged.pop("figures").get("notes", [])  # the rest stands in the commit record
    verdict = {"crawl": crawl.id, "portal": crawl.portal.slug, "extractor": extractor, **judged}
    await crawl.writer.resource(
        f"urn:recordwatch:verdict:{crawl.id}", msgspec.json.encode(verdict, order="sorted"), VERDICT_TYPE
    )


def _lines(things: Sequence[Record | Page]) -> bytes:
    return b"".join(msgspec.json.encode({type(thing).__name__.lower(): thing}) + b"\n" for thing in things)


def _source(thing: Record | Page) -> str:
    return thing.source if isinstance(thing, Record) else thing.url
