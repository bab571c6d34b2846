"""The replaying proxy: the recording one's mirror. Whatever a browser asks for comes out of the archive, or not at all.

It opens no connection. An answer goes out as it came in: status, headers in their order, the body
in the coding it had; only framing, and what belongs to one connection, is ours. One header is added, `Recordwatch-Replay`,
that says how well the capture fits. What was never captured is an empty 404 that says `missing` there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from archive.model import CaptureRow
from config.errors import RecordwatchError
from crawler.capture.browser.incoming import Asked, Incoming
from crawler.capture.browser.loopback import LoopbackProxy, shown
from crawler.capture.redirects import clean
from crawler.replay.answer import Answer, answer_of, pieces, wanted
from crawler.replay.choose import Found, Wanted, after, find
from crawler.replay.shelf import Moment, Shelf
from crawler.replay.told import Told

HEADER = b"Recordwatch-Replay"
MOST_REQUESTS = 20_000
"""Of one replay: a page that asks without end comes to one."""
_T = TypeVar("_T")


class TooManyRequests(RecordwatchError):
    """The page asks without end."""


class ReplayingProxy(LoopbackProxy):
    """One per replay.

    Args:
        shelf: where captures are.
        page: the capture of the page that is to be shown: the moment of all the others.
    """

    def __init__(self, shelf: Shelf, page: CaptureRow) -> None:
        super().__init__()
        self._shelf = shelf
        self._moment = Moment(page.crawl, page.at)
        self.ahead = datetime.now(UTC) - page.at
        """How far the present is ahead of the page's clock."""
        self.told = Told()
        self.running = 0
        """Requests under way."""
        self.latest = self.news = asyncio.get_running_loop().time()
        """`latest`: when, by the loop's clock, a request came or was answered. `news`: when one came that had not
        come before, its query aside."""
        self.document: CaptureRow | None = None
        """What the newest request for a document was answered with."""
        self._last: dict[Wanted, CaptureRow] = {}
        self._met: set[str] = set()
        # The database's connection is a thread's own: one asks, and closes it in the end.
        self._asking = ThreadPoolExecutor(1, "replay")

    async def close(self) -> None:
        await super().close()
        await self.ask(self._shelf.disconnect)
        self._asking.shutdown()

    async def respond(self, incoming: Incoming, asked: Asked, url: str) -> None:
        """Answer out of the archive."""
        if asked.header(b"upgrade"):
            self.told.note(f"the page opened a WebSocket to {shown(url)}: what comes over one is not archived")
            await incoming.answer(501, "Not Implemented")
            return
        self.told.requests += 1
        self._begin(asked.method, url)
        try:
            if self.told.requests > MOST_REQUESTS:
                raise TooManyRequests(f"a page that is replayed may ask {MOST_REQUESTS} times", where=url)
            url = clean(url)
            await self._answer(incoming, asked, url)
        except RecordwatchError as error:
            await self._missing(incoming, asked, url, error.what)
        finally:
            self.running -= 1
            self.latest = asyncio.get_running_loop().time()

    def _begin(self, method: str, url: str) -> None:
        self.running += 1
        self.latest = asyncio.get_running_loop().time()
        what = f"{method} {url.partition('?')[0]}"
        if what not in self._met:
            self._met.add(what)
            self.news = self.latest

    async def _answer(self, incoming: Incoming, asked: Asked, url: str) -> None:
        ranged = asked.header(b"range")
        question = Wanted(asked.method, url, asked.body, bool(ranged))
        is_document = _is_document(asked)
        found, row = await self.ask(lambda: self._find(question, is_document=is_document))
        if row is None:
            if is_document:
                self.document = None
            await self._missing(incoming, asked, url, found.why)
            return
        looked_at = [row, *(found.rows if ranged else ())]
        held_back = await self.ask(lambda: self._shelf.held_back(looked_at))
        if row.id in held_back:
            self.told.hid(url)
            await incoming.answer(403, "Forbidden", ((HEADER, b"held-back"),))
            return
        found = replace(found, rows=[one for one in found.rows if one.id not in held_back])
        answer, cut = await self.ask(lambda: self._cut(found, row, ranged))
        if answer is None:
            await self._missing(incoming, asked, url, "this part of it was never captured")
            return
        self.told.answered(f"{'' if asked.method == 'GET' else asked.method + ' '}{url}", answer.row, found.fit)
        await self._send(incoming, asked, answer, cut, found.fit)

    def _find(self, question: Wanted, *, is_document: bool) -> tuple[Found, CaptureRow | None]:
        found = find(self._shelf, question, self._moment, datetime.now(UTC) - self.ahead)
        if not found.rows:
            return found, None
        row = found.rows[0]
        if is_document:
            self._moment = Moment(row.crawl, row.at)
            self.document = row
        elif question in self._last and not question.ranged:
            row = after(found, self._last[question], self._moment)
        self._last[question] = row
        return found, row

    def _cut(self, found: Found, row: CaptureRow, ranged: bytes) -> tuple[Answer | None, tuple[int, int] | None]:
        """The answer, and the stretch of the file that is wanted of it."""
        if not ranged:
            answer = answer_of(self._shelf, row)
            first, total = answer.stretch
            whole = first == 0 and answer.length == total
            return (answer, None) if answer.status != 206 or whole else (None, None)
        for one in [row, *(other for other in found.rows if other.status == 206 and other.id != row.id)]:
            answer = answer_of(self._shelf, one)
            if answer.status not in {200, 206} or (cut := wanted(ranged, answer)) is None:
                return answer, None
            first, total = answer.stretch
            if answer.status == 200 or first <= cut[0] < first + answer.length or cut[0] >= (total or cut[0] + 1):
                return answer, cut
        return None, None

    async def _send(
        self, incoming: Incoming, asked: Asked, answer: Answer, cut: tuple[int, int] | None, fit: str
    ) -> None:
        first, total = answer.stretch
        status, reason, start, end = answer.status, answer.reason.decode("latin-1"), first, first + answer.length
        headers = [pair for pair in answer.headers if pair[0].lower() != b"content-range"]
        headers.append((HEADER, fit.encode()))
        if status == 206:
            status, reason = 200, "OK"
        if cut is not None:
            size = b"*" if total is None else b"%d" % total
            start, end = cut[0], min(cut[1], end)
            if start >= end:
                await incoming.answer(416, "Range Not Satisfiable", [(b"Content-Range", b"bytes */" + size)])
                return
            status, reason = 206, "Partial Content"
            headers.append((b"Content-Range", b"bytes %d-%d/%s" % (start, end - 1, size)))
        length = end - start
        body = self._pieces(answer, start - first, 0 if asked.method == "HEAD" else length)
        await incoming.stream(status, reason, headers, length, body, head_only=asked.method == "HEAD")

    async def _pieces(self, answer: Answer, start: int, length: int) -> AsyncIterator[bytes]:
        if not length:
            return
        reading: Iterator[bytes] = pieces(self._shelf, answer.parts, start, length)
        try:
            while piece := await self.ask(lambda: next(reading, b"")):
                yield piece
        except RecordwatchError as error:  # its beginning is out already
            self.told.note(f"{shown(answer.row.url)} ends early: {error.what}")
            raise ConnectionAbortedError from error
        finally:
            await self.ask(reading.close)  # type: ignore[attr-defined]  # a generator's

    async def _missing(self, incoming: Incoming, asked: Asked, url: str, why: str) -> None:
        # Browsers ask for this one by themselves, now and then, whether the page has it or not.
        if not url.endswith("/favicon.ico"):
            self.told.missed(f"{'' if asked.method == 'GET' else asked.method + ' '}{url}", why)
        await incoming.answer(404, "Not Found", ((HEADER, b"missing"),))

    async def ask(self, work: Callable[[], _T]) -> _T:
        """What `work` gives, done where the shelf is asked."""
        return await asyncio.get_running_loop().run_in_executor(self._asking, work)


def _is_document(asked: Asked) -> bool:
    """Whether the answer is what a tab shows; in plain HTTP a browser does not tell it from a frame."""
    if kind := asked.header(b"sec-fetch-dest"):
        return kind == b"document"
    return asked.header(b"accept").startswith(b"text/html")
