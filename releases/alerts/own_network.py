"""Whether a channel leads into the newsroom's own network: messages are sent there for operators alone."""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from urllib.parse import urlsplit

_OWN = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})
_OWN_ENDS = (".localhost", ".local", ".internal")
_HERE = frozenset({"dbus", "qt", "glib", "kde", "gnome", "macosx", "windows", "syslog"})
"""Services of Apprise that are programs on this machine."""


def named_inside(channel: str) -> bool:
    """Whether the address itself names this machine or its network, or a program on this machine. Asks no name server:
    in many a service's address a secret stands where others have the host.
    """
    try:
        host = unicodedata.normalize("NFKC", urlsplit(channel).hostname or "").casefold().replace("。", ".").rstrip(".")
    except ValueError:
        return True
    if channel.partition(":")[0].casefold() in _HERE:
        return True
    address = _address(host)
    if address is None:
        return host in _OWN or host.endswith(_OWN_ENDS)
    return not _outside(address)


def leads_inside(channel: str) -> bool:
    """Whether any address that its host has is one of this machine or its network. Asks the name server; a host that
    nobody knows leads nowhere.
    """
    try:
        host = urlsplit(channel).hostname or ""
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return False
    return any(not _outside(ipaddress.ip_address(str(one[4][0]).partition("%")[0])) for one in found)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """`host` where it is an address, also as only old programs write them: `127.1`, `0x7f000001`, `2130706433`."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host)) if host and " " not in host else None
    except OSError:
        return None


def _outside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        for within in (address.ipv4_mapped, address.sixtofour):
            if within is not None:
                return within.is_global
    return address.is_global and not address.is_multicast
