"""The archive's one retry policy: what is retryable says so by type (`RecordwatchError.retryable`)."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential, wait_random

from config.errors import RecordwatchError

Result = TypeVar("Result")
logger = logging.getLogger(__name__)


def patience() -> float:
    """Seconds to go on trying: `RECORDWATCH_PATIENCE`, else 60."""
    try:
        return float(os.environ.get("RECORDWATCH_PATIENCE", "60"))
    except ValueError:
        return 60.0


def patiently(work: Callable[[], Result], *, seconds: float) -> Result:
    """What `work` returns; it is called again after a retryable error, for about `seconds` in all.

    Waits 0.2 s, then twice as long each time up to 10 s, with jitter. The last error is raised as it is.
    """
    policy = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, RecordwatchError) and error.retryable),
        wait=wait_exponential(multiplier=0.2, max=10) + wait_random(0, 0.2),
        stop=stop_after_delay(seconds),
        before_sleep=_say,
        reraise=True,
    )
    return policy(work)


def _say(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("try %d failed, trying again: %s", state.attempt_number, error)
