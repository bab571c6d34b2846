"""Who is next: due deliveries, oldest first, one of each subscription at a time, each tried once."""

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

    def next(self) -> str | None:
        """Id of the next delivery, whose subscription is busy until `done` says otherwise; None: there is none now."""
        while not self._ready:
            if self._whole:
                return None
            self._load()
        subscription = self._ready.popleft()
        self._busy.add(subscription)
        return self._waiting[subscription].popleft()

    def done(self, subscription: str, *, failed: bool) -> None:
        """The next of this subscription may be tried; none of them, when this one failed."""
        self._busy.discard(subscription)
        if failed:
            self._failing.add(subscription)
            self._waiting.pop(subscription, None)
        elif self._waiting.get(subscription):
            self._ready.append(subscription)

    def _load(self) -> None:
        page = self._due
        if self._last is not None:
            at, ident = self._last
            page = page.filter(Q(created_at__gt=at) | Q(created_at=at, id__gt=ident))
        rows = list(page.order_by("created_at", "id").values_list("created_at", "id", "subscription")[:PAGE])
        self._whole = len(rows) < PAGE
        for at, ident, subscription in rows:
            self._last = (at, ident)
            if subscription in self._failing:
                continue
            queue = self._waiting.setdefault(subscription, deque())
            if not queue and subscription not in self._busy:
                self._ready.append(subscription)
            queue.append(ident)
