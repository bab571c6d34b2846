"""JustFOIA is known by its public portal and its list; what is proposed can be crawled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import scrapy
from scrapy.http import HtmlResponse, Response

from config.portal import Portal
from crawler.check import check_settings
from spiders.errors import PageError
from spiders.recognition.justfoia import JustFoiaRecogniser
from spiders.recognition.model import HINT, STRONG, Proposal, Seen
from tests.replicas.asking import served
from tests.replicas.justfoia import JustFoiaReplica

RECOGNISER = JustFoiaRecogniser()


@pytest.fixture
def site() -> Iterator[JustFoiaReplica]:
    with JustFoiaReplica() as replica:
        yield replica


def proposed(site: JustFoiaReplica) -> Proposal | None:
    seen = Seen(served(site, scrapy.Request(site.start)))
    (question,) = RECOGNISER.questions(seen)
    request = scrapy.Request(question.url, method="POST", body=question.body, headers=dict(question.headers))
    return RECOGNISER.propose(seen, {"requests": Seen(served(site, request))})


def test_a_tenant(site: JustFoiaReplica) -> None:
    found = proposed(site)
    assert found is not None
    assert (found.spider, found.url, found.records) == ("justfoia", site.start, 4)
    assert found.canaries == ("PR-3-2026", "PR-2-2025", "PR-1-2025")
    check_settings(Portal("x", "X", "A", "P", found.url, found.spider, dict(found.parameters)), "x.toml")


def test_a_full_page_says_nothing_of_how_many_there_are(site: JustFoiaReplica) -> None:
    for number in range(5, 105):
        site.file_request(f"PR-{number}-2026", "Fleet records.", "2026-04-01")
    found = proposed(site)
    assert found is not None
    assert found.records is None


def test_signs(site: JustFoiaReplica) -> None:
    seen = Seen(served(site, scrapy.Request(site.start)))
    assert [sign.weight for sign in RECOGNISER.signs(seen)] == [STRONG, HINT]
    assert RECOGNISER.propose(seen, {}) is None
    with pytest.raises(PageError):
        RECOGNISER.propose(seen, {"requests": seen})


@pytest.mark.parametrize(
    "response",
    [
        HtmlResponse("https://www.justfoia.com/", body=b"<html><p>JustFOIA, the product</p></html>"),
        Response("https://x.example/", body=b"\x00\xff"),
        HtmlResponse("https://x.example/publicportal", body=b""),
    ],
)
def test_signs_bear_anything(response: Response) -> None:
    assert RECOGNISER.signs(Seen(response)) == []
