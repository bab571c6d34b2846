"""What is done with accounts, for pages and the command line alike; each writes the audit log."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from archive.catalog.alone import alone
from config.errors import ConfigError
from releases.models import Account, Subscription
from releases.people import ROLES
from web.accounts import links
from web.accounts.audit import note
from web.accounts.models import Visit
from web.api.models import Token

Who = HttpRequest | Account | None


def add(name: str, email: str, role: str, *, who: Who) -> Account:
    """A new account, which has no password yet: `links.make` gives the link with which one is set.

    Raises:
        ConfigError: a name or address that is none or taken, a role that is none.
    """
    check_role(role)
    name = _composed(name)
    with alone("accounts"):
        check_name(name)
        account = Account(username=name, email=check_email(email) if email else "", role=role)
        account.set_unusable_password()
        account.save()
        note(who, "account.made", name, {"role": role})
    return account


def named(name: str) -> Account:
    """The account called `name`, or with that mail address. Raises ConfigError."""
    account = by_name(name)
    if account is None:
        raise ConfigError(
            _("there is no account %(name)r") % {"name": name}, todo=_("`recordwatch accounts list` shows them")
        )
    return account


def by_name(name: str) -> Account | None:
    """As `named`; None where there is none, or where an address is two people's."""
    if not name or "\0" in name:
        return None
    name = _composed(name)
    found = Account.objects.filter(username__iexact=name).first()
    if found is None and not name.isascii():  # SQLite knows the case of ASCII alone
        others = Account.objects.order_by("pk").iterator()
        found = next((one for one in others if one.username.casefold() == name.casefold()), None)
    if found is None and "@" in name:
        several = list(Account.objects.filter(email__iexact=name)[:2])
        found = several[0] if len(several) == 1 else None
    return found


def set_role(account: Account, role: str, *, who: Who) -> None:
    """From now on `account` may do what `role` may. Raises ConfigError for the last operator."""
    check_role(role)
    with transaction.atomic():
        _now(account)
        before = account.role
        if before == role:
            return
        if before == "operator":
            _not_the_last(account)
        account.role = role
        account.save(update_fields=["role"])
        more = ROLES[ROLES.index(role) + 1 :]  # what only these are told, it is told no more
        Subscription.objects.filter(owner=account, role__in=more).update(role="reader")
        note(who, "account.role", account.username, {"from": before, "to": role})


def disable(account: Account, *, who: Who) -> None:
    """Nobody logs in with `account` any more; what it made stays. Raises ConfigError for the last operator."""
    with transaction.atomic():
        _now(account)
        if not account.is_active:
            return
        if account.role == "operator":
            _not_the_last(account)
        account.is_active = False
        account.save(update_fields=["is_active"])
        for purpose in links.LASTS:
            links.end_all(account, purpose, "revoked")
        Token.objects.filter(account=account, revoked_at=None).update(revoked_at=datetime.now(UTC))
        end_visits(account)
        note(who, "account.disabled", account.username)


def enable(account: Account, *, who: Who) -> None:
    """It may log in again."""
    with transaction.atomic():
        _now(account)
        if account.is_active:
            return
        account.is_active = True
        account.save(update_fields=["is_active"])
        note(who, "account.enabled", account.username)


def set_password(account: Account, password: str, *, who: Who, how: str) -> None:
    """Change it: every session of `account` ends, and every link to set one."""
    with transaction.atomic():
        account.set_password(password)
        account.save(update_fields=["password"])
        links.end_all(account, "password", "replaced")
        end_visits(account)
        note(who, "account.password", account.username, {"how": how})


def end_visits(account: Account, but: str = "") -> int:
    """Log `account` out everywhere, except where the session is `but`. How many sessions ended."""
    visits = Visit.objects.filter(account=account).exclude(session=but)
    keys = list(visits.values_list("session", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    visits.delete()
    return len(keys)


def end_visit(visit: Visit) -> int:
    """Log one browser out. How many sessions ended."""
    Session.objects.filter(session_key=visit.session).delete()
    return visit.delete()[0]


def check_role(role: str) -> None:
    """Raises ConfigError."""
    if role not in ROLES:
        raise ConfigError(_("there is no role %(role)r") % {"role": role}, todo=", ".join(ROLES))


def check_name(name: str) -> None:
    """Whether a new account may be called so. Raises ConfigError."""
    name = _composed(name)
    try:
        Account._meta.get_field("username").clean(name, None)  # noqa: SLF001  Django's public API
    except ValidationError:
        raise ConfigError(
            _("%(name)r cannot be an account's name") % {"name": name[:60]},
            todo=_("use letters, digits and @ . + - _, at most 150"),
        ) from None
    if by_name(name):
        raise ConfigError(_("there is an account %(name)r already") % {"name": name})


def check_email(email: str, besides: Account | None = None) -> str:
    """`email`, if it is a mail address that no other account has. Raises ConfigError."""
    try:
        validate_email(email)
    except ValidationError:
        raise ConfigError(_("%(email)r is not a mail address") % {"email": email[:60]}) from None
    others = Account.objects.filter(email__iexact=email)
    if (others.exclude(pk=besides.pk) if besides else others).exists():
        raise ConfigError(_("another account has the address %(email)s") % {"email": email})
    return email


def _composed(name: str) -> str:
    """One form of a name that keyboards write in several: composed letters, none of them wide."""
    return unicodedata.normalize("NFKC", name)


def anybody() -> bool:
    """Whether there is any account."""
    return Account.objects.exists()


def _now(account: Account) -> None:
    """Read it again, so that of two changes at once the second knows the first."""
    account.refresh_from_db(from_queryset=Account.objects.select_for_update())


def _not_the_last(account: Account) -> None:
    others = Account.objects.select_for_update().filter(role="operator", is_active=True).exclude(pk=account.pk)
    if not list(others[:1]):
        raise ConfigError(
            _("%(name)s is the last operator") % {"name": account.username}, todo=_("make another operator first")
        )
