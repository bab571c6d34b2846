"""A replica without a socket: a spider's requests and a recogniser's questions, answered in this process."""

from __future__ import annotations

from urllib.parse import urlsplit

import scrapy
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from spiders.errors import PageError
from spiders.portal_spider import PortalSpider
from spiders.recognition.model import Proposal, Question, Recogniser, Seen, Sign
from tests.portals.offline import Outcome, converse
from tests.replicas.server import Asked, PlatformReplica


def recognised(recogniser: Recogniser, replica: PlatformReplica, start: str = "") -> tuple[list[Sign], Proposal | None]:
    """As `recordwatch portals add` asks; PageError counts as no proposal."""
    seen = Seen(_asked(replica, Question("", start or replica.start)))
    signs = recogniser.signs(seen)
    answers = {question.name: Seen(_asked(replica, question)) for question in recogniser.questions(seen)}
    try:
        return signs, recogniser.propose(seen, answers)
    except PageError:
        return signs, None


def crawled(replica: PlatformReplica, spider: PortalSpider) -> Outcome:
    """What `spider` yields; redirects are not followed."""
    return converse(spider, lambda request: served(replica, request))


def served(replica: PlatformReplica, request: scrapy.Request) -> Response:
    """What `replica` answers to a spider's request."""
    sent = {name.decode().lower(): b"".join(values).decode() for name, values in request.headers.items()}
    return _reply(replica, request.method, request.url, sent, request.body)


def _asked(replica: PlatformReplica, question: Question) -> Response:
    sent = {name.lower(): value for name, value in question.headers}
    return _reply(replica, "POST" if question.body else "GET", question.url, sent, question.body)


def _reply(replica: PlatformReplica, method: str, url: str, sent: dict[str, str], body: bytes) -> Response:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    reply = replica.answer(Asked(method, parts.scheme, parts.hostname or "", target, sent, body))
    payload, kind = reply.encoded()
    headers = Headers({"Content-Type": kind, **dict(reply.headers)})
    return responsetypes.from_headers(headers)(url, status=reply.status, headers=headers, body=payload)
