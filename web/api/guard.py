"""What stands before every answer of the API: who asks, what they may, how much, and whether they have it already.

A token reads as any reader does, whatever the role of its owner: one that is lost gives away nothing more. One for
`subscribe` sees and changes its owner's own subscriptions: there, only tokens count, and no cookie that another site
could have sent along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from archive.catalog.models import ChangeLog
from releases.models import Account
from releases.restricting.in_force import in_force
from web.accounts.throttle import network_of
from web.api.spent import Allowance, spend
from web.api.tokens import Scope, find
from web.shell import place
from web.shell.errors import Shown, refused
from web.shell.viewer import Viewer, allowed, open_to_all, viewer_of

Answer = Callable[..., Any]
R = TypeVar("R", bound=HttpResponseBase)
ANONYMOUS, KNOWN = 300, 1200
"""Requests in a minute from one network without an account, and of one account or token. Some cost more than one."""
_SITES = frozenset({"", "same-origin", "none"})
"""`Sec-Fetch-Site` of whom a session's cookie is believed."""


def guarded(
    scope: Scope = "read", cost: int = 1, *, steady: bool = False, own: bool = False
) -> Callable[[Answer], Answer]:
    """Marks a view. `steady`: what it answers follows from what is committed and restricted alone. `own`: it is about
    what the token's owner has, and may change that.
    """
    methods = ("GET", "HEAD", "POST") if own else ("GET", "HEAD")

    def mark(view: Answer) -> Answer:
        @allowed("anyone")  # who may is decided here: a token stands for an account
        @wraps(view)
        def answer(request: HttpRequest, *given: Any, **named: Any) -> Any:
            method = request.method
            if method not in methods:
                said = {
                    "error": _("Here the API is asked in other ways: see Allow.") if own else _("The API is read only.")
                }
                return _said(JsonResponse(said, status=405), {"Allow": ", ".join(methods)})
            bearer = _bearer(request)
            who, limit = _who(request, bearer)
            try:
                allowance = spend(place.home().path, who, cost, limit)
            except OSError:  # a full disk: reading goes on
                allowance = Allowance(limit, limit, 0)
            headers = _headers(allowance)
            if allowance.left < 0:
                return _too_many(allowance, headers)
            no = _refusal(request, bearer, scope) or (_stranger(request) if own else None)
            if no is not None:
                return _said(no, headers)
            tag = _tag(request, scope) if steady else ""
            if tag and tag in [
                one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")
            ]:
                return _said(HttpResponse(status=304), headers | {"ETag": tag})
            request.method = "GET" if method == "HEAD" else method
            try:
                made = view(request, *given, **named)
            except Shown as error:
                body = {"error": error.what} | ({"todo": error.todo} if error.todo else {})
                made = JsonResponse(body, status=error.status)
            request.method = method
            return _said(made, headers | ({"ETag": tag} if tag and made.status_code == 200 else {}))

        return answer

    return mark


def _bearer(request: HttpRequest) -> str:
    kind, _space, words = request.headers.get("Authorization", "").partition(" ")
    return words.strip() if kind.lower() == "bearer" else ""


def _who(request: HttpRequest, bearer: str) -> tuple[str, int]:
    """Whose allowance it is. Sets `request.viewer` and `request.scopes` to what was shown."""
    request.scopes = request.owner = None  # type: ignore[attr-defined]
    if bearer:
        token = find(bearer)
        if token is not None:
            request.scopes = token.scopes.split()  # type: ignore[attr-defined]
            request.owner = token.account  # type: ignore[attr-defined]
            request.viewer = Viewer(None, reads=True)  # type: ignore[attr-defined]
            return f"account {token.account_id}", KNOWN
        request.viewer = Viewer(None, reads=False)  # type: ignore[attr-defined]
        return f"network {network_of(request)}", ANONYMOUS
    account = viewer_of(request).account
    if account is not None and request.headers.get("Sec-Fetch-Site", "") in _SITES:
        return f"account {account.pk}", KNOWN
    request.viewer = Viewer(None, reads=open_to_all())  # type: ignore[attr-defined]
    return f"network {network_of(request)}", ANONYMOUS


def _refusal(request: HttpRequest, bearer: str, scope: Scope) -> HttpResponse | None:
    scopes: list[str] | None = request.scopes  # type: ignore[attr-defined]
    if bearer and scopes is None:
        body = {"error": _("This token is not known, is over, or was revoked."), "todo": _("Make another one.")}
        return _said(JsonResponse(body, status=401), {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if scopes is not None and scope not in scopes:
        body = {"error": _("This token is not for that: it has not the scope “%(scope)s”.") % {"scope": scope}}
        wanted = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        return _said(JsonResponse(body, status=403), wanted)
    if viewer_of(request).may("read"):
        return None
    answer = refused(request, "read")
    answer.status_code = 401
    return _said(answer, {"WWW-Authenticate": "Bearer"})


def _stranger(request: HttpRequest) -> HttpResponse | None:
    """Sets `request.viewer` to the token's owner, who has to be somebody that may subscribe so."""
    owner: Account | None = request.owner  # type: ignore[attr-defined]
    if owner is None:
        body = {"error": _("This is for tokens alone."), "todo": _("Make one with the scope “subscribe”.")}
        return _said(JsonResponse(body, status=401), {"WWW-Authenticate": "Bearer"})
    viewer = Viewer(owner, reads=True)
    if not viewer.may("report"):
        return JsonResponse(
            {"error": _("Programs may subscribe for reporters; your account is a reader's.")}, status=403
        )
    request.viewer = viewer  # type: ignore[attr-defined]
    return None


def _too_many(allowance: Allowance, headers: dict[str, str]) -> HttpResponse:
    body = {"error": _("Too much was asked for in this minute."), "todo": _("Go on when it is over.")}
    return _said(JsonResponse(body, status=429), headers | {"Retry-After": str(allowance.reset)})


def _headers(allowance: Allowance) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(allowance.limit),
        "RateLimit-Remaining": str(max(0, allowance.left)),
        "RateLimit-Reset": str(allowance.reset),
    }


def _tag(request: HttpRequest, scope: str) -> str:
    """Changes with whatever is committed, restricted or lifted, and with who asks. Two small queries."""
    seq = ChangeLog.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    now, viewer = in_force(), viewer_of(request)
    state = (
        version("recordwatch"), seq, sorted(now.records), str(sorted(now.passages.items())), now.names.given,
        viewer.role, viewer.account and viewer.account.pk, scope, request.get_full_path(),
    )  # fmt: skip
    return f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'


def _said(response: R, headers: dict[str, str]) -> R:
    for name, value in headers.items():
        response.headers[name] = value
    patch_vary_headers(response, ("Authorization", "Cookie"))
    return response
