"""Two versions of a record with its page and files, two captures, or what an event tells of: read, and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from archive.catalog.models import Capture
from archive.holdings import NotHeld
from releases.diff.fields import fields_diff
from releases.diff.model import Comparison, FieldsDiff, FileComparison, FileDiff, Side
from releases.diff.payload import payload_diff
from releases.diff.reading import Reading, Source
from releases.diff.summary import summary
from releases.diff.versions import Chosen, NoSuchVersion, chosen, file_versions_of, named_file, versions_of
from releases.models import Event, File, FileVersion, Record, RecordVersion

_ANSWERED = ("response", "revisit-identical", "revisit-not-modified")


class Comparer(Reading):
    """Reads and compares; holds the reading processes. Close it, or use it as a context manager."""

    def record(
        self, record: Record, old: Chosen | None = None, new: Chosen | None = None, *, file: str = ""
    ) -> Comparison:
        """Two versions of a record and its files as they were then.

        Without `old` and `new`: the last two versions of the record, and of each of its files. `file`: only
        that one (name, address or id); numbers are then its versions.

        Raises:
            NoSuchVersion.
        """
        files = list(File.objects.filter(record=record.id).order_by("first_seen_at", "id"))
        whole = Comparison(_nowhere(), _nowhere(), record.portal, record.key, record.title)
        if file:
            one = named_file(files, file, record.key)
            told = self._file(one, file_versions_of([one])[one.id], old, new)  # numbers are the file's own
            if isinstance(told, str):
                return msgspec.structs.replace(whole, notes=(told,))
            return msgspec.structs.replace(whole, old=told.old, new=told.new, files=(told,))
        versions = versions_of(record.id)
        before, after = two_versions(versions, old, new, record.key)
        notes: list[str] = []
        if before is not None and after is not None:
            whole = self._fields(whole, versions, before, after, files, notes)
        else:
            notes.append("only one version of the record is held: nothing it says has changed since it was first seen")
        compared: list[FileComparison] = []
        for one, all_of_it in (
            (file, held) for file, held in zip(files, file_versions_of(files).values(), strict=True)
        ):
            pair = files_then(all_of_it, versions, before, after, default=old is None and new is None)
            if pair is not None:
                compared.append(self._two_files(one, *pair))
        return msgspec.structs.replace(whole, files=tuple(compared), notes=(*whole.notes, *notes))

    def captures(self, old: str, new: str) -> Comparison:
        """Two captures' payloads.

        Raises:
            NotHeld: there is no such capture.
        """
        rows = [capture_row(ident) for ident in (old, new)]
        left, right = (captured(row) for row in rows)
        notes: list[str] = []
        for side, row in (("the first", rows[0]), ("the second", rows[1])):
            if row.kind not in _ANSWERED:
                notes.append(f"{side} has no body: {row.error or row.kind}")
            elif row.status != 200:
                notes.append(f"{side} was answered with status {row.status}")
            if row.truncated:
                notes.append(f"{side} is cut short ({row.truncated})")
        page = None
        if all(row.kind in _ANSWERED for row in rows):
            page = payload_diff(*self._reader.pair(left, right))
        same_url = rows[0].url == rows[1].url
        title = rows[1].url if same_url else f"{rows[0].url} / {rows[1].url}"
        return Comparison(side_of(left), side_of(right), rows[1].portal, "", title, page=page, notes=tuple(notes))

    def replaced(self, event: Event) -> FileDiff | FieldsDiff | None:
        """What differs, of a `file_replaced` or `changed` event; None for others, or where a side is not held."""
        if event.kind == "changed":
            return fields_diff(_fields(event.old), _fields(event.new))
        if event.kind != "file_replaced" or not event.files or not event.old or not event.new:
            return None
        held = {
            version.digest: version
            for version in FileVersion.objects.filter(file=event.files[0].get("id", "")).order_by("-number")
        }
        before, after = held.get(event.old.get("digest", "")), held.get(event.new.get("digest", ""))
        if before is None or after is None:
            return None
        return payload_diff(*self._reader.pair(file_source(before), file_source(after)))

    def told(self, event: Event) -> str:
        """What differs, of a `file_replaced` or `changed` event, in one short sentence without any of its words;
        empty where there is nothing to say.

        Costs two queries and the reading of two texts; of documents that no crawl has looked into, a reading process.

        Raises:
            StoreUnavailable: the store cannot be read now.
        """
        diff = self.replaced(event)
        return "" if diff is None else summary(diff)

    def _fields(
        self, whole: Comparison, versions: Sequence[RecordVersion], before: RecordVersion, after: RecordVersion,
        files: Sequence[File], notes: list[str],
    ) -> Comparison:  # fmt: skip
        names = {file.identity: file.name or file.identity for file in files}
        first, last = sorted((before.number, after.number))
        noise = all(version.noise for version in versions if first < version.number <= last)
        left, right = values_of(before, names), values_of(after, names)
        fields = fields_diff(left, right, flapping=set(left) | set(right) if noise else ())
        if before.extractor != after.extractor:
            notes.append(
                f"read by {after.extractor} instead of {before.extractor}: what differs may be our doing, not the portal's"
            )
        page = self._page(before, after)
        sides = (_version_side(version) for version in (before, after))
        old, new = sides
        return msgspec.structs.replace(whole, old=old, new=new, fields=fields, page=page)

    def _page(self, before: RecordVersion, after: RecordVersion) -> FileDiff | None:
        """The record's own page, where both versions were read from one."""
        rows = [own_page(version) for version in (before, after)]
        if rows[0] is None or rows[1] is None or rows[0].id == rows[1].id:
            return None
        return payload_diff(*self._reader.pair(captured(rows[0]), captured(rows[1])))

    def _file(
        self, file: File, versions: Sequence[FileVersion], old: Chosen | None, new: Chosen | None
    ) -> FileComparison | str:
        before, after = two_versions(versions, old, new, file.name or file.identity)
        if before is None or after is None:
            said = "one version" if versions else "nothing"
            return f"of {file.name or file.identity} {said} is held: there is nothing to compare"
        return self._two_files(file, before, after)

    def _two_files(self, file: File, before: FileVersion, after: FileVersion) -> FileComparison:
        left, right = file_source(before), file_source(after)
        diff = payload_diff(*self._reader.pair(left, right))
        sides = [side_of(source, f"version {v.number}") for source, v in ((left, before), (right, after))]
        return FileComparison(file.name or file.identity, file.id, sides[0], sides[1], diff)


def two_versions(versions: Sequence[Any], old: Chosen | None, new: Chosen | None, what: str) -> tuple[Any, Any]:
    """(older, newer) as asked for; (None, None) where there are not two."""
    proofs = [getattr(version, "captures", None) or [getattr(version, "capture", "")] for version in versions]
    after = chosen(versions, new, proofs, what) if new else (versions[-1] if versions else None)
    if old:
        before = chosen(versions, old, proofs, what)
    else:
        earlier = [version for version in versions if after is not None and version.number < after.number]
        before = earlier[-1] if earlier else None
    if before is None or after is None:
        return None, None
    if before.number == after.number and (old or new):
        raise NoSuchVersion(f"both sides are version {after.number}", where=what, todo="Name two different ones")
    return before, after


def files_then(
    held: Sequence[FileVersion], versions: Sequence[RecordVersion], before: RecordVersion | None,
    after: RecordVersion | None, *, default: bool,
) -> tuple[FileVersion, FileVersion] | None:  # fmt: skip
    """Two versions of a file: the last two, or those in force when two versions of its record were."""
    if default or before is None or after is None:
        return (held[-2], held[-1]) if len(held) > 1 else None
    pair = [_in_force(held, versions, version) for version in (before, after)]
    if pair[0] is None or pair[1] is None or pair[0].number == pair[1].number:
        return None
    return pair[0], pair[1]


def _in_force(
    held: Sequence[FileVersion], versions: Sequence[RecordVersion], record: RecordVersion
) -> FileVersion | None:
    """A file's last version before the record's next one. Files are committed a little after their record."""
    end: datetime | None = next((version.at for version in versions if version.number > record.number), None)
    there = [version for version in held if end is None or version.at < end]
    return there[-1] if there else None


def values_of(version: RecordVersion, names: Mapping[str, str]) -> dict[str, Any]:
    """All that a version of a record says, as it is compared; `names`: of its files, by identity."""
    files = [names.get(identity) or identity for identity in version.files]
    printed = {"printed key": version.printed_key} if version.printed_key else {}
    return {**version.fields, "title": version.title, "address": version.url, **printed, "files": files}


def _fields(values: Any) -> dict[str, Any]:
    return values if isinstance(values, dict) else {}


def own_page(version: RecordVersion) -> Capture | None:
    rows = Capture.objects.filter(id__in=version.captures, url=version.url, status=200, kind__in=_ANSWERED)
    return rows.order_by("at", "id").last()


def capture_row(ident: str) -> Capture:
    row = Capture.objects.filter(id=ident).first()
    if row is None:
        raise NotHeld("the catalog knows no such capture", where=ident)
    return row


def captured(row: Capture) -> Source:
    """Of a revisit, the payload that it stands for."""
    if row.kind.startswith("revisit"):
        original = Capture.objects.filter(id=row.refers_to).first()
        if original is not None:
            length, digest = original.payload_length, original.payload_digest
            return Source(row.id, row.url, original.mime, length, digest, row.at)
    return Source(row.id, row.url, row.mime, row.payload_length, row.payload_digest, row.at)


def file_source(version: FileVersion) -> Source:
    return Source(version.capture, version.url, version.mime, version.size, version.digest, version.at)


def _nowhere() -> Side:
    return Side("", "")


def side_of(source: Source, label: str = "") -> Side:
    return Side(label or f"capture {source.capture}", source.at.isoformat(), source.capture, source.digest)


def _version_side(version: RecordVersion) -> Side:
    return Side(f"version {version.number}", version.at.isoformat(), version.captures[-1] if version.captures else "")
