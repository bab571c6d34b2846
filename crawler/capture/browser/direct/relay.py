"""Tunnels that are opened and not looked into: the browser talks TLS with the portal itself, where the policy lets it.

A tunnel leads to an address that the door's network policy has checked, never to a name, and only to hosts that an
exchange of this crawl is asking at that moment. Whatever else the browser would like to call is refused and counted.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from crawler.capture.browser.incoming import Asked, Incoming
from crawler.capture.browser.loopback import LoopbackProxy
from crawler.capture.errors import NotConnected, WireError
from crawler.capture.policy import NetworkPolicy, Place, addresses

_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:@/]+)):(\d{1,5})")
_PIECE = 64 * 1024


class Relay(LoopbackProxy):
    """One per crawl."""

    def __init__(self, policy: NetworkPolicy) -> None:
        super().__init__()
        self._policy = policy
        self._asked: Counter[tuple[str, int]] = Counter()
        self.errors: dict[tuple[str, int], WireError] = {}
        """Host and port → why the last tunnel there did not come about."""
        self.reached: dict[tuple[str, int], str] = {}
        """Host and port → the address that the last tunnel led to."""

    @contextmanager
    def open_for(self, host: str, port: int) -> Iterator[None]:
        """Tunnels to `host` may be opened for as long as the block lasts."""
        self.errors.pop((host, port), None)
        self._asked[host, port] += 1
        try:
            yield
        finally:
            self._asked[host, port] -= 1

    async def respond(self, incoming: Incoming, asked: Asked, url: str) -> None:  # noqa: ARG002  the base's
        """Nothing is asked in the clear: the wire client does that, byte for byte."""
        self.refused[url] += 1
        await incoming.answer(502, "")

    async def tunnel(self, incoming: Incoming, authority: str) -> None:
        found = _AUTHORITY.fullmatch(authority)
        place = ((found[1] or found[2]).lower(), int(found[3])) if found is not None else ("", 0)
        if not self._asked[place]:
            self.refused[place[0]] += 1
            await incoming.answer(502, "")
            return
        try:
            reader, writer, address = await _connect(place[0], await self._policy.places(*place))
        except WireError as error:
            self.errors[place] = error
            await incoming.answer(502, "")
            return
        self.reached[place] = address
        try:
            await incoming.established()
            await incoming.join(reader, writer)
        finally:
            writer.close()


async def _connect(host: str, places: list[Place]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str]:
    """To the first of these very addresses that answers. Raises NotConnected."""
    why = "no address"
    for _, address, port, _ in places:
        try:
            reader, writer = await asyncio.open_connection(address, port, limit=_PIECE)
        except OSError as error:
            why = f"{address} port {port}: {error.strerror or error}"
        else:
            return reader, writer, address
    raise NotConnected(f"{host} takes no connection: {why}", resolved=addresses(places))
