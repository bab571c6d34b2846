"""Archived bytes that are missing, cut short, damaged or out of reach: pages say so and show the rest; bytes come whole or
not at all; what is hidden stays hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from archive.access import Order
from archive.catalog.models import Capture, Derived
from archive.intact import exactly
from archive.payload import payload
from archive.store.hurried import Hurried
from archive.store.s3 import S3Store
from archive.warc.parts import PartMissing
from archive.warc.source import Damage
from config.home import StoreConfig
from releases.restricting.commit import shut_captures, shut_name
from tests.newsroom.files.shelf import WHOLE, address, captured, version
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import free_port

ORDER = Order("An editor", "A court said so.", datetime.now(UTC))
Change = Callable[[bytearray], bytearray | None]


@contextmanager
def _changed(newsroom: Newsroom, warc: str, change: Change) -> Iterator[None]:
    """While the WARC is what `change` makes of it; None: not there."""
    path = newsroom.home.archive / warc
    before = path.read_bytes()
    made = change(bytearray(before))
    path.unlink()
    if made is not None:
        path.write_bytes(made)
    yield
    path.unlink(missing_ok=True)
    path.write_bytes(before)


def _flipped(row: Capture | Derived) -> Change:
    """One bit in the middle of the record."""

    def change(data: bytearray) -> bytearray:
        data[row.offset + row.length * 2 // 3] ^= 1
        return data

    return change


def _body(answer: Any) -> bytes:
    return bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)


def _take(answer: Any, got: bytearray) -> None:
    for piece in answer.streaming_content:
        got += piece


def _capture(name: str) -> Capture:
    return Capture.objects.get(pk=version(name).capture)


def _states(newsroom: Newsroom, name: str) -> set[str | None]:
    """What every form of the data says."""
    ident = _capture(name).id
    paths = (address(name, ".json"), f"/captures/{ident}.json", f"/api/v1/captures/{ident}", f"/api/v1{address(name)}")
    found = [newsroom.get(path).json()["unreadable"] for path in paths]
    return {one and one["state"] for one in found}


def test_damaged_bytes_are_not_given_and_what_was_made_of_them_is(changed: Newsroom) -> None:
    one, raw = _capture("report.pdf"), address("report.pdf", "/v/1/bytes")
    with _changed(changed, one.warc, _flipped(one)):
        assert _states(changed, "report.pdf") == {"damaged"}
        page = changed.get(address("report.pdf", "?q=taser")).content.decode()
        for said in ("These bytes are damaged in the archive", one.warc, one.payload_digest, "recordwatch verify --full", "was used twice", "entry "):  # fmt: skip
            assert said in page
        assert raw not in page  # no link to what is not there
        spanish = changed.get(address("report.pdf"), HTTP_ACCEPT_LANGUAGE="es").content.decode()
        assert "These bytes are damaged" not in spanish
        assert "Estos bytes están dañados en el archivo" in spanish
        capture = changed.get(f"/captures/{one.id}").content.decode()
        assert ("These bytes are damaged" in capture, "/bytes" in capture) == (True, False)
        for headers in ({}, {"HTTP_RANGE": "bytes=0-3"}):
            for path in (raw, f"/captures/{one.id}/bytes", address("report.pdf", "/v/1/pages/3")):
                answer = changed.get(path, **headers)
                assert (answer.status_code, answer.headers["Cache-Control"]) == (410, "private, no-store"), path
                assert b"These bytes are damaged" in answer.content
                assert b"%PDF" not in answer.content
    answer = changed.get(raw)
    assert (answer.status_code, answer.headers["Repr-Digest"][:9]) == (200, "sha-256=:")  # mended, and not remembered
    assert changed.get(address("report.pdf", "/v/1/pages/3")).status_code == 200
    assert _states(changed, "report.pdf") == {None}


def test_long_bytes_that_are_damaged_never_come_to_their_end(changed: Newsroom) -> None:
    whole, part = captured("/whole", "assembled"), captured("/whole", "response")
    path, got = f"/captures/{whole.id}/bytes", bytearray()
    with _changed(changed, part.warc, _flipped(part)):
        answer = changed.get(path)
        with pytest.raises(Damage, match="not what was archived"):
            _take(answer, got)
        answer.close()
        assert 0 < len(got) < len(WHOLE) == int(answer.headers["Content-Length"])
    with _changed(changed, part.warc, lambda data: data[: part.offset + part.length // 2]):
        answer = changed.get(path, HTTP_RANGE="bytes=400000-2499998")
        with pytest.raises((Damage, PartMissing), match="missing"):
            _body(answer)
        answer.close()
        assert changed.get(f"/captures/{whole.id}.json").json()["unreadable"]["state"] == "cut"
    assert _body(changed.get(path)) == WHOLE
    with pytest.raises(Damage, match="2 bytes of 3 are missing"):
        list(exactly(payload(changed.holdings, whole.id), len(WHOLE) - 1, 3))


def test_a_warc_that_is_gone_tells_nothing_of_what_is_hidden(changed: Newsroom) -> None:
    shown, hidden, held = _capture("report.pdf"), _capture("scene.mp4"), _capture("botched.pdf")
    reader = changed.client()
    shut_captures(changed.holdings, [hidden.id], ORDER)
    ways = (address("scene.mp4"), address("scene.mp4", "/v/1/bytes"), f"/captures/{hidden.id}", f"/captures/{hidden.id}/bytes", f"/api/v1/captures/{hidden.id}")  # fmt: skip
    before = [reader.get(path) for path in ways]
    with _changed(changed, shown.warc, lambda _: None):
        assert _states(changed, "report.pdf") == {"missing"}
        page = reader.get(address("report.pdf")).content.decode()
        assert "is not in the store" in page
        assert "The words of this page are archived, and cannot be read now." in page
        assert "No words of this page" not in page
        assert reader.get(address("report.pdf", "/v/1/bytes")).status_code == 410
        assert reader.get(address("report.pdf", "/v/1/text")).status_code == 503
        assert reader.get(address("botched.pdf", "/v/1/bytes")).status_code == 403
        assert changed.get(f"/captures/{held.id}/bytes", "editor").status_code == 410
        for path, then in zip(ways, before, strict=True):
            answer = reader.get(path)
            assert (answer.status_code, b"not in the store" in answer.content) == (404, False), path
            assert answer.status_code == then.status_code
    text = Derived.objects.get(capture=shown.id, page=1, mime__startswith="text/plain")
    shut_name(changed.holdings, "twice", ORDER)
    with _changed(changed, text.warc, _flipped(text)):  # what the page says is not known: it may be the name
        assert reader.get(address("report.pdf", "/v/1/bytes")).status_code == 403
        assert reader.get(address("report.pdf", "/v/1/pages/1")).status_code == 403


def test_a_store_that_does_not_answer(changed: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "s")
    nobody = StoreConfig(
        kind="s3", bucket="b", endpoint=f"http://127.0.0.1:{free_port()}", access_key="a", secret_key_env="SECRET"
    )
    changed.holdings.__dict__["store"] = Hurried(S3Store(nobody, timeouts=(1, 1), attempts=1))
    assert _states(changed, "report.pdf") == {"unreachable"}
    page = changed.get(address("report.pdf")).content.decode()
    assert "does not answer now" in page
    assert changed.get(f"/captures/{_capture('report.pdf').id}?check=1").status_code == 200
    for what in ("bytes", "text", "pages/2"):
        answer = changed.get(address("report.pdf", f"/v/1/{what}"))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60"), what
    for path in ("/", "/records/lake-harbor/lh-2025-0103", "/diff/lake-harbor/lh-2025-0103?tab=text"):
        assert changed.get(path).status_code == 200, path
