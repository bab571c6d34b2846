"""Files without a link of their own: the page's form is posted back, and what that leads to is taken.

Such a link lives for minutes and another session has another one, so that it is asked for when the file is
taken, never when the page is read for the listing. One file of a host at a time: these portals keep a
session for each visitor, and bear one request a second.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode, urlsplit

from scrapy.http import HtmlResponse

from archive.model import Before
from crawler.capture.fetch import Fetch, Fetched
from crawler.politeness.hosts import host_key
from releases.model import Press
from spiders.errors import PageError
from spiders.page import parse
from spiders.webforms import WebForm, read_form

if TYPE_CHECKING:
    from crawler.capture.files import FileJob

FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
PLAIN = (b"Accept-Encoding", b"identity")
ATTEMPTS = 2
"""A form that is spent, or a session that ended, answers with a page: then the page is opened anew, once."""
PAGES = ("text/html", "application/xhtml+xml")


class PressDoor(Protocol):
    """What is asked of the door."""

    async def fetch(self, fetch: Fetch) -> Fetched: ...


class Presser:
    """Opens files' pages and presses for the files; keeps each host's last page, for its files come together."""

    def __init__(self, door: PressDoor) -> None:
        self._door = door
        self._turns: dict[str, asyncio.Lock] = {}
        self._open: dict[str, tuple[str, WebForm]] = {}
        """Host → the URL that was asked for, and the form that is open."""

    async def fetch(self, job: FileJob, press: Press, before: Before | None) -> Fetched:
        """The file, or the answer of its page where that has another status than 200.

        Args:
            job: the file; `url` is its page.
            press: what to press there.
            before: what it gave the last time, to ask only for what changed since.

        Raises:
            PageError: the page has not that control (any more), or twice gave a page instead of a file.
        """
        host = host_key(job.url)
        async with self._turns.setdefault(host, asyncio.Lock()):
            for _ in range(ATTEMPTS):
                asked, form = self._open.get(host, ("", None))
                if form is None or asked != job.url:
                    opened = await self._door.fetch(Fetch(job.url, headers=(PLAIN,), referer=job.referer))
                    if opened.status != 200:
                        return opened
                    form = _form(opened)
                    self._open[host] = (job.url, form)
                fetched = await self._press(form, press, before)
                if not _is_page(fetched, form):
                    return fetched
                del self._open[host]
        raise PageError(job.url, f"pressing {press.label!r}", "a file", f"a web page at {fetched.url}")

    async def _press(self, form: WebForm, press: Press, before: Before | None) -> Fetched:
        words = form.controls.get(press.control)
        if words != press.label:
            found = f"the control is {words!r}" if words else f"none of {len(form.controls)} controls"
            raise PageError(form.page, f"control {press.control}", f"the words {press.label!r}", found)
        body = urlencode(form.pressed(press.control)).encode()
        return await self._door.fetch(
            Fetch(
                form.action, method="POST", headers=(FORM,), body=body, referer=form.page, conditional=True,
                purpose="file", before=before, known={},
            )
        )  # fmt: skip


def _form(opened: Fetched) -> WebForm:
    body = opened.payload or b""
    if opened.header("content-encoding").strip().lower() in {"gzip", "x-gzip", "deflate"}:
        try:  # asked not to be, but some servers compress whatever is asked
            body = zlib.decompressobj(47).decompress(body, 64 * 1024**2)
        except zlib.error as error:
            raise PageError(opened.url, "the page", "bytes coded as they say", str(error)) from error
    response = HtmlResponse(opened.url, headers={"Content-Type": opened.header("content-type")}, body=body)
    return read_form(parse(opened.url, response.text), opened.url)


def _is_page(fetched: Fetched, form: WebForm) -> bool:
    """Whether the portal answered itself, with a page: a form that is spent, or a session that ended."""
    kind = fetched.header("content-type").partition(";")[0].strip().lower()
    return (
        fetched.status == 200 and kind in PAGES and urlsplit(fetched.url).netloc == urlsplit(form.page).netloc
        and not fetched.header("content-disposition").strip().lower().startswith("attachment")
    )  # fmt: skip
