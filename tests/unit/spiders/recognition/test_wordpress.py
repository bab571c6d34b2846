"""WordPress is known by its markup and answers, never by a host name; what is proposed can be crawled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import scrapy
from scrapy.http import HtmlResponse, Response, TextResponse

from config.portal import Portal
from crawler.check import check_settings
from spiders.recognition.model import PROOF, STRONG, Proposal, Seen
from spiders.recognition.wordpress import WordPressRecogniser
from tests.replicas.asking import served
from tests.replicas.wordpress import SITE, WordPressReplica

WORDPRESS = WordPressRecogniser()


@pytest.fixture
def site() -> Iterator[WordPressReplica]:
    with WordPressReplica() as replica:
        yield replica


def proposed(site: WordPressReplica, path: str = "/") -> Proposal:
    seen = Seen(served(site, scrapy.Request(SITE + path)))
    answers = {}
    for question in WORDPRESS.questions(seen):
        assert question.url.startswith(SITE)
        answers[question.name] = Seen(served(site, scrapy.Request(question.url)))
    found = WORDPRESS.propose(seen, answers)
    assert found is not None
    check_settings(Portal("x", "X", "A", "P", found.url, found.spider, dict(found.parameters)), "x.toml")
    return found


def test_a_site_with_its_api(site: WordPressReplica) -> None:
    found = proposed(site)
    assert (found.spider, found.url, found.name) == ("wordpress", f"{SITE}/", "Lake Harbor Police News (FICTIONAL)")
    assert (found.records, found.files, found.timezone) == (7, 2, "America/Chicago")
    assert found.canaries == ("post:111",)
    assert found.parameters == {}
    assert found.doubts == ("the site has further kinds of posts: cases (name them in parameters.types to watch them)",)


def test_any_page_of_the_site_leads_to_its_home(site: WordPressReplica) -> None:
    assert proposed(site, "/about/records/").url == f"{SITE}/"


def test_signs_are_of_the_page_not_of_its_host(site: WordPressReplica) -> None:
    weights = [sign.weight for sign in WORDPRESS.signs(Seen(served(site, scrapy.Request(f"{SITE}/"))))]
    assert weights == [PROOF, PROOF, STRONG, STRONG]
    other = HtmlResponse("https://wordpress.com/", body=b"<html><title>WordPress</title><p>wp-json</p></html>")
    assert WORDPRESS.signs(Seen(other)) == []
    assert WORDPRESS.propose(Seen(other), {}) is None


@pytest.mark.parametrize(
    ("hazards", "parameters", "words"),
    [
        ({"no-media"}, {"uploads": False}, "kept from visitors"),
        ({"rest-off"}, {"source": "sitemap", "sitemap": "/wp-sitemap.xml"}, "401 rest_not_logged_in"),
        ({"no-rest", "plugin-sitemap"}, {"source": "sitemap", "sitemap": "/sitemap_index.xml"}, "404"),
        ({"no-rest", "no-sitemap"}, {"source": "feed"}, "newest posts alone"),
    ],
)
def test_what_the_api_keeps_back(
    site: WordPressReplica, hazards: set[str], parameters: dict[str, object], words: str
) -> None:
    site.hazards |= hazards
    found = proposed(site)
    assert found.parameters == parameters
    assert words in " ".join(found.doubts)


def test_an_api_in_a_folder_or_a_query() -> None:
    for link, api in (
        ("https://city.example/police/wp-json/", "https://city.example/police/wp-json/"),
        ("https://city.example/?rest_route=/", "https://city.example/?rest_route=/"),
        ("https://elsewhere.example/wp-json/", "https://city.example/wp-json/"),
        ("javascript:alert(1)", "https://city.example/wp-json/"),
    ):
        page = HtmlResponse(
            "https://city.example/police/news/", headers={"Link": f'<{link}>; rel="https://api.w.org/"'}
        )
        assert WORDPRESS.questions(Seen(page))[0].url.startswith(api)


@pytest.mark.parametrize(
    "response",
    [
        Response("https://a.example/", body=b"\x00\xff" * 100), HtmlResponse("https://a.example/", body=b"<" * 600_000),
        TextResponse("https://a.example/", body=b'<link rel="https://api.w.org/" href="'),
        HtmlResponse("https://a.example/", body=b"<link " * 60_000, headers={"Link": "<" * 9000}),
    ],
)  # fmt: skip
def test_garbage_is_no_sign_and_no_crash(response: Response) -> None:
    seen = Seen(response)
    WORDPRESS.signs(seen)
    WORDPRESS.questions(seen)
    WORDPRESS.propose(seen, dict.fromkeys(("site", "posts", "media", "types", "sitemap", "plugin-sitemap"), seen))
