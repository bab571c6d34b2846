"""Letters with links. The keeper writes and sends them: a page that asks for one answers the same, and as quickly,
whether anybody has that address.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from config.errors import RecordwatchError
from config.home import Home
from releases.alerts.mail import MailChannel
from releases.models import Account
from web.accounts import links
from web.accounts.models import Link

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
"""After the first, second … try that failed; after one more it is given up."""
AT_ONCE = 20
"""Letters of one look, so that everything else is kept up as well."""


def can_send(home: Home) -> bool:
    """Whether this newsroom can send mail at all."""
    return bool(home.settings.mail.host or home.settings.mail.folder)


def send_due(home: Home, now: datetime | None = None) -> int:
    """Send the letters that are due. How many left."""
    moment = now or datetime.now(UTC)
    due = Link.objects.filter(letter_at__lte=moment).order_by("letter_at")
    return sum(_send(home, link, moment) for link in due[:AT_ONCE])


def _send(home: Home, link: Link, now: datetime) -> bool:
    if link.expires_at <= now or not _addressed(link):
        Link.objects.filter(pk=link.pk).update(letter_at=None)
        return False
    words = links.words_for(link)
    with translation.override(link.language or "en"):
        subject, text = _written(home, link, links.address_of(link.base, link.purpose, words))
    try:
        MailChannel(f"mailto:{quote(link.email)}", home).send_letter(f"link-{link.pk}-{link.tries}", subject, text)
    except (RecordwatchError, OSError) as error:
        again = now + WAITS[link.tries] if link.tries < len(WAITS) else None
        Link.objects.filter(pk=link.pk).update(tries=link.tries + 1, letter_at=again, problem=str(error)[:500])
        return False
    Link.objects.filter(pk=link.pk).update(tries=link.tries + 1, letter_at=None, problem="")
    return True


def _addressed(link: Link) -> bool:
    """Whether there is somebody to write to; for a new password, whoever has that address is looked up here."""
    if link.purpose != "password" or link.account is not None:
        return True
    found = list(Account.objects.filter(email__iexact=link.email, is_active=True)[:2])
    if len(found) != 1:
        link.delete()
        return False
    with transaction.atomic():
        links.end_all(found[0], "password", "replaced")
        link.account, link.email, link.language = found[0], found[0].email, found[0].language or link.language
        link.save()
    return True


def _written(home: Home, link: Link, address: str) -> tuple[str, str]:
    """Subject and text."""
    newsroom, until = home.settings.operator.name, f"{link.expires_at:%Y-%m-%d %H:%M} UTC"
    if link.purpose == "invitation":
        subject = _("You are invited to the newsroom of %(newsroom)s") % {"newsroom": newsroom}
        said = _("Somebody who runs the newsroom of %(newsroom)s has made room for you there. "
                 "Open this link, and choose a name and a password:") % {"newsroom": newsroom}  # fmt: skip
    elif link.purpose == "address":
        subject = _("Is this your address?")
        said = _("Somebody wants to use this address for an account at the newsroom of %(newsroom)s. "
                 "If it was you, open this link, and say so there:") % {"newsroom": newsroom}  # fmt: skip
    else:
        subject = _("A new password")
        said = _("Somebody asked for a new password for your account at the newsroom of %(newsroom)s. "
                 "If it was you, open this link, and choose one:") % {"newsroom": newsroom}  # fmt: skip
    ends = _("The link works once, until %(until)s. If you expected nothing of this kind, do nothing.") % {
        "until": until
    }
    subject = " ".join(subject.split())
    return subject[:200], f"{said}\n\n{address}\n\n{ends}\n"
