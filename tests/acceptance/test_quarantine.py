"""The botched redaction, by the real command: hidden words are on no path, and editors decide."""

from __future__ import annotations

import gzip
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.catalog.database import open_database
from archive.store.choose import open_store
from cli.__main__ import VERBS
from sample.server import SamplePortal, portal_file
from sample.site import Resource
from sample.site import resource as of_the_story
from tests.acceptance.newsroom import ROOT, Mailbox, Newsroom
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


def botched() -> bytes:
    lines = words("FICTIONAL. Interview of the complainant in full.", 72, 720)
    lines += words(f"Statement by {BOTCHED} of Elm Street, Lake Harbor.", 72, 700)
    return document(Sheet(lines + box(133, 697, 78, 14)), metadata={"Title": f"Statement of {BOTCHED}"})


def other(*, redacted: bool) -> bytes:
    lines = words("FICTIONAL. Review of the traffic stop at Pier Road on 3 March.", 72, 720)
    if redacted:
        lines += (
            words("The driver,", 72, 700) + box(130, 697, 70, 14) + words("was not charged with anything.", 204, 700)
        )
    else:
        lines += (
            words("The driver,", 72, 700) + words(SHOWN, 132, 700) + words("was not charged with anything.", 204, 700)
        )
    return document(Sheet(lines), Sheet(words("FICTIONAL. Second page, with the findings of the panel.", 72, 720)))


class Portal:
    """The sample portal with reports of ours in place of some of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.documents = {REPORT: botched(), COPY: botched(), OTHER: other(redacted=False)}
        monkeypatch.setattr("sample.server.resource", self.resource)

    def resource(self, world: Any, path: str, page: int, *, broken: bool) -> Resource | None:
        if path in self.documents:
            return Resource(self.documents[path], "application/pdf")
        return of_the_story(world, path, page, broken=broken)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box_ = Mailbox()
    yield box_
    box_.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def extra(request: pytest.FixtureRequest) -> str:
    """A line of settings: which database."""
    if request.param == "sqlite":
        return ""
    return f'database = "{request.getfixturevalue("postgres_url")}"'


def watched(tmp_path: Path, server: SamplePortal, mailbox: Mailbox, extra: str = "") -> Newsroom:
    room = Newsroom(tmp_path / "home", mailbox, extra=extra)
    room.watch(portal_file(server.url), SLUG)
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


VERBS_IN_TURN = """
import json, sys
from cli.__main__ import _dispatch
for line in sys.stdin:
    try:
        _dispatch(json.loads(line))
    except BaseException as error:
        print(type(error).__name__, error)
"""


def said(room: Newsroom, tmp_path: Path) -> str:
    """Everything that the verbs say, to people and to machines: many of them in one process, to save its start."""
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
    lines = "\n".join(json.dumps([*command, "--home", str(room.path)]) for command in commands)
    done = subprocess.run(
        [sys.executable, "-c", VERBS_IN_TURN],
        cwd=ROOT,
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    assert "the words are printed to a terminal alone" in done.stdout + done.stderr
    files = [export.read_bytes() for export in exports]
    return "\n".join([done.stdout, done.stderr, *map(unpacked, files), *(feed.read_text("utf-8") for feed in feeds)])


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
    rows = [str(row) for model in apps.get_models() for row in model.objects.values_list()]
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


def test_hidden_words_are_on_no_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox, extra: str
) -> None:
    portal = Portal(monkeypatch)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox, extra)
        first = room.crawl(SLUG)
        assert any("quarantine" in warning for warning in first["warnings"])
        assert all(event["kind"] != "quarantined" for event in first["events"])
        assert found(room, SHOWN) == [("lh-2025-0102", 1)]
        # The index compresses: where the word resembles another one before it, only pieces of it stand there.
        pieces = [SHOWN[at : at + 4] for at in range(len(SHOWN) - 3)]
        index = b"".join(content for name, content in files(room).items() if name.startswith("index"))
        assert any(holds(index, piece) for piece in pieces), "what is looked for below can be found in an index"
        assert hidden_pages(room) == [("lh-2025-0101", 1, "under a box")]
        assert found(room, BOTCHED) == []
        before = len(to(mailbox, "search@example.org"))

        portal.documents[OTHER] = other(redacted=True)
        second = room.crawl(SLUG)
        assert [event["kind"] for event in second["events"]] == ["file_replaced"]
        expected = [("lh-2025-0101", 1, "under a box"), ("lh-2025-0102", 1, "visible before")]
        assert hidden_pages(room) == expected
        nowhere(room, mailbox, tmp_path, BOTCHED, SHOWN)
        assert found(room, '"findings of the panel"') == [("lh-2025-0102", 2)]

    assert len(to(mailbox, "search@example.org")) == before, "who searches for it is told nothing"
    told = [text for text in to(mailbox, "editor@example.org") if "uarantin" in text]
    assert len(told) == 2
    assert not any("uarantin" in text for text in to(mailbox, "reader@example.org"))
    assert {row["kind"] for row in room.rows("releases", "--limit", "1000")} == {"new", "file_replaced"}
    exported = room.rows("export", SLUG, "lh-2025-0104", "-o", str(tmp_path / "copy.warc.gz"))[0]
    assert len(exported["held_back"]) == 2, (
        "the same bytes at another case are held back too: a revisit and its original"
    )
    assert "2 captures held back" in unpacked((tmp_path / "copy.warc.gz").read_bytes())
    room.run("export", SLUG, "lh-2025-0104", "-o", str(tmp_path / "whole.warc.gz"), "--with-quarantined")
    assert holds(unpacked((tmp_path / "whole.warc.gz").read_bytes()), BOTCHED)
    room.check_archive()


def test_editors_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox) -> None:
    portal = Portal(monkeypatch)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox)
        room.crawl(SLUG)
        portal.documents[OTHER] = other(redacted=True)
        room.crawl(SLUG)
    held = {row["reason"]: row["id"] for row in room.rows("quarantine", "list")}
    room.run("quarantine", "keep", held["visible before"], "--by", "Ed", "--why", "a private person")
    room.run("quarantine", "release", held["under a box"][-8:], "--by", "Ed", "--why", "the mayor, in office")
    assert room.rows("quarantine", "list") == []
    assert sorted(found(room, BOTCHED)) == [("lh-2025-0101", 1)]
    assert found(room, f"{BOTCHED[:6]}*") == [("lh-2025-0101", 1)]
    assert found(room, SHOWN) == []
    whole = room.rows("export", SLUG, "lh-2025-0101", "-o", str(tmp_path / "a.warc.gz"))[0]
    assert whole["held_back"] == []
    room.run("quarantine", "keep", held["under a box"], "--by", "Ed", "--why", "a mistake of mine")
    nowhere(room, mailbox, tmp_path, BOTCHED, SHOWN)
    decided = {
        row["reason"]: (row["state"], row["decided_by"], row["why"]) for row in room.rows("quarantine", "list", "--all")
    }
    assert decided == {
        "under a box": ("kept", "Ed", "a mistake of mine"), "visible before": ("kept", "Ed", "a private person"),
    }  # fmt: skip
    room.run("quarantine", "release", "nothing-like-it", "--by", "Ed", "--why", "x", codes=(2,))
    room.run("quarantine", "release", held["under a box"], "--by", " ", "--why", "x", codes=(2,))
    room.check_archive()


def test_a_stale_index_shows_nothing_that_is_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    """Another process holds the index: it is searched as it is, from before the words were held back."""
    import fcntl

    portal = Portal(monkeypatch)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox)
        room.crawl(SLUG)
        assert found(room, SHOWN) == [("lh-2025-0102", 1)]
        portal.documents[OTHER] = other(redacted=True)
        room.crawl(SLUG)
    with (room.path / "index" / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = room.run("search", SHOWN)
        assert "nothing found" in done.stdout
        assert "another process" in done.stderr
        assert not holds(room.run("search", "driver", "--json").stdout, SHOWN)
    nowhere(room, mailbox, tmp_path, SHOWN)


def test_text_without_facts_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox) -> None:
    """A crawl killed after its texts were stored: recovered, they are not searchable before they are looked through."""
    Portal(monkeypatch)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox)
        room.run("crawl", SLUG, codes=(-signal.SIGKILL,), environment={"RECORDWATCH_FAULT": "log.appended:3"})
        room.run("recover")
        assert holds(stored(room, "warc/"), BOTCHED)
        assert _derived(room) > 0
        assert found(room, "complainant") == found(room, BOTCHED) == []
        room.crawl(SLUG)
        assert sorted(found(room, "complainant")) == [("lh-2025-0101", 1)]
        nowhere(room, mailbox, tmp_path, BOTCHED)


def _derived(room: Newsroom) -> int:
    from archive.catalog.models import Derived

    open_database(room.home.database_url)
    from django.db import connections

    count = Derived.objects.filter(kind="conversion", engine__startswith="pypdfium2").count()
    connections.close_all()
    return count
