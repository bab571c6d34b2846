"""Whether what a home has configured works: portals, store, database, room, locks, mail, index."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.doctor_line import Line, refused, wrong
from cli.event_words import count_of, size
from config.errors import ConfigError
from config.home import Home
from config.portal import Portal
from config.services import secret

_ROOM = 5 * 1000**3
_LEAST_ROOM = 200 * 1000**2
_PROBE = b"recordwatch doctor wrote this to see whether the store works; nothing refers to it.\n"
_AHEAD = timedelta(minutes=5)


def portals(home: Home) -> tuple[list[Portal], list[Line]]:
    """Those whose files are right; and a line in all, with one for each that is wrong."""
    from crawler.check import check_settings

    good: list[Portal] = []
    lines: list[Line] = []
    try:
        names = sorted(path.name for path in home.portals.iterdir())
    except FileNotFoundError:
        names = []
    except OSError as error:
        return good, [Line("portals", "broken", refused(error))]
    for path in (home.portals / name for name in names if name.endswith(".toml")):
        try:
            portal = home.portal(path.stem)
            check_settings(portal, str(path))
        except ConfigError as error:
            lines.append(wrong(f"portal {path.stem}", error))
        else:
            good.append(portal)
    if good:
        lines.insert(0, Line("portals", "works", f"{count_of(len(good), 'portal file')} that can be crawled"))
    elif not lines:
        todo = "`recordwatch portals add` adds one"
        lines.append(Line("portals", "absent", "no portal is watched", todo=todo))
    return good, lines


def store(home: Home) -> Iterator[Line]:
    """Write an object, read it back. A folder's is removed again; a bucket may forbid that, so it is always the same."""
    from archive.ids import uuid7
    from archive.store.choose import open_store
    from archive.warc.record import sha256

    opened = open_store(home)
    folder = home.settings.store.kind == "folder"
    key = f"doctor/{uuid7()}" if folder else "doctor/probe"
    try:
        opened.put_bytes(key, _PROBE)
        with opened.open(key) as stream:
            same = sha256(stream.read()) == sha256(_PROBE)
    finally:
        if folder:
            with suppress(OSError):
                (home.archive / key).unlink()
                (home.archive / key).parent.rmdir()
    if same:
        yield Line("store", "works", f"what is written to {opened.name} is read back")
    else:
        yield Line("store", "broken", f"what is written to {opened.name} is not what is read back")


def database(home: Home) -> Iterator[Line]:
    """Reachable, of this version, and not ahead of the clock. Changes nothing."""
    from archive.catalog.database import open_database
    from archive.catalog.failures import database_errors

    url = home.database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        yield Line("database", "works", "not made yet; the first crawl makes it")
        return
    with database_errors():
        open_database(url, migrate=False)
        from django.apps import apps
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor

        from archive.catalog.models import Crawl
        from config.settings import INSTALLED_APPS

        executor = MigrationExecutor(connection)
        # The newsroom's own tables come with `recordwatch serve`, and nothing but it needs them.
        every_verb = {config.label for config in apps.get_app_configs() if config.name in INSTALLED_APPS}
        leaves = [node for node in executor.loader.graph.leaf_nodes() if node[0] in every_verb]
        waiting = executor.migration_plan(leaves)
        kind = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
        if waiting:
            yield Line("database", "works", f"{kind}; the next command brings its tables up to date")
            return
        newest = Crawl.objects.order_by("-started_at").values_list("started_at", flat=True).first()
        yield Line("database", "works", f"{kind}, {count_of(Crawl.objects.count(), 'crawl')}")
    if newest is not None and newest > datetime.now(UTC) + _AHEAD:
        said = f"it is behind the newest crawl, of {newest:%Y-%m-%d %H:%M} UTC"
        yield Line("clock", "broken", said, todo="Set it: every capture carries its time")


def room(home: Home) -> Iterator[Line]:
    """Where crawls write first."""
    place = home.spool if home.spool.is_dir() else home.path
    if not os.access(place, os.W_OK):
        yield Line("spool", "broken", f"{place} can not be written to")
        return
    free = shutil.disk_usage(place).free
    said = f"{size(free)} free for what crawls bring, before it is stored"
    if free < _LEAST_ROOM:
        yield Line("spool", "broken", said, todo="Crawls stop where the disk is full: make room")
    else:
        yield Line("spool", "works" if free > _ROOM else "doubtful", said)


def locks(home: Home) -> Iterator[Line]:
    """Whether files can be locked there, and who holds a lock now."""
    home.locks.mkdir(parents=True, exist_ok=True)
    probe = home.locks / ".doctor"
    try:
        with probe.open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        probe.unlink(missing_ok=True)
    running = []
    for path in sorted(home.locks.glob("*.lock")):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                running.append(path.stem)
    now = f"; running now: {', '.join(running)}" if running else ""
    yield Line("locks", "works", f"no portal is crawled twice at once{now}")


def mail(home: Home) -> Iterator[Line]:
    """Whether the settings are there; nothing is sent (`alerts test` does)."""
    settings = home.settings.mail
    if settings.folder:
        yield Line("mail", "works", f"messages are written to {settings.folder}, none is sent")
    elif not settings.host:
        yield Line("mail", "absent", "no [mail] host: nobody is told by mail", todo="docs/howto/alerts.md")
    elif settings.password_env and not os.environ.get(settings.password_env):
        said = f"the environment has no {settings.password_env}, which [mail] password_env names"
        yield Line("mail", "broken", said, todo="Set it where recordwatch runs")
    else:
        said = f"settings for {settings.host}:{settings.port} as {settings.sender}"
        yield Line("mail", "works", said, todo="")


def slack(home: Home) -> Iterator[Line]:
    """Where it is set up: whether its token is there. Slack is not asked (`alerts test` does)."""
    if (given := home.settings.slack).there:
        secret(given.token_env, given.token_file, home.path, "[slack] token")
        yield Line("slack", "works", "a bot token for `slack:CHANNEL` subscriptions")


def documentcloud(home: Home) -> Iterator[Line]:
    """Where it is set up: whether its password is there. DocumentCloud is not asked."""
    if (given := home.settings.documentcloud).there:
        secret(given.password_env, given.password_file, home.path, "[documentcloud] password")
        yield Line("documentcloud", "works", f"a password for the account {given.username}")


def replay(home: Home) -> Iterator[Line]:
    """The optional program that shows pages as they looked."""
    from web.outside.replay_component import COMMAND, folder_of, found

    component = found(folder_of(home))
    if component is None:
        yield Line(
            "replay", "absent", "shows archived pages as they looked, in the newsroom", todo=f"`{COMMAND}` gets it"
        )
    else:
        yield Line("replay", "works", "pywb shows archived pages as they looked, in the newsroom", component.version)


def index(home: Home) -> Iterator[Line]:
    """The search index: derived, so never broken for long."""
    from releases.search import place

    if not (home.index / "current").exists():
        yield Line("search", "works", "no index yet; the first search makes it")
        return
    found = place.current(home.index)
    if found is None:
        yield Line("search", "doubtful", "the index is of another version, or damaged: the next search makes it anew")
    else:
        yield Line("search", "works", f"an index of {count_of(found.searcher().num_docs, 'text')}")
