from __future__ import annotations

import http.client
import io
import re
import subprocess
import sys
import wave
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2
import pytest

from config.portal import Portal, read_portal
from releases.model import ListingPage, Record, Sighting
from sample.server import SamplePortal, portal_file
from sample.site import document_bytes, documents
from sample.story import DAYS, LAST, WITNESS, Expected, world
from spiders.sites.sample import SampleSpider
from tests.portals.offline import Outcome, crawl, html

ROOT = Path(__file__).resolve().parents[3]
NOT_ON_PAGES = frozenset({"file_replaced", "recovered", "overdue", "quarantined"})
"""Kinds of event that are told by bytes, verdicts or the calendar."""


def ask(portal: SamplePortal, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def portal_of(server: SamplePortal, tmp_path: Path) -> Portal:
    path = tmp_path / "lake-harbor.toml"
    path.write_text(portal_file(server.url), "utf-8")
    return read_portal(path)


def read(server: SamplePortal, tmp_path: Path) -> Outcome:
    def fetch(url: str):
        parts = urlsplit(url)
        status, _, body = ask(server, parts.path + (f"?{parts.query}" if parts.query else ""))
        assert status == 200, url
        return html(url, body)

    return crawl(SampleSpider(portal_of(server, tmp_path)), fetch)


def events(before: dict[str, Record], now: dict[str, Record], gone: dict[str, Record]) -> set[Expected]:
    """What differs between two days as the spider reads them; the story's own file bytes say the rest."""
    found = set()
    for key, record in now.items():
        old = before.get(key) or gone.get(key)
        if old is None:
            found.add(Expected("new", key))
            continue
        names = frozenset(name for name, value in record.fields.items() if old.fields.get(name) != value)
        kind = "changed" if key in before else "restored"
        if names or kind == "restored":
            found.add(Expected(kind, key, names))
        paths = {urlsplit(file.url).path for file in record.files} - {urlsplit(file.url).path for file in old.files}
        found |= {Expected("file_added", key, file=path) for path in paths}
    return found | {Expected("withdrawn", key) for key in before.keys() - now.keys()}


def test_the_days_are_what_the_story_says(tmp_path: Path) -> None:
    gone: dict[str, Record] = {}
    before: dict[str, Record] = {}
    with SamplePortal() as server:
        for number, day in DAYS.items():
            server.day = number
            outcome = read(server, tmp_path)
            records = {record.key: record for record in outcome.of(Record)}
            if day.verdict == "blocked":
                assert (records, len(outcome.errors)) == ({}, 4)
                continue
            if day.verdict == "broken":
                assert [("“Case number”" in e.found, "“case number”" in e.expected) for e in outcome.errors] == [
                    (False, True)
                ]
                assert not [key for key in records if key.startswith("lh-")]
                continue
            assert outcome.errors == []
            assert {sighting.key for sighting in outcome.of(Sighting)} == records.keys()
            assert {page.listing for page in outcome.of(ListingPage) if page.last} == {
                "cases",
                "policies",
                "contracts",
                "requests",
            }
            if before:
                told = {event for event in day.events if event.kind not in NOT_ON_PAGES}
                assert events(before, records, gone) == told, f"day {number}"
            gone |= {key: before[key] for key in before.keys() - records.keys()}
            before = records


def test_day_one_is_as_announced(tmp_path: Path) -> None:
    with SamplePortal() as server:
        records = read(server, tmp_path).of(Record)
    kinds = [record.kind for record in records]
    assert {kind: kinds.count(kind) for kind in kinds} == {"case": 12, "policy": 3, "contract": 2, "request": 3}
    assert {file.kind for record in records for file in record.files} == {
        "report", "audio", "video", "policy", "contract", "letter",
    }  # fmt: skip


def test_one_file_is_replaced_in_place_with_the_same_length() -> None:
    changed = []
    for number in range(2, LAST + 1):
        before = {document.path: document for document in documents(world(number - 1))}
        now = {document.path: document for document in documents(world(number))}
        for path in before.keys() & now.keys():
            old, new = document_bytes(before[path]), document_bytes(now[path])
            if old != new:
                changed.append((number, path))
                assert (len(old) == len(new)) == (number == 4)
    told = [(n, event.file) for n, day in DAYS.items() for event in day.events if event.kind == "file_replaced"]
    assert changed == told


def test_every_document_opens_and_says_fictional() -> None:
    bodies = set()
    for document in documents(world(LAST)):
        body = document_bytes(document)
        bodies.add(body)
        if document.made == "pdf":
            with pypdfium2.PdfDocument(body) as pdf:
                page = pdf[0].get_textpage()
                text = page.get_text_range()
                page.close()
                assert pdf.get_metadata_value("Title") == document.name
            assert "FICTIONAL" in text
            assert all(word in text for line in document.text for word in line.split())
        elif document.made == "wav":
            with wave.open(io.BytesIO(body)) as sound:
                assert (sound.getframerate(), sound.getnframes()) == (8000, 8000)
            assert b"FICTIONAL" in body
        else:
            assert body[4:8] == b"ftyp"
            assert b"avc1" in body
            assert b"FICTIONAL" in body
    assert len(bodies) == len(list(documents(world(LAST))))


def test_every_page_says_fictional() -> None:
    with SamplePortal(day=LAST) as server:
        for path in ("/", "/cases/", "/cases/lh-2025-0101/", "/policies/", "/contracts/", "/records-requests/"):
            status, headers, body = ask(server, path)
            assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert b"FICTIONAL" in body


def test_conditional_requests() -> None:
    path = "/documents/lh-2025-0103-report.pdf"
    with SamplePortal(day=3) as server:
        _, first, body = ask(server, path)
        assert ask(server, path, If_None_Match=first["etag"])[0] == 304
        assert ask(server, path, If_None_Match='"x", ' + first["etag"])[0] == 304
        assert ask(server, path, If_Modified_Since=first["last-modified"])[::2] == (304, b"")
        assert ask(server, path, If_Modified_Since="yesterday")[0] == 200
        server.day = 4
        status, second, replaced = ask(
            server, path, If_None_Match=first["etag"], If_Modified_Since=first["last-modified"]
        )
        assert status == 200
        assert len(replaced) == len(body)
        assert second["etag"] != first["etag"]
        assert second["last-modified"] != first["last-modified"]
        assert (
            ask(server, "/cases/lh-2025-0101/", If_None_Match=ask(server, "/cases/lh-2025-0101/")[1]["etag"])[0] == 304
        )


def test_head_not_found_and_robots() -> None:
    with SamplePortal(day=4) as server:
        assert ask(server, "/cases/lh-2025-0104/")[0] == 404
        for page in ("0", "9", "-1", "x", "\u00b2"):
            assert ask(server, f"/cases/?page={page.encode().hex() if page == chr(178) else page}")[0] == 404
        status, headers, body = ask(server, "/", "HEAD")
        assert (status, body) == (200, b"")
        assert int(headers["content-length"]) > 100
        assert ask(server, "/robots.txt")[2].startswith(b"User-agent: *")
        assert server.requests[-1] == "GET /robots.txt 200"


def test_the_block_page_has_status_200_and_no_validators() -> None:
    with SamplePortal(day=6) as server:
        for path in ("/cases/", "/documents/lh-2025-0103-report.pdf", "/cases/lh-2025-0101/"):
            status, headers, body = ask(server, path)
            assert (status, "etag" in headers) == (200, False)
            assert b"<TITLE>Access Denied</TITLE>" in body
            assert b"edgesuite" in body


def test_there_is_no_day_after_the_last() -> None:
    with SamplePortal() as server, pytest.raises(ValueError, match=f"days 1 to {LAST}"):
        server.day = LAST + 1


def test_the_hidden_name_is_in_the_bytes_of_one_day_alone() -> None:
    for number in DAYS:
        holding = [d.path for d in documents(world(number)) if WITNESS.encode() in document_bytes(d)]
        assert holding == (["/documents/lh-2026-0002-report.pdf"] if number == 9 else [])


def test_served_from_the_command_line() -> None:
    command = [sys.executable, "-m", "sample.server", "--day", "3", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = re.match(r"http://127\.0\.0\.1:(\d+)/", line)
            assert url, line
            connection = http.client.HTTPConnection("127.0.0.1", int(url[1]), timeout=10)
            connection.request("GET", "/cases/lh-2026-0001/")
            assert connection.getresponse().status == 200
            connection.close()
        finally:
            process.terminate()


def test_the_story_imports_nothing_of_the_product() -> None:
    code = "import sys, sample.server; print([m for m in sys.modules if m.split('.')[0] in ('config','archive','releases','spiders','crawler','scrapy','django')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
