"""Crawls: what goes on now, and what each could vouch for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from archive.catalog.models import Crawl
from config import signs
from releases.access import of_portals
from releases.models import CrawlRequest
from web.listing.keyset import page
from web.operate import portal_file
from web.operate.today import nobody_runs
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed

VERDICTS = ("healthy", "empty", "partial", "blocked", "broken", "down")
LOOKED_BACK = timedelta(days=60)
"""How far crawls of one verdict are looked for."""
_QUESTIONS = {
    "blocked": _("Were we kept out?"),
    "ended": _("Did its list end as it should?"),
    "count": _("Were there as many records as before?"),
    "fields": _("Had the records the fields they had?"),
    "canaries": _("Were those seen that must be there?"),
}
_COUNTED = {
    "records": _("records seen"), "events": _("events"), "files": _("files looked at"), "file_errors": _("files that failed"),
    "exchanges": _("requests"), "received_bytes": _("bytes received"), "unopened": _("pages not opened: unchanged"),
}  # fmt: skip


@allowed("operate")
def crawls(request: HttpRequest) -> HttpResponse:
    """All of them, newest first."""
    home = place.home()
    portal, verdict = (request.GET.get(name, "").replace("\0", "")[:64] for name in ("portal", "verdict"))
    rows = Crawl.objects.defer("figures")
    rows = rows.filter(portal=portal) if portal else rows
    if verdict:
        since = int((datetime.now(UTC) - LOOKED_BACK).timestamp() * 1000)
        rows = rows.filter(
            verdict=verdict, id__gte=f"{since >> 16:08x}-{since & 0xFFFF:04x}"
        )  # ids begin with their time
    keys = ("-started_at", "-id") if portal else ("-id",)
    here = page(request, rows, keys)
    told(here.rows)
    shown = {
        "page": here, "portals": portal_file.slugs(home), "verdicts": VERDICTS,
        "portal": portal, "verdict": verdict, "days": LOOKED_BACK.days, **_going(),
    }  # fmt: skip
    return render(request, "operate/crawls.html", shown)


@allowed("operate")
def underway(request: HttpRequest) -> HttpResponse:
    """What goes on now: the piece of a page that asks for itself every two seconds."""
    return render(request, "operate/underway.html", _going())


@allowed("operate")
def crawl(request: HttpRequest, ident: str) -> HttpResponse:
    """One of them: its verdict, the five answers, what it counted."""
    found = Crawl.objects.filter(id=ident.replace("\0", "")[:36]).first()
    if found is None:
        raise Shown(404, str(_("There is no such crawl.")))
    told([found])
    answers = found.answers if isinstance(found.answers, dict) else {}
    counts = found.counts if isinstance(found.counts, dict) else {}
    shown = {
        "crawl": found, "answers": [(asked, answers.get(name)) for name, asked in _QUESTIONS.items() if isinstance(answers.get(name), dict)],
        "counts": [(said, counts[name]) for name, said in _COUNTED.items() if isinstance(counts.get(name), int)],
        "going": [one for one in signs.all_underway(place.home().path) if one.portal == found.portal],
    }  # fmt: skip
    return render(request, "operate/crawl.html", shown)


def told(rows: Sequence[Crawl]) -> None:
    """Leave out of what is said of crawls, operators too, what is shown to nobody."""
    for one, said in zip(rows, of_portals([[one.reason, one.answers] for one in rows]), strict=True):
        one.reason, one.answers = said


def _going() -> dict[str, object]:
    home = place.home()
    going = signs.all_underway(home.path)
    return {
        "underway": going,
        "now": {one.portal for one in going if one.kind == "crawl"},
        "asked": CrawlRequest.objects.filter(taken_at=None).order_by("asked_at")[:50],
        "nobody": nobody_runs(home, datetime.now(UTC)),
    }
