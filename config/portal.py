"""A portal: one watched source, one TOML file. The reference page of keys is made from this type."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from config.dates import DateAhead, check_dates
from config.deadline import Deadline, check_deadlines
from config.errors import ConfigError
from config.law import with_laws
from config.reading import read_toml
from config.token import Token, check_token

__all__ = ["DateAhead", "Deadline", "Expect", "Limits", "Politeness", "Portal", "Token", "check_portal", "read_portal"]

LONGEST_DELAY = 3600.0
"""Seconds."""
MOST_CONNECTIONS = 16
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one crawl of this portal may cost. A crossed limit is an error that names its key."""

    page_bytes: int = 32 * 1024**2
    """Most bytes one page may have."""
    file_bytes: int = 64 * 1024**3
    """Most bytes one file may have."""
    crawl_bytes: int = 512 * 1024**3
    """Most bytes one crawl may receive."""
    crawl_requests: int = 5_000_000
    """Most requests one crawl may send. Files that are left then are taken by the next one."""
    crawl_seconds: float = 14 * 86400.0
    """Longest time after which a crawl takes no more files; those that are left are taken by the next one."""
    idle_seconds: float = 60.0
    """Longest wait for the next byte of an answer, and for a connection."""
    exchange_seconds: float = 6 * 3600.0
    """Longest time one exchange may take in all."""
    redirects: int = 10
    """Most redirects followed from one request."""
    files_per_record: int = 500
    """Most files taken from one record."""
    records: int = 200_000
    """Most records taken in one crawl."""
    header_bytes: int = 256 * 1024
    """Most bytes the head of one answer may have."""
    browser_seconds: float = 90.0
    """Longest time a browser may take for one page."""
    browser_requests: int = 500
    """Most requests one page in a browser may make."""
    browser_bytes: int = 256 * 1024**2
    """Most bytes one page in a browser may load."""
    browser_memory: int = 2 * 1024**3
    """Most bytes of memory a browser may use (Linux)."""


class Politeness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How gently the portal is asked."""

    delay: float | None = None
    """Seconds between the starts of two requests to one host; 1.0 unless told, 0 for private hosts."""
    connections: int = 1
    """Open connections per host."""
    robots: bool = True
    """Obey robots.txt. If false, `robots_why` must say why."""
    robots_why: str = ""
    """Why robots.txt is not obeyed; recorded in every WARC."""
    user_agent: str = ""
    """User-Agent for portals that refuse the honest one; `user_agent_why` must say why."""
    user_agent_why: str = ""
    """Why the honest User-Agent is not sent; recorded in every WARC."""


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a healthy crawl of this portal shows."""

    min_records: int = 1
    """Fewer listed records than this is not healthy, unless an empty-page marker was seen."""
    required_fields: tuple[str, ...] = ()
    """Fields that every record must have."""
    optional_fields: tuple[str, ...] = ()
    """Fields that may vanish from all records: their loss says nothing of the page."""
    canaries: tuple[str, ...] = ()
    """Keys of records that must be seen in every complete crawl, unless their own page says 404 or 410.
    Further ones are learnt from earlier crawls."""
    window: bool = False
    """The list shows a moving window: the latest 20, this week's. What slides out of it counts as
    withdrawn only when its own page is gone."""


class Recheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the files that are held already are asked for again in a crawl.

    All of them, while that takes no more than `share` of the time between two crawls. Of more than that,
    those first that are likeliest to have changed; see docs/howto/recrawls.md.
    """

    share: float = 0.25
    """Largest share of the time between two crawls that asking again may take, at this portal's pace."""
    longest_days: float = 30.0
    """Days after which every file is asked for again, whatever that takes."""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is read from files beside the text that they hold."""

    ocr: bool = True
    """Read the words of scanned pages and pictures, where Tesseract is on this machine. In the portal's `languages`."""
    ocr_pages: int = 200
    """Most scanned pages read of one document."""
    transcribe: bool = False
    """Write down what is said in recordings, with the engine in `[speech]` of recordwatch.toml."""


class Portal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One portal file. Required: slug, name, agency, place, url, spider."""

    slug: str
    name: str
    agency: str
    place: str
    url: str
    spider: str
    """A site (`copa`), a platform, or the declarative `listing`, `table` or `pages`."""
    parameters: dict[str, Any] = {}
    """What the spider wants to know; see the spider's page."""
    schedule: str = "daily"
    """`hourly`, `daily`, `weekly`, an interval (`every 6h`), a cron line (`15 6 * * *`, UTC), or `auto`, within
    `auto 1h..7d` unless it says other bounds: as often as the portal is seen to publish; see docs/howto/schedules.md."""
    browser: bool | Literal["auto", "direct"] = False
    """Pages are loaded by a browser that runs their scripts; `"auto"`: only those that are empty without, or a
    challenge; `"direct"`: so, and all that is asked for goes out by a browser's TLS, for hosts that refuse ours. See
    docs/howto/browser.md."""
    behaviours: tuple[Literal["scroll", "more", "unfold", "tabs", "modals", "players", "pages"], ...] = (
        "scroll", "more", "unfold", "tabs", "modals", "players", "pages",
    )  # fmt: skip
    """What is done on a page in a browser once it is at rest; see docs/howto/browser.md."""
    media: bool = True
    """Take videos and sound. False: they are listed, and what is said of them is kept; their bytes are not fetched."""
    scope: tuple[str, ...] = ()
    """Further hosts that pages may be taken from; the host of `url` always is."""
    languages: tuple[str, ...] = ("en",)
    timezone: str = "UTC"
    """Time zone of the portal's place, e.g. `America/Chicago`: decides which day it is, for deadlines."""
    date_order: Literal["", "mdy", "dmy", "ymd"] = ""
    """How the portal writes `01/02/2016`; without it such a date is unknown, never guessed."""
    limits: Limits = Limits()
    politeness: Politeness = Politeness()
    expect: Expect = Expect()
    recheck: Recheck = Recheck()
    text: Text = Text()
    deadlines: tuple[Deadline, ...] = ()
    laws: tuple[str, ...] = ()
    """Public-records laws whose terms records requests have, e.g. `["us-ca"]`; see docs/reference/laws.md. Reading
    the file adds their rules to `deadlines`."""
    dates: tuple[DateAhead, ...] = ()
    """Days that records print and that matter before they come; see `[[dates]]`."""
    token: Token | None = None
    """An API token that the operator holds; see `[token]`."""
    allow_private_network: bool | tuple[str, ...] = False
    """True, or the hosts that may resolve to loopback, private or link-local addresses."""
    secret_headers: tuple[str, ...] = ()
    """Request headers whose values are masked in WARC and log (Authorization always is)."""
    secret_parameters: tuple[str, ...] = ()
    """Query parameters whose values are masked in WARC and log."""

    def allows_private(self, host: str) -> bool:
        """Whether `host` may be reached on a private or loopback address."""
        if isinstance(self.allow_private_network, bool):
            return self.allow_private_network
        return host.lower() in {name.lower() for name in self.allow_private_network}


def read_portal(path: Path) -> Portal:
    """The portal in the TOML file `path`.

    Raises:
        ConfigError: names file, key, value and what is allowed.
    """
    portal = read_toml(path, Portal, "docs/reference/portal-file.md")
    if portal.laws:
        portal = structs.replace(portal, deadlines=with_laws(portal.deadlines, portal.laws, str(path)))
    check_portal(portal, str(path))
    return portal


def check_portal(portal: Portal, where: str) -> None:
    """Checks that no type expresses. Raises ConfigError."""
    if not SLUG.fullmatch(portal.slug):
        raise ConfigError(f"slug = {portal.slug!r}: use a-z, 0-9 and '-', at most 64 characters", where=where)
    parts = urlsplit(portal.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"url = {portal.url!r}: an http:// or https:// address is needed", where=where)
    for name in ("name", "agency", "place"):
        if not getattr(portal, name).strip():
            raise ConfigError(f"{name} = {getattr(portal, name)!r}: must not be empty", where=where)
    for host in portal.scope:
        if not host or set(host) & set("/:@ *"):
            raise ConfigError(f"scope has {host!r}: use names of hosts alone, such as 'cdn.example.org'", where=where)
    politeness = portal.politeness
    if politeness.delay is not None and not (0 <= politeness.delay <= LONGEST_DELAY):
        raise ConfigError(f"politeness.delay = {politeness.delay}: use seconds, 0 to {LONGEST_DELAY:.0f}", where=where)
    if not 1 <= politeness.connections <= MOST_CONNECTIONS:
        raise ConfigError(
            f"politeness.connections = {politeness.connections}: use 1 to {MOST_CONNECTIONS}", where=where
        )
    if portal.expect.min_records < 0:
        raise ConfigError(f"expect.min_records = {portal.expect.min_records}: must not be negative", where=where)
    try:
        if portal.timezone != "UTC":  # which needs no time zone data
            ZoneInfo(portal.timezone)
    except (ValueError, OSError, LookupError) as error:
        raise ConfigError(
            f"timezone = {portal.timezone!r}: use an IANA name such as 'America/Chicago'", where=where
        ) from error
    check_deadlines(portal.deadlines, where)
    check_dates(portal.dates, [rule.name for rule in portal.deadlines], where)
    if portal.token is not None:
        check_token(portal.token, where)
    if not portal.politeness.robots and not portal.politeness.robots_why:
        raise ConfigError(
            "politeness.robots = false needs politeness.robots_why: the reason, which every WARC records", where=where
        )
    if portal.politeness.user_agent and not portal.politeness.user_agent_why:
        raise ConfigError(
            "politeness.user_agent needs politeness.user_agent_why: the reason, which every WARC records", where=where
        )
    for name in portal.limits.__struct_fields__:
        value = getattr(portal.limits, name)
        if not (value > 0 and math.isfinite(value)):
            raise ConfigError(f"limits.{name} = {value}: must be more than 0", where=where)
    if not 0 < portal.recheck.share <= 1:
        raise ConfigError(f"recheck.share = {portal.recheck.share}: use more than 0, and at most 1", where=where)
    if not (portal.recheck.longest_days > 0 and math.isfinite(portal.recheck.longest_days)):
        raise ConfigError(f"recheck.longest_days = {portal.recheck.longest_days}: must be more than 0", where=where)
