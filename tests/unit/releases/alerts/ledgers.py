"""Commits as the ledger makes them, of a few rows, for alerts that are to be asked about them."""

from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from archive.catalog.models import Capture, ChangeLog, Derived
from archive.commit import Commit, Insert
from archive.ids import uuid7
from archive.store.base import StoreUnavailable
from releases.alerts.matching import match_with, owe
from releases.alerts.subscriptions import subscribe
from releases.models import Delivery, Event, File, FileVersion, Record, RecordVersion
from tests.services.postgres import postgres
from tests.unit.releases.alerts.conftest import row


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request, make_home):
    with postgres() if request.param == "postgresql" else nullcontext("") as url:
        yield make_home(database=url)
        from django.db import connections

        connections.close_all()


class Ledger:
    """Makes commits as the ledger does, and applies them as the committer does."""

    def __init__(self):
        self.texts = {}
        self.down = False
        self.asked = 0

    def read(self, wanted):
        for text in wanted:
            self.asked += 1
            if self.down:
                raise StoreUnavailable("the store does not answer")
            if text.id in self.texts:
                yield text.id, self.texts[text.id]

    def match(self, now=None, portal=""):
        return match_with(self.read, now, portal=portal)

    def commit(self, *rows, at=None):
        """`rows`: unsaved model instances. Returns the commit."""
        moment = at or datetime.now(UTC)
        made = Commit(uuid7(), "lake-harbor", 1, moment, "files", [
            Insert(item._meta.label, [{"id": item.pk}]) for item in rows
        ])  # fmt: skip
        for item in rows:
            item.save()
            if not isinstance(item, Capture):
                ChangeLog(commit=made.id, table=item._meta.label, row=item.pk).save()
        owe(made)
        return made


@pytest.fixture
def ledger(home):
    return Ledger()


def event(key, kind="new", *, files=(), at=None, **values):
    told = row(
        key,
        kind,
        files=[{"id": ident, "url": f"https://h.example/{ident}", "name": ident} for ident in files],
        **values,
    )
    told.pop("_record_kind")
    return Event(**{**told, "at": at or datetime.now(UTC)})


def record(key, title="", fields=None, kind="case"):
    """A record and its first version."""
    now = datetime.now(UTC)
    one = {"url": f"https://harbor.example/{key}", "title": title or key, "printed_key": key, "fields_hash": "",
           "text_hash": "", "raw_hash": ""}  # fmt: skip
    ident = f"id of {key}"
    return [
        Record(id=ident, portal="lake-harbor", key=key, kind=kind, state="present", version=1, first_seen_at=now,
               first_crawl="c", last_seen_at=now, last_crawl="c", **one),
        RecordVersion(id=f"version of {key}", record=ident, number=1, at=now, crawl="c", fields=fields or {}, files=[],
                      captures=[], extractor="x", **one),
    ]  # fmt: skip


def file(key, ident):
    now = datetime.now(UTC)
    url = f"https://harbor.example/{ident}.pdf"
    return File(id=ident, portal="lake-harbor", record=f"id of {key}", identity=url, url=url, name=f"Report {ident}",
                kind="report", host="direct", state="present", version=0, digest="", first_seen_at=now, first_crawl="c",
                last_seen_at=now, last_crawl="c")  # fmt: skip


def held(ledger, ident, text, number=1, *, read=True):
    """A file's bytes, held and read: the rows of the file lane's commit."""
    now, digest, capture = datetime.now(UTC), f"sha256:{ident}-{number}", f"capture {ident} {number}"
    rows = [
        Capture(id=capture, portal="lake-harbor", crawl="c", kind="response", method="GET", url="u", surt="u", at=now,
                status=200, mime="", payload_digest=digest, payload_length=1, etag="", last_modified="", truncated="",
                refers_to="", request="", address="", warc="w", offset=1, length=1, location="", error=""),
        FileVersion(id=f"{ident} v{number}", file=ident, number=number, at=now, crawl="c", url="", digest=digest, size=1,
                    mime="application/pdf", capture=capture),
    ]  # fmt: skip
    File.objects.filter(id=ident).update(digest=digest, version=number)
    if read:
        derived = f"text of {ident} {number}"
        ledger.texts[derived] = text
        rows.append(Derived(id=derived, portal="lake-harbor", crawl="c", capture=capture, kind="conversion", mime="text/plain",
                            engine="x", at=now, warc="w", offset=1, length=1, page=1))  # fmt: skip
    return rows


def search(home, query, **filters):
    return subscribe(home, "mailto:a@example.org", {"query": query, **filters}, name=query)


def told(subscription):
    found = Delivery.objects.filter(subscription=subscription).order_by("created_at", "id")
    return [[Event.objects.get(id=ident).kind for ident in delivery.events] for delivery in found]
