"""Whether every watched portal is seen, and since when: beside the news, so that silence is never taken for calm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from archive.catalog.models import Crawl
from archive.catalog.models import Portal as Known
from config.errors import ConfigError
from config.home import Home
from config.paused import Paused, paused
from config.portal import Portal, read_portal
from config.schedule import ScheduleError
from releases.access import of_portals
from releases.alerts.wording import clean
from releases.portals.health import SEEING
from releases.portals.next_crawl import next_of

FORGOTTEN = timedelta(days=1)
"""So long after its day a look that did not begin means that nothing runs here."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One portal, as far as we see it."""

    slug: str
    name: str
    verdict: str
    """Of the last crawl that came to one; empty where none did."""
    reason: str
    """Why, in a sentence."""
    fresh: datetime | None
    """When it was last seen whole."""
    running: bool
    """Whether it is looked at now."""
    due: datetime | None
    """When the next look is due; None: now, or nobody knows."""
    wrong: str = ""
    """What is wrong with its file."""
    paused: Paused | None = None
    """Why nobody looks, where that is meant so."""

    @property
    def blind(self) -> bool:
        """Whether its silence means nothing."""
        return self.verdict not in SEEING

    @property
    def forgotten(self) -> bool:
        """Whether looks are due and do not begin."""
        return (
            not self.running and not self.paused and self.due is not None and self.due < datetime.now(UTC) - FORGOTTEN
        )

    @property
    def calm(self) -> bool:
        return not (self.blind or self.forgotten or self.wrong or self.paused)


def watched(home: Home) -> list[Watched]:
    """Every watched portal, what needs a person first. One query, and one or two for each new crawl on `auto`."""
    paths = sorted(home.portals.glob("*.toml"))
    rows = _rows([path.stem for path in paths])
    given = [rows.get(path.stem, {}) for path in paths]
    reasons = of_portals([clean(row.get("last_reason"), 300) for row in given])
    found = [
        replace(_watched(path, row), reason=reason, paused=paused(home.path, path.stem))
        for path, row, reason in zip(paths, given, reasons, strict=True)
    ]
    return sorted(found, key=lambda one: (one.calm, not one.wrong, not one.blind, one.name.casefold(), one.slug))


def sentence(portals: Sequence[Watched]) -> str:
    """How far the list can be trusted, in one sentence."""
    unseen = [one for one in portals if one.blind]
    if not portals:
        return _("No portal is watched yet.")
    if not unseen and any(not one.calm for one in portals):
        return _("Not every watched portal is looked at: what was released since is not listed here.")
    if not unseen:
        return _("Every watched portal was seen: what is not listed here was not released when we looked.")
    if not any(one.verdict for one in unseen):
        return _("Some portals were never looked at yet: what they released is not listed here.")
    return _("Some portals cannot be seen: nothing new from them does not mean that nothing was released.")


def _watched(path: Path, row: dict[str, object]) -> Watched:
    slug = path.stem
    last, fresh = row.get("last_started"), row.get("fresh")
    name, wrong, due = slug, "", None
    try:
        changed = path.stat().st_mtime_ns
        name = clean(_portal(path, changed).name, 120) or slug
        due = _due(path, changed, str(row.get("newest") or ""), last if isinstance(last, datetime) else None)
    except (OSError, ConfigError, ScheduleError) as error:
        wrong = clean(str(error), 300)
    return Watched(
        slug=slug,
        name=name,
        verdict=str(row.get("last_verdict") or ""),
        reason="",
        fresh=fresh if isinstance(fresh, datetime) else None,
        running=row.get("newest_verdict") == "running",
        due=due,
        wrong=wrong,
    )


def _rows(slugs: Sequence[str]) -> dict[str, dict[str, object]]:
    """What the catalog says of each: the crawl index leads to each answer."""
    crawls = Crawl.objects.filter(portal=OuterRef("slug")).order_by("-started_at")
    last, fresh = crawls.exclude(verdict="running"), crawls.filter(verdict__in=SEEING)
    asked = Known.objects.filter(slug__in=slugs).annotate(
        newest=Subquery(crawls.values("id")[:1]),
        newest_verdict=Subquery(crawls.values("verdict")[:1]),
        last_started=Subquery(crawls.values("started_at")[:1]),
        last_verdict=Subquery(last.values("verdict")[:1]),
        last_reason=Subquery(last.values("reason")[:1]),
        fresh=Subquery(fresh.values("started_at")[:1]),
    )
    return {row["slug"]: dict(row) for row in asked.values()}


@lru_cache(maxsize=512)
def _portal(path: Path, changed: int) -> Portal:
    del changed  # a part of the name: another file is read anew
    return read_portal(path)


@lru_cache(maxsize=512)
def _due(path: Path, changed: int, newest: str, last: datetime | None) -> datetime | None:
    del newest  # a part of the name: after another crawl the answer is another
    return next_of(_portal(path, changed), last).at
