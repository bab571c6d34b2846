"""What secret addresses give: a feed, a table, a calendar, for readers that cannot log in."""

from __future__ import annotations

import csv
import io
import math
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from archive.catalog.models import ChangeLog
from config.errors import ConfigError
from config.home import Home
from config.portal import Portal
from releases.access import shut_records
from releases.alerts import feed_choice
from releases.alerts.feed import Feed
from releases.alerts.feed_formats import FORMATS
from releases.alerts.filters import Filters, read_filters
from releases.cells import cell
from releases.deadlines.ahead import Ahead, dates_ahead
from releases.deadlines.ics import calendar
from releases.deadlines.model import Judged
from releases.deadlines.read import judged
from releases.models import Record, Subscription
from releases.people import ROLES
from releases.restricting.in_force import in_force
from web.desk import secret as secrets
from web.desk.limits import Pace
from web.desk.mine import nothing, visible
from web.desk.models import Member, SecretAddress, SharedRecord, Watched, WatchList
from web.due.asked import Asked
from web.due.cases import every
from web.due.told import unnamed
from web.due.views import MOST_ENTRIES
from web.figures.jobs import DUE, ready
from web.shell import errors, place
from web.shell.viewer import allowed, open_to_all

ENTRIES = 100
DAYS_BACK = 90
"""Due dates longer ago than this are in no calendar."""
MIME = {
    "atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json",
    "csv": "text/csv", "ics": "text/calendar",
}  # fmt: skip
COLUMNS = ("at", "portal", "key", "kind", "title", "url")
REPORTERS = frozenset(ROLES[ROLES.index("reporter") :])
_PACE = Pace(burst=30, every=10)
_KEPT = 64
"""Documents that each process remembers until something changes."""
_made: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Scope:
    """What an address is about, as it is now."""

    kind: str
    ident: str
    title: str
    filters: Filters
    records: frozenset[str] | None = None
    """Of a watch list."""


@allowed("anyone")
def feed(request: HttpRequest, secret: str, form: str) -> HttpResponse:
    """The document behind a secret address. Unchanged, it is answered with 304."""
    found = secrets.opened(SecretAddress, secret)
    if found is None or not opens(found):
        raise nothing()
    if seconds := _PACE.wait(found.id):
        answer = errors.page(request, 429, _("This address is asked for too often."), _("Ask every few minutes."))
        answer.headers["Retry-After"] = str(math.ceil(seconds))
        return answer
    response = HttpResponse(document(place.home(), scope(found), form), content_type=f"{MIME[form]}; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["Referrer-Policy"] = "no-referrer"
    if form == "csv":
        response.headers["Content-Disposition"] = 'attachment; filename="releases.csv"'
    today = datetime.now(UTC).date()
    if found.last_used_on != today:
        SecretAddress.objects.filter(id=found.id).update(last_used_on=today)
    return response


def opens(address: SecretAddress) -> bool:
    """Whether it still works: not revoked, and whoever it belongs to, and who was shown its secret, may still have it."""
    maker = address.made_by
    return address.revoked_at is None and (maker is None or maker.is_active) and opens_for(address)


def opens_for(secret: SecretAddress | SharedRecord) -> bool:
    """Whether whoever it belongs to still works here; of nobody's, whether all may read."""
    if secret.owner is not None:
        return secret.owner.is_active and secret.owner.role in REPORTERS
    if secret.team is not None:
        return Member.objects.filter(team=secret.team, account__is_active=True).exists()
    return open_to_all()


def scope(address: SecretAddress) -> Scope:
    """What an address is about. Raises Shown (404): it is gone."""
    kind, about = address.kind, address.about
    if kind == "subscription":
        found = Subscription.objects.filter(id=about, owner=address.owner).first()
        if found is None or found.waits:
            raise nothing()
        return Scope(kind, about, found.name, read_filters(found.filters))
    if kind == "list":
        if not _sees(address, about):
            raise nothing()
        records = Watched.objects.filter(list=about).values_list("record", flat=True)
        return Scope(kind, about, address.name, Filters(), frozenset(records))
    if kind == "search":
        return Scope(kind, about, about, Filters(query=about))
    portals = (about,) if about else ()
    kinds = ("overdue", "upcoming") if kind == "deadlines" else ()
    return Scope(kind, about, address.name, Filters(portals=portals, kinds=kinds, health=kind != "deadlines"))


def _sees(address: SecretAddress, ident: str) -> bool:
    """Whether a watch list is still shown to whom the address belongs: who left a team takes nothing along."""
    if address.owner is not None:
        return visible(WatchList, address.owner).filter(id=ident).exists()
    members = Member.objects.filter(team=address.team).values("account")
    return WatchList.objects.filter(Q(team=address.team) | Q(owner__in=members), id=ident).exists()


def document(home: Home, about: Scope, form: str) -> bytes:
    """The scope in this form; made anew only when something has changed since."""
    newest = ChangeLog.objects.aggregate(newest=Max("seq"))["newest"]
    judged_at = [kept.at for kept in ready(home, DUE)[DUE.what].values()] if form == "ics" else []
    shut = in_force()  # as this request knows it: perhaps from before the newest commit
    state = (newest, shut.records, shut.names.given, max(judged_at, default=None))
    key = (str(home.path), repr(about), form, datetime.now(UTC).date(), state)
    with _lock:
        if key in _made:
            _made.move_to_end(key)
            return _made[key]
    made = _calendar(home, about) if form == "ics" else _written(_feed(home, about), form)
    with _lock:
        _made[key] = made
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return made


def _feed(home: Home, about: Scope) -> Feed:
    if about.records is not None:
        return feed_choice.of_records(home, about.ident, about.title, about.records, ENTRIES)
    if about.kind == "portal":
        return feed_choice.of_portals(home, [about.ident], ENTRIES)
    if about.kind == "everything":
        return feed_choice.everything(home, ENTRIES)
    ident = f"{about.kind}:{about.ident}"
    return feed_choice.of_filters(home, ident, about.title, about.filters, ENTRIES)


def _written(made: Feed, form: str) -> bytes:
    if form != "csv":
        return FORMATS[form][0](made)
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in made.entries:
        said = (one.published.isoformat(), one.portal, one.key, one.kind, one.title, one.url)
        writer.writerow([cell(value) for value in said])
    return ("\ufeff" + file.getvalue()).encode()


def _calendar(home: Home, about: Scope) -> bytes:
    """Due dates and days ahead of what the scope is about."""
    now, shut = datetime.now(UTC), shut_records()
    since = now.date() - timedelta(days=DAYS_BACK)
    meant = _meant(home, about)
    watched = {each.slug: each for each in _portals(home, about.filters.portals)}
    cases: list[Judged] = []
    days: list[Ahead] = []
    if meant is None:  # as the keeper judged them: too many to judge for a calendar
        found = [
            one for slug in about.filters.portals or ("",) for status in ("open", "ahead")
            for one in every(home, Asked(status, slug), MOST_ENTRIES)
        ]  # fmt: skip
        cases = [one for one in found if isinstance(one, Judged)]
        days = [one for one in found if isinstance(one, Ahead)]
    else:
        for slug, keys in _keys(meant - shut).items():
            if slug in watched:
                cases += judged(watched[slug], now, keys=keys)
                days += dates_ahead(watched[slug], now, keys=keys)
        cases = [one for one in cases if one.overdue or not one.clock.due or one.clock.due >= since]
    rules = {(each.slug, rule.name): rule for each in watched.values() for rule in each.deadlines}
    return calendar([unnamed(one) for one in cases if (one.case.portal, one.rule) in rules], rules, days)


def _keys(records: Collection[str]) -> dict[str, list[str]]:
    """Portal → keys of these records."""
    found: dict[str, list[str]] = {}
    for slug, key in Record.objects.filter(id__in=sorted(records)).values_list("portal", "key"):
        found.setdefault(slug, []).append(key)
    return found


def _meant(home: Home, about: Scope) -> frozenset[str] | None:
    """Ids of the records whose days are meant; None: of all."""
    if about.records is not None or about.filters.records:
        return about.records or frozenset(about.filters.records)
    if about.kind in {"everything", "portal", "deadlines"} or not _narrow(about.filters):
        return None
    return frozenset(event.record for event in feed_choice.lately(home, about.filters, 1000) if event.record)


def _narrow(filters: Filters) -> bool:
    return bool(filters.query or filters.keys or filters.words or filters.fields or filters.record_kinds)


def _portals(home: Home, slugs: tuple[str, ...]) -> Iterable[Portal]:
    """Those watched; without any named, all whose file can be read."""
    for path in sorted(home.portals.glob("*.toml")):
        if not slugs or path.stem in slugs:
            try:
                yield home.portal(path.stem)
            except ConfigError:
                continue
