"""A catalog made anew from the store equals the one that was lost, on both databases."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from archive.holdings import Holdings
from archive.rebuild import CatalogExists, compare, rebuild
from tests.conformance.catalog.rows import AT
from tests.unit.archive.recover.small_crawl import make_home, run


def table(label):
    from django.apps import apps

    return apps.get_model(label).objects


@pytest.fixture
def home(database, tmp_path):
    return make_home(tmp_path / "home", database=database if database.startswith("postgres") else "")


@pytest.fixture
def other(tmp_path):
    return f"sqlite:///{tmp_path / 'other.sqlite3'}"


def elsewhere(home, url):
    """The same store and keys with another database."""
    from config.home import Home, Settings, StoreConfig

    return Home(home.path, Settings(database=url, store=StoreConfig(path=str(home.archive))))


def test_a_rebuilt_catalog_is_equal_row_for_row(home, other):
    holdings = Holdings(home)
    for portal in ("copa", "ipra", "copa"):
        run(home, holdings, portal=portal)
    rebuilt = rebuild(elsewhere(home, other))
    assert (rebuilt.commits, rebuilt.portals, rebuilt.problems, rebuilt.aside) == (9, ["copa", "ipra"], [], "")
    assert compare(home.database_url, other) == []
    Holdings(elsewhere(home, other))
    table("releases.Event").filter(portal="ipra").update(backfill=True)
    table("catalog.Warc").filter(portal="ipra").first().delete()
    table("catalog.ChangeLog").order_by("seq").first().delete()
    found = compare(home.database_url, other)
    assert sorted((difference.table, difference.what.split(":")[0]) for difference in found) == [
        ("catalog.ChangeLog", "only in a"),
        ("catalog.Warc", "only in a"),
        ("releases.Event", "backfill"),
    ]


def test_a_catalog_is_replaced_only_when_told_and_peoples_settings_stay(home):
    from django.contrib.auth.models import Group, Permission

    holdings = Holdings(home)
    run(home, holdings)
    account = table("releases.Account").create_user("editor", password="x", email="e@example.org")
    account.groups.add(Group.objects.create(name="desk"))
    account.user_permissions.add(Permission.objects.get(codename="add_account"))
    subscription = table("releases.Subscription").create(
        id="s1",
        owner=account,
        name="n",
        channel="mailto:e@example.org",
        filters={"words": "ü"},
        created_at=AT,
        mute_token="t",
    )
    table("releases.Delivery").create(
        id="d1",
        subscription=subscription,
        commit="c",
        events=["e"],
        state="owed",
        next_at=AT + timedelta(1),
        created_at=AT,
    )
    table("releases.CrawlRequest").create(id="r1", portal="copa", asked_at=AT, asked_by=account)
    home.index.mkdir()
    with pytest.raises(CatalogExists):
        rebuild(home)
    assert home.index.exists()
    before = table("releases.Event").get().id
    rebuilt = rebuild(home, force=True)
    assert rebuilt.problems == []
    assert rebuilt.settings == 5
    assert not home.index.exists()
    assert table("releases.Event").get().id == before
    again = table("releases.Account").get()
    assert (again.pk, again.username, again.password) == (account.pk, "editor", account.password)
    assert again.has_perm("releases.add_account")
    assert [group.name for group in again.groups.all()] == ["desk"]
    assert table("releases.Delivery").get().next_at == AT + timedelta(1)
    assert table("releases.Subscription").get().filters == {"words": "ü"}
    assert table("releases.CrawlRequest").get().asked_by == again
    assert table("releases.Account").create_user("second").pk > account.pk
    old = f"{home.database_url}?schema={rebuilt.aside}" if home.settings.database else f"sqlite:///{rebuilt.aside}"
    assert compare(old, home.database_url) == []
    run(home, Holdings(home))
    assert table("releases.Event").count() == 2
    assert rebuild(home, force=True).problems == []


def test_a_missing_and_a_damaged_commit_are_said_and_the_rest_is_rebuilt(home, other):
    run(home, Holdings(home))
    run(home, Holdings(home))
    commits = sorted((home.archive / "commits" / "copa").iterdir())
    commits[1].unlink()
    data = bytearray(commits[2].read_bytes())
    data[len(data) // 2] ^= 1
    commits[2].chmod(0o644)
    commits[2].write_bytes(data)
    rebuilt = rebuild(elsewhere(home, other))
    assert rebuilt.commits == 4
    assert len(rebuilt.problems) == 2
    assert "commits 2 to 2 of copa are missing" in rebuilt.problems[0]
    assert commits[2].name in rebuilt.problems[1]


def test_a_deleted_file_leaves_its_log_behind(tmp_path):
    home = make_home(tmp_path / "home")
    run(home, Holdings(home))
    path = Path(home.database_url.removeprefix("sqlite:///"))
    kept = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(tmp_path / "kept.sqlite3")) as copy:
        source.backup(copy)
    writer = sqlite3.connect(path)  # killed with changes that only its log holds
    writer.execute("UPDATE catalog_portal SET name = 'from the log'")
    writer.commit()
    log = Path(f"{path}-wal").read_bytes()
    writer.close()
    path.unlink()
    Path(f"{path}-wal").write_bytes(log)
    assert rebuild(home).problems == []
    assert compare(kept, home.database_url) == []
