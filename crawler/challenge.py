"""Block and challenge pages, whatever their status: a CDN's "Access Denied" is not an empty list.

Headers that no ordinary page carries count always, words and structure only on pages that say little
else. What they are is in `crawler.challenge_signs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.challenge_signs import CHALLENGERS, DATA, MACHINES, TITLES, WORDS
from crawler.markup import words as words_of
from crawler.markup import words_without_script

_OPENING = 65_536
"""Bytes of a body that are looked at."""
_SMALL = 16_384
"""Bytes of a page that a machine writes by itself."""
_FEW_WORDS = 250
_TINY = 4096
"""Bytes of a refusal in JSON."""
_NAMES = {403: "403 Forbidden", 405: "405 Method Not Allowed", 406: "406 Not Acceptable", 429: "429 Too Many Requests"}
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_IMPERVA_BLOCK = re.compile(r"\bB\d+\(")
_ELEMENT = re.compile(
    rb"<(?!/?(?:html|head|body|meta|title|link|script|noscript|style|base|!|br|p>\s*</p)\b)[a-z]", re.IGNORECASE
)


def signs(status: int, headers: Iterable[tuple[bytes, bytes]], body_start: bytes) -> str:
    """What shows that an answer is a block or challenge page, in a few words; empty for a page.

    Args:
        status: HTTP status.
        headers: names and values as received.
        body_start: the opening of the decoded body, up to 64 KiB.
    """
    named: dict[str, str] = {}
    for name, value in headers:
        key = name.decode("latin-1").lower()
        named[key] = f"{named[key]}, {value.decode('latin-1')}" if key in named else value.decode("latin-1")
    sign = _from_headers(status, named) or _from_body(status, named, body_start)
    if not sign and status in _NAMES:
        sign = f"{_NAMES[status]}{_by(named)}"
    return sign


def _from_headers(status: int, headers: dict[str, str]) -> str:
    """Headers that no ordinary page carries."""
    action = headers.get("x-amzn-waf-action", "").strip().lower()
    if action:
        return f"AWS WAF {action}"
    for name, whose in (("cf-mitigated", "Cloudflare"), ("x-vercel-mitigated", "Vercel"), ("sg-captcha", "SiteGround")):
        if headers.get(name, "").strip():
            return f"{whose} {headers[name].strip()[:40]}"
    if "block" in headers.get("rimon", "").lower():
        return "content filter block (Rimon)"
    if "captcha" in headers.get("x-datadome", "").lower() or headers.get("x-dd-b", "").strip() in {"1", "2"}:
        return "DataDome challenge"
    if headers.get("x-sucuri-block", "").strip():
        return "Sucuri block page"
    if status in {401, 403, 405, 429} and headers.get("x-datadome", "").strip():
        return "DataDome challenge"
    if status in {403, 405, 429} and headers.get("x-amzn-errortype", "").lower().startswith("forbidden"):
        return "AWS block"
    if status in {403, 405, 429} and "x-kpsdk-ct" in headers:
        return "Kasada challenge"
    return ""


def _by(headers: dict[str, str]) -> str:
    """Who refused, where headers tell."""
    server = headers.get("server", "").lower()
    cookies = headers.get("set-cookie", "").lower()
    if (
        "akamai" in server
        or "ak_p" in headers.get("server-timing", "")
        or any(name.startswith("x-akamai") for name in headers)
        or any(cookie in cookies for cookie in ("ak_bmsc=", "bm_sz=", "_abck=", "akamai_visit_id="))
    ):
        return " from Akamai"
    if "cloudflare" in server or "cf-ray" in headers:
        return " from Cloudflare"
    if "incap_ses" in cookies or "visid_incap" in cookies or "x-iinfo" in headers:
        return " from Imperva"
    if any(name in headers.get("x-cdn", "").lower() for name in ("imperva", "incapsula")):
        return " from Imperva"
    if "sucuri" in server or "x-sucuri-id" in headers:
        return " from Sucuri"
    if (
        "rdwr" in cookies
        or "__uzm" in cookies
        or server.startswith("rdwr")
        or any(name.startswith(("x-rdwr", "x-sl-compstate")) for name in headers)
    ):
        return " from Radware"
    if "rbzid" in cookies:
        return " from Reblaze"
    if "cloudfront" in headers.get("x-cache", "").lower() or server == "cloudfront" or "x-amz-cf-id" in headers:
        return " from CloudFront"
    if server.startswith("awselb"):
        return " from AWS load balancer"
    if "x-azure-ref" in headers:
        return " from Azure Front Door"
    if "_px" in cookies:
        return " from PerimeterX"
    if server.startswith(("bigip", "big-ip")) or "bigipserver" in cookies:
        return " from F5"
    return ""


def _from_body(status: int, headers: dict[str, str], body: bytes) -> str:
    kind = headers.get("content-type", "text/html").lower()
    head = body[:_OPENING]
    if _MARKUP.match(head):
        kind = "text/html"  # in place of a table or of JSON, whatever it says it is
    if "json" in kind:
        tiny = len(body) <= _TINY
        return next((name for name, pattern in DATA if tiny and pattern.search(head)), "")
    if not ("html" in kind or "text/plain" in kind or "xml" in kind):
        return ""
    words = words_of(head)
    little = len(head) < _OPENING and len(words.split()) <= _FEW_WORDS
    if little or (status != 200 and len(head) <= _SMALL):
        for name, pattern in MACHINES:
            if pattern.search(head):
                return name
    if not little:
        return ""
    title = _title(head)
    for name, pattern in TITLES:
        if pattern.fullmatch(title):
            return f"{name}{_by(headers)}"
    told = words_without_script(head)
    for name, pattern in WORDS:
        if pattern.search(told):
            return name
    return _bare(status, headers, kind, head, words)


def _bare(status: int, headers: dict[str, str], kind: str, head: bytes, words: bytes) -> str:
    """Pages with nothing on them: only headers, scripts and status can tell."""
    if status == 202 and "html" in kind:
        return f"202 Accepted instead of a page{_by(headers)}"
    if not words.strip() and _IMPERVA_BLOCK.search(headers.get("x-iinfo", "")):
        return "Imperva block page"
    if not words.strip() and b"_Incapsula_Resource" in head and not _ELEMENT.search(head):
        return "Imperva challenge"
    return ""


def _title(head: bytes) -> bytes:
    lowered = head.lower()
    start = lowered.find(b"<title")
    opened = lowered.find(b">", start)
    closed = lowered.find(b"</title", opened)
    return b" ".join(head[opened + 1 : closed].split())[:200] if 0 <= start < opened < closed else b""


def challenger(host: str) -> bool:
    """Whether `host` is one that refused readers are sent to."""
    return any(host == name or host.endswith(f".{name}") for name in CHALLENGERS)
