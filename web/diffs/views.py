"""What changed: between two versions of a record or of one of its files, or between two captures."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from archive.catalog.models import Capture
from releases.access import captures_of_shut, withheld, without_names
from releases.alerts.wording import clean
from releases.diff.fields import fields_diff
from releases.diff.model import FieldsDiff
from releases.diff.sides import captured, values_of
from releases.diff.summary import summary
from releases.diff.versions import is_capture
from releases.models import File, Record
from web.diffs.blocks import paged
from web.diffs.choice import Choice, Side, choose, witnesses
from web.diffs.rows import Block, By, field_rows
from web.diffs.tabs import Options, Tab, inside
from web.records.found import NoRecord, Shut, record_of
from web.records.numbers import number
from web.shell import errors, place
from web.shell.viewer import allowed, viewer_of

VIEWS = ("fields", "text", "files", "rendered", "links", "clauses")


@allowed("read")
def record(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Two versions of a record, or with `file` of one of its files."""
    try:
        found = record_of(slug, key, viewer_of(request))
    except (NoRecord, Shut):
        raise errors.Shown(
            404, _("No record of this portal has this key or name."), _("Search for it instead.")
        ) from None
    if found.key != key:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return HttpResponseRedirect(f"{reverse('diff', args=[found.portal, found.key])}{query}")
    picked = choose(found, request.GET)
    fields = _fields(picked)
    options = _options(request.GET)
    view = _view(request.GET.get("view", ""), picked, fields)
    tab = _tab(view, picked, fields, options)
    told = _told(request, options, view, tab) | {
        "record": found,
        "portal": found.portal,
        "title": without_names(clean(found.title, 300)) or found.key,
        "choice": picked,
        "fields_count": len(fields.changes) if fields else 0,
        "permalink": _permalink(request, found, picked, view),
        "proof": _proof(picked),
        "step": {"before": _step(request, picked.before), "after": _step(request, picked.after)},
    }
    return render(request, "diffs/record.html", told)


@allowed("read")
def captures(request: HttpRequest, old: str, new: str) -> HttpResponse:
    """Two captures, as they are."""
    viewer = viewer_of(request)
    rows = Capture.objects.in_bulk([one.lower() for one in (old, new) if is_capture(one)])
    pair = [rows.get(one.lower()) for one in (old, new)]
    if pair[0] is None or pair[1] is None:
        raise errors.Shown(404, _("There is no such capture, or it is not shown."), _("Search for it instead."))
    why = withheld({one.payload_digest for one in rows.values()})
    if "restricted" in why.values() or captures_of_shut(rows.values()):
        if viewer.edits:
            raise errors.Shown(403, _("These bytes are under a restriction."))
        raise errors.Shown(404, _("There is no such capture, or it is not shown."), _("Search for it instead."))
    sides = []
    for at, one in enumerate(pair, 1):
        assert one is not None
        source = captured(one)
        sides.append(Side(at, one.at, one.id, source.digest, source.size, source, why.get(source.digest)))
    options = _options(request.GET)
    view = request.GET.get("view", "") if request.GET.get("view") in {"text", "links", "clauses"} else "text"
    tab = inside(place.holdings(), sides[0], sides[1], view, options, name=pair[1].url)
    seen = witnesses(place.holdings(), [side.capture for side in sides])
    told = _told(request, options, view, tab) | {
        "old": pair[0], "new": pair[1], "url": without_names(pair[1].url), "other_url": without_names(pair[0].url),
        "portal": pair[1].portal, "proof": [(side, seen.get(side.capture)) for side in sides],
        "same": sides[0].digest == sides[1].digest,
        "permalink": request.build_absolute_uri(reverse("diff-captures", args=[pair[0].id, pair[1].id])),
    }  # fmt: skip
    return render(request, "diffs/captures.html", told)


def _options(query: QueryDict) -> Options:
    by: By = "lines" if query.get("by") == "lines" else "words"
    return Options(by, noise=query.get("noise") == "1", page=number(query.get("page")))


def _told(request: HttpRequest, options: Options, view: str, tab: Tab) -> dict[str, Any]:
    return {"options": options, "view": view, "tab": tab, "here": request.get_full_path()}


def _fields(picked: Choice) -> FieldsDiff | None:
    if picked.versions is None:
        return None
    names = dict(File.objects.filter(record=picked.record.id).values_list("identity", "name")[:2000])
    left, right = (without_names(values_of(version, names)) for version in picked.versions)
    return fields_diff(left, right, flapping=set(left) | set(right) if picked.noise else ())


def _view(asked: str, picked: Choice, fields: FieldsDiff | None) -> str:
    """The tab that was asked for, where there is such a one; else the first that has something to show."""
    known = {"text", "rendered", "links", "clauses"} if picked.file else {"fields", "text", "files", "links", "clauses"}
    if asked in known:
        return asked
    if picked.file:
        return "text"
    if fields is not None and fields.changes:
        return "fields"
    return "files" if picked.pairs else "fields"


def _tab(view: str, picked: Choice, fields: FieldsDiff | None, options: Options) -> Tab:
    if view == "files":
        return Tab()
    if view == "fields":
        rows = tuple(field_rows(fields, noise=options.noise)) if fields else ()
        if fields is None:
            return Tab()
        said = summary(fields) if fields.changes else ""
        tab = Tab(said=said, set_aside=len(fields.noise), done=True)
        tab.blocks, tab.page, tab.pages = paged(iter([Block("", rows)]), options.page)
        return tab
    if picked.old is None or picked.new is None:
        return Tab()
    name = (picked.file.name or picked.file.identity) if picked.file else _("page")
    return inside(place.holdings(), picked.old, picked.new, view, options, name=name, file=picked.file)


def _permalink(request: HttpRequest, found: Record, picked: Choice, view: str) -> str:
    """This very comparison, whatever versions come later."""
    query = {"file": picked.file.id} if picked.file else {}
    if picked.old and picked.new:
        query |= {"from": str(picked.old.number), "to": str(picked.new.number)}
    query["view"] = view
    return request.build_absolute_uri(f"{reverse('diff', args=[found.portal, found.key])}?{urlencode(query)}")


def _step(request: HttpRequest, pair: tuple[int, int] | None) -> str:
    """This page with the versions one step away; empty where there are none."""
    if pair is None:
        return ""
    query = request.GET.copy()
    query.pop("page", None)
    query["from"], query["to"] = str(pair[0]), str(pair[1])
    return f"?{query.urlencode()}"


def _proof(picked: Choice) -> list[tuple[Side, Any]]:
    sides = [side for side in (picked.old, picked.new) if side is not None]
    seen = witnesses(place.holdings(), [side.capture for side in sides])
    return [(side, seen.get(side.capture)) for side in sides]
