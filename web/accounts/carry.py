"""Accounts as lines of JSON: to be kept beside the archive, or carried to another home. Without sessions, links, counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from config.errors import ConfigError
from releases.models import Account
from web.accounts import people
from web.accounts.audit import note

_TEXTS = ("username", "email", "first_name", "last_name", "role", "language", "password")
_TIMES = ("date_joined", "last_login")


def exported() -> Iterator[dict[str, Any]]:
    """Every account, by name, with the hash of its password: so keep it where only you can read it."""
    for account in Account.objects.order_by("username").iterator():
        times = {name: at.isoformat() if (at := getattr(account, name)) else None for name in _TIMES}
        yield (
            {"row": "account", "is_active": account.is_active}
            | {name: getattr(account, name) for name in _TEXTS}
            | times
        )


def imported(rows: Iterable[dict[str, Any]]) -> int:
    """Take over what `exported` gave; an account whose name or address is here already stays as it is.

    Returns how many are new.

    Raises:
        ConfigError: a row is not such an export's; nothing was taken over.
    """
    new = 0
    with transaction.atomic():
        for row in rows:
            account = _account(row)
            taken = people.by_name(account.username) or (account.email and people.by_name(account.email))
            if not taken:
                account.save()
                new += 1
        if new:
            note(None, "account.import", detail={"accounts": new})
    return new


def _account(row: dict[str, Any]) -> Account:
    if row.get("row") != "account" or not all(isinstance(row.get(name), str) for name in _TEXTS):
        raise ConfigError("not an export of accounts", todo="`recordwatch accounts export` writes one")
    people.check_role(row["role"])
    times = {name: datetime.fromisoformat(row[name]) for name in _TIMES if isinstance(row.get(name), str)}
    account = Account(is_active=row.get("is_active") is True, **{name: row[name] for name in _TEXTS}, **times)
    if account.password.startswith("!") or "$" not in account.password:
        account.set_unusable_password()
    return account
