"""Many who ask at once what is held share queries; one who gives up, or a failure, harms nobody else."""

import asyncio
from datetime import UTC, datetime

from archive.model import Held
from config.errors import RecordwatchError
from crawler.capture.held import CatalogHeld

AT = datetime(2026, 1, 1, tzinfo=UTC)


def held(url: str) -> Held:
    return Held(f"capture of {url}", url, AT, "sha256:00", 1)


class Catalog:
    """Answers a query when `open` is set; `queries` are the URLs of each."""

    def __init__(self) -> None:
        self.queries: list[list[str]] = []
        self.open = asyncio.Event()
        self.error: Exception | None = None

    async def run(self, _work, urls):
        self.queries.append(list(urls))
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return {url: held(url) for url in urls if "new" not in url}


def test_those_who_wait_share_one_query():
    async def run():
        catalog = Catalog()
        lookup = CatalogHeld(catalog.run, lambda _capture: None)
        first = asyncio.ensure_future(lookup.latest("first"))
        while not catalog.queries:
            await asyncio.sleep(0)
        urls = ["a", "b", "new", "a"]
        later = [asyncio.ensure_future(lookup.latest(url)) for url in urls]
        given_up = asyncio.ensure_future(lookup.latest("b"))
        await asyncio.sleep(0)
        given_up.cancel()
        catalog.open.set()
        assert await first == held("first")
        assert await asyncio.gather(*later) == [held("a"), held("b"), None, held("a")]
        assert catalog.queries == [["first"], ["a", "b", "new"]]
        assert await lookup.latest("c") == held("c")
        assert catalog.queries[2:] == [["c"]]

    asyncio.run(run())


def test_a_failed_query_fails_for_those_who_asked_and_nobody_else():
    async def run():
        catalog = Catalog()
        catalog.open.set()
        lookup = CatalogHeld(catalog.run, lambda _capture: None)
        catalog.error = RecordwatchError("the database is gone")
        answers = await asyncio.gather(lookup.latest("a"), lookup.latest("b"), return_exceptions=True)
        assert answers == [catalog.error] * 2
        catalog.error = None
        assert await lookup.latest("a") == held("a")

    asyncio.run(run())
