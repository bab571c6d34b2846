"""URLs as they are sent, and where an answer redirects to (RFC 9110 section 15.4, RFC 3986)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from config.errors import RecordwatchError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CLEAN = re.compile(r"https?://[!$-;=?-Z\[\]_a-z~]+")
"""Nothing but what RFC 3986 allows in a URL without a fragment: the fast and usual case."""


class BadAddress(RecordwatchError):
    """This is no address that can be fetched: not http, no host, or not a URL at all."""


class RedirectLoop(RecordwatchError):
    """The answers redirect in a circle."""

    def __init__(self, url: str, to: str) -> None:
        super().__init__(f"this redirects to {to}, where it already was", where=url, todo="open it in a browser to see")
        self.url = url
        self.to = to


def without_user(url: str) -> str:
    """`url` without user, password and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


@lru_cache(maxsize=4096)
def clean(url: str) -> str:
    """`url` as it can be sent: percent-encoded, no white space around or in it, no fragment, no user.

    Raises:
        BadAddress: it is no http or https URL with a host.
    """
    try:
        if "@" in url or not _CLEAN.fullmatch(url):
            url = without_user(safe_url_string(url.strip()))
            if not _CLEAN.fullmatch(url):
                raise BadAddress("this is no http:// or https:// URL that could be sent", where=url)
        parts = urlsplit(url)
        named, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress(f"this is no URL: {error}", where=url) from error
    if parts.scheme not in {"http", "https"} or not named:
        raise BadAddress("only http:// and https:// addresses with a host are fetched", where=url)
    return url if parts.path else urlunsplit((parts.scheme, parts.netloc, "/", parts.query, ""))


def host(url: str) -> str:
    """The host of `url`, lowercase, without a final dot."""
    return (urlsplit(url).hostname or "").rstrip(".")


def redirect_target(url: str, status: int, location: str) -> str | None:
    """Where an answer with `status` and this Location sends us; None when it is no redirect.

    `location` is Latin-1 text as it came: bytes above 127 are taken as UTF-8 where they are UTF-8.

    Raises:
        BadAddress: it redirects to something that cannot be fetched.
    """
    if status not in REDIRECTS or not location.strip():
        return None
    raw = location.strip().encode("latin-1")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    try:
        return clean(urljoin(url, text))
    except (ValueError, BadAddress) as error:
        raise BadAddress(f"this redirects to {text!r}, which cannot be fetched", where=url) from error


def redirected_method(method: str, status: int) -> str:
    """The method to go on with: 303 means GET; so do 301 and 302 after POST, as every browser does it."""
    if (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST"):
        return "GET"
    return method


def same_origin(one: str, other: str) -> bool:
    """Whether both URLs have the same scheme, host and port."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def same_but_query(one: str, other: str) -> bool:
    """Whether both URLs name the same object of the same host, signed differently at most."""
    return urlsplit(one)[:3] == urlsplit(other)[:3]
