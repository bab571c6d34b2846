"""Files that a page hands out only when its form is posted back."""

from __future__ import annotations

import asyncio
import gzip
from itertools import count
from urllib.parse import parse_qs

import pytest
from door_site import Memory, Seen, open_door, portal

from archive.model import Before
from crawler.capture.files import FileJob, FileLane
from releases.model import Press

CONTROL = "list$ctl00$take"
LETTER = Press(CONTROL, "Letter & map.pdf")


class Office:
    """A page with a session of its own for each visitor, whose files lie behind links signed anew each time."""

    def __init__(self, site, store, label: str = "Letter &amp; map.pdf") -> None:
        self.body, self.spent, self.label, self.zipped = b"%PDF-1.4 one", 0, label, False
        self.sessions, self.signatures = count(1), count(1)
        self.site, self.store = site, store
        site.pages["/request"] = lambda seen: (302, [("Location", f"/s{next(self.sessions)}/request?rid=7")], b"")
        for number in range(1, 9):
            site.pages[f"/s{number}/request"] = self.page
        store.pages["/bucket/letter.pdf"] = self.file

    def page(self, seen: Seen):
        if seen.method == "POST":
            form = parse_qs(seen.body.decode())
            if form.get("__VIEWSTATE") != [f"state of {seen.path}"]:
                return 500, [], b""
            if self.spent:
                self.spent -= 1
                return 200, [("Content-Type", "text/html")], b"<h1>Your session has ended</h1>"
            assert form["__EVENTTARGET"] == [CONTROL]
            return 302, [("Location", f"{self.store.url}/bucket/letter.pdf?sig={next(self.signatures)}")], b""
        text = (
            f'<form method="post" action=".{seen.path[3:]}"><input type="hidden" name="__VIEWSTATE" '
            f'value="state of {seen.path}"><input type="submit" name="go" value="Go">'
            f"""<a href="javascript:__doPostBack(&#39;{CONTROL}&#39;,&#39;&#39;)">{self.label}</a></form>"""
        ).encode()
        kind = [("Content-Type", "text/html")]
        return (200, [*kind, ("Content-Encoding", "gzip")], gzip.compress(text)) if self.zipped else (200, kind, text)

    def file(self, seen: Seen):
        etag = f'"{len(self.body)}-{self.body[-1]}"'
        if seen.headers.get("If-None-Match") == etag:
            return 304, [("ETag", etag)], b""
        return 200, [("ETag", etag), ("Content-Type", "application/pdf")], self.body


def run(site, *jobs: FileJob, archive: Memory | None = None):
    async def taken():
        async with open_door(portal(site.url), archive) as door:
            return [outcome async for outcome in FileLane(door).fetch_all(jobs)]

    return asyncio.run(taken())


def job(site, press: Press = LETTER, **more) -> FileJob:
    return FileJob("f1", f"{site.url}/request", f"{site.url}/list", press, **more)


def test_the_page_is_opened_its_form_posted_and_the_file_taken(site, other_site):
    Office(site, other_site)
    (got,) = run(site, job(site))
    assert (got.status, got.size, got.mime, got.error) == (200, 12, "application/pdf", "")
    assert got.url == f"{site.url}/request"
    assert got.final_url == f"{other_site.url}/bucket/letter.pdf?sig=1"
    assert [(one.method, one.path) for one in site.seen if one.path != "/robots.txt"] == [
        ("GET", "/request"), ("GET", "/s1/request?rid=7"), ("POST", "/s1/request?rid=7"),
    ]  # fmt: skip
    posted = parse_qs(site.seen[-1].body.decode(), keep_blank_values=True)
    assert set(posted) == {"__VIEWSTATE", "__EVENTTARGET", "__EVENTARGUMENT"}
    assert site.seen[-1].headers["Referer"] == f"{site.url}/s1/request?rid=7"


def test_an_unchanged_file_is_not_sent_again_and_a_replaced_one_is(site, other_site):
    office, archive = Office(site, other_site), Memory()
    (first,) = run(site, job(site), archive=archive)
    held = Before(archive._held(first.final_url), first.final_url)
    (second,) = run(site, job(site, before=held), archive=archive)
    assert (second.status, second.not_modified, second.digest) == (304, True, first.digest)
    office.body = b"%PDF-1.4 two"
    (third,) = run(site, job(site, before=held), archive=archive)
    assert (third.status, third.not_modified) == (200, False)
    assert third.digest != first.digest


def test_a_date_alone_is_not_asked_by_for_it_may_be_another_objects(site, other_site):
    Office(site, other_site)
    dated = [("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT"), ("Content-Type", "application/pdf")]
    other_site.pages["/bucket/letter.pdf"] = (200, dated, b"%PDF-1.4 one")
    archive = Memory()
    (first,) = run(site, job(site), archive=archive)
    held = Before(archive._held(first.final_url), first.final_url)
    (second,) = run(site, job(site, before=held), archive=archive)
    assert (second.status, second.not_modified) == (200, False)
    assert "If-Modified-Since" not in other_site.seen[-1].headers


def test_files_of_one_page_open_it_once_and_a_spent_session_opens_it_again(site, other_site):
    office = Office(site, other_site)
    assert [one.error for one in run(site, job(site), job(site), job(site))] == ["", "", ""]
    assert len(site.asked("/request")) == 1
    office.spent = 1
    assert [one.error for one in run(site, job(site), job(site))] == ["", ""]
    assert len(site.asked("/request")) == 3


def test_a_page_instead_of_the_file_twice_is_that_files_trouble(site, other_site):
    office = Office(site, other_site)
    office.spent = 9
    (got,) = run(site, job(site))
    assert (got.status, got.digest) == (0, "")
    assert "'Letter & map.pdf'" in got.error
    assert "a web page" in got.error


@pytest.mark.parametrize(
    ("press", "found"),
    [(Press(CONTROL, "Other.pdf"), "Letter & map.pdf"), (Press("list$ctl09$take", "Letter & map.pdf"), "none of 1")],
)
def test_a_control_that_is_another_now_is_not_pressed(site, other_site, press, found):
    Office(site, other_site)
    (got,) = run(site, job(site, press))
    assert found in got.error
    assert not [one for one in site.seen if one.method == "POST"]


def test_a_page_that_is_gone_says_so_of_its_file(site):
    site.pages["/request"] = (404, [], b"none")
    (got,) = run(site, job(site))
    assert (got.status, got.error) == (404, "the server answered 404")


def test_a_page_that_comes_compressed_all_the_same(site, other_site):
    Office(site, other_site).zipped = True
    (got,) = run(site, job(site))
    assert got.error == ""


def test_a_page_without_a_form_is_said(site):
    site.pages["/request"] = (200, [("Content-Type", "text/html")], b"<h1>Maintenance</h1>")
    (got,) = run(site, job(site))
    assert "1 form with a view state" in got.error


@pytest.mark.parametrize("status", [307, 308])
def test_what_is_posted_is_not_sent_on_to_another_host(site, other_site, status):
    Office(site, other_site)
    elsewhere = other_site.url.replace("127.0.0.1", "localhost")
    honest = site.pages["/s1/request"]
    site.pages["/s1/request"] = lambda seen: (
        (status, [("Location", f"{elsewhere}/taken")], b"") if seen.method == "POST" else honest(seen)
    )
    (got,) = run(site, job(site))
    assert "pages are taken from 127.0.0.1 alone" in got.error
    assert other_site.seen == []


def test_a_form_that_is_posted_to_another_host_is_not_pressed(site, other_site):
    Office(site, other_site)
    honest = site.pages["/s1/request"]

    def page(seen: Seen):
        status, headers, body = honest(seen)
        return status, headers, body.replace(b'action=".', f'action="{other_site.url}'.encode())

    site.pages["/s1/request"] = page
    (got,) = run(site, job(site))
    assert "form[action]" in got.error
    assert [one.method for one in site.seen if one.method == "POST"] == []
    assert other_site.seen == []
