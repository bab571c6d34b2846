"""Botched redactions: a small portal with reports of ours, and every place in which a hidden word might stand."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive.catalog.database import open_database
from archive.store.choose import open_store
from cli.__main__ import VERBS
from sample.server import SamplePortal, portal_file
from sample.site import Resource
from sample.site import resource as of_the_story
from sample.world import World
from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.services.forked import run_program
from tests.unit.releases.text.drawing import Sheet, box, document, words

SLUG = "lake-harbor"
BOTCHED = "Zebulonquist"
"""Stands under a box of the first version of one report, and in its title."""
SHOWN = "Quillfeather"
"""Stands in the first version of another report for all to see; the second has a box there."""
REPORT = "/documents/lh-2025-0101-report.pdf"
OTHER = "/documents/lh-2025-0102-report.pdf"
COPY = "/documents/lh-2025-0104-report.pdf"
"""Another case's report, with the bytes of the first."""
FIRST, TWIN = "lh-2025-0101", "lh-2025-0104"
PDF = "application/pdf"


def botched() -> bytes:
    lines = words("FICTIONAL. Interview of the complainant in full.", 72, 720)
    lines += words(f"Statement by {BOTCHED} of Elm Street, Lake Harbor.", 72, 700)
    return document(Sheet(lines + box(133, 697, 78, 14)), metadata={"Title": f"Statement of {BOTCHED}"})


def other(*, redacted: bool, name: str = SHOWN, road: str = "Pier") -> bytes:
    """A review that names somebody, or has a box there."""
    lines = words(f"FICTIONAL. Review of the traffic stop at {road} Road on 3 March.", 72, 720)
    lines += words("The driver,", 72, 700) + (box(130, 697, 70, 14) if redacted else words(name, 132, 700))
    lines += words("was not charged with anything.", 204, 700)
    return document(Sheet(lines), Sheet(words("FICTIONAL. Second page, with the findings of the panel.", 72, 720)))


class Portal:
    """The sample portal, small: four cases without recordings, and `documents` in place of some of its own."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self.documents = dict(documents)
        self.mime: dict[str, str] = {}
        """What a document is called, where that is not PDF."""
        self.url = ""

    def resource(self, world: World, path: str, page: int, *, broken: bool) -> Resource | None:
        if path in self.documents:
            return Resource(self.documents[path], self.mime.get(path, PDF))
        cases = tuple(
            dataclasses.replace(case, documents=tuple(one for one in case.documents if one.made == "pdf"))
            for case in world.cases if FIRST <= case.slug <= TWIN
        )  # fmt: skip
        return of_the_story(dataclasses.replace(world, cases=cases), path, page, broken=broken)


@contextmanager
def published(documents: Mapping[str, bytes]) -> Iterator[Portal]:
    portal = Portal(documents)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sample.server.resource", portal.resource)
        with SamplePortal(day=1) as server:
            portal.url = server.url
            yield portal


def unwatched(path: Path, portal: Portal, mailbox: Mailbox, extra: str = "") -> Newsroom:
    """A home that crawls it, and tells nobody."""
    room = Newsroom(path, mailbox, extra=extra)
    room.watch(portal_file(portal.url).replace("min_records = 15", "min_records = 5"), SLUG)
    return room


def watched(path: Path, portal: Portal, mailbox: Mailbox, extra: str = "") -> Newsroom:
    room = unwatched(path, portal, mailbox, extra)
    room.run("alerts", "subscribe", "mailto:reader@example.org", "--everything", "--backfill")
    room.run("alerts", "subscribe", "mailto:search@example.org", "--query", f"{BOTCHED} OR {SHOWN}", "--backfill")
    room.run("alerts", "subscribe", "mailto:editor@example.org", "--everything", "--role", "editor", "--backfill")
    return room


def to(mailbox: Mailbox, address: str) -> list[str]:
    return [_text(message) for message in mailbox.messages if address in str(message["To"])]


def _text(message: Any) -> str:
    parts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *parts])


def found(room: Newsroom, query: str) -> list[tuple[str, int]]:
    """Cases and pages; the case that has the same report as another counts as that other."""
    rows = room.rows("search", query)
    return [(row["key"].replace(TWIN, FIRST), row["page"]) for row in rows]


def said(room: Newsroom, tmp_path: Path) -> str:
    """Everything that the verbs say, to people and to machines."""
    commands: list[list[str]] = []
    exports = [tmp_path / f"{key}.warc.gz" for key in ("lh-2025-0101", "lh-2025-0102")]
    for key, export in zip(("lh-2025-0101", "lh-2025-0102"), exports, strict=True):
        commands += [["record", SLUG, key], ["record", SLUG, key, "--json"], ["export", SLUG, key, "-o", str(export)]]
        if "diff" in VERBS:
            commands += [["diff", SLUG, key], ["diff", SLUG, key, "--json"]]
    for query in ("statement", "driver OR charged", "title:statement OR interview"):
        commands += [["search", query], ["search", query, "--json"]]
    held = room.rows("quarantine", "list", "--all")[0]["id"]
    feeds = [tmp_path / f"feed.{form}" for form in ("atom", "rss", "json")]
    commands += [
        ["releases", "--limit", "1000"], ["releases", "--limit", "1000", "--json"],
        ["releases", "--kind", "quarantined"], ["releases", "--kind", "quarantined", "--json"],
        ["quarantine", "list", "--all"], ["quarantine", "show", held], ["quarantine", "show", held, "--json"],
        ["quarantine", "show", held, "--words"], ["alerts", "deliveries"], ["alerts", "deliveries", "--json"],
        ["verify"], ["deadlines"],
        *(["alerts", "feed", "-o", str(feed)] for feed in feeds),
    ]  # fmt: skip
    spoken = in_turn(room, commands, tmp_path)
    assert "the words are printed to a terminal alone" in spoken
    files = [export.read_bytes() for export in exports]
    return "\n".join([spoken, *map(unpacked, files), *(feed.read_text("utf-8") for feed in feeds)])


def in_turn(room: Newsroom, commands: list[list[str]], folder: Path) -> str:
    """What these verbs say, in one process: to save its start."""
    file = folder / "verbs"
    file.write_text("\n".join(json.dumps([*command, "--home", str(room.path)]) for command in commands), "utf-8")
    done = run_program("tests.acceptance.verbs_in_turn", str(file))
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def unpacked(data: bytes) -> str:
    return gzip.decompress(data).decode("utf-8", "replace")


def stored(room: Newsroom, prefix: str) -> str:
    store = open_store(room.home)
    out = []
    for stat in store.list(prefix):
        with store.open(stat.key) as stream:
            out.append(unpacked(stream.read()))
    return "\n".join(out)


def tables(room: Newsroom) -> str:
    """Every row of every table."""
    from django.apps import apps
    from django.db import connections

    open_database(room.home.database_url)
    rows = [str(row) for model in apps.get_models() for row in model._default_manager.values_list()]
    connections.close_all()
    return "\n".join(rows)


def files(room: Newsroom) -> dict[str, bytes]:
    """Every file of the home outside of the archive."""
    chosen = [
        path for path in room.path.rglob("*") if path.is_file() and "archive" not in path.relative_to(room.path).parts
    ]
    return {str(path.relative_to(room.path)): path.read_bytes() for path in chosen}


def holds(text: str | bytes, word: str) -> bool:
    """Whether a word, or its beginning, stands in it, in any case."""
    whole = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return re.search(word[:8].encode(), whole, re.IGNORECASE) is not None


def asked(text: str) -> str:
    """Without the lines that only repeat what was asked for."""
    return "\n".join(line for line in text.splitlines() if f"{BOTCHED} OR {SHOWN}" not in line)


def nowhere(room: Newsroom, mailbox: Mailbox, tmp_path: Path, *held: str) -> None:
    """The words are found by no search, told by no verb, and in no file but the archive's WARCs."""
    for word in held:
        for query in (f'"{word}"', f"{word[:6]}*"):
            assert found(room, query) == [], query
    told = asked(said(room, tmp_path))
    mails = asked("\n".join(_text(message) for message in mailbox.messages))
    rows, commits, evidence, around = asked(tables(room)), stored(room, "commits/"), stored(room, "warc/"), files(room)
    for word in held:
        assert [line for line in told.splitlines() if holds(line, word)] == []
        assert not holds(mails, word)
        assert [line for line in rows.splitlines() if holds(line, word)] == []
        assert not holds(commits, word)
        # The catalog's file holds the search that was subscribed to.
        assert [
            name for name, content in around.items() if holds(content, word) and "catalog.sqlite3" not in name
        ] == []
        assert holds(evidence, word), "the evidence itself is whole"


def hidden_pages(room: Newsroom) -> list[tuple[str, int, str]]:
    return sorted(
        (row["key"].replace(TWIN, FIRST), row["page"], row["reason"]) for row in room.rows("quarantine", "list")
    )
