"""From a target to a connection that can carry a request: policy, proxy tunnel, TLS."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl

from crawler.capture.connection import Connection, TimeLimit
from crawler.capture.errors import NotConnected, NotResolved, ProxyFailed, TlsFailed, WireError
from crawler.capture.policy import NetworkPolicy, addresses, connect, resolve
from crawler.capture.proxy import Proxy, open_tunnel
from crawler.capture.target import Target
from crawler.capture.tls import DIRECT, client_context, tls_failed
from crawler.capture.transfer import Transfer, time_crossed


class Dialler:
    """Opens connections as `policy` allows, through `proxy` when there is one."""

    def __init__(self, policy: NetworkPolicy, *, tls: ssl.SSLContext | None, ca_file: str, proxy: Proxy | None) -> None:
        self._policy = policy
        self._context = tls
        self._ca_file = ca_file
        self._proxy = proxy
        if ca_file and tls is None:
            self._context = client_context(ca_file)

    def proxied(self, target: Target) -> Proxy | None:
        """The proxy that `target` is asked through; hosts the operator has placed are reached directly."""
        return None if self._policy.override(target.host, target.port) else self._proxy

    async def open(self, target: Target, transfer: Transfer) -> Connection:
        """A connection to `target` on which nothing was asked yet; `transfer` learns what was resolved.

        Raises:
            WireError: of the stage that failed.
        """
        connection: Connection | None = None
        try:
            proxy = self.proxied(target)
            if proxy is None:
                connection, address = await self._reach(target.host, target.port, transfer)
            else:
                self._policy.check_name(target.host)
                connection, address = await self._reach_proxy(proxy, target, transfer), ""
            if target.scheme == "https":
                await self._secure(connection, target, transfer)
            connection.describe(_plain_address(address))
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        return connection

    async def _reach(self, host: str, port: int, transfer: Transfer) -> tuple[Connection, str]:
        limits, loop = transfer.limits, asyncio.get_running_loop()
        until = min(loop.time() + limits.idle_seconds, transfer.deadline)
        try:
            async with asyncio.timeout_at(until):
                places = await self._policy.places(host, port)
                transfer.resolved = addresses(places)
                return await connect(places, host)
        except TimeoutError as error:
            whole = loop.time() >= transfer.deadline
            limit = time_crossed(TimeLimit(whole=whole), limits)
            if transfer.resolved:
                raise NotConnected(f"{host} takes no connection: {limit.what}", resolved=transfer.resolved) from error
            raise NotResolved(f"the resolver does not answer for {host}: {limit.what}", retryable=True) from error

    async def _reach_proxy(self, proxy: Proxy, target: Target, transfer: Transfer) -> Connection:
        limits, loop = transfer.limits, asyncio.get_running_loop()
        until = min(loop.time() + limits.idle_seconds, transfer.deadline)
        try:
            async with asyncio.timeout_at(until):
                connection, _ = await connect(await resolve(proxy.host, proxy.port), proxy.host)
        except (WireError, TimeoutError) as error:
            what = error.what if isinstance(error, WireError) else "it does not answer (limits.idle_seconds)"
            raise ProxyFailed(f"the proxy cannot be reached: {what}", retryable=True) from error
        if target.scheme == "https":
            try:
                await open_tunnel(connection, proxy, target, limits.head_bytes, limits.idle_seconds, transfer.deadline)
            except BaseException as error:
                connection.close()
                if isinstance(error, TimeLimit):
                    what = time_crossed(error, limits).what
                    raise ProxyFailed(
                        f"the proxy {proxy.host} did not answer CONNECT: {what}", retryable=True
                    ) from error
                raise
        return connection

    async def _secure(self, connection: Connection, target: Target, transfer: Transfer) -> None:
        if self._context is None:
            self._context = client_context()
        limits, resolved = transfer.limits, transfer.resolved
        try:
            await connection.start_tls(self._context, target.host, limits.idle_seconds, transfer.deadline)
        except ssl.SSLError as error:
            raise tls_failed(error, target.host, resolved) from error
        except TimeLimit as error:
            what = f"no TLS session with {target.host}: {time_crossed(error, limits).what}"
            raise TlsFailed(what, retryable=True, resolved=resolved) from error
        except ValueError as error:
            raise TlsFailed(f"no certificate can be for {target.host[:200]!r}: {error}", resolved=resolved) from error
        except OSError as error:
            what = f"the connection to {target.host} broke while TLS was set up: {error.strerror or error}"
            raise TlsFailed(what, todo=DIRECT, retryable=True, resolved=resolved) from error


def _plain_address(address: str) -> str:
    """RFC 5952 text."""
    return str(ipaddress.ip_address(address)) if address else ""
