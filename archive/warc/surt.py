"""SURT keys: URLs turned so that one host's captures sort together (`com,example)/path?query`).

Follows the rules that web archives share (Internet Archive's archive-commons canonicaliser): scheme,
user and fragment dropped; host lowercased, `www.` and `www<n>.` dropped, labels reversed; default port
dropped; path and query lowercased after minimal percent-encoding; session ids dropped; query arguments
sorted; trailing slash dropped.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_WWW = re.compile(r"^www\d*\.")
_HEX_ID = "[0-9a-z]{32}"
_PATH_SESSION = (
    re.compile(r"^(.*/)(\((?:[a-z]\([0-9a-z]{24}\))+\)/)([^?]+\.aspx.*)$", re.IGNORECASE),
    re.compile(r"^(.*/)(\([0-9a-z]{24}\)/)([^?]+\.aspx.*)$", re.IGNORECASE),
)
_QUERY_SESSION = (
    re.compile(rf"^(.*)(?:jsessionid={_HEX_ID})(?:&(.*))?$", re.IGNORECASE),
    re.compile(rf"^(.*)(?:phpsessid={_HEX_ID})(?:&(.*))?$", re.IGNORECASE),
    re.compile(rf"^(.*)(?:sid={_HEX_ID})(?:&(.*))?$", re.IGNORECASE),
    re.compile(r"^(.*)(?:aspsessionid[a-z]{8}=[a-z]{24})(?:&(.*))?$", re.IGNORECASE),
    re.compile(r"^(.*)(?:cfid=[^&]+&cftoken=[^&]+)(?:&(.*))?$", re.IGNORECASE),
)
_PORTS = {"http": "80", "https": "443"}


_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(rb"[^!-~]|[%#]")


def _unescape(raw: bytes) -> bytes:
    while b"%" in raw:
        plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), raw)
        if plain == raw:
            break
        raw = plain
    return raw


def _escape(raw: bytes) -> str:
    return _UNSAFE.sub(lambda found: b"%%%02x" % ord(found[0]), _unescape(raw)).decode()


def _escape_text(text: str) -> str:
    return _escape(text.encode("utf-8", "replace"))


def _normal_path(path: str) -> str:
    # `..` at the root stays, and pops empty pieces like others: so do the community's keys.
    kept: list[str] = []
    for piece in path.split("/")[1:]:
        if piece == ".." and kept:
            kept.pop()
        elif piece != ".":
            kept.append(piece)
    return "/" + "".join(f"{piece}/" for piece in kept[:-1] if piece) + (kept[-1] if kept else "")


def _host(host: str) -> str:
    host = host.replace("..", ".").strip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            host = _escape_text(host)
    return _WWW.sub("", host, count=1) if host.startswith("www") else host


def _query(query: str) -> str:
    for pattern in _QUERY_SESSION if "id" in query.lower() else ():
        found = pattern.match(query)
        if found:
            query = found[1] + (found[2] or "")
    if len(query) <= 1:
        return query.lower()
    return "&".join(sorted(query.lower().split("&"), key=lambda pair: tuple(pair.split("=", 1))))


@lru_cache(maxsize=4096)
def surt(url: str) -> str:
    """The key of `url`. Anything that is not hierarchical (`urn:`, `dns:`) is its own key."""
    url = url.strip()
    found = _SCHEME.match(url)
    scheme = found[1].lower() if found else "http"
    if found and not url[found.end() :].startswith("//"):
        return url
    rest = (url[found.end() :] if found else url).lstrip("/")
    rest = re.sub(r"[\r\n\t]", "", rest).partition("#")[0]
    split = re.search(r"[/?]", rest)
    authority, tail = (rest[: split.start()], rest[split.start() :]) if split else (rest, "")
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = authority.partition(":")
        host = ",".join(
            reversed(_host(_unescape(host.encode("utf-8", "replace")).decode("utf-8", "replace")).split("."))
        )
    path, mark, query = tail.partition("?")
    plain = _normal_path(_unescape(path.encode("utf-8", "replace")).decode("latin-1"))
    path = _escape(plain.encode("latin-1"))
    return _join(scheme, host.lower(), port, path, _escape_text(query) if mark else "")


def _join(scheme: str, host: str, port: str, path: str, query: str) -> str:
    path = path.lower()
    for pattern in _PATH_SESSION if ".aspx" in path else ():
        found = pattern.match(path)
        if found:
            path = found[1] + found[3]
    if len(path) > 1:
        path = path.removesuffix("/")
    query = _query(query)
    shown_port = "" if port in {"", _PORTS.get(scheme, "")} else f":{port}"
    return f"{host}{shown_port}){path}" + (f"?{query}" if query else "")
