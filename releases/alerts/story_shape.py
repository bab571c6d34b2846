"""A message before it is written for a channel. Whatever a portal printed is made safe to show already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in words."""

    kind: str
    sentence: str
    changes: tuple[tuple[str, str, str], ...] = ()
    """(field, before, after); an empty text where there was or is nothing."""
    files: tuple[tuple[str, str], ...] = ()
    """(name, http(s) address or empty)"""
    captures: tuple[str, ...] = ()
    id: str = ""
    """Of the event."""
    correction: str = ""
    """Why this was wrong, where it was retracted since."""


@dataclass(frozen=True, slots=True)
class Release:
    """The events of one record, or of the portal itself (`key` empty)."""

    key: str
    """As the portal prints it."""
    stable_key: str
    title: str
    kind: str
    url: str
    """At the source; empty unless http(s)."""
    happenings: tuple[Happening, ...]
    record: str = ""
    """Id; empty for a portal's own events."""


@dataclass(frozen=True, slots=True)
class Section:
    """The releases of one portal."""

    portal: str
    name: str
    releases: tuple[Release, ...]
    more: int
    """Releases beyond the shown ones."""
    vouch: str
    """What the crawl behind it can vouch for; empty in a digest, which has a certificate."""
    overdue: int = 0
    """All that `more` counts was overdue when it was first looked at: so many records."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """One followed portal in a certificate."""

    portal: str
    name: str
    clear: bool
    """Checked, and seen each time: nothing needs a reader's attention."""
    sentences: tuple[str, ...]
    """How often and when it was checked, with which verdicts; canaries; what could not be seen and since
    when; what was found late. Whole sentences, most important first.
    """


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a digest vouches for: silence of a portal that was seen is not the silence of one that was not."""

    period: str
    """`Fri 20 Nov 08:00 to Sat 21 Nov 08:00 (America/Chicago)`"""
    summary: str
    """One sentence over all portals."""
    portals: tuple[Vouched, ...]
    """Those that were not always seen first."""


@dataclass(frozen=True, slots=True)
class Story:
    """One delivery, told."""

    id: str
    portal: str
    """Slug; empty where the events are of several portals, or there are none."""
    portal_name: str
    headline: str
    releases: tuple[Release, ...]
    """Of all sections, in order; corrections are not among them."""
    more: int
    """Releases beyond the shown ones, of all sections."""
    vouch: str
    """What the crawl behind it can vouch for; may be empty."""
    why: str
    subscription: str
    name: str
    mute_link: str
    """https address that mutes in one click; empty without a newsroom."""
    mute_mail: str
    """Address a person can ask to be muted; empty when none is known."""
    events: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    """The events in the contract's shape."""
    kind: str = "news"
    """news, health, correction, match, digest"""
    sections: tuple[Section, ...] = ()
    """By portal; empty where there are no releases."""
    corrections: tuple[Release, ...] = ()
    """What was told wrong earlier: to be read first."""
    waited: str = ""
    """Why this comes later than the news, or as one message for many: one sentence; mostly empty."""
    certificate: Certificate | None = None
    """Of a digest."""
    query: str = ""
    """What the subscription searches for."""
    newsroom: str = ""
    """Public address of the newsroom, without a slash at its end; empty: there is none."""
