"""A record's files as its page shows them: state, versions, facts, what is withheld, and how they play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from releases.access import Why, withheld, without_names
from releases.alerts.wording import clean, web_link
from releases.facts.model import READINGS
from releases.ledger.readings import facts_of, readings_of
from releases.models import File, FileVersion, Record

SIZE = 12
"""Files of one page."""
_VERSIONS = 6
"""Versions told of one file; its own page has them all."""
_LONGEST_LINK = 2000
_PLAYS = {
    "video/mp4": "video", "video/webm": "video", "video/ogg": "video", "audio/mpeg": "audio", "audio/mp4": "audio",
    "audio/wav": "audio", "audio/x-wav": "audio", "audio/wave": "audio", "audio/ogg": "audio", "audio/webm": "audio",
    "audio/flac": "audio", "audio/aac": "audio", "image/jpeg": "image", "image/png": "image", "image/gif": "image",
    "image/webp": "image", "application/pdf": "pdf",
}  # fmt: skip
"""What browsers show by themselves, and as what."""


@dataclass(frozen=True, slots=True)
class Held:
    """One version of a file."""

    number: int
    at: Any
    size: int
    mime: str
    digest: str
    capture: str
    why: Why | None = None
    """Why its bytes are not given; None where they are."""


@dataclass(frozen=True, slots=True)
class Attached:
    """One file."""

    id: str
    name: str
    kind: str
    state: str
    """present, gone, withdrawn, unlisted, deposited; `never held` where no bytes ever came."""
    link: str
    """At its source; empty unless http(s)."""
    outcome: str
    checked_at: Any
    held: tuple[Held, ...]
    """Newest first, at most a few."""
    earlier: int
    """Versions beyond those."""
    facts: tuple[tuple[str, Any], ...]
    """(`seconds`, `pages`, `wide`, `note`, value)"""
    plays: str
    """video, audio, image, pdf; empty where a browser shows nothing."""
    unread: tuple[str, ...] = ()
    """What came of reading its words, where that is worth a word."""

    @property
    def newest(self) -> Held | None:
        return self.held[0] if self.held else None

    @property
    def replaced(self) -> bool:
        return len(self.held) > 1


@dataclass(frozen=True, slots=True)
class Files:
    """A page of them."""

    rows: list[Attached]
    total: int
    page: int
    pages: int


def files(record: Record, page: int) -> Files:
    """Page `page`, from 1, of the record's files: those that are there before those that went. Five queries, one
    more where there are several pages.
    """
    own = File.objects.filter(record=record.id).order_by("first_seen_at", "id")
    few = list(own[: SIZE + 1])
    if len(few) <= SIZE:
        return Files(_attached(sorted(few, key=lambda one: _went(one.state))), len(few), 1, 1)
    ids = [ident for ident, _ in sorted(own.values_list("id", "state"), key=lambda one: _went(one[1]))]
    pages = -(-len(ids) // SIZE)
    page = min(max(page, 1), pages)
    rows = File.objects.in_bulk(ids[(page - 1) * SIZE : page * SIZE])
    shown = [rows[ident] for ident in ids[(page - 1) * SIZE : page * SIZE] if ident in rows]
    return Files(_attached(shown), len(ids), page, pages)


def _went(state: str) -> bool:
    return state in {"withdrawn", "unlisted"}


def _attached(rows: Sequence[File]) -> list[Attached]:
    versions: dict[str, list[FileVersion]] = {row.id: [] for row in rows}
    for version in FileVersion.objects.filter(file__in=list(versions)).order_by("file", "-number"):
        versions[version.file].append(version)
    told = {ident: held[:_VERSIONS] for ident, held in versions.items()}
    digests = {version.digest for held in told.values() for version in held}
    why, known = withheld(digests), facts_of(digests)
    read = readings_of(known)
    facts = {one.digest: one.facts for one in known if one.kind not in READINGS}
    made = []
    for row in rows:
        held = tuple(
            Held(one.number, one.at, one.size, one.mime, one.digest, one.capture, why.get(one.digest))
            for one in told[row.id]
        )
        last = held[0] if held else None
        mime = last.mime.partition(";")[0].strip().lower() if last else ""
        made.append(
            Attached(
                row.id,
                without_names(clean(row.name or row.identity, 200)),
                row.kind,
                row.state if held or row.state != "present" else "never held",
                web_link(row.url) if len(row.url) < _LONGEST_LINK else "",
                without_names(clean(row.outcome)),
                row.checked_at,
                held,
                len(versions[row.id]) - len(held),
                _facts(facts.get(last.digest, {})) if last and last.why != "restricted" else (),
                "" if last is None or last.why else _PLAYS.get(mime, ""),
                _reading(read.get(last.digest, [])) if last else (),
            )
        )
    return made


def _facts(facts: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    said: list[tuple[str, Any]] = []
    if isinstance(facts.get("duration"), (int, float)):
        said.append(("seconds", facts["duration"]))
    if facts.get("kind") == "pdf":
        said.append(("pages", facts.get("count", 0)))
    if facts.get("width") and facts.get("height"):
        said.append(("wide", f"{facts['width']} × {facts['height']}"))
    said += [("stream", clean(stream, 80)) for stream in list(facts.get("streams") or ())[:4]]
    if facts.get("note"):
        said.append(("note", without_names(clean(facts["note"]))))
    return tuple(said)


def _reading(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    said = []
    for one in rows:
        if one["how"] == "ocr" and one["engine"]:
            said.append("read off its pictures")
        elif one["how"] == "ocr":
            said.append("a scan nobody has read yet")
        elif one["trouble"]:
            said.append(clean(one["error"]))
    return tuple(dict.fromkeys(said))
