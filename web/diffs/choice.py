"""Which two versions an address means: of a record, or of one of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from archive.catalog.models import Capture, Warc
from archive.holdings import Holdings
from releases.access import Why, withheld
from releases.diff.reading import Source
from releases.diff.sides import captured, file_source, files_then, own_page
from releases.diff.versions import Chosen, chosen, file_versions_of, named_file, parse
from releases.models import File, FileVersion, Record, RecordVersion
from releases.restricting.shown import unnamed
from web.records.witness import Witness, witness

V = TypeVar("V", RecordVersion, FileVersion)
_MOST_FILES = 400
MOST_LISTED = 150
"""Versions that a selector lists."""
_LONGEST = 80
"""Characters of what names a version."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side: a version, and the capture that proves it."""

    number: int
    at: datetime
    capture: str = ""
    digest: str = ""
    size: int = 0
    source: Source | None = None
    """The payload; None where none is held."""
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class FilePair:
    """A file of which two versions were in force at the two sides."""

    file: File
    old: FileVersion
    new: FileVersion


@dataclass(slots=True)
class Choice:
    """What an address chose, and what else there is."""

    record: Record
    numbers: list[tuple[int, datetime]] = field(default_factory=list)
    """Every version of what is compared, oldest first."""
    file: File | None = None
    old: Side | None = None
    new: Side | None = None
    versions: tuple[RecordVersion, RecordVersion] | None = None
    """Of a record: both, whole."""
    noise: bool = False
    """Of a record: nothing between the two was a change to a reader."""
    files: list[File] = field(default_factory=list)
    """Files with more than one version."""
    pairs: list[FilePair] = field(default_factory=list)

    @property
    def listed(self) -> list[tuple[int, datetime]]:
        """Versions to choose from: the newest ones, and those that are chosen."""
        chosen = {side.number for side in (self.old, self.new) if side}
        older = [one for one in self.numbers[:-MOST_LISTED] if one[0] in chosen]
        return [*older, *self.numbers[-MOST_LISTED:]]

    @property
    def same(self) -> bool:
        return self.old is not None and self.new is not None and self.old.number == self.new.number

    @property
    def before(self) -> tuple[int, int] | None:
        """Numbers of the pair one step earlier."""
        return self._step(-1)

    @property
    def after(self) -> tuple[int, int] | None:
        """Numbers of the pair one step later."""
        return self._step(1)

    def _step(self, by: int) -> tuple[int, int] | None:
        known = [number for number, _ in self.numbers]
        if self.new is None or self.new.number not in known:
            return None
        place = known.index(self.new.number) + by
        return (known[place - 1], known[place]) if 0 < place < len(known) else None


def choose(record: Record, query: Mapping[str, str]) -> Choice:
    """From `from`, `to` and `file` of an address.

    Raises:
        NoSuchVersion.
    """
    words = [query.get(name, "")[:_LONGEST].replace("\0", "") for name in ("from", "to")]
    old, new = (parse(word) if word.strip() else None for word in words)
    made = Choice(record)
    made.files = list(
        File.objects.filter(record=record.id, version__gt=1).order_by("first_seen_at", "id")[:_MOST_FILES]
    )
    if name := query.get("file", "")[:1024].replace("\0", ""):
        _of_file(made, _file(made, name), old, new)
    else:
        _of_record(made, old, new)
    made.files = unnamed(made.files)
    return made


def _file(made: Choice, name: str) -> File:
    own = File.objects.filter(id=name[:36], record=made.record.id).first()
    return own or named_file(list(File.objects.filter(record=made.record.id)[:_MOST_FILES]), name, made.record.key)


def _of_file(made: Choice, file: File, old: Chosen | None, new: Chosen | None) -> None:
    held = file_versions_of([file])[file.id]
    made.numbers = [(one.number, one.at) for one in held]
    made.file = unnamed([file])[0]
    before, after = _two(held, [[one.capture] for one in held], old, new, made.file.name or made.file.identity)
    if before is not None and after is not None:
        made.old, made.new = _sides([(one.number, one.at, file_source(one)) for one in (before, after)])


def _of_record(made: Choice, old: Chosen | None, new: Chosen | None) -> None:
    record = made.record
    versions = list(RecordVersion.objects.filter(record=record.id).defer("fields", "files").order_by("number"))
    made.numbers = [(one.number, one.at) for one in versions]
    before, after = _two(versions, [one.captures for one in versions], old, new, record.key)
    if before is not None and after is not None:
        whole = {one.number: one for one in RecordVersion.objects.filter(
            record=record.id, number__in=(before.number, after.number)
        )}  # fmt: skip
        made.versions = whole[before.number], whole[after.number]
        first, last = sorted((before.number, after.number))
        made.noise = all(one.noise for one in versions if first < one.number <= last)
        made.old, made.new = _sides([(one.number, one.at, _page(one)) for one in made.versions])
    for file, held in zip(made.files, file_versions_of(made.files).values(), strict=True):
        pair = files_then(held, versions, before, after, default=old is None and new is None)
        if pair is not None:
            made.pairs.append(FilePair(unnamed([file])[0], *pair))


def _two(
    versions: Sequence[V], proofs: Sequence[Sequence[str]], old: Chosen | None, new: Chosen | None, what: str
) -> tuple[V | None, V | None]:
    """As asked for; the last two unless told. (None, None) where there are not two."""
    after = chosen(versions, new, proofs, what) if new else (versions[-1] if versions else None)
    if old:
        return chosen(versions, old, proofs, what), after
    earlier = [one for one in versions if after is not None and one.number < after.number]
    return (earlier[-1], after) if earlier else (None, None)


def _page(version: RecordVersion) -> Source | None:
    """The record's own page, as it was read for this version."""
    row = own_page(version)
    if row is not None:
        return captured(row)
    last = Capture.objects.filter(id__in=version.captures[-1:]).first()
    return captured(last)._replace(size=0) if last is not None else None


def _sides(rows: Sequence[tuple[int, datetime, Source | None]]) -> tuple[Side, Side]:
    why = withheld({source.digest for _, _, source in rows if source})
    made = [
        Side(number, at, source.capture, source.digest, source.size, source, why.get(source.digest))
        if source else Side(number, at)
        for number, at, source in rows
    ]  # fmt: skip
    return made[0], made[1]


def witnesses(holdings: Holdings, captures: Sequence[str]) -> dict[str, Witness]:
    """Capture id → who witnessed the archive file it lies in."""
    places = dict(Capture.objects.filter(id__in=[one for one in captures if one]).values_list("id", "warc"))
    stored = Warc.objects.in_bulk(sorted(set(places.values())))
    return {ident: witness(holdings, stored.get(warc)) for ident, warc in places.items()}
