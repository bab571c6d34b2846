"""A stable address that redirects to another signed link each time: unchanged files are not fetched again."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from door_site import Memory, Seen, open_door, portal

from crawler.capture.door import Fetch


def signed(site, path: str = "/bucket/key.pdf", body: bytes = b"%PDF-1.4 one", etag: str = '"e1"') -> None:
    number = count(1)
    site.pages["/documents/7/download"] = lambda seen: (
        302,
        [("Location", f"{path}?X-Amz-Signature={next(number)}")],
        b"",
    )

    def answer(seen: Seen):
        if seen.headers.get("If-None-Match") == etag:
            return 304, [("ETag", etag)], b""
        return 200, [("ETag", etag), ("Content-Type", "application/pdf")], body

    site.pages[path] = answer


def fetched(site, archive: Memory):
    async def run():
        async with open_door(portal(site.url), archive) as door:
            wanted = Fetch(f"{site.url}/documents/7/download", conditional=True, purpose="file", known={})
            return await door.fetch(wanted)

    return asyncio.run(run())


def test_an_unchanged_file_behind_a_new_signature_is_not_sent_again(site):
    signed(site)
    archive = Memory()
    first, second = fetched(site, archive), fetched(site, archive)
    assert (first.status, second.status, second.not_modified) == (200, 304, True)
    assert second.held.capture == first.archived.capture
    assert second.url.endswith("?X-Amz-Signature=2")


def test_a_replaced_file_is_fetched_whole(site):
    signed(site)
    archive = Memory()
    fetched(site, archive)
    signed(site, body=b"%PDF-1.4 two", etag='"e2"')
    second = fetched(site, archive)
    assert (second.status, second.not_modified, second.archived.payload_length) == (200, False, 12)


@pytest.mark.parametrize("path", ["/bucket/other.pdf", "/elsewhere/key.pdf"])
def test_another_object_is_never_asked_for_by_the_old_ones_validators(site, path):
    signed(site)
    archive = Memory()
    fetched(site, archive)
    signed(site, path=path)
    assert fetched(site, archive).status == 200
    assert "If-None-Match" not in site.seen[-1].headers


@pytest.mark.parametrize(
    "validator", [("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"), ("ETag", 'W/"weak"')], ids=lambda pair: pair[0]
)
def test_a_date_or_a_weak_tag_of_another_link_is_not_enough(site, validator):
    signed(site)
    site.pages["/bucket/key.pdf"] = (200, [validator, ("Content-Type", "application/pdf")], b"%PDF-1.4 one")
    archive = Memory()
    fetched(site, archive)
    assert fetched(site, archive).status == 200
    assert {"If-None-Match", "If-Modified-Since"}.isdisjoint(site.seen[-1].headers)
