"""Events as pages tell them: in words, with their files, their evidence, and what is known against them by now.

For a whole page at once: a handful of queries, however many events there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from urllib.parse import quote

from django.utils.translation import gettext as _

from archive.catalog.models import Portal
from releases.access import Why, of_portals, withheld, without_names
from releases.alerts.filters import HEALTH_KINDS
from releases.alerts.story_releases import happening, health_facts, records_of
from releases.alerts.wording import FILE_ADJECTIVE, PLAIN_KINDS, clean, web_link
from releases.ledger.retract import retractions
from releases.models import Event, File, FileVersion, Record, RecordVersion
from releases.recordings import posters
from releases.restricting.in_force import in_force
from releases.restricting.shown import as_told, undigested
from web.front.late import lateness
from web.front.saying import STORED, said, tag_words

_SLICE = 500
_MOST_FACTS = 40
"""Values of one event that are told."""


@dataclass(frozen=True, slots=True)
class ToldFile:
    """A file that an event names."""

    id: str
    name: str
    kind: str
    source: str
    """At the portal; empty unless http(s)."""
    version: int
    """The one the event is about; 0 while no bytes are held."""
    size: int
    mime: str
    digest: str
    poster: bool
    """Whether a small picture of it is held and may be shown."""
    why: Why | None
    """Why its bytes are not given as they are."""

    @property
    def address(self) -> str:
        """Our viewer."""
        return f"/files/{self.id}" + (f"?v={self.version}" if self.version else "")


@dataclass(frozen=True, slots=True)
class Told:
    """One event as a page tells it. Texts are of one line, and without names that nobody may read."""

    event: Event
    record: Record | None
    key: str
    """As the portal prints it; empty for a portal's own events."""
    title: str
    portal_name: str
    sentence: str
    """What its kind alone does not say; mostly empty."""
    changes: tuple[tuple[str, str, str], ...]
    """(field, before, after); an empty text where there was or is nothing."""
    facts: tuple[tuple[str, str], ...]
    """(field, value), where nothing changed: what a new record says. Of a portal's own events as it was written down."""
    files: tuple[ToldFile, ...]
    source: str
    """The record's or portal's page, as http(s) link; else empty."""
    tags: tuple[tuple[str, str], ...]
    """(in a word or two, in a sentence)"""
    late: str
    """How late against a rule, where it is known."""
    correction: Event | None
    """The event that took it back."""
    reason: str
    """Why it was taken back, as it was written down."""
    diff: str
    """Address where before and after stand beside each other; empty where there is no such thing."""

    @property
    def stored(self) -> bool:
        """Whether `sentence` was written down in English when it happened."""
        return self.event.kind in STORED

    @property
    def printed(self) -> bool:
        """Whether `changes` and `facts` are what the portal says, in its language; else they are ours."""
        return bool(self.event.record) and self.event.kind not in FILE_ADJECTIVE

    @property
    def address(self) -> str:
        """Our page of its record, or portal."""
        return record_address(self.event.portal, self.event.key) if self.event.key else f"/portals/{self.event.portal}"

    @property
    def pictures(self) -> tuple[ToldFile, ...]:
        return tuple(file for file in self.files if file.poster)


def record_address(portal: str, key: str) -> str:
    """Our page of a record; a key may hold slashes."""
    return f"/records/{quote(portal)}/{quote(key)}"


def named(events: Iterable[Event]) -> list[Event]:
    """Copies of `events` in which names that nobody may read are masked."""
    given = [copy(event) for event in events]
    texts = without_names([[one.title, one.old, one.new, one.files] for one in given])
    digests = in_force().digests
    for one, its in zip(given, texts, strict=True):
        told = undigested(its, digests) if digests else its
        one.title, one.old, one.new, one.files = told if one.record else of_portals(told)
    return given


@dataclass(frozen=True, slots=True)
class OneRecord:
    """What is known already of the record that all events are about."""

    record: Record
    numbers: Mapping[str, int]
    """Crawl → the newest version that it made."""
    names: Mapping[str, str]
    """Slug → portal."""
    corrected: bool
    """Whether any of its events was taken back."""


def tell(events: Sequence[Event], of: OneRecord | None = None) -> list[Told]:
    """`events` as pages tell them, in their order; `of`: when they are all about one record. Reads the database."""
    given = named(events)
    records = {of.record.id: as_told(of.record)} if of else records_of(given)
    wrong = retractions(given) if of is None or of.corrected else {}
    files = _files(given)
    numbers = {(of.record.id, crawl): n for crawl, n in of.numbers.items()} if of else _versions(given)
    late = lateness(given, wrong)
    slugs = {event.portal for event in given}
    names = of.names if of else dict(Portal.objects.filter(slug__in=slugs).values_list("slug", "name"))
    return [
        _told(event, records.get(event.record), wrong.get(event.id), files.get(event.id, ()), numbers, late, names)
        for event in given
    ]


def _told(
    event: Event,
    record: Record | None,
    correction: Event | None,
    files: Sequence[ToldFile],
    numbers: Mapping[tuple[str, str], int],
    late: Mapping[str, str],
    names: Mapping[str, str],
) -> Told:
    words = happening(event)
    sentence, plain = said(event), event.kind in PLAIN_KINDS
    if event.kind in HEALTH_KINDS and not event.record:
        facts = health_facts(event)
    else:  # the sentence says why already
        why = event.kind in STORED
        facts = [(name, value) for name, _none, value in words.changes if plain and not (why and name == _("why"))]
    return Told(
        event=event,
        record=record,
        key=clean((record and record.printed_key) or event.key, 120),
        title=clean(event.title, 240),
        portal_name=clean(names.get(event.portal) or event.portal, 120),
        sentence=sentence,
        changes=() if plain else words.changes[:_MOST_FACTS],
        facts=tuple(facts[:_MOST_FACTS]),
        files=tuple(files),
        source=web_link(event.url),
        tags=tuple(tag_words(str(tag)) for tag in event.tags or ()),
        late=late.get(event.id, ""),
        correction=correction,
        reason=clean((correction.new or {}).get("reason")) if correction else "",
        diff=_diff(event, files, numbers),
    )


def _diff(event: Event, files: Sequence[ToldFile], numbers: Mapping[tuple[str, str], int]) -> str:
    if event.kind == "file_replaced" and len(files) == 1 and files[0].version > 1:
        number, which = files[0].version, f"&file={quote(files[0].id)}"
    elif event.kind in {"changed", "restored"} and numbers.get((event.record, event.crawl), 0) > 1:
        number, which = numbers[event.record, event.crawl], ""
    else:
        return ""
    return f"/diff/{quote(event.portal)}/{quote(event.key)}?from={number - 1}&to={number}{which}"


def _versions(events: Iterable[Event]) -> dict[tuple[str, str], int]:
    """(record, crawl) → number of the version that the crawl made, of those that changed."""
    wanted = sorted({event.record for event in events if event.kind in {"changed", "restored"}})
    found: dict[tuple[str, str], int] = {}
    for start in range(0, len(wanted), _SLICE):
        rows = RecordVersion.objects.filter(record__in=wanted[start : start + _SLICE]).order_by("number")
        found.update(
            {(record, crawl): number for record, crawl, number in rows.values_list("record", "crawl", "number")}
        )
    return found


def _files(events: Iterable[Event]) -> dict[str, tuple[ToldFile, ...]]:
    """Event id → the files it names, each in the version the event is about."""
    asked = {event.id: (event, [file for file in event.files or [] if file.get("id")]) for event in events}
    wanted = sorted({str(file["id"]) for _event, files in asked.values() for file in files})
    rows: dict[str, File] = {}
    versions: dict[str, list[FileVersion]] = {}
    for start in range(0, len(wanted), _SLICE):
        part = wanted[start : start + _SLICE]
        rows |= {row.id: row for row in File.objects.filter(id__in=part)}
        for version in FileVersion.objects.filter(file__in=part).order_by("number"):
            versions.setdefault(version.file, []).append(version)
    meant = {
        (ident, file["id"]): _meant(event, versions.get(file["id"], ())) for ident, (event, files) in asked.items()
        for file in files
    }  # fmt: skip
    digests = {version.digest for version in meant.values() if version} | {row.digest for row in rows.values()}
    shut = withheld(digests)
    shown = posters({row.digest for row in rows.values()} - shut.keys())
    return {
        ident: tuple(_file(file, rows.get(file["id"]), meant[ident, file["id"]], shut, shown) for file in files)
        for ident, (_event, files) in asked.items()
    }


def _meant(event: Event, versions: Sequence[FileVersion]) -> FileVersion | None:
    """The version that `event` is about: the one with its bytes, else the newest there was by then, else the first.

    Files are fetched after their record's page was read, so a first version may be a little younger than its event.
    """
    digest = (event.new or {}).get("digest") if event.kind.startswith("file_") else None
    same = [version for version in versions if digest and version.digest == digest and version.crawl == event.crawl]
    by_then = [version for version in versions if version.at <= event.at]
    return next(iter(same or by_then[-1:] or versions[:1]), None)


def _file(
    said_of: Mapping[str, object], row: File | None, version: FileVersion | None, shut: Mapping[str, Why], shown: Mapping[str, object]
) -> ToldFile:  # fmt: skip
    digest = version.digest if version else ""
    name = clean(said_of.get("name"), 160) or clean(said_of.get("url"), 160)
    return ToldFile(
        id=str(said_of["id"]),
        name=name,
        kind=clean(said_of.get("kind"), 40),
        source=web_link(str(said_of.get("url", ""))),
        version=version.number if version else 0,
        size=version.size if version else 0,
        mime=version.mime.partition(";")[0].strip() if version else "",
        digest="" if shut.get(digest) == "restricted" else digest,
        poster=row is not None and row.digest in shown and digest not in shut,
        why=shut.get(digest),
    )
