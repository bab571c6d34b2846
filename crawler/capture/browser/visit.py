"""One page in a browser: what it asked for, what it got, and what ends it early."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from config.errors import RecordwatchError
from config.portal import Limits
from crawler.capture.browser.media import Played
from crawler.capture.fetch import Fetched
from crawler.capture.limits import LimitExceeded
from crawler.capture.redirects import BadAddress, clean, redirect_target

MOST_NOTES = 20
MOST_MEDIA = 200
MOST_TIMES = 2
"""How often a page asks for the very same before that counts as polling."""
MOST_HOPS = 20
"""Redirects in a row that Chromium follows."""


@dataclass(slots=True)
class Visit:
    """What the recording proxy knows of the page that the browser has open."""

    url: str
    limits: Limits
    stopped: asyncio.Future[RecordwatchError]
    """Set to what ends the visit before its time."""
    requests: int = 0
    received: int = 0
    answers: dict[str, Fetched] = field(default_factory=dict)
    """By URL: the newest answer to a request for a document (the page itself, frames)."""
    errors: dict[str, RecordwatchError] = field(default_factory=dict)
    """By URL: what was refused, or had no answer."""
    notes: dict[str, None] = field(default_factory=dict)
    """What whoever reads the page should know, one sentence each."""
    running: set[asyncio.Task[Fetched]] = field(default_factory=set)
    media: dict[str, Played] = field(default_factory=dict)
    """What players asked for, by address."""
    captures: dict[str, None] = field(default_factory=dict)
    """What was archived for it, in order."""
    asked: dict[str, str] = field(default_factory=dict)
    """URLs that the page asked the browser for, which may have had them already → address of the frame in it that was
    first; empty: the page itself."""
    troubles: int = 0
    """Requests that came to nothing, or were answered with an error."""
    _times: Counter[str] = field(default_factory=Counter)
    """Method and URL of each request → how often."""
    _working: int = 0
    _met: set[str] = field(default_factory=set)
    _fresh: int = 0
    _fresh_at: float = 0.0

    @contextmanager
    def asking(self, method: str, url: str) -> Iterator[None]:
        """A request is under way for as long as the block lasts."""
        what = f"{method} {url.partition('?')[0]}"
        first = what not in self._met
        self._met.add(what)
        self._fresh += first
        self._times[f"{method} {url}"] += 1
        works = self._times[f"{method} {url}"] <= MOST_TIMES
        self._working += works
        try:
            yield
        finally:
            self._working -= works
            if first:
                self._fresh -= 1
                self._fresh_at = asyncio.get_running_loop().time()

    @property
    def busy(self) -> bool:
        """Whether something is under way that was not asked for again and again already."""
        return self._working > 0

    def repeats_itself(self, seconds: float) -> bool:
        """Whether for so long nothing was asked for that had not been asked for before: a page that polls."""
        return not self._fresh and asyncio.get_running_loop().time() - self._fresh_at > seconds

    def wanted(self, url: str, frame: str = "") -> None:
        """The page, or a frame in it, asks for `url`, of whomever."""
        if len(self.asked) < self.limits.browser_requests:
            self.asked.setdefault(url.partition("#")[0], frame)

    def note(self, words: str) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes[words] = None

    def stop(self, error: RecordwatchError) -> None:
        """End the visit with `error`; the first one counts."""
        if not self.stopped.done():
            self.stopped.set_result(error)

    def count(self) -> None:
        """One more request. Raises LimitExceeded when the page makes too many."""
        self.requests += 1
        if self.requests > self.limits.browser_requests:
            most = self.limits.browser_requests
            raise self._crossed(
                LimitExceeded("browser_requests", most, self.url, what="this page makes too many requests")
            )

    def took(self, size: int) -> None:
        """`size` more bytes of bodies. Raises LimitExceeded when the page loads too many."""
        self.received += size
        if self.received > self.limits.browser_bytes:
            most = self.limits.browser_bytes
            raise self._crossed(LimitExceeded("browser_bytes", most, self.url, what="this page loads too much"))

    def _crossed(self, error: LimitExceeded) -> LimitExceeded:
        self.stop(error)
        return error

    def played(self, url: str, kind: str = "", size: int = 0) -> None:
        """A player asked for `url`; `kind` and `size` of the whole as answered."""
        if len(self.media) < MOST_MEDIA or url in self.media:
            before = self.media.get(url, Played())
            self.media[url] = Played(kind or before.kind, size or before.size)

    def answered(self, fetched: Fetched) -> None:
        """A document came."""
        self.answers[fetched.url] = fetched

    def failed(self, url: str, error: RecordwatchError) -> None:
        """Nothing came of a request."""
        self.troubles += 1
        if len(self.errors) < self.limits.browser_requests:
            self.errors.setdefault(url, error)

    def document(self, url: str) -> Fetched | None:
        """The answer that `url` led to, redirects followed."""
        for _ in range(MOST_HOPS):
            try:
                found = self.answers.get(clean(url))
                target = redirect_target(found.url, found.status, found.header("location")) if found else None
            except BadAddress:
                return None
            if target is None:
                return found
            url = target
        return None

    def error(self, url: str) -> RecordwatchError | None:
        """What stood in the way of `url`, or of what it redirects to."""
        for _ in range(MOST_HOPS):
            try:
                address = clean(url)
                found = self.answers.get(address)
                target = redirect_target(found.url, found.status, found.header("location")) if found else None
            except BadAddress as error:
                return error
            if target is None:
                return self.errors.get(address)
            url = target
        return None


def without_payload(fetched: Fetched) -> Fetched:
    """The answer without its body, to be kept."""
    return dataclasses.replace(fetched, payload=None)
