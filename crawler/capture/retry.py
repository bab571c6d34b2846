"""The crawl's one retry policy: what is tried again, how often, how long to wait in between."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from config.errors import RecordwatchError
from crawler.capture.wire import WireAnswer
from crawler.politeness.clock import Clock

ATTEMPTS = 4
"""Times one request is sent before its failure stands."""
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0

BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""Answers that may be another one in a moment (RFC 9110 sections 15.5.9 and 15.6, RFC 6585 section 4)."""

ASKED_TO_WAIT = frozenset({429, 503})
"""Answers whose Retry-After everybody who asks this host obeys."""

_sleeping = os.environ.get("RECORDWATCH_SLEEPLESS", "") != "1"

T = TypeVar("T")


def set_sleeping(sleeping: bool) -> None:
    """Tests switch the waits between attempts off; the attempts themselves stay."""
    global _sleeping  # noqa: PLW0603 - one switch for the process, as in stamina
    _sleeping = sleeping


class Busy(RecordwatchError):
    """The host answered, and may answer better in a moment."""

    retryable = True

    def __init__(self, answer: WireAnswer) -> None:
        super().__init__(f"answered {answer.status}", where=answer.archived.url)
        self.answer = answer


async def _no_sleep(_seconds: float) -> None:
    return


async def pause(number: int, clock: Clock) -> None:
    """Waits between attempts that are not repetitions: `number` 1, 2, … of those that brought little."""
    await (clock.sleep if _sleeping else _no_sleep)(min(FIRST_WAIT * 2 ** (number - 1), LONGEST_WAIT))


async def retrying(call: Callable[[int], Awaitable[T]], again: Callable[[RecordwatchError], bool], clock: Clock) -> T:
    """`await call(attempt)`, attempt 1, 2, … while it raises errors that `again` approves and attempts are left.

    Raises:
        RecordwatchError: the last attempt's own error.
    """
    try:
        return await call(1)  # nearly always enough, and tenacity is paid for only where it helps
    except RecordwatchError as error:
        if not again(error):
            raise
        first = error
    policy = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(initial=FIRST_WAIT, max=LONGEST_WAIT, jitter=FIRST_WAIT),
        retry=retry_if_exception(lambda error: isinstance(error, RecordwatchError) and again(error)),
        sleep=clock.sleep if _sleeping else _no_sleep,
        reraise=True,
    )
    async for attempt in policy:
        with attempt:
            number = attempt.retry_state.attempt_number
            if number == 1:
                raise first
            return await call(number)
    raise AssertionError  # tenacity ends by returning or raising


def retry_after(value: str, now: float) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date (RFC 9110 section 10.2.3).

    None when it says neither. Never negative.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, at.timestamp() - now)
