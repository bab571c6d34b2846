"""Who is next: due deliveries, oldest first, one of each lane at a time, each tried once. A lane is a subscription, or a Slack
channel: a record that two subscriptions tell of has one thread there, which one of them opens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from releases.models import Delivery

PAGE = 10_000
"""Deliveries looked up at once. Read page by page, so that the time grows with their number and not its square."""


class Line:
    """The deliveries that were due at `now`, or of these those of ids `only`."""

    def __init__(self, now: datetime, only: Collection[str] | None = None) -> None:
        due = Delivery.objects.filter(state__in=("owed", "sending"), next_at__lte=now)
        self._due: QuerySet[Delivery] = due if only is None else due.filter(id__in=list(only))
        self._waiting: dict[str, deque[str]] = {}
        self._ready: deque[str] = deque()
        self._busy: set[str] = set()
        self._failing: set[str] = set()
        self._last: tuple[datetime, str] | None = None
        self._whole = False
        self._lanes: dict[str, str] = {}

    def next(self) -> str | None:
        """Id of the next delivery, whose lane is busy until `done` says otherwise; None: there is none now."""
        while not self._ready:
            if self._whole:
                return None
            self._load()
        lane = self._ready.popleft()
        self._busy.add(lane)
        ident = self._waiting[lane].popleft()
        self._lanes[ident] = lane
        return ident

    def done(self, ident: str, *, failed: bool) -> None:
        """The next in the lane of this delivery may be tried; none of them, when this one failed."""
        lane = self._lanes.pop(ident)
        self._busy.discard(lane)
        if failed:
            self._failing.add(lane)
            self._waiting.pop(lane, None)
        elif self._waiting.get(lane):
            self._ready.append(lane)

    def _load(self) -> None:
        page = self._due
        if self._last is not None:
            at, ident = self._last
            page = page.filter(Q(created_at__gt=at) | Q(created_at=at, id__gt=ident))
        columns = ("created_at", "id", "subscription", "subscription__channel")
        rows = list(page.order_by("created_at", "id").values_list(*columns)[:PAGE])
        self._whole = len(rows) < PAGE
        for at, ident, subscription, channel in rows:
            self._last = (at, ident)
            lane = channel if channel.startswith("slack:") else subscription
            if lane in self._failing:
                continue
            queue = self._waiting.setdefault(lane, deque())
            if not queue and lane not in self._busy:
                self._ready.append(lane)
            queue.append(ident)
