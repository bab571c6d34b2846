"""Portals: how each is, run now, pause, check, and its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from archive.catalog.alone import alone
from archive.catalog.models import Crawl
from archive.ids import uuid7
from config import signs
from config.errors import ConfigError
from config.paused import pause, paused, resume
from releases.access import of_portals
from releases.models import CrawlRequest
from releases.restricting.in_force import in_force
from releases.restricting.of_records import marks_of
from web.accounts.audit import note
from web.operate import jobs, portal_file
from web.operate.models import Job
from web.operate.today import nobody_runs
from web.operate.views_crawls import told
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed, viewer_of

_ASKED_SHOWN = timedelta(days=7)


@allowed("operate")
def portals(request: HttpRequest) -> HttpResponse:
    """Every watched portal, with what may be done."""
    home, now = place.home(), datetime.now(UTC)
    going = {one.portal: one for one in signs.all_underway(home.path)}
    asked = set(CrawlRequest.objects.filter(taken_at=None).values_list("portal", flat=True))
    rows = [
        {
            "slug": slug, "last": Crawl.objects.filter(portal=slug).order_by("-started_at").first(),
            "paused": paused(home.path, slug), "underway": going.get(slug), "asked": slug in asked,
        }
        for slug in portal_file.slugs(home)
    ]  # fmt: skip
    told([row["last"] for row in rows if isinstance(row["last"], Crawl)])
    return render(request, "operate/portals.html", {"rows": rows, "nobody": nobody_runs(home, now)})


@allowed("operate")
def portal(request: HttpRequest, slug: str) -> HttpResponse:
    """One of them."""
    home, now = place.home(), datetime.now(UTC)
    _watched(slug)
    try:
        known, wrong = home.portal(slug), ""
    except ConfigError as error:
        known, wrong = None, error.what
    going = [one for one in signs.all_underway(home.path) if one.portal == slug]
    crawls = list(Crawl.objects.filter(portal=slug).order_by("-started_at", "-id")[:10])
    told(crawls)
    shown = {
        "slug": slug, "portal": known, "wrong": wrong, "paused": paused(home.path, slug),
        "asked": _asked(slug, now), "nobody": nobody_runs(home, now),
        "underway": going, "now": {one.portal for one in going if one.kind == "crawl"},
        "crawls": crawls,
        "checks": [jobs.as_it_is(home, one) for one in Job.objects.filter(kind="check", portal=slug).order_by("-asked_at")[:5]],
    }  # fmt: skip
    return render(request, "operate/portal.html", shown)


@allowed("operate")
def act(request: HttpRequest, slug: str) -> HttpResponse:
    """Run now, pause, resume, check."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    home, there = place.home(), f"/operate/portals/{slug}"
    _watched(slug)
    does = request.POST.get("do", "")
    if does == "run":
        _ask(request, slug)
    elif does == "pause":
        why = " ".join(request.POST.get("why", "").replace("\0", "").split())
        if not why:
            raise Shown(400, _("A pause needs a reason."), _("It is shown wherever the portal's state is."))
        pause(home.path, slug, by=viewer_of(request).name, why=why)
        note(request, "portal.paused", slug, {"why": why[:300]})
        messages.success(request, _("%(portal)s is paused.") % {"portal": slug})
    elif does == "resume":
        if resume(home.path, slug):
            note(request, "portal.resumed", slug)
        messages.success(request, _("%(portal)s is crawled on schedule again.") % {"portal": slug})
    elif does == "check":
        return _check(request, slug, "")
    else:
        raise Shown(400, _("This request makes no sense."))
    return HttpResponseRedirect(there)


@allowed("operate")
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The portal's file as text: read, checked by a crawl that keeps nothing, saved."""
    home = place.home()
    _watched(slug)
    old = portal_file.text_of(home, slug)
    if request.method != "POST":
        return _editor(request, slug, old, portal_file.mark(old))
    text = request.POST.get("text", "").replace("\r\n", "\n")
    opened, does = request.POST.get("opened", "")[:64], request.POST.get("do", "")
    try:
        new = portal_file.tried(slug, text)
        opens = portal_file.opens_private(old, slug, new)
        if opens and not request.POST.get("private"):
            return _editor(request, slug, text, opened, private=True)
        if does == "check":
            return _check(request, slug, text)
        portal_file.save(home, slug, text, opened)
    except ConfigError as error:
        return _editor(request, slug, text, opened, wrong=error)
    note(request, "portal.saved", slug, {"opens_private_network": opens})
    messages.success(
        request,
        _("Saved. The next crawl goes by it; the file before is kept as %(name)s.") % {"name": f"{slug}.toml.bak"},
    )
    return HttpResponseRedirect(f"/operate/portals/{slug}")


@allowed("operate")
def job(request: HttpRequest, number: int) -> HttpResponse:
    """What a check has found; while it runs, how far it is."""
    found = Job.objects.filter(pk=min(number, 2**62), kind="check").first()
    if found is None:
        raise Shown(404, _("There is no such check, or it is forgotten by now."))
    said: Any = found.said[0] if isinstance(found.said, list) and found.said else None
    if isinstance(said, dict):
        shut = marks_of(in_force().records)
        first = [one for one in said.get("first") or [] if not shut.within(f"{one.get('key')}\n{one.get('title')}")]
        said = of_portals(said | {"first": first})
    found.problem = of_portals(found.problem)
    going = [one for one in signs.all_underway(place.home().path) if one.portal == found.portal and one.kind == "check"]
    found = jobs.as_it_is(place.home(), found)
    shown = {"job": found, "said": said if isinstance(said, dict) else None, "going": going}
    part = bool(request.headers.get("HX-Request"))
    return render(request, "operate/check_state.html" if part else "operate/check.html", shown)


def _ask(request: HttpRequest, slug: str) -> None:
    """A crawl as soon as `run` comes by."""
    now = datetime.now(UTC)
    with alone("crawl requests"):
        already = CrawlRequest.objects.filter(portal=slug, taken_at=None).exists()
        if not already:
            CrawlRequest.objects.create(id=uuid7(), portal=slug, asked_at=now, asked_by=viewer_of(request).account)
            note(request, "portal.run", slug)
    if already:
        messages.info(request, _("Somebody has asked for a crawl of %(portal)s already.") % {"portal": slug})
        return
    if why := nobody_runs(place.home(), now):
        todo = _("The crawl begins when “recordwatch run” does: from cron, by hand, or with “recordwatch serve --run”.")
        messages.warning(request, f"{why} {todo}")
    else:
        messages.success(request, _("The crawl begins within a minute."))


def _check(request: HttpRequest, slug: str, text: str) -> HttpResponse:
    made = jobs.ask("check", viewer_of(request).account, portal=slug, text=text)
    if made is None:
        raise Shown(429, _("Too much waits for the keeper already."), _("Try again in some minutes."))
    note(request, "portal.checked", slug, {"draft": bool(text)})
    return HttpResponseRedirect(f"/operate/checks/{made.pk}")


def _editor(
    request: HttpRequest, slug: str, text: str, opened: str, *, wrong: ConfigError | None = None, private: bool = False
) -> HttpResponse:
    shown = {"slug": slug, "text": text, "opened": opened, "wrong": wrong, "private": private}
    return render(request, "operate/edit.html", shown, status=400 if wrong or private else 200)


def _asked(slug: str, now: datetime) -> list[dict[str, Any]]:
    """Requests of the last days, with the crawl that came of each."""
    rows = []
    for one in CrawlRequest.objects.filter(portal=slug, asked_at__gte=now - _ASKED_SHOWN).order_by("-asked_at")[:5]:
        after = Crawl.objects.filter(portal=slug, started_at__gte=one.taken_at) if one.taken_at else None
        rows.append({"request": one, "crawl": after.order_by("started_at").first() if after is not None else None})
    return rows


def _watched(slug: str) -> None:
    if slug not in portal_file.slugs(place.home()):
        raise Shown(404, _("No such portal is watched here."))
