"""Every address that changes something: not without its form's token, not by looking at it, not for other people's things."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from releases.models import Account, Delivery, Record, Subscription
from tests.newsroom.inside import PASSWORD, Newsroom
from web.accounts.models import Link, Visit
from web.api.models import Token
from web.desk.models import Folder, Member, Note, SecretAddress, SharedRecord, Team, Watched, WatchList

FROM_MAIL = "/alerts/mute/"
"""Mail programs post there without having seen a page (RFC 8058); its token is what counts."""
_SAMPLE = {"slug": "lake-harbor", "int": "1", "path": "lh-2025-0102", "str": "0" * 32}
_MADE = re.compile(r"/(?:shared|feeds)/[\w-]+")
TABLES = (Account, Delivery, Folder, Link, Member, Note, SecretAddress, SharedRecord, Subscription, Team, Token, Watched, WatchList)  # fmt: skip


def _addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for one in resolver.url_patterns:
        shape = before + str(one.pattern).lstrip("^")
        if isinstance(one, URLResolver):
            yield from _addresses(one, shape)
            continue
        plain = re.sub(r"\(\?:[^()]*\(\?P<form>[^)]*\)\)\?|\$$", "", shape)
        plain = re.sub(r"\(\?P<(\w+)>[^()]*\)", lambda found: "0" * 36 if found[1] == "ident" else "json", plain)
        yield re.sub(r"<(?:(\w+):)?\w+>", lambda found: _SAMPLE[found[1] or "str"], plain).replace("\\", "")


def _rows() -> list[int]:
    return [model._default_manager.count() for model in TABLES]


def test_no_form_is_taken_without_its_token_and_no_look_changes_anything(shared: Newsroom) -> None:
    client = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    client.force_login(shared.account("operator"))
    asked = list(_addresses(get_resolver()))
    assert len(asked) > 100
    taken = []
    for address in asked:
        answer = client.post(address, {"action": "delete", "do": "disable", "name": "x", "id": "1"})
        if answer.status_code not in {401, 403, 404, 405}:
            taken.append((answer.status_code, address))
    assert [one for one in taken if not one[1].startswith(FROM_MAIL)] == []
    before = _rows()
    for address in asked:
        answer = client.get(address, {"action": "delete", "do": "disable", "name": "x", "id": "1"})
        assert answer.status_code < 500 or answer.status_code == 503, address
        answer.close()
    assert _rows() == before
    assert Visit.objects.filter(account=shared.account("operator")).exists(), "GET left a visit, and nothing else"


def test_a_stranger_finds_nothing_under_ids_of_somebody_else(shared: Newsroom) -> None:
    mine, record = shared.client("reporter"), Record.objects.filter(portal="lake-harbor").order_by("key")[0]
    mine.post("/desk/teams", {"name": "Ours"})
    team = Team.objects.get()
    for there, sent in (
        ("/desk/lists", {"name": "mine", "record": record.id}), ("/desk/lists", {"name": "ours", "for": team.id}),
        ("/desk/folders", {"name": "mine", "kind": "record", "what": record.id}),
        ("/desk/notes", {"kind": "record", "what": record.id, "text": "mine"}),
        ("/desk/links", {"record": record.id, "days": "9"}), ("/desk/addresses", {"kind": "everything"}),
        ("/subscriptions/new", {"sent": "1", "portal": "lake-harbor", "cadence": "daily"}),
        ("/accounts/me/tokens", {"name": "mine", "scope": "read", "days": "30"}),
    ):  # fmt: skip
        assert mine.post(there, sent).status_code in {200, 302}, there
    lists, folder, note = WatchList.objects.order_by("id"), Folder.objects.get(), Note.objects.get()
    address, link, alert = (
        SecretAddress.objects.get(),
        SharedRecord.objects.get(),
        Subscription.objects.get(owner__username="a-reporter"),
    )
    token, visit = Token.objects.get(), Visit.objects.get(account=shared.account("reporter"))
    before = _rows()
    posts = [
        *((f"/desk/lists/{one.id}/change", {"action": "delete"}) for one in lists),
        ("/desk/watch", {"record": record.id, "list": lists[0].id, "off": "1"}),
        (f"/desk/folders/{folder.id}/change", {"action": "delete"}),
        ("/desk/collect", {"folder": folder.id, "kind": "note", "text": "planted"}),
        (f"/desk/notes/{note.id}", {"action": "delete"}),
        ("/desk/notes", {"kind": "record", "what": record.id, "text": "planted", "for": team.id}),
        (f"/desk/teams/{team.id}/change", {"action": "add", "account": "a-stranger"}),
        (f"/desk/teams/{team.id}/change", {"action": "delete", "name": "Ours"}),
        (f"/desk/addresses/{address.id}/revoke", {}), (f"/desk/links/{link.id}/revoke", {}),
        ("/desk/addresses", {"kind": "list", "about": lists[0].id}), ("/desk/addresses", {"kind": "subscription", "about": alert.id}),
        (f"/subscriptions/{alert.id}/act", {"action": "delete"}), (f"/subscriptions/{alert.id}/edit", {"sent": "1", "portal": "lake-harbor"}),
        # Columns that no form has.
        ("/accounts/me", {"form": "person", "name": "x", "language": "", "role": "operator", "is_superuser": "1", "is_staff": "1"}),
    ]  # fmt: skip
    gets = [
        *(f"/desk/lists/{one.id}{form}" for one in lists for form in ("", ".json", ".csv")),
        *(f"/desk/folders/{folder.id}{form}" for form in ("", ".json", ".csv", ".md")),
        f"/desk/notes/{note.id}", f"/desk/teams/{team.id}", f"/subscriptions/{alert.id}", f"/subscriptions/{alert.id}/edit",
    ]  # fmt: skip
    for name, role in (("a-stranger", "reporter"), ("the-boss", "operator")):
        stranger = Client(SERVER_NAME="127.0.0.1")
        stranger.force_login(shared.account(role, name))
        for there, sent in posts:
            answer = stranger.post(there, sent)
            wanted = {302} if there == "/accounts/me" else {404}
            assert answer.status_code in wanted, (role, there, answer.status_code)
        for there in gets:
            assert stranger.get(there).status_code == 404, (role, there)
        # These say nothing of what there is: nothing of it happens.
        stranger.post(f"/accounts/me/tokens/{token.pk}/revoke")
        stranger.post(f"/accounts/me/sessions/{visit.pk}/end")
        assert Account.objects.get(username=name).role == role
    token.refresh_from_db()
    assert token.revoked_at is None
    assert mine.get(f"/desk/lists/{lists[0].id}").status_code == 200, "still logged in"
    assert [after - then for after, then in zip(_rows(), before, strict=True)] == [2, *[0] * (len(TABLES) - 1)]


def test_who_left_a_team_takes_no_address_of_its_lists_along(shared: Newsroom) -> None:
    first, leaver = Client(SERVER_NAME="127.0.0.1"), Client(SERVER_NAME="127.0.0.1")
    first.force_login(shared.account("reporter", "stays"))
    leaver.force_login(shared.account("reporter", "leaves"))
    first.post("/desk/teams", {"name": "Leaks"})
    team = Team.objects.get(name="Leaks")
    first.post(f"/desk/teams/{team.id}/change", {"action": "add", "account": "leaves"})
    record = Record.objects.get(portal="lake-harbor", key="lh-2026-0002")
    first.post("/desk/lists", {"name": "Theirs", "for": team.id, "record": record.id})
    listed = WatchList.objects.get(name="Theirs").id
    for whose in ("", team.id):
        leaver.post("/desk/addresses", {"kind": "list", "about": listed, "for": whose})
    feeds = _MADE.findall(leaver.get("/desk").content.decode())
    anybody = shared.client()
    assert len(feeds) == 2
    assert all(record.key in anybody.get(f"{feed}.json").content.decode() for feed in feeds)
    Account.objects.filter(username="leaves").update(is_active=False)
    assert [anybody.get(f"{feed}.json").status_code for feed in feeds] == [404, 404], "who made them may not log in"
    Account.objects.filter(username="leaves").update(is_active=True)
    change = f"/desk/teams/{team.id}/change"
    assert leaver.post(change, {"action": "remove", "account": "stays"}).status_code == 403
    refused = [first.post(change, {"action": "remove", "account": name}).status_code for name in ("stays", "nobody")]
    assert refused == [400, 400]
    assert "Take leaves out" in first.get(f"/desk/teams/{team.id}").content.decode()
    assert "Take stays out" not in leaver.get(f"/desk/teams/{team.id}").content.decode()
    assert first.post(change, {"action": "remove", "account": "leaves"}).status_code == 302
    assert leaver.get(f"/desk/teams/{team.id}").status_code == 404
    for feed in feeds:
        for form in ("atom", "rss", "json", "csv", "ics"):
            assert anybody.get(f"{feed}.{form}", headers={"If-None-Match": "*"}).status_code == 404


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", "/x\r\nSet-Cookie: a=b", "http:///evil.example"])  # fmt: skip
def test_nobody_is_led_away(shared: Newsroom, there: str) -> None:
    shared.account("reader", "led")
    client = Client(SERVER_NAME="127.0.0.1")
    editor = shared.client("editor")
    entered = client.post("/accounts/enter", {"name": "led", "password": PASSWORD, "next": there})
    others = [
        client.post("/language", {"language": "es", "next": there}),
        editor.post("/editing/lift", {"next": there}),
        editor.get("/accounts/enter", {"next": there}),
    ]
    for answer in (entered, *others):
        assert (answer.status_code, answer.headers["Location"][:2].startswith("/")) == (302, True)
        assert not answer.headers["Location"].startswith(("//", "/\\", "/\t"))
        assert answer.headers["Location"].isprintable()
