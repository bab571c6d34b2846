"""From a `WireRequest` to the bytes on the wire, and to the masked copy that is kept."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import unquote_plus

import idna

from crawler.capture.errors import RequestRefused
from crawler.capture.wire import WireRequest

_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[^\[\]:@]*)(?::([0-9]*))?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ILLEGAL = re.compile(rb"[\x00-\x20\x7f-\xff]")
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+")
_PORTS = {"http": 80, "https": 443}
_ALWAYS_SECRET = {b"authorization", b"proxy-authorization"}
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""RFC 9110 section 9.2.2: safe to send again when the server closed without a word."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL points, and how it is written on the request line."""

    scheme: str
    """`http` or `https`."""
    host: str
    """As connected to and checked: lowercase ASCII, no brackets, no trailing dot."""
    port: int
    authority: bytes
    """As in `Host`: case as in the URL, a default port left out."""
    path: bytes
    """Origin form: path and query; only what is illegal is percent-encoded."""

    @property
    def absolute(self) -> bytes:
        """Absolute form, for a forward proxy."""
        return self.scheme.encode() + b"://" + self.authority + self.path


@dataclass(frozen=True, slots=True)
class Prepared:
    """Request bytes: as sent, and with secrets replaced by as many `*`."""

    wire: bytes
    kept: bytes


def parse_target(url: str) -> Target:
    """Split `url`. User information and fragment are not sent.

    Raises:
        RequestRefused: it is no http(s) URL with a usable host, or holds a line break.
    """
    if "\r" in url or "\n" in url:
        raise RequestRefused("the URL holds a line break", todo="strip it where the link is read")
    match = _URL.fullmatch(url)
    if match is None:
        raise RequestRefused("this is no http:// or https:// URL")
    scheme = match[1].lower()
    parts = _AUTHORITY.fullmatch(match[2])
    if parts is None or not parts[1]:
        raise RequestRefused(f"the URL names no usable host: {match[2][:200]!r}")
    shown = _ascii_host(parts[1])
    host = shown.lower().strip("[]").rstrip(".")
    port = int(parts[2][:9]) if parts[2] else _PORTS[scheme]
    if not host or not 0 < port < 65536:
        raise RequestRefused(f"the URL names no usable host and port: {match[2][:200]!r}")
    authority = shown if port == _PORTS[scheme] else f"{shown}:{port}"
    rest = match[3]
    return Target(scheme, host, port, authority.encode(), _quote(rest if rest.startswith("/") else "/" + rest))


def _ascii_host(host: str) -> str:
    """IDNA for names that need it. A percent sign could hide an address, so it is refused."""
    if host.startswith("["):
        return host
    if not host.isascii():
        try:
            host = idna.encode(host[:300], uts46=True).decode()
        except idna.IDNAError as error:
            raise RequestRefused(f"the host {host[:200]!r} is no internationalised name: {error}") from error
    if not _HOST.fullmatch(host):
        raise RequestRefused(f"the host {host[:200]!r} holds characters that no host name has")
    return host


def _quote(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return _ILLEGAL.sub(lambda found: b"%%%02X" % found[0][0], raw)


def prepare(request: WireRequest, target: Target, *, proxied: bool = False, credentials: str = "") -> Prepared:
    """The request's bytes: its headers in their order, before them `Host` and after them
    `Content-Length` where HTTP/1.1 needs one and it is not given.

    Args:
        request: what is asked.
        target: its URL.
        proxied: use absolute form and send `credentials` to the proxy.
        credentials: `user:password` for Proxy-Authorization, or empty.

    Raises:
        RequestRefused: a method, header or length would make it another request.
    """
    method = request.method.encode("ascii", "replace")
    if not _NAME.fullmatch(method) or method == b"CONNECT":
        raise RequestRefused(f"{request.method!r} is no HTTP method that can be archived")
    headers = list(request.headers)
    names = {name.lower() for name, _ in headers}
    for name, value in headers:
        if not _NAME.fullmatch(name) or b"\r" in value or b"\n" in value or b"\0" in value:
            raise RequestRefused(f"the request header {name[:80].decode('latin-1')!r} cannot be sent as it stands")
    if b"transfer-encoding" in names:
        raise RequestRefused("requests are sent with Content-Length, not Transfer-Encoding")
    if b"host" not in names:
        headers.insert(0, (b"Host", target.authority))
    length = str(len(request.body)).encode()
    if any(value.strip() != length for name, value in headers if name.lower() == b"content-length"):
        raise RequestRefused(f"Content-Length of the request is not its {len(request.body)} bytes")
    if b"content-length" not in names and (request.body or method in {b"POST", b"PUT", b"PATCH"}):
        headers.append((b"Content-Length", length))
    if proxied and credentials and b"proxy-authorization" not in names:
        headers.append((b"Proxy-Authorization", b"Basic " + base64.b64encode(credentials.encode())))
    path = target.absolute if proxied else target.path
    wire = _serialise(method, path, headers, request.body)
    hide = {name.lower() for name in request.secret_parameters}
    secret = {name.lower().encode() for name in request.secret_headers} | _ALWAYS_SECRET
    if not hide and secret.isdisjoint(name.lower() for name, _ in headers):
        return Prepared(wire, wire)
    kept = [(name, _masked_header(name.lower(), value, secret, hide)) for name, value in headers]
    form = any(n.lower() == b"content-type" and b"form-urlencoded" in v.lower() for n, v in headers)
    body = _mask_pairs(request.body, hide) if form else request.body
    return Prepared(wire, _serialise(method, _mask_query(path, hide), kept, body))


def masked_url(url: str, secret_parameters: frozenset[str]) -> str:
    """`url` with the values of secret parameters replaced by as many `*`, for errors and logs."""
    if not secret_parameters:
        return url
    hide = {name.lower() for name in secret_parameters}
    return _mask_query(url.encode("utf-8", "surrogatepass"), hide).decode("utf-8", "replace")


def _serialise(method: bytes, path: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    lines = [method + b" " + path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in headers]
    lines += [b"", body]
    return b"\r\n".join(lines)


def _masked_header(name: bytes, value: bytes, secret: set[bytes], hide: set[str]) -> bytes:
    if name in secret:
        return b"*" * len(value)
    if hide and name == b"referer":
        return _mask_query(value, hide)
    return value


def _mask_query(url: bytes, hide: set[str]) -> bytes:
    before, mark, query = url.partition(b"?")
    query, hash_mark, fragment = query.partition(b"#")
    return before + mark + _mask_pairs(query, hide) + hash_mark + fragment


def _mask_pairs(pairs: bytes, hide: set[str]) -> bytes:
    def mask(pair: bytes) -> bytes:
        name, equals, value = pair.partition(b"=")
        if unquote_plus(name.decode("latin-1")).lower() not in hide:
            return pair
        return name + equals + b"*" * len(value)

    return b"".join(mask(part) if part not in {b"&", b";"} else part for part in re.split(rb"([&;])", pairs))
