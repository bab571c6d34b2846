"""Everybody walks through the whole newsroom in Spanish: every kind of page they are led to, and none shows English."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest
from django.utils import translation

from archive.ids import uuid7
from releases.alerts.deliver import deliver_owed
from releases.models import Delivery, Event, File, Record, RecordVersion, Subscription
from tests.newsroom.inside import Newsroom
from tests.newsroom.spanish.english import Detector, left_english, spanish_texts
from web.searching.kept import keep

ENTRIES = {
    "": ("/", "/about", "/accounts/enter", "/accounts/forgotten", "/search?q=(", "/search?q=taser+after:x", "/search?q=boss:1",
         "/search?q=taser", "/search?q=the", "/nothing", "/deadlines?status=covered", "/releases?kind=recovered", "/portals/none"),
    "reporter": ("/", "/desk", "/accounts/me", "/subscriptions/new", "/search?q=taser"),
    "editor": ("/", "/editing", "/editing/history"),
    "operator": ("/", "/operate", "/operate/audit", "/accounts/people"),
}  # fmt: skip
"""Role → where a walk begins. Pages reached by somebody before are not looked at again."""
BESIDE = re.compile(r"^/(records|captures|files)/")
"""Pages beside which people with a role see more."""
NO_PAGE = re.compile(
    r"/(?:bytes|poster|package|playable|leave)$|/pages/|\.\w{3,5}$|^/(?:static|language|replay|cdx|timemap|timegate)|^/api/v1/(?!docs)"
)


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    """A request in this process leaves its language active in this thread."""
    yield
    translation.deactivate()


@pytest.fixture
def detector(newsroom: Newsroom) -> Detector:
    """It knows what the sample portal says."""
    portal = newsroom.home.portal("lake-harbor")
    foreign = [
        portal.name,
        portal.agency,
        portal.place,
        *(text for rule in portal.deadlines for text in (rule.name, rule.basis)),
    ]
    foreign += [*Record.objects.values_list("title", flat=True), *File.objects.values_list("name", flat=True)]
    fields = list(RecordVersion.objects.values_list("fields", flat=True))
    names = {name.replace("_", " ") for one in fields for name in one} | {
        "case",
        "title",
    }  # the example of a kind, a name in PDFs
    return Detector([*foreign, *_values(fields)], names)


def test_no_page_shows_english_to_a_reader_of_spanish(newsroom: Newsroom, detector: Detector, patient: None) -> None:
    keep(newsroom.holdings)
    found: dict[str, str] = {}
    left: set[str] = set()
    reached: set[tuple[str, ...]] = set()
    for role in ENTRIES:
        for address, page in _walk(newsroom, role, reached):
            left |= set(left_english(page))
            for text in spanish_texts(page):
                if english := detector.english(text):
                    found.setdefault(english, f"{role} {address}")
    assert found == {}
    assert left == set()
    # The walk came everywhere.
    kinds = {shape[0].split("/")[1] for shape in reached}
    assert kinds >= {
        "releases", "search", "portals", "records", "captures", "diff", "files", "deadlines", "subscriptions", "desk", "editing",
        "operate", "accounts", "api", "about", "cite",
    }  # fmt: skip
    assert len(reached) > 60


def test_a_digest_of_everything_that_happened_is_spanish(newsroom: Newsroom, detector: Detector) -> None:
    Delivery.objects.all().delete()
    now = datetime.now(UTC)
    asker = Subscription.objects.create(
        id=uuid7(), name="todo", channel="mailto:es@example.org", created_at=now, language="es", cadence="daily"
    )
    told_in_full = Event.objects.exclude(kind__in=["new", "file_added", "quarantined"]).order_by("id")
    events = list(told_in_full.values_list("id", flat=True))
    Delivery.objects.create(
        id=uuid7(), subscription=asker, commit=uuid7(), events=events, state="owed", next_at=now, created_at=now
    )
    assert deliver_owed(newsroom.home, now).sent == 1
    [letter] = (newsroom.home.path / "outbox").glob(f"{Delivery.objects.get(subscription=asker).id}.eml")
    mail = email.message_from_bytes(letter.read_bytes(), policy=email.policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    told = str(text.get_content())
    assert "de retraso: vencía el 2026-03-05" in told
    assert "El portal nos rechazó: " in told
    lines = [line for line in told.splitlines() if not re.search(r"recordwatch \w+ |: “|→", line)]
    assert [found for line in [mail["Subject"], *lines] if (found := detector.english(line))] == []


def _walk(newsroom: Newsroom, role: str, reached: set[tuple[str, ...]]) -> Iterator[tuple[str, bytes]]:
    """One page of each shape that this role is led to and nobody was before."""
    client, ahead = newsroom.client(role), list(ENTRIES[role])
    again: set[tuple[str, ...]] = set()
    first = set(ahead)
    while ahead:
        address = ahead.pop(0)
        shape, path = _shape(address), urlsplit(address).path
        known = again if BESIDE.match(path) or address in first else reached
        if NO_PAGE.search(path) or shape in known:
            continue
        first.discard(address)
        reached.add(shape)
        again.add(shape)
        answer = client.get(address, headers={"accept-language": "es"})
        if answer.status_code == 302:
            ahead.insert(0, urljoin(address, answer["Location"]))
        elif answer["Content-Type"].startswith("text/html") and answer.status_code != 405:
            assert answer.status_code in ({200} if address not in ENTRIES[role] else {200, 400, 404}), address
            page = answer.getvalue()
            yield address, page
            links = lxml.html.document_fromstring(page).iterlinks()
            ahead += [
                urljoin(address, link).split("#")[0] for one, name, link, _at in links
                if one.tag == "a" and name == "href" and not re.match(r"[a-z]+:|//|#", link)
            ]  # fmt: skip


def _shape(address: str) -> tuple[str, ...]:
    """Pages of one shape are made by one template in one state."""
    parts = urlsplit(address)
    path = re.sub(r"^/(records|diff)/(?!captures/).*", r"/\1/*", parts.path)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\d+", "#", path)
    asked = {part for part in parts.query.split("&") if part}
    told = {part for part in asked if re.match(r"(?:status|kind|view|state)=", part)}
    return path, *sorted({part.partition("=")[0] for part in asked} | told)


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _values(one)
    elif isinstance(value, str):
        yield value
