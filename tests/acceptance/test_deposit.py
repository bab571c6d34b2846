"""A memo that was handed in: beside the record it is about, searchable, exportable, and never called captured."""

from __future__ import annotations

import gzip
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sample.server import SamplePortal, portal_file
from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.acceptance.redactions import BOTCHED, botched
from tests.unit.releases.text.drawing import Sheet, document, words

SLUG, CASE = "lake-harbor", "lh-2025-0101"
WORD = "Marzipanoff"
HOW = "handed to our reporter after the council meeting"


def memo(word: str = WORD) -> bytes:
    return document(Sheet(words(f"FICTIONAL. Memorandum of the deputy chief about {word}.", 72, 720)))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A newsroom after its portal's first day: each test works on a copy."""
    box = Mailbox()
    with SamplePortal(day=1) as portal:
        found = Newsroom(tmp_path_factory.mktemp("crawled") / "home", box)
        found.watch(portal_file(portal.url), SLUG)
        found.run("alerts", "subscribe", "mailto:reader@example.org", "--everything")
        found.crawl(SLUG)
        found.run("run")
        found.portal = portal  # type: ignore[attr-defined]
        yield found
    box.close()


@pytest.fixture
def room(crawled: Newsroom, tmp_path: Path) -> Newsroom:
    found = crawled.copy(tmp_path / "home")
    found.portal = crawled.portal  # type: ignore[attr-defined]
    found.portal.day = 1  # type: ignore[attr-defined]
    found.mailbox.messages.clear()
    return found


def handed_in(tmp_path: Path, body: bytes, name: str = "memo.pdf") -> str:
    path = tmp_path / name
    path.write_bytes(body)
    return str(path)


def test_a_memo_stands_on_the_timeline_and_is_not_called_captured(room: Newsroom, tmp_path: Path) -> None:
    path = handed_in(tmp_path, memo())
    (done,) = room.rows("deposit", SLUG, path, "--about", "LH-2025-0101", "--how", HOW, "--dated", "2025-03-02",
                        "--title", "Memo on notification", "--kind", "memo", "--field", "unit=Detective Bureau")  # fmt: skip
    assert done["about"] == [CASE]
    told = " ".join(room.run("record", SLUG, CASE).stdout.split())
    assert "+ deposited Memo on notification" in told
    assert "not captured from it" in told
    own = room.run("record", SLUG, done["key"]).stdout
    assert "never captured from the portal" in own
    assert "Detective Bureau" in own
    assert "urn:recordwatch:deposit:" in own
    (hit,) = room.rows("search", WORD)
    assert (hit["key"], hit["state"], hit["page"]) == (done["key"], "deposited", 1)
    assert "deposited, not captured" in room.run("search", WORD).stdout
    (row,) = room.rows("record", SLUG, CASE)
    assert [one["key"] for one in row["deposits"]] == [done["key"]]
    assert "unit" not in row["versions"][-1]["fields"], "what the portal says is the portal's alone"
    export = tmp_path / "memo.warc.gz"
    room.run("export", SLUG, done["key"], "-o", str(export))
    assert memo() in gzip.decompress(export.read_bytes())
    assert b"WARC-Type: resource" in gzip.decompress(export.read_bytes())
    room.run("run")
    assert room.mailbox.messages == [], "nobody is told unless --tell says so"
    room.check_archive()


def test_no_crawl_misses_it_and_no_crawl_takes_it_for_its_own(room: Newsroom, tmp_path: Path) -> None:
    (done,) = room.rows("deposit", SLUG, handed_in(tmp_path, memo()), "--about", CASE, "--how", HOW)
    for day in (1, 2, 3, 4, 5):
        room.portal.day = day  # type: ignore[attr-defined]
        room.crawl(SLUG)
    (row,) = room.rows("record", SLUG, done["key"])
    assert (row["state"], [event["kind"] for event in row["events"]]) == ("deposited", ["new"])
    assert [file["state"] for file in row["files"]] == ["deposited"]
    room.check_archive()


def test_subscribers_hear_of_it_where_the_desk_wants_them_to(room: Newsroom, tmp_path: Path) -> None:
    room.run("deposit", SLUG, handed_in(tmp_path, memo()), "--about", CASE, "--how", HOW, "--tell")
    room.run("run")
    assert len(room.mailbox.messages) == 1, [(m["To"], m["Subject"]) for m in room.mailbox.messages]
    (message,) = room.mailbox.messages
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Deposited: handed in, not published by the portal and not captured from it" in " ".join(text.split())
    assert "+ deposited" in room.run("releases").stdout


def test_the_same_bytes_are_not_deposited_twice_and_captured_ones_are_named(room: Newsroom, tmp_path: Path) -> None:
    path = handed_in(tmp_path, memo())
    (done,) = room.rows("deposit", SLUG, path, "--how", HOW)
    again = room.run("deposit", SLUG, path, "--how", HOW, codes=[2])
    assert done["key"] in again.stderr
    (row,) = room.rows("record", SLUG, CASE)
    captured = next(file for file in row["files"] if file["versions"])
    digest = captured["versions"][0]["digest"]
    (capture,) = [one for one in row["captures"] if one["payload_digest"] == digest][:1]
    export = tmp_path / "x.warc.gz"
    room.run("export", SLUG, CASE, "-o", str(export))
    from archive.warc.replay import Replay

    body = Replay.from_file(export).get(capture["url"]).body
    (same,) = room.rows("deposit", SLUG, handed_in(tmp_path, body, "leaked.pdf"), "--how", HOW)
    assert same["captured_too"] == [capture["url"]]


def test_words_under_a_box_are_held_back_in_deposits_too(room: Newsroom, tmp_path: Path) -> None:
    (done,) = room.rows("deposit", SLUG, handed_in(tmp_path, botched()), "--how", HOW)
    assert "black out" in done["warnings"][0]
    assert room.rows("search", BOTCHED) == []
    assert [row["key"] for row in room.rows("search", "complainant") if row["state"] == "deposited"] == [done["key"]]
    assert [row["key"] for row in room.rows("quarantine", "list")] == [done["key"]]
    for said in (room.run("record", SLUG, done["key"]), room.run("record", SLUG, done["key"], "--json")):
        assert BOTCHED not in said.stdout


@pytest.mark.parametrize(
    "point",
    ["spool.write", "warc.sealed", "store.put", "log.appended", "commit.stored", "commit.applied", "commit.done"],
)
def test_a_killed_deposit_is_whole_or_can_be_given_again(room: Newsroom, tmp_path: Path, point: str) -> None:
    path = handed_in(tmp_path, memo())
    command = ("deposit", SLUG, path, "--about", CASE, "--how", HOW)
    room.run(*command, codes=[-signal.SIGKILL], environment={"RECORDWATCH_FAULT": point})
    room.run("recover")
    if not room.rows("search", WORD):
        room.run(*command)
    hits = room.rows("search", WORD)
    assert {hit["state"] for hit in hits if hit["key"]} == {"deposited"}
    room.check_archive()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--how", " "), "--how is empty"),
        (("--how", HOW, "--about", "lh-2025-0199"), "Close to it"),
        (("--how", HOW, "--dated", "3/2/2025"), "--dated"),
        (("--how", HOW, "--field", "unit"), "--field"),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    room: Newsroom, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = room.run("deposit", SLUG, handed_in(tmp_path, memo()), *arguments, codes=[1, 2])
    assert said in done.stderr
    assert room.rows("search", WORD) == []
