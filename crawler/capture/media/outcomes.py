"""Why a recording could not be had, in the few words that a reader needs: from the resolver's typed errors.

Mapped with care: what is not surely one of these stays as the resolver said it. Only `removed` may ever become
news, and only when its host says so twice (see `releases.ledger.files`).
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

from config.errors import RecordwatchError
from crawler.capture.media.answer import Info, Refusal
from releases.model import MediaTrouble

GONE = frozenset({404, 410})
MOST_SAID = 300

WORDS: dict[MediaTrouble, str] = {
    "removed": "its host says that the recording was removed",
    "private": "its host says that the recording is private",
    "login": "its host asks for a login, or for a proof that no machine asks",
    "geo": "its host does not show the recording in the country that this crawl comes from",
    "age": "its host shows the recording to logged-in adults alone",
    "live": "the recording is a live stream that has not ended; it is taken when it is a recording",
    "drm": "the recording is encrypted with digital rights management, which is not circumvented",
    "unsupported": "no recording was found at this address by any means that recordwatch has",
    "unreachable": "its host gave no usable answer",
}
"""One sentence each, as the end of "could not be had: "."""

_REMOVED = re.compile(
    r"video (?:is )?(?:unavailable|not available anymore)\b"
    r"|video (?:has been|was) (?:removed|deleted|taken down)"
    r"|(?:removed|deleted) by (?:the |its )?(?:uploader|owner|author|user)"
    r"|no longer available (?:due to|because)|account associated with this video has been (?:terminated|closed)"
    r"|(?:video|track|recording|clip) (?:does not|doesn.t) exist",
    re.IGNORECASE,
)
_PRIVATE = re.compile(r"\bprivate (?:video|track)|(?:video|track) is private|password", re.IGNORECASE)
_AGE = re.compile(r"confirm your age|age.restrict|inappropriate for some users|age.verif", re.IGNORECASE)
_LOGIN = re.compile(
    r"sign in|log ?in\b|logged.in|captcha|members.only|registered users|authenticat|not a bot|privacy settings"
    r"|without embedding url|premium|purchase|rent(?:al|ed)\b",
    re.IGNORECASE,
)
_GEO = re.compile(r"(?:in|from) your (?:country|location|region)|geo.?restrict|geo.?block", re.IGNORECASE)
_LIVE = re.compile(
    r"live event (?:will begin|has not)|premieres? in|is offline|not currently live|live stream is", re.IGNORECASE
)
_DRM = re.compile(r"\bDRM\b")
_ADVICE = re.compile(
    r"\.? Use --|; please report|\(caused by| Confirm you are on the latest| Please call yt-dlp| You might want to use a VPN",
    re.IGNORECASE,
)
"""Where the resolver begins to advise its own users."""
_NOT_GONE = re.compile(r"try again|rate.limit|temporar|blocked|unavailable in your|fingerprint", re.IGNORECASE)


class Unhad(RecordwatchError):
    """A recording, or a piece of it, that could not be had. `trouble` is why, in a word."""

    def __init__(
        self, trouble: MediaTrouble, said: str = "", *, status: int = 0, capture: str = "", link: bool = False
    ) -> None:
        super().__init__(sentence(trouble, said))
        self.trouble: MediaTrouble = trouble
        self.status = status
        """Of the host's answer that was the reason; 0 when there was none."""
        self.capture = capture
        self.expired = link and status in {401, 403, 404, 410}
        """Whether it is a link to bytes that failed so that a fresh one may work."""


def trouble_of(refusal: Refusal, asked: str) -> MediaTrouble:
    """Which trouble a refusal of the resolver is.

    Args:
        refusal: as its process said.
        asked: the address that was asked about.
    """
    said = refusal.said
    if refusal.kind in {"UnsupportedError", "List"}:
        return "unsupported"
    if refusal.kind == "GeoRestrictedError" or _GEO.search(said):
        return "geo"
    if _DRM.search(said):
        return "drm"
    if refusal.kind == "UserNotLive" or _LIVE.search(said):
        return "live"
    if refusal.status in GONE:
        return "removed" if _about(refusal.url, asked) else "unreachable"
    if refusal.status in {401, 402} or (refusal.status == 0 and _AGE.search(said)):
        return "age" if _AGE.search(said) else "login"
    if _PRIVATE.search(said):
        return "private"
    if _LOGIN.search(said):
        return "login"
    if refusal.status == 0 and _REMOVED.search(said) and not _NOT_GONE.search(said):
        return "removed"
    return "unreachable"


def trouble_in(info: Info) -> MediaTrouble | None:
    """What of a good answer forbids taking it: a stream that runs, or is to run."""
    return "live" if info.live_status in {"is_live", "is_upcoming", "post_live"} else None


def sentence(trouble: MediaTrouble, said: str = "") -> str:
    """What the file's outcome says; `said` is what the resolver or the host said, cut to a length."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in said).split())
    plain = _ADVICE.split(plain.removeprefix("ERROR: "))[0].rstrip(". ")
    plain = plain if len(plain) <= MOST_SAID else f"{plain[:MOST_SAID]}…"
    return f"{WORDS[trouble]} ({plain})" if plain else WORDS[trouble]


def _about(answered: str, asked: str) -> bool:
    """Whether what was not found is the recording itself: an API that is gone, or a script, says nothing of it."""
    if not same_house(answered, asked):
        return False
    parts = urlsplit(asked)
    query = parse_qs(parts.query)
    name = query.get("v", [""])[0] or urlsplit(query.get("url", [asked])[0]).path.strip("/").rpartition("/")[2]
    words = re.split(r"[/?&=#:]", unquote(answered.partition("://")[2]).partition("/")[2])
    return name in words


def same_house(one: str, other: str) -> bool:
    """Whether both addresses belong to one owner, by the last two labels of their hosts' names. YouTube's own
    shorter name counts as YouTube.
    """
    return _owner(one) == _owner(other) != ""


def _owner(url: str) -> str:
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    owner = host if host.replace(".", "").isdigit() or ":" in host else ".".join(host.split(".")[-2:])
    return {"youtu.be": "youtube.com", "youtube-nocookie.com": "youtube.com"}.get(owner, owner)
