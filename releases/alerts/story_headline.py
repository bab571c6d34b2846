"""The one line a reader sees first: how many of what, which case, which portal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from releases.alerts.filters import HEALTH_KINDS
from releases.alerts.story_shape import Certificate, Release
from releases.alerts.wording import ADJECTIVE, FILE_ADJECTIVE, WEIGHT, clean, count, sentence
from releases.models import Event, Record


def headline(events: Sequence[Event], records: dict[str, Record], releases: Sequence[Release], portal: str) -> str:
    """Of one message's events, corrections aside; `portal` is its name, or how many they are."""
    if not events:
        return _("Nothing to tell · %(portal)s") % {"portal": portal}
    health = [event for event in events if event.kind in HEALTH_KINDS and not event.record]
    newest = {event.portal: event for event in health}  # of a week's ups and downs, how it stands
    pieces = [sentence(event.kind, event.tags or ()).split(":", 1)[0] for event in newest.values()][:2]
    tally, kinds = _tally(events, records)
    for kind in [k for k in (*WEIGHT, *tally) if k in tally][:3]:
        text = (
            count(tally[kind], FILE_ADJECTIVE[kind], {"file"})
            if kind in FILE_ADJECTIVE
            else count(tally[kind], ADJECTIVE.get(kind, kind), {"date"} if kind == "upcoming" else kinds[kind])
        )
        if text not in pieces:
            pieces.append(text)
    leading = next((k for k in WEIGHT if k in tally), "")
    first = sorted(releases, key=lambda release: leading not in {h.kind for h in release.happenings})
    return f"{', '.join(dict.fromkeys(pieces))}{_whose(first)} · {portal}"


def first_headline(events: Sequence[Event], records: dict[str, Record], portal: str) -> str:
    """Of a message that tells of a first look alone."""
    arrived, late = _first_look(events, records)
    if arrived:
        return _("%(counted)s — now watching · %(portal)s") % {"counted": arrived, "portal": portal}
    return _("%(counted)s at a first look · %(portal)s") % {"counted": late, "portal": portal}


def first_looks(events: Sequence[Event], records: dict[str, Record]) -> list[str]:
    """What a first look found, in sentences."""
    arrived, late = _first_look(events, records)
    said = []
    if arrived:
        said.append(_("First look: %(counted)s watched from now on; you hear of what changes") % {"counted": arrived})
    if late:
        told = _("Already overdue when first looked at: %(counted)s; `recordwatch deadlines --overdue` lists them")
        said.append(told % {"counted": late})
    return said


def _first_look(events: Sequence[Event], records: dict[str, Record]) -> tuple[str, str]:
    """How much a first look found: `20 cases`, or of a file commit `3 files`; and `4 overdue cases`."""

    def counted(idents: set[str], adjective: str) -> str:
        return count(len(idents), adjective, {records[i].kind for i in idents if i in records}) if idents else ""

    late = counted({event.record for event in events if event.kind == "overdue"}, "overdue")
    arrived = counted({event.record for event in events if event.kind == "new"}, "")
    files = sum(event.kind in FILE_ADJECTIVE for event in events)
    if not arrived and (files or not late):
        arrived = count(files or len(events), "", {"file"})
    return arrived, late


def correction_headline(corrections: Sequence[Release], portal: str) -> str:
    """Of a message that only corrects."""
    number = sum(len(release.happenings) for release in corrections)
    what = ngettext("Correction", "%(n)s corrections", number) % {"n": f"{number:,}"}
    return f"{what}{_whose(corrections)} · {portal}"


def digest_headline(news: str, corrections: Sequence[Release], certificate: Certificate, cadence: str) -> str:
    """`news` is the headline of what is new, empty when nothing is."""
    dark = sum(not portal.clear for portal in certificate.portals)
    wrong = sum(len(release.happenings) for release in corrections)
    pieces = [count(wrong, "", {"correction"})] if wrong else []
    pieces.append(news or _silence(certificate, dark, other=bool(wrong)))
    said = ", ".join(pieces)
    if not cadence:
        return _("%(said)s (digest)") % {"said": said}
    named = {"hourly": _("hourly"), "daily": _("daily"), "weekly": _("weekly")}.get(cadence, cadence)
    return _("%(said)s (%(cadence)s digest)") % {"said": said, "cadence": named}


def _silence(certificate: Certificate, dark: int, *, other: bool) -> str:
    """That nothing is new, and whether it was seen. `other`: beside the corrections."""
    number = len(certificate.portals)
    names = certificate.portals[0].name if number == 1 else _("%(n)s portals") % {"n": number}
    if not dark:
        said = _("nothing else new · %(portals)s") if other else _("Nothing new · %(portals)s")
    elif number == 1:
        said = (
            _("nothing else new, but %(portals)s was not seen all the time") if other
            else _("Nothing new, but %(portals)s was not seen all the time")
        )  # fmt: skip
    else:
        said = (
            _("nothing else new, but %(dark)s of %(portals)s not seen all the time") if other
            else _("Nothing new, but %(dark)s of %(portals)s not seen all the time")
        )  # fmt: skip
    return said % {"portals": names, "dark": dark}


def _whose(releases: Sequence[Release]) -> str:
    cases = [release.key for release in releases if release.key]
    who = f" — {clean(cases[0], 60)}" if cases else ""
    more = len(cases) - 1
    return who + (" " + _("and %(n)s more") % {"n": f"{more:,}"} if more > 0 else "")


def _tally(events: Sequence[Event], records: dict[str, Record]) -> tuple[Counter[str], dict[str, set[str]]]:
    """How many of each kind of event: one for each file, and one for each record of the others."""
    fresh = {event.record for event in events if event.kind == "new"}
    tally: Counter[str] = Counter()
    kinds: dict[str, set[str]] = {}
    seen = set()
    for event in events:
        if (event.kind in HEALTH_KINDS and not event.record) or (event.kind == "file_added" and event.record in fresh):
            continue
        mark = event.id if event.kind in FILE_ADJECTIVE else (event.record, event.kind)
        if mark not in seen:
            seen.add(mark)
            tally[event.kind] += 1
            kinds.setdefault(event.kind, set()).add(records[event.record].kind if event.record in records else "")
    return tally, kinds
