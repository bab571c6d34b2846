"""The resolver: yt-dlp in a process of its own, whose every request goes through the recording proxy and the one door.

So each page, playlist and answer that it read is an archived exchange under the crawl's own robots rules, pace,
limits and network policy, with the crawl's own User-Agent. One question at a time. The process is kept for the next
one: loading yt-dlp costs 0.7 s of processor time, a further question a tenth of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from config.portal import Limits
from crawler.capture.browser.proxy import OneDoor, RecordingProxy
from crawler.capture.browser.visit import Visit
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.files import ONE_FILES_TROUBLE
from crawler.capture.media.answer import Answer, Info, Refusal
from crawler.capture.media.outcomes import trouble_in, trouble_of
from releases.model import MediaTrouble

SCRIPT = Path(__file__).with_name("ask_ytdlp.py")
MOST_ANSWER = 32 * 1024**2
"""Bytes of an answer; one that is longer is none."""
_PIECE = 1 << 18
MEMORY = 1536 * 1024**2
"""Bytes of address space."""
MOST_SEEN = 2000
MOST_QUESTIONS = 100
"""Of one process; the next one begins anew."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An exchange that the resolver caused."""

    url: str
    status: int
    capture: str


@dataclass(slots=True)
class Resolved:
    """What became of one question."""

    info: Info | None = None
    trouble: MediaTrouble | None = None
    said: str = ""
    """With `trouble`: what the resolver, the door or the host said."""
    seen: list[Seen] = field(default_factory=list)

    @property
    def evidence(self) -> Seen | None:
        """The host's answer that says no: the last refusing one, else the last one."""
        told = [one for one in self.seen if not urlsplit(one.url).path.endswith("/robots.txt")]
        return next((one for one in reversed(told) if one.status >= 400), told[-1] if told else None)


class _Noting:
    """The door, with a list of what went through it."""

    def __init__(self, door: OneDoor) -> None:
        self._door = door
        self.seen: list[Seen] = []

    async def fetch(self, fetch: Fetch) -> Fetched:
        fetched = await self._door.fetch(fetch)
        if len(self.seen) < MOST_SEEN:
            self.seen.append(Seen(fetched.url, fetched.archived.status, fetched.archived.capture))
        return fetched


class _Proxy(RecordingProxy):
    """The recording proxy for a client that trusts an authority rather than one key."""

    @property
    def authority(self) -> bytes:
        """The authority's certificate, PEM."""
        return self._authority.certificate


class _Process:
    """yt-dlp, running. Ends with `close`, at the latest with us: its question never comes."""

    def __init__(self, process: asyncio.subprocess.Process, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._process = process
        self._folder = folder
        self._held = bytearray()
        self.asked = 0

    async def tell(self, line: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(msgspec.json.encode(line) + b"\n")
            await self._process.stdin.drain()

    async def ask(self, url: str, referer: str) -> Answer | None:
        """Its answer, checked; a Refusal where there is none that can be used. After such a one it is to be closed."""
        self.asked += 1
        await self.tell({"url": url, "referer": referer})
        assert self._process.stdout is not None
        while (end := self._held.find(b"\n", max(0, len(self._held) - _PIECE))) < 0:
            piece = await self._process.stdout.read(_PIECE)
            self._held += piece
            if not piece or len(self._held) > MOST_ANSWER:
                return None
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        try:
            return msgspec.json.decode(line, type=Answer)
        except (msgspec.DecodeError, RecursionError):
            return None

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 9)
        await self._process.wait()
        self._folder.cleanup()


class Resolver:
    """One crawl's. A context manager.

    `limits.browser_seconds`, `browser_requests` and `browser_bytes` hold for one question as for a page in a browser.
    """

    def __init__(self, door: OneDoor, limits: Limits, languages: Sequence[str]) -> None:
        self._door = _Noting(door)
        self.limits = limits
        self._languages = sorted({name.lower().split("-")[0] for name in languages})
        self._proxy = _Proxy(self._door, limits)
        self._process: _Process | None = None

    async def __aenter__(self) -> Resolver:
        await self._proxy.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()
        await self._proxy.close()

    async def resolve(self, url: str, referer: str) -> Resolved:
        """Ask what plays at `url`, which the page at `referer` shows.

        Raises:
            RecordwatchError: what concerns the whole crawl (a full disk, say).
        """
        self._door.seen = []
        visit = self._proxy.enter(url)
        try:
            said = await self._ask(visit, url, referer)
        finally:
            await self._proxy.leave()
        if visit.stopped.done():
            error = visit.stopped.result()
            if not isinstance(error, ONE_FILES_TROUBLE):
                raise error
            return self._refused(error.what)
        if said.info is not None:
            live = trouble_in(said.info)
            if live is None:
                return Resolved(said.info, seen=self._door.seen)
            return Resolved(said.info, live, "", self._door.seen)
        refusal = said.trouble or Refusal("Nothing", "it gave no answer")
        trouble = trouble_of(refusal, url)
        if trouble == "unreachable" and visit.errors:  # what the door refused says more than "502" does
            why = next(iter(visit.errors.values()))
            return self._refused(why.what)
        return Resolved(None, trouble, refusal.said, self._door.seen)

    def _refused(self, why: str) -> Resolved:
        return Resolved(None, "unreachable", why, self._door.seen)

    async def _ask(self, visit: Visit, url: str, referer: str) -> Answer:
        if self._process is None or self._process.asked >= MOST_QUESTIONS:
            await self._end()
            self._process = await self._start()
        asked = asyncio.create_task(self._process.ask(url, referer))
        either: set[asyncio.Future[Any]] = {asked, visit.stopped}
        answer: Answer | None = None
        try:
            await asyncio.wait(either, timeout=self.limits.browser_seconds, return_when=asyncio.FIRST_COMPLETED)
            if asked.done():
                answer = await asked
                why = f"the resolver gave no usable answer of at most {MOST_ANSWER} bytes"
            else:
                why = f"finding out took longer than {self.limits.browser_seconds:g} s (limits.browser_seconds)"
            return answer or Answer(trouble=Refusal("Nothing", why))
        finally:
            if answer is None:
                asked.cancel()
                await asyncio.gather(asked, return_exceptions=True)
                await self._end()

    async def _start(self) -> _Process:
        proxy, folder = self._proxy, tempfile.TemporaryDirectory(prefix="recordwatch-media-")
        trusted = Path(folder.name) / "authority.pem"
        trusted.write_bytes(proxy.authority)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-B", str(SCRIPT),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            # No program is found, no settings are read, and whoever serves TLS is our proxy or nobody.
            env={"PATH": "", "HOME": folder.name, "LC_ALL": "C.UTF-8", "SSL_CERT_FILE": str(trusted),
                 "SSL_CERT_DIR": folder.name, "YTDLP_NO_PLUGINS": "1"},
            cwd=folder.name, start_new_session=True,
        )  # fmt: skip
        started = _Process(process, folder)
        given = ["127.0.0.1", proxy.port, proxy.user, proxy.secret]
        seconds = max(1, int(self.limits.browser_seconds))
        await started.tell({"proxy": given, "languages": self._languages, "seconds": seconds, "memory": MEMORY})
        return started

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.close()
