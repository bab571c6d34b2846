"""What a reader is told of files replaced in place, by the real command: both versions are kept, whatever came."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sample.server import SamplePortal, portal_file
from sample.site import Resource
from sample.site import resource as of_the_story
from tests.unit.cli.conftest import SETTINGS, Verb, command
from tests.unit.releases.facts.media_files import drawn, wav
from tests.unit.releases.text.drawing import Sheet, box, document, words

SECRET = "Quillfeather"
DAYS = (1, 3, 4)


def sheet(text: str, *more: str) -> Sheet:
    return Sheet(words(f"FICTIONAL. {text}", 72, 720) + "".join(more))


def report(*pages: Sheet, **metadata: str) -> bytes:
    return document(*pages, metadata=metadata)


PLAIN = [
    sheet(f"Report of the review, page {n}: the panel {said} at length.")
    for n, said in enumerate(("met", "sat", "rose"))
]
NAMED = sheet(
    "Stop at Pier Road.", words("The driver,", 72, 700), words(SECRET, 132, 700), words("was not charged.", 210, 700)
)
BOXED = sheet(
    "Stop at Pier Road.", words("The driver,", 72, 700), box(130, 697, 74, 14), words("was not charged.", 210, 700)
)
ERROR = b"<!DOCTYPE html><html><body><h1>Service unavailable</h1><p>Try again later.</p></body></html>"


def locked() -> bytes:
    """Asks for a password."""
    whole = report(*PLAIN)
    key = "28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a"
    entry = f"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{key}> /U <{key}> >> /Size"
    assert b"trailer << /Size" in whole
    return whole.replace(b"trailer << /Size", f"trailer << {entry}".encode())


def picture(seed: int) -> bytes:
    made = io.BytesIO()
    drawn(seed, (320, 240)).save(made, "PNG")
    return made.getvalue()


def path(number: int, what: str = "report.pdf") -> str:
    return f"/documents/lh-2025-0{number}-{what}"


PDF = "application/pdf"
SERVED: dict[str, list[tuple[bytes, str]]] = {
    path(101): [
        (report(*PLAIN, Producer="Fictional Writer 1"), PDF),
        (
            report(
                PLAIN[0],
                sheet("A page that was not there before, about the flood."),
                *PLAIN[1:],
                Producer="Fictional Writer 2",
            ),
            PDF,
        ),
        (
            report(
                PLAIN[0],
                sheet("A page that was not there before, about the flood."),
                *PLAIN[1:],
                Producer="Fictional Writer 2",
            ),
            PDF,
        ),
    ],
    path(101, "911-call.wav"): [(wav(2), "audio/x-wav"), (wav(5), "audio/x-wav"), (wav(5), "audio/x-wav")],
    path(102): [(report(*PLAIN), PDF), (b"", PDF), (report(*PLAIN), PDF)],
    path(104): [(report(*PLAIN), PDF), (b"%PDF-1.4 not found, sorry  \r\n\r\n", PDF), (report(*PLAIN), PDF)],
    path(105): [(report(*PLAIN), PDF), (ERROR, "text/html"), (ERROR, PDF)],
    path(106): [(report(*PLAIN), PDF), (locked(), PDF), (report(*PLAIN)[:900], PDF)],
    path(108): [(report(NAMED, *PLAIN), PDF), (ERROR, "text/html"), (report(BOXED, *PLAIN), PDF)],
    path(109): [(picture(1), "image/png"), (picture(9), "image/png"), (picture(9), "image/png")],
    path(111): [
        (report(NAMED, *PLAIN, Subject=f"On {SECRET}"), PDF),
        (report(BOXED, *PLAIN), PDF),
        (report(BOXED, *PLAIN), PDF),
    ],
}


class Home(NamedTuple):
    path: Path
    verb: Verb


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three crawls of the sample portal with our documents in it."""
    base = tmp_path_factory.mktemp("diff") / "home"
    (base / "portals").mkdir(parents=True)
    (base / "recordwatch.toml").write_text(SETTINGS, "utf-8")
    patch = pytest.MonkeyPatch()
    stage = 0

    def resource(world: Any, asked: str, page: int, *, broken: bool) -> Resource | None:
        if asked in SERVED:
            return Resource(*SERVED[asked][stage])
        return of_the_story(world, asked, page, broken=broken)

    patch.setattr("sample.server.resource", resource)
    with SamplePortal(day=1) as portal:
        (base / "portals" / "lake-harbor.toml").write_text(portal_file(portal.url), "utf-8")
        for stage, day in enumerate(DAYS):  # noqa: B007  read in `resource`
            portal.day = day
            done = command("crawl", "lake-harbor", "--home", str(base))
            assert done.returncode == 0, done.stderr
    patch.undo()
    return base


@pytest.fixture
def home(crawled: Path, verb: Verb) -> Home:
    return Home(crawled, verb)


def told(home: Home, number: int, *more: str) -> str:
    done = home.verb("diff", "lake-harbor", f"LH-2025-0{number}", *more, "--home", home.path)
    assert done.code == 0, done.err
    assert not done.err
    return done.out


def rows(home: Home, number: int, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told(home, number, "--json", *more))
    return found


def content(home: Home, number: int, old: int, new: int) -> dict[str, Any]:
    (one,) = rows(home, number, "--file", f"0{number} Summary", "--from", str(old), "--to", str(new))["files"]
    return dict(one["diff"])


def test_an_inserted_page_and_metadata(home):
    said = told(home, 101)
    assert "page 2 added, Producer changed" in said
    assert "Producer: [-Fictional Writer 1-] → {+Fictional Writer 2+}" in said
    assert "~ page" not in said


def test_a_recording_that_grew(home):
    said = told(home, 101, "--file", "911")
    assert "duration: [-2.0-] → {+5.0+}" in said
    assert "3 s longer" in said


@pytest.mark.parametrize(
    ("number", "old", "new", "why"),
    [
        (102, 1, 2, "after: it has no bytes"),
        (102, 2, 1, "before: it has no bytes"),
        (104, 1, 2, "after: "),
        (105, 1, 2, ""),
        (106, 1, 2, "encrypted"),
        (106, 2, 3, "before: it is encrypted"),
    ],
)
def test_whatever_came_both_are_kept_and_what_came_is_said(home, number, old, new, why):
    diff = content(home, number, old, new)
    assert not diff["same_bytes"]
    assert why in diff["unread"]
    bodies = [len(SERVED[path(number)][version - 1][0]) for version in (old, new)]
    assert [diff["old_size"], diff["new_size"]] == bodies


def test_thirty_one_bytes_and_nothing(home):
    assert "31 B" in told(home, 104, "--file", "Summary", "--from", "1", "--to", "2")
    assert "0 B" in told(home, 102, "--file", "Summary", "--from", "1", "--to", "2")


def test_an_error_page_instead_of_a_report_is_compared_as_text(home):
    said = told(home, 105, "--file", "0105 Summary", "--from", "1", "--to", "2")
    assert "application/pdf-] → {+text/html" in said
    assert "+ Service unavailable" in said
    assert "- FICTIONAL. Report of the review" in said


def test_equal_length(home):
    said = told(home, 103)
    assert "1,081 bytes before and after, other ones" in said
    assert "[-3-]{+5+} shots" in said


def test_a_damaged_end_does_not_stop_the_comparison(home):
    diff = content(home, 106, 1, 3)
    assert diff["content"] is not None or diff["unread"]


def test_another_picture(home):
    assert "looks quite otherwise" in told(home, 109)


@pytest.mark.parametrize("number", [108, 111])
def test_what_a_box_hides_now_is_told_in_no_diff(home, number):
    """Of 0108 no crawl could compare the two: an error page came between them."""
    versions = [("1", "2"), ("1", "3"), ("3", "1"), ("2", "3")] if number == 108 else [("1", "2"), ("2", "1")]
    for old, new in versions:
        for form in ([], ["--json"], ["--noise"]):
            said = told(home, number, "--file", "Summary", "--from", old, "--to", new, *form)
            assert SECRET not in said
            assert "driver" in said or "Service" in said
    shown = told(home, 111)
    assert "1 new black box" in shown
    assert SECRET not in shown
    assert "█████" in told(home, 108, "--file", "Summary", "--from", "1", "--to", "3")


def test_two_captures(home):
    (one,) = rows(home, 101, "--file", "Summary")["files"]
    old, new = one["old"]["capture"], one["new"]["capture"]
    done = home.verb("diff", old, new, "--home", home.path)
    assert done.code == 0, done.err
    assert "page 2 added" in done.out
    same = home.verb("diff", old, old, "--home", home.path)
    assert "nothing differs" in same.out


def test_nothing_to_compare_is_one_sentence(home):
    assert "There is nothing to compare." in told(home, 107)
    for asked, said in (
        (("lake-harbor", "LH-2025-0101", "--from", "7"), "there is no version 7"),
        (("lake-harbor", "LH-2025-0101", "--file", "video"), "no file is called 'video'"),
        (("lake-harbor", "LH-2025-0101", "--file", "Summary", "--from", "2031-01-01"), ""),
        (("lake-harbor", "LH-2025-0101", "--file", "Summary", "--from", "2001-01-01"), "nothing was held before"),
        (("lake-harbor", "LH-2025-0101", "--file", "Summary", "--from", "yesterday"), "is neither a version's number"),
        (("0" * 8 + "-0000-7000-8000-" + "0" * 12,) * 2, "the catalog knows no such capture"),
    ):
        done = home.verb("diff", *asked, "--home", home.path)
        assert done.code == 2, asked
        assert said in done.err
        assert len(done.err.strip().splitlines()) == 1


@pytest.mark.parametrize("columns", ["30", "60", "200"])
def test_it_fits_a_phone(home, columns):
    environment = {**os.environ, "COLUMNS": columns, "NO_COLOR": "1"}
    done = command("diff", "lake-harbor", "LH-2025-0101", "--home", str(home.path), env=environment)
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
    assert "\x1b" not in done.stdout


def test_colour_never_speaks_alone(home):
    done = command(
        "diff", "lake-harbor", "LH-2025-0103", "--home", str(home.path), env={**os.environ, "FORCE_COLOR": "1"}
    )
    assert "\x1b[31m" in done.stdout
    assert "[-3-]{+5+}" in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def test_a_sentence_for_alerts(home):
    from archive.holdings import Holdings
    from config.home import open_home
    from releases.diff.sides import Comparer
    from releases.models import Event

    with Comparer(Holdings(open_home(str(home.path)))) as comparer:
        said = {event.key: comparer.told(event) for event in Event.objects.filter(kind="file_replaced").order_by("id")}
        changed = Event.objects.filter(kind="changed").first()
        assert changed is not None
        assert "status changed" in comparer.told(changed)
        assert comparer.told(Event.objects.filter(kind="new").first()) == ""
    assert said["lh-2025-0103"] == "1 of 1 page differs, 1 word added, 1 removed"
    assert said["lh-2025-0109"] == "looks quite otherwise"
    assert said["lh-2025-0111"].startswith("1 of 4 pages differs, 1 new black box")
    assert SECRET not in str(said)
