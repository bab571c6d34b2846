"""What people send is done on PostgreSQL as on SQLite: decided, restricted, merged, kept, packed; and taken back."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from archive.catalog.models import Restriction
from archive.warc.index import scan
from releases.ledger.queries import find
from releases.models import Delivery, Event, Quarantine, Record, Subscription
from tests.newsroom.databases.sides import Sides
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of
from tests.services.postgres import postgres
from web.accounts.models import AuditEntry
from web.api.models import Token
from web.records import export_jobs

PORTAL, WHY = "lake-harbor", {"why": "a witness asked"}


def send(newsroom: Newsroom) -> list[Any]:
    """What came of it all, without ids and times."""
    clients = {role: newsroom.client(role) for role in ("", "reporter", "editor", "operator")}
    said: list[Any] = []

    def post(role: str, there: str, **sent: Any) -> Any:
        answer = clients[role].post(there, sent)
        said.append((there.partition("/v/")[0][:12], answer.status_code))
        return answer

    record = find(PORTAL, "lh-2025-0103")
    page = f"/records/{PORTAL}/{record.key}"
    for kind, more in (("record", {"portal": PORTAL, "key": record.key}), ("name", {"name": "Hedda Nobody"})):
        post("editor", "/editing/restrict", kind=kind, **more, **WHY)
    said.append([clients[role].get(page).status_code for role in clients])
    for row in Restriction.objects.order_by("kind"):
        post("editor", "/editing/lift", id=row.id, **WHY)
    said.append([clients[role].get(page).status_code for role in clients])
    said += Restriction.objects.order_by("kind").values_list("kind", "by", "lifted_by", "lifted_why", "spans")

    held = Quarantine.objects.get(state="held")
    post("editor", "/editing/decide", id=held.id, state="kept", why="not ours to tell")
    first, second = find(PORTAL, "lh-2025-0101"), find(PORTAL, "lh-2025-0102")
    post("editor", "/editing/merge", portal=PORTAL, key=first.key, into=second.key)
    said.append(clients[""].get(f"/records/{PORTAL}/{first.key}").status_code)
    post("editor", "/editing/unmerge", id=first.id)
    post("editor", "/editing/retract", event=Event.objects.filter(kind="changed").order_by("id")[0].id, why="mixed up")
    said += Record.objects.order_by("key").values_list("key", "state", "version")
    said += Event.objects.order_by("kind", "key").values_list("kind", "key", "old__reason", "new__reason")

    words = post("reporter", "/accounts/me/tokens", name="a notebook", scope=["read"], days="30").content.decode()
    token = re.search(r"rw_[\w-]{43}", words)
    assert token
    asked = {"HTTP_AUTHORIZATION": f"Bearer {token[0]}"}
    said += [newsroom.get(there, **asked).status_code for there in ("/api/v1/records", "/api/v1/export/records.csv")]
    for row in Token.objects.all():
        post("reporter", f"/accounts/me/tokens/{row.pk}/revoke")
    said.append(newsroom.get("/api/v1/records", **asked).status_code)
    for does in ("pause", "resume", "run"):
        post("operator", f"/operate/portals/{PORTAL}/do", do=does, why="their site moves")
    Delivery.objects.filter(kind="news").update(state="dead")
    post("operator", "/operate/deliveries/retry", all="dead")
    for one in Subscription.objects.order_by("name"):
        post("", f"/alerts/mute/{one.mute_token}", **{"List-Unsubscribe": "One-Click"})
    said += [(one.name, one.muted_at is None, one.filters) for one in Subscription.objects.order_by("name")]
    said += sorted(Delivery.objects.values_list("kind", "state"))
    said += [
        (one.action, one.name, sorted(one.detail), one.detail.get("why")) for one in AuditEntry.objects.order_by("id")
    ]
    return said


def packed(newsroom: Newsroom) -> list[str]:
    """Digests of what is in a package that was asked for, made beside the server and fetched."""
    client = newsroom.client()
    there = client.post("/exports/new", {"portal": PORTAL, "key": "lh-2026-0002", "form": "warc.gz"})["Location"]
    for thread in threading.enumerate():
        if thread.name.startswith("export "):
            thread.join(60)
    made = export_jobs.read(newsroom.home, there.rpartition("/")[2])
    assert made is not None
    assert made.state == "done", made
    b"".join(client.get(f"{there}/package").streaming_content)  # type: ignore[attr-defined]
    with export_jobs.package(newsroom.home, made).open("rb") as stream:
        return sorted(row.payload_digest for row in scan(stream, "package").captures)


def test_what_is_sent_has_the_same_effect_in_both(told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.api.guard.KNOWN", 10**6)
    home = copy_of(told, tmp_path / "home")
    with postgres(language="en_US") as url:
        with Newsroom.over(home):
            both = Sides(home, url)
        found = both.each(send)
        sent = [one for one in found["sqlite"] if isinstance(one, tuple) and str(one[0]).startswith("/")]
        assert len(sent) > 15
        assert [one for one in sent if one[1] >= 400] == []
        assert len(found["sqlite"]) > 60
        assert found["postgresql"] == found["sqlite"]
        with both.open("postgresql") as newsroom:
            assert len(packed(newsroom)) > 3  # its page and its files
