"""Where replay is: an origin of its own, on another host name than the newsroom, for cookies do not know ports."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from config.home import Home
from web.outside.replay_tickets import ticket
from web.start import LOOPBACK

_PATIENCE = 3.0


def links_of(home: Home) -> tuple[str, ...]:
    """Its origins: the one that is configured; else, where only this machine comes, both names of it."""
    newsroom = home.settings.newsroom
    if newsroom.replay_link:
        parts = urlsplit(newsroom.replay_link)
        return (f"{parts.scheme}://{parts.netloc.lower()}",)
    host, _, port = newsroom.replay_listen.rpartition(":")
    if host.strip("[]") not in LOOPBACK:
        return ()
    names = ("localhost", "[::1]") if "::1" in host else ("localhost", "127.0.0.1")
    return tuple(f"http://{name}:{port}" for name in names)


def link_for(home: Home, host: str) -> str:
    """The origin for who sees the newsroom at `host`: one with another name. Empty where there is none."""
    own = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return next((link for link in links_of(home) if (urlsplit(link).hostname or "") != own.strip("[]").lower()), "")


def answers(home: Home) -> bool:
    """Whether our gate answers there now."""
    links = links_of(home)
    if not links:
        return False
    host, _, port = home.settings.newsroom.replay_listen.rpartition(":")
    plain = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host.strip("[]"), host.strip("[]"))  # noqa: S104  a comparison
    asked = http.client.HTTPConnection(plain, int(port), timeout=_PATIENCE)
    try:
        asked.request("GET", f"/{ticket()}/ready", headers={"Host": urlsplit(links[0]).netloc})
        return asked.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
