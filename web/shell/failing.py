"""What is done with errors of views: ours become sentences, others are written down and named."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex

from django.db import DataError
from django.http import HttpRequest, HttpResponse

from archive.catalog.failures import database_errors
from archive.unreadable import Errors
from config.errors import ConfigError, RecordwatchError
from web.shell import errors, place, unreadable

_NOT_FOUND = frozenset({"UnknownRecordError", "NoSuchVersion", "NotHeld"})


class Failing:
    """Middleware: says it well."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No cookie of ours has a NUL, and PostgreSQL refuses to look for one: somebody made it up.
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer for `error`; None leaves it to Django, which then asks `errors.failed`."""
        if isinstance(error, errors.Shown):
            return errors.page(request, error.status, error.what, error.todo)
        if isinstance(error, DataError):  # a NUL, a number of no column: what SQLite looks for in vain
            return errors.wrong(request)
        if type(error).__module__.startswith("django.db"):
            try:
                with database_errors():
                    raise error  # noqa: TRY301  turned into one of ours
            except RecordwatchError as ours:
                error = ours
            except Exception as other:
                error = other
        if isinstance(error, RecordwatchError):
            if type(error).__name__ in _NOT_FOUND:
                return errors.of(request, error, 404)
            if isinstance(error, Errors):
                told = unreadable.shown(error)
                return errors.page(request, told.status, told.what, told.todo)
            if isinstance(error, ConfigError):
                return errors.of(request, error, 400)
            return errors.of(request, error, 503 if error.retryable else 500)
        _write_down(request, error)
        return None


def _write_down(request: HttpRequest, error: Exception) -> None:
    """The traceback, in the home's `logs/`; of the address only which kind it is: what people read is nobody's business,
    and some addresses are secrets.
    """
    kind = request.resolver_match.route if request.resolver_match else ""
    request.reference = token_hex(4)  # type: ignore[attr-defined]
    text = "".join(traceback.format_exception(error))
    name = f"newsroom-{datetime.now(UTC):%Y%m%dT%H%M%S}-{request.reference}.txt"  # type: ignore[attr-defined]
    try:
        folder = place.home().path / "logs"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"{request.method} /{kind}\n\n{text}", "utf-8", "backslashreplace")
    except (OSError, IndexError):
        sys.stderr.write(text)
