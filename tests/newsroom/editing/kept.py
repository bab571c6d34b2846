"""What a reporter keeps of things: lists, folders, links, notes, addresses, an alert and a message of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from archive.ids import uuid7
from releases.ledger.queries import find_any
from releases.models import Delivery, Event, Subscription
from tests.newsroom.editing.restricted import PORTAL, Restricted, report_of
from tests.newsroom.inside import Newsroom

_MADE = re.compile(r"/(?:shared/[\w-]+|feeds/[\w-]+\.atom|desk/(?:lists|folders)/[0-9a-f-]{36})")


def keep(newsroom: Newsroom, chosen: Restricted) -> list[str]:
    """On lists, in folders, by links, in feeds and messages; the addresses of all of it."""
    client, said = newsroom.client("reporter"), []
    records = [find_any(PORTAL, key) for key in (chosen.record, chosen.named, chosen.passed, chosen.filed)]
    files = [report_of(key) for key in (chosen.record, chosen.passed, chosen.filed)]
    for number, record in enumerate(records):
        for there, sent in (
            ("/desk/lists", {"name": f"list {number}", "record": record.id}),
            ("/desk/folders", {"name": f"folder {number}", "kind": "record", "what": record.id}),
            ("/desk/links", {"record": record.id, "days": "30", "note": "for you"}),
            ("/desk/notes", {"kind": "record", "what": record.id, "text": "look here"}),
        ):
            said.append(client.post(there, sent, follow=True))
    for number, file in enumerate(files):
        sent = {"name": f"of files {number}", "kind": "file", "what": file.id, "version": "1"}
        said.append(client.post("/desk/folders", sent, follow=True))
    for kind, about in (("everything", ""), ("portal", PORTAL), ("search", "case"), ("deadlines", "")):
        said.append(client.post("/desk/addresses", {"kind": kind, "about": about}, follow=True))
    text = "\n".join(
        [one.content.decode() for one in said] + [there for one in said for there, _ in one.redirect_chain]
    )
    made = set(_MADE.findall(text))
    now, events = datetime.now(UTC), Event.objects.filter(record__in=[record.id for record in records])
    asker = Subscription.objects.create(
        id=uuid7(),
        owner=newsroom.account("reporter"),
        name="all of it",
        channel="mailto:me@example.org",
        created_at=now,
    )
    message = Delivery.objects.create(
        id=uuid7(), subscription=asker, commit=uuid7(), events=[event.id for event in events], state="sent", next_at=now,
        created_at=now, sent_at=now,
    )  # fmt: skip
    feeds = {
        one.removesuffix("atom") + form for one in made if "/feeds/" in one for form in ("rss", "json", "csv", "ics")
    }
    own = {f"{one}.{form}" for one in made if one.startswith("/desk/") for form in ("json", "csv")}
    kinds = {one.strip("/").partition("/")[0] for one in made} | {one.split("/")[2] for one in made if "/desk/" in one}
    assert kinds == {"shared", "feeds", "desk", "lists", "folders"}
    shared = [f"{one}/files/{file.id}/v/1" for one in made if "/shared/" in one for file in files]
    alerts = [
        f"/subscriptions/{asker.id}",
        f"/subscriptions/{asker.id}/edit",
        f"/subscriptions/{asker.id}/deliveries/{message.id}",
    ]
    return sorted({*made, *feeds, *own, *shared, *alerts})
