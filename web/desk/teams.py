"""Teams: people who keep lists, folders and notes together. Any member may add others, and who has been in it longest may
take them out; what is the team's stays there.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archive.ids import uuid7
from config.errors import ConfigError
from releases.models import Account
from releases.people import ROLES
from web.accounts import audit
from web.desk.feeds import REPORTERS
from web.desk.lists import delete, forget_member
from web.desk.mine import me, name_of, nothing, plain
from web.desk.models import Member, SecretAddress, Team, WatchList
from web.shell import errors
from web.shell.viewer import allowed


@allowed("report")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """A team of one, to begin with."""
    now = datetime.now(UTC)
    with transaction.atomic():
        team = Team.objects.create(id=uuid7(), name=name_of(request.POST.get("name")), created_at=now)
        Member.objects.create(team=team, account=me(request), since=now)
    messages.success(request, _("The team is made. Add its members."))
    return HttpResponseRedirect(reverse("team", args=[team.id]))


@allowed("report")
def team(request: HttpRequest, ident: str) -> HttpResponse:
    """Who is in it."""
    found = _mine(request, ident)
    members = found.members.select_related("account").order_by("account__username")
    told = {"team": found, "members": members, "me": me(request), "eldest": _eldest(found)}
    return render(request, "desk/team.html", told)


@allowed("report")
@require_POST
def change(request: HttpRequest, ident: str) -> HttpResponse:
    """Add somebody, take somebody out, leave, rename, delete."""
    found, account, action = _mine(request, ident), me(request), request.POST.get("action")
    if action == "add":
        _add(request, found)
    elif action == "remove":
        _remove(request, found)
    elif action == "rename":
        Team.objects.filter(id=found.id).update(name=name_of(request.POST.get("name")))
        messages.success(request, _("Changed."))
    elif action == "leave":
        _leave(found, account)
        messages.success(request, _("You left. What is the team's stayed there."))
        return HttpResponseRedirect(reverse("desk"))
    elif action == "delete":
        if plain(request.POST.get("name"), 200) != found.name:
            raise errors.Shown(400, _("Nothing was deleted: the name of the team was not repeated."))
        with transaction.atomic():
            for each in WatchList.objects.filter(team=found):
                delete(each)
            found.delete()
        messages.success(request, _("The team is deleted, with its lists, folders and notes."))
        return HttpResponseRedirect(reverse("desk"))
    else:
        raise errors.Shown(400, _("This request makes no sense."))
    return HttpResponseRedirect(reverse("team", args=[found.id]))


def _add(request: HttpRequest, found: Team) -> None:
    name = plain(request.POST.get("account"), 150)
    there = Account.objects.filter(username=name, is_active=True).first()
    if there is None or ROLES.index(there.role) < ROLES.index("reporter"):
        messages.error(request, _("No reporter has this account name: %s") % name)
        return
    Member.objects.get_or_create(team=found, account=there, defaults={"since": datetime.now(UTC)})
    messages.success(request, _("%s is in the team now, and sees all that is the team's.") % name)


def _remove(request: HttpRequest, found: Team) -> None:
    """Raises Shown: this is for whoever has been there longest; or it is themselves."""
    account = me(request)
    if _eldest(found) != account:
        raise errors.Shown(
            403, _("Who has been in the team longest can take others out."), _("Ask them, or an operator to close the account.")
        )  # fmt: skip
    there = Account.objects.filter(username=plain(request.POST.get("account"), 150)).first()
    if there is None or there == account or not found.members.filter(account=there).exists():
        raise errors.Shown(400, _("This request makes no sense."))
    with transaction.atomic():
        _out(found, there)
    messages.success(request, _("%s is not in the team any more.") % there.username)


def _leave(found: Team, account: Account) -> None:
    """Raises Shown: nobody would be left to see what the team has."""
    with transaction.atomic():
        Team.objects.select_for_update().get(id=found.id)
        if not found.members.exclude(account=account).filter(account__is_active=True).exists():
            raise errors.Shown(409, _("You are the last one here."), _("Add somebody first, or delete the team."))
        _out(found, account)


def _out(found: Team, account: Account) -> None:
    """They are told of its lists no more, and secret addresses they made for it, whose secrets they alone were shown,
    work no more.
    """
    forget_member(found.id, account)
    theirs = SecretAddress.objects.filter(team=found, made_by=account, revoked_at=None)
    theirs.update(revoked_at=datetime.now(UTC))
    Member.objects.filter(team=found, account=account).delete()


def _eldest(found: Team) -> Account | None:
    """Whoever has been in it longest, of those who can work here."""
    able = found.members.filter(account__is_active=True, account__role__in=REPORTERS).select_related("account")
    first = able.order_by("since", "id").first()
    return first.account if first else None


def left_alone() -> list[Team]:
    """Teams that nobody who may log in is in: what they have is there, and shown to nobody."""
    there = Member.objects.filter(account__is_active=True).values("team")
    return list(Team.objects.exclude(id__in=there).order_by("created_at", "id"))


def adopt(ident: str, account: Account) -> Team:
    """Put `account` into a team that is left alone: an operator's to do, since nobody in it can.

    Raises:
        ConfigError: there is none of this id (or its end), it has members, or the account is no reporter's.
    """
    found = [team for team in left_alone() if team.id.endswith(ident)] if ident else []
    if len(found) != 1:
        raise ConfigError(
            f"no team that was left alone has the id {ident!r}", todo="`recordwatch accounts teams` lists them"
        )
    if not account.is_active or ROLES.index(account.role) < ROLES.index("reporter"):
        raise ConfigError(f"{account.username} is no reporter who may log in")
    Member.objects.get_or_create(team=found[0], account=account, defaults={"since": datetime.now(UTC)})
    audit.note(None, "team.adopted", account.username)
    return found[0]


def _mine(request: HttpRequest, ident: str) -> Team:
    found = Team.objects.filter(id=plain(ident, 36), members__account=me(request)).first()
    if found is None:
        raise nothing()
    return found
