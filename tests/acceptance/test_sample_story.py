"""The whole story of the sample portal, told by the real command: folder and SQLite, then S3 and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sample.server import SamplePortal, portal_file
from sample.story import DAYS, WITNESS, Expected
from tests.acceptance.newsroom import Mailbox, Newsroom, seen, store_table
from tests.services.swift import S3Server

SLUG = "lake-harbor"
UNCHANGED = 2
"""A day on which nothing happens."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.close()


@pytest.fixture
def portal() -> Iterator[SamplePortal]:
    with SamplePortal(day=1) as server:
        yield server


def subscribed(room: Newsroom, portal: SamplePortal) -> Newsroom:
    room.watch(portal_file(portal.url), SLUG)
    room.run("alerts", "subscribe", "mailto:reporter@example.org", "--portal", SLUG, "--name", "Lake Harbor")
    return room


def tell(room: Newsroom, portal: SamplePortal, mailbox: Mailbox) -> None:
    """Crawl day after day; events, verdicts, exit codes and mails must be the story's. An unchanged day is asked for
    conditionally, and says nothing.
    """
    held: dict[str, set[Expected]] = {}
    for number, day in DAYS.items():
        portal.day = number
        before, asked = len(mailbox.messages), len(portal.requests)
        result = room.crawl(SLUG, codes=(0 if day.verdict == "healthy" else 3,))
        assert result["verdict"] == day.verdict, result["reason"]
        if number == UNCHANGED:
            assert result["events"] == []
            answers = [line.rsplit(" ", 1)[1] for line in portal.requests[asked:] if "robots.txt" not in line]
            assert set(answers) == {"304"}
        held[result["crawl"]] = {event for event in day.events if event.kind == "quarantined"}
        assert seen(result["events"]) == set(day.events) - held[result["crawl"]], f"day {number}"
        told = mailbox.messages[before:]
        assert bool(told) == bool(day.events or number == 1), f"day {number}: {len(told)} mails"
        for message in told:
            assert message["Message-ID"]
            assert "FICTIONAL" in message.as_string()
    hidden = room.rows("releases", "--kind", "quarantined", "--limit", "1000")
    assert {crawl: seen(row for row in hidden if row["crawl"] == crawl) for crawl in held} == held
    assert any(held.values())
    assert len({message["Message-ID"] for message in mailbox.messages}) == len(mailbox.messages)


def test_the_story_on_a_laptop(tmp_path: Path, portal: SamplePortal, mailbox: Mailbox) -> None:
    room = subscribed(Newsroom(tmp_path / "home", mailbox), portal)
    tell(room, portal, mailbox)
    assert not any(WITNESS.split()[1] in message.as_string() for message in mailbox.messages)
    told = [
        part.get_content()
        for message in mailbox.messages
        for part in message.walk()
        if part.get_content_type() == "text/plain"
    ]
    inside = [line.partition(": ")[2] for text in told for line in text.splitlines() if "File replaced" in line]
    assert inside == [
        "1 of 1 page differs, 1 word added, 1 removed",
        "1 of 1 page differs, 1 word removed",
        "1 of 1 page differs, 2 words added, 4 removed",
    ]
    assert room.rows("search", WITNESS.split()[1]) == []
    kinds = {event["kind"] for event in room.rows("releases", "--limit", "1000")}
    assert {"new", "changed", "file_replaced", "withdrawn", "restored", "blocked", "broken", "recovered"} <= kinds
    room.check_archive()


def test_the_story_on_s3_and_postgresql(
    tmp_path: Path, portal: SamplePortal, mailbox: Mailbox, swift_tls: S3Server, postgres_url: str
) -> None:
    room = subscribed(
        Newsroom(
            tmp_path / "home", mailbox, extra=f'database = "{postgres_url}"', tables=store_table(swift_tls.config())
        ),
        portal,
    )
    tell(room, portal, mailbox)
    room.check_archive()
