"""The newsroom's figures are the same on both databases: their weeks are cut from the text of a time."""

from collections import Counter

from releases.models import Event
from tests.unit.releases.deadlines.watched import shot, video
from web.figures.counts import KINDS, counts, monday


def test_weeks_and_kinds_are_counted_alike(watch):
    watch.crawl(shot("old", 1))
    watch.wait(9)
    watch.crawl(shot("old", 1, video("v1")), shot("c1", 9), shot("c2", 9, video("v2")))
    events = list(Event.objects.all())
    (slug,) = {event.portal for event in events}
    *_pauses, made = counts(slug, max(event.at for event in events))
    straight: Counter[tuple[str, str]] = Counter()
    for event in events:
        if event.kind in KINDS and not event.backfill:
            straight[monday(event.at.date()).isoformat(), KINDS[event.kind]] += 1
    assert straight
    assert {(week, one): n for week, row in made.body["weeks"].items() for one, n in row.items()} == dict(straight)
    assert made.body["backfill"] == sum(event.backfill and event.kind in KINDS for event in events)
    assert made.body["kinds"] == {"case": 3}
    assert made.body["files"]["video"]["named"] == 2
