"""Scrapy, as the crawl runs it: no reactor, our settings, a real server."""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib

import scrapy
from door_site import Memory, Seen, open_door, portal
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from config.errors import ConfigError
from crawler.capture.decoding import UndecodablePage, UnpacksTooLarge
from crawler.capture.limits import LimitExceeded
from crawler.capture.queue import PLACES_PER_HOST
from crawler.capture.robots import RobotsRefused
from crawler.capture.wire import ExchangeFailed


class Spider(scrapy.Spider):
    name = "sample"

    def __init__(self, requests, follow=None, **kwargs):
        super().__init__(**kwargs)
        self.requests, self.follow = requests, follow
        self.responses, self.errors = [], []

    async def start(self):
        for request in self.requests:
            yield request.replace(callback=self.parse, errback=self.failed)

    def parse(self, response):
        self.responses.append(response)
        if self.follow and not response.meta.get("followed"):
            for request in self.follow:
                yield response.follow(request, callback=self.parse, errback=self.failed, meta={"followed": True})

    def failed(self, failure):
        self.errors.append(failure.value)


def scrape(portal_, *requests, archive=None, follow=None, with_door=True) -> Spider:
    async def run():
        async with open_door(portal_, archive) as door:
            settings = Settings()
            settings.setmodule("crawler.settings", priority="project")
            runner = AsyncCrawlerRunner(settings)
            crawler = runner.create_crawler(Spider)
            if with_door:
                crawler.door = door
            wanted = [one if isinstance(one, scrapy.Request) else scrapy.Request(one) for one in requests]
            await runner.crawl(crawler, requests=wanted, follow=follow)
            return crawler.spider

    return asyncio.run(run())


def test_a_very_long_address_is_not_left_out(site):
    path = "/a?" + "q" * 5000
    site.pages["/"] = (200, [("Content-Type", "text/html")], b"<p>start</p>")
    site.pages[path] = (200, [("Content-Type", "text/html")], b"<p>found</p>")
    spider = scrape(portal(site.url), f"{site.url}/", follow=[path])
    assert sorted(response.css("p::text").get() for response in spider.responses) == ["found", "start"]
    assert not spider.errors


def test_a_page_with_all_that_belongs_to_it(site):
    headers = [
        ("Content-Type", "text/html; charset=iso-8859-1"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("x-ODD", "1"),
    ]
    site.pages["/a"] = (200, headers, "<p>größer</p>".encode("latin-1"))
    archive = Memory()
    spider = scrape(portal(site.url), f"{site.url}/a", archive=archive)
    [response] = spider.responses
    [exchange] = archive.exchanges
    assert response.css("p::text").get() == "größer"
    assert response.headers.getlist("Set-Cookie") == [b"a=1", b"b=2"]
    assert response.headers[b"X-Odd"] == b"1"
    assert (response.status, response.flags, response.protocol, str(response.ip_address)) == (
        200,
        [],
        "HTTP/1.1",
        "127.0.0.1",
    )
    assert response.meta["capture"] == exchange.archived.capture
    assert response.meta["captured_at"] == exchange.archived.at
    assert response.meta["capture_digest"] == exchange.archived.payload_digest
    assert "redirect_urls" not in response.meta


def test_a_page_seen_twice_is_asked_for_conditionally(site):
    def answer(seen: Seen):
        if "If-None-Match" in seen.headers:
            return 304, [("ETag", '"1"')], b""
        return (
            200,
            [("ETag", '"1"'), ("Content-Type", "text/html"), ("Content-Encoding", "gzip")],
            gzip.compress(b"<p>same</p>"),
        )

    site.pages["/a"] = answer
    archive = Memory()
    [first] = scrape(portal(site.url), f"{site.url}/a", archive=archive).responses
    [second] = scrape(portal(site.url), f"{site.url}/a", archive=archive).responses
    assert first.text == second.text == "<p>same</p>"
    assert (first.flags, second.flags) == ([], ["not_modified"])
    assert first.meta["capture_digest"] == second.meta["capture_digest"]
    assert first.meta["capture"] != second.meta["capture"]
    again = scrapy.Request(f"{site.url}/a", meta={"conditional": False})
    [third] = scrape(portal(site.url), again, archive=archive).responses
    assert third.flags == []


def test_redirects_cookies_and_posts_go_through_the_door(site):
    site.pages["/in"] = (302, [("Location", "/home"), ("Set-Cookie", "s=1")], b"")
    site.pages["/home"] = (200, [("Content-Type", "text/html")], b"home")
    request = scrapy.FormRequest(f"{site.url}/in", formdata={"q": "ä"}, cookies={"mine": "yes"})
    [response] = scrape(portal(site.url), request).responses
    assert response.url == f"{site.url}/home"
    assert response.meta["redirect_urls"] == [f"{site.url}/in"]
    post, get = site.seen
    assert (post.method, post.body, post.headers["Cookie"]) == ("POST", b"q=%C3%A4", "mine=yes")
    assert (get.method, get.body, get.headers["Cookie"]) == ("GET", b"", "mine=yes; s=1")
    assert post.headers["User-Agent"].startswith("recordwatch/")
    assert [name for name in post.headers if name.lower() == "user-agent"] == ["User-Agent"]


def test_links_carry_their_page_as_referer(site):
    site.pages["/a"] = site.pages["/b"] = (200, [("Content-Type", "text/html")], b"x")
    scrape(portal(site.url), f"{site.url}/a", follow=["/b"])
    assert site.asked("/b")[0].headers["Referer"] == f"{site.url}/a"


def test_a_list_that_the_archive_finds_large_still_reaches_the_spider(site):
    site.pages["/a"] = (200, [("Content-Type", "text/csv")], b"a,b\n" * 50_000)
    [response] = scrape(portal(site.url), f"{site.url}/a", archive=Memory(large=1000)).responses
    assert response.text == "a,b\n" * 50_000
    assert response.flags == []


def test_failures_reach_the_errback_as_they_are(site):
    site.pages["/robots.txt"] = (200, [("Content-Type", "text/plain")], b"User-agent: *\nDisallow: /no\n")
    site.pages["/big"] = (200, [], b"x" * 3000)
    site.pages["/cut"] = (200, [("Content-Length", "10")], b"x")
    site.pages["/bomb"] = (
        200,
        [("Content-Encoding", "gzip"), ("Content-Type", "text/html")],
        gzip.compress(b"x" * 200_000),
    )
    site.pages["/bad"] = (200, [("Content-Encoding", "gzip"), ("Content-Type", "text/html")], b"no gzip at all")
    site.pages["/deflate"] = (
        200,
        [("Content-Encoding", "deflate"), ("Content-Type", "text/html")],
        zlib.compress(b"fine"),
    )
    polite = {"robots": True, "robots_why": "", "delay": 0}
    paths = ("/no", "/big", "/cut", "/bomb", "/bad", "/deflate", "/gone")
    settings = portal(site.url, politeness=polite, limits={"page_bytes": 2000})
    spider = scrape(settings, *(f"{site.url}{path}" for path in paths))
    kinds = {getattr(error, "where", ""): type(error) for error in spider.errors}
    assert kinds.pop("") is scrapy.spidermiddlewares.httperror.HttpError, "a 404 is Scrapy's to report"
    assert kinds == {
        f"{site.url}/no": RobotsRefused,
        f"{site.url}/big": LimitExceeded,
        f"{site.url}/cut": ExchangeFailed,
        f"{site.url}/bomb": UnpacksTooLarge,
        f"{site.url}/bad": UndecodablePage,
    }
    [bomb] = [error for error in spider.errors if getattr(error, "where", "").endswith("/bomb")]
    assert (bomb.key, bomb.limit) == ("page_bytes", 2000)
    assert [response.text for response in spider.responses] == ["fine"]


def test_one_slow_host_does_not_take_every_place(site, other_site):
    """The slow host answers only when the other one, whose requests come last, has answered all of its own."""
    import threading

    others = [f"/{number}" for number in range(12)]
    done = threading.Event()

    def quick(_seen: Seen):
        if len(other_site.seen) >= len(others):
            done.set()
        return 200, [("Content-Type", "text/html")], b"quick"

    def slow(_seen: Seen):
        return (200, [("Content-Type", "text/html")], b"slow") if done.wait(20) else (410, [], b"")

    for path in others:
        other_site.pages[path] = quick
    wanted = [f"/slow{number}" for number in range(2 * 16)]
    for path in wanted:
        site.pages[path] = slow
    requests = [f"{site.url}{path}" for path in wanted]
    requests += [f"http://localhost:{other_site.port}{path}" for path in others]
    spider = scrape(portal(site.url, scope=("localhost",), politeness={"connections": PLACES_PER_HOST}), *requests)
    assert len(spider.responses) == len(requests)


def test_without_a_door_nothing_is_fetched(site, caplog):
    with caplog.at_level(logging.ERROR):
        spider = scrape(portal(site.url), f"{site.url}/a", with_door=False)
    assert spider.responses == []
    assert any(record.exc_info and isinstance(record.exc_info[1], ConfigError) for record in caplog.records)
    assert site.seen == []


def test_what_scrapy_would_do_twice_or_open_is_off():
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    off = (
        "TWISTED_REACTOR_ENABLED REMOTE_CONTROL_ENABLED TELNETCONSOLE_ENABLED ROBOTSTXT_OBEY COOKIES_ENABLED "
        "REDIRECT_ENABLED METAREFRESH_ENABLED RETRY_ENABLED HTTPPROXY_ENABLED AUTOTHROTTLE_ENABLED HTTPCACHE_ENABLED"
    )
    assert {name: settings.getbool(name) for name in off.split()} == dict.fromkeys(off.split(), False)
    assert settings.getfloat("DOWNLOAD_DELAY") == 0
    assert settings.getdict("DOWNLOAD_HANDLERS")["file"] is None, "a spider reads no files of this machine"
