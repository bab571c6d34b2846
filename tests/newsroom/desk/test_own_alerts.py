"""Alerts of an account: private, changeable, tried, explained; and secret addresses of what one follows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from releases.models import Delivery, Event, Subscription
from tests.newsroom.inside import Newsroom
from web.desk.feeds import _PACE, MIME
from web.desk.limits import Pace
from web.desk.models import SecretAddress
from web.searching.kept import keep

MADE = {
    "sent": "1",
    "portal": "lake-harbor",
    "way": "mail",
    "cadence": "daily",
    "digest_at": "08:00",
    "name": "Harbor",
    "health": "on",
}


def _secret(page: str) -> str:
    found = re.search(r"/feeds/([\w-]+)\.atom", page)
    assert found
    return found[1]


def test_made_changed_tried_explained_deleted_and_seen_by_nobody_else(newsroom: Newsroom) -> None:
    mine, other, operator = newsroom.client("reporter"), newsroom.client("editor"), newsroom.client("operator")
    where = mine.post("/subscriptions/new", MADE).headers["Location"]
    made = Subscription.objects.get(name="Harbor")
    assert (made.owner.username, made.channel, made.waits) == ("a-reporter", "mailto:a-reporter@example.org", False)
    changed = {**MADE, "q": "firearm", "portal": "", "cadence": "weekly", "digest_day": "friday"}
    assert mine.post(f"{where}/edit", changed).status_code == 302
    made.refresh_from_db()
    assert (made.filters["query"], made.filters["portals"], made.cadence) == ("firearm", [], "weekly")
    refused = mine.post(f"{where}/edit", {**changed, "q": "", "health": ""})
    assert (refused.status_code, "no filter" in refused.content.decode()) == (400, True)
    made.refresh_from_db()
    assert made.filters["query"] == "firearm"
    before = len(list((newsroom.home.path / "outbox").iterdir()))
    mine.post(f"{where}/act", {"action": "test"})
    assert len(list((newsroom.home.path / "outbox").iterdir())) == before + 1
    now, event = datetime.now(UTC), Event.objects.filter(kind="new").order_by("-at").first()
    Delivery.objects.create(
        id="told", subscription=made, commit="c", events=[event.id], state="sent", next_at=now, created_at=now, sent_at=now,
    )  # fmt: skip
    assert "sent " in mine.get(where).content.decode()
    why = mine.get(f"{where}/deliveries/told").content.decode()
    assert "Why you got this" in why
    assert "firearm" in why
    assert mine.get("/subscriptions").content.decode().count("Harbor") == 1
    for stranger in (other, operator):
        assert "Harbor</a>" not in stranger.get("/subscriptions").content.decode()
        for address in (where, f"{where}/edit", f"{where}/deliveries/told"):
            assert stranger.get(address).status_code == 404
        assert stranger.post(f"{where}/act", {"action": "delete"}).status_code == 404
        assert stranger.post(f"{where}/edit", changed).status_code == 404
        assert stranger.post("/desk/addresses", {"kind": "subscription", "about": made.id}).status_code == 404
    for action in ("delete", "feed"):  # the link in a message, which a whole channel may read
        assert newsroom.client().post(f"/subscriptions/by/{made.mute_token}", {"action": action}).status_code == 403
    assert "Delete it" not in newsroom.get(f"/subscriptions/by/{made.mute_token}").content.decode()
    mine.post(f"{where}/act", {"action": "stop"})
    made.refresh_from_db()
    assert made.muted_at is not None
    mine.post(f"{where}/act", {"action": "delete"})
    assert not Subscription.objects.filter(name="Harbor").exists()


@pytest.mark.parametrize(
    ("way", "address"),
    [
        ("webhook", "http://127.0.0.1:8400/x"), ("webhook", "https://localhost/x"), ("webhook", "https://[::1]/x"),
        ("webhook", "https://10.0.0.7/x"), ("webhook", "https://2130706433/x"), ("webhook", "https://db.internal/x"),
        ("service", "json://192.168.1.1/x"), ("service", "syslog://"), ("service", "https://example.org/x"),
        ("webhook", "mailto:somebody.else@example.org"), ("mailbomb", "x"), ("webhook", "https://[oops/"),
    ],
)  # fmt: skip
def test_messages_go_neither_into_our_network_nor_to_other_people(
    newsroom_once: Newsroom, way: str, address: str
) -> None:
    answer = newsroom_once.client("reporter").post("/subscriptions/new", {**MADE, "way": way, "address": address})
    assert answer.status_code == 400
    assert not Subscription.objects.filter(name="Harbor").exists()


def test_a_webhook_says_its_secret_once_and_is_told_what_its_owner_may_know(newsroom: Newsroom) -> None:
    mine = newsroom.client("reporter")
    sent = {**MADE, "way": "webhook", "address": "https://hooks.example.org/desk?key=hushhush"}
    where = mine.post("/subscriptions/new", sent).headers["Location"]
    secret = Subscription.objects.get(name="Harbor").secret
    first, again = mine.get(where).content.decode(), mine.get(where).content.decode()
    assert secret in first
    assert secret not in again
    assert "hushhush" not in again
    # To the same address as before, more than a reporter is told.
    for role, wanted in (("editor", 400), ("operator", 400), ("reader", 302)):
        assert mine.post(f"{where}/edit", {**sent, "role": role}).status_code == wanted
        assert Subscription.objects.get(name="Harbor").role == "reader"


def test_secret_addresses_open_without_an_account_until_they_are_revoked(newsroom: Newsroom) -> None:
    mine, anybody = newsroom.client("reporter"), newsroom.client()
    keep(newsroom.holdings)  # the search index
    for kind, about in (
        ("everything", ""),
        ("portal", "lake-harbor"),
        ("deadlines", ""),
        ("search", "portal:lake-harbor"),
    ):
        assert mine.post("/desk/addresses", {"kind": kind, "about": about}).status_code == 302
        secret = _secret(mine.get("/desk").content.decode())
        address = SecretAddress.objects.order_by("-id")[0]
        assert secret not in repr(SecretAddress.objects.filter(id=address.id).values())
        for form, mime in MIME.items():
            answer = anybody.get(f"/feeds/{secret}.{form}")
            assert answer.status_code == 200, (kind, form)
            assert answer.headers["Content-Type"].startswith(mime)
            assert "noindex" in answer.headers["X-Robots-Tag"]
            tag = answer.headers["ETag"]
            assert anybody.get(f"/feeds/{secret}.{form}", headers={"If-None-Match": tag}).status_code == 304
        body = anybody.get(f"/feeds/{secret}.json").json()
        assert body["items"], kind
        assert {item["_recordwatch"]["kind"] for item in body["items"]} <= {
            "overdue",
            "upcoming",
        } or kind != "deadlines"
        assert "BEGIN:VEVENT" in anybody.get(f"/feeds/{secret}.ics").content.decode(), kind
        address.refresh_from_db()
        assert address.last_used_on == datetime.now(UTC).date()
        assert newsroom.client("operator").post(f"/desk/addresses/{address.id}/revoke").status_code == 404
        mine.post(f"/desk/addresses/{address.id}/revoke")
        assert anybody.get(f"/feeds/{secret}.atom").status_code == 404
    # Whoever loses the account loses its addresses.
    mine.post("/desk/addresses", {"kind": "everything"})
    secret = _secret(mine.get("/desk").content.decode())
    assert anybody.get(f"/feeds/{secret}.csv").status_code == 200
    account = newsroom.account("reporter")
    account.is_active = False
    account.save()
    assert anybody.get(f"/feeds/{secret}.csv").status_code == 404
    for wrong in ("x", "A" * 43, "A" * 4000):
        assert anybody.get(f"/feeds/{wrong}.atom").status_code == 404
    for kind, about in (("portal", "nowhere"), ("portal", "../x"), ("list", "x"), ("what", ""), ("search", "")):
        assert newsroom.client("editor").post("/desk/addresses", {"kind": kind, "about": about}).status_code == 404
    assert newsroom.client("editor").post("/desk/addresses", {"kind": "search", "about": '"open'}).status_code == 400


def test_an_address_that_is_asked_for_all_the_time_has_to_wait(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = newsroom.client("reporter")
    mine.post("/desk/addresses", {"kind": "everything"})
    secret = _secret(mine.get("/desk").content.decode())
    monkeypatch.setattr("web.desk.feeds._PACE", Pace(burst=2, every=60))
    answers = [newsroom.get(f"/feeds/{secret}.atom") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert _PACE.wait(secret, now=0.0) == 0


def test_the_pace_forgets_with_time_and_keeps_names_apart() -> None:
    pace = Pace(burst=2, every=10, names=2)
    assert [pace.wait("a", 0), pace.wait("a", 0), pace.wait("a", 0)] == [0, 0, 10]
    assert pace.wait("b", 0) == 0
    assert pace.wait("a", 5) == 5
    assert pace.wait("a", 10) == 0


def test_no_address_is_written_down_whatever_goes_wrong(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "S" * 43

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    anybody, strict = newsroom.client(), Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    anybody.raise_request_exception = False
    assert anybody.get(f"/feeds/{secret}.atom").status_code == 404
    assert strict.post(f"/subscriptions/by/{secret}", {"action": "delete"}).status_code == 403
    monkeypatch.setattr("web.desk.secret.opened", broken)
    assert anybody.get(f"/shared/{secret}?q=private").status_code == 500
    [written] = (newsroom.home.path / "logs").glob("newsroom-*.txt")
    text = written.read_text()
    assert "ZeroDivisionError" in text
    assert "GET /shared/<str:secret>" in text
    assert secret not in text
    assert "private" not in text
    assert secret not in caplog.text
