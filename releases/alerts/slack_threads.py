"""Which thread of a Slack channel is about which record: kept for each message that Slack took."""

from __future__ import annotations

from django.utils import timezone

from releases.alerts.slack import SCHEME, Posted
from releases.alerts.story_shape import Story
from releases.models import Delivery, SlackMessage


def threads(channel: str, story: Story) -> dict[str, str]:
    """Record id → ts of its thread in `channel`, of the records that `story` tells of and that have one."""
    told = (*(release for section in story.sections for release in section.releases), *story.corrections)
    records = sorted({release.record for release in told if release.record})
    found: dict[str, str] = {}
    for start in range(0, len(records), 500):
        opened = SlackMessage.objects.filter(channel=channel, record__in=records[start : start + 500], opens=True)
        found |= dict(opened.order_by("at", "id").values_list("record", "ts"))  # of several, the newest
    return found


def before(delivery: str) -> set[str]:
    """The records (or "") of which this delivery has posted."""
    return set(SlackMessage.objects.filter(delivery=delivery).values_list("record", flat=True))


def keep(posted: Posted) -> None:
    """Write down that Slack took a message."""
    SlackMessage.objects.create(
        channel=posted.channel, record=posted.record, delivery=posted.delivery, ts=posted.ts, opens=posted.opens,
        at=timezone.now(),
    )  # fmt: skip


def over(delivery: Delivery) -> None:
    """All of it is posted: what opened no thread need not be known any more."""
    if delivery.subscription.channel.startswith(SCHEME):
        SlackMessage.objects.filter(delivery=delivery.id, opens=False).delete()
