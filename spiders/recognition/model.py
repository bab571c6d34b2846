"""What recognisers are asked and what they say.

`recordwatch portals add URL` fetches the address once, shows the answer to every recogniser (`signs`), asks the
platform's own questions of the likeliest ones (`questions`), and takes the first proposal (`propose`). A host
name alone recognises nothing: tenants move to hosts of their own, and hosts are sold. All of it is pure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response, TextResponse

from config.portal import Deadline, Token
from spiders.answer import Answer, read_json
from spiders.page import Part, parse

HINT, STRONG, PROOF = 1, 3, 9
"""Weights of a sign: it fits other products too; nothing else is known to have it; only the product has it."""


@dataclass(frozen=True)
class Seen:
    """An answer as a recogniser sees it."""

    response: Response

    @property
    def url(self) -> str:
        """Where the answer came from, after redirects."""
        return self.response.url

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def host(self) -> str:
        return (urlsplit(self.url).hostname or "").lower()

    def header(self, name: str) -> str:
        """First value of the header, else empty."""
        return (self.response.headers.get(name) or b"").decode("latin-1")

    @cached_property
    def text(self) -> str:
        """The body as text; empty for what is none."""
        if not isinstance(self.response, TextResponse):
            return ""
        try:
            return self.response.text
        except (LookupError, UnicodeError):
            return self.response.body.decode("utf-8", "replace")

    @cached_property
    def page(self) -> Part:
        """The body as a page. Raises PageError."""
        return parse(self.url, self.text)

    @cached_property
    def answer(self) -> Answer:
        """The body as JSON. Raises PageError."""
        return read_json(self.response)

    def join(self, path: str) -> str:
        """`path` on this host."""
        return urljoin(self.url, path)


@dataclass(frozen=True, slots=True)
class Sign:
    """Something seen that speaks for a platform."""

    words: str
    """What, and where, e.g. `the page loads /client/requests.js`."""
    weight: int
    """HINT, STRONG or PROOF."""


@dataclass(frozen=True, slots=True)
class Question:
    """One more request that a recogniser wants answered; GET unless it has a body."""

    name: str
    url: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A portal as the platform describes itself. What a recogniser cannot know stays empty."""

    spider: str
    url: str
    """The address the portal file gets."""
    name: str = ""
    agency: str = ""
    place: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    scope: tuple[str, ...] = ()
    schedule: str = "daily"
    timezone: str = ""
    canaries: tuple[str, ...] = ()
    """Keys that will stay: old, closed, published."""
    records: int | None = None
    """Records the platform says it has."""
    listed: int | None = None
    """Of these, those it lists to anybody, where that is fewer (`capped`)."""
    files: int | None = None
    """Documents the platform says there are, or as many as what was seen suggests."""
    file_bytes: int | None = None
    """Bytes of all documents, where the platform says so."""
    media: int | None = None
    """Of the files, videos and sound."""
    browser: bool = False
    """Its pages are empty until scripts run (`browser` of the portal file)."""
    token: Token | None = None
    """The API token that the operator must hold."""
    window: bool = False
    """The list shows a moving window (`expect.window`)."""
    deadlines: tuple[Deadline, ...] = ()
    laws: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    """Why it is this platform, one fact each."""
    doubts: tuple[str, ...] = ()
    """What a person should look at before relying on it."""


class Recogniser(ABC):
    """One platform. Subclasses say `platform` and `spider`, and write the three methods."""

    platform: ClassVar[str] = ""
    """As its maker writes it."""
    spider: ClassVar[str] = ""

    @abstractmethod
    def signs(self, seen: Seen) -> list[Sign]:
        """What speaks for the platform in the first answer; must never raise on any input."""

    @abstractmethod
    def questions(self, seen: Seen) -> list[Question]:
        """What to ask to be sure, and to know name and size; few, cheap and in order."""

    @abstractmethod
    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        """The portal, or None where the answers say that it is another thing. PageError counts as None.

        Args:
            seen: the first answer.
            answers: by the question's name; questions that got no answer are left out.
        """
