"""Comparisons of two payloads, kept for a day, so that a page that is looked at twice is compared once.

A result's name is made of all that could make it another one: both digests, our engines, and everything that decides
which words are hidden. When an editor hides or releases something, its name is another, and it is compared anew: what
is hidden later is never served from here.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from archive.catalog.models import Capture, Derived
from config.home import Home
from releases.diff.clauses_model import ClausesComparison
from releases.diff.model import FORM, FileDiff
from releases.diff.reading import Source
from releases.models import FileFacts, FileVersion, Quarantine
from releases.restricting.in_force import in_force
from releases.text.engines import PDF_ENGINE

KEPT = timedelta(days=1)
UNREAD_KEPT = timedelta(minutes=5)
MOST_BYTES = 200 * 10**6
"""Of all results that lie there."""
LARGEST = 8 * 10**6
"""Of one."""
Kind = Literal["inside", "clauses"]


class Wanted(msgspec.Struct, frozen=True):
    """Two payloads to compare."""

    kind: Kind
    old: Source
    new: Source
    name: str = ""
    """Of the file or page, as results tell it."""


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of it: one of them."""

    inside: FileDiff | None = None
    clauses: ClausesComparison | None = None
    trouble: str = ""
    """Why there is none: one sentence."""


def name_of(wanted: Wanted) -> str:
    """Six queries. Another whenever anything that decides what may be shown, or what is found, is another."""
    digests = {wanted.old.digest, wanted.new.digest} - {""}
    files = FileVersion.objects.filter(digest__in=digests).values("file")
    every = digests | set(FileVersion.objects.filter(file__in=files).values_list("digest", flat=True))
    now = in_force()
    captures = Capture.objects.filter(payload_digest__in=digests).values("id")
    state = (
        FORM, version("recordwatch"), PDF_ENGINE, msgspec.to_builtins(wanted),
        sorted(Quarantine.objects.filter(digest__in=every).values_list("id", "state", "spans")),
        sorted(FileFacts.objects.filter(digest__in=every).values_list("id", flat=True)),
        sorted(Derived.objects.filter(capture__in=captures).values_list("id", flat=True)),
        sorted((digest, str(pages)) for digest, pages in now.passages.items() if digest in every),
        now.names.given, sorted(now.records),
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(state)).hexdigest()


def folder(home: Home) -> Path:
    """Where they lie; made when it is first needed, for this user alone."""
    path = home.path / "compared"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def read(home: Home, name: str) -> Result | None:
    """The result of this name; None where there is none. What could not be read is tried again soon."""
    path = folder(home) / f"{name}.json"
    try:
        result = msgspec.json.decode(path.read_bytes(), type=Result)
        age = datetime.now(UTC).timestamp() - path.stat().st_mtime
    except (OSError, msgspec.DecodeError):
        return None
    unread = (result.inside and result.inside.unread) or (result.clauses and result.clauses.unread)
    return None if unread and age > UNREAD_KEPT.total_seconds() else result


def write(home: Home, name: str, result: Result) -> Result:
    """Keep it, and give it back; one that is too large for a page is told so instead."""
    data = msgspec.json.encode(result)
    if len(data) > LARGEST:
        result = Result(trouble="too much differs for a page; `recordwatch diff` tells all of it")
        data = msgspec.json.encode(result)
    draft = folder(home) / f".{name}.{secrets.token_hex(4)}"
    try:
        draft.write_bytes(data)
        draft.replace(folder(home) / f"{name}.json")
    finally:
        draft.unlink(missing_ok=True)
    return result


def clear(home: Home, now: datetime) -> None:
    """Forget what is older than a day, and the oldest of what is too much."""
    root = home.path / "compared"
    if not root.is_dir():
        return
    found = []
    for path in root.iterdir():
        with suppress(OSError):
            stat = path.stat()
            found.append((stat.st_mtime, stat.st_size, path))
    left = sum(size for _, size, _ in found)
    for at, size, path in sorted(found, key=lambda one: one[0]):
        if left <= MOST_BYTES and now.timestamp() - at <= KEPT.total_seconds():
            break
        path.unlink(missing_ok=True)
        left -= size
