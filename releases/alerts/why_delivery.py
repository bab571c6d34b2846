"""What became of one delivery, in a sentence: what `alerts deliveries` and `alerts why` say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import timezone

from releases.alerts.cadence import zone_to_show
from releases.models import Delivery, Subscription

Became = Literal["sent", "owed", "sending", "waiting", "backing off", "given up", "taken back"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a delivery."""

    became: Became
    sentence: str
    message: str
    """Id of the message that has it: of the digest, where one gathered it."""
    at: datetime | None
    """When it was sent, or is to be tried; None where neither is known."""


def what_became(delivery: Delivery, now: datetime | None = None) -> Fate:
    """From what is stored alone."""
    if delivery.state == "gathered":
        digest = Delivery.objects.select_related("subscription").filter(id=delivery.digest).first()
        if digest is not None:
            fate = what_became(digest, now)
            return Fate(fate.became, f"In a digest: {fate.sentence}", fate.message, fate.at)
    return _fate(delivery, now or timezone.now())


def _fate(delivery: Delivery, now: datetime) -> Fate:
    owner = delivery.subscription
    tries = "1 attempt" if delivery.attempts == 1 else f"{delivery.attempts} attempts"
    error = delivery.error.rstrip(". ")
    if delivery.state == "sent":
        after = f", after {tries}" if delivery.attempts > 1 else ""
        when = _moment(delivery.sent_at, owner) if delivery.sent_at else "at a time that is not known"
        return Fate("sent", f"sent {when}{after}", delivery.id, delivery.sent_at)
    if delivery.state == "dropped":
        return Fate("taken back", "taken back before anyone was told: it was wrong", "", None)
    if delivery.state == "dead":
        after = f" after {tries}" if delivery.attempts else ""
        return Fate("given up", f"given up{after}: {error}", delivery.id, None)
    if delivery.state == "held":
        due = owner.digest_due_at
        until = f"until {_moment(due, owner)}" if due else "for the next run"
        reason = {
            "digest": f"for the {owner.cadence} digest", "quiet hours": f"for the quiet hours {owner.quiet} to end",
            "most per day": f"because no more than {owner.most_per_day} a day are wanted",
        }.get(delivery.waits, "for a digest")  # fmt: skip
        return Fate("waiting", f"waits {until}, {reason}", "", due)
    if delivery.state == "sending":
        if delivery.next_at <= now:
            return Fate("sending", "its sender died; the next run sends it again, with the same id", delivery.id, now)
        return Fate("sending", "being sent now", delivery.id, delivery.next_at)
    if delivery.next_at <= now:
        again = f", after {tries}: {error}" if error else ""
        return Fate("owed", f"due: the next run sends it{again}", delivery.id, delivery.next_at)
    if delivery.waits == "quiet hours":
        return Fate("waiting", f"waits until {_moment(delivery.next_at, owner)}, for the quiet hours to end", delivery.id, delivery.next_at)  # fmt: skip
    if error:
        sentence = f"tried again {_moment(delivery.next_at, owner)}; {tries} failed, last: {error}"
        return Fate("backing off", sentence, delivery.id, delivery.next_at)
    return Fate("owed", f"due {_moment(delivery.next_at, owner)}", delivery.id, delivery.next_at)


def _moment(at: datetime, owner: Subscription) -> str:
    local = zone_to_show(owner.timezone)
    return f"{at.astimezone(local):%Y-%m-%d %H:%M} {local.key}"
