"""An empty shell: a page that says nothing before a browser has run its scripts."""

from __future__ import annotations

from types import SimpleNamespace

from scrapy.http import Response
from selectolax.lexbor import LexborHTMLParser

from crawler.opened import opening

LARGEST = 512 * 1024
"""Decoded bytes; a page of more is no shell."""
MOST_WORDS = 40
"""Words that a shell may say: "You need to enable JavaScript to run this app", a name, a footer."""
MOST_LINKS = 3
HINT = "the page is an empty shell that its scripts fill: browser = true in the portal file has a browser run them"
_UNSEEN = "script, style, template, noscript, svg, head"
_CONTENT = "table, li, article, iframe, object, embed, form input:not([type=hidden])"


def is_shell(body: bytes) -> bool:
    """Whether the HTML in `body` has scripts, and next to nothing to read, follow or fill in."""
    if len(body) > LARGEST or b"<script" not in body.lower():
        return False
    page = LexborHTMLParser(body)
    if page.body is None:
        return False
    for node in page.css(_UNSEEN):
        node.decompose()
    if page.body is None or page.css_first(_CONTENT) is not None or len(page.css("a[href]")) > MOST_LINKS:
        return False
    return len(page.body.text(separator=" ").split()) <= MOST_WORDS


def opening_of(response: Response) -> bytes:
    """The first decoded bytes of a response, whether or not its Content-Encoding was undone; none of what is no HTML."""
    kind = (response.headers.get("Content-Type") or b"text/html").lower()
    if b"html" not in kind:
        return b""
    headers = [(b"Content-Encoding", value) for value in response.headers.getlist("Content-Encoding")]
    return opening(SimpleNamespace(payload=response.body, headers=headers), LARGEST + 1)
