"""Tokens, their scopes, and how much may be asked."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from config.home import open_home
from releases.models import Account, Subscription
from tests.newsroom.inside import Newsroom
from web.accounts.models import AuditEntry
from web.api import guard
from web.api.models import Token
from web.api.spent import spend


@pytest.fixture
def closed(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """One in which nobody reads without an account."""
    monkeypatch.setattr("web.api.guard.open_to_all", lambda: False)
    monkeypatch.setattr("web.shell.viewer.open_to_all", lambda: False)
    return newsroom


def _made(newsroom: Newsroom, role: str = "reporter", scopes: tuple[str, ...] = ("read",)) -> str:
    client = newsroom.client(role)
    page = client.post("/accounts/me/tokens", {"name": "notebook <b>", "scope": list(scopes), "days": "30"})
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    found = re.search(r"rw_[\w-]{43}", page.content.decode())
    assert found
    assert found[0] not in client.get("/accounts/me/tokens").content.decode()
    return found[0]


def _status(newsroom: Newsroom, path: str, words: str) -> int:
    return int(newsroom.get(path, HTTP_AUTHORIZATION=f"Bearer {words}").status_code)


def test_a_token_does_what_its_scopes_say_and_no_more(closed: Newsroom) -> None:
    reads, exports = _made(closed), _made(closed, "editor", ("export",))
    assert Token.objects.filter(digest__contains="rw_").count() == 0
    assert closed.get("/api/v1/records").status_code == 401
    assert closed.get("/api/v1/records", "reporter").status_code == 200
    assert _status(closed, "/api/v1/records", reads) == 200
    assert _status(closed, "/cdx?url=example.org", reads) == 200
    for path in ("/api/v1/search?q=x", "/api/v1/releases?q=x", "/api/v1/export/records.csv"):
        assert _status(closed, path, reads) == 403, path
    assert _status(closed, "/api/v1/export/records.csv", exports) == 200
    assert _status(closed, "/api/v1/records", exports) == 403
    for wrong in ("", "x", "rw_", "rw_" + "A" * 43, reads[:-1], reads + "A", "rw_" + "A" * 9000, "rw_é"):
        assert _status(closed, "/api/v1/records", wrong) == 401, wrong
    # Pages and accounts take no token, whatever it may do; nor does a cookie count that another site sends.
    assert closed.get("/accounts/me", HTTP_AUTHORIZATION=f"Bearer {exports}").status_code == 302
    assert closed.get("/releases.json", HTTP_AUTHORIZATION=f"Bearer {reads}").status_code == 403
    assert closed.get("/api/v1/records", "reporter", HTTP_SEC_FETCH_SITE="cross-site").status_code == 401


def test_a_token_of_an_editor_sees_what_readers_see(newsroom: Newsroom) -> None:
    words = _made(newsroom, "editor")
    path = "/api/v1/releases?kind=quarantined"
    with_token = newsroom.get(path, HTTP_AUTHORIZATION=f"Bearer {words}").json()
    assert with_token["rows"] == newsroom.get(path).json()["rows"] == []


def test_a_token_ends(closed: Newsroom) -> None:
    words = _made(closed)
    token = Token.objects.get()
    assert (token.used_on, token.name) == (None, "notebook <b>")
    assert _status(closed, "/api/v1/records", words) == 200
    token.refresh_from_db()
    assert token.used_on == datetime.now(UTC).date()
    other = closed.client("editor")
    other.post(f"/accounts/me/tokens/{token.pk}/revoke")
    assert _status(closed, "/api/v1/records", words) == 200  # somebody else's
    Account.objects.filter(pk=token.account_id).update(is_active=False)
    assert _status(closed, "/api/v1/records", words) == 401
    Account.objects.filter(pk=token.account_id).update(is_active=True)
    Token.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert _status(closed, "/api/v1/records", words) == 401
    Token.objects.update(expires_at=datetime.now(UTC) + timedelta(days=1))
    closed.client("reporter").post(f"/accounts/me/tokens/{token.pk}/revoke")
    assert _status(closed, "/api/v1/records", words) == 401
    assert closed.client("reporter").get(f"/accounts/me/tokens/{token.pk}/revoke").status_code == 405
    assert list(AuditEntry.objects.filter(action__startswith="token").values_list("action", flat=True)) == [
        "token.made", "token.revoked",
    ]  # fmt: skip


def test_what_makes_no_token(newsroom: Newsroom) -> None:
    client: Client = newsroom.client("reader")
    for form in ({}, {"name": "x"}, {"name": "x", "scope": "root", "days": "30"}, {"name": "x", "scope": "read", "days": "9999"},
                 {"name": "\x00", "scope": "read", "days": "30"}):  # fmt: skip
        assert client.post("/accounts/me/tokens", form).status_code == 400, form
    assert Token.objects.count() == 0
    assert newsroom.client().get("/accounts/me/tokens").status_code == 302


def test_too_much_in_a_minute_is_refused(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ANONYMOUS", 3)
    client = newsroom.client()
    answers = [client.get("/api/v1/crawls?limit=1", REMOTE_ADDR="10.9.9.9") for _ in range(5)]
    assert [one.status_code for one in answers[:3]] == [200] * 3
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[0].headers["RateLimit-Limit"] == "3"
    assert client.get("/api/v1/crawls?limit=1", REMOTE_ADDR="10.9.9.8").status_code == 200
    held = (newsroom.home.path / "api-limits").read_bytes()
    assert b"10.9.9" not in held


def test_counts_hold_for_a_minute_and_for_each(tmp_path: Path, told: Path) -> None:
    assert open_home(told)
    assert [spend(tmp_path, "a", 4, 10, now=60.0).left for _ in range(4)] == [6, 2, -1, -1]
    assert spend(tmp_path, "b", 1, 10, now=61.0).left == 9
    assert spend(tmp_path, "a", 1, 10, now=119.0).left == -1
    assert spend(tmp_path, "a", 1, 10, now=120.0) == (spend(tmp_path, "c", 1, 10, now=120.0))


def test_ones_own_subscriptions_by_a_token_that_is_for_them(closed: Newsroom) -> None:
    owner, reads, reader = _made(closed, scopes=("subscribe",)), _made(closed), _made(closed, "reader", ("subscribe",))
    other = _made(closed, "editor", ("subscribe",))
    client = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    path = "/api/v1/subscriptions"

    def ask(words: str, method: str = "get", where: str = path, **body: object) -> tuple[int, dict[str, object]]:
        headers = {"HTTP_AUTHORIZATION": f"Bearer {words}"} if words else {}
        answer = client.generic(method.upper(), where, json.dumps(body) if body else "", "application/json", **headers)
        return answer.status_code, answer.json()

    asked = {"portals": ["lake-harbor"], "keys": ["LH-2026-0001"], "cadence": "instant", "name": "Case 1"}
    code, made = ask(owner, "post", **asked)
    assert (code, made["way"], made["secret"], made["stopped_at"]) == (201, "mail", "", None)
    assert made["channel"] == "mailto:a-reporter@example.org"
    kept = Subscription.objects.get(id=made["id"])
    assert (kept.owner, kept.filters["keys"]) == (closed.account("reporter"), ["LH-2026-0001"])
    code, hooked = ask(owner, "post", way="webhook", address="https://hooks.example.org/d?key=hush", q="taser")
    assert (code, str(hooked["secret"])[:6]) == (201, "whsec_")
    code, listed = ask(owner)
    assert [row["id"] for row in listed["rows"]] == [made["id"], hooked["id"]]
    assert "hush" not in str(listed)
    assert "whsec_" not in str(listed)
    code, first = ask(owner, where=f"{path}?limit=1")
    code, second = ask(owner, where=f"{path}?limit=1&after={first['next']}")
    assert (second["rows"][0]["id"], second["next"]) == (hooked["id"], None)
    # Nobody else's, whatever their role; no cookie; no other scope; no reader.
    one = f"{path}/{made['id']}"
    assert ask(other)[1]["rows"] == []
    assert [ask(other, "get", one)[0], ask(other, "post", f"{one}/stop")[0]] == [404, 404]
    assert [ask(reads)[0], ask(reader)[0], ask("")[0], ask("rw_x")[0]] == [403, 403, 401, 401]
    client.force_login(closed.account("reporter"))
    assert ask("", "post", **asked)[0] == 401
    assert Subscription.objects.filter(owner__isnull=False).count() == 2
    for wrong in (
        {"portals": ["nowhere"]}, {"keys": []}, {"portal": ["lake-harbor"]}, {"q": "x", "way": "webhook", "address": "https://127.0.0.1/x"},
        {"q": "x", "way": "slack", "address": "C0POLICE01"}, {"q": "(("}, {"q": "x", "most_per_day": -1}, {"q": "\0"},
        {"q": "x", "timezone": "Nowhere/X"}, {"q": "x", "role": "operator"}, {"keys": ["x" * 300]}, {"fields": ["?"]},
    ):  # fmt: skip
        code, said = ask(owner, "post", **wrong)
        assert code == 400, (wrong, said)
        assert said["error"]
    assert ask(owner, "delete", one)[0] == 405
    assert ask(owner, "post", f"{one}/stop")[1]["stopped_at"]
    kept.refresh_from_db()
    assert kept.muted_at is not None


def test_only_the_fields_that_are_asked_for(newsroom: Newsroom) -> None:
    for name, wanted in {
        "records": "key,title",
        "files": "id",
        "releases": "kind, at",
        "portals": "portal,verdict",
    }.items():
        whole, part = (newsroom.get(f"/api/v1/{name}?limit=5{more}").json() for more in ("", f"&fields={wanted}"))
        names = [one.strip() for one in wanted.split(",")]
        assert part["rows"] == [{one: row[one] for one in names} for row in whole["rows"]]
        assert part["next"] == whole["next"]
    refused = newsroom.get("/api/v1/records?fields=key,password")
    assert (refused.status_code, "password" in refused.json()["error"], "title" in refused.json()["todo"]) == (
        400,
        True,
        True,
    )
    assert newsroom.get("/api/v1/records?fields=" + "," * 9000).status_code == 200
