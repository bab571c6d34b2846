"""Files and captures: what is held, and what proves it."""

# ruff: noqa: B008  the parameters of an operation are described where they stand
from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.params.functions import Query

from archive.catalog.models import Capture
from releases.access import withheld, without_names
from releases.models import File
from releases.restricting.shown import unnamed
from web.api.portals import WRONG
from web.api.schema import LIMIT, After, CaptureRow, Error, FileRow, Limit, OneCapture, OneFile, Page, Words
from web.api.told import file_row, open_captures, open_files, walked
from web.files.opening import opened
from web.records.capture_views import data_of, why_of
from web.shell import place, unreadable
from web.shell.errors import Shown
from web.shell.viewer import viewer_of

router = Router(tags=["files and captures"])
_VERSION = ("number", "at", "crawl", "digest", "size", "mime", "capture")


@router.get("/files", response={200: Page[FileRow], WRONG: Error})
def files(
    request: HttpRequest,
    portal: Words = "",
    record: Words = Query("", description="Id of a record."),
    kind: Words = Query("", description="video, audio, report, …"),
    state: Words = "",
    after: After = "",
    limit: Limit = LIMIT,
) -> Any:
    """Files that records have, in their newest state."""
    del request
    keys: tuple[str, ...] = ("id",)
    rows = File.objects.all()
    if record:
        rows = rows.filter(record=record)
        rows = rows.filter(portal=portal) if portal else rows
    elif portal:
        rows, keys = rows.filter(portal=portal), ("identity", "id")

    def keep(batch: list[File]) -> list[File]:
        return [one for one in batch if (not kind or one.kind == kind) and (not state or one.state == state)]

    found, on = walked(rows, keys, after, limit, keep)
    return {"rows": open_files(found), "next": on}


@router.get("/files/{ident}", response={200: OneFile, WRONG: Error})
def file(request: HttpRequest, ident: str) -> Any:
    """One file, its versions, and where its bytes and its text are."""
    viewer = viewer_of(request)
    found = opened(ident[:64], viewer)
    why = withheld({one.digest for one in found.versions})
    row = file_row(unnamed([found.file])[0], why)
    number = found.version.number if found.version else 0
    given = found.version is not None and found.gives_bytes(viewer)
    urls = without_names([one.url for one in found.versions])
    told = found.version is not None and found.why != "restricted"
    trouble = unreadable.of_capture(found.version.capture) if found.version is not None and told else None
    return {
        **row,
        "key": without_names(found.record.key) if found.record else None,
        "outcome": without_names(found.file.outcome),
        "versions": [
            {name: getattr(one, name) for name in _VERSION} | {"url": url, "withheld": why.get(one.digest)}
            for one, url in zip(found.versions, urls, strict=True)
        ],
        "bytes": reverse("file-bytes", args=[found.file.id, number]) if given and trouble is None else "",
        "text": reverse("file-text", args=[found.file.id, number]) if number else "",
        "unreadable": trouble.data if trouble else None,
    }


@router.get("/captures", response={200: Page[CaptureRow], WRONG: Error})
def captures(
    request: HttpRequest,
    url: Words = Query("", description="Only of this very address; /cdx finds it in other forms too."),
    crawl: Words = "",
    after: After = "",
    limit: Limit = LIMIT,
) -> Any:
    """Captures, newest first."""
    del request
    keys: tuple[str, ...] = ("-id",)
    rows = Capture.objects.all()
    if url:
        rows, keys = rows.filter(url=url), ("-at", "-id")
    rows = rows.filter(crawl=crawl) if crawl else rows
    found, on = walked(rows, keys, after, limit)
    return {"rows": open_captures(found), "next": on}


@router.get("/captures/{ident}", response={200: OneCapture, WRONG: Error})
def capture(request: HttpRequest, ident: str) -> Any:
    """One capture: what was asked and answered, where it lies, who witnessed it."""
    del request
    row = Capture.objects.filter(id=ident).first() if len(ident) <= 36 and "\0" not in ident else None
    why = why_of(row) if row else None
    if row is None or why == "restricted":
        raise Shown(404, _("There is no such capture, or it is not shown."), _("Search for it instead."))
    return data_of(place.holdings(), row, why)
