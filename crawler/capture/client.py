"""The wire client: one HTTP/1.1 exchange, every byte of it handed to a sink as it crosses the wire."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

from archive.model import ExchangeSink, Failure
from config.faults import fault
from crawler.capture.dial import Dialler
from crawler.capture.errors import NoAnswer, SendFailed, WireError
from crawler.capture.policy import NetworkPolicy
from crawler.capture.pool import Place, Pool
from crawler.capture.proxy import parse_proxy
from crawler.capture.target import IDEMPOTENT, Target, masked_url, parse_target, prepare
from crawler.capture.transfer import Transfer
from crawler.capture.wire import ExchangeFailed, ExchangeLimits, WireAnswer, WireRequest


class WireClient:
    """Sends requests one at a time per connection, and keeps connections for the next one.

    Args:
        policy: which addresses may be reached.
        tls: the TLS settings; the system's authorities and HTTP/1.1 when left out.
        ca_file: further authorities to trust, PEM; not read when `tls` is given.
        proxy: `http://[user:password@]host:port` for everything but hosts in `policy.resolve`.
        connections_per_host: open connections per scheme, host and port.

    Raises:
        ConfigError: `ca_file` or `proxy` cannot be used.
    """

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        tls: ssl.SSLContext | None = None,
        ca_file: str = "",
        proxy: str = "",
        connections_per_host: int = 1,
    ) -> None:
        self._dialler = Dialler(policy, tls=tls, ca_file=ca_file, proxy=parse_proxy(proxy) if proxy else None)
        self._pool = Pool(connections_per_host)

    async def exchange(self, request: WireRequest, sink: ExchangeSink, limits: ExchangeLimits) -> WireAnswer:
        """Send `request`; the answer is whole when this returns.

        Redirects, 4xx and 5xx are answers. The sink is told a story of one request and one answer, also
        when a kept connection turned out to be closed and the request was sent again on a new one.
        Time spent waiting for a connection of the host to become free counts for no limit.

        Raises:
            ExchangeFailed: no whole answer came; `sink.fail` has been awaited.
            asyncio.CancelledError: likewise. What a sink raises passes through, after `sink.fail`.
        """
        transfer: Transfer | None = None
        received = False
        try:
            target = parse_target(request.url)
            proxy = self._dialler.proxied(target) if target.scheme == "http" else None
            credentials = proxy.credentials if proxy is not None else ""
            prepared = prepare(request, target, proxied=proxy is not None, credentials=credentials)
            transfer = Transfer(request.method, prepared, sink, limits, proxy=proxy)
            async with self._pool.place((target.scheme, target.host, target.port)) as place:
                transfer.start()
                await self._carry(target, transfer, place, again=request.method in IDEMPOTENT)
            received = True
            fault("exchange.received")
            archived = await sink.finish()
        except WireError as error:
            failure = error.failure(
                head_received=transfer is not None and transfer.head is not None,
                resolved=transfer.resolved if transfer is not None else (),
            )
            if transfer is not None:
                transfer.tell()
            archived = await sink.fail(failure)
            status = transfer.head.status if transfer is not None and transfer.head is not None else 0
            url = masked_url(request.url, request.secret_parameters)
            raise ExchangeFailed(url, failure, archived, status) from error
        except BaseException as error:
            if not received:
                await _give_up(sink, transfer, error)
            raise
        assert transfer.head is not None
        head = transfer.head
        return WireAnswer(
            status=head.status,
            reason=head.reason,
            headers=head.headers,
            archived=archived,
            peer=transfer.peer,
            interim=tuple(transfer.interim),
            excess=transfer.excess,
        )

    async def _carry(self, target: Target, transfer: Transfer, place: Place, *, again: bool) -> None:
        connection = place.take()
        if connection is not None:
            try:
                await transfer.run(connection, kept=True)
            except (NoAnswer, SendFailed):
                if not again:
                    transfer.tell(connection)
                    raise
                connection = None
        if connection is None:
            connection = await self._dialler.open(target, transfer)
            place.hold(connection)
            await transfer.run(connection, kept=False)
        if transfer.reusable:
            place.keep()

    async def close(self) -> None:
        """Close the kept connections. Exchanges under way are their tasks' to cancel."""
        self._pool.close()
        await asyncio.sleep(0)


async def _give_up(sink: ExchangeSink, transfer: Transfer | None, error: BaseException) -> None:
    """Close the sink's story when it was we who stopped it; its own errors must not hide `error`."""
    stopped = isinstance(error, asyncio.CancelledError)
    failure = Failure(
        stage="closed",
        error="the crawl was stopped" if stopped else f"stopped by {type(error).__name__}: {error}",
        retryable=stopped,
        truncated="unspecified" if transfer is not None and transfer.head is not None else "",
        resolved=transfer.resolved if transfer is not None else (),
    )
    with suppress(Exception):
        if transfer is not None:
            transfer.tell()
        await sink.fail(failure)
