"""What visitors put into addresses, and portals into what they publish: answered in words, shown as text."""

from __future__ import annotations

import base64
import csv
import io
import re
from typing import Any
from urllib.parse import quote
from xml.dom import minidom

import pytest

from archive.catalog.models import Capture, Portal
from releases.models import Event, File, FileVersion, Record, RecordVersion
from tests.newsroom.inside import Newsroom

CURSORS = (
    "[" * 3000, '{"a":' * 1000, "[1e999,1]", "[12345678901234567890123,1]", '["0001-01-01T00:00:00+14:00","x"]',
    '["9999-12-31T23:59:59-14:00","x"]', '["\\ud800","x"]', '["2026-01-01T00:00:00+00:00","\\u0000"]', "[null,null]", '["x"]',
)  # fmt: skip
LISTS = (
    "/releases", "/releases.json", "/deadlines", "/portals/lake-harbor", "/operate/audit", "/operate/deliveries", "/operate/crawls",
    "/accounts/people", "/editing", "/editing/history", "/desk", "/api/v1/releases", "/api/v1/records", "/api/v1/files",
    "/api/v1/captures", "/api/v1/deadlines",
)  # fmt: skip
EVIL = "\"><script>evil()</script><img src=x onerror=evil()>'{{7*7}}{% debug %}%(x)s\r\nEND:VCALENDAR\r\nX-Evil: 1\u202e]]></title>&#x3c;"
KEY = "=cmd|'/C'!A0/%2F\"><script>evil()</script>?#&x"
SCRIPT = "javascript:evil()//"


def test_no_cursor_breaks_a_list(shared: Newsroom) -> None:
    client = shared.client("operator")
    for cursor in CURSORS:
        text = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
        for address in LISTS:
            answer = client.get(address, {"after": text})
            assert answer.status_code in {200, 400}, (address, cursor[:40])


@pytest.mark.parametrize("key", ["a\r\nX-Evil: 1", "\0", "..", "a/../../b", "x" * 5000, "\u202e", "%0d%0a", "\ud800"])
def test_a_key_that_no_record_has_is_not_there(shared: Newsroom, key: str) -> None:
    answer = shared.client().get(f"/records/lake-harbor?key={quote(key, errors='surrogatepass')}")
    assert answer.status_code in {302, 404}
    assert answer.headers.get("Location", "/").isprintable()


@pytest.fixture(scope="module")
def hostile(shared: Newsroom) -> dict[str, str]:
    """A portal that published something hostile wherever it can: ids of what has it."""
    record = Record.objects.get(portal="lake-harbor", key="lh-2025-0103")
    Record.objects.filter(pk=record.pk).update(
        title=EVIL, key=KEY, printed_key=EVIL[:200], url=SCRIPT, kind="<script>evil()"
    )
    RecordVersion.objects.filter(record=record.pk).update(
        title=EVIL,
        printed_key=EVIL[:200],
        url=SCRIPT,
        fields={EVIL: EVIL, "sum": ["=1+1", {"a": EVIL}], "day": '=HYPERLINK("x")'},
    )
    Event.objects.filter(record=record.pk).update(
        title=EVIL, key=KEY, url=SCRIPT, old={EVIL: EVIL}, new={EVIL: f"={EVIL}"}, tags=[EVIL[:30]]
    )
    file = File.objects.filter(record=record.pk)[0]
    File.objects.filter(pk=file.pk).update(name=EVIL, url=SCRIPT, kind="<script>evil()", outcome=EVIL, identity=EVIL)
    FileVersion.objects.filter(file=file.pk).update(mime='text/html"><script>evil()</script>', url=SCRIPT)
    capture = Capture.objects.get(pk=FileVersion.objects.filter(file=file.pk)[0].capture)
    Capture.objects.filter(pk=capture.pk).update(
        url=f"https://x.example/{EVIL}", mime='image/svg+xml; x="\r\nX-Evil: 1"'
    )
    Portal.objects.filter(slug="lake-harbor").update(name=EVIL)
    return {"record": record.id, "file": file.id, "capture": capture.id}


def test_what_a_portal_publishes_is_text_wherever_it_stands(shared: Newsroom, hostile: dict[str, str]) -> None:
    key, file, capture = quote(KEY), hostile["file"], hostile["capture"]
    public = [
        "/", *(f"/releases{form}" for form in ("", ".json", ".csv", ".atom", ".rss", ".feed.json")), "/portals", "/portals/lake-harbor",
        f"/records/lake-harbor/{key}", f"/records/lake-harbor/{key}.json", f"/diff/lake-harbor/{key}?from=1&to=2",
        f"/files/{file}", f"/files/{file}.json", f"/files/{file}/v/1/bytes", f"/files/{file}/v/1/text", f"/captures/{capture}",
        f"/captures/{capture}.json", f"/captures/{capture}/bytes", *(f"/deadlines{form}" for form in ("", ".json", ".csv", ".ics")),
        "/cdx?url=x.example/*", f"/search?q={quote(EVIL)}", f"/subscriptions/new?key={key}&q={quote(EVIL)}&name={quote(EVIL)}",
        *(f"/cite/{kind}/{hostile[kind]}{form}" for kind in hostile for form in ("", ".md", ".bib", ".txt", ".json")),
        *(f"/api/v1/export/{table}.csv" for table in ("records", "events", "files")), "/api/v1/releases", "/api/v1/records",
    ]  # fmt: skip
    own = shared.client("reporter")
    made = [own.post(f"/desk/{kind}", sent, follow=True) for kind, sent in (
        ("lists", {"name": EVIL, "record": hostile["record"]}),
        ("folders", {"name": EVIL, "kind": "file", "what": file, "text": EVIL}),
        ("links", {"record": hostile["record"], "days": "9", "note": EVIL}),
        ("addresses", {"kind": "everything"}), ("addresses", {"kind": "deadlines"}),
    )]  # fmt: skip
    words = "\n".join(f"{one.redirect_chain} {one.content.decode()}" for one in made)
    private = [*re.findall(r"/desk/(?:lists|folders)/[0-9a-f-]{36}(?=')", words), *re.findall(r"/shared/[\w-]+", words)]
    private += [f"{feed}.{form}" for feed in re.findall(r"/feeds/[\w-]+(?=\.atom)", words) for form in ("atom", "rss", "json", "csv", "ics")]  # fmt: skip
    private += [f"{one}{form}" for one in private if "/desk/" in one for form in (".json", ".csv")] + ["/desk"]
    assert len(private) > 15
    for address in [*public, *private]:
        answer: Any = own.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        answer.close()
        # No index is made here; and the record has one version, with nothing to compare.
        assert answer.status_code in {200, 400, 503 if "search" in address else 404 if "/diff" in address else 200}, (
            address
        )
        assert "X-Evil" not in answer.headers
        assert "'unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        _is_text(address, answer.headers["Content-Type"], body.decode("utf-8", "replace"), body)


def _is_text(address: str, kind: str, text: str, body: bytes) -> None:
    if kind.startswith("text/html"):
        for sign in ("<script>evil", "<img src=x", 'href="javascript:', "onerror=evil()>'49", "]]></title>"):
            assert sign not in text, (address, sign)
    elif "xml" in kind:
        links = minidom.parseString(body).getElementsByTagName("link")
        assert not [one for one in links if "javascript" in one.getAttribute("href")], address
    elif kind.startswith("text/calendar"):
        assert [text.count("\nEND:VCALENDAR"), text.count("\nX-Evil")] == [1, 0], address
    elif kind.startswith("text/csv"):
        cells = [cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row]
        assert not [one for one in cells if re.match(r"[=+\-@\t\r](?!\d+(\.\d+)?$)", one)], address


def test_archived_bytes_are_never_a_page_of_ours(shared: Newsroom, hostile: dict[str, str]) -> None:
    """An SVG, and what calls itself a page: neither is opened where our pages are."""
    for address in (f"/captures/{hostile['capture']}/bytes", f"/files/{hostile['file']}/v/1/bytes"):
        answer = shared.client().get(address)
        answer.close()
        assert answer.headers["Content-Type"].partition(";")[0] not in {
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
        }
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"[\r\n]", answer.headers["Content-Disposition"])
