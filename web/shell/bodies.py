"""Requests that are too long are refused before anything of them is read: nothing here takes files, and what a form says
fits in DATA_UPLOAD_MAX_MEMORY_SIZE. Django's own limit is not one of files: those would be written to the disk first.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from web.shell.errors import page


class Bodies:
    """Middleware: 413."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = str(request.META.get("CONTENT_LENGTH") or "0")
        if (
            not (said.isascii() and said.isdigit())
            or len(said) > 18
            or int(said) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        ):
            return page(request, 413, _("This is too much at once."), _("Nothing here takes files."))
        return self.answer(request)
