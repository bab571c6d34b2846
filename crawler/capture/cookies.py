"""One crawl's cookies, shared by pages and files (RFC 6265)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import cache
from http.client import HTTPMessage
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import Request

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from tldextract import TLDExtract

MOST_PER_DOMAIN = 100
MOST_IN_ALL = 3000
MOST_BYTES = 4096
"""Bounds of RFC 6265 section 6.1, so that a hostile host cannot grow our requests without end."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@cache
def _suffixes() -> TLDExtract:
    """The public suffix list as shipped with tldextract: it must never be downloaded."""
    from tldextract import TLDExtract

    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


def is_public_suffix(domain: str) -> bool:
    """Whether strangers may register names under `domain` (co.uk, github.io): no cookie may span it."""
    parts = _suffixes()(domain.lstrip("."))
    return not parts.domain


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


class _Policy(DefaultCookiePolicy):
    """The standard library's Netscape rules, plus public suffixes and bounds."""

    def __init__(self, jar: Cookies) -> None:
        super().__init__(netscape=True, rfc2965=False, strict_ns_domain=DefaultCookiePolicy.DomainLiberal)
        self._jar = jar

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        text = f"{cookie.name}={cookie.value or ''}"
        if len(text) > MOST_BYTES or _CONTROL.search(text) or not self._jar.has_room(cookie):
            return False
        if cookie.domain_specified:
            domain, host = cookie.domain.lstrip("."), urlsplit(request.full_url).hostname or ""
            # a host that is itself a suffix may keep cookies for itself (RFC 6265 section 5.3, step 5)
            if domain != host and (is_public_suffix(domain) or _is_address(host)):
                return False
        return super().set_ok(cookie, request)


class _Answer:
    """What `CookieJar.extract_cookies` wants of a response: `info()`."""

    def __init__(self, values: Iterable[bytes]) -> None:
        self._message = HTTPMessage()
        for value in values:
            self._message["Set-Cookie"] = value.decode("latin-1").replace("\r", " ").replace("\n", " ")

    def info(self) -> HTTPMessage:
        return self._message


class Cookies:
    """A cookie jar for one crawl. Cookies are never written to disk; the wire record has them."""

    def __init__(self) -> None:
        self._policy = _Policy(self)
        self._jar = CookieJar(policy=self._policy)
        self._count = 0
        self.version = 0
        """Grows with every answer that sets cookies: a redirect back to the same URL is then no loop."""

    def header(self, url: str) -> bytes:
        """The value of the Cookie header for `url`; empty when there is none to send."""
        if not self._count:
            return b""
        request = Request(url)  # noqa: S310 - a value object here; nothing is opened
        self._jar.add_cookie_header(request)
        return (request.get_header("Cookie") or "").encode("latin-1", "ignore")

    def store(self, url: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take the Set-Cookie headers of an answer to `url`. What does not parse is ignored."""
        values = [value for name, value in headers if name.lower() == b"set-cookie"]
        if not values:
            return
        self._jar.extract_cookies(cast("HTTPResponse", _Answer(values)), Request(url))  # noqa: S310 - as above
        self._count = len(self._jar)
        self.version += 1

    def put(self, url: str, name: str, value: str) -> None:
        """A cookie that a spider sets itself, for the host of `url`, as if that host had set it."""
        self.store(url, [(b"Set-Cookie", f"{name}={value}; Path=/".encode("latin-1", "replace"))])

    def has_room(self, cookie: Cookie) -> bool:
        """Whether `cookie` replaces one, or fits beside those of its domain."""
        beside = 0
        for held in self._jar:
            if held.domain == cookie.domain:
                if held.name == cookie.name and held.path == cookie.path:
                    return True
                beside += 1
        return beside < MOST_PER_DOMAIN and len(self._jar) < MOST_IN_ALL
