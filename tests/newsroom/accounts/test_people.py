"""Roles, one's own account, the audit log, and who may open what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from cli.serve import listening
from config.errors import ConfigError
from config.home import open_home
from releases.models import Account
from releases.people import ROLES
from tests.newsroom.accounts.letters import with_mail
from tests.newsroom.inside import PASSWORD, Newsroom
from web.accounts import carry, people
from web.accounts.audit import note
from web.accounts.kept import AUDIT_KEPT, tidy
from web.accounts.models import AuditEntry, Visit
from web.accounts.throttle import network_of
from web.accounts.visits import browser
from web.api import tokens
from web.server import Newsroom as Server


@pytest.fixture(autouse=True)
def quick_hashes(settings_hasher: None) -> None:
    """Hashing is Django's; here it need not be slow."""


def test_roles_change_and_somebody_stays_operator(newsroom: Newsroom) -> None:
    operator, other = newsroom.client("operator"), newsroom.account("reporter")
    own = newsroom.account("operator")
    theirs = newsroom.client()
    theirs.post("/accounts/enter", {"name": "a-reporter", "password": PASSWORD})
    assert theirs.get("/accounts/people").status_code == 403

    def change(account: Account, **form: str) -> int:
        return int(operator.post(f"/accounts/people/{account.pk}", form).status_code)

    assert change(own, do="role", role="reader") == 400
    assert change(own, do="disable") == 400
    assert change(other, do="role", role="chief") == 400
    assert change(other, do="promote") == 400
    assert operator.post("/accounts/people/9999999999999999999999", {"do": "disable"}).status_code == 404
    assert change(other, do="role", role="operator") == 302
    assert theirs.get("/accounts/people").status_code == 200, "a role holds from the next page on"
    assert change(own, do="role", role="reader") == 302, "another one is left"
    assert operator.get("/accounts/people").status_code == 403

    people.set_role(own, "operator", who=None)
    token = {"Authorization": f"Bearer {tokens.make(other, 'a script', ['read'], 30)}"}
    assert theirs.get("/api/v1/portals", headers=token).status_code == 200
    assert change(other, do="disable") == 302
    assert theirs.get("/accounts/me").status_code == 302
    assert not Session.objects.filter(session_key=theirs.cookies["recordwatch_session"].value).exists()
    assert theirs.post("/accounts/enter", {"name": "a-reporter", "password": PASSWORD}).status_code == 200
    assert "disabled" in operator.get("/accounts/people").content.decode()
    assert change(other, do="link") == 400
    assert change(other, do="enable") == 302
    assert theirs.get("/api/v1/portals", headers=token).status_code == 401, "what was ended stays ended"
    assert theirs.post("/accounts/enter", {"name": "a-reporter", "password": PASSWORD}).status_code == 302
    for made, same in (("Jos\u00e9", "JOSE\u0301"), ("adele", "\uff41dele")):
        account = people.add(made, "", "reader", who=None)
        assert people.by_name(same) == account, "one name, however a keyboard writes it"
        with pytest.raises(ConfigError, match="already"):
            people.add(same, "", "reader", who=None)
    roles = [(row.about, row.detail) for row in AuditEntry.objects.filter(action="account.role")]
    assert ("a-reporter", {"from": "reporter", "to": "operator"}) in roles


def test_ones_own_account(newsroom: Newsroom) -> None:
    agents = {"laptop": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "phone": "x" * 9000}
    clients: dict[str, Client] = {name: newsroom.client() for name in (*agents, "third")}
    newsroom.account("reporter")
    for name, client in clients.items():
        client.post(
            "/accounts/enter", {"name": "a-reporter", "password": PASSWORD}, HTTP_USER_AGENT=agents.get(name, "")
        )
    laptop, phone, third = clients.values()
    page = laptop.get("/accounts/me").content.decode()
    assert "Firefox, Linux" in page
    assert page.count("a browser we do not know") == 2

    stranger = newsroom.client("reader")
    visit = Visit.objects.get(session=phone.cookies["recordwatch_session"].value)
    stranger.post(f"/accounts/me/sessions/{visit.pk}/end")
    assert phone.get("/accounts/me").status_code == 200, "other people's sessions are not one's business"
    laptop.post(f"/accounts/me/sessions/{visit.pk}/end")
    assert phone.get("/accounts/me").status_code == 302
    laptop.post("/accounts/me/sessions/end")
    assert (laptop.get("/accounts/me").status_code, third.get("/accounts/me").status_code) == (200, 302)
    assert laptop.post("/accounts/me/sessions/99999999999999999999999/end").status_code == 302

    laptop.post("/accounts/me", {"form": "person", "name": "<b>Ann</b>", "language": "es"})
    page = laptop.get("/accounts/me").content.decode()
    assert "&lt;b&gt;Ann&lt;/b&gt;" in page
    assert 'lang="es"' in page
    wrong = laptop.post("/accounts/me", {"form": "person", "name": "n" * 999, "language": "tlh"}).content.decode()
    assert wrong.count('class="wrong"') == 2
    assert laptop.post("/accounts/me", {"form": "role", "role": "operator"}).status_code == 400
    laptop.post("/accounts/me", {"form": "person", "name": "", "language": "en", "role": "operator", "is_active": ""})
    assert Account.objects.get(username="a-reporter").role == "reporter"

    third.post("/accounts/enter", {"name": "a-reporter", "password": PASSWORD})
    before = laptop.cookies["recordwatch_session"].value
    new = "another long password of mine"
    form = {"form": "password", "old": PASSWORD, "password": new, "again": new}
    assert "not your password" in laptop.post("/accounts/me", form | {"old": new}).content.decode()
    assert laptop.post("/accounts/me", form).status_code == 302
    assert laptop.get("/accounts/me").status_code == 200
    assert laptop.cookies["recordwatch_session"].value != before
    assert third.get("/accounts/me").status_code == 302
    codes = [laptop.post("/accounts/me", form).content.decode().count("Too many tries") for _ in range(7)]
    assert codes == [0] * 6 + [1]


def test_who_may_open_what(newsroom: Newsroom) -> None:
    for role in ("", *ROLES):
        client = newsroom.client(role)
        people_code = 200 if role == "operator" else 403 if role else 302
        assert client.get("/accounts/people").status_code == people_code, role
        for path in ("/accounts/people/invite", "/accounts/people/1", "/accounts/people/invitations/1/revoke"):
            code = client.post(path, {"do": "enable", "email": "x", "role": "operator"}).status_code
            assert (code == 403) == (role != "operator"), (role, path)
            if role == "operator":
                assert client.get(path).status_code == 405
        assert client.get("/accounts/me").status_code == (200 if role else 302)
        assert client.get("/accounts/forgotten").status_code == 200
        assert client.post("/accounts/me/sessions/end").status_code == (302 if role else 403)


@pytest.fixture
def guarded(home: Path) -> Path:
    """A home that answers other machines, too."""
    with_mail(home)
    text = (home / "recordwatch.toml").read_text("utf-8")
    (home / "recordwatch.toml").write_text(
        f"{text}\n[newsroom]\nlisten = '192.0.2.7:8400'\nbehind_proxy = true\n", "utf-8"
    )
    return home


def test_bound_to_more_than_this_machine_it_asks_for_accounts(guarded: Path) -> None:
    with Newsroom.over(guarded) as newsroom:
        anybody = Client(SERVER_NAME="192.0.2.7")
        page = anybody.get("/releases")
        assert (page.status_code, page["Location"]) == (302, "/accounts/enter?next=/releases")
        assert anybody.get("/releases.json").status_code == 403
        entry = anybody.get("/accounts/enter")
        assert entry.status_code == 200
        assert "Whoever comes may read" not in entry.content.decode()
        newsroom.account("reader")
        assert anybody.post("/accounts/enter", {"name": "a-reader", "password": PASSWORD}).status_code == 302
        assert anybody.get("/releases").status_code == 200
        left = anybody.post("/accounts/leave")
        assert left["Location"] == "/accounts/enter"

        request = entry.wsgi_request
        for said, network in (
            ("198.51.100.7", "198.51.100.7"), ("6.6.6.6, 198.51.100.7", "198.51.100.7"), ("2001:db8::1:2:3:4", "2001:db8::/64"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("x" * 9000, "unknown"), ("", "unknown"),
        ):  # fmt: skip
            request.META["HTTP_X_FORWARDED_FOR"] = said
            assert network_of(request) == network, said
    text = (guarded / "recordwatch.toml").read_text("utf-8")
    (guarded / "recordwatch.toml").write_text(text + "public = true\n", "utf-8")
    with Newsroom.over(guarded):
        assert Client(SERVER_NAME="192.0.2.7").get("/releases").status_code == 200
        assert Client(SERVER_NAME="192.0.2.7").get("/accounts/people").status_code == 302


def test_where_it_listens_by_option_it_asks_for_accounts_too(home: Path) -> None:
    opened = listening(open_home(home), "0.0.0.0:8400")
    with Newsroom.over(home):
        assert Client(SERVER_NAME="127.0.0.1").get("/releases").status_code == 200
        Server(opened, opened.settings.newsroom.listen).load()
        assert Client(SERVER_NAME="127.0.0.1").get("/releases")["Location"] == "/accounts/enter?next=/releases"
        assert Client(SERVER_NAME="127.0.0.1").get("/releases.json").status_code == 403
        other = Client(SERVER_NAME="192.0.2.7").get("/releases")
        assert other.status_code == 400
        assert "hosts under [newsroom]" in other.content.decode()


def test_the_audit_log_is_only_added_to(newsroom: Newsroom) -> None:
    account = newsroom.account("editor")
    note(account, "capture.restricted", "c1", {"why": "privacy"})
    note(None, "portal.paused", "copa\0", {"why": "w" * 9000})
    first, second = AuditEntry.objects.order_by("id")
    assert (first.name, first.detail, second.name) == ("a-editor", {"why": "privacy"}, "(command line)")
    assert (second.about, second.detail) == ("copa", {"left_out": "too long"})
    with pytest.raises(TypeError):
        first.save()
    for forbidden in (first.delete, AuditEntry.objects.all().delete, lambda: AuditEntry.objects.update(name="x")):
        with pytest.raises(TypeError):
            forbidden()
    for action, detail in (
        ("searched", {"q": "taser"}),
        ("Login", {}),
        ("x" * 10 + ".", {}),
        ("a.b", {"channel": "x"}),
    ):
        with pytest.raises(ValueError, match=r"audit log|part\.what"):
            note(account, action, "", detail)
    tidy(datetime.now(UTC) + AUDIT_KEPT - timedelta(days=1))
    assert AuditEntry.objects.count() == 2
    tidy(datetime.now(UTC) + AUDIT_KEPT + timedelta(days=1))
    assert AuditEntry.objects.count() == 0


def test_accounts_are_carried_to_another_home(newsroom: Newsroom) -> None:
    for role in ROLES:
        newsroom.account(role)
    people.disable(newsroom.account("reader"), who=None)
    rows = list(carry.exported())
    assert carry.imported(rows) == 0
    Account.objects.all().delete()
    for bad in ({}, {"row": "account"}, rows[0] | {"role": "chief"}, rows[0] | {"email": 7}):
        with pytest.raises(ConfigError):
            carry.imported([*rows, bad])
    assert Account.objects.count() == 0
    assert carry.imported(rows) == 4
    assert list(carry.exported()) == rows
    back = newsroom.client().post("/accounts/enter", {"name": "a-editor", "password": PASSWORD})
    assert back.status_code == 302


def test_browsers_in_a_few_words() -> None:
    assert (
        browser("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0")
        == "Edge, Windows"
    )
    assert (
        browser("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1") == "Safari, iPhone"
    )
    assert browser("curl/8") == ""
