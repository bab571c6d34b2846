"""A script of ours before every script of an archived page: what the browser cannot be told to forbid is taken away first.

Put in by the gate, into the bytes, for every document that a frame opens; so it does not matter whether, or how, the
component rewrote it. A document that it cannot be put into gets a policy without script.
"""

from __future__ import annotations

import re
from email.message import Message
from pathlib import Path

START = 64 * 1024
"""Bytes of a document that are looked at."""
_SCRIPT = b"<script>%s</script>" % Path(__file__).with_name("replay_guard.js").read_bytes().strip()
# What may stand before a page's first script: the doctype has to stay first, or the page is laid out as in the nineties.
# Plain letters alone: in other scripts' codes the bytes of an angle may mean another letter, and a comment not end there.
_PLAIN = rb"[ \t\r\n\f!-;=?-~]"
_BEFORE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t\r\n\f]|<!--%b*-->|<\?%b*>)*<!doctype[ \t\r\n\f]%b*>|\xef\xbb\xbf"
    % (_PLAIN, _PLAIN, _PLAIN),
    re.IGNORECASE,
)
_TWO_BYTES = re.compile(r"16|ucs|unicode", re.IGNORECASE)
_DOCUMENTS = frozenset({"document", "iframe", "frame", "object", "embed", "fencedframe"})


def is_document(headers: Message) -> bool:
    """Whether a browser asks for a page, not for a part of one. Where it does not say so (to an address without TLS it
    does not) it does say what it would like, which scripts cannot change for a page.
    """
    wanted = headers.get("Sec-Fetch-Dest")
    return wanted in _DOCUMENTS if wanted else "text/html" in headers.get("Accept", "").lower()


def guarded(start: bytes, headers: Message) -> bytes | None:
    """The first `START` bytes of a document (or all of it), with our script first; None where it would not run first."""
    kind = headers.get("Content-Type", "")
    if kind.partition(";")[0].strip().lower() != "text/html" or headers.get("Content-Encoding"):
        return None
    if _TWO_BYTES.search(kind) or start[:2] in {b"\xfe\xff", b"\xff\xfe"}:
        return None  # what is written in two bytes a letter is no script to it
    found = _BEFORE.match(start)
    at = found.end() if found else 0
    return start[:at] + _SCRIPT + start[at:]
