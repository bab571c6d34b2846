"""A record's page: its state, its story with our blindness in it, its files and evidence; and who is told nothing."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archive.catalog.models import Capture, Restriction
from archive.ids import uuid7
from releases.models import Alias, Event, File, FileVersion, Record, RecordVersion
from tests.newsroom.inside import Newsroom
from web.records import found

PORTAL = "lake-harbor"
CASE = "lh-2025-0105"
SCRIPT = "<script>alert(1)</script>"


def test_a_record_tells_what_it_is_what_happened_and_what_proves_it(newsroom: Newsroom) -> None:
    page = newsroom.get(f"/records/{PORTAL}/{CASE}").content.decode()
    assert "Case LH-2025-0105" in page
    assert "present" in page
    assert re.search(r"<dt>status</dt>\s*<dd lang=\"en\">\s*<span class=\"printed\">Closed</span>", page)
    assert '<del lang="en">Under review</del>' in page  # the change, old and new
    assert '<ins lang="en">Closed</ins>' in page
    assert "a gap here is ours, not a takedown" in page  # the portal's blindness, beside it
    video = File.objects.get(name="LH-2025-0105 Body-Worn Camera")
    assert f'src="/files/{video.id}/v/1/bytes"' in page
    assert "0:02" in page  # its duration
    assert "6 captures prove this record" in page
    assert page.count('href="/captures/') >= 6
    assert f"/subscriptions/new?portal={PORTAL}&amp;key={CASE}" in page
    assert page.count("/subscriptions/new?") == 1  # one way to be told, not two
    assert re.search(r"counted from incident date <time datetime=\"2025-03-14\">", page)  # its deadlines
    assert re.search(r"2025-03-14 \d\d:\d\d</span>", page)  # a moment as people write it
    assert re.search(r"Last:.*changed</span>.*Compare before and after", page)  # the news, in the first screenful
    nothing_since = newsroom.get(f"/records/{PORTAL}/lh-2025-0101").content.decode()
    assert "Last:" not in nothing_since

    oldest = newsroom.get(f"/records/{PORTAL}/{CASE}?order=old").content.decode()
    assert oldest.index("first look") < oldest.index(">Closed</ins>")
    assert page.index("first look") > page.index(">Closed</ins>")

    data = newsroom.get(f"/records/{PORTAL}/{CASE}.json").json()
    assert [version["fields"]["status"] for version in data["versions"]] == ["Under review", "Closed"]
    assert {row["withheld"] for row in data["captures"]} == {None}
    sheet = newsroom.get(f"/records/{PORTAL}/{CASE}.csv")
    assert sheet.headers["Content-Disposition"] == f'attachment; filename="{CASE}-versions.csv"'
    table = b"".join(sheet).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["field status"] for row in rows] == ["Under review", "Closed"]
    feed = ET.fromstring(newsroom.get(f"/records/{PORTAL}/{CASE}.atom").content)
    titles = [
        entry.findtext("{http://www.w3.org/2005/Atom}title")
        for entry in feed.iter("{http://www.w3.org/2005/Atom}entry")
    ]
    assert any("Changed" in str(title) for title in titles)

    swapped = newsroom.get(f"/records/{PORTAL}/lh-2026-0002").content.decode()
    assert "2 versions held" in swapped
    assert "withheld" in swapped  # the botched redaction's first version


def test_other_names_lead_on_and_unknown_ones_are_close_to_something(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = newsroom.get(f"/records/{PORTAL}/26-0021?order=old")
    assert moved.status_code == 301
    assert moved["Location"].startswith(f"/records/{PORTAL}/request/26-0021?")
    assert "another name of this record" in newsroom.get(moved["Location"]).content.decode()
    assert newsroom.get(f"/records/{PORTAL}/26-0021.json")["Location"].startswith(
        f"/records/{PORTAL}/request/26-0021.json"
    )
    kept = Record.objects.get(key=CASE)
    Record.objects.filter(key="lh-2025-0101").update(state="merged")
    Alias.objects.create(id=uuid7(), portal=PORTAL, record=kept.id, name="lh-2025-0101", crawl="", at=datetime.now(UTC))
    assert newsroom.get(f"/records/{PORTAL}/lh-2025-0101")["Location"].startswith(f"/records/{PORTAL}/{CASE}?")
    for many in (2000, 3):  # of a portal with more records than these only those beside it are looked at
        monkeypatch.setattr(found, "_FEW", many)
        for asked in ("lh-2025-0195", "LH-2025-0195"):
            unknown = newsroom.get(f"/records/{PORTAL}/{asked}")
            assert unknown.status_code == 404
            assert f"/records/{PORTAL}/lh-2025-0105" in unknown.content.decode().lower(), (many, asked)
    assert newsroom.get("/records/nowhere/x").status_code == 404
    data = newsroom.get(f"/records/{PORTAL}/lh-2025-0195.json")
    assert (data.status_code, "error" in data.json()) == (404, True)


def test_states_are_said_in_words(newsroom: Newsroom) -> None:
    record = Record.objects.get(key=CASE)
    for state, missing, said in (
        ("withdrawn", None, "The portal no longer lists it"),
        ("present", datetime(2026, 3, 1, tzinfo=UTC), "too early to call it withdrawn"),
        ("deposited", None, "never captured from the portal"),
    ):
        Record.objects.filter(id=record.id).update(state=state, missing_since=missing)
        assert said in newsroom.get(f"/records/{PORTAL}/{CASE}").content.decode()


KEYS = (
    "a/b//c", "/begins", "ends/", "ключ-ü", "50%2Fhalf", "a b+c&d=e", "a?b#c", SCRIPT, "x" * 512, "case.json",
    "'; DROP TABLE x; --", "\u202eevil", "a\\b",
)  # fmt: skip


def test_keys_and_words_of_hostile_portals_are_only_text(newsroom: Newsroom) -> None:
    pattern = Record.objects.get(key=CASE)
    version = RecordVersion.objects.filter(record=pattern.id).order_by("number")[0]
    file = File.objects.filter(record=pattern.id)[0]
    for key in (*KEYS, ".."):
        ident = uuid7()
        Record.objects.create(
            **{**_row(pattern), "id": ident, "key": key, "title": SCRIPT, "url": "javascript:alert(1)"}
        )
        fields = {
            SCRIPT: SCRIPT,
            "list": [SCRIPT, "javascript:alert(1)", "https://example.org/"],
            "table": [{SCRIPT: SCRIPT}],
        }
        for number in (1, 2):
            RecordVersion.objects.create(
                **{
                    **_row(version),
                    "id": uuid7(),
                    "record": ident,
                    "number": number,
                    "fields": fields | {"n": f"{SCRIPT}{number}"},
                }
            )
        File.objects.create(
            **{
                **_row(file),
                "id": uuid7(),
                "record": ident,
                "name": SCRIPT,
                "url": "data:text/html,x",
                "outcome": SCRIPT,
            }
        )
    client = newsroom.client()
    for key in KEYS:
        for name in ("record", "diff"):
            answer = client.get(reverse(name, args=[PORTAL, key]))
            assert answer.status_code == 200, (name, key)
            page = answer.content.decode()
            assert SCRIPT not in page
            assert "&lt;script&gt;" in page
            assert 'href="javascript:' not in page
            assert 'href="data:' not in page
    assert client.get(f"/records/{PORTAL}?key=..").status_code == 200  # no address can say it
    for wrong in ("%00", "a%00b", "y" * 513, quote("ÿ" * 600), "%ff%fe", "..%2f..%2fetc", "' OR 1=1", "%0a"):
        for path in (f"/records/{PORTAL}/{wrong}", f"/diff/{PORTAL}/{wrong}", f"/records/{wrong}/{wrong}"):
            assert client.get(path).status_code in {400, 404}, path
    for query in (
        "story=99999999999",
        "story=-1",
        "files=%00",
        "captures=abc",
        "files=999999",
        "as=" + "z" * 3000,
        "order=%00",
    ):
        assert client.get(f"/records/{PORTAL}/{CASE}?{query}").status_code == 200, query


def test_the_same_matter_elsewhere_is_named_and_told_on_one_timeline(newsroom: Newsroom) -> None:
    pattern = Record.objects.get(key=CASE)
    version = RecordVersion.objects.filter(record=pattern.id)[0]
    ident = uuid7()
    Record.objects.create(**{**_row(pattern), "id": ident, "key": "audit-7", "title": "An audit of it", "version": 1})
    RecordVersion.objects.create(
        **{**_row(version), "id": uuid7(), "record": ident, "number": 1, "fields": {"audit_date": "2026-01-09"}}
    )
    Alias.objects.create(id=uuid7(), portal=PORTAL, record=ident, name="LH-2025-0105", crawl="", at=datetime.now(UTC))
    page = newsroom.get(f"/records/{PORTAL}/{CASE}").content.decode()
    assert f'<a href="/records/{PORTAL}/audit-7">An audit of it</a>' in page
    assert "2026-01-09" not in page
    assert "<td>2026-01-09</td>" in newsroom.get(f"/records/{PORTAL}/{CASE}?matter=1").content.decode()


def test_what_is_long_is_shown_in_part(newsroom: Newsroom) -> None:
    record = Record.objects.get(key=CASE)
    long = {f"field {n}": f"{n} " + "word " * 4000 for n in range(200)}
    RecordVersion.objects.filter(record=record.id).update(fields=long, title="t" * 5000)
    Event.objects.filter(record=record.id).update(
        old=long, new={name: value[::-1] for name, value in long.items()}, title="t" * 5000
    )
    File.objects.filter(record=record.id).update(
        url="https://example.org/" + "u" * 30_000, name="n" * 3000, outcome="o" * 9000
    )
    for path in (f"/records/{PORTAL}/{CASE}", f"/diff/{PORTAL}/{CASE}", f"/diff/{PORTAL}/{CASE}?by=lines&view=fields"):
        answer = newsroom.get(path)
        assert answer.status_code == 200
        assert len(answer.content) < 100_000, (path, len(answer.content))


def test_a_restricted_record_is_not_there(newsroom: Newsroom) -> None:
    record = Record.objects.get(key=CASE)
    captures = RecordVersion.objects.filter(record=record.id).values_list("captures", flat=True)
    page = next(
        one for one in Capture.objects.filter(id__in=[ident for of in captures for ident in of]) if CASE in one.url
    )
    assert newsroom.get(f"/captures/{page.id}").status_code == 200
    Restriction.objects.create(
        id=uuid7(),
        portal=PORTAL,
        kind="record",
        record=record.id,
        why="a minor is named",
        by="Edda",
        at=datetime.now(UTC),
    )
    client = newsroom.client()
    for path in (
        f"/records/{PORTAL}/{CASE}", f"/records/{PORTAL}/{CASE}.json", f"/records/{PORTAL}/{CASE}.csv", f"/diff/{PORTAL}/{CASE}",
        f"/records/{PORTAL}/{CASE}.atom", f"/records/{PORTAL}/LH-2025-0105", f"/captures/{page.id}", f"/captures/{page.id}.json",
        f"/diff/captures/{page.id}/{page.id}",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "Tobin Inkwell" not in answer.content.decode()
        assert "minor" not in answer.content.decode()
    assert client.post("/exports/new", {"portal": PORTAL, "key": CASE, "form": "wacz"}).status_code == 404
    assert CASE not in client.get(f"/records/{PORTAL}/lh-2025-0195").content.decode()
    told = newsroom.get(f"/records/{PORTAL}/{CASE}", "editor")
    assert told.status_code == 403
    assert "a minor is named" in told.content.decode()
    assert "Tobin Inkwell" not in told.content.decode()


def test_a_name_that_is_not_told_is_masked(newsroom: Newsroom) -> None:
    Restriction.objects.create(
        id=uuid7(), portal=PORTAL, kind="name", name="Tobin Inkwell", why="asked for", by="Edda", at=datetime.now(UTC)
    )
    client = newsroom.client()
    for path in (
        f"/records/{PORTAL}/{CASE}",
        f"/records/{PORTAL}/{CASE}.json",
        f"/records/{PORTAL}/{CASE}.atom",
        f"/diff/{PORTAL}/{CASE}?view=text",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "Inkwell" not in answer.content.decode()
    assert "Inkwell" not in b"".join(client.get(f"/records/{PORTAL}/{CASE}.csv")).decode()


@pytest.fixture
def large(newsroom: Newsroom) -> str:
    """A record with 500 files of two versions each, 300 versions and an event for each of them."""
    pattern = Record.objects.get(key=CASE)
    version, file = (
        RecordVersion.objects.filter(record=pattern.id)[0],
        File.objects.filter(record=pattern.id, version=1)[0],
    )
    held, event = FileVersion.objects.get(file=file.id), Event.objects.filter(record=pattern.id, kind="changed")[0]
    ident, begin = uuid7(), pattern.first_seen_at
    Record.objects.create(**{**_row(pattern), "id": ident, "key": "large", "version": 300})
    RecordVersion.objects.bulk_create(
        RecordVersion(
            **{
                **_row(version),
                "id": uuid7(),
                "record": ident,
                "number": n,
                "at": begin + timedelta(hours=n),
                "crawl": f"crawl {n}",
            }
        )
        for n in range(1, 301)
    )
    Event.objects.bulk_create(
        Event(
            **{
                **_row(event),
                "id": uuid7(),
                "record": ident,
                "key": "large",
                "at": begin + timedelta(hours=n),
                "crawl": f"crawl {n}",
            }
        )
        for n in range(2, 301)
    )
    files = [
        File(
            **{**_row(file), "id": uuid7(), "record": ident, "identity": f"f{n}", "name": f"Document {n}", "version": 2}
        )
        for n in range(500)
    ]
    File.objects.bulk_create(files)
    FileVersion.objects.bulk_create(
        FileVersion(**{**_row(held), "id": uuid7(), "file": one.id, "number": n, "digest": f"sha256:{n}{one.identity}"})
        for one in files
        for n in (1, 2)
    )
    return "large"


def test_large_records_are_told_in_parts_with_as_many_queries(newsroom: Newsroom, large: str) -> None:
    client = newsroom.client()
    for path in ("/records/{portal}/{key}", "/diff/{portal}/{key}?view=files&from=1&to=2"):
        counts = []
        for key in (CASE, large):
            address = path.format(portal=PORTAL, key=key)
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(address)
            assert answer.status_code == 200
            assert len(answer.content) < 100_000, (address, len(answer.content))
            counts.append(len(asked))
        assert counts[1] <= counts[0] + 4, (path, counts)  # as one has replaced files, and the other has not
    pages = [client.get(f"/records/{PORTAL}/{large}?files={n}&story={n}").content.decode() for n in (1, 2, 42)]
    names = [set(re.findall(r">(Document \d+)</a></h3>", page)) for page in pages]
    assert [len(one) for one in names] == [12, 12, 8]
    assert len(set().union(*names)) == 32
    assert "Page 13 of 13" in pages[2]  # what is beyond the end is the end


def _row(found: Record | RecordVersion | File | FileVersion | Event) -> dict[str, object]:
    return {field.attname: getattr(found, field.attname) for field in found._meta.concrete_fields}
