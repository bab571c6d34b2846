"""Regular expressions of portal files, which must not hang a crawl: some take ages on texts that almost match.

Python's `re` can not be given a limit, but it can be interrupted by a signal: a timer of the process's
own CPU time is set while it searches.
"""

from __future__ import annotations

import re
import signal
import threading
import time
import warnings
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from config.portal import Portal
from spiders.errors import PageError
from spiders.parameters import wrong_parameter

LONGEST_SEARCH = 0.5
"""Seconds of CPU that one search may take."""
LONGEST_ALTOGETHER = 60.0
"""Seconds of CPU that all searches of one pattern may take in a crawl."""
MOST_OVERRUNS = 2
"""Searches that may be broken off before a pattern is not tried any more."""
T = TypeVar("T")


class _OverrunError(Exception):
    """The timer went off."""


class Pattern:
    """A compiled expression whose searches end in bounded time. For the main thread: elsewhere nothing ends them."""

    __slots__ = ("_compiled", "_overruns", "_spent", "name", "pattern")

    def __init__(self, name: str, compiled: re.Pattern[str]) -> None:
        self.name = name
        """Its key in the portal file, e.g. `fields.date.pattern`."""
        self.pattern = compiled.pattern
        self._compiled = compiled
        self._overruns = 0
        self._spent = 0.0

    def search(self, url: str, text: str) -> re.Match[str] | None:
        """The first match. Raises PageError, naming the page `url`, where it takes too long to say."""
        return self._timed(url, lambda: self._compiled.search(text))

    def every(self, url: str, text: str) -> list[re.Match[str]]:
        """All matches. Raises PageError as `search` does."""
        return self._timed(url, lambda: list(self._compiled.finditer(text)))

    def _timed(self, url: str, look: Callable[[], T]) -> T:
        if self._overruns >= MOST_OVERRUNS or self._spent > LONGEST_ALTOGETHER:
            raise self._too_slow(url)
        if threading.current_thread() is not threading.main_thread():
            return look()
        began = time.process_time()
        before = signal.signal(signal.SIGVTALRM, _overrun)
        try:
            try:
                signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_SEARCH)
                return look()
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        except _OverrunError:
            self._overruns += 1
            raise self._too_slow(url) from None
        finally:
            signal.signal(signal.SIGVTALRM, before)
            self._spent += time.process_time() - began

    def _too_slow(self, url: str) -> PageError:
        return PageError(
            url, f"{self.pattern} (parameters.{self.name})", f"an answer within {LONGEST_SEARCH:g} s",
            "none yet (a repetition inside a repetition, such as (a+)+, takes ages on what almost matches: simplify it)",
        )  # fmt: skip


def _overrun(_signal: int, _frame: FrameType | None) -> None:
    raise _OverrunError


def compiled(portal: Portal, name: str, pattern: str) -> Pattern:
    """The expression of the key `name`. Raises ConfigError where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # `[[` may mean something else some day
            return Pattern(name, re.compile(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise wrong_parameter(portal, name, pattern, f"this is not a regular expression ({error})") from error


def matched(found: re.Match[str]) -> str:
    """What of a match counts: the group `value`, else the first group, else all of it."""
    if "value" in found.re.groupindex:
        return found["value"] or ""
    return (found[1] if found.re.groups else found[0]) or ""
