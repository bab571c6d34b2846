"""Links that do one thing once: an invitation, a new password, another mail address.

A link's words are 256 random bits; only their digest is stored. Opening a link does nothing, sending its form does, so
that programs which look into mails use none up.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest

from releases.models import Account
from web.accounts.models import Link
from web.shell import place

LASTS = {"invitation": timedelta(days=7), "password": timedelta(hours=24), "address": timedelta(hours=24)}


def ask(purpose: str, email: str, base: str, **values: object) -> Link:
    """Have the keeper write to `email` with a link of this purpose; the link is made when the letter is."""
    now = datetime.now(UTC)
    return Link.objects.create(
        purpose=purpose, email=email, base=base, made_at=now, expires_at=now + LASTS[purpose], letter_at=now, **values
    )


def make(account: Account, purpose: str = "password") -> str:
    """The words of a new link for `account`, for the command line and operators to pass on. Earlier ones end."""
    now = datetime.now(UTC)
    end_all(account, purpose, "replaced")
    link = Link(purpose=purpose, account=account, email=account.email, made_at=now, expires_at=now + LASTS[purpose])
    return words_for(link)


def words_for(link: Link) -> str:
    """New words for `link`, which is saved with their digest; those it had before are worth nothing any more."""
    words = secrets.token_urlsafe(32)
    link.digest = _digest(words)
    link.save()
    return words


def found(words: str, *purposes: str) -> Link | None:
    """The link with these words while it can be used, whoever it is for being active."""
    if not words or len(words) > 100:
        return None
    live = Link.objects.select_related("account", "by").filter(digest=_digest(words), purpose__in=purposes)
    link = live.filter(ended_at=None, expires_at__gt=datetime.now(UTC)).first()
    return None if link is None or (link.account and not link.account.is_active) else link


def use(link: Link, why: str = "used") -> bool:
    """End it; whether it was us who did: of two at the same moment, one."""
    return bool(
        Link.objects.filter(id=link.id, ended_at=None).update(ended_at=datetime.now(UTC), ended=why, letter_at=None)
    )


def end_all(account: Account, purpose: str, why: str) -> None:
    """End those of `account` that can still be used."""
    waiting = Link.objects.filter(account=account, purpose=purpose, ended_at=None)
    waiting.update(ended_at=datetime.now(UTC), ended=why, letter_at=None)


def base_of(request: HttpRequest) -> str:
    """Where this newsroom is: as its settings say, else as the request's own (checked) host says."""
    return place.home().settings.link.rstrip("/") or f"{request.scheme}://{request.get_host()}"


def address_of(base: str, purpose: str, words: str) -> str:
    """The link itself."""
    return f"{base}/accounts/{'address' if purpose == 'address' else 'link'}/{words}"


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()
