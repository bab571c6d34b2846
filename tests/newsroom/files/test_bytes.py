"""Bytes out of the WARC: whole, in ranges, on conditions; under names that are safe; to nobody who may not have them."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from typing import Any

from archive.access import Order
from archive.catalog.models import Capture, Restriction
from releases.models import File, FileVersion, Quarantine, Record
from releases.restricting.commit import lift, shut_captures, shut_name, shut_record
from releases.viewing.kept import Kept
from tests.newsroom.files.shelf import (
    BOTCHED,
    CODED,
    EVIL,
    HIDDEN,
    REPORT,
    WHOLE,
    address,
    captured,
    version,
)  # fmt: skip
from tests.newsroom.inside import Newsroom
from web.files.sending import MEDIA_PIECE

ORDER = Order("An editor", "A court said so.", datetime.now(UTC))


def _get(shelf: Newsroom, path: str, role: str = "", **headers: str) -> Any:
    return shelf.client(role).get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def _body(answer: Any) -> bytes:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return bytes(body)


def test_all_of_it_and_its_digest(shelf: Newsroom) -> None:
    answer = _get(shelf, address("report.pdf", "/v/1/bytes"), Accept_Encoding="gzip")
    body = _body(answer)
    assert body == REPORT
    assert answer.headers["ETag"] == f'"sha256:{hashlib.sha256(body).hexdigest()}"'
    assert int(answer.headers["Content-Length"]) == len(body)
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="report.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    same = _get(shelf, f"/captures/{version('report.pdf').capture}/bytes")
    assert _body(same) == REPORT
    head = shelf.client().head(address("report.pdf", "/v/1/bytes"))
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(REPORT)))
    assert head.headers["Accept-Ranges"] == "bytes"


def test_ranges_and_conditions(shelf: Newsroom) -> None:
    path, size = address("scene.mp4", "/v/1/bytes"), version("scene.mp4").size
    whole = _body(_get(shelf, path))
    assert len(whole) == size
    etag = f'"{version("scene.mp4").digest}"'
    for asked, start, end in (
        ("0-0", 0, 1),
        ("100000-", 100_000, size),
        ("-7", size - 7, size),
        ("65000-140000", 65_000, 140_001),
    ):
        answer = _get(shelf, path, Range=f"bytes={asked}", If_Range=etag)
        assert (answer.status_code, _body(answer)) == (206, whole[start:end])
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert answer.headers["Content-Length"] == str(end - start)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Disposition"].startswith("inline")
    for headers in (
        {"Range": "bytes=0-1,5-6"},
        {"Range": "bytes=5-2"},
        {"Range": "bytes=0-1", "If_Range": '"another"'},
    ):
        assert _body(_get(shelf, path, **headers)) == whole
    behind = _get(shelf, path, Range=f"bytes={size}-")
    assert (behind.status_code, behind.headers["Content-Range"]) == (416, f"bytes */{size}")
    known = _get(shelf, path, If_None_Match=f'W/"x", {etag}')
    assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", etag)
    assert _get(shelf, path, If_Match='"another"').status_code == 412
    assert _get(shelf, path, If_None_Match=etag, Range="bytes=0-1").status_code == 304
    head = shelf.client().head(path, headers={"Range": "bytes=0-1"})
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(size))


def test_nothing_a_browser_would_run_comes_as_a_page(shelf: Newsroom) -> None:
    for name in ("notice.html", "drawing.svg", "odd.bin", "report.pdf", "packed.zip", "mail.eml"):
        answer = _get(shelf, address(name, "/v/1/bytes"))
        answer.close()
        assert answer.headers["Content-Disposition"].startswith("attachment"), name
        assert answer.headers["Content-Type"] not in {"text/html", "image/svg+xml"}, name
        assert answer.headers["Content-Security-Policy"].startswith("sandbox"), name
    assert _body(_get(shelf, address("notice.html", "/v/1/bytes"))) == EVIL


def test_what_was_served_compressed_goes_as_it_was(shelf: Newsroom) -> None:
    coded = captured("/coded")
    path = f"/captures/{coded.id}/bytes"
    answer = _get(shelf, path, Accept_Encoding="gzip")
    body = _body(answer)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert (coded.payload_digest, gzip.decompress(body)) == (f"sha256:{hashlib.sha256(body).hexdigest()}", CODED)
    part = _get(shelf, path, Accept_Encoding="gzip", Range="bytes=3-9")
    assert (part.status_code, _body(part)) == (206, body[3:10])
    plain = _get(shelf, path, Accept_Encoding="identity, *;q=0", Range="bytes=3-9")
    assert _body(plain) == CODED
    assert (plain.status_code, plain.headers["Accept-Ranges"]) == (200, "none")
    assert plain.headers["ETag"] != answer.headers["ETag"]
    assert "Content-Encoding" not in plain.headers


def test_what_came_in_parts_or_chunks_is_one(shelf: Newsroom) -> None:
    for path, kind, whole in (("/whole", "assembled", WHOLE), ("/chunked", "", WHOLE[:200_000])):
        address_ = f"/captures/{captured(path, kind).id}/bytes"
        assert _body(_get(shelf, address_)) == whole
        for start, end in ((0, 1), (299_990, 300_010), (150_000, 199_999), (600_000, 2_500_000)):
            if end <= len(whole):
                assert _body(_get(shelf, address_, Range=f"bytes={start}-{end - 1}")) == whole[start:end]


def test_files_that_are_being_sent_leave_a_thread_for_pages(shelf: Newsroom) -> None:
    path, client = f"/captures/{captured('/whole', 'assembled').id}/bytes", shelf.client()
    sent = [client.get(path) for _ in range(shelf.home.settings.newsroom.threads - 1)]
    assert {answer.status_code for answer in sent} == {200}
    refused = client.get(path)
    assert (refused.status_code, b"Too many files" in refused.content) == (503, True)
    assert client.get(path, headers={"Range": "bytes=0-", "Sec-Fetch-Dest": "video"}).headers["Content-Length"] == str(
        MEDIA_PIECE
    )
    assert client.get(path, headers={"Range": "bytes=0-"}).status_code == 503
    sent.pop().close()  # whoever hangs up makes room
    last = client.get(path)
    assert last.status_code == 200
    for answer in (last, *sent):
        answer.close()
    assert _body(client.get(path)) == WHOLE


def _ways(name: str, capture: str) -> list[tuple[str, dict[str, str]]]:
    """Every address at which something of a file may be had, and every way to ask."""
    bare = [address(name, more) for more in ("/v/1/bytes", "/v/1/pages/1", "/v/1/pages/2", "/v/1/text", "/v/1/text.txt", "/v/1/playable", "/v/1/captions/transcript.vtt", "/v/1/captions/captions-1.vtt", "/poster", "/poster?v=1")]  # fmt: skip
    pages = [address(name, more) for more in ("", ".json", "?v=1", "?q=taser&page=1", ".json?page=2")]
    digest = version(name).digest
    asked: list[dict[str, str]] = [{}, {"If-None-Match": "*"}, {"Range": "bytes=-5", "If-Range": f'"{digest}"'}, {"If-Match": "*"}]  # fmt: skip
    return [(path, headers) for path in [*bare, f"/captures/{capture}/bytes", *pages] for headers in asked]


def test_restricted_bytes_are_nowhere(changed: Newsroom) -> None:
    reader, editor = changed.client(), changed.client("editor")
    names = ("report.pdf", "scene.mp4")
    ways = [way for name in names for way in _ways(name, version(name).capture)]
    bare = [path for path, headers in ways if not headers]
    open_before = {path for path in bare if reader.get(path).status_code == 200}
    assert len(open_before) > 20
    kept, digest = Kept(changed.home.path / "pictures"), version("report.pdf").digest
    assert kept.get(digest, 1) is not None
    shut_captures(changed.holdings, [version(name).capture for name in names], ORDER)
    for path, headers in ways:
        answer = reader.get(path, headers=headers)
        assert (answer.status_code, b"taser was" in _body(answer)) == (404, False), (path, headers)
        if not headers:
            assert reader.head(path, headers=headers).status_code == 404, (path, headers)
    for path in bare:  # editors are told on the page of a file, and get nothing either
        answer = editor.get(path)
        told = "/v/" not in path and "/captures/" not in path and "poster" not in path
        assert (answer.status_code, b"taser was" in _body(answer)) == (200 if told else 404, False), path
    page = editor.get(address(names[0])).content.decode()
    assert "A restriction holds for these bytes" in page
    assert "/bytes" not in page
    assert kept.get(digest, 1) is None  # what was drawn before is gone too
    ids = list(Restriction.objects.values_list("id", flat=True))
    lift(changed.holdings, ids, "An editor", "It ended.", datetime.now(UTC))
    assert {path for path in bare if reader.get(path).status_code == 200} == open_before


def test_quarantined_bytes_are_for_editors(changed: Newsroom) -> None:
    one = version("botched.pdf")
    assert Quarantine.objects.filter(digest=one.digest, state="held").exists()
    reader, editor = changed.client(), changed.client("editor")
    raw = [address("botched.pdf", "/v/1/bytes"), f"/captures/{one.capture}/bytes"]
    for path in [*raw, address("botched.pdf", "/v/1/pages/1")]:
        for headers in ({}, {"Range": "bytes=0-99"}, {"If-None-Match": f'"{one.digest}"'}, {"If-None-Match": "*"}):
            for client in (reader, changed.client("reporter")):
                assert client.get(path, headers=headers).status_code == 403, (path, headers)
                assert client.head(path, headers=headers).status_code == 403, (path, headers)
    assert [_body(editor.get(path)) for path in raw] == [BOTCHED, BOTCHED]
    assert editor.get(address("botched.pdf", "/v/1/pages/1")).status_code == 200
    assert reader.get(address("botched.pdf", "/v/1/pages/1")).status_code == 403  # now that it was drawn, too
    assert reader.get(address("botched.pdf", "/v/1/pages/2")).status_code == 200  # nothing of this page is held back
    for path, headers in _ways("botched.pdf", one.capture):
        for client in (reader, editor) if not headers else ():
            if not (client is editor and path in raw):
                assert HIDDEN.encode() not in _body(client.get(path, headers=headers)), path
    page = reader.get(address("botched.pdf", f"?q={HIDDEN}")).content.decode()
    assert f"No page with “{HIDDEN}”" in page
    assert "Its picture is not shown" in page
    assert 'class="hit"' not in editor.get(address("botched.pdf", f"?q={HIDDEN}")).content.decode()


def test_a_record_or_a_name_that_is_not_shown(changed: Newsroom) -> None:
    reader = changed.client()
    shut_name(changed.holdings, "twice", ORDER)
    page = reader.get(address("report.pdf")).content.decode()
    assert "twice" not in page
    assert "The taser was used █████" in page
    assert [
        reader.get(address("report.pdf", f"/v/1/{what}")).status_code for what in ("bytes", "pages/1", "pages/2")
    ] == [403, 403, 200]
    assert b"twice" not in _body(reader.get(address("report.pdf", "/v/1/text")))
    shut_name(changed.holdings, "investigation", ORDER)
    assert b"investigation" not in reader.get(address("scene.mp4", "/v/1/captions/transcript.vtt")).content
    assert reader.get(address("scene.mp4", "/v/1/bytes")).status_code == 403
    one = File.objects.get(name="LH-2025-0103 Summary Report")
    capture = FileVersion.objects.get(file=one.id, number=1).capture
    shut_record(changed.holdings, Record.objects.get(pk=one.record), ORDER)
    for path in (f"/files/{one.id}", f"/files/{one.id}.json", f"/files/{one.id}/v/1/bytes", f"/files/{one.id}/v/1/pages/1", f"/captures/{capture}/bytes"):  # fmt: skip
        assert reader.get(path).status_code == 404, path


def test_the_pieces_of_what_is_restricted_are_restricted(changed: Newsroom) -> None:
    whole = captured("/whole", "assembled")
    pieces = [one.id for one in Capture.objects.filter(url=whole.url).exclude(pk=whole.id)]
    assert len(pieces) == 2
    reader = changed.client()
    assert [_get(changed, f"/captures/{one}/bytes", Range="bytes=0-4").status_code for one in pieces] == [206, 206]
    shut_captures(changed.holdings, [whole.id], ORDER)
    for one in (whole.id, *pieces):
        assert reader.get(f"/captures/{one}/bytes", headers={"Range": "bytes=0-4"}).status_code == 404
