"""One record as this crawl read it, in the form the ledger compares and keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from releases.ledger.canonical import clean, clip, comparable, content_hash, text_hash
from releases.model import File, Press, Record


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as a record's page lists it."""

    identity: str
    url: str
    name: str
    kind: str
    host: str
    press: Press | None = None
    """How it is had now; no part of what is compared."""


@dataclass(frozen=True, slots=True)
class State:
    """A record's state, hashed three ways: as served, as text, as extracted."""

    key: str
    kind: str
    url: str
    title: str
    printed_key: str
    fields: dict[str, Any]
    files: tuple[Listed, ...]
    aliases: tuple[str, ...]
    flapping: frozenset[str]
    optional: frozenset[str]
    """Fields that only some of the portal's layouts print (`Record.absent_means_unknown`)."""
    capture: str
    fields_hash: str
    text_hash: str
    raw_hash: str
    files_left_out: int
    """Files beyond the portal's limit."""

    def carrying(self, before: Mapping[str, Any]) -> State:
        """This state with what its page's layout does not print as it was `before`. The hashes stay
        those of the page, so that the same page is recognised again.
        """
        unsaid = {name: before[name] for name in self.optional - self.fields.keys() if name in before}
        return replace(self, fields={**self.fields, **unsaid}) if unsaid else self

    @property
    def parts(self) -> dict[str, Any]:
        """What a reader may be told the change of, by name, as comparable values."""
        return parts(self.title, self.printed_key, self.fields)

    @property
    def told(self) -> tuple[dict[str, Any], frozenset[str]]:
        """Its parts without those that flap, and its files."""
        told = {name: value for name, value in self.parts.items() if name not in self.flapping}
        return told, frozenset(file.identity for file in self.files)


def parts(title: str, printed_key: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Fields beside `title` and `printed_key`, comparable; a field of one of these names wins."""
    own = {"title": title, "printed_key": printed_key}
    return {name: comparable(value) for name, value in {**own, **fields}.items() if value not in ("", None)}


def state_of(record: Record, most_files: int) -> State:
    """`record` in canonical form, with at most `most_files` files."""
    optional = record.absent_means_unknown
    # None is kept where "printed as a dash" and "not printed by this layout" must stay apart.
    fields = {name: value for name, value in clean(record.fields).items() if value is not None or name in optional}
    title, printed_key = clean(record.title), clip(clean(record.printed_key), 255)
    files = _files(record.files[:most_files])
    seen = parts(title, printed_key, fields)
    listed = sorted((file.identity, comparable(file.name), file.kind) for file in files)
    key = clip(clean(record.key), 512)
    aliases = {clip(clean(name), 512): None for name in (*record.aliases, printed_key) if name}
    aliases.pop(key, None)
    return State(
        key=key,
        kind=clip(clean(record.kind), 64),
        url=clean(record.url),
        title=title,
        printed_key=printed_key,
        fields=fields,
        files=files,
        aliases=tuple(aliases),
        flapping=record.flapping,
        optional=optional,
        capture=record.capture,
        fields_hash=content_hash([seen, listed]),
        text_hash=text_hash(record.text),
        raw_hash=text_hash(record.raw),
        files_left_out=max(0, len(record.files) - most_files),
    )


def identity_of(file: File) -> str:
    """What stays when a file's link changes: its spider's word, else the URL without scheme and host."""
    if file.identity:
        return file.identity
    try:
        address = urlsplit(file.url)
    except ValueError:  # a link no URL parser takes is still what the page says
        return file.url
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    return path if file.host == "direct" else f"{file.host}:{path}"


def _files(files: tuple[File, ...]) -> tuple[Listed, ...]:
    listed: dict[str, tuple[Listed, str]] = {}
    for file in files:
        identity, url, name = clean(identity_of(file)), clean(file.url), clean(file.name)
        host = "" if file.identity else _host(url)
        identity = clip(identity, 1024)
        if identity in listed and listed[identity][1] != host:
            identity = clip(f"//{host}{identity}", 1024)  # two hosts that serve one path are two files
        if identity not in listed:
            listed[identity] = Listed(identity, url, name, clip(clean(file.kind), 32), file.host, file.press), host
    return tuple(file for file, _ in listed.values())


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.casefold()
    except ValueError:
        return ""
