"""Writes the audit log: `note(request, "portal.paused", "copa", {"why": "moved"})`.

It says what was done to accounts, portals, evidence and exports. What people search, read, watch and note maps an
investigation and is not in it: `note` refuses detail under such names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.http import HttpRequest

from releases.models import Account
from web.accounts.models_audit import AuditEntry

COMMAND_LINE = "(command line)"
NEWSROOM = "(newsroom)"
"""Not a name that an account can have."""
_ACTION = re.compile(r"[a-z]+(?:[.-][a-z]+){0,3}")
_PRIVATE = frozenset(
    {"q", "query", "search", "words", "text", "title", "filters", "channel", "body", "password", "token"}
)
_LONGEST_DETAIL = 4000


def note(
    who: HttpRequest | Account | None, action: str, about: str = "", detail: Mapping[str, Any] | None = None
) -> None:
    """Write down that `who` did `action` (`part.what`) to `about`. In the caller's transaction, if there is one.

    `who`: the request (whoever is logged in there, else nobody by name), an account, or None for the command line.
    `detail`: a few plain values; one that is too long is left out.

    Raises:
        ValueError: a name for `action` that is none, or detail that is nobody's business.
    """
    if not _ACTION.fullmatch(action):
        raise ValueError(f"{action!r}: name what was done as `part.what`")
    said = dict(detail or {})
    if private := sorted(_PRIVATE & said.keys()):
        raise ValueError(f"{', '.join(private)}: this does not belong into the audit log")
    if len(msgspec.json.encode(said)) > _LONGEST_DETAIL:
        said = {"left_out": "too long"}
    account, name = _named(who)
    AuditEntry.objects.create(
        at=datetime.now(UTC), account=account, name=name, action=action, about=about.replace("\0", "")[:300], detail=said
    )  # fmt: skip


def _named(who: HttpRequest | Account | None) -> tuple[Account | None, str]:
    if who is None:
        return None, COMMAND_LINE
    if isinstance(who, Account):
        return who, who.username
    viewer = getattr(who, "viewer", None)
    account: Account | None = viewer.account if viewer else None
    return account, account.username if account else NEWSROOM
