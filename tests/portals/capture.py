"""Archives a portal's stored pages: `python -m tests.portals.capture SLUG` writes `SLUG/capture.warc.gz`.

The pages are served by a local replica and fetched and archived by recordwatch's own wire client and
WARC writer, so that what spiders are tested on is what a crawl really leaves behind.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from archive.warc.crawl_writer import CrawlWriter
from crawler.capture.client import WireClient
from crawler.capture.policy import NetworkPolicy
from crawler.capture.wire import ExchangeLimits, WireRequest
from tests.portals.replica import Replica

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


def main(slug: str) -> None:
    folder = HERE / slug
    with Replica(folder / "pages") as replica:
        asyncio.run(archive(replica, slug, folder / "capture.warc.gz"))


if __name__ == "__main__":
    main(sys.argv[1])
