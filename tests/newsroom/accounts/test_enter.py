"""Logging in and out: who is let in, what a session is, how guessing is slowed down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from releases.models import Account
from tests.newsroom.inside import PASSWORD, Newsroom
from web.accounts import people
from web.accounts.models import Attempts, AuditEntry, Visit

ENTER = "/accounts/enter"


@pytest.fixture(autouse=True)
def quick_hashes(settings_hasher: None) -> None:
    """Hashing is Django's; here it need not be slow."""


def _try(client: Client, name: str, password: str = "not it at all", there: str = "/", **more: Any) -> Any:
    return client.post(ENTER, {"name": name, "password": password, "next": there}, **more)


def test_the_first_account_and_its_session(newsroom: Newsroom) -> None:
    browser = newsroom.client()
    assert "recordwatch accounts add" in browser.get(ENTER).content.decode()
    newsroom.account("reporter")
    assert "recordwatch accounts add" not in browser.get(ENTER).content.decode()

    browser.cookies["recordwatch_session"] = "a" * 32  # as somebody would plant one
    page = browser.post(ENTER, {"name": "A-Reporter", "password": PASSWORD, "next": "/releases?after=x"})
    assert (page.status_code, page["Location"]) == (302, "/releases?after=x")
    cookie = page.cookies["recordwatch_session"]
    assert cookie.value != "a" * 32
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert page.cookies["recordwatch_csrf"]["httponly"]
    me = browser.get("/accounts/me")
    assert "a-reporter" in me.content.decode()
    assert browser.get(ENTER).status_code == 302
    assert Visit.objects.get().session == cookie.value

    assert browser.get("/accounts/leave").status_code == 405
    left = browser.post("/accounts/leave")
    assert left["Location"] == "/"
    assert not Session.objects.filter(session_key=cookie.value).exists()
    assert not Visit.objects.exists()
    browser.cookies["recordwatch_session"] = cookie.value
    assert browser.get("/accounts/me")["Location"].startswith(ENTER)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", "name"))
    assert actions == [("login", "a-reporter"), ("logout", "a-reporter")]

    by_address = newsroom.client()
    assert by_address.post(ENTER, {"name": "A-REPORTER@example.org", "password": PASSWORD}).status_code == 302


def test_where_somebody_is_sent_is_in_this_newsroom(newsroom: Newsroom) -> None:
    newsroom.account("reader")
    for there in (
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example",
        "///evil.example", "/" * 5000, "\x01//evil.example", "/a\x00b", "%2f%2fevil.example\r\nSet-Cookie: a=b",
    ):  # fmt: skip
        page = newsroom.client().post(ENTER, {"name": "a-reader", "password": PASSWORD, "next": there})
        assert (page.status_code, page["Location"]) == (302, "/"), there
    back = "/search?q=taser%20%26%20more&portal=lakeshore"
    assert back in unescape(newsroom.client().get(ENTER, {"next": back}).content.decode())
    assert newsroom.client().post(f"{ENTER}?next=/x", {"name": "a-reader", "password": PASSWORD})["Location"] == "/x"


def test_forms_need_their_token(newsroom: Newsroom) -> None:
    newsroom.account("operator")
    strict = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    refused = strict.post(ENTER, {"name": "a-operator", "password": PASSWORD})
    assert refused.status_code == 403
    assert "too old" in refused.content.decode()
    page = strict.get(ENTER)
    token = page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    inside = strict.post(ENTER, {"name": "a-operator", "password": PASSWORD, "csrfmiddlewaretoken": token})
    assert inside.status_code == 302
    for path in ("/accounts/me", "/accounts/leave", "/accounts/me/sessions/end", "/accounts/people/invite"):
        assert strict.post(path, {"form": "person"}).status_code == 403, path
        foreign = strict.post(path, {"csrfmiddlewaretoken": token}, HTTP_ORIGIN="https://evil.example")
        assert foreign.status_code == 403, path
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_guessing_is_slowed_down_and_locks_nobody_out(newsroom: Newsroom) -> None:
    newsroom.account("editor")
    own = newsroom.client()
    assert own.post(ENTER, {"name": "a-editor", "password": PASSWORD}).status_code == 302
    own.post("/accounts/leave")

    answers = [_try(newsroom.client(), "a-editor", REMOTE_ADDR=f"203.0.113.{n}") for n in range(8)]
    codes = [page.status_code for page in answers]
    assert codes == [200] * 6 + [429] * 2
    slowed = answers[-1]
    assert int(slowed["Retry-After"]) <= 3
    assert "Too many tries" in slowed.content.decode()
    right = newsroom.client().post(ENTER, {"name": "A-EDITOR@example.org", "password": PASSWORD})
    assert right.status_code == 429, "another spelling of the same account has the same count"
    known = own.post(ENTER, {"name": "a-editor", "password": PASSWORD})
    assert known.status_code == 302, "the browser that logged in before is not slowed down"

    before = Attempts.objects.get(count=6).until
    assert _try(newsroom.client(), "a-editor").status_code == 429
    assert Attempts.objects.get(count=6).until == before, "tries during a pause do not lengthen it"
    past = datetime.now(UTC) - timedelta(seconds=1)
    Attempts.objects.update(until=past)
    assert newsroom.client().post(ENTER, {"name": "a-editor", "password": PASSWORD}).status_code == 302
    assert not Attempts.objects.filter(count__gte=6, until__gt=past).exists()


def test_one_network_is_slowed_down_over_all_names(newsroom: Newsroom) -> None:
    codes = [_try(newsroom.client(), f"nobody-{n}").status_code for n in range(22)]
    assert codes == [200] * 21 + [429]
    elsewhere = _try(newsroom.client(), "nobody-x", HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert elsewhere.status_code == 429, "a header that anybody can send"
    assert _try(newsroom.client(), "nobody-x", REMOTE_ADDR="198.51.100.7").status_code == 200
    assert {entry.about for entry in AuditEntry.objects.all()} == {""}, "what somebody typed is not written down"


def test_a_name_that_nobody_has_is_hashed_as_well(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.hashers import get_hasher

    newsroom.account("reader")
    gone = newsroom.account("reader", "gone")
    people.disable(gone, who=None)
    hashed: list[str] = []
    kind = type(get_hasher())
    plain = kind.encode

    def counted(*given: Any) -> str:
        hashed.append("once")
        return str(plain(*given))

    monkeypatch.setattr(kind, "encode", counted)
    texts = set()
    for name, password in (
        ("a-reader", "wrong"),
        ("nobody", "wrong"),
        ("gone", PASSWORD),
        ("nobody@example.org", "wrong"),
    ):
        hashed.clear()
        page = _try(newsroom.client(), name, password)
        assert hashed == ["once"], name
        text = page.content.decode()
        texts.add(text.split('role="alert">')[1].split("<")[0])
    assert len(texts) == 1


def test_hostile_forms_are_answered_in_words(newsroom: Newsroom) -> None:
    browser = newsroom.client()
    for name, password in (
        ("\0", "x"), ("a" * 10_000, "x"), ("x", "y" * 100_000), ("", ""), ("😀' OR 1=1 --", "\0"), ("\ud800", "x"),
        ("ﬁ@ｅxample.org", "x"),
    ):  # fmt: skip
        sent = urlencode({"name": name, "password": password}, errors="surrogatepass")
        page = browser.post(ENTER, sent, content_type="application/x-www-form-urlencoded")
        assert page.status_code == 200, (name[:10], password[:10])
        assert 'aria-invalid="true"' in page.content.decode() or 'role="alert"' in page.content.decode()
    browser.cookies["recordwatch_known"] = "é" * 3000
    assert _try(browser, "x").status_code == 200
    assert Account.objects.count() == 0
