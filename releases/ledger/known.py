"""What the ledger holds, read in batches: memory stays flat however large a portal is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from sys import intern
from typing import Any, TypeVar

from releases.ledger.compare import LINKED, HeldFile
from releases.models import Alias, File, Record, RecordVersion

BATCH = 500
"""Ids per query: far below every database's limit of parameters."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Presence:
    """The little that is held of every record of a portal while a plan is made."""

    id: str
    state: str
    missing_crawls: int
    missing: bool
    extractor: str
    mark: int
    """Of its hashes and URL: what an unchanged record is known by."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record's row."""

    id: str
    key: str
    kind: str
    url: str
    title: str
    printed_key: str
    state: str
    version: int
    extractor: str
    fields_hash: str
    text_hash: str
    raw_hash: str
    missing_since: datetime | None
    missing_crawls: int


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """A record's newest version, and the fields hashes of all before it."""

    title: str
    printed_key: str
    fields: dict[str, Any]
    captures: list[str]
    earlier: frozenset[str]


def batches(values: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """`values` in lists of at most `size`."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


def mark(*texts: str) -> int:
    """64 bits that stand for `texts` in this process: a fifth of the memory of the hashes themselves."""
    return hash(texts)


def presences(portal: str) -> dict[str, Presence]:
    """Every record of `portal`, by key. One pass: no statistics of the database's can make it slow."""
    rows = Record.objects.filter(portal=portal).values_list(
        "key", "id", "state", "missing_crawls", "missing_since", "extractor",
        "fields_hash", "text_hash", "raw_hash", "url",
    )  # fmt: skip
    return {
        key: Presence(record, intern(state), missing_crawls, since is not None, intern(extractor), mark(*hashes))
        for key, record, state, missing_crawls, since, extractor, *hashes in rows.iterator(chunk_size=2000)
    }


@dataclass(frozen=True, slots=True)
class Links:
    """Files and aliases of a portal's records, as marks."""

    files: dict[str, list[tuple[int, int, str]]]
    """Record id → identity's mark, link's mark, file id of every file its page linked."""
    aliases: set[int]
    """Marks of (record id, name)."""


def links(portal: str) -> Links:
    """What `portal`'s pages linked and are called. One pass over each table."""
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    listed = File.objects.filter(portal=portal, state__in=sorted(LINKED))
    for record, id_, identity, url, name in listed.values_list("record", "id", "identity", "url", "name").iterator(
        chunk_size=2000
    ):
        found[intern(record)].append((mark(identity), mark(url, name), id_))
    names = Alias.objects.filter(portal=portal, ended_at=None).values_list("record", "name")
    return Links(found, {mark(record, name) for record, name in names.iterator(chunk_size=2000)})


def has_extractor(portal: str, extractor: str) -> bool:
    """Whether this version of the spider has read any record of `portal`."""
    return Record.objects.filter(portal=portal, extractor=extractor).exists()


def records(ids: Iterable[str]) -> dict[str, Held]:
    """Rows of `ids`, by id."""
    found: dict[str, Held] = {}
    for batch in batches(ids):
        for row in Record.objects.filter(id__in=batch).values_list(*Held.__slots__):
            found[row[0]] = Held(*row)
    return found


def own_pages(portal: str, rows: Iterable[Held]) -> set[str]:
    """Ids of those of `rows` whose URL is no other record's too: what stands in a row of a list alone has
    the list's address, which says nothing of it.
    """
    held = list(rows)
    shared = at_urls(portal, sorted({row.url for row in held}))
    return {row.id for row in held if len(shared[row.url]) == 1}


def files(ids: Iterable[str]) -> dict[str, list[HeldFile]]:
    """Files of the records `ids`, in the order they were first seen."""
    found: dict[str, list[HeldFile]] = defaultdict(list)
    for batch in batches(ids):
        rows = File.objects.filter(record__in=batch).order_by("id").values_list("record", *HeldFile.__slots__)
        for record, *values in rows:
            found[record].append(HeldFile(*values))
    return found


def versions(held: Iterable[Held]) -> dict[str, HeldVersion]:
    """The newest version of each record of `held`, by record id."""
    found: dict[str, HeldVersion] = {}
    for batch in batches(held):
        newest: dict[str, tuple[int, str]] = {}
        earlier: dict[str, dict[int, str]] = defaultdict(dict)
        listed = RecordVersion.objects.filter(record__in=[row.id for row in batch])
        for record, number, version, fields_hash in listed.values_list("record", "number", "id", "fields_hash"):
            earlier[record][number] = fields_hash
            newest[record] = max(newest.get(record, (0, "")), (number, version))
        rows = RecordVersion.objects.filter(id__in=[version for _, version in newest.values()])
        for record, title, printed_key, fields, captures in rows.values_list(
            "record", "title", "printed_key", "fields", "captures"
        ):
            before = frozenset(hash_ for number, hash_ in earlier[record].items() if number < newest[record][0])
            found[record] = HeldVersion(title, printed_key, fields, captures, before)
    return found


def aliases_of(portal: str, names: Iterable[str]) -> dict[str, set[str]]:
    """Name → ids of the records that have it as an alias."""
    found: dict[str, set[str]] = defaultdict(set)
    for batch in batches(names):
        rows = Alias.objects.filter(portal=portal, name__in=batch, ended_at=None).values_list("name", "record")
        for name, record in rows:
            found[name].add(record)
    return found


def names_of(ids: Iterable[str]) -> dict[str, set[str]]:
    """Record id → its aliases."""
    found: dict[str, set[str]] = defaultdict(set)
    for batch in batches(ids):
        for record, name in Alias.objects.filter(record__in=batch, ended_at=None).values_list("record", "name"):
            found[record].add(name)
    return found


def at_urls(portal: str, urls: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """URL → (id, key) of the records whose page it is."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for batch in batches(urls):
        rows = Record.objects.filter(portal=portal, url__in=batch).exclude(state="merged")
        for url, record, key in rows.values_list("url", "id", "key"):
            found[url].append((record, key))
    return found
