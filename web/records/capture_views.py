"""A capture's page: what was asked and answered when, where it lies, who witnessed it, how to check it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from archive.catalog.models import Capture, Crawl, Derived, Restriction, Warc
from archive.holdings import Holdings
from config.errors import RecordwatchError
from releases.access import Why, captures_of_shut, shut_records, withheld, without_names
from releases.alerts.story_portal import portal_name
from releases.alerts.wording import web_link
from releases.models import File, FileVersion, Record
from releases.restricting.shown import unnamed
from web.listing.keyset import page as page_of
from web.outside.memento import marked
from web.records.archived import EXTRACTED, check, extracted_keys, heads, words
from web.records.witness import witness
from web.shell import errors, place, unreadable
from web.shell.viewer import Viewer, allowed, viewer_of

_MOST = 12
_HTML = ("text/html", "application/xhtml+xml")
_ROW = (
    "id", "portal", "crawl", "kind", "method", "url", "at", "status", "mime", "payload_digest", "payload_length", "etag",
    "last_modified", "truncated", "refers_to", "address", "warc", "offset", "length", "location", "error",
)  # fmt: skip


@allowed("read")
def capture(request: HttpRequest, ident: str, form: str | None = None) -> HttpResponse:
    """The page; `?check=1` reads and hashes it again."""
    viewer = viewer_of(request)
    row = Capture.objects.filter(id=ident).first() if len(ident) <= 36 and "\0" not in ident else None
    why = why_of(row) if row else None
    if row is None or (why == "restricted" and not viewer.edits):
        raise errors.Shown(404, _("There is no such capture, or it is not shown."), _("Search for it instead."))
    if why == "restricted":
        held = Restriction.objects.filter(digest=row.payload_digest, lifted_at=None).order_by("-at", "-id")
        told = {"capture": row, "why": list(held[:10]), "form": form}
        if form:
            raise errors.Shown(403, _("These bytes are under a restriction."))
        return render(request, "records/capture_restricted.html", told, status=403)
    holdings = place.holdings()
    if form == "json":
        return HttpResponse(msgspec.json.encode(data_of(holdings, row, why)), content_type="application/json")
    page = render(request, "records/capture.html", _context(request, holdings, row, why, viewer))
    # Of an address with a name in it that is not told, other tools hear nothing.
    return page if row.kind == "deposit" or without_names(row.url) != row.url else marked(request, page, row)


def why_of(row: Capture) -> Why | None:
    """Why it is not shown, or its bytes are not given: also one without bytes tells by its address."""
    return "restricted" if captures_of_shut([row]) else withheld({row.payload_digest}).get(row.payload_digest)


def _context(request: HttpRequest, holdings: Holdings, row: Capture, why: Why | None, viewer: Viewer) -> dict[str, Any]:
    page = row.mime.partition(";")[0].strip().lower() in _HTML and row.kind != "failed"
    same = Capture.objects.filter(url=row.url)
    crawl = Crawl.objects.filter(id=row.crawl).first()
    stored = Warc.objects.filter(key=row.warc).first()
    files, derived = (
        _files(row),
        list(Derived.objects.filter(capture=row.id).order_by("kind", "engine", "page", "id")[: 2 * _MOST]),
    )
    return {
        "capture": row,
        "why": why,
        "given": row.payload_length > 0 and row.kind != "failed" and (why is None or (why == "quarantined" and viewer.edits)),
        "link": web_link(row.url),
        "portal_name": portal_name(holdings.home, row.portal),
        "crawl": crawl,
        "heads": without_names(heads(holdings, row)),
        "trouble": _trouble(row),
        "witness": witness(holdings, stored),
        "stored": stored,
        "original": Capture.objects.filter(id=row.refers_to).first() if row.refers_to else None,
        "parts": _parts(holdings, row),
        "before": same.filter(at__lt=row.at).order_by("-at", "-id").first(),
        "after": same.filter(at__gt=row.at).order_by("at", "id").first(),
        "others": page_of(request, same.exclude(id=row.id), ("-at", "-id"), _MOST),
        "url": without_names(row.url),
        "archive_name": row.warc.rpartition("/")[2],
        "twins": _twins(row),
        "derived": derived,
        "proves": _proves(holdings, row, files, derived),
        "files": files,
        "words": words(holdings, row) if page and why is None else None,
        "page": page,
        "checked": check(holdings, row) if request.GET.get("check") == "1" else None,
    }  # fmt: skip


def _trouble(row: Capture) -> unreadable.Told | None:
    """Why its bytes cannot be given now. One without bytes has none."""
    return unreadable.of_capture(row.id) if row.payload_length and row.kind != "failed" else None


def data_of(holdings: Holdings, row: Capture, why: Why | None) -> dict[str, Any]:
    read, seen = heads(holdings, row), witness(holdings, Warc.objects.filter(key=row.warc).first())
    entry = seen.entry
    said = {
        **{name: getattr(row, name) for name in _ROW},
        "withheld": why,
        "unreadable": trouble.data if (trouble := _trouble(row)) else None,
        "witness": entry and {"seq": entry.seq, "at": entry.at, "sha256": entry.sha256, "timestamped": seen.stamped},
        "request_head": {"first": read.asked, "headers": read.request},
        "answer_head": {"first": read.first, "headers": read.answer},
    }
    masked: dict[str, Any] = without_names(said)
    return masked


def _parts(holdings: Holdings, row: Capture) -> list[tuple[str, int]]:
    """Of a file that came in parts: capture and bytes of each."""
    if row.kind != "assembled":
        return []
    try:
        return [(part.capture, part.length) for part in holdings.manifest(holdings.place(row.id)).parts[:200]]
    except RecordwatchError:
        return []


def _twins(row: Capture) -> list[Capture]:
    """Other captures of the very same bytes, at whatever address."""
    if not row.payload_digest or not row.payload_length:
        return []
    # Not revisits: of a page that never changes there are thousands.
    same = Capture.objects.filter(payload_digest=row.payload_digest, kind__in=("response", "deposit", "assembled"))
    return list(same.exclude(id=row.id).exclude(url=row.url).order_by("-id")[:_MOST])


def _files(row: Capture) -> list[tuple[File, FileVersion]]:
    """Files that have these bytes."""
    if not row.payload_digest or not row.payload_length:
        return []
    versions = {one.file: one for one in FileVersion.objects.filter(digest=row.payload_digest).order_by("id")[:_MOST]}
    rows = File.objects.filter(id__in=sorted(versions)).exclude(record__in=shut_records())
    return [(one, versions[one.id]) for one in rows.order_by("first_seen_at", "id")]


def _proves(
    holdings: Holdings, row: Capture, files: list[tuple[File, FileVersion]], derived: list[Derived]
) -> list[Record]:
    """Records that were read from it, or have these bytes as a file."""
    keys = extracted_keys(holdings, [one for one in derived if one.mime == EXTRACTED])
    ids = set(Record.objects.filter(portal=row.portal, key__in=keys).values_list("id", flat=True))
    ids |= {one.record for one, _version in files}
    rows = Record.objects.filter(id__in=sorted(ids - shut_records()))
    return unnamed(rows.order_by("portal", "key")[:_MOST])
