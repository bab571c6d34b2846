"""Cookies and redirects: one session, whoever asks."""

from __future__ import annotations

import asyncio

import pytest
from door_site import Memory, Seen, open_door, portal

from crawler.capture.door import Fetch, OutOfScope
from crawler.capture.limits import LimitExceeded
from crawler.capture.redirects import BadAddress, RedirectLoop
from crawler.capture.wire import ExchangeFailed


def fetch(portal_, *fetches: Fetch, archive: Memory | None = None, **options):
    async def run():
        async with open_door(portal_, archive, **options) as door:
            return [await door.fetch(one) for one in fetches]

    return asyncio.run(run())


def test_an_answer_comes_back_as_it_was_sent(site):
    site.pages["/a"] = (200, [("X-odd", "1"), ("x-ODD", "2"), ("Content-Type", "text/html")], b"hello")
    archive = Memory()
    [got] = fetch(portal(site.url), Fetch(f"{site.url}/a#top"), archive=archive)
    assert (got.status, got.payload, got.url, got.via) == (200, b"hello", f"{site.url}/a", ())
    assert (b"X-odd", b"1") in got.headers
    assert (b"x-ODD", b"2") in got.headers
    assert got.archived == archive.exchanges[0].archived
    assert got.hops == [got.archived]


def test_what_we_say_of_ourselves(site):
    site.pages["/a"] = site.pages["/b.pdf"] = (200, [], b"x")
    mine = (("User-Agent", "sneaky"), ("Accept", "application/json"), ("X-More", "1"))
    given = tuple((name.encode(), value.encode()) for name, value in mine)
    page = Fetch(f"{site.url}/a", headers=given, referer=f"http://u:p@127.0.0.1:{site.port}/list#x")
    fetch(portal(site.url, languages=("es", "en")), page, Fetch(f"{site.url}/b.pdf", purpose="file"))
    [first], [second] = site.asked("/a"), site.asked("/b.pdf")
    assert first.headers["User-Agent"] == "recordwatch/0.1.0 (+mailto:desk@example.org)"
    assert first.headers["Accept"] == "application/json"
    assert first.headers["X-More"] == "1"
    assert first.headers["Accept-Encoding"] == "gzip, deflate"
    assert first.headers["Accept-Language"] == "es, en;q=0.9"
    assert first.headers["Referer"] == f"{site.url}/list"
    assert second.headers["Accept-Encoding"] == "identity"
    assert "Referer" not in second.headers


def test_a_user_agent_of_the_portal_file(site):
    site.pages["/a"] = (200, [], b"x")
    polite = {"user_agent": "Mozilla/5.0 (X11)", "user_agent_why": "answers 403 to honest ones"}
    fetch(portal(site.url, politeness=polite), Fetch(f"{site.url}/a"))
    assert site.seen[0].headers["User-Agent"] == "Mozilla/5.0 (X11)"


def test_pages_and_files_share_cookies(site):
    site.pages["/login"] = (
        200,
        [("Set-Cookie", "session=s1; Path=/; HttpOnly"), ("Set-Cookie", "deep=1; Path=/x")],
        b"",
    )
    site.pages["/file"] = (200, [], b"x")
    fetch(portal(site.url), Fetch(f"{site.url}/login"), Fetch(f"{site.url}/file", purpose="file"))
    assert "Cookie" not in site.asked("/login")[0].headers
    assert site.asked("/file")[0].headers["Cookie"] == "session=s1"


def test_cookies_of_a_redirect_reach_its_target(site):
    site.pages["/in"] = (302, [("Location", "/in2"), ("Set-Cookie", "k=v")], b"")
    site.pages["/in2"] = (200, [], b"ok")
    [got] = fetch(portal(site.url), Fetch(f"{site.url}/in"))
    assert site.asked("/in2")[0].headers["Cookie"] == "k=v"
    assert got.via == (f"{site.url}/in",)
    assert [hop.status for hop in got.hops] == [302, 200]


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [(301, "POST", "GET", b""), (302, "POST", "GET", b""), (303, "POST", "GET", b""), (307, "POST", "POST", b"q=1"),
     (308, "POST", "POST", b"q=1"), (303, "HEAD", "HEAD", b""), (302, "HEAD", "HEAD", b"")],
)  # fmt: skip
def test_the_method_after_a_redirect(site, status, method, then, body):
    site.pages["/from"] = (status, [("Location", "to")], b"")
    site.pages["/to"] = (200, [], b"")
    headers = ((b"Content-Type", b"application/x-www-form-urlencoded"),) if method == "POST" else ()
    fetch(portal(site.url), Fetch(f"{site.url}/from", method, headers, b"q=1" if method == "POST" else b""))
    [seen] = site.asked("/to")
    assert (seen.method, seen.body) == (then, body)
    assert ("Content-Type" in seen.headers) == bool(body)


def test_authorization_stays_with_its_host(site, other_site):
    site.pages["/from"] = (302, [("Location", f"{other_site.url}/to")], b"")
    site.pages["/here"] = (302, [("Location", "/stay")], b"")
    secret = ((b"Authorization", b"Bearer t"), (b"X-Key", b"k"), (b"X-Plain", b"p"))
    options = {"secret_headers": ("x-key",)}
    fetch(
        portal(site.url, **options),
        Fetch(f"{site.url}/from", headers=secret),
        Fetch(f"{site.url}/here", headers=secret),
    )
    [away], [stay] = other_site.asked("/to"), site.asked("/stay")
    assert (away.headers.get("Authorization"), away.headers.get("X-Key"), away.headers["X-Plain"]) == (None, None, "p")
    assert (stay.headers["Authorization"], stay.headers["X-Key"]) == ("Bearer t", "k")


def test_a_redirect_to_a_refused_address_is_refused(site):
    site.pages["/from"] = (302, [("Location", f"http://127.0.0.2:{site.port}/to")], b"")
    site.pages["/to"] = (200, [], b"secret")
    archive = Memory()
    with pytest.raises(ExchangeFailed, match="loopback") as caught:
        fetch(portal(site.url, allow_private_network=("127.0.0.1",)), Fetch(f"{site.url}/from"), archive=archive)
    assert caught.value.failure.stage == "policy"
    assert site.paths() == ["/from"]


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/x", "javascript:alert(1)", "http://[::1"])
def test_a_redirect_to_nowhere(site, location):
    site.pages["/from"] = (302, [("Location", location)], b"")
    with pytest.raises(BadAddress, match="redirects to"):
        fetch(portal(site.url), Fetch(f"{site.url}/from"))


def test_a_location_of_odd_bytes_is_followed(site):
    site.pages["/from"] = (302, [("Location", " /a b/é ".encode().decode("latin-1"))], b"")
    site.pages["/a%20b/%C3%A9"] = (200, [], b"there")
    [got] = fetch(portal(site.url), Fetch(f"{site.url}/from"))
    assert got.payload == b"there"


def test_a_loop_is_reported(site):
    site.pages["/a"] = (302, [("Location", "/b")], b"")
    site.pages["/b"] = (302, [("Location", "/a")], b"")
    with pytest.raises(RedirectLoop, match="already was"):
        fetch(portal(site.url), Fetch(f"{site.url}/a"))
    assert site.paths() == ["/a", "/b"]


def test_a_redirect_to_itself_that_sets_a_cookie_is_no_loop(site):
    def door(seen: Seen):
        if seen.headers.get("Cookie") == "ok=1":
            return 200, [], b"in"
        return 302, [("Location", "/a"), ("Set-Cookie", "ok=1")], b""

    site.pages["/a"] = door
    [got] = fetch(portal(site.url), Fetch(f"{site.url}/a"))
    assert got.payload == b"in"


def test_too_many_redirects(site):
    site.pages["/n"] = lambda seen: (302, [("Location", f"/n?{int(seen.path.partition('?')[2] or 0) + 1}")], b"")
    with pytest.raises(LimitExceeded, match=r"limits\.redirects = 3") as caught:
        fetch(portal(site.url, limits={"redirects": 3}), Fetch(f"{site.url}/n"))
    assert caught.value.key == "redirects"
    assert len(site.paths()) == 4


def test_pages_come_from_the_portals_hosts_and_redirects_and_files_from_anywhere(site, other_site):
    away = f"http://localhost:{other_site.port}/x"
    other_site.pages["/x"] = (200, [], b"x")
    site.pages["/from"] = (302, [("Location", away)], b"")
    with pytest.raises(OutOfScope, match="scope"):
        fetch(portal(site.url), Fetch(away))
    assert other_site.paths() == []
    fetch(portal(site.url), Fetch(f"{site.url}/from"), Fetch(away, purpose="file"))
    fetch(portal(site.url, scope=("localhost",)), Fetch(away))
    assert len(other_site.paths()) == 3
