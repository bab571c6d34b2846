"""Every other channel (Slack, Matrix, ntfy, Signal, ...): an Apprise URL behind our own outbox."""

from __future__ import annotations

import io
import logging
import re
import warnings
from typing import TYPE_CHECKING, Any

from releases.alerts.errors import DeliveryFailed, SubscriptionRefused
from releases.alerts.message import as_text
from releases.alerts.message_detail import fitted

if TYPE_CHECKING:
    from releases.alerts.story import Story

MARGIN = 64
"""Characters left free: services count their own marks too."""


_MENTION = re.compile(r"<(?=[!@#&])|(?<![\w.])@(?=everyone|here|channel|all|room)", re.IGNORECASE)


class ServiceChannel:
    """One Apprise URL. Durable queue, retry and dead letters are ours; Apprise only speaks the service's tongue."""

    def __init__(self, url: str) -> None:
        with warnings.catch_warnings():
            # Some of its hundred plugins use what newer Pythons will drop; none of ours is at fault.
            warnings.simplefilter("ignore", DeprecationWarning)
            import apprise

            if "://" not in url:
                raise SubscriptionRefused(
                    f"{url!r} is no channel",
                    todo="mailto:you@example.org, https://receiver.example.org/path, or an Apprise URL such as ntfy://topic",
                )
            service: Any = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if not service:
            scheme = url.partition(":")[0]
            raise SubscriptionRefused(
                f"Apprise cannot use this {scheme}:// address: unknown service, or a part of it is missing",
                todo="Apprise's page of that service shows the form of its URL",
            )
        self._service = service

    def words(self, story: Story) -> tuple[str, str]:
        """(title, text) of `story` in as much detail as the service takes in one message.

        Apprise would cut a longer one anywhere, or the service refuse it.
        """
        most = int(self._service.body_maxlen)
        room = most - min(MARGIN, most // 10)
        headline = _unmentioned(story.headline)
        title = headline[: int(self._service.title_maxlen) or most // 2]
        if not self._service.title_maxlen:  # the title becomes the text's first line
            room -= len(title) + 2
        body = fitted(story, lambda told: _unmentioned(as_text(told)).removeprefix(f"{headline}\n\n"), max(room, 1))
        return title, body

    def send(self, story: Story) -> None:
        title, body = self.words(story)
        said = io.StringIO()
        handler = logging.StreamHandler(said)
        handler.setLevel(logging.WARNING)
        logger = logging.getLogger("apprise")
        logger.addHandler(handler)
        try:
            taken = self._service.notify(title=title, body=body, body_format="text")
        except Exception as error:
            raise DeliveryFailed(f"{self._service.service_name}: {error}") from error
        finally:
            logger.removeHandler(handler)
        if not taken:
            reason = " ".join(said.getvalue().split())[:300] or "it did not say why"
            raise DeliveryFailed(f"{self._service.service_name} did not take it: {reason}")


def _unmentioned(text: str) -> str:
    """`text` in which nothing that a portal prints calls everybody in a chat."""
    return _MENTION.sub(lambda found: f"{found[0]}\u200b", text)
