"""Which two versions of a record and of its files somebody means. Reads the ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol, TypeVar

from config.errors import RecordwatchError
from releases.models import File, FileVersion, RecordVersion

_CAPTURE = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


class NoSuchVersion(RecordwatchError):
    """What was asked for is no version that is held; says which are."""


class Chosen(NamedTuple):
    """A version that somebody named: its number, or the moment that it was in force."""

    number: int | None = None
    at: datetime | None = None
    capture: str = ""


class _Version(Protocol):
    number: int
    at: datetime


V = TypeVar("V", bound=_Version)


def parse(word: str) -> Chosen:
    """`3`, `2031-05-04`, `2031-05-04T10:00` (UTC where it does not say) or a capture's id.

    Raises:
        NoSuchVersion.
    """
    said = word.strip()
    if said.isascii() and said.isdigit() and len(said) < 8:
        return Chosen(number=int(said))
    if _CAPTURE.match(said.lower()):
        return Chosen(capture=said.lower())
    try:
        if len(said) == 10:  # that whole day
            day = date.fromisoformat(said)
            return Chosen(at=datetime.combine(day, time.min, UTC) + timedelta(days=1, microseconds=-1))
        at = datetime.fromisoformat(said)
    except (ValueError, OverflowError):
        raise NoSuchVersion(
            f"{word!r} is neither a version's number, a date nor a capture",
            todo="Write 2, 2031-05-04 or a capture's id",
        ) from None
    return Chosen(at=at if at.tzinfo else at.replace(tzinfo=UTC))


def is_capture(word: str) -> bool:
    """Whether `word` looks like a capture's id."""
    return bool(_CAPTURE.match(word.strip().lower()))


def chosen(versions: Sequence[V], wanted: Chosen, captures: Sequence[Sequence[str]], what: str) -> V:
    """The version that `wanted` names. `captures`: those that prove each.

    Raises:
        NoSuchVersion.
    """
    held = ", ".join(f"{version.number} ({version.at:%Y-%m-%d})" for version in versions[-20:])
    todo = f"Held are {held}" if versions else "Nothing of it is held"
    if wanted.number is not None:
        for version in versions:
            if version.number == wanted.number:
                return version
        raise NoSuchVersion(f"there is no version {wanted.number}", where=what, todo=todo)
    if wanted.capture:
        for version, proofs in zip(versions, captures, strict=True):
            if wanted.capture in proofs:
                return version
        raise NoSuchVersion(f"capture {wanted.capture} proves no version", where=what, todo=todo)
    assert wanted.at is not None
    before = [version for version in versions if version.at <= wanted.at]
    if not before:
        raise NoSuchVersion(f"nothing was held before {wanted.at:%Y-%m-%d %H:%M} UTC", where=what, todo=todo)
    return before[-1]


def versions_of(record: str) -> list[RecordVersion]:
    """Of a record, oldest first."""
    return list(RecordVersion.objects.filter(record=record).order_by("number"))


def file_versions_of(files: Sequence[File]) -> dict[str, list[FileVersion]]:
    """Of files, oldest first, by file id."""
    found: dict[str, list[FileVersion]] = {file.id: [] for file in files}
    for version in FileVersion.objects.filter(file__in=list(found)).order_by("file", "number"):
        found[version.file].append(version)
    return found


def named_file(files: Sequence[File], name: str, where: str) -> File:
    """The file of a record with this id, name, address or identity; the end of an address will do.

    Raises:
        NoSuchVersion: none, or several.
    """
    folded = name.casefold()
    for found in (
        [file for file in files if name in {file.id, file.identity, file.url, file.name}],
        [file for file in files if folded in {file.name.casefold(), file.identity.casefold()}],
        [file for file in files if file.url.casefold().endswith(folded) or folded in file.name.casefold()],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            said = ", ".join(f"{file.name or file.identity} ({file.id})" for file in found[:5])
            raise NoSuchVersion(f"{name!r} is several files", where=where, todo=f"Name one by its id: {said}")
    said = ", ".join(file.name or file.identity for file in files[:10]) or "none"
    raise NoSuchVersion(f"no file is called {name!r}", where=where, todo=f"Its files: {said}")
