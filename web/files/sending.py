"""Archived bytes as an answer: streamed with flat memory, any range of them, never as a page of our own origin."""

from __future__ import annotations

import base64
import re
import time
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from archive.intact import exactly, intact
from archive.payload import PIECE, Body
from web.files.ranges import CannotSatisfy, Wanted, accepts, wanted
from web.shell.compressing import as_it_is
from web.shell.headers import ARCHIVED
from web.shell.slots import Release, counted, slot

SMALL = 2 * 1024**2
"""Bytes that are sent to whoever asks: not counted among the files that are being sent."""
MEDIA_PIECE = SMALL
"""Bytes of one answer to a player that names no last byte: it asks on (RFC 9110, 15.3.7), and a film that somebody
paused holds no thread.
"""
STALLED = 60.0
"""Seconds in which one piece of a stream has to be taken, and the whole of a short one."""
_INLINE = re.compile(r"(?:audio|video)/[a-z0-9.+-]+|image/(?:jpeg|png|gif|webp|avif|bmp)")
_SAID = re.compile(
    r"application/(?:pdf|zip|json|msword|rtf|vnd\.[a-z0-9.+-]+)|text/(?:plain|csv|calendar)|message/rfc822|image/tiff"
)
_UNDONE = {"gzip": 47, "x-gzip": 47, "deflate": 47}


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent."""

    body: Body
    size: int
    """Bytes of it."""
    digest: str
    """`sha256:…` of it as archived."""
    mime: str
    name: str
    """Of the file, as people know it."""


def send(request: HttpRequest, sent: Sent) -> HttpResponseBase:
    """All of it, or the range that is asked for; 304, 412 and 416 where they belong.

    A body with a content coding goes as it was archived, and says so: the digest is of these bytes, and ranges are
    ranges of them. Whoever does not take the coding gets it undone, without ranges.

    What is short is hashed before a byte of it goes. What is longer is hashed on its way: its last piece goes only if
    all of it is what was archived, so that nobody takes something damaged for whole.

    Raises:
        One of `archive.unreadable.Errors`: also while a long answer is sent, which breaks the connection.
    """
    plain = sent.mime.partition(";")[0].strip().lower()
    coding = sent.body.coding
    header = request.headers.get("Accept-Encoding")
    undo = len(coding) == 1 and coding[0] in _UNDONE and not accepts(header, coding[0])
    etag = f'"{sent.digest}{";decoded" if undo else ""}"'
    headers = {
        "ETag": etag,
        "Content-Security-Policy": ARCHIVED,
        "Content-Type": plain if _INLINE.fullmatch(plain) or _SAID.fullmatch(plain) else "application/octet-stream",
        "Content-Disposition": disposition(sent.name, inline=bool(_INLINE.fullmatch(plain))),
        "Accept-Ranges": "none" if undo else "bytes",
    }
    if coding:
        headers["Vary"] = "Accept-Encoding"
        if not undo:
            headers["Content-Encoding"] = ", ".join(coding)
    if not undo and sent.digest.startswith("sha256:"):  # RFC 9530
        headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(sent.digest[7:])).decode()}:"
    same = get_conditional_response(request, etag=etag)
    if same is not None and same.status_code in {304, 412}:
        same.headers["Content-Security-Policy"] = ARCHIVED
        same.headers["ETag"] = etag
        return same
    if undo:
        return _answer(request, headers, lambda: _decoded(sent), None)
    start, length = 0, sent.size
    status = 200
    try:
        asked = _asked(request, sent.size, etag)
    except CannotSatisfy:
        headers["Content-Range"] = f"bytes */{sent.size}"
        return _marked(HttpResponse(status=416), headers)
    if asked is not None:
        start, length, status = asked.start, asked.end - asked.start, 206
        if asked.open and request.headers.get("Sec-Fetch-Dest") in {"video", "audio"}:
            length = min(length, MEDIA_PIECE)
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{sent.size}"
    return _answer(request, headers, lambda: _archived(sent, start, length), length, status)


def disposition(name: str, *, inline: bool) -> str:
    """Content-Disposition with a name that is safe on every disk (RFC 6266, RFC 8187)."""
    clean = "".join(
        "_" if one in '/\\:*?"<>|' else one for one in unicodedata.normalize("NFC", name)
        if unicodedata.category(one)[0] != "C"
    )  # fmt: skip
    stem, dot, ending = " ".join(clean.split()).strip(". ").rpartition(".")
    short = f"{(stem or ending)[:120].strip('. ')}{dot if stem else ''}{ending[:12] if stem else ''}" or "file"
    return content_disposition_header(as_attachment=not inline, filename=short) or "attachment"


def _asked(request: HttpRequest, size: int, etag: str) -> Wanted | None:
    header = request.headers.get("Range", "")
    if request.method != "GET" or request.headers.get("If-Range", etag).strip() != etag:
        return None  # another version, or a date: we give none
    return wanted(header, size)


def _answer(
    request: HttpRequest,
    headers: dict[str, str],
    pieces: Callable[[], Iterator[bytes]],
    length: int | None,
    status: int = 200,
) -> HttpResponseBase:
    if length is not None:
        headers["Content-Length"] = str(length)
    if request.method == "HEAD" or length == 0:
        return _marked(HttpResponse(status=status), headers)
    stream = _Stream(request, pieces(), counted=length is None or length > SMALL)
    return _marked(counted(StreamingHttpResponse(stream, status=status)), headers)


def _marked(response: HttpResponseBase, headers: dict[str, str]) -> HttpResponseBase:
    for name, value in headers.items():
        response.headers[name] = value
    found: HttpResponseBase = as_it_is(response)
    return found


class _Stream:
    """Pieces for one client. What is long has a slot (see `web.shell.slots`); what is short has to be taken soon. A client
    that takes nothing, or is gone, frees its thread.
    """

    def __init__(self, request: HttpRequest, pieces: Iterator[bytes], *, counted: bool) -> None:
        self._pieces = pieces
        self._release: Release | None = None
        if counted:
            self._release = slot(request)
        self._until = None if counted else time.monotonic() + STALLED
        if (socket := request.META.get("gunicorn.socket")) is not None:
            with suppress(OSError):
                socket.settimeout(STALLED)  # gunicorn sets it anew for the next request
        try:
            self._first: bytes | None = next(pieces, b"")  # what cannot be read at all is said in words
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> bytes:
        if self._until is not None and time.monotonic() > self._until:
            raise TimeoutError
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._pieces)

    def close(self) -> None:
        """Give back what is held: always called, also where nothing was sent."""
        if self._release is not None:
            self._release()
        if hasattr(self._pieces, "close"):
            self._pieces.close()

    __del__ = close  # of an answer that never came to be sent


def _archived(sent: Sent, start: int, length: int) -> Iterator[bytes]:
    """These bytes, as many as that. Raises Damage before the last of them where they are not what was archived."""
    if sent.size <= SMALL:
        whole = b"".join(intact(sent.body, sent.size, sent.digest))
        yield whole[start : start + length]
    elif (start, length) == (0, sent.size):
        yield from intact(sent.body, sent.size, sent.digest)
    else:
        yield from exactly(sent.body, start, length)


def _decoded(sent: Sent) -> Iterator[bytes]:
    undo = zlib.decompressobj(_UNDONE[sent.body.coding[0]])
    for piece in _archived(sent, 0, sent.size):
        rest = piece
        while rest:
            yield undo.decompress(rest, PIECE)
            rest = undo.unconsumed_tail
            if undo.eof:
                return
    yield undo.flush()
