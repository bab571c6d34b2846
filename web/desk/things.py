"""What folders, lists and notes are about: records, files, captures, as far as they are shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from archive.catalog.models import Capture
from releases.access import captures_of_shut, shut_records, withheld, without_names
from releases.alerts.wording import clean
from releases.models import File, Record
from web.desk.mine import nothing, plain
from web.desk.models import FolderItem, Note
from web.front.told import record_address

KINDS = ("record", "file", "capture")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of the archive that is shown."""

    kind: str
    id: str
    title: str
    address: str
    """Our page of it."""
    portal: str
    record: Record | None = None


def titles_of(records: Collection[str]) -> dict[str, Thing]:
    """Record id → thing; without those that are not shown."""
    return {ident: thing for (_kind, ident), thing in things({("record", ident) for ident in records}).items()}


def things(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Thing]:
    """(kind, id) → thing; without what is not there or not shown. A query for each kind."""
    hidden = shut_records()
    by_kind = {kind: sorted({ident for one, ident in wanted if one == kind}) for kind in KINDS}
    files = {file.id: file for file in File.objects.filter(id__in=by_kind["file"])} if by_kind["file"] else {}
    captures = {one.id: one for one in Capture.objects.filter(id__in=by_kind["capture"])} if by_kind["capture"] else {}
    needed = {*by_kind["record"], *(file.record for file in files.values())}
    records = {one.id: one for one in Record.objects.filter(id__in=sorted(needed - hidden))} if needed else {}
    why = withheld([one.payload_digest for one in captures.values()] + [one.digest for one in files.values()])
    closed = {digest for digest, reason in why.items() if reason == "restricted"}
    found: dict[tuple[str, str], Thing] = {}
    for ident in by_kind["record"]:
        if one := records.get(ident):
            found["record", ident] = Thing("record", ident, _title(one), record_address(one.portal, one.key), one.portal, one)  # fmt: skip
    for ident, file in files.items():
        if file.record in records and file.digest not in closed:
            title = f"{clean(file.name or file.identity, 160)} · {_title(records[file.record])}"
            found["file", ident] = Thing("file", ident, title, f"/files/{ident}", file.portal, records[file.record])
    of_shut = captures_of_shut(captures.values())
    for ident, capture in captures.items():
        if capture.payload_digest not in closed and ident not in of_shut:
            title = f"{clean(capture.url, 200)} · {capture.at:%Y-%m-%d %H:%M} UTC"
            found["capture", ident] = Thing("capture", ident, title, f"/captures/{ident}", capture.portal)
    names = without_names([thing.title for thing in found.values()])
    return {
        key: Thing(thing.kind, thing.id, name, thing.address, thing.portal, thing.record)
        for (key, thing), name in zip(found.items(), names, strict=True)
    }


def thing(kind: str, ident: object) -> Thing:
    """One of them. Raises Shown (404)."""
    found = things({(kind, plain(ident, 36))}) if kind in KINDS else {}
    if not found:
        raise nothing()
    return next(iter(found.values()))


def _title(record: Record) -> str:
    title, key = clean(record.title, 200), clean(record.printed_key or record.key, 120)
    return title if key.casefold() in title.casefold() else " · ".join(filter(None, (key, title)))


def named_notes(notes: Sequence[Note]) -> list[dict[str, Any]]:
    """Notes with what they are about; None where that is not shown (any more)."""
    found = things({(note.kind, note.what) for note in notes})
    return [{"it": note, "about": found.get((note.kind, note.what)), "address": _at(found.get((note.kind, note.what)), note.page)} for note in notes]  # fmt: skip


def named_items(items: Sequence[FolderItem]) -> list[dict[str, Any]]:
    """Items of a folder as it shows and exports them."""
    found = things({(item.kind, item.what) for item in items if item.what})
    rows = []
    for item in items:
        about = found.get((item.kind, item.what)) if item.what else None
        if item.kind == "search":
            title, address = item.text, f"/search?{urlencode({'q': item.text})}"
        elif item.kind == "note":
            title, address = "", ""
        else:
            title, address = (about.title if about else _("not shown")), _at(about, item.page, item.version)
        rows.append({"it": item, "about": about, "title": title, "address": address})
    return rows


def _at(about: Thing | None, page: int, version: int = 0) -> str:
    if about is None:
        return ""
    query = {"v": version if about.kind == "file" else 0, "page": page}
    said = "&".join(f"{name}={quote(str(value))}" for name, value in query.items() if value)
    return about.address + (f"?{said}" if said else "")
