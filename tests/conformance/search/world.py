"""A small catalog to search in: rows and change log as commits leave them, and the texts that WARCs would hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.catalog.models import Capture, ChangeLog, Derived, Restriction
from releases.models import Alias, Event, File, FileVersion, Record, RecordVersion, WatchedPage

START = datetime(2031, 1, 1, tzinfo=UTC)


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class World:
    """Makes rows; every row made or changed is a line of the change log, as the committer writes it."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.asked: list[str] = []
        self.count = 0

    def read(self, wanted) -> Iterator[tuple[str, str]]:
        for row in wanted:
            self.asked.append(row.id)
            if row.id in self.texts:
                yield row.id, self.texts[row.id]

    def log(self, table: str, row: str) -> None:
        ChangeLog.objects.create(commit=f"commit-{self.count}", table=table, row=row)

    def _next(self) -> datetime:
        self.count += 1
        return START + timedelta(days=self.count)

    def record(self, key: str, title: str, fields: dict[str, Any] | None = None, *, portal: str = "harbor",
               kind: str = "case", printed: str = "", version: int = 1) -> str:  # fmt: skip
        at, ident = self._next(), f"r-{portal}-{key}"
        values = {
            "portal": portal, "key": key, "kind": kind, "url": f"https://{portal}.example/{key}", "title": title,
            "printed_key": printed or key, "state": "present", "version": version, "fields_hash": "", "text_hash": "",
            "raw_hash": "", "first_seen_at": at, "first_crawl": "c", "last_seen_at": at, "last_crawl": "c",
        }  # fmt: skip
        if held := Record.objects.filter(id=ident).first():
            values["first_seen_at"] = held.first_seen_at
        Record.objects.update_or_create(id=ident, defaults=values)
        RecordVersion.objects.create(
            id=f"{ident}-v{version}", record=ident, number=version, at=at, crawl="c", url=values["url"], title=title,
            printed_key=values["printed_key"], fields=fields or {}, files=[], fields_hash="", text_hash="", raw_hash="",
            captures=[], extractor="x",
        )  # fmt: skip
        self.log("releases.Record", ident)
        self.log("releases.RecordVersion", f"{ident}-v{version}")
        return ident

    def alias(self, record: str, name: str) -> None:
        ident = f"a-{record}-{name}"
        Alias.objects.create(id=ident, portal="harbor", record=record, name=name, crawl="c", at=self._next())
        self.log("releases.Alias", ident)

    def capture(self, url: str, payload: str, *, portal: str = "harbor", mime: str = "application/pdf") -> str:
        at = self._next()
        ident = f"c{self.count}"
        Capture.objects.create(
            id=ident, portal=portal, crawl="c", kind="response", method="GET", url=url, surt=url, at=at, status=200,
            mime=mime, payload_digest=digest(payload), payload_length=len(payload), etag="", last_modified="", truncated="",
            refers_to="", request="", address="", warc="w", offset=self.count, length=1, location="", error="",
        )  # fmt: skip
        return ident

    def text(self, capture: str, text: str, page: int = 0, mime: str = "text/plain") -> str:
        at = self._next()
        ident = f"d{self.count}"
        self.texts[ident] = text
        Derived.objects.create(
            id=ident, portal="harbor", crawl="c", capture=capture, kind="conversion", mime=mime, engine="x", at=at,
            warc="w", offset=self.count, length=1, page=page,
        )  # fmt: skip
        self.log("catalog.Derived", ident)
        return ident

    def file(self, record: str, name: str, *pages: str, kind: str = "report", portal: str = "harbor") -> str:
        """A file of a record; with `pages`, its bytes are held and have been read."""
        at = self._next()
        ident = f"f{self.count}"
        url = f"https://{portal}.example/files/{ident}"
        File.objects.create(
            id=ident, portal=portal, record=record, identity=url, url=url, name=name, kind=kind, host="direct",
            state="present", version=1, digest="", first_seen_at=at, first_crawl="c", last_seen_at=at, last_crawl="c",
        )  # fmt: skip
        self.log("releases.File", ident)
        if pages:
            self.file_version(ident, *pages)
        return ident

    def file_version(self, file: str, *pages: str, number: int = 1, read: bool = True) -> None:
        payload = "\f".join(pages)
        capture = self.capture(f"https://harbor.example/files/{file}", payload)
        if read:
            for page, text in enumerate(pages, 1):
                self.text(capture, text, page)
        FileVersion.objects.create(
            id=f"{file}-v{number}", file=file, number=number, at=self._next(), crawl="c", url="", digest=digest(payload),
            size=1, mime="application/pdf", capture=capture,
        )  # fmt: skip
        self.log("releases.FileVersion", f"{file}-v{number}")

    def page(self, url: str, title: str, text: str) -> None:
        capture = self.capture(url, text, mime="text/html")
        self.text(capture, text)
        ident = f"p{self.count}"
        WatchedPage.objects.create(
            id=ident, portal="harbor", url=url, title=title, text_hash="", capture=capture, at=self._next(), crawl="c"
        )
        self.log("releases.WatchedPage", ident)

    def event(self, record: str, kind: str, *files: str) -> datetime:
        """Something that happened to a record, or to files of it."""
        at = self._next()
        ident = f"e{self.count}"
        Event.objects.create(
            id=ident, at=at, portal="harbor", record=record, key="", title="", url="", kind=kind, backfill=False, crawl="c",
            files=[{"id": file} for file in files], captures=[], tags=[],
        )  # fmt: skip
        if kind in {"withdrawn", "restored"}:
            state = "withdrawn" if kind == "withdrawn" else "present"
            Record.objects.filter(id=record).update(state=state, last_seen_at=at)
            self.log("releases.Record", record)
        for file in files:
            File.objects.filter(id=file).update(state="withdrawn" if kind == "file_withdrawn" else "present")
            self.log("releases.File", file)
        self.log("releases.Event", ident)
        return at

    def restrict(self, kind: str, **values: Any) -> str:
        at = self._next()
        ident = f"x{self.count}"
        Restriction.objects.create(id=ident, portal="harbor", kind=kind, why="w", by="b", at=at, **values)
        self.log("catalog.Restriction", ident)
        return ident

    def lift(self, ident: str) -> None:
        Restriction.objects.filter(id=ident).update(lifted_at=self._next())
        self.log("catalog.Restriction", ident)

    def bytes_of(self, file: str, capture: str) -> None:
        """The file's first version is what was captured so."""
        FileVersion.objects.create(
            id=f"{file}-v1", file=file, number=1, at=self._next(), crawl="c", url="", digest=self.digest_of(capture), size=1,
            mime="video/mp4", capture=capture,
        )  # fmt: skip
        self.log("releases.FileVersion", f"{file}-v1")

    def digest_of(self, capture: str) -> str:
        return Capture.objects.get(id=capture).payload_digest
