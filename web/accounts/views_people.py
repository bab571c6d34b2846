"""Accounts as operators see them: who may do what, invitations."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.errors import ConfigError
from releases.models import Account
from web.accounts import forms, letters, links, people
from web.accounts.audit import note
from web.accounts.models import Link
from web.accounts.views_enter import private
from web.listing.keyset import page
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed

PEOPLE = "/accounts/people"


@allowed("operate")
def everybody(request: HttpRequest) -> HttpResponse:
    """Accounts and invitations."""
    return _everybody(request, forms.Invitation())


@allowed("operate")
def invite(request: HttpRequest) -> HttpResponse:
    """Ask somebody in: by a letter, or by a link that the operator passes on."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = forms.Invitation(request.POST)
    if not form.is_valid():
        return _everybody(request, form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    try:
        people.check_email(email)
    except ConfigError as error:
        form.add_error("email", f"{error.what[:1].upper()}{error.what[1:]}.")
        return _everybody(request, form)
    by_letter = letters.can_send(place.home()) and not form.cleaned_data["show"]
    base = links.base_of(request)
    made = links.ask("invitation", email, base, role=role, language=request.LANGUAGE_CODE, by=_me(request))
    note(request, "invitation.made", email, {"role": role, "by": "letter" if by_letter else "link"})
    if by_letter:
        messages.success(request, _("%(email)s gets a letter with a link.") % {"email": email})
        return HttpResponseRedirect(PEOPLE)
    made.letter_at = None
    return _shown(request, links.address_of(base, "invitation", links.words_for(made)), email, made)


@allowed("operate")
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Take an invitation back."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    made = Link.objects.filter(purpose="invitation", pk=min(number, 2**62)).first()
    if made and links.use(made, "revoked"):
        note(request, "invitation.revoked", made.email)
        messages.success(request, _("The invitation is taken back; its link does nothing any more."))
    else:
        messages.warning(request, _("There was nothing to take back."))
    return HttpResponseRedirect(PEOPLE)


@allowed("operate")
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Another role, disabling, enabling, a link for a new password."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    account = Account.objects.filter(pk=min(number, 2**62)).first()
    if account is None:
        raise Shown(404, _("There is no such account."))
    does = request.POST.get("do", "")
    if does == "role":
        role = request.POST.get("role", "")
        people.set_role(account, role, who=request)
        messages.success(request, _("%(name)s is %(role)s now.") % {"name": account.username, "role": role})
    elif does == "disable":
        people.disable(account, who=request)
        messages.success(
            request, _("%(name)s cannot log in any more, and is logged out everywhere.") % {"name": account.username}
        )
    elif does == "enable":
        people.enable(account, who=request)
        messages.success(request, _("%(name)s may log in again.") % {"name": account.username})
    elif does == "link":
        return _link(request, account)
    else:
        raise Shown(400, _("This request makes no sense."))
    return HttpResponseRedirect(PEOPLE)


def _link(request: HttpRequest, account: Account) -> HttpResponse:
    """A new password goes to the account's own address. Only to an account that nobody has used yet an operator gets
    the link: whoever has it reads what its owner watches and notes.
    """
    if not account.is_active:
        raise Shown(400, _("This account is disabled."), _("Enable it first."))
    if account.has_usable_password() or account.last_login:
        if not (account.email and letters.can_send(place.home())):
            raise Shown(
                400, _("No letter can go to this account: it has no address, or this newsroom sends no mail."),
                _("On the newsroom's machine `recordwatch accounts link` makes a link."),
            )  # fmt: skip
        links.ask("password", account.email, links.base_of(request), account=account, language=account.language,
                  by=_me(request))  # fmt: skip
        note(request, "account.link", account.username, {"by": "letter"})
        messages.success(request, _("%(name)s gets a letter with a link.") % {"name": account.username})
        return HttpResponseRedirect(PEOPLE)
    words = links.make(account)
    note(request, "account.link", account.username, {"by": "link"})
    return _shown(request, links.address_of(links.base_of(request), "password", words), account.username, None)


def _everybody(request: HttpRequest, form: forms.Invitation) -> HttpResponse:
    shown = {
        "page": page(request, Account.objects.all(), ("username",), size=100), "form": form, "roles": forms.ROLE_WORDS.items(),
        "invitations": Link.objects.filter(purpose="invitation").select_related("by").order_by("-made_at", "-id")[:50],
        "now": datetime.now(UTC), "can_send": letters.can_send(place.home()),
    }  # fmt: skip
    return render(request, "accounts/people.html", shown)


def _shown(request: HttpRequest, address: str, whom: str, link: Link | None) -> HttpResponse:
    """The link, once."""
    return private(render(request, "accounts/shown.html", {"address": address, "whom": whom, "link": link}))


def _me(request: HttpRequest) -> Account:
    account: Account = request.viewer.account  # type: ignore[attr-defined]
    return account
