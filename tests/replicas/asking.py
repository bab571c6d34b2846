"""A replica without a socket: a spider's requests and a recogniser's questions, answered in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
import scrapy
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from spiders.errors import PageError
from spiders.portal_spider import PortalSpider
from spiders.recognition.model import Proposal, Question, Recogniser, Seen, Sign
from tests.portals.offline import Outcome, converse
from tests.replicas.server import Asked, PlatformReplica

Edit = Callable[[str, Any], Any]


def recognised(recogniser: Recogniser, replica: PlatformReplica, start: str = "") -> tuple[list[Sign], Proposal | None]:
    """As `recordwatch portals add` asks; PageError counts as no proposal."""
    seen = Seen(_asked(replica, Question("", start or replica.start)))
    signs = recogniser.signs(seen)
    answers = {question.name: Seen(_asked(replica, question)) for question in recogniser.questions(seen)}
    try:
        return signs, recogniser.propose(seen, answers)
    except PageError:
        return signs, None


def crawled(replica: PlatformReplica, spider: PortalSpider, edit: Edit | None = None) -> Outcome:
    """What `spider` yields; redirects are not followed.

    Args:
        edit: path and query, and the answer's JSON (or its text, where it is none) → what it becomes.
    """

    def answer(request: scrapy.Request) -> Response:
        response = served(replica, request)
        if edit is None:
            return response
        try:
            document = msgspec.json.decode(response.body)
        except msgspec.DecodeError:
            document = response.text
        changed = edit(_target(request.url), document)
        return response.replace(body=changed.encode() if isinstance(changed, str) else msgspec.json.encode(changed))

    return converse(spider, answer)


def served(replica: PlatformReplica, request: scrapy.Request) -> Response:
    """What `replica` answers to a spider's request."""
    sent = {name.decode().lower(): b"".join(values).decode() for name, values in request.headers.items()}
    return _reply(replica, request.method, request.url, sent, request.body)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _asked(replica: PlatformReplica, question: Question) -> Response:
    sent = {name.lower(): value for name, value in question.headers}
    return _reply(replica, "POST" if question.body else "GET", question.url, sent, question.body)


def _reply(replica: PlatformReplica, method: str, url: str, sent: dict[str, str], body: bytes) -> Response:
    parts = urlsplit(url)
    reply = replica.answer(Asked(method, parts.scheme, parts.hostname or "", _target(url), sent, body))
    payload, kind = reply.encoded()
    headers = Headers({"Content-Type": kind, **dict(reply.headers)})
    return responsetypes.from_headers(headers)(url, status=reply.status, headers=headers, body=payload)
