"""A file's page: what it is, its versions, and a viewer by its kind. Everything to be seen is in the address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from archive.catalog.models import Capture, Portal
from archive.unreadable import Errors
from releases.access import without_names
from releases.alerts.wording import web_link
from releases.models import FileVersion
from releases.text.engines import OCR
from releases.viewing.words import Page
from web.files.asked import Asked
from web.files.data import as_data
from web.files.looking import Looked, boxes, boxes_read_off
from web.files.opening import Opened, opened
from web.files.reading import hits, part_of, table_of
from web.files.recordings import recording
from web.files.wording import facts_in_words, state_words, withheld_words
from web.shell import unreadable
from web.shell.errors import Shown
from web.shell.viewer import allowed, viewer_of

_SHOWN_VERSIONS = 30


@allowed("read")
@require_safe
def file(request: HttpRequest, ident: str, form: str | None = None) -> HttpResponseBase:
    """The page of a file, and the same as data."""
    asked, viewer = Asked.of(request), viewer_of(request)
    if request.GET.get("v") and asked.version is None:
        raise Shown(404, _("This file has no such version."))
    found = opened(ident, viewer, asked.version)
    shown: dict[str, Any] = {"kind": "none"}
    looked = None
    if found.version is not None and found.why != "restricted":
        looked = Looked(found, found.version, viewer)
        shown = _without(unreadable.of_capture(found.version.capture), _viewed(looked, asked))
    if form:
        return HttpResponse(msgspec.json.encode(as_data(found, looked, shown)), content_type="application/json")
    return render(
        request, f"files/{_template(shown['kind'])}.html", {**_around(found, asked), "looked": looked, **shown}
    )


def _template(kind: str) -> str:
    return {
        "pdf": "pages", "text": "words", "table": "table", "listing": "words", "picture": "pages", "audio": "recording",
        "video": "recording",
    }.get(kind, "none")  # fmt: skip


def _around(found: Opened, asked: Asked) -> dict[str, Any]:
    """What every file's page has."""
    file, record = found.file, found.record
    capture = Capture.objects.filter(pk=found.version.capture).first() if found.version else None
    portal = Portal.objects.filter(slug=file.portal).first()
    return {
        "opened": found, "file": file, "version": found.version, "record": record, "name": found.name, "asked": asked,
        "title": without_names(record.title or record.key) if record else "",
        "record_address": f"/records/{file.portal}/{quote(record.key)}" if record else "",
        "portal_name": portal.name if portal else file.portal,
        "state": state_words(file), "outcome": without_names(file.outcome), "capture": capture,
        "source": web_link(without_names(found.version.url if found.version else file.url)),
        "versions": _versions(found, asked), "fewer": max(0, len(found.versions) - _SHOWN_VERSIONS),
        "newest": found.versions[-1].number if found.versions else 0,
        "gives_bytes": True,
    }  # fmt: skip


def _versions(found: Opened, asked: Asked) -> list[dict[str, Any]]:
    """The newest first, each with what it replaced."""
    rows: list[dict[str, Any]] = []
    before: FileVersion | None = None
    for version in found.versions:
        diff = f"/diff/captures/{before.capture}/{version.capture}" if before else ""
        rows.append(
            {"is": version, "before": before, "diff": diff, "link": asked.link(v=version.number, page=None, part=None)}
        )
        before = version
    return rows[::-1][:_SHOWN_VERSIONS]


def _viewed(looked: Looked, asked: Asked) -> dict[str, Any]:
    """What is to be seen of the version itself."""
    viewer, why = looked.viewer, looked.opened.why
    shown: dict[str, Any] = {
        "kind": looked.kind, "facts": facts_in_words(looked.facts), "why": why,
        "gives_bytes": looked.opened.gives_bytes(viewer), "words": looked.words,
    }  # fmt: skip
    if looked.kind in {"audio", "video"}:
        return shown | {"recording": recording(looked, asked)}
    if looked.kind == "none":
        return shown
    count, number = looked.count, asked.page or 0
    if number > count:
        raise Shown(
            404,
            ngettext("This file has one page.", "This file has %(n)s pages.", count) % {"n": f"{count:,}"},
            _("Ask for one of them."),
        )
    found = hits(looked.words, asked.q)
    number = number or (found.pages[0][0] if found.pages else 1)
    page = looked.words.page(number)
    shown |= {
        "count": count, "number": number, "page": page, "hits": found, "hits_here": found.on(number),
        "hit_before": found.before(number), "hit_after": found.after(number),
        "scanned_by": looked.words.ocr or OCR,
        "not_looked_through": withheld_words("unread") if not looked.words.settled else "",
    }  # fmt: skip
    if looked.kind == "table":
        return shown | {"part": table_of(page, asked, sheet="(python-calamine" in looked.words.engine)}
    shown["part"] = part_of(page, asked)
    if looked.kind in {"pdf", "picture"}:
        shown |= _picture(looked, asked, page)
    return shown


def _without(trouble: unreadable.Told | None, shown: dict[str, Any]) -> dict[str, Any]:
    """The same where the bytes cannot be had: what was made of them before is still there."""
    if trouble is None:
        return shown
    heard = shown.get("recording")
    if heard is not None and not heard.copy:
        shown["recording"] = replace(heard, source="")
    return shown | {"trouble": trouble, "gives_bytes": False}


def _picture(looked: Looked, asked: Asked, page: Page) -> dict[str, Any]:
    why = looked.withheld(page)
    if why:
        return {"no_picture": withheld_words(why)}
    try:
        drawn = looked.drawn(page.number)
    except Errors:
        return {"no_picture": _("No picture of this page was made before, and none can be made without its bytes.")}
    if not drawn.picture:
        return {"no_picture": _("This page cannot be drawn: %(why)s.") % {"why": drawn.error}}
    places = looked.words.placed(page) if page.scanned else ()
    return {
        "drawn": drawn, "for_editors": page.held, "placed": bool(places),
        "boxes": boxes(drawn, page, asked.q), "boxes_read_off": boxes_read_off(drawn, page, asked.q, places),
    }  # fmt: skip
