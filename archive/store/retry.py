"""The one retry policy of the stores. Whether an error may pass by itself is part of its type."""

from __future__ import annotations

import logging
import os
import time

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from config.errors import RecordwatchError

ATTEMPTS = 6
FIRST_PAUSE = 0.5
"""Seconds; the pauses double, with full jitter, so that many crawls do not come back at once."""
LONGEST_PAUSE = 20.0
PAUSE_FACTOR = "RECORDWATCH_RETRY_PAUSES"
"""Environment variable that multiplies every pause; the tests set it to 0."""

logger = logging.getLogger(__name__)


def retrying(attempts: int = ATTEMPTS) -> Retrying:
    """Call it as `retrying()(function, *args)`: up to so many attempts while the error is retryable.

    The last error is raised as it is.
    """
    return Retrying(
        retry=retry_if_exception(may_pass),
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
        sleep=pause,
        before_sleep=_tell,
        reraise=True,
    )


def may_pass(error: BaseException) -> bool:
    """Whether the same call may succeed later without anyone changing anything."""
    return isinstance(error, RecordwatchError) and error.retryable


def pause(seconds: float) -> None:
    """Sleep, as long as the environment says."""
    time.sleep(seconds * float(os.environ.get(PAUSE_FACTOR, "1")))


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.info("attempt %d of %d failed, trying again: %s", state.attempt_number, ATTEMPTS, error)
