"""What the catalog says we hold, and its bodies from the store, for conditional requests."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import closing
from typing import Any, BinaryIO, Protocol

from archive.catalog.held import held as held_in_catalog
from archive.catalog.held import held_pages, led_to
from archive.model import Held
from archive.warc.reader import read_member, response_parts
from config.errors import RecordwatchError
from crawler.capture.fetch import HeldAnswer, HeldMissing


class Runner(Protocol):
    """Runs synchronous work in the process's database thread (`DatabaseThread.run`)."""

    def __call__(self, work: Callable[..., Any], /, *args: Any) -> Awaitable[Any]: ...


class _Question:
    """URLs that wait for one query, and its task."""

    __slots__ = ("answer", "urls")

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.answer: asyncio.Future[Mapping[str, Held]] | None = None


class CatalogHeld:
    """`HeldLookup` over the catalog and the store.

    Args:
        run: where queries and store reads happen, in order.
        open_record: a capture id's WARC record as a stream that starts at its member. May raise any
            RecordwatchError, OSError or LookupError when there is none.
    """

    def __init__(self, run: Runner, open_record: Callable[[str], BinaryIO]) -> None:
        self._run = run
        self._open_record = open_record
        self._next: _Question | None = None
        self._turn = asyncio.Lock()

    async def latest(self, url: str) -> Held | None:
        """A page's. Whoever asks while a query runs shares the next one: pages ask one by one, and each query
        costs two changes of thread.
        """
        question = self._next
        if question is None:
            question = self._next = _Question()
            question.answer = asyncio.ensure_future(self._ask(question))
        question.urls.append(url)
        assert question.answer is not None
        return (await asyncio.shield(question.answer)).get(url)

    async def _ask(self, question: _Question) -> Mapping[str, Held]:
        async with self._turn:
            self._next = None
            found: Mapping[str, Held] = await self._run(held_pages, list(dict.fromkeys(question.urls)))
            return found

    async def latest_many(self, urls: Iterable[str]) -> Mapping[str, Held]:
        """Files', one query for many URLs."""
        wanted = list(dict.fromkeys(urls))
        if not wanted:
            return {}
        found: Mapping[str, Held] = await self._run(held_in_catalog, wanted)
        return found

    async def led_to(self, url: str) -> str:
        """Where the newest redirect that `url` answered led; empty when it never did."""
        found: str = await self._run(led_to, url)
        return found

    async def answer(self, held: Held) -> HeldAnswer:
        """The held answer, read from the store and checked against its digest. Raises HeldMissing."""
        answer: HeldAnswer = await self._run(self._read, held)
        return answer

    def _read(self, held: Held) -> HeldAnswer:
        try:
            with closing(self._open_record(held.capture)) as stream:
                parts = response_parts(read_member(stream))
                payload = parts.body.read()
        except (RecordwatchError, OSError, LookupError) as error:
            raise HeldMissing(f"the held capture cannot be read: {error}", where=held.capture) from error
        if f"sha256:{hashlib.sha256(payload).hexdigest()}" != held.payload_digest:
            raise HeldMissing(
                "the held capture does not have the digest the catalog says",
                where=held.capture,
                todo="`recordwatch verify --full` says what else is damaged",
            )
        return HeldAnswer(parts.status, parts.headers, payload)
