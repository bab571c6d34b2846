"""Slows guessing down: failures under a name, from a network, by a browser make the next try wait, longer each time.

What is counted, and why nobody can be locked out for good by somebody else's guessing:

- A browser that has logged in before (a signed cookie says so) has a count of its own for that account, and none but
  that and its network's: whoever guesses elsewhere does not slow it down.
- All other browsers share one count for each name. Its pauses end after LONGEST, and tries during a pause are refused
  without lengthening it.
- A link by mail, or from an operator, lets in whatever the counts say.

Rows are written before the password is looked at, so that tries at the same moment count as well.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from web.accounts.models import Attempts
from web.shell import place

LONGEST = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=24)
"""A count is forgotten when nothing was tried for so long."""


@dataclass(frozen=True, slots=True)
class Count:
    """One thing that is counted."""

    what: str
    """`login name`, `login network`, …"""
    of: str
    """Whose count: a name, a network; only its keyed hash is stored."""
    free: int
    """Tries without a pause after them."""
    first: int = 2
    """Seconds of the first pause; each further one is twice as long, up to LONGEST."""

    @property
    def key(self) -> str:
        return salted_hmac(f"recordwatch attempts {self.what}", self.of, algorithm="sha256").hexdigest()


def reserve(counts: Iterable[Count], now: datetime | None = None) -> timedelta:
    """Count one more try under each of `counts`; or, where one of them still waits, count none.

    Returns how long there is to wait: nothing where the try may be made.
    """
    moment = now or datetime.now(UTC)
    asked = {count.key: count for count in counts}
    with transaction.atomic():
        Attempts.objects.bulk_create(
            [Attempts(key=key, last_at=moment, until=moment) for key in sorted(asked)], ignore_conflicts=True
        )
        rows = list(Attempts.objects.select_for_update().filter(key__in=asked).order_by("key"))
        if waits := max((row.until for row in rows if row.until > moment), default=None):
            return min(waits - moment, LONGEST)  # a clock that was put back keeps nobody waiting longer
        for row in rows:
            row.count = 1 if moment - row.last_at > FORGOTTEN else row.count + 1
            row.last_at, row.until = moment, moment + _pause(asked[row.key], row.count)
        Attempts.objects.bulk_update(rows, ["count", "last_at", "until"])
    return timedelta()


def succeeded(uncounted: Iterable[Count], *, forgotten: Iterable[Count]) -> None:
    """The try was a good one: it does not count under `uncounted`, and `forgotten` begin anew."""
    Attempts.objects.filter(key__in=[count.key for count in forgotten]).delete()
    kept = Attempts.objects.filter(key__in=[count.key for count in uncounted], count__gt=0)
    kept.update(count=F("count") - 1, until=datetime.now(UTC))


def forget_old(now: datetime) -> None:
    """Counts that are forgotten anyway."""
    Attempts.objects.filter(last_at__lt=now - FORGOTTEN).delete()


def _pause(count: Count, tries: int) -> timedelta:
    over = tries - count.free
    return timedelta() if over < 1 else min(LONGEST, timedelta(seconds=count.first * 2 ** min(over - 1, 12)))


def network_of(request: HttpRequest) -> str:
    """Where a request comes from: an IPv4 address, or the /64 of an IPv6 one, of which one person has all.

    X-Forwarded-For is believed where the operator says that a proxy of theirs sets it; then its last entry is what
    that proxy itself saw.
    """
    seen = str(request.META.get("REMOTE_ADDR", ""))
    if place.home().settings.newsroom.behind_proxy:
        seen = str(request.META.get("HTTP_X_FORWARDED_FOR", seen)).rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(seen.strip("[]").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
