"""Mail: headers, the message, and what is attached. Part of the sandboxed reader."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from releases.text.html import html_text
from releases.text.office_parts import Stopped
from releases.text.office_words import Words
from releases.text.plain import decoded

MOST_MESSAGES = 5_000
"""Of one mailbox; each is a page."""
MOST_MESSAGE = 128 * 1024**2
"""Bytes of one message."""
_HEADERS = ("From", "Sender", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject")
_LONGEST = 2_000

Attach = Callable[[str, str, bytes], None]
"""Hands over what is attached: name, media type, content."""


def read_eml(content: bytes, words: Words, attach: Attach) -> str:
    """One message as a page; returns its subject."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    if not any(name in message for name in ("From", "To", "Subject", "Date", "Received", "Message-ID")):
        raise Stopped("damaged", "it has no header of a message")
    return _message(message, words, attach)


def read_mbox(file: BinaryIO, words: Words, attach: Attach) -> None:
    """A page per message."""
    for number, content in enumerate(_messages(file)):
        if number == MOST_MESSAGES:
            raise Stopped("too large", f"it holds more than {MOST_MESSAGES:,} messages; these were read")
        _message(email.message_from_bytes(content, policy=email.policy.default), words, attach)


def read_msg(file: BinaryIO, words: Words, attach: Attach) -> str:
    """A message as Outlook keeps it; returns its subject."""
    from oxmsg import Message

    message = Message.load(file)
    several = ", ".join(f"{one.name} <{one.email_address}>".strip() for one in message.recipients)
    subject = str(message.subject or "")
    for name, value in (
        ("From", message.sender), ("To", several), ("Date", message.sent_date), ("Subject", subject),
    ):  # fmt: skip
        _header(words, name, value)
    html = str(message.html_body or "")
    words.then("\n\n")
    words.add(str(message.body or "") or html_text(html.encode("utf-8", "replace"), "utf-8")[1])
    for attachment in message.attachments:
        name, mime = str(attachment.file_name or ""), str(attachment.mime_type or "")
        words.then("\n")
        words.add(f"Attachment: {name} ({mime or 'of no said type'})")
        if content := attachment.file_bytes:
            attach(name, mime, content)
    words.page()
    return subject


def _message(message: Any, words: Words, attach: Attach) -> str:
    for name in _HEADERS:
        _header(words, name, message.get(name, ""))
    words.then("\n\n")
    body = message.get_body(preferencelist=("plain", "html"))
    if body is not None:
        words.add(_body(body))
    for part in message.iter_attachments():
        kind = part.get_content_type()
        name = str(part.get_filename() or "")
        words.then("\n")
        words.add(f"Attachment: {name or 'without a name'} ({kind})")
        attach(name, kind, _content(part))
    words.page()
    return str(message.get("Subject", ""))


def _header(words: Words, name: str, value: Any) -> None:
    said = " ".join(str(value or "").split())[:_LONGEST]
    if said:
        words.then("\n")
        words.add(f"{name}: {said}")


def _body(part: Any) -> str:
    content = part.get_payload(decode=True) or b""
    charset = str(part.get_content_charset() or "")
    if part.get_content_type() == "text/html":
        return html_text(content, charset)[1]
    return decoded(content, charset).replace("\r\n", "\n")


def _content(part: Any) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""
    return part.get_payload(decode=True) or b""


def _messages(file: BinaryIO) -> Iterator[bytes]:
    """The messages of a mailbox: each begins with a line `From …` after an empty one."""
    message = bytearray()
    empty, begun = True, False
    for line in iter(lambda: file.readline(1024**2), b""):
        if line.startswith(b"From ") and empty:
            if begun:
                yield bytes(message)
            message, begun = bytearray(), True
        elif begun:
            message += line[1:] if line.startswith(b">From ") else line
            if len(message) > MOST_MESSAGE:
                raise Stopped("too large", f"a message of it is larger than {MOST_MESSAGE:,} bytes")
        empty = not line.strip()
    if not begun:
        raise Stopped("damaged", "it has no message")
    yield bytes(message)
