"""Invitations, forgotten passwords, other addresses: what a letter's link does, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.home import open_home
from releases.models import Account
from tests.newsroom.accounts.letters import letters, link_in, path_of, with_mail
from tests.newsroom.inside import PASSWORD, Newsroom
from web.accounts import letters as sending
from web.accounts import links, people
from web.accounts.kept import LINKS_KEPT, tidy
from web.accounts.models import AuditEntry, Link

NEW = "quite another long password"


@pytest.fixture
def home(home: Path) -> Path:
    """With mail into a folder."""
    with_mail(home, "link = 'https://newsroom.example.org/'")
    return home


@pytest.fixture(autouse=True)
def quick_hashes(settings_hasher: None) -> None:
    """Hashing is Django's; here it need not be slow."""


def test_an_invitation_makes_one_account(newsroom: Newsroom) -> None:
    operator = newsroom.client("operator")
    operator.post("/accounts/people/invite", {"email": "ann@example.org", "role": "editor"})
    [letter] = letters(newsroom)
    assert letter["To"] == "ann@example.org"
    assert "ann@example.org" in operator.get("/accounts/people").content.decode()
    address = link_in(letter)
    assert address.startswith("https://newsroom.example.org/accounts/link/")
    words = address.rpartition("/")[2]
    assert words not in str(list(Link.objects.values())), "the words themselves are kept nowhere"

    guest = newsroom.client()
    page = guest.get(path_of(address))
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "same-origin"
    guest.head(path_of(address))  # as programs that look into mails do
    for form, said in (
        ({"name": "a-operator", "password": NEW, "again": NEW}, "already"),
        ({"name": "ann of copa", "password": NEW, "again": NEW}, "cannot be"),
        ({"name": "ann", "password": NEW, "again": NEW + "x"}, "not the same"),
        ({"name": "ann", "password": "short", "again": "short"}, "too short"),
        ({"name": "annexample", "password": "annexample-org", "again": "annexample-org"}, "too similar"),
        ({"name": "\0", "password": "\0", "again": ""}, "Null characters"),
    ):
        refused = guest.post(path_of(address), form).content.decode()
        assert said in refused, form
    done = guest.post(path_of(address), {"name": "ann", "password": NEW, "again": NEW})
    assert done.status_code == 302
    assert guest.get("/accounts/people").status_code == 403
    ann = Account.objects.get(username="ann")
    assert (ann.role, ann.email, ann.check_password(NEW)) == ("editor", "ann@example.org", True)
    for method in (newsroom.client().get, newsroom.client().post):
        again = method(path_of(address), {"name": "eve", "password": NEW, "again": NEW})
        assert again.status_code == 404
    assert not Account.objects.filter(username="eve").exists()
    who = dict(AuditEntry.objects.values_list("action", "name"))
    assert who["invitation.made"] == who["account.made"] == "a-operator"
    assert who["account.password"] == who["login"] == "ann"


def test_an_invitation_is_taken_back_or_shown(newsroom: Newsroom) -> None:
    operator = newsroom.client("operator")
    operator.post("/accounts/people/invite", {"email": "bob@example.org", "role": "reader"})
    [letter] = letters(newsroom)
    made = Link.objects.get()
    operator.post(f"/accounts/people/invitations/{made.pk}/revoke")
    assert newsroom.get(path_of(link_in(letter))).status_code == 404

    shown = operator.post("/accounts/people/invite", {"email": "bob@example.org", "role": "reader", "show": "on"})
    address = shown.content.decode().split('readonly value="')[1].split('"')[0]
    assert letters(newsroom) == []
    assert newsroom.get(path_of(address)).status_code == 200
    Link.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert newsroom.get(path_of(address)).status_code == 404
    assert "too old by now" in operator.get("/accounts/people").content.decode()

    wrong = operator.post("/accounts/people/invite", {"email": "nobody", "role": "chief"}).content.decode()
    assert wrong.count('class="wrong"') == 2
    taken = operator.post("/accounts/people/invite", {"email": "A-OPERATOR@example.org", "role": "reader"})
    assert "another account has" in taken.content.decode().lower()
    tidy(datetime.now(UTC) + LINKS_KEPT + timedelta(days=1))
    assert not Link.objects.exists()


def test_a_forgotten_password(newsroom: Newsroom) -> None:
    newsroom.account("reporter")
    inside = newsroom.client()
    inside.post("/accounts/enter", {"name": "a-reporter", "password": PASSWORD})
    assert inside.get("/accounts/me").status_code == 200

    def asked(email: str) -> str:
        page = newsroom.client().post("/accounts/forgotten", {"email": email}, HTTP_HOST="127.0.0.1")
        return str(page.content.decode()).replace(email, "ADDRESS")

    one, other = asked("A-Reporter@example.org"), asked("nobody@example.org")
    assert one.split("<main")[1] == other.split("<main")[1], "whether there is an account is not said"
    [letter] = letters(newsroom)
    assert letter["To"] == "a-reporter@example.org"
    asked("a-reporter@example.org")
    [second] = letters(newsroom)
    assert newsroom.get(path_of(link_in(letter))).status_code == 404, "the newer letter replaced it"
    assert asked("a-reporter@example.org") == one
    assert letters(newsroom) == [], "nobody's letter box is filled by others"

    guest = newsroom.client()
    done = guest.post(path_of(link_in(second)), {"password": NEW, "again": NEW})
    assert done.status_code == 302
    assert guest.get("/accounts/me").status_code == 200
    assert inside.get("/accounts/me").status_code == 302, "sessions of the old password are over"
    assert newsroom.client().post("/accounts/enter", {"name": "a-reporter", "password": PASSWORD}).status_code == 200
    assert newsroom.get(path_of(link_in(second))).status_code == 404

    for email in ("", "x", "a@b\r\nBcc: c@d.example", "a" * 5000 + "@example.org", "\0@example.org"):
        page = newsroom.client().post("/accounts/forgotten", {"email": email})
        assert 'aria-invalid="true"' in page.content.decode(), email
    codes = {
        newsroom.client().post("/accounts/forgotten", {"email": f"n{n}@example.org"}).status_code for n in range(9)
    }
    assert codes == {200, 429}


def test_links_in_letters_lead_to_this_newsroom_alone(newsroom: Newsroom) -> None:
    newsroom.account("reader")
    forged = newsroom.client().post("/accounts/forgotten", {"email": "a-reader@example.org"}, HTTP_HOST="evil.example")
    assert forged.status_code == 400
    newsroom.client().post(
        "/accounts/forgotten", {"email": "a-reader@example.org"}, HTTP_X_FORWARDED_HOST="evil.example"
    )
    [letter] = letters(newsroom)
    assert link_in(letter).startswith("https://newsroom.example.org/accounts/link/")
    for words in ("x", "a" * 43, "a" * 5000, "%00", "é" * 20, "%ED%A0%80"):
        for kind in ("link", "address"):
            assert newsroom.get(f"/accounts/{kind}/{words}").status_code == 404, words


def test_another_address_is_confirmed(newsroom: Newsroom) -> None:
    me = newsroom.client("reader")
    newsroom.account("editor")
    wrong = me.post("/accounts/me", {"form": "address", "email": "new@example.org", "old": "not it"})
    assert "not your password" in wrong.content.decode()
    taken = me.post("/accounts/me", {"form": "address", "email": "a-editor@example.org", "old": PASSWORD})
    assert "another account" in taken.content.decode().lower()
    me.post("/accounts/me", {"form": "address", "email": "new@example.org", "old": PASSWORD})
    [letter] = letters(newsroom)
    assert letter["To"] == "new@example.org"
    assert Account.objects.get(username="a-reader").email == "a-reader@example.org"
    path = path_of(link_in(letter))
    assert newsroom.get(path.replace("/address/", "/link/")).status_code == 404, "it sets no password"
    newsroom.get(path)
    assert Account.objects.get(username="a-reader").email == "a-reader@example.org", "opening it changes nothing"
    assert newsroom.client().post(path).status_code == 302
    assert Account.objects.get(username="a-reader").email == "new@example.org"
    assert newsroom.client().post(path).status_code == 404


def test_a_letter_that_does_not_leave_is_tried_again(newsroom: Newsroom) -> None:
    folder = newsroom.home.path / "letters"
    folder.write_text("a file stands where the folder should be")
    newsroom.client("operator").post("/accounts/people/invite", {"email": "ann@example.org", "role": "reader"})
    now = datetime.now(UTC)
    assert sending.send_due(newsroom.home, now) == 0
    made = Link.objects.get()
    assert made.letter_at is not None
    assert made.letter_at > now
    assert made.problem
    assert "letter not sent" in newsroom.get("/accounts/people", "operator").content.decode()
    folder.unlink()
    assert sending.send_due(newsroom.home, made.letter_at) == 1
    assert Link.objects.get().problem == ""


def test_operators_do_not_come_into_other_peoples_accounts(newsroom: Newsroom) -> None:
    operator = newsroom.client("operator")
    reporter = newsroom.account("reporter")
    page = operator.post(f"/accounts/people/{reporter.pk}", {"do": "link"})
    assert page.status_code == 302, "it goes to their own address, and is shown to nobody"
    [letter] = letters(newsroom)
    assert letter["To"] == "a-reporter@example.org"
    fresh = people.add("fresh", "", "reader", who=None)
    shown = operator.post(f"/accounts/people/{fresh.pk}", {"do": "link"}).content.decode()
    assert "/accounts/link/" in shown
    Account.objects.filter(pk=reporter.pk).update(email="")
    assert operator.post(f"/accounts/people/{reporter.pk}", {"do": "link"}).status_code == 400


def test_without_mail_nothing_is_promised(told: Path) -> None:
    home = open_home(told)
    settings = type(home.settings)()
    assert not sending.can_send(type(home)(home.path, settings))
    assert links.LASTS["password"] == timedelta(hours=24)
