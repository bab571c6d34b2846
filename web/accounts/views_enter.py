"""Logging in and out, and what a link lets somebody do without an account."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from archive.catalog.alone import alone
from releases.models import Account
from web.accounts import forms, known, letters, links, people, visits
from web.accounts.audit import note
from web.accounts.models import Link, Visit
from web.accounts.throttle import Count, network_of, reserve, succeeded
from web.shell import errors, place
from web.shell.viewer import allowed, open_to_all, viewer_of

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@allowed("anyone")
def enter(request: HttpRequest) -> HttpResponse:
    """The page that asks who it is, and its form."""
    there = _there(request)
    if request.method != "POST":
        if viewer_of(request).account:
            return HttpResponseRedirect(there)
        return _entry(request, forms.Enter(), there)
    form = forms.Enter(request.POST)
    if not form.is_valid():
        return _entry(request, form, there)
    name: str = form.cleaned_data["name"]
    account = people.by_name(name)
    of = str(account.pk) if account else name.casefold()
    browser = known.number(request, account)
    own = Count("login browser", f"{of} {browser}", 5) if browser else Count("login name", of, 5)
    network = Count("login network", network_of(request), 20)
    if wait := reserve((own, network)):
        form.add_error(None, waiting(wait))
        return _entry(request, form, there, wait)
    # A name that nobody has costs as much time: Django hashes the password then, too.
    found = authenticate(
        request, username=account.username if account else name, password=form.cleaned_data["password"]
    )
    if not isinstance(found, Account):
        note(request, "login.failed", account.username if account else "", {"network": network_of(request)})
        form.add_error(None, _("This name and this password do not belong together."))
        return _entry(request, form, there)
    succeeded([network], forgotten=[own])
    return _inside(request, found, there)


@allowed("anyone")
def leave(request: HttpRequest) -> HttpResponse:
    """Log out."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if viewer_of(request).account:
        Visit.objects.filter(session=request.session.session_key).delete()
        note(request, "logout")
        logout(request)
        messages.success(request, _("You are logged out."))
    response = HttpResponseRedirect("/" if open_to_all() else "/accounts/enter")
    response.headers["Clear-Site-Data"] = '"cache"'  # what was read does not come back with the browser's Back
    return response


@allowed("anyone")
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a new password: whoever asks, and whatever they type, the answer is the same."""
    home = place.home()
    form = forms.Forgotten(request.POST if request.method == "POST" else None)
    sent = wait = None
    if request.method == "POST" and letters.can_send(home) and form.is_valid():
        email: str = form.cleaned_data["email"]
        if wait := reserve([Count("reset network", network_of(request), 10)]) or None:
            form.add_error(None, waiting(wait))
        else:
            if not reserve([Count("reset address", email.casefold(), 1, first=60)]):
                links.ask("password", email, links.base_of(request), language=request.LANGUAGE_CODE)
            sent = email
    shown = {"form": form, "sent": sent, "can_send": letters.can_send(home)}
    return render(request, "accounts/forgotten.html", shown, status=429 if wait else 200)


@allowed("anyone")
def link(request: HttpRequest, words: str) -> HttpResponse:
    """Use an invitation, or choose a new password: opening it changes nothing, its form does."""
    found = links.found(words, "invitation", "password")
    if found is None:
        return _gone(request)
    posted = request.POST if request.method == "POST" else None
    form: forms.NewPassword
    if found.purpose == "invitation":
        form = forms.Accept(posted, account=Account(email=found.email), initial={"name": found.name})
    else:
        form = forms.NewPassword(posted, account=found.account)
    if posted is None or not form.is_valid():
        return private(render(request, "accounts/link.html", {"form": form, "link": found}))
    with transaction.atomic():
        account = _used(found, form) if links.use(found) else None
    if account is None:
        return _gone(request)
    messages.success(request, _("Your password is set."))
    return _inside(request, account, "/", by="link")


@allowed("anyone")
def address(request: HttpRequest, words: str) -> HttpResponse:
    """Confirm another mail address."""
    found = links.found(words, "address")
    account = found.account if found else None
    if found is None or account is None:
        return _gone(request)
    if request.method != "POST":
        return private(render(request, "accounts/address.html", {"link": found}))
    with alone("accounts"):  # no two have one address
        if not links.use(found):
            return _gone(request)
        account.email = people.check_email(found.email, besides=account)
        account.save(update_fields=["email"])
        links.end_all(account, "password", "replaced")  # they went to the old address
        note(account, "account.address", account.username)
    messages.success(request, _("This is the address of your account now."))
    return HttpResponseRedirect("/accounts/me")


def waiting(wait: timedelta) -> str:
    """Why nothing is tried now."""
    seconds = int(wait.total_seconds()) + 1
    if seconds < 100:
        return _("Too many tries. Try again in %(n)d seconds.") % {"n": seconds}
    return _("Too many tries. Try again in %(n)d minutes.") % {"n": -(-seconds // 60)}


def private(response: HttpResponse) -> HttpResponse:
    """Kept by no cache. Its address is told to no other site, as that of every page (see `web.shell.headers`); with
    `no-referrer` browsers would send `Origin: null` with its form, which is refused.
    """
    response.headers["Cache-Control"] = "no-store"
    return response


def _used(found: Link, form: forms.NewPassword) -> Account:
    account = found.account
    if account is None:
        account = people.add(form.cleaned_data["name"], "", found.role, who=found.by)
        # The letter came there, so it is theirs; unless somebody else has it by now.
        if not Account.objects.filter(email__iexact=found.email).exists():
            account.email = found.email
        account.language = found.language
        account.save(update_fields=["email", "language"])
    people.set_password(account, form.cleaned_data["password"], who=account, how=found.purpose)
    return account


def _inside(request: HttpRequest, account: Account, there: str, by: str = "password") -> HttpResponse:
    login(request, account, backend=_BACKEND)  # a session key of its own, whatever the browser came with
    visits.begin(request, account)
    note(account, "login", account.username, {"by": by})
    response = HttpResponseRedirect(there)
    known.remember(response, account)
    return response


def _entry(request: HttpRequest, form: forms.Enter, there: str, wait: timedelta | None = None) -> HttpResponse:
    shown = {
        "form": form, "next": there, "nobody_yet": not people.anybody(), "open": open_to_all(),
        "can_send": letters.can_send(place.home()), "home": place.home().path.name,
    }  # fmt: skip
    response = render(request, "accounts/enter.html", shown, status=429 if wait else 200)
    if wait:
        response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return response


def _gone(request: HttpRequest) -> HttpResponse:
    return private(errors.page(
        request, 404, _("This link is not good any more: it was used, replaced, taken back, or is too old."),
        _("Ask for another one."),
    ))  # fmt: skip


def _there(request: HttpRequest) -> str:
    there = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if safe and there.startswith("/") and there.isprintable() and len(there) < 2000 else "/"
