"""Links to players on other hosts, made into files whose identity survives the link's dress."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from releases.model import File
from spiders.page import clean_link

MEDIA = re.compile(r"\.(?:mp4|m4v|mov|webm|avi|mp3|m4a|wav|ogg)\Z", re.IGNORECASE)
VIMEO = re.compile(r"/(?:video/)?(\d+)(?:/[0-9a-f]+)?/?\Z")
YOUTUBE = re.compile(r"\A[\w-]{6,20}\Z")
SOUNDCLOUD_TRACK = re.compile(r"/(tracks|playlists)/(\d+)")


def media_file(page_url: str, link: str, name: str, kind: str) -> File | None:
    r"""The video or sound that `link` plays or is; None where it is no http(s) link.

    Args:
        page_url: the page that shows it.
        link: as printed in an attribute or a script (`&amp;`, `\/` and `//host` are understood).
        name: as printed.
        kind: `video` or `audio`, as the page says.

    A player's identity is its host's own number (`vimeo:123`): access tokens (`?h=`) and player
    options change, the number does not. Links that are no known player and no media file are
    `embed`, to be resolved later.
    """
    url = clean_link(page_url, link.replace("\\/", "/"))
    if not url:
        return None
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    query = parse_qs(parts.query)
    if host in {"vimeo.com", "player.vimeo.com"} and (found := VIMEO.search(parts.path)):
        return File(url, name, kind, f"vimeo:{found.group(1)}", "vimeo")
    if host in {"youtube.com", "m.youtube.com", "youtube-nocookie.com", "youtu.be"}:
        last = query.get("v", [parts.path.rstrip("/").rsplit("/", 1)[-1]])[0]
        if YOUTUBE.match(last):
            return File(url, name, kind, f"youtube:{last}", "youtube")
    if host.endswith("soundcloud.com"):
        played = clean_link(page_url, query.get("url", [""])[0]) or url
        track = SOUNDCLOUD_TRACK.search(urlsplit(played).path)
        number = f"{track.group(1)}/{track.group(2)}" if track else urlsplit(played).path.strip("/")
        return File(url, name, kind, f"soundcloud:{number}", "soundcloud")
    if MEDIA.search(parts.path):
        return File(url, name, kind)
    return File(url, name, kind, host="embed")
