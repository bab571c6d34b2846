"""A portal with deadlines, watched day by day: crawls and ticks go in, told events come out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from archive.catalog.models import Crawl
from config.deadline import Deadline
from releases.deadlines.model import Judged
from releases.deadlines.notes import plan_end, plan_note
from releases.deadlines.read import judged
from releases.deadlines.tick import plan_deadlines
from releases.ledger.queries import find
from tests.unit.releases.deadlines.scene import rule
from tests.unit.releases.ledger.watch import Watch, case, pdf

RULE = rule(kinds=("case",), days=10, covered={"type": ("Firearm Discharge",)}, to_kinds=("video",))


class Deadlines(Watch):
    """One portal; `moment` is the day at noon."""

    def __init__(self, *rules: Deadline) -> None:
        super().__init__()
        self.rules(*(rules or (RULE,)))

    def rules(self, *rules: Deadline) -> None:
        """Edit the portal's file."""
        self.portal = msgspec.structs.replace(self.portal, deadlines=rules)

    @property
    def moment(self) -> datetime:
        return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=self.day)

    def crawl(self, *records, **values) -> list[dict]:
        """As a crawl does: what it saw, then a tick."""
        told = super().crawl(*records, **values)
        Crawl.objects.filter(id=self.crawl_id).update(coverage=values.get("coverage", "complete"))
        return [*told, *self.tick(self.crawl_id)]

    def tick(self, crawl: str = "") -> list[dict]:
        plan = plan_deadlines(self.portal, self.moment, crawl)
        self.apply(plan.operations)
        return plan.events

    def wait(self, days: int) -> list[dict]:
        """Days without a crawl, with a tick each; what they told."""
        told = []
        for _ in range(days):
            self.day += 1
            told += self.tick()
        return told

    def note(self, key: str, kind: str, **values) -> list[dict]:
        plan = plan_note(
            self.portal, find(self.portal.slug, key), kind, now=self.moment, **{"why": "a letter", **values}
        )
        self.apply(plan.operations)
        return self.tick()

    def end(self, key: str, kind: str) -> list[dict]:
        self.apply(plan_end(self.portal.slug, find(self.portal.slug, key), kind, now=self.moment).operations)
        return self.tick()

    def judged(self) -> dict[str, Judged]:
        found = {one.case.key: one for one in judged(self.portal, self.moment)}
        for key, one in found.items():  # a record's own page asks for it alone, by fewer looks
            assert one in list(judged(self.portal, self.moment, keys=[key]))
        return found


def shot(key: str, day: int, *files, **fields):
    """A case of a discharge on a day of January 2026."""
    values = {"incident_date": f"2026-01-{day:02d}", "type": "Firearm Discharge"} | fields
    return case(key, *files, fields=values)


def video(name: str = "video"):
    return pdf(name, kind="video")
