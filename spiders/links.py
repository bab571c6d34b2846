"""What a link leads to, and what of it stays the same when the link is dressed differently."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import msgspec

from releases.model import File
from spiders.page import Part
from spiders.players import MEDIA, media_file

DOCUMENT = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|json|xml|rtf|txt|zip|gz|7z|jpe?g|png|gif|tiff?)\Z", re.IGNORECASE
)
KINDS = {
    "image": re.compile(r"\.(?:jpe?g|png|gif|tiff?)\Z", re.IGNORECASE),
    "data": re.compile(r"\.(?:csv|tsv|json|xml|xlsx?|ods)\Z", re.IGNORECASE),
    "archive": re.compile(r"\.(?:zip|gz|7z)\Z", re.IGNORECASE),
    "video": re.compile(r"\.(?:mp4|m4v|mov|webm|avi)\Z", re.IGNORECASE),
    "audio": re.compile(r"\.(?:mp3|m4a|wav|ogg)\Z", re.IGNORECASE),
}
TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|_ga|_gl|_hs(?:enc|mi)|ref_src|"
    r"jsessionid|phpsessid|aspsessionid\w*|sessionid|cfid|cftoken",
    re.IGNORECASE,
)
"""Query parameters that say who came from where, never which page is meant."""
PLAYERS = re.compile(r"vimeo\.|youtu|soundcloud\.", re.IGNORECASE)
PLAYER_TAGS = frozenset({"iframe", "video", "audio"})
SESSION = re.compile(r";jsessionid=[^/?#]*|/\(S\([a-z0-9]+\)\)(?=/)", re.IGNORECASE)
"""Session tokens that Java and ASP.NET write into paths."""


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What of a link says which file it is."""

    ignore_parameters: tuple[str, ...] = ()
    """Query parameters that differ each time (signatures, expiry); `*` for all."""
    strip_host: bool = True
    """Whether the file is the same on another host."""


def is_document(url: str) -> bool:
    """Whether the address ends like a document, a picture, sound, video or data."""
    path = urlsplit(url).path
    return bool(DOCUMENT.search(path) or MEDIA.search(path))


def kind_of(url: str) -> str:
    """image, data, archive, video, audio; document for everything else."""
    path = urlsplit(url).path
    return next((kind for kind, ending in KINDS.items() if ending.search(path)), "document")


def plain_link(url: str, ignored: Collection[str] = ()) -> str:
    """`url` without tracking parameters, and without those `ignored`; as it is where it has none."""
    url = SESSION.sub("", url)
    parts = urlsplit(url)
    if not parts.query:
        return url
    if "*" in ignored:
        return urlunsplit(parts._replace(query=""))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not TRACKING.fullmatch(name) and name not in ignored]
    return url if len(kept) == len(pairs) else urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote)))


def key_of(url: str, host: str, ignored: Collection[str] = ()) -> str:
    """Path and query of `url`, with its host where that is not `host`: the usual key of a page."""
    parts = urlsplit(plain_link(url, ignored))
    place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return place if parts.netloc == host else f"{parts.netloc}{place}"


def file_of(url: str, name: str, page: str, identity: Identity) -> File:
    """The file that `url` leads to; players on other hosts keep their own number as identity."""
    name = name or urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1] or url
    kind = kind_of(url)
    if PLAYERS.search(url):
        played = media_file(page, url, name, kind if kind in {"audio", "video"} else "video")
        if played is not None and played.host in {"vimeo", "youtube", "soundcloud"}:
            return played
    plain = plain_link(url, identity.ignore_parameters)
    parts = urlsplit(plain)
    own = ""
    if not identity.strip_host:
        own = plain.partition("://")[2]
    elif plain != url:
        own = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return File(url, name, kind, own)


def players_of(elements: Iterable[Part], identity: Identity) -> tuple[File, ...]:
    """A file for each `<iframe>`, `<video>` and `<audio>` among `elements`: the player or file whose address it has.
    One without an address of that kind has it from a script: then what the page itself plays is the file.
    """
    found: dict[str, File] = {}
    around: dict[int, bool] = {}
    for element in elements:
        if element.tag not in PLAYER_TAGS or element.in_navigation(around):
            continue
        kind = "audio" if element.tag == "audio" else "video"
        sources = [element, *element.many("source[src]")] if element.tag != "iframe" else [element]
        address = next((link for one in sources if (link := one.address("src"))), "")
        if element.tag != "iframe" and not MEDIA.search(urlsplit(address).path):
            address = element.url
        name = element.attribute("title") or element.attribute("aria-label") or kind
        file = media_file(element.url, address, name, kind)
        if file is not None:
            own = file.identity or file_of(address, name, element.url, identity).identity
            file = dataclasses.replace(file, identity=own)
            found.setdefault(file.identity or file.url, file)
    return tuple(found.values())


def files_of(links: Iterable[Part], identity: Identity) -> tuple[File, ...]:
    """A file for each address among `links`, the first name that is none of `PDF`, `Download` …"""
    found: dict[str, File] = {}
    for link in links:
        file = file_of(link.href, link.label() or link.attribute("title"), link.url, identity)
        found.setdefault(file.identity or file.url, file)
    return tuple(found.values())
