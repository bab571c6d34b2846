"""What needs a hand today: each a sentence, how bad it is, and where to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archive.catalog.models import Crawl
from config import signs
from config.home import Home
from config.paused import paused
from releases.access import of_portals
from releases.models import Delivery
from web.accounts.models import Link
from web.operate import portal_file, sizes
from web.operate.models import Job
from web.templatetags.newsroom import verdict_words

SEEING = ("healthy", "empty")
NOBODY = timedelta(minutes=5)
"""`run` is to come by every minute."""
KEEPER = timedelta(seconds=60)
ROOM = 0.1
"""Least part of a disk that is to be free."""
VERIFY = timedelta(days=31)
LATE = timedelta(hours=1)
_TROUBLE_DAYS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look after."""

    level: Literal["bad", "blind", "warn", "note"]
    what: str
    why: str = ""
    where: str = ""
    """Address of the page that has more."""


def findings(home: Home, now: datetime | None = None) -> list[Finding]:
    """The worst first."""
    moment = now or datetime.now(UTC)
    found = [
        *_processes(home, moment), *_portals(home), *_deliveries(moment), *_machine(home, moment), *_troubles(home, moment),
    ]  # fmt: skip
    order = ("bad", "blind", "warn", "note")
    return sorted(found, key=lambda one: order.index(one.level))


def nobody_runs(home: Home, now: datetime) -> str:
    """Why nothing is crawled or delivered by itself; empty where `run` comes by."""
    seen = signs.last_seen(home.path)
    if seen is None:
        return _("No “recordwatch run” was ever seen here.")
    minutes = (now - seen).total_seconds() / 60
    if minutes * 60 <= NOBODY.total_seconds() or signs.all_underway(
        home.path
    ):  # one that crawls comes by when it is done
        return ""
    return _("No “recordwatch run” came by in the last %(n)d minutes.") % {"n": minutes}


def _processes(home: Home, now: datetime) -> list[Finding]:
    found = []
    if why := nobody_runs(home, now):
        todo = _("Have cron call “recordwatch run” every minute, or start “recordwatch serve --run”: until then nothing is "
                 "crawled on schedule, and no alert leaves.")  # fmt: skip
        found.append(Finding("bad", why, todo))
    keeper = signs.last_seen(home.path, "keeper")
    if keeper is None or now - keeper > KEEPER:
        todo = _("It keeps the search index up and sends letters. Restart “recordwatch serve”.")
        found.append(Finding("bad", _("The newsroom's keeper does not work."), todo))
    return found


def _portals(home: Home) -> list[Finding]:
    found = []
    for slug in portal_file.slugs(home):
        where = f"/operate/portals/{slug}"
        if stopped := paused(home.path, slug):
            found.append(Finding("note", _("%(portal)s is paused.") % {"portal": slug}, stopped.why, where))
        last = Crawl.objects.filter(portal=slug).order_by("-started_at").values_list("verdict", "reason").first()
        if last is None:
            found.append(Finding("note", _("%(portal)s was never crawled.") % {"portal": slug}, "", where))
        elif last[0] not in SEEING:
            level: Literal["warn", "blind"] = "warn" if last[0] == "partial" else "blind"
            said = _("%(portal)s: the last crawl was %(verdict)s.") % {
                "portal": slug,
                "verdict": verdict_words(last[0]),
            }
            found.append(Finding(level, said, of_portals(last[1]), where))
    return found


def _deliveries(now: datetime) -> list[Finding]:
    found = []
    if dead := Delivery.objects.filter(state="dead")[:1000].count():
        said = ngettext("%(n)d delivery was given up.", "%(n)d deliveries were given up.", dead) % {"n": dead}
        found.append(Finding("bad", said, "", "/operate/deliveries?state=dead"))
    if late := Delivery.objects.filter(state="owed", next_at__lt=now - LATE)[:1000].count():
        said = ngettext("%(n)d delivery is late.", "%(n)d deliveries are late.", late) % {"n": late}
        found.append(Finding("warn", said, _("They leave with the next run."), "/operate/deliveries?state=owed"))
    if stuck := Link.objects.filter(ended_at=None, expires_at__gt=now).exclude(problem="").count():
        said = ngettext("%(n)d letter with a link was not sent.", "%(n)d letters with links were not sent.", stuck)
        found.append(Finding("warn", said % {"n": stuck}, _("The list of accounts says why."), "/accounts/people"))
    return found


def _machine(home: Home, now: datetime) -> list[Finding]:
    found = []
    for disk in sizes.room(home):
        if disk["free"] < ROOM * disk["all"]:
            names = ", ".join(disk["names"])
            said = _("%(free).1f GB are free on the disk of the %(names)s.") % {
                "free": disk["free"] / 1e9,
                "names": names,
            }
            level: Literal["bad", "warn"] = "bad" if disk["free"] < ROOM / 4 * disk["all"] else "warn"
            found.append(Finding(level, said, _("Crawls stop where the disk is full."), "/operate/store"))
    said_last = signs.last_verified(home.path)
    if said_last is None:
        found.append(
            Finding(
                "note", _("What is held was not verified here yet."), _("“recordwatch verify” does."), "/operate/store"
            )
        )
    elif said_last.get("findings"):
        found.append(Finding("bad", _("The last verify found something missing or altered."), "", "/operate/store"))
    elif now - said_last["at"] > VERIFY:
        found.append(Finding("warn", _("What is held was not verified for more than a month."), "", "/operate/store"))
    doctor = Job.objects.filter(kind="doctor", state="done").order_by("-asked_at").first()
    for line in doctor.said or [] if doctor else []:
        if line.get("state") in {"broken", "doubtful"}:
            level = "bad" if line["state"] == "broken" else "warn"
            said = f"{line.get('name')}: {line.get('said')}"
            found.append(Finding(level, said, line.get("todo", ""), "/operate/store"))
    return found


def _troubles(home: Home, now: datetime) -> list[Finding]:
    """Errors that the newsroom wrote down lately."""
    since = f"newsroom-{now - _TROUBLE_DAYS:%Y%m%dT%H%M%S}"
    count = sum(1 for file in (home.path / "logs").glob("newsroom-*.txt") if file.name >= since)
    if not count:
        return []
    said = ngettext(
        "A page failed %(n)d time in the last 7 days.", "Pages failed %(n)d times in the last 7 days.", count
    ) % {"n": count}  # fmt: skip
    return [Finding("warn", said, _("What happened stands in the home's folder “logs”."))]
