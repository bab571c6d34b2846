"""Who we say we are, and what we say we take."""

from __future__ import annotations

from importlib.metadata import version
from urllib.parse import urlsplit

from config.home import Operator
from config.portal import Portal
from crawler.capture.redirects import host, without_user

Headers = tuple[tuple[bytes, bytes], ...]

_PAGE = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_OURS = frozenset({
    b"user-agent",  # the portal file decides, with a reason that every WARC repeats
    b"connection",
    b"content-length",
    b"host",
    b"if-modified-since",  # a 304 that the door did not ask for has no body to give
    b"if-none-match",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
})  # fmt: skip
"""Headers that are never taken from a spider: framing and connection are the wire client's."""

_HTTPS = ("https", 443)
_NOT_THE_BROWSERS = _OURS | {b"accept-encoding", b"proxy-authorization"}
_CODINGS = (b"Accept-Encoding", b"gzip, deflate")


def user_agent(portal: Portal, operator: Operator) -> str:
    """`recordwatch/<version> (+contact)`, or what the portal file says instead."""
    if portal.politeness.user_agent:
        return portal.politeness.user_agent
    contact = " ".join(operator.contact.split())
    return f"recordwatch/{version('recordwatch')}" + (f" (+{contact})" if contact else "")


def languages(portal: Portal) -> str:
    """An Accept-Language value: the portal's languages, the first one most."""
    return ", ".join(
        name if not place else f"{name};q={max(0.1, 1 - 0.1 * place):.1f}"
        for place, name in enumerate(portal.languages)
    )


class Identity:
    """The headers of every request, in the order they are sent."""

    def __init__(self, portal: Portal, operator: Operator) -> None:
        self.user_agent = user_agent(portal, operator)
        agent = (b"User-Agent", self.user_agent.encode("latin-1", "replace"))
        language = (b"Accept-Language", languages(portal).encode("ascii", "ignore"))
        spoken = (language,) if portal.languages else ()
        self._agent = agent
        # br and zstd are left out: whoever reads the archive in twenty years has gzip
        self._page: Headers = (agent, (b"Accept", _PAGE), *spoken, _CODINGS)
        # a file's digest should be that of the file, so it travels as it is
        self._file: Headers = (agent, (b"Accept", b"*/*"), *spoken, (b"Accept-Encoding", b"identity"))

    def headers(self, purpose: str, given: Headers) -> Headers:
        """Ours for `purpose`, with those of `given` in their place or after them."""
        if purpose == "browser":
            kept = tuple(pair for pair in given if pair[0].lower() not in _NOT_THE_BROWSERS)
            return (self._agent, *kept, _CODINGS)
        ours = self._page if purpose == "page" else self._file
        if not given:
            return ours
        asked = {name.lower() for name, _ in given}
        kept = tuple(pair for pair in ours if pair[0].lower() not in asked or pair[0] == b"User-Agent")
        return kept + tuple(pair for pair in given if pair[0].lower() not in _OURS)


def referer(page: str, url: str) -> bytes:
    """The Referer for `url` linked from `page`: no fragment, no user, none from https to http."""
    if not page or (page.startswith("https:") and not url.startswith("https:")):
        return b""
    return without_user(page).encode("ascii", "ignore")


def token_header(portal: Portal) -> tuple[bytes, bytes] | None:
    """The operator's API token as a header; None without one. Raises ConfigError where one is needed and not set."""
    value = portal.token.value() if portal.token is not None else ""
    return (portal.token.header.encode("ascii"), value.encode("ascii")) if portal.token and value else None


def token_goes_to(portal: Portal, url: str) -> bool:
    """Whether `url` may see the operator's token: a host that the portal file names, by https, or by the scheme and
    port of the portal's own address. A link or redirect to http is no reason to send it where everybody can read.
    """
    if portal.token is None or host(url) not in {host(portal.url), *(name.lower() for name in portal.token.hosts)}:
        return False
    return _way(url) in {_HTTPS, _way(portal.url)}


def _way(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.port or (443 if parts.scheme == "https" else 80)
