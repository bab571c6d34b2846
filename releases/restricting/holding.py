"""Which archived bytes hold a name that is not shown: looked for in their text, whatever they are.

Each payload is looked through once for each set of names; what was found is kept by digest in this process.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from html import unescape
from typing import Any

import msgspec

from archive.catalog.failures import database_errors
from archive.catalog.models import Capture, Derived
from archive.holdings import Holdings, NotHeld, latest
from config.errors import RecordwatchError
from releases.diff.entity import CannotUnpack, open_body
from releases.models import FileFacts
from releases.restricting.names import Names
from releases.search.texts import Text, archived_texts
from releases.speech.vtt import spoken

MOST_BYTES = 64 * 1024**2
"""Of a page that is looked through; what is larger is taken to hold the name."""
_MOST_KEPT = 100_000
_SLICE = 500
_WORDY = re.compile(
    r"text/|.*[/+](?:html|xhtml|xml|json|javascript|ecmascript|csv|rtf|form-urlencoded|x-ndjson)\b", re.IGNORECASE
)
_BINARY = re.compile(
    r"(?:image|video|audio|font)/|application/(?:pdf|zip|gzip|msword|octet-stream|vnd\.)", re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]*+>")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_kept: OrderedDict[tuple[Any, ...], bool] = OrderedDict()


def holding(digests: Collection[str], names: Names, *, pages_only: bool = False) -> set[str]:
    """Those of these payload digests whose bytes have one of `names` in their text. What cannot be read now is among
    them: nobody knows that it does not.

    Args:
        digests: of any payloads.
        names: what is looked for.
        pages_only: not in documents, their facts and transcripts: in pages and data as they were served.
    """
    wanted = sorted(set(digests) - {""})
    if not names or not wanted:
        return set()
    found: set[str] = set()
    for part in (wanted[start : start + _SLICE] for start in range(0, len(wanted), _SLICE)):
        found |= _of(part, names, pages_only)
    return found


def _of(digests: Sequence[str], names: Names, pages_only: bool) -> set[str]:
    captures: dict[str, list[Capture]] = {}
    texts: dict[str, list[Text]] = {}
    with database_errors():
        for capture in Capture.objects.filter(payload_digest__in=digests, payload_length__gt=0).order_by("id"):
            captures.setdefault(capture.payload_digest, []).append(capture)
        if not pages_only:
            owner = {one.id: digest for digest, of in captures.items() for one in of}
            ids = sorted(owner)
            for start in range(0, len(ids), _SLICE):
                rows = Derived.objects.filter(
                    capture__in=ids[start : start + _SLICE], kind="conversion", mime__startswith="text/"
                )
                for row in rows.values_list(*Text._fields):
                    text = Text(*row)
                    texts.setdefault(owner[text.capture], []).append(text)
    return {
        one for one in digests if one in captures and _holds(one, captures[one], texts.get(one, []), names, pages_only)
    }


def _holds(digest: str, captures: Sequence[Capture], texts: Sequence[Text], names: Names, pages_only: bool) -> bool:
    # A text that was made since is looked through too.
    key = (digest, names.given, pages_only, max((text.id for text in texts), default=""))
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    try:
        held = _looked(digest, captures, texts, names, pages_only)
    except (RecordwatchError, CannotUnpack, OSError):
        return True
    _kept[key] = held
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return held


def _looked(digest: str, captures: Sequence[Capture], texts: Sequence[Text], names: Names, pages_only: bool) -> bool:
    holdings = latest()
    if not pages_only:
        with database_errors():
            facts = list(FileFacts.objects.filter(digest=digest).values_list("facts", flat=True))
        if any(names.within(msgspec.json.encode(one).decode()) for one in facts):
            return True
        kinds = {text.id: text.mime for text in texts}
        unread = set(kinds)
        for ident, text in archived_texts(holdings)(texts):
            unread.discard(ident)
            if names.within(text) or (kinds[ident].startswith("text/vtt") and names.within(spoken(text))):
                return True
        if unread:
            raise NotHeld("a text of these bytes cannot be read", where=digest)
    whole = next((one for one in captures if not one.kind.startswith("revisit")), captures[0])
    wordy = _WORDY.match(whole.mime) or not _BINARY.match(whole.mime)
    return bool(wordy) and _in_page(holdings, whole, names)


def _in_page(holdings: Holdings, capture: Capture, names: Names) -> bool:
    if capture.payload_length > MOST_BYTES:
        return True
    with open_body(holdings, capture.id) as body:
        data = body.unpacked(MOST_BYTES)
        if len(data) >= MOST_BYTES:
            return True
        charset = body.charset
    return any(names.within(text) for text in _readings(data, charset))


def _readings(data: bytes, charset: str) -> Iterator[str]:
    """What a browser, or a program, would read in it."""
    for coding in dict.fromkeys((charset or "utf-8", "utf-8", "latin-1")):
        try:
            text = data.decode(coding, "replace")
        except LookupError:  # no charset that we know
            continue
        yield text
        if "<" in text:
            yield unescape(_TAG.sub(" ", text))
            yield unescape(_TAG.sub("", text))
        elif "&" in text:
            yield unescape(text)
        if "\\u" in text:
            yield _ESCAPE.sub(lambda one: chr(int(one[1], 16)), text)
