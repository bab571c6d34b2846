"""What pages and documents say otherwise every time: dates of printing, page numbers, counters, tokens.

A line in which only such a passage differs is noise: shown when asked, never news, never thrown away.
Patterns name the words that stand around the passage, so that an incident's date is never one.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from releases.diff.model import NoiseKind

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_DATE = rf"(?:\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?\s+\d{{2,4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{2,4}})"
_TIME = r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?(?:\s*(?:z|utc|gmt|[ecmp][sd]?t)\b)?(?:\s*[+-]\d\d:?\d\d)?"
_DAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_WHEN = rf"{_DAY}(?:{_DATE}(?:[\sT,|]*(?:at\s+)?{_TIME})?|{_TIME}(?:[\s,|]*(?:on\s+)?{_DATE})?)"
_GAP = r"[\s:|,.\-–—]*"
_SAID = (
    r"(?:(?:this\s+)?(?:page|document|report|list|data|site|web\s?site|content|information)\s+)?(?:was\s+|were\s+)?"
    r"(?:last\s+|first\s+)?"
    r"(?:printed|generated|updated|modified|refreshed|retrieved|rendered|exported|accessed|downloaded|run|"
    r"page\s+generated|date\s+printed|print\s+date|run\s+date|date\s+generated|last\s+update|current\s+as\s+of|"
    r"today\s+is|today'?s\s+date(?:\s+is)?|current\s+(?:date|time)(?:\s+is)?|local\s+time)"
    r"(?:\s+(?:on|at|as\s+of|date|time))*"
)
_START = r"(?:^|(?<=[|•·(;.–—-])|(?<=[|•·(;.–—-]\s))"
_PATTERNS: tuple[tuple[NoiseKind, str], ...] = (
    ("date of printing", rf"{_START}{_SAID}{_GAP}{_WHEN}(?:\s*\bin\s+[\d.,]+\s*(?:ms|s|sec(?:ond)?s?)\b)?"),
    ("date of printing", r"(?:©|\bcopyright\b|^\(c\))\s*(?:©\s*)?(?:\d{4}\s*[-–—]\s*)?\d{4}"),
    ("date of printing", r"\b(?:generated|rendered|loaded|executed)\s+in\s+[\d.,]+\s*(?:ms|s|sec(?:ond)?s?)\b"),
    ("date of printing", r"\b(?:updated|posted|published|generated)\s+\d+\s+(?:second|minute|hour|day|week)s?\s+ago\b"),
    ("counter", r"\b[\d.,]+\s+(?:page\s?)?views?\b"),
    ("counter", r"\b(?:page\s?views?|views|page\s+hits|hit\s+counter|visitors?(?:\s+(?:count|counter|number|no\.?))?)\s*[:#]\s*[\d.,]+"),
    ("counter", r"\bviewed\s+[\d.,]+\s+times\b"),
    ("counter", r"\byou\s+are\s+visitor\s+(?:number\s+|no\.?\s*|#\s*)?[\d.,]+"),
    ("page number", r"^\W*page\s+\d+(?:\s*(?:of|/)\s*\d+)?\W*$"),
    ("page number", r"\bpage\s+\d+\s*(?:of|/)\s*\d+\b"),
    ("token", r"\b(?:nonce|csrf\w*|session(?:\s?id)?|request\s?id|ray\s?id|reference\s?#)['\"]?\s*[:=#]?\s*['\"]?(?=[\w.+/=-]*\d)[\w.+/=-]{8,}"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)
_HINTS = (
    "print", "generat", "updat", "modif", "refresh", "retriev", "render", "export", "access", "download", "run",
    "today", "current", "local", "©", "copyright", "(c)", "loaded", "executed", "posted", "published", "view", "visit",
    "hit", "page", "nonce", "csrf", "session", "request", "ray", "reference",
)  # fmt: skip
"""One of these stands in every passage that is looked for: most lines are done with here."""
_NUMBER = re.compile(r"^[-–—\s]*(?:\d{1,5}|[ivxlc]{1,7})[-–—\s]*$", re.IGNORECASE)
_LONGEST = 160
"""Characters of a line in which such passages are looked for; longer ones are prose, and prose is news."""

_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*|/\((?:S|A|F)\([a-z0-9]+\)\)+", re.IGNORECASE)
_TOKENS = re.compile(
    r"^(?:_?nonce|_?csrf\w*|xsrf\w*|authenticity_token|_?token|sid|s?session_?id|jsessionid|phpsessid|aspsessionid\w*|cfid|cftoken|"
    r"v|ver|cb|cachebust\w*|_|t|ts|timestamp|rand|rnd|r|nocache|__cf\w*|utm_\w+|gclid|fbclid|mc_[ce]id|"
    r"x-amz-(?:date|signature|credential|expires|security-token|algorithm|signedheaders)|signature|expires|awsaccesskeyid|"
    r"sig|se|sp|sv|sr|st|spr|key-pair-id|policy|_wpnonce|__viewstate\w*|__eventvalidation|nc|oh|oe|_nc_\w+)$",
    re.IGNORECASE,
)
"""Names of parameters in which sessions, caches and signatures stand. Values decide too: see `_random`."""
_ALWAYS = re.compile(
    r"nonce|csrf|xsrf|session|jsessionid|phpsessid|utm_|clid|x-amz-|signature|viewstate|eventvalidation", re.IGNORECASE
)
_MIXED = re.compile(r"^(?=.*\d)[\w.~+/=%-]+$")


def without_noise(line: str) -> tuple[str, NoiseKind | None]:
    """(`line` with each passage of noise named instead of said, the kind of the first); white space is one blank."""
    text = " ".join(line.split())
    if len(text) > _LONGEST or not any(map(str.isdigit, text)):
        return text, None
    folded = text.casefold()
    if not any(hint in folded for hint in _HINTS):
        return text, None
    first: NoiseKind | None = None
    for kind, pattern in _COMPILED:
        text, count = pattern.subn(f"\0{kind}\0", text)
        if count and first is None:
            first = kind
    return text, first


def is_bare_number(line: str) -> bool:
    """Whether a line is but a number, as pages of documents have it at their top or bottom."""
    return bool(_NUMBER.match(line))


def steady_url(url: str) -> str:
    """`url` without sessions, cache busters, signatures and trackers, and without what obfuscates addresses."""
    parts = urlsplit(_SESSION_PATH.sub("", url.strip()))
    if "/cdn-cgi/l/email-protection" in parts.path:
        return parts.path
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not (_TOKENS.match(name) and (_ALWAYS.search(name) or _MIXED.match(value) or value.isdigit()))
    ]
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in kept)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))
