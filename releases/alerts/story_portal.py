"""What a story says of portals: their names, and what a crawl can vouch for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from archive.catalog.models import Crawl, Portal
from config.errors import ConfigError
from config.home import Home
from releases.alerts.counting import in_a_tally
from releases.alerts.filters import HEALTH_KINDS, Filters
from releases.alerts.wording import clean
from releases.models import Event
from releases.retold import retold

_VERDICTS = frozenset({
    _noop("healthy"), _noop("empty"), _noop("partial"), _noop("blocked"), _noop("broken"), _noop("down"),
    _noop("running"),
})  # fmt: skip
_COVERAGE = frozenset({_noop("complete"), _noop("capped"), _noop("limited"), _noop("unknown")})


def verdict_words(verdict: str) -> str:
    """What a crawl can vouch for, in a word of the language that is active."""
    return _(verdict) if verdict in _VERDICTS else clean(verdict, 20)


def coverage_words(coverage: str) -> str:
    """How much of a portal a crawl saw, in a word or two."""
    return _(coverage) if coverage in _COVERAGE else clean(coverage, 20)


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
    told = any(event.kind in HEALTH_KINDS and not event.record for event in events)  # with the reason
    reason = f" ({clean(retold(crawl.reason), 240).rstrip('.')})" if crawl.reason and not told else ""
    known = {"when": when, "verdict": verdict_words(crawl.verdict), "reason": reason}
    if crawl.verdict not in {"healthy", "empty"}:
        return _("Crawl of %(when)s: %(verdict)s%(reason)s.") % known
    return _("Crawl of %(when)s: %(verdict)s, coverage %(coverage)s%(reason)s.") % {
        **known, "coverage": coverage_words(crawl.coverage),
    }  # fmt: skip


def tally(events: Iterable[Event]) -> dict[str, int]:
    """How many of each kind."""
    counted: dict[str, int] = {}
    for event in events:
        counted[event.kind] = counted.get(event.kind, 0) + 1
    return counted


def tallied(counted: dict[str, int] | str) -> str:
    """`3 new, 1 withdrawn`: a tally in words for a sentence. One that was taken down in words stays as it is."""
    if isinstance(counted, str):
        return counted
    return ", ".join(in_a_tally(number, kind) for kind, number in counted.items())
