"""What is asked of the door, what it answers, and what it asks of those who know what we hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from archive.model import Archived, Before, Held, Peer
from config.errors import RecordwatchError
from crawler.capture.identity import Headers
from crawler.capture.ranges import Begun

Purpose = Literal["page", "file", "robots", "confirm", "browser"]
"""`page`: for a spider, its body is always given. `file`: for the archive. `confirm`: is it still there?
`browser`: one hop on behalf of a page in a browser, which follows redirects and sends cookies itself; its
body is always given.
"""


@dataclass(frozen=True, slots=True)
class Fetch:
    """One URL wanted. `headers` go beside the door's own; a User-Agent among them is ignored."""

    url: str
    method: str = "GET"
    headers: Headers = ()
    body: bytes = b""
    referer: str = ""
    """The page that linked it."""
    conditional: bool = False
    """Ask only for what changed, where we hold the URL already. GET without body only."""
    purpose: Purpose = "page"
    optional: bool = False
    """A question that the portal may decline: no answer to it says anything of the portal's health."""
    or_browser: bool = False
    """Where the answer is a block page, a browser is asked next, and that alone says something of the portal's health."""
    before: Before | None = None
    """What this led to the last time, where no redirect can be remembered by: behind a POST."""
    known: Mapping[str, Held] | None = field(default=None, repr=False)
    """What was looked up already for `url` (the file lane asks for many at once); None: look it up."""
    partly: Collection[str] | None = field(default=None, repr=False)
    """Likewise the URLs of files of which a part came at some time."""

    @property
    def browsers(self) -> bool:
        """Whether a browser asks, which follows redirects and sends cookies itself."""
        return self.purpose == "browser"


@dataclass(slots=True)
class Fetched:
    """The last answer of one fetch.

    For a page that is not modified, `status`, `headers` and `payload` are those of the archived
    answer, so that a spider cannot tell; `archived` is always what came now.
    """

    url: str
    """Final URL, after redirects."""
    status: int
    headers: Headers
    """As received: names and values as bytes, repeated ones kept."""
    payload: bytes | None
    """Entity body, de-chunked, its Content-Encoding not undone; None when it is only in the archive."""
    archived: Archived
    peer: Peer
    hops: Sequence[Archived]
    """Every answered hop in order, `archived` the last."""
    not_modified: bool = False
    held: Held | None = None
    """With `not_modified`: the capture that still stands."""
    via: tuple[str, ...] = ()
    """URLs that redirected, the asked one first."""

    def header(self, name: str) -> str:
        """First value of header `name` (any case) as Latin-1 text, else empty."""
        wanted = name.lower().encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1")
        return ""


class HeldMissing(RecordwatchError):
    """A capture that the catalog names cannot be read back: the URL is then fetched without conditions."""


@dataclass(frozen=True, slots=True)
class HeldAnswer:
    """An archived answer read back; `payload` de-chunked, its Content-Encoding not undone."""

    status: int
    headers: Headers
    payload: bytes


class HeldLookup(Protocol):
    """What we hold: the newest whole 200 answer to a GET, per URL."""

    async def latest(self, url: str) -> Held | None: ...

    async def latest_many(self, urls: Iterable[str]) -> Mapping[str, Held]:
        """Those of `urls` that are held."""

    async def partly(self, urls: Iterable[str]) -> Collection[str]:
        """Those of `urls` of which a part came at some time."""

    async def begun(self, url: str) -> Begun | None:
        """What is held of a file that was never had whole since; None when it cannot be gone on with."""

    async def led_to(self, url: str) -> str:
        """Where the newest redirect that `url` answered led; empty when it never did."""

    async def answer(self, held: Held) -> HeldAnswer:
        """The held answer itself. Raises HeldMissing."""


class OutOfScope(RecordwatchError):
    """A page on a host that is not the portal's."""

    def __init__(self, url: str, scope: Iterable[str]) -> None:
        super().__init__(
            f"pages are taken from {', '.join(sorted(scope))} alone",
            where=url,
            todo="add the host to `scope` in the portal file if the portal has moved there",
        )
        self.url = url
