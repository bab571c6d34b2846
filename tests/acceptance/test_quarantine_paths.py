"""Further ways that a hidden word might take, by the real command: titles of later versions, comings and goings,
wrong media types, webhooks, and every form of `diff`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sample.server import SamplePortal
from sample.site import Resource
from tests.acceptance.newsroom import ROOT, Mailbox, Newsroom
from tests.acceptance.receivers import WebReceiver
from tests.acceptance.test_quarantine import (
    OTHER,
    SHOWN,
    SLUG,
    VERBS_IN_TURN,
    Portal,
    found,
    holds,
    mailbox,
    other,
    stored,
    watched,
)
from tests.unit.releases.text.drawing import Sheet, box, document, words

__all__ = ["mailbox"]

CASE = "lh-2025-0102"
VISIBLE, REDACTED = other(redacted=False), other(redacted=True)


def titled(*, redacted: bool, page: str = "findings") -> bytes:
    """The report, its writer's title and file name left in it."""
    lines = words("FICTIONAL. Review of the traffic stop at Pier Road on 3 March.", 72, 720)
    lines += words("The driver,", 72, 700) + words("was not charged with anything.", 204, 700)
    lines += box(130, 697, 70, 14) if redacted else words(SHOWN, 132, 700)
    metadata = {"Title": f"Stop of {SHOWN.upper()}", "Keywords": f"stop, {SHOWN}_statement.docx", "Subject": page}
    return document(Sheet(lines), metadata=metadata)


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    made = WebReceiver()
    yield made
    made.close()


def diffs(room: Newsroom) -> str:
    """What `diff` says of every pair of versions of the report, and of every pair of its captures, in every form."""
    (record,) = room.rows("record", SLUG, CASE)
    versions = next(file["versions"] for file in record["files"] if "0102" in file["versions"][0]["url"])
    numbers = [str(version["number"]) for version in versions]
    captures = [version["capture"] for version in versions]
    commands: list[list[str]] = []
    for form in ([], ["--noise"], ["--json"]):
        commands += [["diff", SLUG, CASE, *form]]
        commands += [
            ["diff", SLUG, CASE, "--file", "0102-report.pdf", "--from", a, "--to", b, *form]
            for a in numbers for b in numbers if a != b
        ]  # fmt: skip
        commands += [["diff", a, b, *form] for a in captures for b in captures if a != b]
    lines = "\n".join(json.dumps([*command, "--home", str(room.path)]) for command in commands)
    done = subprocess.run(
        [sys.executable, "-c", VERBS_IN_TURN], cwd=ROOT, input=lines, capture_output=True, text=True, check=True,
        timeout=280,
    )  # fmt: skip
    assert "was not charged" in done.stdout
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param([REDACTED, VISIBLE, REDACTED], id="redacted, by mistake not, then again as it was"),
        pytest.param([VISIBLE, REDACTED, VISIBLE.replace(b"3 March", b"4 March"), REDACTED], id="twice"),
        pytest.param([titled(redacted=False), titled(redacted=True), titled(redacted=True, page="x")], id="its title"),
    ],
)
def test_no_form_of_diff_and_no_webhook_tells_it(
    bodies: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox, receiver: WebReceiver
) -> None:
    portal = Portal(monkeypatch)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox)
        for body in bodies[:-1]:
            portal.documents[OTHER] = body
            room.crawl(SLUG)
        room.run("alerts", "subscribe", receiver.url, "--everything", "--backfill")
        portal.documents[OTHER] = bodies[-1]
        room.crawl(SLUG)
        room.run("run", codes=(0, 3))
    told = diffs(room)
    assert [line for line in told.splitlines() if holds(line, SHOWN)] == []
    assert receiver.taken, "the webhook was told of the replacement"
    assert [taken for _, taken in receiver.taken if holds(taken, SHOWN)] == []
    assert found(room, f'"{SHOWN}"') == found(room, f"{SHOWN[:6]}*") == []
    if b"statement" in bodies[0]:
        facts = [str(row) for row in _facts(room)]
        assert len(facts) >= len(bodies)
        assert [row for row in facts if holds(row, SHOWN)] == []
        assert holds(stored(room, "commits/"), SHOWN), "the first version's title is in the commit of its day"


def _facts(room: Newsroom, kind: str = "pdf") -> list[Any]:
    from django.db import connections

    from archive.catalog.database import open_database

    open_database(room.home.database_url)
    from releases.models import FileFacts

    rows = list(FileFacts.objects.filter(kind=kind).order_by("at").values_list("facts", flat=True))
    connections.close_all()
    return rows


@pytest.mark.parametrize("mime", ["image/png", "text/html"])
def test_a_document_is_looked_through_whatever_its_server_calls_it(
    mime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    portal = Portal(monkeypatch)
    served = portal.resource

    def mislabelled(world: Any, path: str, page: int, *, broken: bool) -> Resource | None:
        answer = served(world, path, page, broken=broken)
        return Resource(answer.body, mime) if answer and path == OTHER else answer

    monkeypatch.setattr("sample.server.resource", mislabelled)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox)
        room.crawl(SLUG)
        assert found(room, SHOWN) == [(CASE, 1)]
        portal.documents[OTHER] = REDACTED
        room.crawl(SLUG)
    assert [row["reason"] for row in room.rows("quarantine", "list") if row["key"] == CASE] == ["visible before"]
    assert found(room, SHOWN) == []


def test_pictures_are_looked_into_and_damaged_ones_only_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    portal = Portal(monkeypatch)
    served = portal.resource

    def picture(world: Any, path: str, page: int, *, broken: bool) -> Resource | None:
        answer = served(world, path, page, broken=broken)
        return Resource(answer.body, "image/png") if answer and path == OTHER else answer

    monkeypatch.setattr("sample.server.resource", picture)
    with SamplePortal(day=1) as server:
        room = watched(tmp_path, server, mailbox)
        for body in (_png(40, 30), _png(60, 30)[:20], _png(80, 30)):
            portal.documents[OTHER] = body
            room.crawl(SLUG)
    assert [(row["width"], row["height"]) for row in _facts(room, "image")] == [(40, 30), (80, 30)]
    (told,) = room.rows("diff", SLUG, CASE, "--from", "1", "--to", "3", "--file", "0102-report.pdf")
    assert told["files"][0]["diff"]["content"]["kind"] == "image"


def _png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()
