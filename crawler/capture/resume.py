"""Files over bad lines: what is cut short is gone on with, in this crawl or in a later one, and never mixed.

A body that was cut short is asked for from where it ends (`Range`, `If-Range`), with some bytes again that are compared
with the archived ones. Each answer is an exchange of its own in the archive; at the end a manifest lists them. An answer
that is not the part that was asked for is kept, marked as such, and the file is asked for anew.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from archive.catalog.begun import LIED
from archive.holdings import NotHeld
from archive.model import Archived, ExchangeSink, Failure, Recorder
from archive.store.base import ObjectMissing
from archive.warc.parts import PartMissing
from archive.warc.reader import NotAWarc
from archive.warc.source import Damage
from config.errors import RecordwatchError
from crawler.capture.fetch import Fetch, HeldLookup
from crawler.capture.hop import Hop
from crawler.capture.identity import Headers
from crawler.capture.limits import LimitExceeded
from crawler.capture.ranges import LEAST, OVERLAP, Begun, LyingRange, Stretch, first_part, more, stretch
from crawler.capture.retry import ATTEMPTS, pause
from crawler.capture.signed import begun_behind
from crawler.capture.wire import ExchangeFailed, WireAnswer
from crawler.politeness.clock import Clock

ANEW = 2
"""Times that a file is begun anew in one crawl: it changed under our hands, or its server lied."""
MOST_PARTS = 2_000
"""Requests for one file in one crawl. What is missing then, the next crawl asks for."""
_LOST = (PartMissing, NotHeld, NotAWarc, ObjectMissing, Damage)


class Watch:
    """A sink of the archive, with a look at what goes in: is it the part that was asked for?"""

    def __init__(self, sink: ExchangeSink, begun: Begun | None, most: int) -> None:
        self._sink = sink
        self._begun = begun
        self._most = most
        self.connected, self.sent, self.interim, self.finish = sink.connected, sink.sent, sink.interim, sink.finish
        self.status = 0
        self.lied = False
        self._headers: Sequence[tuple[bytes, bytes]] = ()
        self._stretch: Stretch | None = None
        self._came = 0
        self._last: deque[bytes | memoryview] = deque()
        self._kept = 0

    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._sink.head(raw, status, headers)
        self.status, self._headers = status, headers
        if status == 206:
            if self._begun is None:
                raise LyingRange("the whole was asked for, and a part is answered")
            self._stretch = stretch(self._begun, headers, self._most, "limits.file_bytes")

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        await self._sink.data(raw, entity)
        if self._stretch is not None and self._begun is not None:
            self._compare(self._stretch, self._begun, entity)
        self._came += len(entity)
        self._last.append(entity)
        self._kept += len(entity)
        while self._kept - len(self._last[0]) >= OVERLAP:
            self._kept -= len(self._last.popleft())

    def _compare(self, found: Stretch, begun: Begun, entity: bytes | memoryview) -> None:
        at = found.first + self._came
        if at + len(entity) > found.last + 1:
            raise LyingRange(f"it goes on behind byte {found.last}, where its Content-Range ends")
        low = begun.length - len(begun.tail)
        start, end = max(at, low), min(at + len(entity), begun.length)
        if start < end and memoryview(entity)[start - at : end - at] != memoryview(begun.tail)[start - low : end - low]:
            raise LyingRange(f"its bytes {start} to {end} are others than those that came before")

    async def fail(self, failure: Failure) -> Archived:
        self.lied = failure.error.startswith(LIED)
        return await self._sink.fail(failure)

    def grown(self, archived: Archived) -> Begun | None:
        """What is held now of the file; None where the answer was not of it, or cannot be gone on with."""
        if self.lied:
            return None
        came = min(archived.payload_length, self._came)
        tail = b"".join(self._last)
        if self.status == 200 and came == self._came:
            return first_part(self._headers, archived.capture, came, tail)
        if self._begun is None or self._stretch is None or came != self._came:
            return None
        return more(self._begun, self._stretch, archived.capture, came, tail)


class Resume:
    """What one request has to do with parts: made by `Resumer`, asked by the door."""

    def __init__(self, begun: Begun | None, most: int) -> None:
        self._begun = begun
        self._most = most
        self._last: Watch | None = None

    def watch(self, sink: ExchangeSink) -> ExchangeSink:
        """The sink for the next attempt."""
        self._last = Watch(sink, self._begun, self._most)
        return self._last

    def held(self, archived: Archived | None) -> Begun | None:
        """What is held of the file after the last attempt; None when nothing that can be gone on with."""
        return self._last.grown(archived) if self._last is not None and archived is not None else None

    @property
    def lied(self) -> bool:
        """Whether the last answer was not what it was asked to be."""
        return self._last is not None and self._last.lied

    def cut(self, error: RecordwatchError) -> bool:
        """Whether something else is to be asked next than what was asked in vain."""
        if self.lied:
            return True
        now = self.held(getattr(error, "archived", None))
        return now is not None and (self._begun is None or now.parts != self._begun.parts)


Ask = Callable[[Fetch, Hop], Awaitable[WireAnswer]]


class Resumer:
    """Asks for one file as often as that brings it nearer to its end.

    Args:
        ask: one request with its retries.
        recorder: the archive, which puts the parts together.
        held: what earlier crawls have of files.
        most: bytes that a file may have (`limits.file_bytes`).
        clock: waits between attempts.
    """

    def __init__(self, ask: Ask, recorder: Recorder, held: HeldLookup, most: int, clock: Clock) -> None:
        self._ask = ask
        self._recorder = recorder
        self._held = held
        self._most = most
        self._clock = clock

    async def ask(self, fetch: Fetch, hop: Hop, *, behind: str) -> WireAnswer:
        """The answer to `hop`, put together where it came in parts. `behind`: the URL that redirected to it, if any.

        Raises what `ask` raises; the error says how far the file is.
        """
        begun, whole = await self._begun(fetch, hop.url, behind), hop.held
        anew = idle = 0
        answer: WireAnswer | None = None
        failed: ExchangeFailed | LimitExceeded | None = None
        for _ in range(MOST_PARTS):
            hop.hold(whole)
            if begun is not None:
                hop.held, hop.conditions = None, begun.asked()
            resume = hop.resume = Resume(begun, self._most)
            try:
                answer, failed = await self._ask(fetch, hop), None
            except (ExchangeFailed, LimitExceeded) as error:
                if not resume.cut(error):
                    raise _told(error, begun) from error
                failed, now = error, resume.held(error.archived)
                if not error.retryable and not resume.lied:
                    raise _told(error, now) from error
            else:
                if begun is None or answer.status not in {206, 416}:
                    return answer
                now = resume.held(answer.archived)
                if now is not None and now.length == now.total:
                    if (archived := await self._assembled(hop.url, now)) is not None:
                        return _whole(answer, now, archived)
                    now = None
            if begun is not None and now is not None and now.parts[0] == begun.parts[0]:
                gained = now.length - begun.length
            else:  # another file, or none: what came before is not of it
                gained = now.length if now is not None else 0
                anew += begun is not None or now is None
            if now is not None and failed is None and now.total < 0 and not gained:
                now, anew = None, anew + 1  # where it ends nobody says: that is learnt from the whole alone
            begun, idle = now, 0 if gained >= LEAST else idle + 1
            if anew > ANEW or idle >= ATTEMPTS:
                break
            await pause(idle + 1, self._clock)
        if failed is not None:
            raise _told(failed, begun) from failed
        assert answer is not None
        if begun is None:
            return answer
        raise _unfinished(answer, begun)

    async def _begun(self, fetch: Fetch, url: str, behind: str) -> Begun | None:
        """What earlier crawls have of the file."""
        if not fetch.conditional or (not behind and fetch.partly is not None and url not in fetch.partly):
            return None
        begun = await self._held.begun(url)
        if begun is None and behind:
            begun = await begun_behind(self._held, url, behind)
        return begun if begun is not None and begun.length <= self._most else None

    async def _assembled(self, url: str, begun: Begun) -> Archived | None:
        """The whole; None where a part cannot be read back, so that it has to be fetched again."""
        try:
            return await self._recorder.assemble(
                url, begun.parts, mime=begun.mime, etag=begun.etag, last_modified=begun.last_modified, how="ranges"
            )
        except _LOST:
            return None


def resumable(fetch: Fetch, hop: Hop) -> bool:
    """Whether the answer to `hop` may come in parts: a file that is asked for whole."""
    asked = {name.lower() for name, _ in hop.headers}
    return fetch.purpose == "file" and hop.method == "GET" and not hop.body and not asked & {b"range", b"if-range"}


def _whole(answer: WireAnswer, begun: Begun, archived: Archived) -> WireAnswer:
    """The last answer as that of the whole."""
    kept = [pair for pair in answer.headers if pair[0].lower() not in {b"content-range", b"content-length"}]
    if begun.mime and not any(name.lower() == b"content-type" for name, _ in kept):
        kept.append((b"Content-Type", begun.mime.encode("latin-1")))
    headers: Headers = (*kept, (b"Content-Length", b"%d" % begun.length))
    return dataclasses.replace(answer, status=200, reason=b"OK", headers=headers, archived=archived)


def how_far(begun: Begun) -> str:
    """Where a file stands that is not here whole."""
    of = f" of {_size(begun.total)}" if begun.total >= 0 else ""
    return f"cut short at {_size(begun.length)}{of}; the next crawl goes on from there"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _told(error: ExchangeFailed | LimitExceeded, begun: Begun | None) -> ExchangeFailed | LimitExceeded:
    """`error`, with how far the file is."""
    if begun is None or (isinstance(error, LimitExceeded) and error.key == "file_bytes"):
        return error
    if isinstance(error, LimitExceeded):
        error.todo = how_far(begun)
        return error
    failure = dataclasses.replace(error.failure, error=f"{error.failure.error}; {how_far(begun)}")
    return ExchangeFailed(error.url, failure, error.archived, error.status)


def _unfinished(answer: WireAnswer, begun: Begun) -> ExchangeFailed:
    failure = Failure("body", how_far(begun), retryable=True, truncated="unspecified")
    return ExchangeFailed(answer.archived.url, failure, answer.archived, answer.status)
