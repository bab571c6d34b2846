"""Evidence packages: made by a process of its own, fetched once whole, never with what is hidden by then."""

from __future__ import annotations

import io
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from archive.catalog.models import Restriction
from archive.ids import uuid7
from archive.warc.index import scan
from releases.models import Quarantine, Record
from tests.newsroom.inside import Newsroom
from web.records import export_jobs, kept

PORTAL, SWAPPED = "lake-harbor", "lh-2026-0002"


def _ask(newsroom: Newsroom, form: str, key: str = SWAPPED) -> export_jobs.Job:
    answer = newsroom.client().post("/exports/new", {"portal": PORTAL, "key": key, "form": form})
    assert answer.status_code == 302, answer.content
    job = export_jobs.read(newsroom.home, answer["Location"].rpartition("/")[2])
    assert job is not None
    return job


def _made(newsroom: Newsroom, job: export_jobs.Job) -> export_jobs.Job:
    for thread in threading.enumerate():
        if thread.name == f"export {job.id}":
            thread.join(60)
    made = export_jobs.read(newsroom.home, job.id)
    assert made is not None
    return made


def _size(newsroom: Newsroom, job: export_jobs.Job) -> int:
    return export_jobs.package(newsroom.home, job).stat().st_size


def _body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_package_is_made_fetched_and_never_given_with_what_is_hidden_since(newsroom: Newsroom) -> None:
    job = _ask(newsroom, "wacz")
    waiting = newsroom.get(f"/exports/{job.id}").content.decode()
    assert "hx-get" in waiting or "Download" in waiting
    assert _made(newsroom, job).state == "done", export_jobs.read(newsroom.home, job.id)
    page = newsroom.get(f"/exports/{job.id}").content.decode()
    assert "It is whole" in page
    assert "1 capture is left out: it holds words" in page  # the botched redaction
    assert newsroom.get(f"/exports/{job.id}.json").json()["state"] == "done"
    answer = newsroom.get(f"/exports/{job.id}/package", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert int(answer["Content-Length"]) == _size(newsroom, job)
    assert f"{PORTAL}-{SWAPPED}" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(_body(answer))) as package:
        found = scan(io.BytesIO(package.read("archive/data.warc.gz")), "data.warc.gz")
    digests = {row.payload_digest for row in found.captures}
    assert Quarantine.objects.get().digest not in digests
    victim = next(row for row in found.captures if row.url.endswith("report.pdf"))
    Restriction.objects.create(
        id=uuid7(), portal=PORTAL, digest=victim.payload_digest, why="an order", by="Edda", at=datetime.now(UTC)
    )
    assert newsroom.get(f"/exports/{job.id}/package").status_code == 410
    assert not export_jobs.package(newsroom.home, job).exists()
    assert newsroom.get(f"/exports/{job.id}").status_code == 404


def test_packages_are_bounded_and_go_after_a_day(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _made(newsroom, _ask(newsroom, "warc.gz", "lh-2025-0107"))
    assert job.state == "done", job.said
    assert _body(newsroom.get(f"/exports/{job.id}/package"))[:2] == b"\x1f\x8b"
    export_jobs.write(
        newsroom.home, msgspec.structs.replace(job, id="f" * 32, state="running", pid=0, at=job.at - timedelta(hours=1))
    )
    dead = newsroom.get(f"/exports/{'f' * 32}").content.decode()
    assert "its process ended" in dead
    kept.keep(newsroom.holdings)
    assert newsroom.get(f"/exports/{job.id}").status_code == 200
    export_jobs.clear(newsroom.home, datetime.now(UTC) + export_jobs.KEPT + timedelta(minutes=1))
    assert newsroom.get(f"/exports/{job.id}").status_code == 404
    assert not list(export_jobs.folder(newsroom.home).glob("*.warc.gz"))
    monkeypatch.setattr(export_jobs, "MOST_BYTES", 10)
    full = newsroom.client().post("/exports/new", {"portal": PORTAL, "key": SWAPPED, "form": "wacz"})
    assert full.status_code == 503
    assert "there is room for" in full.content.decode()


def test_odd_questions_are_refused(newsroom: Newsroom) -> None:
    client = newsroom.client()
    assert client.get("/exports/new").status_code == 405
    for form in ({}, {"form": "zip"}, {"form": "wacz"}, {"form": "wacz", "portal": "\0", "key": "x" * 9000}):
        assert client.post("/exports/new", form).status_code in {400, 404}, form
    for wrong in ("0" * 32, "../catalog.sqlite3", "%2e%2e%2fx", "z" * 32):
        for ending in ("", ".json", "/package"):
            assert client.get(f"/exports/{wrong}{ending}").status_code in {400, 404}, wrong
    outside = newsroom.client()
    outside.handler.enforce_csrf_checks = True
    record = Record.objects.get(key=SWAPPED)
    assert outside.post("/exports/new", {"portal": PORTAL, "key": record.key, "form": "wacz"}).status_code == 403
