"""What Scrapy is told."""

from __future__ import annotations

from scrapy.settings import Settings

LISTS = ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS")


def test_nothing_is_named_that_is_not_used() -> None:
    """What one of its lists names is imported, also where it is switched off."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    named = {name: place for one in LISTS for name, place in settings.getwithbase(one).items()}
    assert {name.rpartition(".")[2] for name in named} == {
        "Decoding", "StartSpiderMiddleware", "HttpErrorMiddleware", "RefererMiddleware", "LogCount",
    }  # fmt: skip
    assert None not in named.values()
