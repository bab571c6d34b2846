"""Tokens: made once, shown once, good for what their scopes say and never for more than any reader may: but for one's own
subscriptions, where a scope says so.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from releases.models import Account
from web.api.models import Token
from web.shell.errors import Shown

Scope = Literal["read", "search", "export", "subscribe"]
"""read: what is held; search: by words; export: whole tables; subscribe: its owner's own subscriptions."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
MOST = 25
"""Tokens of one account that are good at one time."""
DAYS = (30, 90, 365)
_BEGINS = "rw_"
_LONGEST = 100


def make(account: Account, name: str, scopes: Iterable[str], days: int) -> str:
    """A new token; its words are given here and never again.

    Raises:
        Shown: a part of what was asked for makes no sense, or there are MOST already.
    """
    wanted = [scope for scope in SCOPES if scope in set(scopes)]
    name = "".join(c for c in name if c.isprintable()).strip()[:80]
    if not name or not wanted or days not in DAYS:
        raise Shown(400, _("A token needs a name, something it may do, and an end."), _("Choose one of each."))
    if valid(account).count() >= MOST:
        raise Shown(400, _("You have very many tokens."), _("Revoke those that you no longer use."))
    words = _BEGINS + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    Token.objects.create(
        account=account, name=name, digest=_digest(words), scopes=" ".join(wanted), made_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    return words


def valid(account: Account) -> QuerySet[Token]:
    """Tokens of `account` that are good now."""
    return Token.objects.filter(account=account, revoked_at=None, expires_at__gt=datetime.now(UTC))


def find(words: str) -> Token | None:
    """The token that these words are, if it is good now; its last day is written down."""
    if not words.startswith(_BEGINS) or len(words) > _LONGEST:
        return None
    now = datetime.now(UTC)
    found = Token.objects.select_related("account").filter(digest=_digest(words)).first()
    if found is None or found.revoked_at or found.expires_at <= now or not found.account.is_active:
        return None
    if found.used_on != now.date():
        Token.objects.filter(pk=found.pk).update(used_on=now.date())
    return found


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()
