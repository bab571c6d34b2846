"""Links that are signed anew each time: what is held of the object that such a link names now."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

from archive.model import Before, Held
from crawler.capture.fetch import Fetch, HeldLookup
from crawler.capture.ranges import Begun
from crawler.capture.redirects import same_but_query


async def begun_behind(held: HeldLookup, url: str, asked: str) -> Begun | None:
    """What came so far of `url`, which `asked` redirected to, under the link that it led to the last time."""
    led = await held.led_to(asked)
    if not led or not urlsplit(url).query or not same_but_query(url, led):
        return None
    begun = await held.begun(led)
    return begun if begun is not None and begun.etag else None


async def held_behind(held: HeldLookup, fetch: Fetch, url: str, asked: str) -> Held | None:
    """What is held of `url`, which `asked` redirected to: what it led to the last time, if only the query differs.

    A strong ETag is the object's own. A date alone may be another object's, and hide this one.
    """
    if not urlsplit(url).query:
        return None
    before = fetch.before
    if before is None and (led := await held.led_to(asked)) and (found := await held.latest(led)) is not None:
        before = Before(found, led)
    if before is None or not same_but_query(url, before.url) or not before.held.etag.startswith('"'):
        return None
    return dataclasses.replace(before.held, last_modified="")
