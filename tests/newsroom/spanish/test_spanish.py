"""A reader of Spanish gets pages and mail in Spanish; programs get what they always got."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.utils import translation

from archive.ids import uuid7
from releases.alerts.deliver import deliver_owed
from releases.models import Delivery, Event, Subscription
from tests.newsroom.inside import Newsroom


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    """A request in this process leaves its language active in this thread."""
    yield
    translation.deactivate()


def test_pages_are_spanish_where_it_is_asked_for(newsroom: Newsroom) -> None:
    reader = newsroom.client("reporter")
    asked = {"accept-language": "es-MX,es;q=0.9,en;q=0.5"}
    page = reader.get("/deadlines", headers=asked).content.decode()
    assert '<html lang="es">' in page
    assert "Quién va tarde" in page
    assert '<html lang="en">' in reader.get("/deadlines").content.decode()
    assert reader.get("/deadlines.json", headers=asked).json().keys() == reader.get("/deadlines.json").json().keys()

    # The switch is remembered, and goes over the account's own language until that is chosen anew.
    assert reader.get("/language", {"to": "es", "next": "/about"})["Location"] == "/about"
    assert '<html lang="es">' in reader.get("/about").content.decode()
    account = newsroom.account("reporter")
    account.language = "es"
    account.save(update_fields=["language"])
    reader.get("/language", {"to": "en"})
    assert '<html lang="en">' in reader.get("/about").content.decode()
    saved = reader.post("/accounts/me", {"form": "person", "name": "R", "language": "es"})
    assert saved.status_code == 302, saved.content.decode()[2000:6000]
    assert '<html lang="es">' in reader.get("/about").content.decode()
    assert reader.get("/language", {"to": "xx"}).cookies.get("recordwatch_language") is None


def test_a_message_is_in_the_language_of_its_subscription(newsroom: Newsroom) -> None:
    Delivery.objects.all().delete()
    now = datetime.now(UTC)
    event = Event.objects.filter(kind="file_replaced").order_by("id")[0]
    for language in ("en", "es"):
        asker = Subscription.objects.create(
            id=uuid7(), name=language, channel=f"mailto:{language}@example.org", created_at=now, language=language
        )
        Delivery.objects.create(
            id=uuid7(), subscription=asker, commit=uuid7(), events=[event.id], state="owed", next_at=now, created_at=now
        )
    with translation.override("en"):
        assert deliver_owed(newsroom.home, now).sent == 2
    mails = {}
    for delivery in Delivery.objects.select_related("subscription"):
        raw = (newsroom.home.path / "outbox" / f"{delivery.id}.eml").read_bytes()
        mails[delivery.subscription.name] = email.message_from_bytes(raw, policy=email.policy.default)
    assert mails["en"]["Subject"].strip().startswith("1 replaced file")
    assert mails["es"]["Subject"].strip().startswith("1 archivo sustituido")
    parts = {part.get_content_type(): str(part.get_content()) for part in mails["es"].iter_parts()}
    plain, page = parts["text/plain"], parts["text/html"]
    assert "Archivo sustituido en la misma dirección" in plain
    assert "Por qué recibe esto: Lo pidió como «es» (todo)." in plain
    assert "recordwatch diff " in plain
    assert '<html lang="es">' in page
