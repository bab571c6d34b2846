"""What somebody may change about their own account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.errors import ConfigError
from releases.models import Account
from web.accounts import forms, letters, links, people, visits
from web.accounts.audit import note
from web.accounts.models import Link, Visit
from web.accounts.throttle import Count, reserve, succeeded
from web.accounts.views_enter import waiting
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed, viewer_of

ME = "/accounts/me"


@allowed("anyone")
def me(request: HttpRequest) -> HttpResponse:
    """Name, language, address, password, sessions: one page; each form says by `form` which it is."""
    account = _account(request)
    if account is None:
        return HttpResponseRedirect(f"/accounts/enter?next={ME}")
    shown = {
        "person": forms.Person(initial={"name": account.first_name, "language": account.language}),
        "address": forms.Address(),
        "password": forms.ChangedPassword(account=account),
    }
    if request.method == "POST":
        done = _DOES.get(request.POST.get("form", ""))
        if done is None:
            raise Shown(400, _("This request makes no sense."))
        name, answer = done(request, account)
        if not isinstance(answer, (forms.Person, forms.Address, forms.ChangedPassword)):
            return answer
        shown[name] = answer
    asked = _asked(account).order_by("-id").first()
    more = {
        "visits": visits.of(account), "session": request.session.session_key, "asked": asked,
        "can_send": letters.can_send(place.home()), "role_words": forms.ROLE_WORDS[account.role],
    }  # fmt: skip
    return render(request, "accounts/me.html", {"forms": shown, **more})


@allowed("anyone")
def end_session(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Log this browser out, or all but the one that asks."""
    account = _account(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if account is None:
        raise Shown(403, _("You are not logged in."))
    own = request.session.session_key or ""
    if number is None:
        ended = people.end_visits(account, but=own)
    else:
        visit = Visit.objects.filter(account=account, pk=min(number, 2**62)).exclude(session=own).first()
        ended = people.end_visit(visit) if visit else 0
    if ended:
        note(request, "session.ended", account.username, {"sessions": ended})
    said = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", ended) % {"n": ended}
    messages.success(request, said)
    return HttpResponseRedirect(f"{ME}#sessions")


def _person(request: HttpRequest, account: Account) -> tuple[str, HttpResponse | forms.Person]:
    form = forms.Person(request.POST)
    if not form.is_valid():
        return "person", form
    account.first_name, account.last_name = form.cleaned_data["name"], ""
    account.language = form.cleaned_data["language"]
    account.save(update_fields=["first_name", "last_name", "language"])
    messages.success(request, _("Saved."))
    answer = HttpResponseRedirect(ME)
    answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return "", answer


def _address(request: HttpRequest, account: Account) -> tuple[str, HttpResponse | forms.Address]:
    form = forms.Address(request.POST)
    if not form.is_valid():
        return "address", form
    if said := _not_theirs(account, form.cleaned_data["old"]):
        form.add_error("old", said)
        return "address", form
    try:
        email = people.check_email(form.cleaned_data["email"], besides=account)
    except ConfigError as error:
        form.add_error("email", f"{error.what[:1].upper()}{error.what[1:]}.")
        return "address", form
    if not letters.can_send(place.home()):
        form.add_error(None, _("This newsroom sends no mail, so that an address cannot be confirmed. Ask an operator."))
        return "address", form
    links.end_all(account, "address", "replaced")
    links.ask("address", email, links.base_of(request), account=account, language=request.LANGUAGE_CODE)
    messages.success(
        request, _("A letter with a link goes to %(email)s. Until it is opened, nothing changes.") % {"email": email}
    )
    return "", HttpResponseRedirect(ME)


def _password(request: HttpRequest, account: Account) -> tuple[str, HttpResponse | forms.ChangedPassword]:
    form = forms.ChangedPassword(request.POST, account=account)
    if not form.is_valid():
        return "password", form
    if said := _not_theirs(account, form.cleaned_data["old"]):
        form.add_error("old", said)
        return "password", form
    people.set_password(account, form.cleaned_data["password"], who=account, how="by themselves")
    update_session_auth_hash(request, account)
    visits.begin(request, account)
    messages.success(request, _("Your password is changed. Everywhere else you are logged out."))
    return "", HttpResponseRedirect(ME)


_DOES = {"person": _person, "address": _address, "password": _password}


def _not_theirs(account: Account, password: str) -> str:
    """Why `password` is not taken as this account's; empty where it is right. Guessing is slowed down here as well."""
    count = Count("own password", str(account.pk), 5)
    if wait := reserve([count]):
        return waiting(wait)
    if not account.check_password(password):
        return _("This is not your password.")
    succeeded([], forgotten=[count])
    return ""


def _account(request: HttpRequest) -> Account | None:
    found = viewer_of(request).account
    return Account.objects.get(pk=found.pk) if found else None


def _asked(account: Account) -> QuerySet[Link]:
    return Link.objects.filter(account=account, purpose="address", ended_at=None)
