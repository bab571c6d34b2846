"""The desk as lines of JSON: to be kept beside the archive, or carried to another home. Accounts stand in it by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.db.models import ForeignKey

from config.errors import ConfigError
from releases.models import Account, Subscription
from web.desk.models import (
    Folder,
    FolderItem,
    ListAlert,
    Member,
    Note,
    SecretAddress,
    SharedRecord,
    Team,
    Watched,
    WatchList,
)

TABLES: dict[str, type[models.Model]] = {
    "team": Team, "member": Member, "watch_list": WatchList, "watched": Watched, "list_alert": ListAlert,
    "folder": Folder, "folder_item": FolderItem, "note": Note, "secret_address": SecretAddress,
    "shared_record": SharedRecord,
}  # fmt: skip
"""Name in an export → table, what is needed first before what needs it."""
_PARENT = {"member": "team", "watched": "list", "list_alert": "list", "folder_item": "folder"}
"""Rows that come with what they are in, and have no id of their own elsewhere."""
PREFIX = "desk."


def exported() -> Iterator[dict[str, Any]]:
    """Every team, list, folder, note, secret address and link, and whose it is."""
    for name, model in TABLES.items():
        for item in model._default_manager.order_by("pk").iterator():  # noqa: SLF001  Django's public API
            yield {"row": f"{PREFIX}{name}", **_values(item, name)}


def _values(item: models.Model, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in item._meta.concrete_fields:  # noqa: SLF001
        if field.primary_key and name in _PARENT:
            continue
        if isinstance(field, ForeignKey) and field.related_model is Account:
            account = getattr(item, field.name)
            found[field.name] = account.username if account else ""
        else:
            found[field.attname] = getattr(item, field.attname)
    return found


def imported(rows: Iterable[dict[str, Any]]) -> int:
    """Take over what `exported` gave; what is here already stays as it is, and so does what is in it.

    Returns how many are new here.

    Raises:
        ConfigError: a row is not such an export's, or whose it is has no account here; nothing was taken over.
    """
    accounts = {account.username: account for account in Account.objects.all()}
    new = 0
    fresh: set[str] = set()
    """Ids of what this import made."""
    with transaction.atomic():
        for number, row in enumerate(rows, 1):
            try:
                new += _made(row, accounts, fresh)
            except (KeyError, TypeError, ValueError, ValidationError, DatabaseError) as error:
                raise ConfigError(f"row {number} of the desk is not from `alerts export`: {error}") from error
    return new


def _made(row: dict[str, Any], accounts: dict[str, Account], fresh: set[str]) -> bool:
    """Whether it was taken over; not, where it is here already."""
    name = str(row["row"]).removeprefix(PREFIX)
    model = TABLES[name]
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:  # noqa: SLF001
        if field.primary_key and name in _PARENT:
            continue
        if isinstance(field, ForeignKey) and field.related_model is Account:
            whose = str(row[field.name])
            values[field.name] = accounts.get(whose)
            if whose and values[field.name] is None and field.name in {"owner", "account"}:
                raise ConfigError(f"there is no account {whose!r} here", todo="`recordwatch accounts import` first")
        else:
            values[field.attname] = field.to_python(row[field.attname])
    if parent := _PARENT.get(name):
        if values[f"{parent}_id"] not in fresh:
            return False
        if name == "list_alert" and not Subscription.objects.filter(id=values["subscription_id"]).exists():
            return False
        model._default_manager.create(**values)  # noqa: SLF001
        return True
    same = model._default_manager.filter(pk=values["id"])  # noqa: SLF001
    if "digest" in values:
        same = same | model._default_manager.filter(digest=values["digest"])  # noqa: SLF001
    if same.exists():
        return False
    model._default_manager.create(**values)  # noqa: SLF001
    fresh.add(values["id"])
    return True
