"""The catalogue of known agencies: where they publish, on what, and how we know. `spiders/agencies.jsonl` has a row each."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal
from urllib.parse import urlsplit

import msgspec

SITE = "site"
"""The platform of a site of its own."""
EVIDENCE = {
    "R": "a real capture of it was read",
    "S": "another scraper's stored rows of it were read",
    "C": "public program code or data names it",
    "T": "its page's text was seen",
    "G": "a guess",
}
"""How we know that the agency publishes there, the surest first."""


class Agency(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One agency at one address."""

    name: str
    place: str
    """`Oakland, California`."""
    platform: str
    """The spider for it (`nextrequest`), or `site`."""
    url: str
    evidence: Literal["R", "S", "C", "T", "G"]
    source: str
    """Where that was seen, in words."""
    date: str
    """When it was seen: year, month or day."""
    portal: str = ""
    """The portal file that ships for it."""


@cache
def agencies() -> tuple[Agency, ...]:
    """Every row, in the order of the file."""
    text = (resources.files("spiders") / "agencies.jsonl").read_bytes()
    return tuple(msgspec.json.decode(line, type=Agency) for line in text.splitlines() if line.strip())


def found(words: str) -> list[Agency]:
    """Agencies whose name, place, platform or address has every one of `words`, the best fit first."""
    wanted = words.casefold().split()
    if not wanted:
        return []

    def fit(one: Agency) -> tuple[bool, bool, bool, str]:
        places = one.place.casefold().replace(",", "").split()
        city = one.place.split(",")[0].casefold().split()
        return city != wanted, not all(word in places for word in wanted), not one.portal, one.name.casefold()

    return sorted((one for one in agencies() if all(word in _text(one) for word in wanted)), key=fit)


def at(url: str) -> Agency | None:
    """The agency that publishes at `url`: the same host, and the same path where several share the host."""
    parts = urlsplit(url)
    there = [one for one in agencies() if urlsplit(one.url).hostname == parts.hostname]
    path = parts.path.rstrip("/")
    exact = [
        one
        for one in there
        if urlsplit(one.url).path.rstrip("/") == path and urlsplit(one.url).query in {"", parts.query}
    ]
    return exact[0] if exact else there[0] if len(there) == 1 and there[0].platform != SITE else None


def _text(one: Agency) -> str:
    return f"{one.name} {one.place} {one.platform} {one.url} {one.portal}".casefold()
