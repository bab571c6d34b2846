"""Whose things are shown to whom: one's own and one's teams', and to nobody else anything, operators included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from archive.ids import uuid7
from releases.access import shut_records
from releases.models import Account, Record
from web.desk.models import Member, Owned, Team
from web.shell.errors import Shown
from web.shell.viewer import viewer_of

M = TypeVar("M", bound=Owned)
NAME_LONGEST = 120


def me(request: HttpRequest) -> Account:
    """Whoever is logged in; for views that need an account anyway."""
    account = viewer_of(request).account
    if account is None:
        raise nothing()
    return account


def nothing() -> Shown:
    """What is not there and what is somebody else's look the same."""
    return Shown(404, _("There is nothing at this address, or it is not shown."))


def teams_of(account: Account) -> list[Team]:
    """Teams that `account` is in, by name."""
    return list(Team.objects.filter(members__account=account).order_by("name", "id"))


def visible(model: type[M], account: Account) -> QuerySet[M]:
    """What of `model` is this account's or one of its teams'."""
    teams = Member.objects.filter(account=account).values("team")
    found: QuerySet[M] = model._default_manager.filter(Q(owner=account) | Q(team__in=teams))  # noqa: SLF001  public API
    return found.select_related("team")


def one(model: type[M], ident: str, account: Account) -> M:
    """The one with this id. Raises Shown (404) where there is none for this account."""
    found = visible(model, account).filter(id=plain(ident, 36)).first()
    if found is None:
        raise nothing()
    return found


def begun(account: Account, whose: str) -> dict[str, Any]:
    """Columns that something new has. `whose`: a team's id; empty: the account's own. Raises Shown for other teams."""
    made: dict[str, Any] = {"id": uuid7(), "created_at": datetime.now(UTC), "made_by": account}
    if not whose:
        return made | {"owner": account}
    team = Team.objects.filter(id=plain(whose, 36), members__account=account).first()
    if team is None:
        raise nothing()
    return made | {"team": team}


def shown_record(ident: str) -> Record:
    """The record with this id, if it is shown. Raises Shown (404)."""
    found = Record.objects.filter(id=plain(ident, 36)).first()
    if found is None or found.id in shut_records():
        raise nothing()
    return found


def plain(value: object, most: int = 2000) -> str:
    """What somebody typed, of at most so many characters; without what no database takes."""
    return str(value or "").replace("\0", "").encode("utf-8", "replace").decode()[:most].strip()


def name_of(value: object) -> str:
    """A name that somebody gave: one line. Raises Shown (400) for none."""
    found = " ".join(plain(value, 1000).split())[:NAME_LONGEST]
    if not found:
        raise Shown(400, _("It needs a name."), _("Go back and give it one."))
    return found
