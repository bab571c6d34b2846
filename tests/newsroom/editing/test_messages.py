"""What is owed to subscribers, and what they are sent, once something is restricted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.access import Order
from archive.ids import uuid7
from releases.alerts.deliver import deliver_owed
from releases.alerts.digest_certificate import worded
from releases.alerts.story import event_json, events_of
from releases.alerts.why import why
from releases.amend import amend
from releases.ledger.queries import event_row, find
from releases.ledger.retract import RetractionRefused, plan_retraction
from releases.models import Delivery, Event, Subscription
from releases.restricting import commit
from releases.tables.model import Wanted
from releases.tables.rows import TABLES
from tests.newsroom.inside import Newsroom
from web.front.told import tell

PORTAL = "lake-harbor"
NAME = "Hedda Nobody"


def owed(subscription: Subscription, *events: Event) -> Delivery:
    now = datetime.now(UTC)
    return Delivery.objects.create(
        id=uuid7(), subscription=subscription, commit=uuid7(), events=[event.id for event in events], state="owed",
        next_at=now, created_at=now,
    )  # fmt: skip


def test_nobody_is_sent_what_is_restricted_meanwhile(newsroom: Newsroom) -> None:
    Delivery.objects.all().delete()
    outbox = newsroom.home.path / "outbox"
    before = set(outbox.iterdir())
    asker = Subscription.objects.create(
        id=uuid7(), name="all of it", channel="mailto:reporter@example.org", created_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    Subscription.objects.exclude(id=asker.id).delete()
    shut, named = find(PORTAL, "lh-2025-0103"), find(PORTAL, "lh-2026-0002")
    told = Event.objects.filter(record=shut.id).order_by("id")
    about = Event.objects.filter(record=named.id, kind="new").get()
    new = Event.objects.filter(record=named.id, kind="file_added")[0]
    Event.objects.filter(id=about.id).update(title=f"Case of {NAME}")
    alone, both = owed(asker, *told), owed(asker, told[0], about, new)
    order = Order("R. Porter", "asked for", datetime.now(UTC))
    commit.shut_record(newsroom.holdings, shut, order)
    commit.shut_name(newsroom.holdings, NAME, order)

    assert deliver_owed(newsroom.home).sent == 1
    alone.refresh_from_db()
    both.refresh_from_db()
    assert (alone.state, alone.events, len(alone.dropped)) == ("dropped", [], len(told))
    assert both.state == "sent"
    (mail,) = set(outbox.iterdir()) - before
    said = mail.read_text("utf-8", "replace")
    assert "LH-2026-0002" in said
    assert "LH-2025-0103" not in said.upper()
    assert "Nobody" not in said

    taken = {"portal": PORTAL, "name": "Lake", "crawls": 1, "verdicts": {"partial": 1}, "last": "", "last_verdict": "partial",
             "coverage": "complete", "partly": [f"{shut.url} could not be opened, nor that of {NAME}"]}  # fmt: skip
    both.certificate = {"portals": [taken]}
    vouched = str(worded(both))
    assert "could not be opened" in vouched, "taken down before it was restricted"
    assert not [one for one in ("lh-2025-0103", "Nobody") if one in vouched]

    replaced = Event.objects.filter(portal=PORTAL, kind="file_replaced").exclude(record=shut.id)[0]
    digest = replaced.new["digest"]
    assert digest in str(event_row(replaced))
    commit.shut_file(newsroom.holdings, replaced.files[0]["id"], order)
    now_told = [event_row(replaced), event_json(events_of([replaced.id])[0]), tell([replaced])[0].changes]
    assert digest not in str([*now_told, *TABLES["events"].rows(Wanted(kind="file_replaced"))])

    wrong = told.filter(kind="new")[0]
    amend(
        newsroom.home, PORTAL, "retraction", lambda: plan_retraction(wrong.id, "x", "y", datetime.now(UTC)), opened=True
    )
    assert not Delivery.objects.filter(state="owed").exists()
    with pytest.raises(RetractionRefused, match="no event has this id"):
        why(wrong.id, asker.id)
    assert NAME not in " ".join(why(about.id, asker.id).sentences)
