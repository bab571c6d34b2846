"""When a portal was looked at, and when nothing could have been overlooked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from datetime import date, datetime
from functools import cached_property

from django.db.models import OuterRef, QuerySet, Subquery

from archive.catalog.models import Crawl
from releases.deadlines.dates import Place
from releases.deadlines.model import Seen

When = tuple[str, datetime]
"""The crawl that was the first to see something, and when it was seen."""
_SOUND = {"verdict__in": ("healthy", "empty"), "coverage": "complete"}


class Looks:
    """Every look at a portal, read at once: for judging many records."""

    def __init__(self, portal: str, place: Place) -> None:
        self.portal = portal
        self._place = place
        self._known: dict[When, Seen] = {}
        self._began: dict[str, datetime] = {}
        self._starts: list[datetime] = []
        self.newest = ""
        """Id of the newest crawl; empty where there was none."""
        self._read()

    def _read(self) -> None:
        rows = Crawl.objects.filter(portal=self.portal).order_by("started_at", "id")
        for ident, began, verdict, coverage in rows.values_list("id", "started_at", "verdict", "coverage"):
            self._began[ident], self.newest = began, ident
            if verdict in _SOUND["verdict__in"] and coverage == _SOUND["coverage"]:
                self._starts.append(began)

    @cached_property
    def last_sound(self) -> date | None:
        """Day of the newest complete, healthy look."""
        return self._place.day(self._starts[-1]) if self._starts else None

    def learn(self, wanted: Collection[When]) -> None:
        """Be ready to say when each of these was seen."""
        for crawl, at in wanted:
            if (crawl, at) not in self._known:  # one commit brings thousands at one time
                place = bisect_left(self._starts, self._began.get(crawl, at))
                self._keep((crawl, at), self._starts[place - 1] if place else None)

    def seen(self, crawl: str, at: datetime) -> Seen:
        """When something first appeared that crawl `crawl` was the first to see, at `at`. It was learned before."""
        return self._known[crawl, at]

    def _keep(self, when: When, before: datetime | None) -> None:
        self._known[when] = Seen(self._place.day(before) if before else None, self._place.day(when[1]))


class SomeLooks(Looks):
    """Only the looks that are asked for: for judging few records of a portal that was looked at thousands of times."""

    def _read(self) -> None:
        """Nothing yet."""

    @property
    def _sound(self) -> QuerySet[Crawl]:
        return Crawl.objects.filter(portal=self.portal, **_SOUND).order_by("-started_at")

    @cached_property
    def last_sound(self) -> date | None:
        """As of every look."""
        newest = self._sound.values_list("started_at", flat=True)[:1]
        return next((self._place.day(began) for began in newest), None)

    def learn(self, wanted: Collection[When]) -> None:
        """One query, and one for each crawl that the catalog does not know."""
        new = [when for when in wanted if when not in self._known]
        if not new:
            return
        before = self._sound.filter(started_at__lt=OuterRef("started_at")).values("started_at")[:1]
        crawls = Crawl.objects.filter(portal=self.portal, id__in={crawl for crawl, _at in new})
        sound = dict(crawls.annotate(before=Subquery(before)).values_list("id", "before"))
        for crawl, at in new:
            last = sound[crawl] if crawl in sound else self._before(at)
            self._keep((crawl, at), last)

    def _before(self, at: datetime) -> datetime | None:
        return self._sound.filter(started_at__lt=at).values_list("started_at", flat=True).first()
