"""Runs a spider over stored answers: no network, no Scrapy engine, only its callbacks."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import scrapy
from scrapy.http import Headers, HtmlResponse, Response
from scrapy.responsetypes import responsetypes

from archive.warc.replay import Replay
from crawler.capture.redirects import redirect_target, redirected_method
from spiders.errors import PageError
from spiders.portal_spider import PortalSpider
from tests.portals.replica import pages

T = TypeVar("T")


@dataclass
class Outcome:
    """What a spider yielded, in order, the pages that were not as expected, and the URLs it asked for."""

    yielded: list[Any] = field(default_factory=list)
    errors: list[PageError] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def of(self, kind: type[T]) -> list[T]:
        return [item for item in self.yielded if isinstance(item, kind)]


def crawl(spider: PortalSpider, fetch: Callable[[str], Response]) -> Outcome:
    """As `converse`, for spiders that only ever GET."""
    return converse(spider, lambda request: fetch(request.url))


def converse(spider: PortalSpider, answer: Callable[[scrapy.Request], Response]) -> Outcome:
    """Every request once, in the order asked. What was yielded before an error is kept, as in a crawl.

    As in a crawl, the same method, URL and body are asked for once, unless the request says `dont_filter`.
    """

    async def first() -> list[scrapy.Request]:
        return [item async for item in spider.start() if isinstance(item, scrapy.Request)]

    outcome, queue = Outcome(), asyncio.run(first())
    met: set[tuple[str, str, bytes]] = set()
    while queue:
        request = queue.pop(0)
        asked = (request.method, request.url, request.body)
        if asked in met and not request.dont_filter:
            continue
        met.add(asked)
        outcome.asked.append(request.url)
        assert request.callback is not None
        response = answer(request)
        response.request = request
        try:
            for item in request.callback(response, **request.cb_kwargs):
                if isinstance(item, scrapy.Request):
                    queue.append(item)
                else:
                    outcome.yielded.append(item)
        except PageError as error:
            outcome.errors.append(error)
    return outcome


def html(url: str, body: str | bytes) -> HtmlResponse:
    return HtmlResponse(url, body=body.encode() if isinstance(body, str) else body, encoding="utf-8")


def stored(folder: Path) -> Callable[[str], Response]:
    """Answers from the page files in `folder`."""
    bodies = pages(folder)

    def fetch(url: str) -> Response:
        assert url in bodies, f"the spider asked for {url}, which is not stored in {folder}"
        return html(url, bodies[url])

    return fetch


def replayed(warc: Path) -> Callable[[str], Response]:
    """Answers from a WARC, through recordwatch's own replay."""
    answer = answered(warc)
    return lambda url: answer(scrapy.Request(url))


def answered(warc: Path) -> Callable[[scrapy.Request], Response]:
    """As `replayed`, by method and body too; redirects are followed as a crawl follows them."""
    replay = Replay.from_file(warc)

    def fetch(request: scrapy.Request) -> Response:
        url, method, body = request.url, request.method, request.body
        for _ in range(10):
            answer = replay.get(url, method=method, body=body)
            target = redirect_target(url, answer.status, answer.header("Location"))
            if target is None:
                break
            url, method, body = target, redirected_method(method, answer.status), b""
        kind = responsetypes.from_headers(Headers({"Content-Type": answer.header("Content-Type")}))
        content = answer.body
        if answer.header("Content-Encoding").lower() in {"gzip", "x-gzip"}:
            content = gzip.decompress(content)
        return kind(url, status=answer.status, headers=dict(answer.headers), body=content)

    return fetch
