"""The bytes of files and captures, and what was made of recordings: as they lie in the archive, any range of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from archive.payload import derived, payload
from releases.access import without_names
from releases.models import FileFacts
from releases.quarantine.gate import hidden, masked
from releases.recordings import Made, captions, content, playable_copies, posters, transcripts
from releases.speech.vtt import MIME as VTT
from releases.speech.vtt import read_vtt, stamp
from web.files.kinds import media_type
from web.files.opening import bytes_of_version, capture_and_why, opened, refuse_held_back
from web.files.sending import Sent, send
from web.shell import place, unreadable
from web.shell.compressing import as_it_is
from web.shell.errors import Shown
from web.shell.headers import ARCHIVED
from web.shell.viewer import allowed, viewer_of


@allowed("read")
@require_safe
def file_bytes(request: HttpRequest, ident: str, number: int) -> HttpResponseBase:
    """A version of a file, as it was served."""
    viewer = viewer_of(request)
    found, version = bytes_of_version(ident, number, viewer)
    refuse_held_back(found.why, viewer)
    mime = version.mime
    if mime.partition("/")[0] not in {"audio", "video", "image"}:
        mime = _by_facts(version.digest) or mime
    with unreadable.said_of(version.capture):
        body = payload(place.holdings(), version.capture)
        return send(request, Sent(body, version.size, version.digest, mime, found.file_name))


@allowed("read")
@require_safe
def capture_bytes(request: HttpRequest, ident: str) -> HttpResponseBase:
    """The entity of one archived answer."""
    capture, why = capture_and_why(ident)
    refuse_held_back(why, viewer_of(request))
    name = without_names(capture.url.partition("?")[0].rstrip("/").rpartition("/")[2])
    with unreadable.said_of(capture.id):
        body = payload(place.holdings(), capture.id)
        size = body.length if body.length >= 0 else capture.payload_length
        return send(request, Sent(body, size, capture.payload_digest, capture.mime, name or capture.id))


@allowed("read")
@require_safe
def playable(request: HttpRequest, ident: str, number: int) -> HttpResponseBase:
    """The copy of a recording that browsers play."""
    viewer = viewer_of(request)
    found, version = bytes_of_version(ident, number, viewer)
    refuse_held_back(found.why, viewer)
    made = playable_copies([version.digest]).get(version.digest)
    if made is None:
        raise _nothing()
    with unreadable.said(made.warc, made.offset):
        body = derived(place.holdings(), made.warc, made.offset, made.length)
        return send(request, Sent(body, body.length, f"copy:{made.id}", made.mime, f"{found.name}.mp4"))


@allowed("read")
@require_safe
def poster(request: HttpRequest, ident: str) -> HttpResponse:
    """A frame of the newest version, or of the one that `v` names."""
    viewer = viewer_of(request)
    number = request.GET.get("v", "")
    found = opened(ident, viewer, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None)
    if found.version is None or found.why is not None:
        raise _nothing()
    made = posters([found.digest]).get(found.digest)
    if made is None:
        raise _nothing()
    with unreadable.said(made.warc, made.offset):
        return small(request, f"poster:{made.id}", "image/jpeg", lambda: content(place.holdings(), made))


@allowed("read")
@require_safe
def track(request: HttpRequest, ident: str, number: int, name: str) -> HttpResponse:
    """Captions, or a transcript, as WebVTT of our own writing: its cues and nothing else that stood there."""
    viewer = viewer_of(request)
    _, version = bytes_of_version(ident, number, viewer)
    made = tracks(version.digest).get(name)
    if made is None:
        raise _nothing()
    with unreadable.said(made.warc, made.offset):
        text = _rewritten(made, version.digest)
    return small(request, hashlib.sha256(text).hexdigest(), VTT, lambda: text)  # names may be masked since it was made


def tracks(digest: str) -> dict[str, Made]:
    """Captions and transcript of a recording, by the name in their address."""
    found = {f"captions-{place}": one for place, one in enumerate(captions([digest]).get(digest, ()), 1)}
    heard = transcripts([digest]).get(digest)
    return found | ({"transcript": heard} if heard else {})


def cue_texts(made: Made, digest: str) -> list[tuple[float, float, str]]:
    """Start, end and words of each cue, without what may not be shown."""
    text = content(place.holdings(), made).decode("utf-8", "replace")
    held = hidden([digest]).get(digest, {})
    spans = [span for pages in held.values() for span in pages]
    cues, at = [], 0
    for one in read_vtt(text):
        here = [(start - at, end - at) for start, end in spans if end > at and start < at + len(one.text)]
        cues.append((one.start, one.end, masked(one.text, here)))
        at += len(one.text) + 1  # where it stands in `releases.speech.vtt.spoken`
    plain = without_names([words for *_, words in cues])
    return [(start, end, words) for (start, end, _), words in zip(cues, plain, strict=True)]


def _rewritten(made: Made, digest: str) -> bytes:
    lines = ["WEBVTT"]
    for start, end, words in cue_texts(made, digest):
        said = " ".join(words.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        lines += ["", f"{stamp(start)} --> {stamp(end)}", said]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def small(request: HttpRequest, tag: str, mime: str, make: Callable[[], bytes]) -> HttpResponse:
    """Something small whose `tag` names its content: made when it is not there yet (`make() -> bytes`)."""
    etag = f'"{tag}"'
    same = get_conditional_response(request, etag=etag)
    response = same if same is not None else HttpResponse(make(), content_type=mime)
    response.headers["ETag"] = etag
    response.headers["Content-Security-Policy"] = ARCHIVED
    done: HttpResponse = as_it_is(response)
    return done


def _by_facts(digest: str) -> str:
    row = FileFacts.objects.filter(digest=digest, kind__in=("media", "image")).order_by("at", "id").last()
    return media_type(row) if row else ""


def _nothing() -> Shown:
    return Shown(404, _("There is nothing at this address, or it is not shown."))
