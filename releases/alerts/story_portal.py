"""What a story says of portals: their names, and what a crawl can vouch for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.catalog.models import Crawl, Portal
from config.errors import ConfigError
from config.home import Home
from releases.alerts.filters import HEALTH_KINDS, Filters
from releases.alerts.wording import clean
from releases.models import Event


def portal_name(home: Home, slug: str) -> str:
    """What a portal is called; its slug where nothing says so."""
    row = Portal.objects.filter(slug=slug).first()
    if row is not None and row.name:
        return clean(row.name, 120)
    try:
        return clean(home.portal(slug).name, 120)
    except ConfigError:  # a portal that is no longer watched still has news
        return slug


def followed(home: Home, filters: Filters) -> list[str]:
    """Slugs of the portals these filters follow: those they name, else every one watched here."""
    if filters.portals:
        return sorted(filters.portals)
    return sorted(path.stem for path in home.portals.glob("*.toml"))


def vouch(events: Sequence[Event]) -> str:
    """What the crawl that found `events` can vouch for, in a sentence; empty where no crawl did."""
    crawl = Crawl.objects.filter(id=events[-1].crawl).first() if events else None
    if crawl is None:
        return ""
    # Of these, what a crawl has from the first: a resend must say the same after it ended.
    when = (crawl.listed_at or crawl.started_at).strftime("%Y-%m-%d %H:%M UTC")
    coverage = f", coverage {clean(crawl.coverage, 20)}" if crawl.verdict in {"healthy", "empty"} else ""
    told = any(event.kind in HEALTH_KINDS and not event.record for event in events)  # with the reason
    reason = f" ({clean(crawl.reason, 240).rstrip('.')})" if crawl.reason and not told else ""
    return f"Crawl of {when}: {clean(crawl.verdict, 20)}{coverage}{reason}."


def tally(events: Iterable[Event]) -> str:
    """`3 new, 1 withdrawn`: how many of each kind, in words for a sentence."""
    counted: dict[str, int] = {}
    for event in events:
        counted[event.kind] = counted.get(event.kind, 0) + 1
    return ", ".join(f"{number:,} {kind.replace('_', ' ')}" for kind, number in counted.items())
