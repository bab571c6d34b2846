"""The silence certificate: what a digest vouches for, from the crawls of its period.

It is taken down as data when the digest is made, so that every resend says the same, and worded when
it is told. A crawl belongs to the digest of the period in which its first commit was applied here:
commits are numbered without gaps, so none is counted twice or passed over, whatever the clock did.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archive.catalog.models import AppliedCommit, Crawl
from config.home import Home
from releases.access import of_portals
from releases.alerts.cadence import zone_to_show
from releases.alerts.filters import read_filters
from releases.alerts.story_portal import followed, portal_name, tallied, tally, verdict_words
from releases.alerts.story_shape import Certificate, Vouched
from releases.alerts.waited import moment
from releases.alerts.wording import clean
from releases.models import Delivery, Event, Subscription
from releases.restricting.shown import open_events
from releases.retold import retold

BLIND = frozenset({"blocked", "broken", "down"})
"""Verdicts of a crawl that saw nothing it can vouch for."""
_SEEN = ("healthy", "empty", "partial")
_SLOW = timedelta(days=7)
"""Longest time between the end of a listing and its commit: a store may be down for days."""
_STRETCHES = 5
"""Times of blindness told one by one."""
Taken = dict[str, Any]


def certify(
    subscription: Subscription, home: Home, since: datetime, after: dict[str, int]
) -> tuple[Taken, dict[str, int]]:
    """What the crawls since `since` saw of each followed portal, and how far that goes.

    `after`: portal → number of the last commit that was vouched for before; of portals that are not in
    it, commits since `since` count. The second value is the next `after`.
    """
    portals, upto = [], dict(after)
    for slug in followed(home, read_filters(subscription.filters)):
        newest = AppliedCommit.objects.filter(portal=slug).aggregate(last=Max("seq"))["last"] or 0
        crawls = _crawls(slug, since, after.get(slug))
        upto[slug] = newest
        portals.append({"portal": slug, "name": portal_name(home, slug), **_taken(slug, crawls, since)})
    return {"portals": portals}, upto


def _crawls(slug: str, since: datetime, last: int | None) -> list[Crawl]:
    """The crawls whose listings were committed meanwhile, in the order of their commits.

    A listing's commit is made soon after the listing ended, and before the portal is crawled again: it is
    of the last crawl that had ended its listing then.
    """
    commits = AppliedCommit.objects.filter(portal=slug, reason="listing").order_by("seq")
    commits = commits.filter(at__gt=since) if last is None else commits.filter(seq__gt=last)
    moments = list(commits.values_list("at", flat=True))
    if not moments:
        return []
    listed = Crawl.objects.filter(portal=slug, listed_at__gt=min(moments) - _SLOW, listed_at__lte=max(moments))
    crawls = list(listed.order_by("listed_at", "id"))
    ends = [crawl.listed_at for crawl in crawls if crawl.listed_at]
    found = (bisect_right(ends, moment) for moment in moments)
    return list(dict.fromkeys(crawls[place - 1] for place in found if place))


def _taken(slug: str, crawls: list[Crawl], since: datetime) -> Taken:
    if not crawls:
        before = _last(slug, since)
        blind = before is not None and before.verdict in BLIND
        return {
            "crawls": 0, "verdicts": {}, "last": _seen_at(before) if before else None,
            "last_verdict": before.verdict if before else "",
            "unseen": [_stretch([before], _blind_since(slug, before), None)] if before and blind else [],
        }  # fmt: skip
    newest = crawls[-1]
    canaries = (newest.answers or {}).get("canaries") or {}
    return {
        "crawls": len(crawls),
        "verdicts": dict(Counter(crawl.verdict for crawl in crawls)),
        "last": _seen_at(newest),
        "last_verdict": newest.verdict,
        "coverage": newest.coverage,
        "canaries": clean(canaries.get("evidence"), 200),
        "partly": [clean(crawl.reason, 240) for crawl in crawls if crawl.verdict == "partial"][-1:],
        **_unseen(slug, crawls),
    }


def _unseen(slug: str, crawls: list[Crawl]) -> Taken:
    """Stretches of blindness, and what was found when they ended."""
    stretches: list[Taken] = []
    late: list[Taken] = []
    dark: list[Crawl] = []
    before = _last(slug, crawls[0].started_at)
    begin = _blind_since(slug, before) if before is not None and before.verdict in BLIND else None
    for crawl in crawls:
        if crawl.verdict in BLIND:
            begin = begin or _seen_at(crawl)
            dark.append(crawl)
        elif begin is not None:
            stretches.append(_stretch(dark or [crawl for crawl in [before] if crawl], begin, _seen_at(crawl)))
            if found := _found(crawl):
                late.append({"at": _seen_at(crawl), "events": found})
            begin, dark = None, []
    if begin is not None:
        stretches.append(_stretch(dark, begin, None))
    return {"unseen": stretches, "late": late}


def _stretch(dark: list[Crawl], since: str, until: str | None) -> Taken:
    newest = dark[-1]
    return {"since": since, "until": until, "verdict": newest.verdict, "reason": clean(newest.reason, 240)}


def _found(crawl: Crawl) -> dict[str, int]:
    events = Event.objects.filter(portal=crawl.portal, at__gte=crawl.started_at, crawl=crawl.id, backfill=False)
    return tally(open_events(events).exclude(record="").exclude(kind__in=("quarantined", "retracted")).order_by("kind"))


def _last(slug: str, before: datetime) -> Crawl | None:
    crawls = Crawl.objects.filter(portal=slug, started_at__lt=before).exclude(verdict__in=("", "running"))
    return crawls.order_by("started_at", "id").last()


def _blind_since(slug: str, blind: Crawl) -> str:
    """When the first crawl was blind of those that end with `blind`."""
    past = Crawl.objects.filter(portal=slug, started_at__lte=blind.started_at).order_by("started_at", "id")
    seen = past.filter(verdict__in=_SEEN).last()
    dark = past.filter(verdict__in=BLIND)
    first = dark.filter(started_at__gt=seen.started_at).first() if seen else dark.first()
    return _seen_at(first or blind)


def _seen_at(crawl: Crawl) -> str:
    return (crawl.listed_at or crawl.ended_at or crawl.started_at).isoformat()


def worded(delivery: Delivery) -> Certificate:
    """The certificate of a digest in words, times in its reader's zone."""
    taken: Taken = delivery.certificate or {}
    local = zone_to_show(delivery.subscription.timezone)
    # Taken down before something was restricted, perhaps.
    portals = [_worded(portal, local) for portal in of_portals(taken.get("portals", []))]
    since, until = delivery.since or delivery.created_at, delivery.until or delivery.created_at
    period = _("%(since)s to %(until)s (%(zone)s)") % {
        "since": moment(since, local), "until": moment(until, local), "zone": local.key,
    }  # fmt: skip
    portals.sort(key=lambda portal: (portal.clear, portal.name.casefold()))
    return Certificate(period, _summary(portals), tuple(portals))


def _summary(portals: list[Vouched]) -> str:
    if not portals:
        return _("No portal is followed: nothing was looked at.")
    dark = [portal.name for portal in portals if not portal.clear]
    total = {"n": len(portals)}
    if not dark:
        return (
            ngettext(
                "%(n)s portal followed, checked and seen each time: where nothing is told, nothing was found.",
                "%(n)s portals followed, checked and seen each time: where nothing is told, nothing was found.",
                len(portals),
            )
            % total
        )
    named = ", ".join(dark[:3])
    if len(dark) > 3:
        named = f"{named} {_('and %(n)s more') % {'n': len(dark) - 3}}"
    return ngettext(
        "%(n)s portal followed; not seen all the time: %(named)s. There, no news does not mean that nothing happened.",
        "%(n)s portals followed; not seen all the time: %(named)s. There, no news does not mean that nothing happened.",
        len(portals),
    ) % {**total, "named": named}


def _worded(taken: Taken, local: ZoneInfo) -> Vouched:
    last = _moment(taken["last"], local) if taken["last"] else ""
    verdicts = taken["verdicts"]
    unseen = [_stretch_words(stretch, local) for stretch in taken.get("unseen", [])]
    sentences = unseen[-_STRETCHES:]
    if len(unseen) > _STRETCHES:
        more = {"n": len(unseen) - _STRETCHES}
        sentences.insert(0, _("%(n)s more times it could not be seen before these.") % more)
    sentences += [
        _("Found late, once it could be seen again on %(at)s: %(events)s.")
        % {"at": _moment(late["at"], local), "events": tallied(late["events"])}
        for late in taken.get("late", [])[-_STRETCHES:]
    ]
    sentences.append(_checked(taken["crawls"], verdicts, last, taken["last_verdict"]))
    sentences += [
        _("Seen only in part: %(why)s") % {"why": _sentence(retold(reason))} for reason in taken.get("partly", [])
    ]
    if taken.get("coverage") == "capped":
        sentences.append(_("The portal shows only a part of what it has; what is beyond that can not be seen."))
    elif taken.get("coverage") == "limited":
        sentences.append(_("The last check ended early, at a limit set here."))
    if taken.get("canaries"):
        sentences.append(_("Canary records: %(said)s") % {"said": _sentence(retold(taken["canaries"]))})
    clear = bool(taken["crawls"]) and not unseen and set(verdicts) <= {"healthy", "empty"}
    clear = clear and taken.get("coverage") != "limited"
    return Vouched(taken["portal"], clean(taken["name"], 120), clear, tuple(sentences))


def _checked(crawls: int, verdicts: dict[str, int], last: str, last_verdict: str) -> str:
    said = {"last": last, "verdict": verdict_words(last_verdict)}
    if not crawls:
        if not last:
            return _("Never checked so far.")
        return _("Not checked in this time; last checked %(last)s: %(verdict)s.") % said
    times = {1: _("once"), 2: _("twice")}.get(crawls) or _("%(n)s times") % {"n": f"{crawls:,}"}
    said["times"] = times
    if len(verdicts) == 1:
        said["verdict"] = verdict_words(next(iter(verdicts)))
        if crawls == 1:
            return _("Checked %(times)s, last %(last)s: %(verdict)s.") % said
        return _("Checked %(times)s, last %(last)s: %(verdict)s each time.") % said
    parts = ", ".join(f"{number:,} {verdict_words(verdict)}" for verdict, number in _by_number(verdicts.items()))
    return _("Checked %(times)s, last %(last)s (%(verdict)s): %(parts)s.") % {**said, "parts": parts}


def _by_number(items: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(items, key=lambda item: (-item[1], item[0]))


def _stretch_words(stretch: Taken, local: ZoneInfo) -> str:
    why = f"{verdict_words(stretch['verdict'])}."
    if stretch["reason"]:
        why = f"{why} {_sentence(retold(stretch['reason']))}"
    said = {"since": _moment(stretch["since"], local), "why": why}
    if stretch["until"] is None:
        return _("Can not be seen since %(since)s: %(why)s") % said
    return _("Could not be seen from %(since)s to %(until)s: %(why)s") % {
        **said, "until": _moment(stretch["until"], local),
    }  # fmt: skip


def _sentence(text: str) -> str:
    return f"{text.rstrip('. ')}."


def _moment(at: str, local: ZoneInfo) -> str:
    return moment(datetime.fromisoformat(at), local)
