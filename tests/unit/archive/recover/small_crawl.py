"""A small crawl in a process of its own, so that it can be killed: run as a program, `main` takes HOME and crawl or recover."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from archive.catalog.commits import warc_operations
from archive.catalog.operations import portal_operation
from archive.commit import Insert, Update
from archive.holdings import Holdings
from archive.ids import uuid7
from archive.recover import recover
from archive.warc.crawl_writer import CrawlWriter
from config.home import Home, open_home
from tests.conformance.catalog.rows import event, record
from tests.unit.archive.warc.scene import Wire

INFO = {"software": "recordwatch/0", "robots": "obey"}


def make_home(path: Path, **settings: str) -> Home:
    path.mkdir(exist_ok=True)
    lines = [f'{name} = "{value}"' for name, value in settings.items()]
    (path / "recordwatch.toml").write_text("\n".join(lines))
    return open_home(path)


def run(home: Home, holdings: Holdings, *, pages: int = 4, files: int = 2, portal: str = "copa") -> str:
    """Recover, archive `pages`, commit them with a record and an event, then `files`, then the end."""
    recover(home, holdings, portal)
    crawl = uuid7()
    now = datetime.now(UTC)
    row = record(crawl, portal=portal, first_crawl=crawl, last_crawl=crawl)

    def commit(sealed, reason, operations):
        holdings.committer.store_warcs(sealed)
        holdings.committer.commit(portal, reason, [*warc_operations(sealed), *operations])
        holdings.forget_local(sealed)

    async def listing():
        for number in range(pages):
            page = Wire(f"https://{portal}.example/{crawl}/{number}", body=f"page {number} of {crawl}".encode() * 50)
            captures.append(await page.play(writer))
        await Wire(f"https://{portal}.example/same", body=b"the same everywhere").play(writer)
        await writer.flush()
        first = captures[0]
        await writer.metadata(first.capture, first.url, b'{"key": "1"}', "application/json", "test 1")
        return await writer.seal()

    async def attachments():
        for number in range(files):
            file = Wire(f"https://{portal}.example/{crawl}/{number}.pdf", body=f"%PDF {number} {crawl}".encode() * 50)
            await file.play(writer)
        return await writer.seal()

    captures = []
    writer = CrawlWriter(home.spool, portal=portal, crawl=crawl, info=INFO, known=holdings.known)
    # One loop in turns with the database, which must not be used on a running loop's thread.
    with asyncio.Runner() as loop:
        sealed = loop.run(listing())
        started = {"id": crawl, "portal": portal, "started_at": now, "verdict": "healthy", "listed_at": now}
        told = event(row, portal=portal, crawl=crawl, captures=[capture.capture for capture in captures])
        commit(
            sealed,
            "listing",
            [
                portal_operation(portal, "Portal", "https://example/", now),
                Insert("catalog.Crawl", [started]),
                Insert("releases.Record", [row]),
                Insert("releases.Event", [told]),
            ],
        )
        commit(loop.run(attachments()), "files", [])
        commit([], "ended", [Update("catalog.Crawl", [{"id": crawl, "ended_at": datetime.now(UTC)}])])
        loop.run(writer.close())
    writer.folder.rmdir()
    return crawl


def main() -> None:
    opened = open_home(sys.argv[1])
    held = Holdings(opened)
    if sys.argv[2] == "recover":
        recover(opened, held, "copa", active="", search_store=True)
    else:
        run(opened, held)
