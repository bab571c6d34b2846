"""The base of every spider: built from a portal's file, pure parsing, no I/O of its own.

A callback takes a response and yields `releases.model` objects and Scrapy requests, nothing else.
`PageError` leaves the callback untouched: the crawl catches it and calls the crawl `broken`; what
was sighted before it stays sighted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, ClassVar, Protocol, Self
from urllib.parse import urlencode, urlsplit

import msgspec
import scrapy
from scrapy.http import Response, TextResponse

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Note, Page, Record, Sighting
from spiders.answer import Answer, read_json
from spiders.errors import ChallengePageError, PageError
from spiders.page import Part, parse
from spiders.parameters import digest, read_parameters, unknown_key
from spiders.tally import Tally

Output = Sighting | Record | ListingPage | EmptyMarker | Page | Note | scrapy.Request
Callback = Callable[..., Iterator[Output]]


NO_PAGES_ENCODINGS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"})
"""Names that Python decodes, and browsers do not know."""


class Readings(Protocol):
    """What is known of earlier readings; the crawl gives it."""

    def unchanged(self, key: str, stamp: str) -> bool: ...


STATE_KEEPS = (
    "capture",
    "captured_at",
    "capture_digest",
    "page_bytes",
    "download_maxsize",
    "browser_notes",
    "unfinished",
)
"""What the documents of one visit have in common, in a request's meta."""


class PortalSpider(scrapy.Spider):
    """One spider per kind of portal; an instance serves one crawl.

    Subclasses set `name`, `extractor` and `parameters`, and write `first` and their callbacks.
    """

    extractor: ClassVar[str] = ""
    """Name and version of what is extracted. A new version re-baselines: raise it whenever the same
    page would give other fields, files or keys."""

    parameters: ClassVar[frozenset[str]] = frozenset()
    """Keys that the portal file's [parameters] may have."""

    settings_type: ClassVar[type[msgspec.Struct] | None] = None
    """The type of [parameters], for a spider that is all parameters; it takes the place of `parameters`."""

    platform: ClassVar[str] = ""
    """The product behind the portal, as its maker writes it (`NextRequest`); empty for sites of their own."""

    delay: ClassVar[float | None] = None
    """Seconds between two requests that this platform bears, where the portal file says none."""

    reads_first_page_twice: ClassVar[bool] = False
    """Whether `portals check` should ask for the first page again, to see whether keys stay the same."""

    says_nothing_of_extraction: ClassVar[frozenset[str]] = frozenset()
    """Keys of `settings_type` that change nothing of what is read from a page: no part of the version."""

    def __init__(self, portal: Portal, **kwargs: Any) -> None:
        super().__init__(name=portal.slug, **kwargs)
        self.portal = portal
        self.tallies: dict[str, Tally] = {}
        """What each selector of the portal file found, by its key; empty for spiders made of code."""
        self.allowed_domains = sorted({urlsplit(portal.url).hostname or "", *(name.lower() for name in portal.scope)})
        self.hints: list[str] = []
        """What looks as if the portal file should say more, one sentence each, for `portals check`."""
        self.readings: Readings | None = None
        """None where every page is to be read, as in a check."""
        self._pages_read: dict[str, set[int]] = {}
        """Numbers of each listing's pages that were read."""
        self._pages_showing: dict[str, dict[frozenset[str], int]] = {}
        """What each listing's pages showed → on which page."""
        unknown = sorted(portal.parameters.keys() - self.parameters) if self.settings_type is None else []
        if unknown:
            told = unknown_key("parameters", unknown[0], portal.parameters[unknown[0]], self.parameters)
            raise ConfigError(f"{told} (spider {portal.spider!r})", where=f"portal {portal.slug}")

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.readings = getattr(crawler, "readings", None)
        return spider

    @staticmethod
    def stamp(modified: object, *said: object) -> str:
        """The stamp of a record for its `Sighting`: what the list says of its last change, with a digest of
        whatever else the record takes from the list (`said`), as a change of that is one of the record. Empty where
        the list names no time of a change; a time of publication is none.
        """
        if not modified:
            return ""
        rest = sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:16] if said else ""
        return f"{modified} {rest}".rstrip()

    def unchanged(self, key: str, stamp: str) -> bool:
        """Whether the record's own page need not be asked for: the list says that it is as it was when it was last
        read. Ask once for each record, after its `Sighting` with that stamp, right before the request.
        """
        return self.readings is not None and self.readings.unchanged(key, stamp)

    @classmethod
    def version(cls, portal: Portal) -> str:
        """`extractor`, with a digest of what the portal file says about extraction: whoever edits a
        selector gets a new baseline, as with a new version of code, and nobody is told of changes.
        """
        if cls.settings_type is None:
            return cls.extractor
        parameters = read_parameters(portal, cls.settings_type)
        return f"{cls.extractor} {digest(parameters, cls.says_nothing_of_extraction)}"

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:  # noqa: ARG003  for those that need it
        """Where to ask whether the record at `url` is still published, when a list no longer shows it.

        Its own page, unless that page answers 200 whatever became of the record (an empty shell that a
        script fills): then the address of the API that answers for it. Empty: there is nowhere to ask.
        """
        return url

    @classmethod
    def gone(cls, body: bytes) -> bool:  # noqa: ARG003  for those that need it
        """Whether an answer of 200 at `own_page` says, in its body, that there is no such record (`[]`)."""
        return False

    async def start(self) -> AsyncIterator[Output]:
        for request in self.first():
            yield request

    def first(self) -> Iterable[scrapy.Request]:
        """The requests a crawl begins with."""
        raise ConfigError("this spider does not say where to begin", where=type(self).__name__)

    def page(self, response: Response) -> Part:
        """The response as a parsed page. Raises PageError when it is no text."""
        if not isinstance(response, TextResponse):
            kind = (response.headers.get("Content-Type") or b"no media type").decode("latin-1")
            raise PageError(response.url, "the page", "an HTML page", f"{kind}, {len(response.body)} bytes")
        return parse(response.url, self.html(response))

    def answer(self, response: Response) -> Answer:
        """The response as JSON; see `spiders.answer`. Raises PageError when it is none."""
        return read_json(response)

    def html(self, response: TextResponse) -> str:
        """The page's text in the encoding it is most likely in; as UTF-8 where it names one that no page is in."""
        if response.encoding.replace("_", "-") not in NO_PAGES_ENCODINGS:
            try:
                return response.text
            except (LookupError, UnicodeError):
                pass
        return response.body.decode("utf-8", "replace")

    def in_scope(self, url: str) -> bool:
        """Whether the door will let pages be taken from there: the portal's host, a scope host, or one below them."""
        host = (urlsplit(url).hostname or "").rstrip(".")
        return any(host == name or host.endswith(f".{name}") for name in self.allowed_domains)

    def request(self, url: str, callback: Callback, **arguments: Any) -> scrapy.Request:
        """A request for a page of this portal; `arguments` reach the callback."""
        return scrapy.Request(url, callback=callback, cb_kwargs=arguments)

    def in_browser(self, request: scrapy.Request, wanted: bool = True) -> scrapy.Request:
        """`request` for a page that needs a browser whatever the portal file says; `wanted=False`: one that does not."""
        return request.replace(meta={**request.meta, "browser": wanted})

    def next_state(self, response: Response, callback: Callback, **arguments: Any) -> scrapy.Request | None:
        """A request for the next document of a page whose list a browser turned, answered from memory; None after
        the last, and of pages that no browser turned. Raises PageError where turning ended before the list did.
        """
        meta = response.request.meta if response.request is not None else {}  # none where a page is only recognised
        if states := meta.get("states", ()):
            kept = {name: meta[name] for name in STATE_KEEPS if name in meta}
            kept |= {"state": meta["state"] + 1, "document": states[0], "states": states[1:]}
            return scrapy.Request(
                response.url, callback=callback, cb_kwargs=arguments, meta=kept, dont_filter=True, priority=1
            )
        if why := meta.get("unfinished", ""):
            raise PageError(response.url, "the list", "its end", why)
        return None

    def json_request(self, url: str, callback: Callback, **arguments: Any) -> scrapy.Request:
        """As `request`, for an API's JSON."""
        return scrapy.Request(url, callback=callback, headers={"Accept": "application/json"}, cb_kwargs=arguments)

    def optional(self, request: scrapy.Request, declined: Callable[..., Iterator[Output]]) -> scrapy.Request:
        """`request` as a question that the portal may decline without being any less healthy for it.

        Its callback gets an answer of status 200 alone. Whatever else comes of it (another status, a block
        page, robots.txt, silence) goes to `declined(why, response, **arguments)`: a few words, the answer
        where there was one, and the arguments of the request.
        """
        then = request.callback
        assert then is not None

        def answered(response: Response, **arguments: Any) -> Iterator[Output]:
            if response.status == 200:
                yield from then(response, **arguments)
            else:
                yield from declined(f"status {response.status}", response, **arguments)

        def failed(failure: Any) -> Iterator[Output]:
            error = failure.value
            why = error.sign if isinstance(error, ChallengePageError) else getattr(error, "what", "") or str(error)
            yield from declined(why, None, **request.cb_kwargs)

        meta = {**request.meta, "optional": True, "handle_httpstatus_all": True}
        return request.replace(callback=answered, errback=failed, meta=meta)

    def post_json(self, url: str, callback: Callback, body: Any, **arguments: Any) -> scrapy.Request:
        """A POST of `body` as JSON, keys sorted: the same question is the same bytes in every crawl."""
        return scrapy.Request(
            url, callback=callback, method="POST", body=msgspec.json.encode(body, order="sorted"),
            headers={"Accept": "application/json", "Content-Type": "application/json"}, cb_kwargs=arguments,
        )  # fmt: skip

    def post_form(
        self, url: str, callback: Callback, form: Mapping[str, str], headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> scrapy.Request:  # fmt: skip
        """A POST of a form (`application/x-www-form-urlencoded`), fields in the order given."""
        return scrapy.Request(
            url, callback=callback, method="POST", body=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}, cb_kwargs=arguments,
        )  # fmt: skip

    def new_rows(self, url: str, listing: str, number: int, keys: Iterable[str]) -> None:
        """Note what page `number` of a listing showed.

        Raises:
            PageError: it shows what another page showed, or has another page's number: pagination that
                repeats a page for ever.
        """
        shown = frozenset(keys)
        numbers = self._pages_read.setdefault(listing, set())
        if number in numbers:
            raise PageError(url, "the page number", f"another than {number}, which was read", f"{number} again")
        numbers.add(number)
        if shown and (other := self._pages_showing.setdefault(listing, {}).setdefault(shown, number)) != number:
            raise PageError(url, "the rows", f"rows of page {number}", f"the rows of page {other} again")
