"""`mailto:` channels: text and HTML in one message, through SMTP or into a folder of .eml files."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import uuid
from collections.abc import Callable
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from config.home import Home
from releases.alerts.errors import DeliveryFailed, SubscriptionRefused
from releases.alerts.message import as_html, as_text
from releases.alerts.message_detail import fitted

if TYPE_CHECKING:
    from releases.alerts.story import Story

TIMEOUT = 30
SUBJECT_LONGEST = 200
ROOM = 90_000
"""Bytes of each part: Gmail clips a message at about 102 kB, and what mutes it stands at its end."""
_CASES = uuid.UUID("0f5d4a1e-6f0b-5b6e-9a63-54c1c0f6a7d2")


def message_id(ident: str, domain: str = "recordwatch") -> str:
    """The Message-ID of a delivery: the same on every resend."""
    return f"<{ident}@{domain}>"


def thread_id(story: Story, domain: str) -> str:
    """A Message-ID that all messages to one subscription about one case refer to; empty when there are several."""
    cases = {
        (section.portal, one.stable_key) for section in story.sections for one in section.releases if one.stable_key
    }
    cases |= {(story.portal, one.stable_key) for one in story.corrections if one.stable_key}
    if len(cases) != 1 or story.more:
        return ""
    [(portal, key)] = cases
    return message_id(str(uuid.uuid5(_CASES, f"{story.subscription}/{portal}/{key}")), domain)


def read_address(channel: str) -> str:
    """The one mail address in a `mailto:` URL (RFC 6068, without header fields).

    Raises:
        SubscriptionRefused: there is none, or more than that.
    """
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    text = channel.partition(":")[2]
    if "?" in text:
        raise SubscriptionRefused(
            f"{channel!r} carries header fields; give the address alone", todo="mailto:you@example.org"
        )
    address = unquote(text)
    if "," in address or ";" in address:
        raise SubscriptionRefused(f"{channel!r} names several people; make one subscription for each")
    try:
        validate_email(address)
    except ValidationError:
        raise SubscriptionRefused(f"{address!r} is not a mail address", todo="mailto:you@example.org") from None
    return address


class MailChannel:
    """One person's address, and the mail settings of the home."""

    def __init__(self, channel: str, home: Home) -> None:
        self._to = read_address(channel)
        self._mail = home.settings.mail
        self._ca_file = home.settings.ca_file
        sender = parseaddr(self._mail.sender)[1]
        host = sender.rpartition("@")[2]
        self._domain = host if re.fullmatch(r"[A-Za-z0-9.-]+", host) else "recordwatch"
        self._reply_to = "" if sender.endswith("@localhost") else sender
        self._folder = home.path / self._mail.folder if self._mail.folder else None
        if not self._mail.host and self._folder is None:
            raise SubscriptionRefused(
                "mail is not set up here",
                where=str(home.path / "recordwatch.toml"),
                todo="set `host` (or `folder`) under [mail]; then `recordwatch alerts test` tries it",
            )

    def message(self, story: Story, connection: Any = None) -> EmailMultiAlternatives:
        """The message as it will be sent."""
        headers = {
            "Message-ID": message_id(story.id, self._domain),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",  # Exchange answers "out of office" to all else
            "List-Id": f"<{story.subscription}.{self._domain}>",
        }
        if case := thread_id(story, self._domain):
            headers |= {"References": case, "In-Reply-To": case}
        ways = [f"<{story.mute_link}>"] if story.mute_link.startswith("https:") else []
        if stop := story.mute_mail or self._reply_to:
            ways.append(f"<mailto:{quote(stop, safe='@')}?subject=mute%20{story.subscription}>")
        if ways:
            headers["List-Unsubscribe"] = ", ".join(ways)
        if ways and story.mute_link.startswith("https:"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        subject = (
            story.headline if len(story.headline) <= SUBJECT_LONGEST else story.headline[: SUBJECT_LONGEST - 1] + "…"
        )
        made = EmailMultiAlternatives(
            subject, fitted(story, as_text, ROOM), self._mail.sender, [self._to], headers=headers, connection=connection
        )
        made.attach_alternative(fitted(story, as_html, ROOM), "text/html")
        return made

    def send(self, story: Story) -> None:
        self._hand_over(story.id, lambda connection: self.message(story, connection))

    def send_letter(self, ident: str, subject: str, text: str) -> None:
        """Hand over a message of our own about no release, such as a question; resends carry the same `ident`.

        Raises:
            DeliveryFailed: the mail server did not take it. OSError.
        """
        headers = {"Message-ID": message_id(ident, self._domain), "Auto-Submitted": "auto-generated"}

        def message(connection: Any) -> EmailMultiAlternatives:
            return EmailMultiAlternatives(
                subject, text, self._mail.sender, [self._to], headers=headers, connection=connection
            )

        self._hand_over(ident, message)

    def _hand_over(self, ident: str, message: Callable[[Any], EmailMultiAlternatives]) -> None:
        if self._folder is not None:
            _write(self._folder, ident, message(None))
            return
        password = os.environ.get(self._mail.password_env, "") if self._mail.password_env else ""
        if self._mail.password_env and not password:
            raise DeliveryFailed(f"the environment has no {self._mail.password_env}, which [mail] password_env names")
        backend = _Smtp(
            host=self._mail.host, port=self._mail.port, username=self._mail.username, password=password,
            use_tls=self._mail.security == "starttls", use_ssl=self._mail.security == "tls", timeout=TIMEOUT,
        )  # fmt: skip
        backend.ca_file = self._ca_file
        where = f"{self._mail.host}:{self._mail.port}"
        try:
            message(backend).send()
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise DeliveryFailed(f"the mail server refused {self._to}: {code} {_words(text)}", where=where) from error
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(
                f"the mail server said {error.smtp_code} {_words(error.smtp_error)}", where=where
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"the mail server did not take it: {error}", where=where) from error


def _write(folder: Path, ident: str, message: EmailMultiAlternatives) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Under another name first, so that nobody reads half a message; a resend replaces its own file.
    draft = folder / f".{ident}.{os.getpid()}.part"
    draft.write_bytes(message.message().as_bytes())
    draft.replace(folder / f"{ident}.eml")


def _words(text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(plain.split())[:300]


class _Smtp(EmailBackend):
    """Django's SMTP, which also trusts the home's own authorities."""

    ca_file = ""

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ca_file:
            context.load_verify_locations(self.ca_file)
        return context
