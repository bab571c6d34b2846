"""A file's page as data."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from releases.access import without_names
from web.files.looking import Looked
from web.files.opening import Opened


def as_data(found: Opened, looked: Looked | None, shown: dict[str, Any]) -> dict[str, Any]:
    """What the page shows: without what this viewer may not see. `shown`: the page's own variables."""
    file, record = found.file, found.record
    data: dict[str, Any] = {
        "id": file.id, "name": found.name, "portal": file.portal, "kind": file.kind, "state": file.state,
        "outcome": without_names(file.outcome), "url": without_names(file.url), "first_seen_at": file.first_seen_at,
        "checked_at": file.checked_at,
        "record": {"key": without_names(record.key), "title": without_names(record.title)} if record else None,
        "versions": [
            {
                "number": one.number, "at": one.at, "url": url, "digest": one.digest, "size": one.size,
                "mime": one.mime, "capture": one.capture, "bytes": reverse("file-bytes", args=[file.id, one.number]),
            }
            for one, url in zip(found.versions, without_names([one.url for one in found.versions]), strict=True)
        ],
        "version": found.version.number if found.version else None,
        "withheld": found.why, "viewer": shown["kind"],
        "unreadable": shown["trouble"].data if "trouble" in shown else None,
    }  # fmt: skip
    if looked is None:
        return data
    data["facts"] = [
        {"kind": row.kind, "engine": row.engine, "facts": without_names(row.facts)} for row in looked.facts
    ]
    if "recording" in shown:
        made = shown["recording"]
        data["tracks"] = [
            {"name": one.name, "label": one.label, "address": reverse("file-captions", args=[file.id, looked.version.number, one.name])}
            for one in made.tracks
        ]  # fmt: skip
        data["cues"] = [{"start": one.start, "end": one.end, "text": one.text} for one in made.cues]
        data["hits"] = list(made.hits)
    elif "page" in shown:
        page, hits = shown["page"], shown["hits"]
        data["pages"] = shown["count"]
        data["page"] = {
            "number": shown["number"], "text": page.text, "unreadable": page.unread, "held_back": page.held, "read_off_its_picture": page.scanned,
            "confidence": page.confidence or None,
            "marks": [list(box) for box in shown.get("boxes", ())],
            "marks_read_off": [list(box) for box in shown.get("boxes_read_off", ())],
            "picture": [shown["drawn"].width, shown["drawn"].height] if "drawn" in shown else None,
        }  # fmt: skip
        data["hits"] = [{"page": number, "count": count} for number, count in hits.pages]
    return data
