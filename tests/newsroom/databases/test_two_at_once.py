"""Two who do the same at one moment, on PostgreSQL: one thing comes of it, and neither is told that something failed.

A third holds the table meanwhile. It lets go when both wait: they have looked by then, and both found nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, connections

from releases.models import Account, CrawlRequest, Record, Subscription
from tests.newsroom.databases.sides import Sides
from tests.newsroom.inside import PASSWORD, Newsroom
from tests.newsroom.served import copy_of
from tests.services.postgres import postgres
from web.accounts.links import words_for
from web.accounts.models import Link
from web.desk.models import FolderItem, Watched
from web.operate.models import Job

SLUG = "lake-harbor"


@pytest.fixture(scope="module")
def newsroom(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    home = copy_of(told, tmp_path_factory.mktemp("two") / "home")
    with postgres() as url:
        with Newsroom.over(home):
            both = Sides(home, url)
        with both.open("postgresql") as found:
            yield found


def at_once(table: str, *asked: Callable[[], Any]) -> list[Any]:
    """The answers to both, which come to writing in `table` together."""
    answers: list[Any] = [None] * len(asked)

    def ask(number: int) -> None:
        try:
            answers[number] = asked[number]()
        finally:
            connections.close_all()

    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asked))]
    with psycopg.connect(url) as holding, psycopg.connect(url, autocommit=True) as looking:
        holding.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
        for thread in threads:
            thread.start()
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        until = datetime.now(UTC) + timedelta(minutes=1)
        while (looking.execute(waiting).fetchone() or (0,))[0] < len(asked):
            assert datetime.now(UTC) < until, "they do not meet in this table"
        holding.rollback()
    for thread in threads:
        thread.join()
    return answers


def statuses(answers: list[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_operators_ask_for_one_crawl_and_one_check(newsroom: Newsroom) -> None:
    first, second = newsroom.client("operator"), newsroom.client("operator")
    for does, table, rows in (
        ("run", "releases_crawlrequest", CrawlRequest.objects.filter(portal=SLUG)),
        ("check", "newsroom_operate_job", Job.objects.filter(kind="check")),
    ):
        there = f"/operate/portals/{SLUG}/do"
        answers = at_once(table, *(partial(one.post, there, {"do": does}) for one in (first, second)))
        assert statuses(answers) == [302, 302]
        assert len({answer["Location"] for answer in answers}) == 1
        assert rows.count() == 1


def test_an_invitation_makes_one_account_and_a_name_is_given_once(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1000)
    now = datetime.now(UTC)

    def invited(email: str) -> str:
        made = Link(purpose="invitation", email=email, role="reporter", made_at=now, expires_at=now + timedelta(days=1))
        return f"/accounts/link/{words_for(made)}"

    def accept(there: str, name: str) -> Callable[[], Any]:
        client = newsroom.client()
        return lambda: client.post(there, {"name": name, "password": PASSWORD, "again": PASSWORD})

    same = invited("ann@example.org")
    answers = at_once("newsroom_accounts_link", accept(same, "ann"), accept(same, "eve"))
    assert statuses(answers) == [302, 404]
    assert Account.objects.filter(username__in=("ann", "eve")).count() == 1

    one, other = invited("bob@example.org"), invited("bobby@example.org")
    answers = at_once("releases_account", accept(one, "bob"), accept(other, "bob"))
    assert statuses(answers) == [302, 400]
    assert Account.objects.filter(username="bob").count() == 1
    refused = next(there for there, answer in zip((one, other), answers, strict=True) if answer.status_code == 400)
    assert accept(refused, "bobby")().status_code == 302  # the other one's invitation is still good


def test_a_letter_is_answered_and_a_record_is_kept_once(newsroom: Newsroom) -> None:
    sent = {"sent": "1", "portal": SLUG, "way": "mail", "cadence": "daily", "address": "a@example.org"}
    assert newsroom.client().post("/subscriptions/new", sent).status_code == 302
    asked = Subscription.objects.exclude(confirm_token="").get()
    there = f"/subscriptions/confirm/{asked.confirm_token}"
    clients = newsroom.client(), newsroom.client()
    answers = at_once("releases_subscription", *(partial(one.post, there) for one in clients))
    assert statuses(answers) == [302, 302]
    assert len({answer["Location"] for answer in answers}) == 1
    assert not Subscription.objects.get(id=asked.id).waits

    record = Record.objects.filter(kind="case").order_by("key")[0].id
    clients = newsroom.client("reporter"), newsroom.client("reporter")
    there = clients[0].post("/desk/lists", {"name": "a list"})["Location"]
    again = {"do": "add", "record": record, "list": there.rpartition("/")[2]}
    answers = at_once("newsroom_desk_watched", *(partial(one.post, "/desk/watch", again) for one in clients))
    assert statuses(answers) == [302, 302]
    assert Watched.objects.filter(record=record).count() == 1

    there = clients[0].post("/desk/folders", {"name": "a folder"})["Location"]
    item = {"kind": "record", "what": record, "folder": there.rpartition("/")[2]}
    answers = at_once("newsroom_desk_folderitem", *(partial(one.post, "/desk/collect", item) for one in clients))
    assert statuses(answers) == [302, 302]
    places = list(FolderItem.objects.filter(what=record).values_list("place", flat=True))
    assert len(set(places)) == len(places) > 0
