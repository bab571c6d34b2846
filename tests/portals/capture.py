"""Archives a portal's replica: `python -m tests.portals.capture SLUG` writes `SLUG/capture.warc.gz`.

Stored pages (`SLUG/pages/`) are fetched one by one. A platform's replica (`SLUG/replica` names it, with
hazards behind the name) is crawled by its own spider through the one door, robots.txt, redirects, POSTs and
all. Either way recordwatch's own wire client and WARC writer archive what comes, so that what spiders are
tested on is what a crawl really leaves behind.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from archive.warc.crawl_writer import CrawlWriter
from config.home import Operator, Settings
from config.portal import Portal, read_portal
from crawler.capture.client import WireClient
from crawler.capture.door import Door
from crawler.capture.policy import NetworkPolicy
from crawler.capture.wire import ExchangeLimits, WireRequest
from crawler.check import NothingHeld, no_text
from crawler.collect import Collector, WatchedDoor
from crawler.listing import read_listing
from spiders.registry import spider_class
from tests.portals.replica import Replica
from tests.replicas.names import replica_class
from tests.replicas.server import PlatformReplica

HERE = Path(__file__).parent
INFO = {"software": "recordwatch", "description": "stored pages of a portal with FICTIONAL content, for tests"}


async def archive(replica: Replica, slug: str, target: Path) -> None:
    """Every page of `replica`, in order, into the one WARC `target`."""
    with tempfile.TemporaryDirectory() as spool:
        writer = CrawlWriter(Path(spool), portal=slug, crawl="stored", info=INFO, known=lambda _: {})
        policy = NetworkPolicy(allows_private=lambda _: True, resolve=replica.resolve)
        client = WireClient(policy, tls=replica.tls)
        try:
            for url in replica.pages:
                headers = ((b"Host", urlsplit(url).netloc.encode()), (b"Accept", b"*/*"))
                sink = writer.begin(url, "GET")
                answer = await client.exchange(WireRequest(url, headers=headers), sink, ExchangeLimits())
                assert answer.status == 200, url
            (sealed,) = await writer.seal()
            shutil.copyfile(sealed.path, target)
        finally:
            await client.close()
            await writer.close()


def replica_of(folder: Path) -> PlatformReplica:
    """The replica that `folder/replica` names: one line, its name and hazards."""
    name, *hazards = (folder / "replica").read_text("utf-8").split()
    return replica_class(name)(*hazards)


async def crawled(replica: PlatformReplica, portal: Portal, target: Path) -> Collector:
    """What `portal`'s spider finds at `replica`, archived into the one WARC `target`; no file is fetched."""
    portal = msgspec.structs.replace(portal, allow_private_network=True)
    collector = Collector(portal, portal.limits.records)
    with tempfile.TemporaryDirectory() as spool:
        settings = Settings(Operator("a test", "test@example.org"), resolve=replica.resolve)
        client = WireClient(NetworkPolicy(portal.allows_private, replica.resolve), tls=replica.tls)
        writer = CrawlWriter(Path(spool), portal=portal.slug, crawl="stored", info=INFO, known=lambda _: {})
        door = Door(portal, settings, client, writer, NothingHeld(), locks=None)
        try:
            await read_listing(
                spider_class(portal.spider), portal, WatchedDoor(door, collector), collector, _quiet, no_text
            )
            (sealed,) = await writer.seal()
            shutil.copyfile(sealed.path, target)
        finally:
            await door.close()
            await client.close()
            await writer.close()
    return collector


def _quiet(stage: str, done: int, known: int) -> None:
    """Nobody watches."""


def main(slug: str) -> None:
    folder = HERE / slug
    if (folder / "replica").exists():
        with replica_of(folder) as platform:
            found = asyncio.run(crawled(platform, read_portal(folder / "portal.toml"), folder / "capture.warc.gz"))
        print(f"{len(found.records)} records; page errors: {[str(error) for error in found.findings.page_errors]}")
        return
    with Replica(folder / "pages") as replica:
        asyncio.run(archive(replica, slug, folder / "capture.warc.gz"))


if __name__ == "__main__":
    main(sys.argv[1])
