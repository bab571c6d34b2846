"""What changed: told in words or lines, with both sides' proof; never what is hidden, from no cache either."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime
from typing import Any

import pytest

from archive.catalog.models import Capture, Restriction
from archive.ids import uuid7
from releases.diff.sides import file_source
from releases.models import File, FileVersion, Quarantine, Record, RecordVersion
from releases.text.passages import MASK
from tests.newsroom.inside import Newsroom
from web.diffs import comparing, kept, results

PORTAL = "lake-harbor"
CASE, SWAPPED, REPORT = "lh-2025-0105", "lh-2026-0002", "lh-2025-0103"
SCRIPT = "<script>alert(1)</script>"


def _page(newsroom: Newsroom, path: str, role: str = "") -> str:
    answer = newsroom.get(path, role)
    assert answer.status_code == 200, (path, answer.status_code)
    text: str = answer.content.decode()
    return text


def _file(key: str) -> File:
    return File.objects.get(record=Record.objects.get(key=key).id, version__gt=1)


def _known(newsroom: Newsroom, file: File) -> results.Result:
    old, new = FileVersion.objects.filter(file=file.id).order_by("number")
    return comparing.compare(newsroom.holdings, results.Wanted("inside", file_source(old), file_source(new), file.name))


def test_what_changed_in_a_record(newsroom: Newsroom) -> None:
    fields = _page(newsroom, f"/diff/{PORTAL}/{CASE}")
    assert "<del>Under review</del>" in fields
    assert "<ins>Closed</ins>" in fields
    assert "from=1&amp;to=2&amp;view=fields" in fields  # the link that stays
    text = _page(newsroom, f"/diff/{PORTAL}/{CASE}?view=text")
    assert "Status: <del>Under review</del><ins>Closed</ins>" in text
    assert "9 words added, 4 removed" in text
    assert "set aside as noise" in text
    lines = _page(newsroom, f"/diff/{PORTAL}/{CASE}?view=text&by=lines")
    assert "<del>Status: Under review</del>" in lines
    assert "<ins>Status: Closed</ins>" in lines
    noise = _page(newsroom, f"/diff/{PORTAL}/{CASE}?view=text&noise=1")
    assert "# " in noise
    assert "Hide them" in noise
    assert "final-report.pdf</ins>" in _page(newsroom, f"/diff/{PORTAL}/{CASE}?view=links")
    assert "same version: no difference" in _page(newsroom, f"/diff/{PORTAL}/{CASE}?from=2&to=2")
    assert "One version of this record is held" in _page(newsroom, f"/diff/{PORTAL}/lh-2025-0101")
    assert newsroom.get(f"/diff/{PORTAL}/LH-2025-0105?view=text")["Location"] == f"/diff/{PORTAL}/{CASE}?view=text"


def test_they_swapped_the_pdf(newsroom: Newsroom) -> None:
    file = _file(SWAPPED)
    old, new = FileVersion.objects.filter(file=file.id).order_by("number")
    listed = _page(newsroom, f"/diff/{PORTAL}/{SWAPPED}?view=files")
    assert f"file={file.id}&amp;from=1&amp;to=2" in listed
    page = _page(newsroom, f"/diff/{PORTAL}/{SWAPPED}?file={file.id}")
    log = {entry.key: entry.seq for entry in newsroom.holdings.log.entries()}
    for side in (old, new):
        assert side.digest in page
        assert f'href="/captures/{side.capture}"' in page
        assert f"entry {log[Capture.objects.get(id=side.capture).warc]}<" in page
    assert MASK in page  # words under a box, of which readers are told that there were some
    rendered = _page(newsroom, f"/diff/{PORTAL}/{REPORT}?file={_file(REPORT).id}&view=rendered")
    assert f"/files/{_file(REPORT).id}/v/1/pages/1" in rendered
    assert f"/files/{_file(REPORT).id}/v/2/pages/1" in rendered
    hidden = _page(newsroom, f"/diff/{PORTAL}/{SWAPPED}?file={file.id}&view=rendered")
    assert "/pages/1" not in hidden  # a picture would show the words
    assert "not shown as it is" in hidden
    assert _page(newsroom, f"/diff/{PORTAL}/{REPORT}?file={_file(REPORT).id}&view=clauses")
    both = _page(newsroom, f"/diff/captures/{old.capture}/{new.capture}")
    assert old.digest in both
    assert new.digest in both
    assert "very same bytes" in _page(newsroom, f"/diff/captures/{new.capture}/{new.capture}")


def test_what_is_hidden_later_is_not_served_from_what_was_kept(newsroom: Newsroom) -> None:
    file = _file(REPORT)
    path = f"/diff/{PORTAL}/{REPORT}?file={file.id}&by=lines"
    before = _page(newsroom, path)
    gone = before.split("<del>")[1].split("</del>")[0]
    assert len(gone) > 10
    assert len(list(results.folder(newsroom.home).glob("*.json"))) == 1
    _page(newsroom, path)
    assert len(list(results.folder(newsroom.home).glob("*.json"))) == 1  # compared once
    old = FileVersion.objects.get(file=file.id, number=1)
    held = Quarantine.objects.create(
        id=uuid7(), portal=PORTAL, record=file.record, file=file.id, digest=old.digest, capture=old.capture, page=1,
        spans=[[0, 100_000]], engine="pypdfium2", reason="under a box", state="held", at=datetime.now(UTC), crawl="",
    )  # fmt: skip
    after = _page(newsroom, path)
    assert gone not in after
    assert MASK in after
    Quarantine.objects.filter(id=held.id).update(state="released")
    assert gone in _page(newsroom, path)
    Restriction.objects.create(
        id=uuid7(), portal=PORTAL, digest=old.digest, why="an order", by="Edda", at=datetime.now(UTC)
    )
    shut = _page(newsroom, path)
    assert gone not in shut
    assert "not shown as it is" in shut
    for role, status in (("", 404), ("editor", 403)):
        assert newsroom.get(f"/diff/captures/{old.capture}/{old.capture}", role).status_code == status


def test_a_comparison_that_takes_long_says_so_and_comes(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "PATIENCE", 0)
    file = _file(REPORT)
    path = f"/diff/{PORTAL}/{REPORT}?file={file.id}"
    begun: list[Any] = []
    folder = results.folder(newsroom.home)
    started = comparing._started

    def held_up(holdings: Any, wanted: Any, key: str, name: str) -> Any:
        lock = (folder / f"{name}.lock").open("ab")  # as if another process compared it
        fcntl.flock(lock, fcntl.LOCK_EX)
        begun.append(lock)
        begun.append(started(holdings, wanted, key, name))
        return begun[1]

    monkeypatch.setattr(comparing, "_started", held_up)
    waiting = _page(newsroom, path)
    assert "Being compared" in waiting
    assert "hx-select" in waiting
    assert 'http-equiv="refresh"' in waiting  # without script, too
    lock, future = begun
    other = results.write(newsroom.home, lock.name.rpartition("/")[2].removesuffix(".lock"), _known(newsroom, file))
    lock.close()  # and has it
    assert future.result(60) == other
    assert other.inside is not None
    monkeypatch.setattr(comparing, "_started", started)
    assert "<del>" in _page(newsroom, path)
    kept.keep(newsroom.holdings)
    assert list(folder.glob("*.json"))
    results.clear(newsroom.home, datetime.now(UTC) + results.KEPT * 2)
    assert not list(folder.iterdir())


def test_a_failed_comparison_is_told_and_tried_again(newsroom: Newsroom) -> None:
    file = _file(REPORT)
    place = newsroom.home.archive / Capture.objects.get(id=FileVersion.objects.get(file=file.id, number=1).capture).warc
    away = place.with_suffix(".away")
    place.rename(away)
    path = f"/diff/{PORTAL}/{REPORT}?file={file.id}"
    broken = _page(newsroom, path)
    assert "<del>" not in broken
    away.rename(place)
    for kept_one in results.folder(newsroom.home).glob("*.json"):
        kept_one.unlink()
    comparing._running.clear()
    assert "<del>" in _page(newsroom, path)


def test_what_portals_wrote_is_only_text(newsroom: Newsroom) -> None:
    record = Record.objects.get(key=CASE)
    version = RecordVersion.objects.get(record=record.id, number=2)
    hostile = {SCRIPT: SCRIPT, "rows": [{"date": SCRIPT}], "long": f"{SCRIPT}\n" * 2000, **version.fields}
    RecordVersion.objects.filter(id=version.id).update(fields=hostile, title=SCRIPT)
    for query in ("", "?by=lines", "?view=files", "?view=text&noise=1"):
        page = _page(newsroom, f"/diff/{PORTAL}/{CASE}{query}")
        assert SCRIPT not in page
        assert len(page) < 100_000
    assert "&lt;script&gt;" in _page(newsroom, f"/diff/{PORTAL}/{CASE}")


def test_odd_questions_get_an_answer(newsroom: Newsroom) -> None:
    client = newsroom.client()
    odd = ("%00", "99999999999999", "-1", "x" * 5000, "2026-13-45", "0001-01-01", "9999-12-31", "%ff", "<b>")
    for name in ("from", "to", "file", "view", "by", "noise", "page"):
        for value in odd:
            answer = client.get(f"/diff/{PORTAL}/{CASE}?{name}={value}")
            assert answer.status_code in {200, 404}, (name, value)
    file = _file(SWAPPED)
    assert client.get(f"/diff/{PORTAL}/{CASE}?file={file.id}").status_code == 404  # another record's
    for path in ("x/y", "%00/%00", f"{uuid7()}/{uuid7()}", "../x"):
        assert client.get(f"/diff/captures/{path}").status_code in {400, 404}, path
