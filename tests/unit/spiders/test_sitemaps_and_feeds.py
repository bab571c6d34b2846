"""Pages that sitemaps and feeds list, and what is no news on a watched page."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from scrapy.http import Response, TextResponse

from config.portal import Portal
from releases.model import ListingPage, Record, Sighting
from spiders.errors import PageError
from spiders.feeds import read_feed
from spiders.registry import spider_class
from spiders.sitemap import MOST_PLACES, Place, read_sitemap
from tests.portals.offline import Outcome, crawl, html

URL = "https://example.org/"
MAP = "https://example.org/sitemap.xml"
WORDS = "<p>The city has posted this statement, and it is long enough to be the main text of a page.</p>"


def urlset(*places: str, name: str = "urlset", entry: str = "url") -> str:
    return (
        f'<?xml version="1.0"?><{name} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"{''.join(f'<{entry}>{place}</{entry}>' for place in places)}</{name}>"
    )


def loc(url: str, modified: str = "") -> str:
    return f"<loc> {url} </loc>" + (f"<lastmod>{modified}</lastmod>" if modified else "")


def test_the_newest_page_first() -> None:
    found = read_sitemap(MAP, urlset(loc("/a", "2024-05-01"), loc("/b"), loc("/c", "2025-01-31T10:00:00Z")).encode())
    assert [place.url[-2:] for place in found.pages] == ["/c", "/a", "/b"]
    assert found.pages[0] == Place("https://example.org/c", "2025-01-31T10:00:00Z")


def test_dresses_of_a_sitemap() -> None:
    plain = b"https://example.org/a\nhttps://example.org/b\n"
    xml = urlset(loc("/a"), loc("/b")).encode()
    for body in (plain, xml, gzip.compress(xml), b"\xef\xbb\xbf" + xml, b"\n" + xml.partition(b"?>")[2]):
        assert {place.url for place in read_sitemap(MAP, body).pages} == {
            "https://example.org/a",
            "https://example.org/b",
        }
    index = read_sitemap(MAP, urlset(loc("/s.xml.gz"), name="sitemapindex", entry="sitemap").encode())
    assert (index.pages, [place.url for place in index.sitemaps]) == ((), ["https://example.org/s.xml.gz"])
    video = urlset("<loc>/a</loc><v:video xmlns:v='x'><v:loc>/v.mp4</v:loc></v:video>").encode()
    assert [place.url for place in read_sitemap(MAP, video).pages] == ["https://example.org/a"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<!doctype html><title>Not found</title>", "HTML"),
        (b"<rss></rss>", "<rss>"),
        (urlset(loc("/a")).encode()[:-5], ""),
        (gzip.compress(b"x" * 100)[:-20], "an end in the middle"),
        (b"\x1f\x8bnonsense", ""),
        (gzip.compress(b"\0" * (65 * 1024**2)), "more than"),
        (b"words and words", "words"),
        (b"", ""),
        (b'<!DOCTYPE u [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;', ""),
        (urlset(*[loc("/x")] * (MOST_PLACES + 1)).encode(), "more"),
    ],
)
def test_what_is_no_sitemap(body: bytes, found: str) -> None:
    with pytest.raises(PageError) as caught:
        read_sitemap(MAP, body)
    assert found in caught.value.found


def test_entities_of_a_sitemap_reach_no_file(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://example.org/secret")
    body = (
        f'<!DOCTYPE u [<!ENTITY x SYSTEM "file://{secret}">]>' + urlset("<loc>&x;</loc>", loc("/a")).partition("?>")[2]
    )
    assert "secret" not in str(read_sitemap(MAP, body.encode()))


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>t</title>{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>".encode()


ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:example.org,2025:1</id><title>One &amp;lt;b&amp;gt;</title>
<link href="/1"/><updated>2025-06-01T10:00:00+02:00</updated><summary type="html">&lt;p&gt;Words&lt;/p&gt;</summary></entry></feed>"""
JSON_FEED = {"version": "https://jsonfeed.org/version/1.1", "items": [
    {"id": "7", "url": "/7", "title": "Seven", "date_published": "2025-06-01T10:00:00+02:00", "content_html": "<p>Words</p>",
     "attachments": [{"url": "/7.mp3"}]}]}  # fmt: skip


def test_dresses_of_a_feed() -> None:
    (one,) = read_feed(URL, rss("<guid>g</guid><link>/1</link><title>One</title><pubDate>Sun, 01 Jun 2025 10:00:00 +0200</pubDate>"
                                "<description>&lt;p&gt;Words</description><enclosure url='/1.mp3' type='audio/mpeg'/>"))  # fmt: skip
    assert (one.id, one.link, one.title, one.published) == ("g", "https://example.org/1", "One", "2025-06-01T08:00:00Z")
    assert (one.summary, one.files) == ("Words", ("https://example.org/1.mp3",))
    (atom,) = read_feed(URL, ATOM)
    assert (atom.id, atom.link, atom.published, atom.summary) == (
        "tag:example.org,2025:1", "https://example.org/1", "2025-06-01T08:00:00Z", "Words")  # fmt: skip
    (seven,) = read_feed(URL, json.dumps(JSON_FEED).encode())
    assert (seven.id, seven.link, seven.published, seven.files) == (
        "7", "https://example.org/7", "2025-06-01T08:00:00Z", ("https://example.org/7.mp3",))  # fmt: skip
    assert read_feed(URL, rss()) == []
    assert len(read_feed(URL, rss(*["<guid>g</guid><link>/1</link>"] * 3))) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Log in</title>",
        b'{"items": []}',
        b'{"version": "https://jsonfeed.org/version/1", "items": [1]}',
        b'{"version',
        b"/etc/passwd",
        b"",
        b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">]><rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>',
    ],
)
def test_what_is_no_feed(body: bytes) -> None:
    with pytest.raises(PageError):
        read_feed(URL, body)


def watch(pages: dict[str, str | bytes], **parameters: Any) -> Outcome:
    def fetch(url: str) -> Response:
        body = pages[url.removeprefix("https://example.org")]
        kind = TextResponse if url.endswith((".xml", "feed")) else html
        return kind(url, body=body.encode() if isinstance(body, str) else body)

    portal = Portal(
        slug="x", name="X", agency="A", place="P", url=URL, spider="pages", parameters=parameters, scope=("b.example",)
    )
    return crawl(spider_class("pages")(portal), fetch)


def test_a_sitemap_and_a_feed_make_records_once_each() -> None:
    pages = {
        "/": f"<main>{WORDS}<a class=x href=/news/1>1</a></main>",
        "/i.xml": urlset(loc("/s.xml"), loc("/i.xml"), name="sitemapindex", entry="sitemap"),
        "/s.xml": urlset(loc("/news/1"), loc("/news/2.pdf"), loc("https://elsewhere.example/news/9"), loc("/about")),
        "/feed": rss(
            "<guid>n3</guid><link>/news/3</link>", "<guid isPermaLink='false'>n4</guid><title>No page</title>"
        ),
        "/news/1": f"<main>{WORDS}</main>",
        "/news/3": f"<main>{WORDS}</main>",
    }
    outcome = watch(pages, sitemap="/i.xml", feed="/feed", only="/news/|^n", follow="a.x")
    assert outcome.errors == []
    assert {record.key for record in outcome.of(Record)} == {"/", "/news/1", "/news/2.pdf", "n3", "n4"}
    assert {sighting.key for sighting in outcome.of(Sighting)} == {record.key for record in outcome.of(Record)}
    assert len(outcome.asked) == len(set(outcome.asked)) == 6
    assert sum(page.rows for page in outcome.of(ListingPage)) == 5
    assert [page.listing for page in outcome.of(ListingPage) if page.capped] == ["/feed"], (
        "older entries may still be there"
    )
    (third,) = (record for record in outcome.of(Record) if record.key == "n3")
    assert third.aliases == ("/news/3",)


def test_a_sitemap_of_which_nothing_is_meant_is_an_error() -> None:
    outcome = watch({"/": f"<main>{WORDS}</main>", "/s.xml": urlset(loc("/a"))}, sitemap="/s.xml", only="/b")
    assert outcome.errors[0].found == "none of 1, first https://example.org/a"


NOISY = """<nav><a href=/{n}>menu</a></nav><main>{words}<p>Last updated: {date}</p><p>{n} page views</p>
<p><a href='/a?utm_source={n}'>A</a> <a href='/b;jsessionid={n}F'>B</a></p></main><footer>Page generated in 0.{n} s</footer>"""


def record(page: str) -> Record:
    return watch({"/": page}).of(Record)[0]


def test_noise_on_a_watched_page_is_no_news() -> None:
    first, second = (record(NOISY.format(n=n, date=f"June {n}, 2025", words=WORDS)) for n in (11, 12))
    assert first.fields == second.fields
    assert first.raw != second.raw
    assert "11 page views" in str(first.text), "what was shown is kept"
    assert "[counter]" in str(first.fields["text"])


def test_another_order_of_links_is_no_news() -> None:
    first, second = (
        record(f"<main>{WORDS}<p><a href=/{a}>{a}</a> <a href=/{b}>{b}</a></p></main>") for a, b in ("12", "21")
    )
    assert first.fields["links"] == second.fields["links"]


@pytest.mark.parametrize(
    ("change", "news"),
    [
        (lambda page: page.replace("/1>", "/1?fbclid=9>"), False),
        (lambda page: page.replace("/1>", "/3>"), True),
        (lambda page: page.replace("posted", "withdrawn"), True),
        (lambda page: page.replace("on March 3, 2025", "on March 4, 2025"), True),
    ],
)
def test_what_is_news(change: Callable[[str], str], news: bool) -> None:
    page = f"<main>{WORDS}<p>The shooting of an imaginary man happened on March 3, 2025, officers said.</p><a href=/1>1</a> <a href=/2>2</a></main>"
    changed = change(page)
    assert changed != page
    assert (record(page).fields != record(changed).fields) is news
