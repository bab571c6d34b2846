"""Who looks, and what they may. Every view says so with `allowed`; one that does not is shown to nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _

from releases.models import Account
from releases.people import ROLES
from web.shell import place
from web.start import LOOPBACK

Right = Literal["anyone", "read", "report", "edit", "operate"]
"""anyone: without an account, even where reading needs one (a login page, a secret address); read: look at what is
held; report: subscribe, note, collect; edit: restrict, release from quarantine, merge; operate: portals, crawls,
accounts.
"""
_NEEDS = {"read": "reader", "report": "reporter", "edit": "editor", "operate": "operator"}
_MARK = "recordwatch_right"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asked for a page."""

    account: Account | None
    """None without an account."""
    reads: bool
    """Whether they may read at all."""

    @property
    def role(self) -> str:
        """Of `releases.people.ROLES`; `reader` without an account."""
        return self.account.role if self.account else "reader"

    @property
    def name(self) -> str:
        return self.account.get_full_name() or self.account.username if self.account else ""

    def may(self, right: Right) -> bool:
        """Whether they have this right."""
        if right == "anyone":
            return True
        if right == "read" or not self.account:
            return right == "read" and self.reads
        return ROLES.index(self.role) >= ROLES.index(_NEEDS[right])

    @property
    def reports(self) -> bool:
        return self.may("report")

    @property
    def edits(self) -> bool:
        return self.may("edit")

    @property
    def operates(self) -> bool:
        return self.may("operate")


def viewer_of(request: HttpRequest) -> Viewer:
    """Who asks."""
    found: Viewer = request.viewer  # type: ignore[attr-defined]
    return found


def open_to_all() -> bool:
    """Whether whoever comes may read: where the operator says so, and where only this machine can come."""
    newsroom = place.home().settings.newsroom
    return newsroom.public or newsroom.listen.rpartition(":")[0].strip("[]") in LOOPBACK


def allowed(right: Right) -> Callable[[View], View]:
    """Marks a view with the right that it needs."""

    def mark(view: View) -> View:
        @wraps(view)
        def marked(*given: Any, **named: Any) -> Any:
            return view(*given, **named)

        setattr(marked, _MARK, right)
        return marked  # type: ignore[return-value]

    return mark


class Viewers:
    """Middleware: finds out who looks, speaks their language, and shows a view only to those it is for."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        account = request.user if isinstance(request.user, Account) and request.user.is_active else None
        request.viewer = Viewer(account, reads=account is not None or open_to_all())  # type: ignore[attr-defined]
        # The switch at the foot of every page speaks for this browser, the account for all others.
        if account and account.language and not request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
            translation.activate(account.language)
            request.LANGUAGE_CODE = account.language
        response = self.answer(request)
        if response.status_code == 405 and request.method == "GET" and not response.content:
            return _forms_alone(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], given: Any, named: Any
    ) -> HttpResponse | None:
        """Refuse, or ask who it is."""
        del given, named
        right: Right | None = getattr(view, _MARK, None)
        viewer = viewer_of(request)
        if right is None:
            raise AssertionError(f"{view.__module__}.{view.__name__} does not say who may see it")
        if viewer.may(right):
            return None
        if viewer.account is None and request.method in {"GET", "HEAD"} and not _wants_data(request):
            return HttpResponseRedirect(f"{settings.LOGIN_URL}?next={quote(request.get_full_path())}")
        from web.shell.errors import refused

        return refused(request, right)


def _forms_alone(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A page for who opened an address that only takes forms: loaded again, or come to after logging in."""
    from web.shell.errors import page

    shown = page(
        request,
        405,
        _("This address only takes what a form sends. Nothing was changed."),
        _("Open the page that has the form, and press its button."),
    )
    shown.headers["Allow"] = response.headers["Allow"]
    return shown


def _wants_data(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or request.path.endswith((".json", ".csv", ".atom", ".ics", ".xlsx"))
