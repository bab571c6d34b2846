"""Sessions as people see them: which browsers they are logged in with. Where from is not kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse

from releases.models import Account
from web.accounts.models import Visit

EVERY = timedelta(hours=1)
"""A session's life is lengthened, and its visit noted, once in this time and not with every page."""
_SEEN = "seen_at"
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
            ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


class Visits:
    """Middleware: keeps the sessions of those who come by."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, Account):
            now = datetime.now(UTC)
            if not _lately(request.session.get(_SEEN), now):
                seen(request, request.user, now)
        return self.answer(request)


def begin(request: HttpRequest, account: Account) -> None:
    """`account` has just logged in with this session."""
    seen(request, account, datetime.now(UTC))


def seen(request: HttpRequest, account: Account, now: datetime) -> None:
    """`account` uses this session now."""
    request.session[_SEEN] = now.isoformat()
    if request.session.session_key is None:
        request.session.save()
    Visit.objects.update_or_create(
        session=request.session.session_key,
        defaults={"account": account, "seen_at": now},
        create_defaults={
            "account": account, "seen_at": now, "began_at": now, "browser": browser(request.headers.get("User-Agent", "")),
        },
    )  # fmt: skip


def of(account: Account) -> list[Visit]:
    """Their sessions that are still open, the one used last first."""
    open_now = Session.objects.filter(expire_date__gt=datetime.now(UTC)).values("session_key")
    return list(Visit.objects.filter(account=account, session__in=open_now).order_by("-seen_at", "-id"))


def browser(agent: str) -> str:
    """`Firefox, Linux` of a User-Agent; empty where it is none we know."""
    names = [next((said for sign, said in known if sign in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in names if name)


def _lately(said: object, now: datetime) -> bool:
    try:
        return isinstance(said, str) and abs(now - datetime.fromisoformat(said)) < EVERY
    except (ValueError, TypeError):
        return False
