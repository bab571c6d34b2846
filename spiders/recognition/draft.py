"""A portal file from a proposal: what is known is said, what is guessed says from what, what is not known says so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from config.law import known_laws, read_law
from config.portal import Expect, Limits, Portal
from spiders.agencies import Agency
from spiders.recognition.model import Proposal

UNKNOWN = "unknown"
"""What a portal file says where nobody has said yet."""
_COMMON = frozenset(
    {"www", "www2", "portal", "data", "web", "api", "com", "org", "net", "gov", "us", "edu", "state", "ci", "co"}
)
_REQUESTS = frozenset({"govqa", "justfoia", "nextrequest"})
"""Platforms whose records are requests of one government's people."""
_ZONES = {
    "America/New_York": "connecticut delaware georgia maine maryland massachusetts new-hampshire new-jersey new-york "
    "north-carolina ohio pennsylvania rhode-island south-carolina vermont virginia west-virginia district-of-columbia",
    "America/Chicago": "alabama arkansas illinois iowa louisiana minnesota mississippi missouri oklahoma wisconsin",
    "America/Denver": "colorado montana new-mexico utah wyoming",
    "America/Phoenix": "arizona",
    "America/Los_Angeles": "california nevada washington",
    "Pacific/Honolulu": "hawaii",
}
"""States that keep one time, but for a few counties."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the operator says; empty where they say nothing."""

    slug: str = ""
    name: str = ""
    agency: str = ""
    place: str = ""
    media: bool = False
    private: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A portal, and the comments of its file by dotted key."""

    portal: Portal
    notes: dict[str, str] = field(default_factory=dict)


def drafted(proposal: Proposal, said: Said, known: Agency | None, taken: Mapping[str, Any] | frozenset[str]) -> Draft:
    """The portal that `proposal` makes.

    Args:
        proposal: what the site says of itself.
        said: what the operator says; it comes first.
        known: the catalogue's row of this address, if it has one.
        taken: slugs that are watched already.
    """
    notes: dict[str, str] = {}
    host = urlsplit(proposal.url).hostname or "portal"
    name = said.name or (known.name if known else "") or proposal.name or host
    agency = said.agency or proposal.agency or (re.split(r"[:,] ", known.name)[0] if known else "") or UNKNOWN
    place = said.place or proposal.place or (known.place if known else "") or UNKNOWN
    for key, value in (("agency", agency), ("place", place)):
        if value == UNKNOWN:
            notes[key] = f"nothing that was read says which {key} this is: please say it"
    zone, why = _zone(proposal, place)
    if why:
        notes["timezone"] = why
    laws = tuple(proposal.laws) or _laws(proposal.spider, place)
    if laws and not proposal.laws:
        notes["laws"] = (
            f"the public-records law of {place}: docs/reference/laws.md says what is counted, and is no legal advice"
        )
    if proposal.canaries:
        notes["expect.canaries"] = "old and closed: a crawl that does not list them has not seen the whole list"
    if proposal.window:
        notes["expect.window"] = "the list shows the newest only: what slides out of it is not withdrawn"
    if not said.media:
        notes["media"] = "videos and sound are listed, not fetched; true, or leaving this out, takes them"
    records = proposal.listed or proposal.records or 0
    limits = Limits()
    if records * 2 > limits.records:
        limits = Limits(records=-(-records * 2 // 100_000) * 100_000)
        notes["limits.records"] = f"twice the {records:,} that are listed now"
    portal = Portal(
        slug=said.slug or _slug(proposal, name, host, frozenset(taken)),
        name=_short(name), agency=_short(agency), place=_short(place), url=proposal.url, spider=proposal.spider,
        parameters=dict(proposal.parameters), schedule=proposal.schedule, browser=proposal.browser,
        media=said.media, scope=tuple(proposal.scope), timezone=zone, limits=limits,
        expect=Expect(canaries=tuple(proposal.canaries), window=proposal.window),
        deadlines=tuple(proposal.deadlines), laws=laws, token=proposal.token, allow_private_network=said.private or False,
    )  # fmt: skip
    return Draft(portal, notes)


def least_records(listed: int, *, whole: bool) -> tuple[int, str]:
    """`expect.min_records` and why: half of what is listed, so that a list that lost most of its rows is noticed."""
    if listed <= 1:
        return 1, ""
    seen = "are listed" if whole else "were listed when the look ended"
    return max(1, listed // 2), f"half of the {listed:,} that {seen} today"


def slug_of(text: str, longest: int = 40) -> str:
    """Words as a slug; empty where there are none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = ""
    for word in words:
        if len(slug) + len(word) + 1 > longest:
            break
        slug = f"{slug}-{word}" if slug else word[:longest]
    return slug


def _slug(proposal: Proposal, name: str, host: str, taken: frozenset[str]) -> str:
    """A short name: the tenant's on a platform, else the host's and the page's; with a number where it is taken."""
    labels = [label for label in host.split(".")[:-1] if label not in _COMMON] or [host]
    tenant = slug_of(labels[0] if labels[-1].startswith(proposal.spider) else " ".join(labels))
    if proposal.spider in {"listing", "table", "pages"}:
        last = urlsplit(proposal.url).path.rstrip("/").rsplit("/", 1)[-1]
        last = re.sub(r"\.(?:html?|aspx?|php|csv|json|xml)\Z", "", last)
        made = slug_of(f"{tenant} {last or name}")
    else:
        made = slug_of(name if tenant.startswith(proposal.spider) else f"{tenant} {proposal.spider}")
    made = made or "portal"
    number = 2
    slug = made
    while slug in taken:
        slug, number = f"{made}-{number}", number + 1
    return slug


def _zone(proposal: Proposal, place: str) -> tuple[str, str]:
    if proposal.timezone:
        return proposal.timezone, ""
    state = slug_of(place.rsplit(",", 1)[-1])
    for zone, states in _ZONES.items():
        if state in states.split():
            return zone, f"the time of {place}"
    return "UTC", ""


def _laws(spider: str, place: str) -> tuple[str, ...]:
    """The law of the place's state, for the platforms of records requests."""
    state = place.rsplit(",", 1)[-1].strip()
    if spider not in _REQUESTS:
        return ()
    return tuple(key for key in known_laws() if read_law(key, "config/laws").jurisdiction == state)


def _short(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:200] or UNKNOWN
