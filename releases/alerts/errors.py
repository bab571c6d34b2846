"""What can go wrong between an event and the person who asked for it."""

from __future__ import annotations

from config.errors import ConfigError, RetryableError


class SubscriptionRefused(ConfigError):
    """A subscription cannot be made, or not found; the text says why."""


class DeliveryFailed(RetryableError):
    """The receiver did not take a message. Retried with backoff, then dead.

    Args:
        wait: seconds the receiver asked us to wait (Retry-After); 0 when it did not say.
    """

    def __init__(self, what: str, *, where: str = "", todo: str = "", wait: float = 0.0) -> None:
        super().__init__(what, where=where, todo=todo)
        self.wait = wait
