"""`mailto:` channels: text and HTML in one message, through SMTP or into a folder of .eml files."""

from __future__ import annotations

import os
import smtplib
import ssl
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from config.home import Home
from releases.alerts.errors import DeliveryFailed, SubscriptionRefused
from releases.alerts.message import as_html, as_text

if TYPE_CHECKING:
    from releases.alerts.story import Story

TIMEOUT = 30
SUBJECT_LONGEST = 200


def message_id(delivery: str) -> str:
    """The Message-ID of a delivery: the same on every resend."""
    return f"<{delivery}@recordwatch>"


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
            "Message-ID": message_id(story.id),
            "Auto-Submitted": "auto-generated",
            "List-Id": f"<{story.subscription}.recordwatch>",
        }
        ways = [f"<{story.mute_link}>"] if story.mute_link.startswith("https:") else []
        if story.mute_mail:
            ways.append(f"<mailto:{story.mute_mail}?subject=mute%20{story.subscription}>")
        if ways:
            headers["List-Unsubscribe"] = ", ".join(ways)
        if ways and story.mute_link.startswith("https:"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        subject = (
            story.headline if len(story.headline) <= SUBJECT_LONGEST else story.headline[: SUBJECT_LONGEST - 1] + "…"
        )
        made = EmailMultiAlternatives(
            subject, as_text(story), self._mail.sender, [self._to], headers=headers, connection=connection
        )
        made.attach_alternative(as_html(story), "text/html")
        return made

    def send(self, story: Story) -> None:
        if self._folder is not None:
            self._write(self._folder, story)
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
            self.message(story, backend).send()
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise DeliveryFailed(f"the mail server refused {self._to}: {code} {_words(text)}", where=where) from error
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(
                f"the mail server said {error.smtp_code} {_words(error.smtp_error)}", where=where
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"the mail server did not take it: {error}", where=where) from error

    def _write(self, folder: Path, story: Story) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{story.id}.eml"
        # Under another name first, so that nobody reads half a message; a resend replaces its own file.
        draft = folder / f".{story.id}.{os.getpid()}.part"
        draft.write_bytes(self.message(story).message().as_bytes())
        draft.replace(target)


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
