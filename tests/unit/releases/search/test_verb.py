"""`recordwatch search` over texts that a real crawl writer archived in a real store."""

import asyncio
import json
import os
from datetime import UTC, datetime

import django
import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # the modules under test hold models

from archive.catalog.models import Derived  # noqa: E402
from archive.catalog.operations import warc_operations  # noqa: E402
from archive.holdings import Holdings  # noqa: E402
from archive.ids import uuid7  # noqa: E402
from archive.warc.crawl_writer import CrawlWriter  # noqa: E402
from config.home import open_home  # noqa: E402
from releases.search import texts as module  # noqa: E402
from releases.search.texts import Text, archived_texts  # noqa: E402
from tests.services.forked import run_verb  # noqa: E402


@pytest.fixture
def holdings(tmp_path, monkeypatch):
    """Two WARCs with a page's text in three languages of bytes, committed."""
    from django.db import connections

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    (tmp_path / "recordwatch.toml").write_text("")
    held = Holdings(open_home(tmp_path))

    async def work():
        for number in range(2):
            writer = CrawlWriter(held.home.spool, portal="p", crawl=uuid7(), info={"software": "t"}, known=held.known)
            capture = await archive(writer, f"https://p.example/{number}")
            await writer.flush()
            for page, text in enumerate(["The taser was used", "Ein Fall für Pérez", "北京 " + "filler " * 5000], 1):
                await writer.conversion(
                    capture, "https://p.example/", text.encode(), "text/plain; charset=utf-8", "t 1", page=page
                )
            sealed = await writer.seal()
            held.committer.store_warcs(sealed)
            held.committer.commit("p", "listing", warc_operations(sealed))
            held.forget_local(sealed)
            await writer.close()

    asyncio.run(work())
    yield held
    connections.close_all()


async def archive(writer, url):
    sink = writer.begin(url, "GET")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n"
    sink.sent(b"GET / HTTP/1.1\r\nHost: p.example\r\n\r\n")
    sink.head(head, 200, [(b"Content-Type", b"text/html"), (b"Content-Length", b"2")])
    await sink.data(b"ok", b"ok")
    return (await sink.finish()).capture


def places():
    return [Text(*row) for row in Derived.objects.order_by("id").values_list(*Text._fields)]


@pytest.mark.parametrize("span", [32 * 1024**2, 1])
def test_texts_come_back_from_the_store(holdings, monkeypatch, span):
    monkeypatch.setattr(module, "SPAN", span)
    read = dict(archived_texts(holdings)(places()))
    assert len(read) == len(places()) == 6
    assert sorted(set(read.values()))[:2] == ["Ein Fall für Pérez", "The taser was used"]


def test_records_that_lie_together_are_one_request(holdings):
    asked = []
    real = holdings.store.open

    class Store:
        def open(self, *place):
            asked.append(place)
            return real(*place)

    holdings.store = Store()
    assert len(list(archived_texts(holdings)(places()))) == 6
    assert len(asked) == 2


def test_a_missing_warc_hides_only_its_own(holdings):
    warc = places()[0].warc
    (holdings.home.archive / warc).unlink()
    assert len(list(archived_texts(holdings)(places()))) == 3


def test_the_verb(holdings):
    def run(*words, code=0):
        done = run_verb("search", *words, "--home", str(holdings.home.path), timeout=60)
        assert done.returncode == code, done.stderr
        return done

    hits = [json.loads(line) for line in run("taser", "--json").stdout.splitlines()]
    assert {(h["type"], h["portal"], h["page"], h["url"]) for h in hits} == {
        ("page", "p", 1, "https://p.example/0"), ("page", "p", 1, "https://p.example/1"),
    }  # fmt: skip
    assert hits[0]["snippet"][slice(*hits[0]["marks"][0])] == "taser"
    assert datetime.fromisoformat(hits[0]["at"]).date() == datetime.now(UTC).date()
    assert "The »taser« was used" in run("taser", "--limit", "1").stdout
    assert "2 records, files and pages match in all" in run("taser", "--limit", "1").stdout
    assert run("zzz").stdout == "nothing found\n"
    assert "anew" in run("--rebuild").stderr
    assert "at character 9" in run("taser po*l", code=2).stderr
    assert "nothing to look for" in run(code=2).stderr
