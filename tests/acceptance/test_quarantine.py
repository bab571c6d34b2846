"""The botched redaction, by the real command: hidden words are on no path, and editors decide."""

from __future__ import annotations

import fcntl
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.catalog.database import open_database
from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.acceptance.redactions import (
    BOTCHED,
    COPY,
    OTHER,
    REPORT,
    SHOWN,
    SLUG,
    botched,
    files,
    found,
    hidden_pages,
    holds,
    nowhere,
    other,
    published,
    stored,
    to,
    unpacked,
    watched,
)


def botched_twice(path: Path, mailbox: Mailbox, extra: str = "") -> Newsroom:
    """A home after two crawls: one report hid its words badly, the other first showed what it hides now."""
    with published({REPORT: botched(), COPY: botched(), OTHER: other(redacted=False)}) as portal:
        room = watched(path, portal, mailbox, extra)
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
    assert len(to(mailbox, "search@example.org")) == before, "who searches for it is told nothing"
    return room


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.close()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """On SQLite; as the second crawl left it: the index was written before. Copy it."""
    mailbox = Mailbox()
    yield botched_twice(tmp_path_factory.mktemp("quarantine") / "home", mailbox)
    mailbox.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Newsroom:
    if request.param == "sqlite":
        crawled: Newsroom = request.getfixturevalue("crawled")
        return crawled.copy(tmp_path / "home")
    mailbox = request.getfixturevalue("mailbox")
    return botched_twice(tmp_path / "home", mailbox, f'database = "{request.getfixturevalue("postgres_url")}"')


def test_hidden_words_are_on_no_path(room: Newsroom, tmp_path: Path) -> None:
    expected = [("lh-2025-0101", 1, "under a box"), ("lh-2025-0102", 1, "visible before")]
    assert hidden_pages(room) == expected
    nowhere(room, room.mailbox, tmp_path, BOTCHED, SHOWN)
    assert found(room, '"findings of the panel"') == [("lh-2025-0102", 2)]
    told = [text for text in to(room.mailbox, "editor@example.org") if "uarantin" in text]
    assert len(told) == 2
    assert not any("uarantin" in text for text in to(room.mailbox, "reader@example.org"))
    assert {row["kind"] for row in room.rows("releases", "--limit", "1000")} == {"new", "file_replaced"}
    exported = room.rows("export", SLUG, "lh-2025-0104", "-o", str(tmp_path / "copy.warc.gz"))[0]
    assert len(exported["held_back"]) == 2, (
        "the same bytes at another case are held back too: a revisit and its original"
    )
    assert "2 captures held back" in unpacked((tmp_path / "copy.warc.gz").read_bytes())
    room.run("export", SLUG, "lh-2025-0104", "-o", str(tmp_path / "whole.warc.gz"), "--with-quarantined")
    assert holds(unpacked((tmp_path / "whole.warc.gz").read_bytes()), BOTCHED)
    room.check_archive()


def test_editors_decide(crawled: Newsroom, tmp_path: Path) -> None:
    room = crawled.copy(tmp_path / "home")
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
    nowhere(room, room.mailbox, tmp_path, BOTCHED, SHOWN)
    decided = {
        row["reason"]: (row["state"], row["decided_by"], row["why"]) for row in room.rows("quarantine", "list", "--all")
    }
    assert decided == {
        "under a box": ("kept", "Ed", "a mistake of mine"), "visible before": ("kept", "Ed", "a private person"),
    }  # fmt: skip
    room.run("quarantine", "release", "nothing-like-it", "--by", "Ed", "--why", "x", codes=(2,))
    room.run("quarantine", "release", held["under a box"], "--by", " ", "--why", "x", codes=(2,))
    room.check_archive()


def test_a_stale_index_shows_nothing_that_is_held_back(crawled: Newsroom, tmp_path: Path) -> None:
    """Another process holds the index: it is searched as it is, from before the words were held back."""
    room = crawled.copy(tmp_path / "home")
    with (room.path / "index" / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = room.run("search", SHOWN)
        assert "nothing found" in done.stdout
        assert "another process" in done.stderr
        assert not holds(room.run("search", "driver", "--json").stdout, SHOWN)
    nowhere(room, room.mailbox, tmp_path, SHOWN)


def test_text_without_facts_is_not_shown(tmp_path: Path, mailbox: Mailbox) -> None:
    """A crawl killed after its texts were stored: recovered, they are not searchable before they are looked through."""
    with published({REPORT: botched(), COPY: botched(), OTHER: other(redacted=False)}) as portal:
        room = watched(tmp_path / "home", portal, mailbox)
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
