"""What is due. Cron asks every minute, so this module and all it imports needs the standard library alone.

A portal is due when its schedule has passed since its last crawl began, when somebody asked for it
(`CrawlRequest`), or when a killed crawl left something in the spool. A crawl that died before it
committed anything is tried again after RETRY_SECONDS, not every minute. When a portal with the schedule
`auto` is due, the end of its last crawl worked out and left in a stamp (`mark_next`); one that is missing or
of another crawl or portal file is made anew by the full command (`crawler.next_crawl`), which this asks for.
"""

from __future__ import annotations

import os
import sqlite3
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.paused import is_paused
from config.schedule import ASTRAY, auto_bounds, next_due
from config.signs import came_by

RETRY_SECONDS = 600
NEVER = "never"
"""In a stamp of deadlines: this portal has no rules."""
LATEST_CRAWLS = "SELECT portal, MAX(started_at) FROM catalog_crawl WHERE started_at <= {now} GROUP BY portal"
REQUESTS = "SELECT portal FROM releases_crawlrequest WHERE taken_at IS NULL"
MATCHES = "SELECT 1 FROM releases_matchowed WHERE next_at <= {now} LIMIT 1"
OWED = "SELECT 1 FROM releases_delivery WHERE state IN ('owed', 'sending') AND next_at <= {now} LIMIT 1"
DIGESTS = "SELECT 1 FROM releases_subscription WHERE digest_due_at <= {now} AND muted_at IS NULL LIMIT 1"
AHEAD = (
    "SELECT 1 FROM releases_delivery WHERE state = 'owed' AND attempts = 0 AND created_at > {now} LIMIT 1",
    "SELECT 1 FROM releases_subscription WHERE digest_due_at > {now} AND cadence <> 'weekly' LIMIT 1",
)
"""What only a clock that was put back keeps waiting, and how far ahead (see `releases.alerts.deliver_prepare`)."""
AHEAD_BY = (timedelta(minutes=5), timedelta(days=3))


def nothing_due(home: str | None, now: datetime | None = None) -> bool:
    """Whether `run` has nothing to do: no portal due, nothing asked for, no delivery owed,
    no saved search to ask, no deadline to look at.

    False whenever this cannot tell (no home, unreadable file): the full command then says why.
    """
    path = Path(home or os.environ.get("RECORDWATCH_HOME") or "recordwatch-home").expanduser().absolute()
    moment = now or datetime.now(UTC)
    came_by(path)
    try:
        settings = tomllib.loads((path / "recordwatch.toml").read_text("utf-8"))
        with _Rows(path, settings.get("database", "")) as rows:
            if any(rows.one(query, moment) for query in (OWED, DIGESTS)):
                return False
            if any(rows.one(query, moment + far) for query, far in zip(AHEAD, AHEAD_BY, strict=True)):
                return False
            if any(rows.all(REQUESTS, moment)) or rows.one(MATCHES, moment):
                return False
            latest = dict(rows.all(LATEST_CRAWLS, moment + ASTRAY))
        return not any(True for _ in due(path, latest, moment)) and not any(True for _ in ticks_due(path, moment))
    except (OSError, ValueError, KeyError, TypeError, sqlite3.Error, _NoDatabaseError):
        return False


def due(home: Path, latest: dict[str, datetime], now: datetime) -> Iterator[str]:
    """Slugs of the watched portals that are due at `now`, given when each last crawl began.

    A portal whose file can not be read, or names no schedule, is due: its own crawl says so. One that is paused is not.
    """
    for file in sorted((home / "portals").glob("*.toml")):
        slug = file.stem
        if is_paused(home, slug):
            continue
        try:
            portal: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
            schedule, last = str(portal.get("schedule", "daily")), latest.get(slug)
            moment = next_due(schedule, last)
            if last is not None and auto_bounds(schedule):
                moment = planned(home, slug, plan_of(schedule, str(portal.get("timezone", "UTC"))), last)
        except (OSError, ValueError):
            moment = None  # due: its crawl says what is wrong with the file, and the others are crawled
        if (moment is None or moment <= now or _leftovers(home / "spool" / slug)) and not _tried_lately(
            home, slug, latest.get(slug), now
        ):
            yield slug


def ticks_due(home: Path, now: datetime) -> Iterator[str]:
    """Slugs of the watched portals whose deadlines are to be looked at: the day is another one, or the file is.

    The first crawl of a portal leaves the first stamp.
    """
    for file in sorted((home / "portals").glob("*.toml")):
        stamp = home / "locks" / f"{file.stem}.deadlines"
        try:
            text = stamp.read_text("ascii")
            fresh = stamp.stat().st_mtime_ns >= file.stat().st_mtime_ns
            waits = text == NEVER or datetime.fromisoformat(text) > now
        except FileNotFoundError:
            continue
        except (OSError, ValueError, TypeError):
            fresh = waits = False
        if not (fresh and waits):
            yield file.stem


def mark_tick(home: Path, slug: str, again: datetime | None) -> None:
    """The deadlines of `slug` were looked at; `again`: when to do so next, None while its file has no rules."""
    stamp = home / "locks" / f"{slug}.deadlines"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    part = stamp.with_name(f"{stamp.name}.{os.getpid()}")
    part.write_text(again.isoformat() if again else NEVER, "ascii")
    part.replace(stamp)


def tick_later(home: Path, slug: str) -> None:
    """The deadlines of `slug` can not be looked at now: not every minute again."""
    mark_tick(home, slug, datetime.now(UTC) + timedelta(seconds=RETRY_SECONDS))


def plan_of(schedule: str, timezone: str) -> str:
    """What of a portal file decides, beside its history, when the next crawl is."""
    return f"{schedule} {timezone}"


def planned(home: Path, slug: str, plan: str, last: datetime) -> datetime | None:
    """When the crawl after the one that began at `last` was planned for; None where no stamp says so under this
    `plan` (see `plan_of`).
    """
    try:
        at, began, of, *_ = (home / "locks" / f"{slug}.next").read_text("utf-8").splitlines()
        moment = datetime.fromisoformat(at) if of == plan and datetime.fromisoformat(began) == last else None
    except (OSError, ValueError, TypeError):
        return None
    return moment if moment is None or moment.tzinfo else None


def mark_next(home: Path, slug: str, plan: str, last: datetime, at: datetime) -> None:
    """The crawl after the one that began at `last` is planned for `at`. The stamp can be lost: it is worked out anew."""
    stamp = home / "locks" / f"{slug}.next"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    part = stamp.with_name(f"{stamp.name}.{os.getpid()}")
    part.write_text(f"{at.isoformat()}\n{last.isoformat()}\n{plan}\n", "utf-8")
    part.replace(stamp)


def mark_attempt(home: Path, slug: str) -> None:
    """Remember that a crawl of `slug` was begun, in case it dies before it commits anything."""
    stamp = home / "locks" / f"{slug}.attempt"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()


def _tried_lately(home: Path, slug: str, last: datetime | None, now: datetime) -> bool:
    try:
        attempt = datetime.fromtimestamp((home / "locks" / f"{slug}.attempt").stat().st_mtime, UTC)
    except OSError:
        return False
    if last is not None and last >= attempt - timedelta(seconds=5):
        return False
    return attempt <= now < attempt + timedelta(seconds=RETRY_SECONDS)


def _leftovers(spool: Path) -> bool:
    try:
        with os.scandir(spool) as entries:
            return any(True for _ in entries)
    except OSError:
        return False


class _NoDatabaseError(Exception):
    """The database does not exist yet, or does not answer."""


class _Rows:
    """Bare queries on either database."""

    def __init__(self, home: Path, url: str) -> None:
        self.sqlite = not url or url.startswith("sqlite:///")
        if self.sqlite:
            file = Path(url.removeprefix("sqlite:///")) if url else home / "catalog.sqlite3"
            if not file.is_file():
                raise _NoDatabaseError
            self.connection: Any = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)
        else:
            import psycopg

            try:
                self.connection = psycopg.connect(url, connect_timeout=10)
            except psycopg.Error as error:
                raise _NoDatabaseError from error

    def __enter__(self) -> _Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def one(self, query: str, now: datetime) -> bool:
        return self._asked(query, now).fetchone() is not None

    def all(self, query: str, now: datetime) -> Iterator[Any]:
        for row in self._asked(query, now).fetchall():
            if len(row) == 1:
                yield row[0]
            else:
                moment = row[1]
                if isinstance(moment, str):
                    moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
                yield row[0], moment

    def _asked(self, query: str, now: datetime) -> Any:
        """`{now}` in `query` is `now`, if it is there at all."""
        moment = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if self.sqlite else now
        named = "{now}" in query
        return self.connection.execute(query.format(now="?" if self.sqlite else "%s"), (moment,) if named else ())
