"""Further ways that a hidden word might take, by the real command: titles of later versions, comings and goings,
wrong media types, webhooks, and every form of `diff`. Several reports of one portal take them at once, each with a
name of its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.acceptance.receivers import WebReceiver
from tests.acceptance.redactions import SLUG, found, hidden_pages, holds, in_turn, other, published, stored, unwatched
from tests.unit.releases.text.drawing import Sheet, box, document, words


def report(number: str) -> str:
    return f"/documents/lh-2025-{number}-report.pdf"


def titled(name: str, *, redacted: bool, page: str = "findings") -> bytes:
    """A report, its writer's title and file name left in it."""
    lines = words("FICTIONAL. Review of the traffic stop at Mill Road on 3 March.", 72, 720)
    lines += words("The driver,", 72, 700) + words("was not charged with anything.", 204, 700)
    lines += box(130, 697, 70, 14) if redacted else words(name, 132, 700)
    metadata = {"Title": f"Stop of {name.upper()}", "Keywords": f"stop, {name}_statement.docx", "Subject": page}
    return document(Sheet(lines), metadata=metadata)


@dataclass(frozen=True)
class Course:
    """What one report is, crawl after crawl, and whom it names."""

    number: str
    name: str
    bodies: list[bytes]

    @property
    def versions(self) -> int:
        return 1 + sum(a != b for a, b in zip(self.bodies, self.bodies[1:], strict=False))


def _by_mistake() -> Course:
    name = "Marrowbridge"
    shown, hidden = (other(redacted=redacted, name=name, road="Quay") for redacted in (False, True))
    return Course("0101", name, [hidden, hidden, shown, hidden])


def _twice() -> Course:
    name = "Quillfeather"
    shown, hidden = (other(redacted=redacted, name=name) for redacted in (False, True))
    again = shown.replace(b"3 March", b"4 March")
    assert again != shown
    return Course("0102", name, [shown, hidden, again, hidden])


def _title() -> Course:
    name = "Tanglefoot"
    shown, hidden, last = (
        titled(name, redacted=redacted, page=page)
        for redacted, page in ((False, "findings"), (True, "findings"), (True, "x"))
    )
    return Course("0103", name, [shown, shown, hidden, last])


COURSES = {"redacted, by mistake not, then again as it was": _by_mistake(), "twice": _twice(), "its title": _title()}


@dataclass
class Told:
    room: Newsroom
    hooks: list[bytes]
    """Bodies that the webhook was sent: it was subscribed before the last crawl."""
    said: dict[str, str]
    """Course → what `diff` says of it."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("courses")
    mailbox, receiver = Mailbox(), WebReceiver()
    with published({}) as portal:
        room = unwatched(folder / "home", portal, mailbox)
        for crawl in range(4):
            if crawl == 3:
                room.run("alerts", "subscribe", receiver.url, "--everything", "--backfill")
            portal.documents |= {report(course.number): course.bodies[crawl] for course in COURSES.values()}
            room.crawl(SLUG)
        room.run("run", codes=(0, 3))
    yield Told(room, [body for _, body in receiver.taken], {way: diffs(room, COURSES[way], folder) for way in COURSES})
    receiver.close()
    mailbox.close()


def diffs(room: Newsroom, course: Course, folder: Path) -> str:
    """What `diff` says of every pair of versions of the report, and of every pair of its captures, in every form."""
    key = f"lh-2025-{course.number}"
    (record,) = room.rows("record", SLUG, key)
    versions = next(file["versions"] for file in record["files"] if course.number in file["versions"][0]["url"])
    assert len(versions) == course.versions
    numbers = [str(version["number"]) for version in versions]
    captures = [version["capture"] for version in versions]
    commands: list[list[str]] = []
    for form in ([], ["--noise"], ["--json"]):
        commands += [["diff", SLUG, key, *form]]
        commands += [
            ["diff", SLUG, key, "--file", f"{course.number}-report.pdf", "--from", a, "--to", b, *form]
            for a in numbers for b in numbers if a != b
        ]  # fmt: skip
        commands += [["diff", a, b, *form] for a in captures for b in captures if a != b]
    said = in_turn(room, commands, folder)
    assert "was not charged" in said
    return said


@pytest.mark.parametrize("way", COURSES)
def test_no_form_of_diff_and_no_webhook_tells_it(way: str, told: Told) -> None:
    course = COURSES[way]
    assert [line for line in told.said[way].splitlines() if holds(line, course.name)] == []
    assert any(f"lh-2025-{course.number}".encode() in body for body in told.hooks), "the webhook was told of it"
    assert [body for body in told.hooks if holds(body, course.name)] == []
    assert found(told.room, f'"{course.name}"') == found(told.room, f"{course.name[:6]}*") == []


def test_a_title_is_in_the_commit_of_its_day_alone(told: Told) -> None:
    name = COURSES["its title"].name
    facts = [str(row) for row in _facts(told.room)]
    assert len(facts) >= sum(course.versions for course in COURSES.values())
    assert [row for row in facts if holds(row, name)] == []
    assert holds(stored(told.room, "commits/"), name), "the first version's title is in the commit of its day"


def _facts(room: Newsroom, kind: str = "pdf") -> list[Any]:
    from django.db import connections

    from archive.catalog.database import open_database

    open_database(room.home.database_url)
    from releases.models import FileFacts

    rows = list(FileFacts.objects.filter(kind=kind).order_by("at").values_list("facts", flat=True))
    connections.close_all()
    return rows


def test_documents_are_looked_through_whatever_their_server_calls_them(tmp_path: Path) -> None:
    """PDFs called a picture and a page; and real pictures, of which a damaged one is only kept."""
    called = {"0101": ("image/png", "Marrowbridge", "Quay"), "0102": ("text/html", "Quillfeather", "Pier")}
    mailbox = Mailbox()
    with published({}) as portal:
        room = unwatched(tmp_path / "home", portal, mailbox)
        portal.mime = {report(number): mime for number, (mime, _, _) in called.items()} | {report("0103"): "image/png"}
        for redacted, picture in ((False, _png(40, 30)), (True, _png(60, 30)[:20]), (True, _png(80, 30))):
            for number, (_, name, road) in called.items():
                portal.documents[report(number)] = other(redacted=redacted, name=name, road=road)
            portal.documents[report("0103")] = picture
            room.crawl(SLUG)
            for number, (_, name, _) in called.items():
                assert found(room, name) == ([] if redacted else [(f"lh-2025-{number}", 1)])
    mailbox.close()
    assert hidden_pages(room) == [(f"lh-2025-{number}", 1, "visible before") for number in called]
    assert [(row["width"], row["height"]) for row in _facts(room, "image")] == [(40, 30), (80, 30)]
    (told,) = room.rows("diff", SLUG, "lh-2025-0103", "--from", "1", "--to", "3", "--file", "0103-report.pdf")
    assert told["files"][0]["diff"]["content"]["kind"] == "image"


def _png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()
