"""Requests that a browser makes: one hop each, in its own words, with its own cookies."""

from __future__ import annotations

import asyncio

import pytest
from door_site import Memory, open_door, portal

from crawler.capture.door import Fetch
from crawler.capture.limits import LimitExceeded
from crawler.capture.robots import RobotsRefused


def fetch(portal_, *fetches: Fetch, archive: Memory | None = None):
    async def run():
        async with open_door(portal_, archive) as door:
            return [await door.fetch(one) for one in fetches]

    return asyncio.run(run())


def test_a_redirect_is_an_answer(site):
    site.pages["/a"] = (302, [("Location", "/b"), ("Set-Cookie", "k=v")], b"over there")
    site.pages["/b"] = (200, [], b"b")
    [got] = fetch(portal(site.url), Fetch(f"{site.url}/a", purpose="browser"))
    assert (got.status, got.payload, got.header("location")) == (302, b"over there", "/b")
    assert site.paths() == ["/a"]


def test_the_doors_cookies_are_not_sent_beside_the_browsers_and_files_have_both_sessions(site):
    site.pages["/a"] = (200, [("Set-Cookie", "session=1; Path=/")], b"a")
    site.pages["/b"] = site.pages["/c"] = site.pages["/f.pdf"] = (200, [], b"x")
    fetch(
        portal(site.url),
        Fetch(f"{site.url}/a", purpose="browser"),
        Fetch(f"{site.url}/b", purpose="browser"),
        Fetch(f"{site.url}/c", purpose="browser", headers=((b"Cookie", b"own=2"),)),
        Fetch(f"{site.url}/f.pdf", purpose="file"),
    )
    sent = {path: site.asked(path)[0].headers.get("Cookie") for path in ("/b", "/c", "/f.pdf")}
    assert sent == {"/b": None, "/c": "own=2", "/f.pdf": "session=1"}


def test_its_headers_go_in_its_order_under_our_name_and_in_codings_that_last(site):
    site.pages["/a"] = (200, [], b"a")
    given = (
        (b"sec-ch-ua", b"x"), (b"User-Agent", b"other"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"gzip, br, zstd"),
        (b"If-None-Match", b'"1"'), (b"Proxy-Authorization", b"Basic c2VjcmV0"), (b"Proxy-Connection", b"keep-alive"),
        (b"Referer", b"https://elsewhere.example/"),
    )  # fmt: skip
    archive = Memory()
    fetch(portal(site.url), Fetch(f"{site.url}/a", purpose="browser", headers=given), archive=archive)
    headers = site.asked("/a")[0].headers
    assert headers["User-Agent"].startswith("recordwatch/")
    assert headers["Accept-Encoding"] == "gzip, deflate"
    assert [name for name in headers if name in {"sec-ch-ua", "Accept", "Referer"}] == [
        "sec-ch-ua",
        "Accept",
        "Referer",
    ]
    assert not {"If-None-Match", "Proxy-Authorization", "Proxy-Connection"} & set(headers)


def test_robots_limits_and_any_host(site, other_site):
    site.pages["/a"] = (200, [], b"a" * 2000)
    other_site.pages["/robots.txt"] = (200, [], b"User-agent: *\nDisallow: /no")
    other_site.pages["/x.js"] = (200, [], b"x")
    one = portal(site.url, limits={"page_bytes": 1000}, politeness={"robots": True})
    [got] = fetch(one, Fetch(f"{other_site.url}/x.js", purpose="browser"))
    assert got.payload == b"x", "what a page loads may be anybody's"
    with pytest.raises(RobotsRefused):
        fetch(one, Fetch(f"{other_site.url}/no", purpose="browser"))
    with pytest.raises(LimitExceeded, match="page_bytes"):
        fetch(one, Fetch(f"{site.url}/a", purpose="browser"))
