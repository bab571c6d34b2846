"""What the catalog says we hold, and its bodies from the store, for conditional requests."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any, BinaryIO, Protocol

from archive.catalog.begun import partly, pieces
from archive.catalog.held import held as held_in_catalog
from archive.catalog.held import held_pages, led_to
from archive.model import Held
from archive.warc.reader import read_member, response_parts
from config.errors import RecordwatchError
from crawler.capture.errors import WireError
from crawler.capture.fetch import HeldAnswer, HeldMissing
from crawler.capture.ranges import OVERLAP, Begun, first_part, more, stretch


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
        read: bytes of a capture's entity body: capture, start, length.
    """

    def __init__(
        self,
        run: Runner,
        open_record: Callable[[str], BinaryIO],
        read: Callable[[str, int, int], bytes] = lambda *_: b"",
    ) -> None:
        self._run = run
        self._stretch = read
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

    async def partly(self, urls: Iterable[str]) -> Collection[str]:
        """Those of `urls` of which a part came at some time: seldom any."""
        found: Collection[str] = await self._run(partly, list(dict.fromkeys(urls)))
        return found

    async def begun(self, url: str) -> Begun | None:
        """What is held of a file that was never had whole since, its heads read from the store."""
        begun: Begun | None = await self._run(self._begun, url)
        return begun

    def _begun(self, url: str) -> Begun | None:
        begun: Begun | None = None
        try:
            for piece in pieces(url):
                with closing(self._open_record(piece.capture)) as stream:
                    headers = response_parts(read_member(stream)).headers
                if begun is None:
                    begun = first_part(headers, piece.capture, piece.length, b"")
                    if begun is None:
                        return None
                    continue
                try:
                    found = stretch(begun, headers, sys.maxsize, "")
                except WireError:
                    continue  # of another file, or of none
                begun = more(begun, found, piece.capture, piece.length, b"")
            if begun is None:
                return None
            last = begun.parts[-1]
            size = min(OVERLAP, last.length)
            return replace(begun, tail=self._stretch(last.capture, last.start + last.length - size, size))
        except (RecordwatchError, OSError, LookupError):
            return None  # what cannot be read is fetched again

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
