"""Bytes of text to text: plain, CSV, JSON, XML. Never fails; what no charset fits is replaced by U+FFFD."""

from __future__ import annotations

import codecs
import re
from importlib.metadata import version

from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5

ENGINE = f"recordwatch text 1 (resiliparse {version('resiliparse')})"

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_META = re.compile(rb"""<meta\b[^>]*?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.IGNORECASE)


def decoded(body: bytes, charset: str = "", *, html: bool = False) -> str:
    """`body` as text: by its BOM, else by `charset` (a header's), else UTF-8 if it fits, else a guess.

    With `html`, a `<meta>` charset is believed before UTF-8 is tried.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if charset and (known := _known(charset)):
        return body.decode(known, "replace")
    if html and (meta := _META.search(body[:4096])) and (known := _known(meta[1].decode("ascii"))):
        return body.decode(known, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return str(bytes_to_str(body, detect_encoding(body[:65536]) or "utf-8", errors="replace"))


def _known(charset: str) -> str:
    """The codec a web browser would take for this label; empty for labels nobody knows."""
    try:
        return codecs.lookup(map_encoding_to_html5(charset.strip("\"' "), fallback_utf8=False) or "no-such-codec").name
    except (LookupError, ValueError):
        return ""
