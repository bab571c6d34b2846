"""`slack:CHANNEL`: messages by Slack's Web API (chat.postMessage), one thread for each record in a channel.

An incoming webhook cannot answer in a thread, so this is a bot of the organisation's own; `[slack]` of recordwatch.toml
names its token. Slack keeps no message twice by an id of ours: what a killed sender had posted, and not yet written
down, is posted again, and carries the delivery's id in its metadata, as a webhook's repeat carries its.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import requests

from config.errors import ConfigError
from config.faults import fault
from config.home import Home
from config.services import secret
from releases import outbound
from releases.alerts.errors import DeliveryFailed, SubscriptionRefused
from releases.alerts.slack_text import Part, parts

if TYPE_CHECKING:
    from releases.alerts.story import Story

SCHEME = "slack:"
PATIENCE = 20.0
"""Seconds, in all, that one delivery waits when Slack asks for a pause; for longer ones it is sent again later."""
PAUSES = 3
_KEEPING = 60.0
"""Longest time, in seconds, in which a posted message is written down."""
_MOST_ANSWERED = 256 * 1024
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{5,20}|[^\W_](?:[\w-]{0,79})")
_GONE = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})
_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable", "internal_error"})
_TOKEN = "an operator sets another bot token: docs/howto/slack.md"  # noqa: S105  advice
SAID = {
    "invalid_auth": ("Slack does not know this bot token", _TOKEN),
    "not_authed": ("Slack was given no bot token", _TOKEN),
    "token_revoked": ("the bot token was revoked", _TOKEN),
    "token_expired": ("the bot token has expired", _TOKEN),
    "account_inactive": ("the bot, or its workspace, was removed from Slack", _TOKEN),
    "missing_scope": ("the bot may not post", "give it the scope chat:write, and install it again"),
    "channel_not_found": ("Slack has no such channel, or the bot cannot see it", "give the channel's id, and invite the bot there"),
    "not_in_channel": ("the bot is not in the channel", "invite it there: /invite @its-name"),
    "is_archived": ("the channel is archived", "choose another"),
    "restricted_action": ("the workspace does not let the bot post there", "ask the workspace's administrator"),
    "msg_too_long": ("the message is too long for Slack", ""),
    "ratelimited": ("Slack asks for fewer messages", ""),
    "rate_limited": ("Slack asks for fewer messages", ""),
    "message_limit_exceeded": ("the workspace may post no more messages for now", ""),
}  # fmt: skip
"""What Slack's errors mean, and what to do."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that Slack took."""

    channel: str
    """As the subscription's address has it."""
    record: str
    """Id; empty: of no record."""
    delivery: str
    ts: str
    """Slack's id of it within the channel."""
    opens: bool
    """It is the first of its record's thread."""
    kept: threading.Event = field(default_factory=threading.Event, compare=False)
    """Set as soon as it is written down: the next message waits for that."""


class _Refused(DeliveryFailed):
    """Slack said `ok: false`."""

    def __init__(self, code: str, where: str, wait: float = 0.0) -> None:
        what, todo = SAID.get(code, (f"Slack said {code!r}", ""))
        super().__init__(what, where=where, todo=todo, wait=wait)
        self.code = code


class SlackChannel:
    """One channel of the organisation's workspace."""

    def __init__(self, address: str, home: Home) -> None:
        name = address[len(SCHEME) :]
        if not _CHANNEL.fullmatch(name):
            raise SubscriptionRefused(
                f"{address!r} names no Slack channel", todo="slack:C0123456789 (its id), or slack:its-name"
            )
        if not home.settings.slack.there:
            raise SubscriptionRefused(
                "Slack is not set up here", todo="an operator sets [slack] in recordwatch.toml: docs/howto/slack.md"
            )
        self._address, self._name, self._home = address, name, home
        self._threads: dict[str, str] = {}
        self._before: Collection[str] = ()
        self._note: Callable[[Posted], None] = lambda posted: posted.kept.set()

    def go_on(self, threads: Mapping[str, str], before: Collection[str], note: Callable[[Posted], None]) -> None:
        """What is known before `send`: record id → its thread; the records (or "") of which this delivery was told
        already; and who is to be told of each message that Slack takes, and sets `kept`.
        """
        self._threads, self._before, self._note = dict(threads), before, note

    def send(self, story: Story) -> None:
        """See `Channel`. Where it ends in the middle, `go_on` with what was noted goes on from there."""
        settings = self._home.settings.slack
        try:
            token = secret(settings.token_env, settings.token_file, self._home.path, "[slack] token")
        except ConfigError as error:
            raise DeliveryFailed(str(error)) from None
        until, pauses = time.monotonic() + PATIENCE, 0
        with outbound.session(self._home) as session:
            session.headers["authorization"] = f"Bearer {token}"
            left = [
                part
                for part in parts(story, self._threads, as_one="" in self._before)
                if part.record not in self._before
            ]
            while left:
                try:
                    self._post(session, left[0], story)
                except _Refused as error:
                    if error.code in _GONE and left[0].record in self._threads:
                        del self._threads[left[0].record]  # somebody deleted it: open another
                    elif 0 < error.wait <= until - time.monotonic() and pauses < PAUSES:
                        time.sleep(error.wait)
                        pauses += 1
                    else:
                        raise
                else:
                    left.pop(0)

    def _post(self, session: requests.Session, part: Part, story: Story) -> None:
        thread = self._threads.get(part.record, "") if part.record else ""
        message = {
            "channel": self._name,
            "text": part.text(opening=not thread),
            "parse": "none",
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {
                "event_type": "recordwatch_release",
                "event_payload": {"delivery": story.id, "record": part.record},
            },
        }
        ts = self._asked(session, message | ({"thread_ts": thread} if thread else {}))
        fault("delivery.accepted")
        opens = bool(part.record) and not thread
        if opens:
            self._threads[part.record] = ts
        posted = Posted(self._address, part.record, story.id, ts, opens)
        self._note(posted)
        # Whoever is killed from here on repeats this one at most.
        if not posted.kept.wait(_KEEPING):
            raise DeliveryFailed("what was posted could not be written down")

    def _asked(self, session: requests.Session, message: dict[str, Any]) -> str:
        """Post; returns the message's ts. Raises DeliveryFailed."""
        url = f"{self._home.settings.slack.api.rstrip('/')}/chat.postMessage"
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "recordwatch"}
        try:
            with session.post(
                url, data=msgspec.json.encode(message), headers=headers, allow_redirects=False, stream=True,
                timeout=outbound.TIMEOUT,
            ) as answer:  # fmt: skip
                if answer.status_code == 429:
                    raise _Refused("ratelimited", self._name, outbound.retry_after(answer) or 60.0)
                if answer.status_code != 200:
                    raise DeliveryFailed(
                        f"Slack answered {answer.status_code}", where=url, wait=outbound.retry_after(answer)
                    )
                said = _read(answer)
                wait = outbound.retry_after(answer)
        except requests.RequestException as error:
            raise DeliveryFailed(f"Slack gave no answer: {outbound.reason(error)}", where=url) from None
        if said.get("ok") is not True:
            code = re.sub(r"[^\w-]", "", str(said.get("error", "nothing")))[:60]
            raise _Refused(code, self._name, wait or (60.0 if code in _BUSY else 0.0))
        ts = said.get("ts")
        if not isinstance(ts, str) or not re.fullmatch(r"\d{1,12}\.\d{1,12}", ts):
            raise DeliveryFailed("Slack took it, and did not say which message it is", where=url)
        return ts


def _read(answer: requests.Response) -> dict[str, Any]:
    data = b""
    for piece in answer.iter_content(16384):
        data += piece
        if len(data) > _MOST_ANSWERED:
            break
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise DeliveryFailed("Slack's answer is not JSON", where=answer.url) from None
