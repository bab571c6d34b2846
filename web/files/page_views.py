"""Pictures of pages, and words as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from archive.warc.source import Damage
from releases.models import FileVersion
from releases.viewing.drawer import ENGINE, MIME
from releases.viewing.words import Words
from web.files.byte_views import small
from web.files.looking import Looked, pictures
from web.files.opening import bytes_of_version, is_restricted
from web.files.sending import disposition
from web.files.wording import withheld_words
from web.shell import unreadable
from web.shell.errors import Shown
from web.shell.headers import ARCHIVED
from web.shell.viewer import allowed, viewer_of

_TOGETHER = 100
"""Pages whose texts are read at once."""


@allowed("read")
@require_safe
def page_picture(request: HttpRequest, ident: str, number: int, page: int) -> HttpResponse:
    """A page of a PDF, or a picture, drawn anew."""
    viewer = viewer_of(request)
    try:
        found, version = bytes_of_version(ident, number, viewer)
    except Shown:
        _forget(ident, number)
        raise
    looked = Looked(found, version, viewer)
    if looked.kind not in {"pdf", "picture"} or not 0 < page <= looked.count:
        raise Shown(404, _("This file has no such page."))
    why = looked.withheld(looked.words.page(page))
    if why:
        raise Shown(403, withheld_words(why), _("Its text is on the file's page."))
    tag = sha256(f"{version.digest} {page} {ENGINE}".encode()).hexdigest()[:32]

    def make() -> bytes:
        with unreadable.said_of(version.capture):
            drawn = looked.drawn(page)
        if not drawn.picture:
            raise Shown(404, _("This page cannot be drawn: %(why)s.") % {"why": drawn.error})
        return drawn.picture

    return small(request, tag, MIME, make)


@allowed("read")
@require_safe
def text(request: HttpRequest, ident: str, number: int) -> HttpResponseBase:
    """The words of all pages, a form feed between them; of one with `page`."""
    viewer = viewer_of(request)
    found, version = bytes_of_version(ident, number, viewer)
    words = Looked(found, version, viewer).words
    if not words.settled:
        raise Shown(403, withheld_words("unread"))
    if not words:
        raise Shown(404, _("No words of this file are archived."))
    said = request.GET.get("page", "")
    wanted = [int(said)] if said.isascii() and said.isdigit() and len(said) < 10 else range(1, words.last + 1)
    texts = _texts(words, wanted)
    try:
        first = next(texts)
    except Damage:
        raise Shown(
            503,
            _("Words of this file are archived, and cannot be read now."),
            _("Its page shows those of each page that can be. An operator runs `recordwatch verify`."),
        ) from None
    response = StreamingHttpResponse(chain([first], texts), content_type="text/plain; charset=utf-8")
    response.headers["Content-Security-Policy"] = ARCHIVED
    response.headers["Content-Disposition"] = disposition(f"{found.name}.txt", inline=True)
    return response


def _texts(words: Words, wanted: range | list[int]) -> Iterator[str]:
    """Raises Damage at a page that cannot be read, which breaks the connection: nobody takes half a text for the whole."""
    first = True
    for start in range(0, len(wanted), _TOGETHER):
        several = wanted[start : start + _TOGETHER]
        pages = words.pages(several)
        for number in several:
            if number in pages and pages[number].unread:
                raise Damage(f"the words of page {number} cannot be read")
            yield ("" if first else "\f") + (pages[number].text if number in pages else "")
            first = False
    yield "\n"


def _forget(ident: str, number: int) -> None:
    """What was drawn before it was restricted is no longer kept."""
    if not ident.isprintable():
        return
    for digest in FileVersion.objects.filter(file=ident, number=number).values_list("digest", flat=True):
        if is_restricted(digest):
            pictures().forget(digest)
