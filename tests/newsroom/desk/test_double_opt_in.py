"""Subscribing without an account: only the question is mailed, a POST says yes, the link in each mail ends it."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

from django.test import Client
from django.utils import timezone

from releases.models import Subscription
from tests.newsroom.inside import Newsroom
from web.desk import kept
from web.desk.limits import QUESTIONS
from web.desk.models import Question, SecretAddress

ASKED = {"sent": "1", "portal": "lake-harbor", "way": "mail", "cadence": "instant", "health": "on"}


def _mine() -> list[Subscription]:
    return list(Subscription.objects.exclude(confirm_token="").order_by("id"))


def _questions(newsroom: Newsroom) -> list[str]:
    """Texts of the questions that were mailed."""
    mails = (newsroom.home.path / "outbox").glob("question-*.eml")
    return [message_from_bytes(mail.read_bytes(), policy=default).get_content() for mail in sorted(mails)]


def test_from_the_form_to_the_last_mail(newsroom: Newsroom) -> None:
    somebody = newsroom.client()
    form = somebody.get("/subscriptions/new?portal=lake-harbor&key=LH-2026-0002").content.decode()
    assert "LH-2026-0002" in form.split('id="lately"')[1]  # what it would have told lately
    answer = somebody.post(
        "/subscriptions/new", {**ASKED, "key": "LH-2026-0002", "address": "a@example.org", "language": "en"}
    )
    assert answer.headers["Location"] == "/subscriptions/asked"
    [waits] = _mine()
    assert waits.waits
    assert waits.owner is None
    kept.ask_due(newsroom.home, timezone.now())
    [question] = _questions(newsroom)
    assert "LH-2026-0002" in question
    link = re.search(r"http://127\.0\.0\.1(/subscriptions/confirm/\S+)", question)
    assert link
    # A scanner of mail follows every link, by GET and HEAD: nothing happens.
    somebody.head(link[1])
    assert "Yes, tell me" in somebody.get(link[1]).content.decode()
    assert _mine()[0].waits
    by_link = somebody.post(link[1]).headers["Location"]
    assert not _mine()[0].waits
    kept.ask_due(newsroom.home, timezone.now() + timedelta(days=1))
    assert len(_questions(newsroom)) == 1
    # Its page: cadence, a feed of its own, the end.
    assert somebody.post(by_link, {"action": "change", "cadence": "weekly"}).status_code == 302
    assert _mine()[0].cadence == "weekly"
    somebody.post(by_link, {"action": "feed"})
    page = somebody.get(by_link)
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("same-origin", "no-store")
    feed = re.search(r"/feeds/[\w-]+\.atom", page.content.decode())
    assert feed
    assert somebody.get(feed[0]).status_code == 200
    somebody.post(by_link, {"action": "revoke", "address": SecretAddress.objects.get().id})
    assert somebody.get(feed[0]).status_code == 404
    assert somebody.post(by_link, {"action": "delete"}).status_code == 302
    assert _mine() == []
    assert somebody.get(by_link).status_code == 404


def test_one_click_in_a_mail_program_stops_it(newsroom: Newsroom) -> None:
    one = Subscription.objects.order_by("id")[0]
    address = f"/alerts/mute/{one.mute_token}"
    strict = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)  # a mail program has no cookie of ours
    same = strict.get("/alerts/mute/nobody-has-this").content
    assert strict.get(address).content.replace(one.mute_token.encode(), b"nobody-has-this") == same
    assert strict.post(address, {"x": "y"}).status_code == 400
    assert Subscription.objects.get(id=one.id).muted_at is None
    assert strict.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.get(id=one.id).muted_at is not None
    unknown = strict.post("/alerts/mute/nobody-has-this", {"List-Unsubscribe": "One-Click"})
    assert unknown.status_code == 200


def test_nobody_is_flooded_and_nobody_learns_who_is_subscribed(newsroom: Newsroom) -> None:
    answers = set()
    for n in range(QUESTIONS["address"] + 3):  # an address is the same however it is written
        page = newsroom.client().post(
            "/subscriptions/new", {**ASKED, "address": ("a@example.org", "A@Example.org")[n % 2]}
        )
        answers.add((page.status_code, page.headers["Location"]))
    assert answers == {(302, "/subscriptions/asked")}
    assert Question.objects.count() == len(_mine()) == QUESTIONS["address"]
    for n in range(QUESTIONS["client"] + 5):
        newsroom.client().post("/subscriptions/new", {**ASKED, "address": f"n{n}@example.org"})
    assert Question.objects.count() == QUESTIONS["client"] == len(_mine())
    # Without an answer the addresses are forgotten.
    kept.tidy(timezone.now() + timedelta(days=8))
    assert _mine() == []
    assert Question.objects.count() == 0


def test_what_is_wrong_is_said_on_the_form_and_nothing_is_made(newsroom: Newsroom) -> None:
    before = Subscription.objects.count()
    for wrong, said in (
        ({"address": "nobody"}, "not a mail address"),
        ({"address": "a@example.org,b@example.org"}, "several people"),
        ({"address": "a@example.org\r\nBcc: c@example.org"}, ""),
        ({"address": "a@example.org", "portal": "nowhere"}, "not watched"),
        ({"address": "a@example.org", "portal": "", "health": ""}, "no filter"),
        ({"address": "a@example.org", "q": '"open'}, ""),
        ({"address": "a@example.org", "cadence": "hourly-ish"}, "no such cadence"),
        ({"address": "a@example.org", "timezone": "../../etc/passwd"}, "no such time zone"),
        ({"address": "a@example.org", "quiet": "99-x"}, ""),
        ({"address": "a@example.org", "kind": "quarantined"}, "only editors"),
        ({"address": "a@example.org", "role": "editor"}, "not told to your role"),
        ({"address": "https://127.0.0.1/", "way": "webhook"}, "cannot be sent this way"),
        ({"address": "a@example.org", "fields": "x"}, "no condition"),
        ({"address": "\0", "q": "\0" * 50}, ""),
        ({"address": "x" * 5000 + "@example.org"}, ""),
    ):
        answer = newsroom.client().post("/subscriptions/new", {**ASKED, **wrong})
        assert answer.status_code == 400, wrong
        assert said in answer.content.decode().lower(), wrong
    assert Subscription.objects.count() == before
    for token in ("x", "%00", "a" * 4000, "..", "%F0%9F%98%80"):
        assert newsroom.get(f"/subscriptions/confirm/{token}").status_code == 404
        assert newsroom.get(f"/subscriptions/by/{token}").status_code == 404
        assert newsroom.client().post(f"/subscriptions/by/{token}", {"action": "delete"}).status_code == 404
