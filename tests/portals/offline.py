"""Runs a spider over stored answers: no network, no Scrapy engine, only its callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import scrapy
from scrapy.http import HtmlResponse, Response

from spiders.errors import PageError
from spiders.portal_spider import PortalSpider

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
    """Every request once, in the order asked. What was yielded before an error is kept, as in a crawl."""

    async def first() -> list[scrapy.Request]:
        return [item async for item in spider.start() if isinstance(item, scrapy.Request)]

    outcome, queue = Outcome(), asyncio.run(first())
    while queue:
        request = queue.pop(0)
        if request.url in outcome.asked:
            continue
        outcome.asked.append(request.url)
        assert request.callback is not None
        try:
            for item in request.callback(fetch(request.url), **request.cb_kwargs):
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
    """Answers from `folder`: `urls.tsv` has one `file<TAB>URL` per line."""
    lines = (folder / "urls.tsv").read_text("utf-8").splitlines()
    files = {url: folder / name for name, url in (line.split("\t") for line in lines if line)}

    def fetch(url: str) -> Response:
        assert url in files, f"the spider asked for {url}, which is not stored in {folder}"
        return html(url, files[url].read_bytes())

    return fetch
