"""What a portal will cost: records and files known or told from what a check saw, sizes from a small sample.

At most a dozen files are asked for their size (HEAD, else one byte), through the one door and as politely as
everything else; nothing of them is kept.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from archive.ids import uuid7
from archive.warc.crawl_writer import CrawlWriter
from config.home import Home
from config.portal import Portal
from crawler.capture.client import WireClient
from crawler.capture.door import Door
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.files import MEDIA_KINDS, ONE_FILES_TROUBLE
from crawler.capture.policy import NetworkPolicy
from crawler.check import Checked, NothingHeld
from crawler.opening import warcinfo
from crawler.politeness.hosts import pace
from releases.model import File, Record
from spiders.recognition.model import Proposal

SAMPLED_DOCUMENTS = 6
SAMPLED_MEDIA = 3
SAMPLE_BYTES = 1024**2
"""Bytes of a file that may come where its server gives all of it when asked for one byte."""
PRICE_PER_GB = 0.023
"""US dollars per GB (10^9 bytes) and month: the list price of a large provider's usual object storage class."""
_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Files of one sort: how many, and how large those are that were asked."""

    files: int | None
    """Known from the platform, or told from those records that were read; None: not known."""
    known: bool
    """Whether the platform itself says how many."""
    sampled: int
    """Files whose size was learnt."""
    sampled_bytes: int
    said_bytes: int | None = None
    """Bytes of all of them, where the platform says so."""

    @property
    def bytes(self) -> int | None:
        """Bytes of all of them: as said, or the sample's mean for each."""
        if self.said_bytes is not None:
            return self.said_bytes
        if self.files == 0:
            return 0
        if self.files is None or not self.sampled:
            return None
        return self.sampled_bytes * self.files // self.sampled


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the first crawl takes, and what keeping it costs."""

    records: int | None
    records_known: bool
    """Whether the portal itself says how many, or the whole list was seen."""
    documents: Sizes
    media: Sizes
    requests: int | None
    """Requests of a first crawl, media left out."""
    delay: float
    """Seconds between two requests."""
    price: float
    """Per GB and month."""

    @property
    def seconds(self) -> float | None:
        """Least time of a first crawl without media: its requests, one after the other."""
        return None if self.requests is None else self.requests * self.delay

    @property
    def crawl_seconds(self) -> float | None:
        """Least time of a later crawl, which asks for pages again and for files only whether they changed."""
        return self.seconds

    def monthly(self, sizes: Sizes) -> float | None:
        """What keeping these files costs in a month."""
        return None if sizes.bytes is None else sizes.bytes / 1e9 * self.price


def estimate(home: Home, portal: Portal, proposal: Proposal | None, checked: Checked, *, price: float) -> Estimate:
    """What `portal` costs, from its check, what its platform says of itself, and a sample of its files."""
    return asyncio.run(_estimate(home, portal, proposal, checked, price))


async def _estimate(home: Home, portal: Portal, proposal: Proposal | None, checked: Checked, price: float) -> Estimate:
    records, known = _records(proposal, checked)
    files = {file.identity or file.url: file for record in checked.records for file in record.files}
    documents = [file for file in files.values() if file.kind not in MEDIA_KINDS]
    media = [file for file in files.values() if file.kind in MEDIA_KINDS]
    sampled = await _sizes(home, portal, [*_spread(documents, SAMPLED_DOCUMENTS), *_spread(media, SAMPLED_MEDIA)])
    said_files = proposal.files if proposal is not None else None
    if said_files is not None and said_files < len(files):
        said_files = None  # it counts something else
    said_media = proposal.media if proposal is not None else None
    said_bytes = proposal.file_bytes if proposal is not None and not said_media else None
    many_media = said_media if said_media is not None else _of_all(len(media), records, checked.records)
    if said_files is None:
        many_documents = _of_all(len(documents), records, checked.records)
    else:
        share = len(documents) / len(files) if files else 1.0
        many_documents = max(0, said_files - said_media) if said_media is not None else round(said_files * share)
        many_media = said_media if said_media is not None else said_files - many_documents
    whole = records is not None and records == len(checked.records)
    delay = pace(portal)
    return Estimate(
        records, known,
        _sorted(many_documents, said_files is not None or whole, documents, sampled, said_bytes),
        _sorted(many_media, said_media is not None or whole, media, sampled, None),
        _requests(records, many_documents, checked), delay, price,
    )  # fmt: skip


def _records(proposal: Proposal | None, checked: Checked) -> tuple[int | None, bool]:
    """Records that a crawl lists."""
    totals = [page.total for page in checked.listing_pages if page.total is not None]
    if proposal is not None and (proposal.listed or proposal.records):
        return proposal.listed or proposal.records, True
    if totals:
        return max(totals), True
    if checked.judgement.complete:
        return checked.sighted, True
    pages = [page.pages for page in checked.listing_pages if page.pages]
    rows = [page.rows for page in checked.listing_pages]
    if pages and rows:
        return max(pages) * max(rows), False
    return None, False


def _of_all(seen: int, records: int | None, read: Sequence[Record]) -> int | None:
    """As many of all records as of those read."""
    if records is None or not read:
        return None if records is None or records else 0
    return round(seen * records / len(read))


def _sorted(many: int | None, known: bool, files: Iterable[File], sampled: dict[str, int], said: int | None) -> Sizes:
    sizes = [sampled[file.url] for file in files if file.url in sampled]
    return Sizes(many, known, len(sizes), sum(sizes), said)


def _requests(records: int | None, documents: int | None, checked: Checked) -> int | None:
    """Pages as many per record as the check needed, and each document once."""
    if records is None or documents is None or not checked.records:
        return None
    share = records / len(checked.records)
    return round(max(checked.requests, checked.requests * share)) + documents


def _spread(files: Sequence[File], most: int) -> list[File]:
    """At most so many, from everywhere in the list; players on other hosts have no size of their own."""
    direct = [file for file in files if file.host == "direct" and file.press is None]
    step = max(1, len(direct) // most)
    return direct[::step][:most]


async def _sizes(home: Home, portal: Portal, files: Sequence[File]) -> dict[str, int]:
    """URL → bytes, for those whose server says so."""
    if not files:
        return {}
    bounded = msgspec.structs.replace(portal, limits=msgspec.structs.replace(portal.limits, file_bytes=SAMPLE_BYTES))
    settings = home.settings
    found: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="recordwatch-estimate-") as spool:
        writer = CrawlWriter(
            Path(spool), portal=portal.slug, crawl=uuid7(), info=warcinfo(home, portal), known=lambda _: {}
        )
        client = WireClient(
            NetworkPolicy(portal.allows_private, settings.resolve), ca_file=settings.ca_file, proxy=settings.proxy
        )
        door = Door(bounded, settings, client, writer, NothingHeld(), locks=home.locks)
        try:
            for file in files:
                if (size := await _size(door, file.url)) is not None:
                    found[file.url] = size
        finally:
            await door.close()
            await client.close()
            await writer.close()
    return found


async def _size(door: Door, url: str) -> int | None:
    for fetch in (Fetch(url, "HEAD", purpose="file"), Fetch(url, headers=((b"Range", b"bytes=0-0"),), purpose="file")):
        try:
            fetched = await door.fetch(fetch)
        except ONE_FILES_TROUBLE:
            continue
        if (size := size_said(fetched)) is not None:
            return size
    return None


def size_said(fetched: Fetched) -> int | None:
    """Bytes of the whole file, as the answer says; None where it says nothing that can be believed."""
    if fetched.status == 206 and (total := _TOTAL.fullmatch(fetched.header("content-range").strip())):
        return int(total[1])
    length = fetched.header("content-length").strip()
    if fetched.status == 200 and length.isascii() and length.isdigit() and 0 < int(length[:18]) < 10**15:
        return int(length)
    return None
