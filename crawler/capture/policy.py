"""Which addresses may be reached, and the one function that opens connections to servers."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from config.errors import ConfigError
from crawler.capture.addresses import is_local_name, literal, why_refused
from crawler.capture.connection import Connection
from crawler.capture.errors import AddressRefused, NotConnected, NotResolved

_STAGGER = 0.25
"""Seconds until the next address is tried beside the first (RFC 8305 section 5)."""

Place = tuple[socket.AddressFamily, str, int, int]
"""Family, address without zone, port, IPv6 scope."""


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What the operator and the portal file allow.

    `resolve` holds host → `address:port` (`[address]:port` for IPv6, the port may be left out): the
    operator wrote it, so it is reached directly and unchecked.
    """

    allows_private: Callable[[str], bool]
    resolve: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for host, place in self.resolve.items():
            _parse_place(host, place)
        object.__setattr__(self, "resolve", {host.lower().rstrip("."): place for host, place in self.resolve.items()})

    def override(self, host: str, port: int) -> tuple[str, int] | None:
        """Where the operator says `host` lives."""
        given = self.resolve.get(host)
        if given is None:
            return None
        address, number = _parse_place(host, given)
        return address, number or port

    def check_name(self, host: str) -> None:
        """Refuse what can be told to be private without a resolver: for hosts that a proxy resolves.

        Raises:
            AddressRefused: an address, in any spelling, or a name of the local machine.
        """
        address = literal(host)
        why = why_refused(address) if address is not None else "loopback" if is_local_name(host) else ""
        if why and not self.allows_private(host):
            raise _refused(host, [f"{address or host} ({why})"], ())

    async def places(self, host: str, port: int) -> list[Place]:
        """The allowed addresses of `host`, families alternating, in the resolver's order.

        Raises:
            NotResolved: there is none.
            AddressRefused: there are only refused ones.
        """
        given = self.override(host, port)
        found = await resolve(*(given or (host, port)))
        return _alternate(found if given is not None else self.check(host, found))

    def check(self, host: str, found: list[Place]) -> list[Place]:
        """Those of `found` that may be reached. Raises AddressRefused when none may."""
        if self.allows_private(host):
            return found
        allowed: list[Place] = []
        refused: list[str] = []
        for place in found:
            address = literal(place[1])
            why = why_refused(address) if address is not None else "reserved"
            if why:
                refused.append(f"{place[1]} ({why})")
            else:
                allowed.append(place)
        if not allowed:
            raise _refused(host, refused, addresses(found))
        return allowed


def _parse_place(host: str, place: str) -> tuple[str, int]:
    """`address:port` in two; port 0 when it is left out."""
    if place.count(":") > 1 and not place.startswith("["):
        address, port = place, ""
    else:
        address, port = place.strip(), ""
        if not address.endswith("]") and ":" in address:
            address, _, port = address.rpartition(":")
    if not address or not (port or "1").isdigit() or not 0 < int(port or "1") < 65536:
        raise ConfigError(f"resolve.{host} = {place!r}: use address:port", where="recordwatch.toml")
    return address.strip("[]"), int(port or "0")


def addresses(places: list[Place]) -> tuple[str, ...]:
    """The addresses alone, as the resolver gave them."""
    return tuple(place[1] for place in places)


def _refused(host: str, refused: list[str], resolved: tuple[str, ...]) -> AddressRefused:
    return AddressRefused(
        f"{host} is at {', '.join(refused)}, which is not on the public internet",
        todo=f'If that is right, the portal file must say allow_private_network = ["{host}"]',
        resolved=resolved,
    )


def _alternate(places: list[Place]) -> list[Place]:
    first = [place for place in places if place[0] == places[0][0]]
    other = [place for place in places if place[0] != places[0][0]]
    return [place for place in chain.from_iterable(zip_longest(first, other)) if place is not None]


async def resolve(host: str, port: int) -> list[Place]:
    """Every address of `host`. Raises NotResolved."""
    address = literal(host)
    if address is not None and "%" not in host:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        return [(family, str(address), port, 0)]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        passing = error.errno in {socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM}
        raise NotResolved(f"the name {host} has no address: {error.strerror}", retryable=passing) from error
    except UnicodeError as error:
        raise NotResolved(f"the name {host[:80]} cannot be looked up: {error}") from error
    places: list[Place] = []
    for family, _, _, _, where in found:
        if family in {socket.AF_INET, socket.AF_INET6}:
            scope = int(where[3]) if len(where) == 4 else 0
            place = (family, str(where[0]).partition("%")[0], port, scope)
            if place not in places:
                places.append(place)
    if not places:
        raise NotResolved(f"the name {host} has no internet address")
    return places


async def connect(places: list[Place], host: str) -> tuple[Connection, str]:
    """Open a connection to the first of `places` that answers, trying the next one in parallel when
    one is slow (happy eyeballs, RFC 8305). These very addresses: no name is looked up again.

    Raises:
        NotConnected: none took the connection.
    """
    loop = asyncio.get_running_loop()
    if len(places) == 1:
        try:
            winner = await _open(places[0])
        except OSError as error:
            raise _not_connected(host, [_problem(places[0], error)], places) from error
        return await _wrap(winner), places[0][1]
    return await _race(loop, places, host)


async def _race(loop: asyncio.AbstractEventLoop, places: list[Place], host: str) -> tuple[Connection, str]:
    running: dict[asyncio.Task[socket.socket], Place] = {}
    waiting = list(reversed(places))
    errors: list[str] = []
    winner: socket.socket | None = None
    where = ""
    try:
        while winner is None and (waiting or running):
            if waiting:
                place = waiting.pop()
                running[loop.create_task(_open(place))] = place
            done, _ = await asyncio.wait(
                running, timeout=_STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                place = running.pop(task)
                problem = task.exception()
                if problem is not None:
                    errors.append(_problem(place, problem))
                elif winner is None:
                    winner, where = task.result(), place[1]
                else:
                    task.result().close()
    finally:
        for task in running:
            task.cancel()
            task.add_done_callback(_close_late)
    if winner is None:
        raise _not_connected(host, errors, places)
    return await _wrap(winner), where


def _problem(place: Place, error: BaseException) -> str:
    number = getattr(error, "errno", None)
    return f"{place[1]} port {place[2]}: {os.strerror(number) if number else error}"


def _not_connected(host: str, errors: list[str], places: list[Place]) -> NotConnected:
    return NotConnected(f"{host} takes no connection: {'; '.join(errors)}", resolved=addresses(places))


async def _wrap(sock: socket.socket) -> Connection:
    try:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, sock=sock)
    except BaseException:
        sock.close()
        raise
    return connection


async def _open(place: Place) -> socket.socket:
    family, address, port, scope = place
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        where = (address, port) if family == socket.AF_INET else (address, port, 0, scope)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


def _close_late(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()
