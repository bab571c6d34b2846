"""The API: every path by its document, cursors, bounds, ETags, nonsense, and what is restricted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.catalog.models import Capture, ChangeLog, Restriction
from releases.models import File, Record
from tests.newsroom.inside import Newsroom
from web.api.document import document
from web.front.filters import KINDS
from web.searching.kept import keep

KEY = "lh-2025-0105"
NONSENSE = ("%00", "x" * 3000, "-1", "9" * 30, "1e9", "../../x", "%F0%9F%92%A9", "' OR 1=1 --", "[]", "W10")


@pytest.fixture
def indexed(newsroom: Newsroom) -> Newsroom:
    """The same, with an index."""
    keep(newsroom.holdings)
    return newsroom


def _addresses() -> dict[str, str]:
    """Path of the document → an address that has an answer."""
    record = Record.objects.get(key=KEY)
    file = File.objects.filter(version__gt=1).first()
    capture = Capture.objects.filter(kind="response").first()
    assert file
    assert capture
    return {
        "/api/v1/portals": "/api/v1/portals",
        "/api/v1/portals/{slug}": f"/api/v1/portals/{record.portal}",
        "/api/v1/crawls": f"/api/v1/crawls?portal={record.portal}&limit=3",
        "/api/v1/releases": "/api/v1/releases?limit=5",
        "/api/v1/records": "/api/v1/records?limit=5",
        "/api/v1/records/{slug}/{key}": f"/api/v1/records/{record.portal}/{KEY}",
        "/api/v1/files": "/api/v1/files?limit=5",
        "/api/v1/files/{ident}": f"/api/v1/files/{file.id}",
        "/api/v1/captures": "/api/v1/captures?limit=5",
        "/api/v1/captures/{ident}": f"/api/v1/captures/{capture.id}",
        "/api/v1/search": "/api/v1/search?q=shots",
        "/api/v1/deadlines": "/api/v1/deadlines?limit=5",
        "/api/v1/diff/{slug}/{key}": f"/api/v1/diff/{record.portal}/{KEY}",
    }


def test_every_path_of_the_document_answers_as_it_says(indexed: Newsroom) -> None:
    addresses = _addresses()
    own = {path for path in document()["paths"] if path.startswith("/api/v1/subscriptions")}
    assert document()["paths"].keys() - own == addresses.keys()  # one's own are told in test_tokens
    for path, address in addresses.items():
        answer = indexed.get(address)  # the shapes are checked where answers are made: a wrong one is a failure
        assert answer.status_code == 200, (address, answer.content)
        body = answer.json()
        shape = document()["paths"][path]["get"]["responses"][200]["content"]["application/json"]["schema"]["$ref"]
        assert body.keys() == document()["components"]["schemas"][shape.rpartition("/")[2]]["properties"].keys()
        assert body.get("rows", True), address
        again = indexed.get(address, HTTP_IF_NONE_MATCH=answer.headers["ETag"])
        assert (again.status_code, again.content) == (304, b""), address
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert indexed.client().post(address).status_code == 405
    page = indexed.get("/api/v1/docs").content.decode()
    assert all(path in page for path in addresses)
    assert 'src="http' not in page


def test_lists_go_on_until_everything_was_told(newsroom: Newsroom) -> None:
    for name, key in (("records", "id"), ("files", "id"), ("captures", "id"), ("releases", "id"), ("crawls", "id")):
        told, cursor = [], ""
        while True:
            body = newsroom.get(f"/api/v1/{name}?limit=7&after={cursor}").json()
            assert len(body["rows"]) <= 7
            told += [row[key] for row in body["rows"]]
            cursor = body["next"]
            if not cursor:
                break
        whole = [row[key] for row in newsroom.get(f"/api/v1/{name}?limit=500").json()["rows"]]
        assert told == whole, name
        assert len(told) == len(set(told)) > 7, name
    assert {row["kind"] for row in newsroom.get("/api/v1/releases?kind=file_replaced").json()["rows"]} == {
        "file_replaced"
    }
    assert {row["kind"] for row in newsroom.get("/api/v1/files?kind=video").json()["rows"]} == {"video"}
    assert not newsroom.get("/api/v1/records?state=nowhere").json()["rows"]


def test_nonsense_is_refused_in_words(indexed: Newsroom) -> None:
    client = indexed.client()
    number = 0
    for path, told in document()["paths"].items():
        address = _addresses().get(path, "").partition("?")[0]
        if not address:
            continue
        for parameter in told["get"].get("parameters", ()):
            if parameter["in"] != "query":
                continue
            for value in NONSENSE[::3] if path.startswith("/api/v1/diff") else NONSENSE:
                given = f"{address}?{parameter['name']}={value}" + ("&q=officer" if path.endswith("search") else "")
                number += 1  # each from a network of its own: how much one may ask is tested elsewhere
                answer = client.get(given, REMOTE_ADDR=f"10.0.{number // 250}.{number % 250}")
                assert answer.status_code in {200, 400, 404}, (given, answer.content)
                assert answer.status_code == 200 or answer.json()["error"], given
    for address in ("portals/%00", "files/%00", "captures/%00", "records/x/%00", "records/x/../y", "diff/x/%00", "x"):
        assert client.get(f"/api/v1/{address}", REMOTE_ADDR="10.1.1.1").status_code in {400, 404}, address


def test_what_is_restricted_is_nowhere(indexed: Newsroom) -> None:
    record = Record.objects.get(key=KEY)
    file = File.objects.filter(record=record.id).first()
    assert file
    before = indexed.get("/api/v1/records?limit=500")
    Restriction.objects.create(
        id="r1", portal=record.portal, kind="record", record=record.id, why="privacy", by="editor", at=datetime.now(UTC)
    )
    ChangeLog.objects.create(commit="c", table="restriction", row="r1")
    after = indexed.get("/api/v1/records?limit=500", HTTP_IF_NONE_MATCH=before.headers["ETag"])
    assert after.status_code == 200
    for role in ("", "editor"):
        for address in ("records?limit=500", "releases?limit=500", "files?limit=500", "deadlines?limit=500"):
            body = indexed.get(f"/api/v1/{address}", role).content.decode()
            assert KEY not in body.lower(), address
            assert record.id not in body, address
        for address in (f"records/{record.portal}/{KEY}", f"diff/{record.portal}/{KEY}", f"files/{file.id}"):
            assert indexed.get(f"/api/v1/{address}", role).status_code == 404, address
        assert KEY not in indexed.get(f"/api/v1/search?q=key:{KEY}", role).content.decode().lower().replace(
            f"q=key%3a{KEY}", ""
        )
    assert set(KINDS) >= {row["kind"] for row in indexed.get("/api/v1/releases?limit=500").json()["rows"]}
