"""The one door for bytes: every request of a crawl, page or file, goes through here.

What it does, in this order, for each hop of a request: robots.txt → the URL's held capture, for a
conditional request → a turn with the host → cookies → the wire client, with a sink of the archive →
cool-down and retry when the host asks for it → cookies → redirect, or the answer.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal, Protocol

from archive.model import Archived, ExchangeSink, Held, Recorder
from config.errors import RecordwatchError
from config.home import Settings
from config.portal import Portal
from crawler.capture import redirects
from crawler.capture.cookies import Cookies
from crawler.capture.fetch import Fetch, Fetched, HeldLookup, HeldMissing, OutOfScope
from crawler.capture.hop import Hop, Passing
from crawler.capture.identity import Identity, referer, token_goes_to, token_header
from crawler.capture.limits import Budget, LimitExceeded, crossed
from crawler.capture.patience import HostGivenUp, Patience
from crawler.capture.resume import Resumer, resumable
from crawler.capture.retry import ASKED_TO_WAIT, BUSY, Busy, retry_after, retrying
from crawler.capture.robots import Robots
from crawler.capture.signed import held_behind
from crawler.capture.tally import Tally
from crawler.capture.validators import same_version
from crawler.capture.wire import ExchangeFailed, ExchangeLimits, WireAnswer, WireRequest
from crawler.politeness.clock import Clock
from crawler.politeness.hosts import Limiter, Turn
from crawler.politeness.slots import LONGEST_COOL_DOWN

__all__ = ["Door", "Fetch", "Fetched", "HeldLookup", "HeldMissing", "HostGivenUp", "OutOfScope", "WireClient"]

_READ = frozenset({"page", "robots", "confirm"})
"""Purposes whose body is read: behind a 304 stands the archived one."""
_BEFORE_SENDING = frozenset({"resolve", "connect", "tls", "proxy"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ALWAYS_SECRET = frozenset({"authorization", "proxy-authorization"})
_SAME_HOST_ONLY = frozenset({b"authorization", b"proxy-authorization", b"cookie"})


class WireClient(Protocol):
    """What the door asks of `crawler.capture.client.WireClient`."""

    async def exchange(self, request: WireRequest, sink: ExchangeSink, limits: ExchangeLimits) -> WireAnswer:
        """One exchange. Raises ExchangeFailed when no whole answer came."""


class Door:
    """One crawl's session: cookies, limits, politeness and robots rules, shared by whoever fetches.

    Args:
        portal: what is crawled, with its limits, politeness and scope.
        settings: the home's; who we say we are.
        client: sends one request.
        recorder: the archive, or a null one.
        held: what we hold already.
        locks: the home's folder for locks, so that other processes' requests count; None: only ours do.
        clock: where time comes from.
    """

    def __init__(
        self,
        portal: Portal,
        settings: Settings,
        client: WireClient,
        recorder: Recorder,
        held: HeldLookup,
        *,
        locks: Path | None,
        clock: Clock | None = None,
    ) -> None:
        self.portal = portal
        self.client = client
        self.recorder = recorder
        self.held = held
        self.clock = clock or Clock()
        self.cookies = Cookies()
        self.budget = Budget(portal.limits)
        self.tally = Tally()
        self.patience = Patience()
        self.limiter = Limiter(portal, locks, self.clock)
        self.identity = Identity(portal, settings.operator)
        self.robots = Robots(self._robots_txt, self.limiter.slow_down) if portal.politeness.robots else None
        self._token = token_header(portal)
        secret = (*portal.secret_headers, *((portal.token.header,) if portal.token else ()))
        self._secret_headers = _ALWAYS_SECRET | {name.lower() for name in secret}
        self._secret_parameters = frozenset(portal.secret_parameters)
        self._same_host_only = _SAME_HOST_ONLY | {name.encode("latin-1") for name in self._secret_headers}
        self._scope = frozenset({redirects.host(portal.url), *(name.lower().rstrip(".") for name in portal.scope)})
        self._exchange_limits: ExchangeLimits | None = None
        self._resumer = Resumer(self._ask, recorder, held, portal.limits.file_bytes, self.clock)

    async def fetch(self, fetch: Fetch) -> Fetched:
        """Fetch one URL: redirects followed, retried, archived with every attempt and hop.

        A final answer of any status is returned, 429 and 5xx too once no attempt is left.

        Raises:
            LimitExceeded: a limit of the portal file; names its key.
            RobotsRefused: robots.txt forbids it, or could not be had.
            OutOfScope: a page on a host that is not the portal's.
            BadAddress, RedirectLoop: it leads nowhere.
            HostGivenUp: its host was asked in vain too often in this crawl.
            ExchangeFailed: no whole answer came, after every attempt. What came is archived.
        """
        try:
            fetched = await self._follow(fetch)
        except RecordwatchError as error:
            self.tally.failed(fetch.url, fetch.purpose, error)
            raise
        self.tally.done(fetched)
        return fetched

    async def _follow(self, fetch: Fetch) -> Fetched:
        hop = Hop(redirects.clean(fetch.url), fetch.method, fetch.headers, fetch.body)
        if fetch.purpose == "page" and not self.in_scope(hop.url):
            raise OutOfScope(hop.url, self._scope)
        been: set[tuple[str, str, int]] = set()
        hops: list[Archived] = []
        via: list[str] = []
        while True:
            url, cookies = hop.url, self.cookies.version
            if self.robots is not None and fetch.purpose != "robots":
                await self.robots.check(url)
            if fetch.conditional and hop.method == "GET" and not hop.body:
                hop.hold(await self._held(fetch, url, via))
                if fetch.purpose in _READ and hop.held and hop.held.payload_length > self.portal.limits.page_bytes:
                    hop.hold(None)
            fetched = await self._answer(fetch, hop, hops)
            target = (
                None if fetch.browsers else redirects.redirect_target(url, fetched.status, fetched.header("location"))
            )
            if target is None:
                fetched.via = tuple(via)
                return fetched
            if len(via) >= self.portal.limits.redirects:
                raise LimitExceeded(
                    "redirects", self.portal.limits.redirects, fetch.url,
                    what="this redirects too often", archived=fetched.archived,
                )  # fmt: skip
            been.add((hop.method, url, cookies))
            hop = hop.redirected(fetched.status, target, self._same_host_only)
            if hop.method not in _SAFE and not self.in_scope(target):  # what is posted is for the portal alone
                raise OutOfScope(target, self._scope)
            if (hop.method, target, self.cookies.version) in been:
                raise redirects.RedirectLoop(url, target)
            via.append(url)

    async def _held(self, fetch: Fetch, url: str, via: list[str]) -> Held | None:
        """What is held of `url`. A signed link is another one each time: behind a redirect, what the last
        such link led to counts, where only its query differs.
        """
        if not via:
            return fetch.known.get(url) if fetch.known is not None else await self.held.latest(url)
        return await self.held.latest(url) or await held_behind(self.held, fetch, url, via[-1])

    async def _answer(self, fetch: Fetch, hop: Hop, hops: list[Archived]) -> Fetched:
        """One hop's answer; where a 304 stands for a body that cannot be had, asked again without conditions."""
        if resumable(fetch, hop):
            answer = await self._resumer.ask(fetch, hop, behind=hops[-1].url if hops else "")
        else:
            answer = await self._ask(fetch, hop)
        hops.append(answer.archived)
        fetched = Fetched(
            url=hop.url, status=answer.status, headers=answer.headers, payload=answer.archived.payload,
            archived=answer.archived, peer=answer.peer, hops=hops,
        )  # fmt: skip
        if answer.status == 304 and hop.held is not None:
            if same_version(answer.header("etag"), hop.held.etag):
                fetched.not_modified, fetched.held = True, hop.held
                if fetch.purpose not in _READ:
                    return fetched
                try:
                    kept = await self.held.answer(hop.held)
                except HeldMissing:
                    self.tally.missing_bodies += 1
                else:
                    fetched.status, fetched.headers, fetched.payload = kept.status, kept.headers, kept.payload
                    return fetched
            hop.hold(None)
            return await self._answer(fetch, hop, hops)
        return fetched

    async def _ask(self, fetch: Fetch, hop: Hop) -> WireAnswer:
        """One hop, with its retries."""

        async def once(attempt: int) -> WireAnswer:
            async with self.limiter.turn(hop.url) as turn:
                self.patience.check(hop.url)
                answer = await self._exchange(fetch, hop, attempt, turn)
            self.cookies.store(hop.url, answer.headers)
            if answer.status not in BUSY:
                return answer
            if answer.status in ASKED_TO_WAIT:
                seconds = retry_after(answer.header("retry-after"), self.clock.now())
                if seconds and seconds > LONGEST_COOL_DOWN:
                    self.patience.sent_away(hop.url, seconds)
                    return answer
                if seconds:
                    await self.limiter.cool(hop.url, seconds)
            raise Busy(answer)

        def again(error: RecordwatchError) -> bool:
            """A POST is sent twice only when the host surely did nothing with the first."""
            if hop.cut(error):
                return False
            if hop.method in _SAFE:
                return error.retryable
            if isinstance(error, Busy):
                return error.answer.status in ASKED_TO_WAIT
            return error.retryable and isinstance(error, ExchangeFailed) and error.failure.stage in _BEFORE_SENDING

        self.patience.check(hop.url)
        try:
            answer = await retrying(once, again, self.clock)
        except Busy as busy:
            self.patience.failed(hop.url)
            return busy.answer
        except RecordwatchError as error:
            # What would not pass by itself cost one attempt, and says nothing of the host.
            if error.retryable and not hop.cut(error):
                self.patience.failed(hop.url)
            raise
        self.patience.answered(hop.url)
        return answer

    async def _exchange(self, fetch: Fetch, hop: Hop, attempt: int, turn: Turn) -> WireAnswer:
        """One request on the wire, counted, with the limits that hold for it."""
        url, page = hop.url, fetch.purpose in {"page", "robots", "browser"}
        limits = self._limits_now("page_bytes" if page else "file_bytes", url)
        sent = self.identity.headers(fetch.purpose, hop.headers) + hop.conditions
        if fetch.referer and (value := referer(fetch.referer, url)):
            sent = (*sent, (b"Referer", value))
        theirs = fetch.browsers or any(name.lower() == b"cookie" for name, _ in hop.headers)
        if not theirs and (cookie := self.cookies.header(url)):
            sent = (*sent, (b"Cookie", cookie))
        if self._token is not None and token_goes_to(self.portal, url):
            sent = (*(pair for pair in sent if pair[0].lower() != self._token[0].lower()), self._token)
        request = WireRequest(url, hop.method, sent, hop.body, self._secret_headers, self._secret_parameters)
        self.budget.ask(url)
        self.tally.requests += 1
        self.tally.retries += attempt > 1
        sink = Passing(
            hop.watched(self.recorder.begin(url, hop.method, held=hop.held, attempt=attempt)),
            turn.release,
            self.budget,
            keep=page,
        )
        try:
            answer = await self.client.exchange(request, sink, limits)
        except ExchangeFailed as error:
            if error.failure.stage == "limit":
                limit = crossed(error, self.portal.limits, url)
                if limit.key == "crawl_bytes":
                    self.budget.exhaust()
                raise limit from error
            raise
        self.budget.take(sum(len(n) + len(v) + 4 for n, v in answer.headers))
        if page and answer.archived.payload is None:
            archived = dataclasses.replace(answer.archived, payload=sink.payload())
            answer = dataclasses.replace(answer, archived=archived)
        return answer

    def _limits_now(self, key: Literal["page_bytes", "file_bytes"], url: str) -> ExchangeLimits:
        """What the next exchange may cost. Raises LimitExceeded when the crawl has used up its bytes."""
        most, named = self.budget.body_bytes(key, url)
        limits = self._exchange_limits
        if limits is None or limits.body_bytes != most:
            of = self.portal.limits
            limits = self._exchange_limits = ExchangeLimits(
                of.header_bytes, most, f"limits.{named}", of.idle_seconds, of.exchange_seconds
            )
        return limits

    def in_scope(self, url: str) -> bool:
        """Whether pages may be taken from the host of `url`: the portal's own, a scope host, or one below them."""
        host = redirects.host(url)
        return host in self._scope or any(host.endswith(f".{name}") for name in self._scope)

    async def _robots_txt(self, url: str) -> Fetched:
        return await self.fetch(Fetch(url, conditional=True, purpose="robots"))

    async def close(self) -> None:
        """Ends what the door started. The client and the recorder are their owners' to close."""
        if self.robots is not None:
            await self.robots.close()
        self.limiter.close()
