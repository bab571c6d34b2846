"""A wire client whose https is Chromium's: the same exchanges, sinks, limits and errors, of lower fidelity.

Above it the door does what it always does: robots.txt, delays, retries, cookies, redirects hop by hop, masking. Below it
tunnels lead where the network policy lets them (`relay`). Requests over plain http go to the wire client it stands for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from archive.model import ExchangeSink, Failure, Peer
from config.errors import ConfigError
from crawler.capture.browser.direct.relay import Relay
from crawler.capture.browser.direct.told import ToldHead, sent
from crawler.capture.errors import LimitCrossed, NoAnswer, WireError
from crawler.capture.policy import NetworkPolicy, addresses
from crawler.capture.target import Target, masked_url, parse_target, prepare
from crawler.capture.wire import ExchangeFailed, ExchangeLimits, WireAnswer, WireRequest

if TYPE_CHECKING:
    from crawler.capture.browser.chromium import Chromium
    from crawler.capture.browser.direct.tab import Tab

MOST_TABS = 4
"""Exchanges under way at once."""
FLAGS = ("--disk-cache-size=1",)
OFF = ("EncryptedClientHello",)


class Plain(Protocol):
    """The wire client that this one stands for."""

    async def exchange(self, request: WireRequest, sink: ExchangeSink, limits: ExchangeLimits) -> WireAnswer: ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class Story:
    """How far one exchange has come."""

    told: ToldHead | None = None
    peer: Peer = field(default_factory=Peer)
    resolved: tuple[str, ...] = ()


class Courier:
    """One crawl's. Chromium is started for the first exchange, and replaced when it has died.

    Args:
        plain: for what is no https.
        policy: which addresses may be reached.
        browser: path from recordwatch.toml, or empty.
        ca_file: further authorities to trust, PEM; a host must show one of these certificates in its chain.
        proxy: from recordwatch.toml, which this cannot go through.
    """

    def __init__(self, plain: Plain, policy: NetworkPolicy, browser: str, ca_file: str, proxy: str) -> None:
        if proxy:
            raise ConfigError(
                'browser = "direct" cannot go through the proxy of recordwatch.toml', where="proxy",
                todo="use `browser = true`, or crawl this portal from a machine that needs no proxy",
            )  # fmt: skip
        self._plain = plain
        self._browser = browser
        self._ca_file = ca_file
        self.relay: Relay | None = None
        self._policy = policy
        self._chromium: Chromium | None = None
        self._starting = asyncio.Lock()
        self._places = asyncio.Semaphore(MOST_TABS)
        self._free: list[Tab] = []

    async def exchange(self, request: WireRequest, sink: ExchangeSink, limits: ExchangeLimits) -> WireAnswer:
        """As `WireClient.exchange`. Raises ExchangeFailed; BrowserMissing, BrowserBroken."""
        story = Story()
        received = False
        try:
            target = parse_target(request.url)
            if target.scheme != "https":
                received = True  # the story is the other client's to tell
                return await self._plain.exchange(request, sink, limits)
            prepare(request, target)  # raises what makes it no request
            async with self._tab() as (tab, chromium, relay):
                with relay.open_for(target.host, target.port):
                    await self._carry(request, target, sink, limits, story, tab, chromium, relay)
            received = True
            archived = await sink.finish()
        except WireError as error:
            failure = error.failure(head_received=story.told is not None, resolved=story.resolved)
            archived = await sink.fail(failure)
            status = story.told.status if story.told is not None else 0
            raise ExchangeFailed(
                masked_url(request.url, request.secret_parameters), failure, archived, status
            ) from error
        except BaseException as error:
            if not received:
                await _give_up(sink, story, error)
            raise
        assert story.told is not None
        told = story.told
        return WireAnswer(told.status, told.reason, told.headers, archived, story.peer)

    async def _carry(
        self, request: WireRequest, target: Target, sink: ExchangeSink, limits: ExchangeLimits, story: Story, tab: Tab,
        chromium: Chromium, relay: Relay,
    ) -> None:  # fmt: skip
        from playwright.async_api import Error

        place = target.host, target.port
        try:
            async with asyncio.timeout(limits.total_seconds):
                # The tunnel's address is checked again, when it is opened: this says why in the policy's words.
                story.resolved = addresses(await self._policy.places(*place))
                try:
                    async with asyncio.timeout(limits.idle_seconds):
                        story.told = told = await tab.ask(request, target)
                except WireError as error:
                    raise relay.errors.get(place, error) from error
                except TimeoutError as error:
                    what = "nothing came for too long (limits.idle_seconds)"
                    raise LimitCrossed(what, retryable=True, truncated="time") from error
                address = relay.reached.get(place, "")
                story.peer = Peer(address, (told.protocol,), told_by=chromium.engine)
                sink.connected(story.peer)
                sink.sent(sent(request, target, tab.request_headers))
                if len(told.raw) > limits.head_bytes:
                    raise LimitCrossed(
                        "the head of the answer is larger than allowed (limits.header_bytes)", truncated="length"
                    )
                sink.head(told.raw, told.status, told.headers)
                async for piece in tab.body(request, told, limits):
                    await sink.data(piece, piece)
        except TimeoutError as error:
            key = "limits.idle_seconds" if story.told is not None else "limits.exchange_seconds"
            raise LimitCrossed(f"the answer took too long ({key})", retryable=True, truncated="time") from error
        except Error as error:
            raise NoAnswer(f"Chromium gave no answer: {error.message[:100]}") from error

    @asynccontextmanager
    async def _tab(self) -> AsyncIterator[tuple[Tab, Chromium, Relay]]:
        """A tab that is free; one in which something went wrong is closed. Raises NoAnswer, BrowserMissing, BrowserBroken."""
        from playwright.async_api import Error

        from crawler.capture.browser.direct.tab import Tab

        async with self._places:
            chromium, relay = await self._ready()
            try:
                tab = self._free.pop() if self._free else await Tab.of(await chromium.page())
            except Error as error:
                chromium.kill()
                raise NoAnswer("Chromium gives no new tab") from error
            whole = False
            try:
                yield tab, chromium, relay
                await tab.done()
                whole = True
            except Error as error:
                raise NoAnswer(f"Chromium gave no answer: {error.message[:100]}") from error
            finally:
                if whole and chromium is self._chromium:
                    self._free.append(tab)
                else:
                    with suppress(Exception):
                        await tab.page.close()

    async def _ready(self) -> tuple[Chromium, Relay]:
        from crawler.capture.browser.chromium import Chromium, Reader

        async with self._starting:
            if self.relay is None:
                relay = Relay(self._policy)
                await relay.start()
                self.relay = relay
            if self._chromium is not None and not self._chromium.alive:
                self._free.clear()
                await self._chromium.close()
                self._chromium = None
            if self._chromium is None:
                self._chromium = await Chromium.start(
                    self._browser, Reader(""), self.relay, flags=FLAGS, off=OFF, trusted=fingerprints(self._ca_file)
                )
            return self._chromium, self.relay

    async def close(self) -> None:
        """End the browser and the tunnels, then the wire client."""
        if self._chromium is not None:
            await self._chromium.close()
        if self.relay is not None:
            await self.relay.close()
        await self._plain.close()


def fingerprints(ca_file: str) -> list[str]:
    """Base64 of the SHA-256 of each certificate's key in a PEM file, as Chromium wants to be told whom to trust."""
    if not ca_file:
        return []
    import base64
    import hashlib
    from pathlib import Path

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        found = x509.load_pem_x509_certificates(Path(ca_file).read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"ca_file cannot be used: {error}", where=ca_file, todo="name a PEM file") from error
    keys = (one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for one in found)
    return [base64.b64encode(hashlib.sha256(key).digest()).decode() for key in keys]


async def _give_up(sink: ExchangeSink, story: Story, error: BaseException) -> None:
    """Close the sink's story when it was we who stopped it; its own errors must not hide `error`."""
    stopped = isinstance(error, asyncio.CancelledError)
    why = "the crawl was stopped" if stopped else f"stopped by {type(error).__name__}: {error}"
    with suppress(Exception):
        await sink.fail(
            Failure(
                "closed", why, retryable=stopped, truncated="unspecified" if story.told is not None else "",
                resolved=story.resolved,
            )
        )  # fmt: skip
