"""Why a page could not be had, in one sentence, and whose doing that was."""

from __future__ import annotations

from typing import Literal, NamedTuple

from config.errors import RecordwatchError
from crawler.capture.errors import AddressRefused
from crawler.capture.fetch import OutOfScope
from crawler.capture.limits import LimitExceeded
from crawler.capture.redirects import BadAddress, RedirectLoop, host
from crawler.capture.robots import RobotsRefused, RobotsUnavailable
from crawler.capture.wire import ExchangeFailed

Kind = Literal["silent", "unusable", "robots"]


class PageFailure(NamedTuple):
    """A page that gave nothing to read, after all attempts."""

    url: str
    sentence: str
    """What happened and what to do, without a full stop."""
    kind: Kind = "silent"
    """`silent`: no whole answer came; `unusable`: answers came, and lead nowhere or past a limit of
    ours; `robots`: robots.txt refuses it."""


def page_failure(url: str, error: RecordwatchError) -> PageFailure:
    """`error` as a failure of the page at `url`."""
    place = f" ({error.where})" if error.where and error.where != url else ""
    todo = error.todo.rstrip(".")
    advice = f". {todo[:1].upper()}{todo[1:]}" if todo else ""
    return PageFailure(url, f"{error.what.rstrip('.')}{place}{advice}", _kind(url, error))


def _kind(url: str, error: RecordwatchError) -> Kind:
    if isinstance(error, RobotsRefused):
        return "silent" if isinstance(error, RobotsUnavailable) else "robots"
    if isinstance(error, LimitExceeded):
        return "silent" if error.key in {"idle_seconds", "exchange_seconds"} else "unusable"
    if isinstance(error, BadAddress | RedirectLoop | OutOfScope):
        return "unusable"
    # A portal's own name at a private address is a portal not reached; a redirect to one is an answer.
    elsewhere = isinstance(error, ExchangeFailed) and host(error.url) != host(url)
    return "unusable" if elsewhere and isinstance(error.__cause__, AddressRefused) else "silent"
