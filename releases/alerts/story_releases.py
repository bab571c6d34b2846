"""Events in words, and together by the record they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from releases.alerts.filters import HEALTH_KINDS
from releases.alerts.story_shape import Happening, Release
from releases.alerts.wording import (  # fmt: skip
    CORRECTION_NOTES,
    FILE_ADJECTIVE,
    HEALTH_FIELDS,
    PLAIN_KINDS,
    SENTENCE,
    WEIGHT,
    clean,
    field_label,
    file_value,
    readable,
    sentence,
    web_link,
)
from releases.in_words import before_and_after
from releases.models import Event, Record
from releases.restricting.shown import as_told
from releases.retold import LONGEST, retold


def records_of(events: Iterable[Event]) -> dict[str, Record]:
    """Record id → record as it may be told, of those that `events` are about."""
    wanted = sorted({event.record for event in events if event.record})
    found: dict[str, Record] = {}
    for start in range(0, len(wanted), 500):
        found |= {row.id: as_told(row) for row in Record.objects.filter(id__in=wanted[start : start + 500])}
    return found


def grouped(events: Iterable[Event], records: dict[str, Record]) -> tuple[Release, ...]:
    """One release for each record, and for each portal's own events; what weighs most first."""
    together: dict[str, list[Event]] = {}
    for event in events:
        together.setdefault(event.record or f"{event.portal}/", []).append(event)
    made = []
    for group in together.values():
        newest, record = group[-1], records.get(group[-1].record)
        made.append(
            Release(
                key=clean((record and record.printed_key) or newest.key, 120),
                stable_key=clean(newest.key, 512),
                title=clean(newest.title, 240),
                kind=clean(record.kind if record else "", 40),
                url=web_link(newest.url),
                happenings=_together(_as_of_now(group)),
                record=newest.record,
            )
        )
    return tuple(sorted(made, key=_order))


def _as_of_now(group: Sequence[Event]) -> list[Happening]:
    """One record's or portal's events in words. A portal that was seen again is not called blocked now."""
    told = [happening(event) for event in group]
    again = max((place for place, one in enumerate(told) if one.kind == "recovered"), default=0)
    for place, one in enumerate(told[:again]):
        if one.kind in HEALTH_KINDS - {"recovered"} and not group[place].record:
            said = _("%(what)s on %(at)s UTC, and seen again since") % {
                "what": one.sentence.split(":", 1)[0], "at": f"{group[place].at:%Y-%m-%d %H:%M}",
            }  # fmt: skip
            told[place] = replace(one, sentence=said)
    return told


def _order(release: Release) -> tuple[bool, int, str]:
    """A portal's own health first: it says how far the rest can be trusted. Then as headlines weigh."""
    kinds = {happening.kind for happening in release.happenings}
    weight = min((WEIGHT.index(kind) for kind in kinds if kind in WEIGHT), default=len(WEIGHT))
    return not HEALTH_KINDS.issuperset(kinds), weight, release.key


def happening(event: Event) -> Happening:
    """One event in words."""
    files = tuple(
        (clean(f.get("name") or f.get("url"), 160), web_link(str(f.get("url", "")))) for f in event.files or []
    )
    said = _correction(event) if event.kind == "retracted" else sentence(event.kind, event.tags or ())
    if event.kind == "upcoming" and (why := clean(retold(str((event.new or {}).get("why") or "")))):
        said = _("Coming up: %(why)s") % {"why": why}
    return Happening(event.kind, said, _changes(event), files, tuple(event.captures or ()), event.id)


def _changes(event: Event) -> tuple[tuple[str, str, str], ...]:
    old, new = event.old or {}, event.new or {}
    if event.kind in FILE_ADJECTIVE:
        told = (("size", _("Size")), ("digest", "SHA-256")) if event.kind == "file_replaced" else ()
        sides = {name: (file_value(name, old.get(name)), file_value(name, new.get(name))) for name, _label in told}
        # “1,081 bytes → 1,081 bytes” would read like a fault.
        if "size" in sides and "size" in old and old["size"] == new.get("size"):
            sides["size"] = sides["size"][0], _("the same size, other bytes")
        return tuple((label, *sides[name]) for name, label in told if name in old or name in new)
    if event.kind in HEALTH_KINDS and not event.record:
        return tuple((label, "", clean(retold(value))) for label, value in health_facts(event))
    if event.kind in PLAIN_KINDS:
        # What a withdrawn record said last: nothing changed to nothing.
        values = old if event.kind == "withdrawn" else new
        if event.kind == "overdue":  # `why` is a sentence that holds the dates beside it
            values = {"why": retold(str(new.get("why") or "")), **{name: new.get(name) for name in ("rule", "basis")}}
        elif event.kind == "upcoming":  # its sentence is what happened
            values = {name: new.get(name) for name in ("rule", "basis")}
        known = (
            {"why": _("why"), "rule": _("rule"), "basis": _("basis")} if event.kind in {"overdue", "upcoming"} else {}
        )
        return tuple(
            (known.get(n) or field_label(n), "", readable(v)) for n, v in values.items() if v not in (None, "", [])
        )
    changes: list[tuple[str, str, str]] = []
    correction = event.kind == "retracted"
    for name in dict.fromkeys((*old, *new)):
        if correction and name in CORRECTION_NOTES:
            continue
        before, after = map(readable, before_and_after(old.get(name), new.get(name)))
        if before != after or correction:
            changes.append((field_label(name), before, after))
    return tuple(changes)


def health_facts(event: Event) -> list[tuple[str, str]]:
    """(name, value) of what is said of a portal: values as they were written down, names in words."""
    old, new = event.old or {}, event.new or {}
    why = clean(new.get("reason"), LONGEST)
    said = [
        (name, _(label), readable(new.get(name) or old.get(name))) for name, label in HEALTH_FIELDS if name != "reason"
    ]
    said.insert(1, ("reason", _("why"), why))
    # The reason mostly names the time already.
    return [(label, value) for name, label, value in said if value and (name != "since" or value not in why)]


def _correction(event: Event) -> str:
    """What was told, when, and why it was wrong; as much of it as the event says."""
    old, new = event.old or {}, event.new or {}
    what = sentence(str(old["kind"])).split(":", 1)[0] if str(old.get("kind", "")) in SENTENCE else ""
    when = clean(str(old.get("at", ""))[:10])
    if what and when:
        said = _("Correction: “%(what)s”, told on %(when)s, was wrong") % {"what": what, "when": when}
    elif what:
        said = _("Correction: “%(what)s” was wrong") % {"what": what}
    else:
        said = _("Correction: something told earlier was wrong")
    reason = clean(retold(str(new.get("reason") or "")))
    return f"{said}: {reason}" if reason else said


def _together(happenings: list[Happening]) -> tuple[Happening, ...]:
    """Twenty files added at once are one sentence with twenty names."""
    made: list[Happening] = []
    for one in happenings:
        last = made[-1] if made else None
        if last and last.kind == one.kind and one.files and not (one.changes or last.changes):
            captures = last.captures + one.captures
            made[-1] = Happening(one.kind, last.sentence, (), last.files + one.files, captures, last.id)
        else:
            made.append(one)
    return tuple(made)


def event_json(event: Event) -> dict[str, Any]:
    """An event in the shape every machine gets: see docs/reference/events."""
    return {
        "id": event.id, "at": event.at, "portal": event.portal, "key": event.key, "kind": event.kind,
        "backfill": event.backfill, "old": event.old, "new": event.new, "files": event.files,
        "captures": event.captures, "crawl": event.crawl, "tags": event.tags, "title": event.title, "url": event.url,
    }  # fmt: skip
