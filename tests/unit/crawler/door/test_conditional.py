"""Only what changed is fetched, and a spider cannot tell."""

from __future__ import annotations

import asyncio

import pytest
from door_site import Memory, Seen, open_door, portal

from crawler.capture.door import Fetch
from crawler.capture.robots import RobotsRefused
from crawler.capture.validators import same_version

DATE = "Wed, 21 Oct 2015 07:28:00 GMT"


def conditional(body: bytes = b"<p>page</p>", etag: str = '"v1"', **headers: str):
    """A page that answers 304 to its own validators."""

    def answer(seen: Seen):
        named = [("ETag", etag)] if etag else [("Last-Modified", DATE)]
        asked = seen.headers.get("If-None-Match") if etag else seen.headers.get("If-Modified-Since")
        if asked == named[0][1]:
            return 304, [("ETag", headers.get("etag304", etag))] if etag else [], b""
        return 200, [*named, ("Content-Type", "text/html"), ("X-Twice", "1"), ("X-Twice", "2")], body

    return answer


def fetches(portal_, archive, *fetches):
    async def run():
        async with open_door(portal_, archive) as door:
            return [await door.fetch(one) for one in fetches], door.tally

    return asyncio.run(run())


@pytest.mark.parametrize("etag", ['"v1"', 'W/"v1"', ""])
def test_an_unchanged_page_is_the_archived_one(site, etag):
    site.pages["/a"] = conditional(etag=etag)
    archive, wanted = Memory(), Fetch(f"{site.url}/a", conditional=True)
    (first, second), tally = fetches(portal(site.url), archive, wanted, wanted)
    assert (second.status, second.payload, second.headers) == (200, b"<p>page</p>", first.headers)
    assert (first.not_modified, second.not_modified) == (False, True)
    assert second.held.capture == first.archived.capture
    assert second.archived.status == 304
    assert second.archived.capture != first.archived.capture
    assert [one.held for one in archive.exchanges] == [None, second.held]
    assert [one.status for one in archive.exchanges] == [200, 304]
    assert tally.not_modified == 1


def test_unless_asked_everything_is_fetched(site):
    site.pages["/a"] = conditional()
    archive, wanted = Memory(), Fetch(f"{site.url}/a")
    (_, second), _ = fetches(portal(site.url), archive, wanted, wanted)
    assert not second.not_modified
    assert archive.lookups == []
    assert all("If-None-Match" not in seen.headers for seen in site.seen)


def test_an_unchanged_file_needs_no_body(site):
    site.pages["/a"] = conditional()
    archive, wanted = Memory(), Fetch(f"{site.url}/a", conditional=True, purpose="file")
    (_, second), _ = fetches(portal(site.url), archive, wanted, wanted)
    assert (second.status, second.payload, second.not_modified) == (304, b"", True)


def test_a_missing_capture_is_fetched_again(site):
    site.pages["/a"] = conditional()
    archive, wanted = Memory(), Fetch(f"{site.url}/a", conditional=True)
    (first,), _ = fetches(portal(site.url), archive, wanted)
    archive.lost.add(first.archived.capture)
    (second,), tally = fetches(portal(site.url), archive, wanted)
    assert (second.status, second.payload, second.not_modified, second.held) == (200, b"<p>page</p>", False, None)
    assert [one.status for one in archive.exchanges] == [200, 304, 200]
    assert [hop.status for hop in second.hops] == [304, 200]
    assert "If-None-Match" not in site.seen[-1].headers
    assert tally.missing_bodies == 1


def test_a_304_for_another_version_is_not_believed(site):
    site.pages["/a"] = conditional(etag304='"v2"')
    archive, wanted = Memory(), Fetch(f"{site.url}/a", conditional=True)
    (_, second), _ = fetches(portal(site.url), archive, wanted, wanted)
    assert (second.status, second.not_modified) == (200, False)
    assert [one.status for one in archive.exchanges] == [200, 304, 200]


@pytest.mark.parametrize(
    ("now", "held", "same"),
    [('"a"', '"a"', True), ('W/"a"', '"a"', True), ('"a"', '"a-gzip"', True), ('"a"', '"a--gzip"', True),
     ('"a"', '"b"', False), ("", '"a"', True), ('"a"', "", True), ('"a-gzip"', '"b-gzip"', False)],
)  # fmt: skip
def test_which_etags_mean_one_version(now, held, same):
    assert same_version(now, held) is same


def test_without_validators_the_page_is_fetched_again(site):
    site.pages["/a"] = (200, [], b"x")
    archive, wanted = Memory(), Fetch(f"{site.url}/a", conditional=True)
    (_, second), _ = fetches(portal(site.url), archive, wanted, wanted)
    assert (second.status, second.payload) == (200, b"x")
    assert archive.exchanges[1].held is None


def test_a_304_nobody_asked_for_is_an_answer_without_body(site):
    site.pages["/a"] = (304, [], b"")
    (got,), _ = fetches(portal(site.url), Memory(), Fetch(f"{site.url}/a", conditional=True))
    assert (got.status, got.not_modified, got.payload) == (304, False, b"")


def test_the_target_of_a_redirect_is_asked_for_conditionally_too(site):
    site.pages["/from"] = (302, [("Location", "/a")], b"")
    site.pages["/a"] = conditional()
    archive, wanted = Memory(), Fetch(f"{site.url}/from", conditional=True, purpose="file")
    (_, second), _ = fetches(portal(site.url), archive, wanted, wanted)
    assert second.not_modified
    assert second.url == f"{site.url}/a"


def test_a_spiders_own_conditions_and_a_hostile_etag_are_not_sent(site):
    site.pages["/a"] = (200, [("ETag", '"a\x01b"')], b"x")
    wanted = Fetch(f"{site.url}/a", headers=((b"If-None-Match", b'"z"'),), conditional=True)
    (_, second), _ = fetches(portal(site.url), Memory(), wanted, wanted)
    assert second.status == 200
    assert all("If-None-Match" not in seen.headers for seen in site.seen)


def test_robots_txt_is_asked_for_conditionally_and_its_archived_rules_hold(site):
    rules = b"User-agent: *\nDisallow: /private\n"

    def robots(seen: Seen):
        known = seen.headers.get("If-None-Match") == '"r1"'
        return (304, [("ETag", '"r1"')], b"") if known else (200, [("ETag", '"r1"')], rules)

    site.pages["/robots.txt"] = robots
    site.pages["/private"] = (200, [], b"x")
    obeying = portal(site.url, politeness={"robots": True, "robots_why": "", "delay": 0})
    archive = Memory()

    async def crawl():
        async with open_door(obeying, archive) as door:
            with pytest.raises(RobotsRefused):
                await door.fetch(Fetch(f"{site.url}/private"))

    for _ in range(2):
        asyncio.run(crawl())
    assert [(one.status, bytes(one.entity)) for one in archive.exchanges] == [(200, rules), (304, b"")]
    assert site.paths() == []


def test_a_page_that_is_confirmed_costs_no_body_and_is_read_all_the_same(site):
    site.pages["/a"] = conditional(b"<p>no such case")
    archive, wanted = Memory(), Fetch(f"{site.url}/a", conditional=True, purpose="confirm")
    (_, second), _ = fetches(portal(site.url), archive, wanted, wanted)
    assert (second.status, second.payload, second.not_modified) == (200, b"<p>no such case", True)
    assert bytes(archive.exchanges[1].entity) == b""
