"""What a site runs on: asked through the one door, as politely as a crawl, and nothing is kept.

The address is fetched once. Every recogniser looks at the answer; those with enough signs ask their own few
questions, and the first that proposes a portal wins. What runs on nothing we know is watched by what its page
shows (`spiders.recognition.unknown`).
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archive.ids import uuid7
from archive.warc.crawl_writer import CrawlWriter
from config.errors import ConfigError, RecordwatchError
from config.home import Home
from config.portal import Limits, Politeness, Portal
from crawler.capture.client import WireClient
from crawler.capture.door import Door
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.policy import NetworkPolicy
from crawler.check import NothingHeld
from crawler.collect import ONE_PAGES_TROUBLE, Collector, WatchedDoor
from crawler.failures import page_failure
from crawler.opened import opening
from crawler.opening import warcinfo
from spiders.errors import ChallengePageError, PageError
from spiders.recognition.model import PROOF, STRONG, Proposal, Recogniser, Seen
from spiders.recognition.registry import recognisers
from spiders.recognition.unknown import UnknownSite

PAGE_BYTES = 32 * 1024**2
UNREADABLE = (PageError, RecursionError)
"""Answers that are another thing than a recogniser takes them for, or nested beyond reading."""
MOST_QUESTIONS = 8
"""Questions of one recogniser that are asked."""
MOST_ASKED = 3
"""Recognisers that may ask."""


class NotRecognised(RecordwatchError):
    """The address gave nothing to make a portal of."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one recogniser saw in the first answer."""

    name: str
    """As the registry names it."""
    platform: str
    weight: int
    signs: tuple[str, ...]
    recogniser: Recogniser


@dataclass(slots=True)
class Recognised:
    """A proposal, and how it came about."""

    asked: str
    """The address given."""
    seen: Seen
    proposal: Proposal
    platform: str
    """Empty for a site that runs on nothing we know."""
    looks: list[Look] = field(default_factory=list)
    """Platforms with signs, most weight first."""
    refused: list[str] = field(default_factory=list)
    """Platforms whose own questions said that it is another thing, or got no answer; one sentence each."""
    requests: int = 0

    @property
    def others(self) -> list[Look]:
        """Further platforms that the page shows strong signs of."""
        return [one for one in self.looks if one.platform != self.platform and one.weight >= STRONG]


def recognise(
    home: Home, url: str, *, private: tuple[str, ...] = (), only: str = "", politeness: Politeness | None = None
) -> Recognised:
    """What the site at `url` is, and the portal it should be.

    Args:
        home: whose operator asks, and whose locks keep requests apart.
        url: as a person gives it.
        private: hosts that may be on a private network.
        only: the one recogniser to believe, by its name in the registry; `unknown` for none of them.
        politeness: how to ask; the usual way where None.

    Raises:
        NotRecognised: no answer, a refusal, a challenge page, or nothing that can be watched; says which.
        RecordwatchError: what is no single page's trouble.
    """
    return asyncio.run(_recognise(home, url, private, only, politeness or Politeness()))


async def _recognise(home: Home, url: str, private: tuple[str, ...], only: str, politeness: Politeness) -> Recognised:
    portal = Portal(
        "recognise", "recognise", "unknown", "unknown", url, "pages", politeness=politeness,
        allow_private_network=private, limits=Limits(page_bytes=PAGE_BYTES),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="recordwatch-recognise-") as spool:
        writer = CrawlWriter(
            Path(spool), portal=portal.slug, crawl=uuid7(), info=warcinfo(home, portal), known=lambda _: {}
        )
        settings = home.settings
        client = WireClient(
            NetworkPolicy(portal.allows_private, settings.resolve), ca_file=settings.ca_file, proxy=settings.proxy
        )
        asking = Asking(home, portal, client, writer)
        try:
            return await _ask(asking, url, only)
        finally:
            await asking.close()
            await client.close()
            await writer.close()


async def _ask(asking: Asking, url: str, only: str) -> Recognised:
    seen = await asking.first(url)
    looks = looked(seen, only)
    refused: list[str] = []
    # A host's name alone proves nothing, but its own API may: those with hints only are asked last.
    for look in looks[:MOST_ASKED]:
        answers, trouble = await asking.answers(look.recogniser, seen)
        proposal = _proposed(look, seen, answers)
        if proposal is not None:
            return Recognised(url, seen, proposal, look.platform, looks, refused, asking.requests)
        refused.append(
            f"{look.platform}: its own questions were answered otherwise{f' ({trouble})' if trouble else ''}"
        )
    if only and only != "unknown":
        raise NotRecognised(f"this is no {only}: {'; '.join(refused) or 'it shows no sign of it'}", where=seen.url)
    if seen.status >= 400:
        raise NotRecognised(
            f"the portal answered {seen.status}", where=seen.url, todo="Is this the address that a browser shows?"
        )
    unknown = UnknownSite()
    answers, _ = await asking.answers(unknown, seen)
    proposal = _believed(unknown, seen, answers)
    if proposal is None:
        raise NotRecognised(
            _nothing(seen), where=seen.url, todo="docs/howto/watch-without-code.md shows how to say it yourself"
        )
    return Recognised(url, seen, proposal, "", looks, refused, asking.requests)


def looked(seen: Seen, only: str = "") -> list[Look]:
    """What each recogniser sees, most weight first; those that see nothing are left out."""
    found = []
    for name, recogniser in recognisers().items():
        if only and name != only:
            continue
        signs = recogniser.signs(seen)
        if signs or only:
            weight = sum(sign.weight for sign in signs)
            found.append(Look(name, recogniser.platform, weight, tuple(sign.words for sign in signs), recogniser))
    if only and only != "unknown" and not found:
        raise ConfigError(f"--platform {only}: use one of {', '.join([*recognisers(), 'unknown'])}")
    return sorted(found, key=lambda look: -look.weight)


def _proposed(look: Look, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
    """What the recogniser proposes. Signs that other sites have too need an answer to one of its
    questions; to be asked for a token (401) is one.
    """
    asked = bool(look.recogniser.questions(seen))
    if (
        asked
        and look.weight < PROOF
        and not any(200 <= one.status < 300 or one.status == 401 for one in answers.values())
    ):
        return None
    return _believed(look.recogniser, seen, answers)


def _believed(recogniser: Recogniser, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
    try:
        return recogniser.propose(seen, answers)
    except UNREADABLE:
        return None


def _nothing(seen: Seen) -> str:
    kind = seen.header("Content-Type") or "no media type"
    if "json" in kind:
        return "this is JSON, but no list of rows with a column that differs in each"
    return f"nothing here can be watched: {kind}, {len(seen.response.body):,} bytes"


class Asking:
    """One door, and another one beside it where a platform answers on a host of its own."""

    def __init__(self, home: Home, portal: Portal, client: WireClient, writer: CrawlWriter) -> None:
        self._home, self._portal, self._client, self._writer = home, portal, client, writer
        self._doors: list[Door] = []
        self._watched: WatchedDoor | None = None
        self._hosts: set[str] = set()

    @property
    def requests(self) -> int:
        """Requests made, those for robots.txt included."""
        return sum(door.tally.requests for door in self._doors)

    async def first(self, url: str) -> Seen:
        """The answer at `url`. Raises NotRecognised where none came that a person would call an answer."""
        try:
            return Seen(response_of(await self._fetch(Fetch(url))))
        except ChallengePageError as error:
            raise NotRecognised(
                f"the portal sends a block or challenge page instead of its own ({error.sign})", where=url,
                todo="recordwatch solves no challenges; docs/ethics.md says what can be done: ask the agency first",
            ) from error  # fmt: skip
        except ONE_PAGES_TROUBLE as error:
            failure = page_failure(url, error)
            raise NotRecognised(failure.sentence, where=url) from error

    async def answers(self, recogniser: Recogniser, seen: Seen) -> tuple[dict[str, Seen], str]:
        """What came to the recogniser's questions, and why one did not, if one did not."""
        found: dict[str, Seen] = {}
        trouble = ""
        for question in recogniser.questions(seen)[:MOST_QUESTIONS]:
            headers = tuple((name.encode(), value.encode()) for name, value in question.headers)
            fetch = Fetch(question.url, "POST" if question.body else "GET", headers, question.body, referer=seen.url)
            try:
                found[question.name] = Seen(response_of(await self._fetch(fetch)))
            except ONE_PAGES_TROUBLE as error:
                trouble = trouble or page_failure(question.url, error).sentence
        return found, trouble

    async def _fetch(self, fetch: Fetch) -> Fetched:
        host = urlsplit(fetch.url).hostname or ""
        if self._watched is None or host not in self._hosts:
            self._hosts.add(host)
            portal = msgspec.structs.replace(self._portal, scope=tuple(sorted(self._hosts)))
            door = Door(portal, self._home.settings, self._client, self._writer, NothingHeld(), locks=self._home.locks)
            self._doors.append(door)
            self._watched = WatchedDoor(door, Collector(portal, 1))
        fetched: Fetched = await self._watched.fetch(fetch)
        return fetched

    async def close(self) -> None:
        """Gives the hosts' slots back."""
        for door in self._doors:
            await door.close()


def response_of(fetched: Fetched) -> Response:
    """An answer as spiders get it: decoded, with the type of its content."""
    headers = Headers(_plain(fetched.headers))
    body = opening(fetched, 2 * PAGE_BYTES)
    kind = responsetypes.from_args(headers=headers, url=fetched.url, body=body)
    return kind(url=fetched.url, status=fetched.status, headers=headers, body=body)


def _plain(headers: Iterable[tuple[bytes, bytes]]) -> Sequence[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() != b"content-encoding"]
