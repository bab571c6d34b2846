"""What a recogniser makes of a replica: its signs, and its proposal after its own questions."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from spiders.errors import PageError
from spiders.recognition.model import Proposal, Question, Recogniser, Seen, Sign
from tests.replicas.server import Asked, PlatformReplica


def recognised(recogniser: Recogniser, replica: PlatformReplica, start: str = "") -> tuple[list[Sign], Proposal | None]:
    """As `recordwatch portals add` asks; PageError counts as no proposal."""
    seen = Seen(_answer(replica, Question("", start or replica.start)))
    signs = recogniser.signs(seen)
    answers = {question.name: Seen(_answer(replica, question)) for question in recogniser.questions(seen)}
    try:
        return signs, recogniser.propose(seen, answers)
    except PageError:
        return signs, None


def _answer(replica: PlatformReplica, question: Question) -> Response:
    parts = urlsplit(question.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = {name.lower(): value for name, value in question.headers}
    method = "POST" if question.body else "GET"
    reply = replica.answer(Asked(method, parts.scheme, parts.netloc, target or "/", sent, question.body))
    body, kind = reply.encoded()
    headers = Headers({"Content-Type": kind, **dict(reply.headers)})
    return responsetypes.from_headers(headers)(question.url, status=reply.status, headers=headers, body=body)
