"""How much somebody may ask for: questions by mail and evidence packages in a day, a secret address in a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from web.desk.models import Tally

QUESTIONS = {"address": 3, "client": 20, "all": 2000}
"""Mails a day that ask for a yes: to one address, for one client, and in all."""


def may_ask(address: str, client: str, now: datetime | None = None) -> bool:
    """Whether one more question may be mailed to `address` for `client`; counts it, if so."""
    return _counted({"address": address.casefold(), "client": client, "all": ""}, QUESTIONS, now)


def may_take(client: str, amount: int, most: int, now: datetime | None = None) -> bool:
    """Whether `client` may have `amount` more of the `most` of a day packed; counts it, if so. The first of a day goes
    through whatever its size.
    """
    return _counted({"package": client}, {"package": most}, now, min(amount, most))


def _counted(who: Mapping[str, str], most: Mapping[str, int], now: datetime | None = None, amount: int = 1) -> bool:
    day = (now or datetime.now(UTC)).date()
    keys = {_key(what, of, f"{day}"): most[what] for what, of in who.items()}
    with transaction.atomic():
        Tally.objects.bulk_create([Tally(key=key, day=day) for key in sorted(keys)], ignore_conflicts=True)
        rows = list(Tally.objects.select_for_update().filter(key__in=keys).order_by("key"))
        if any(row.count + amount > keys[row.key] for row in rows):
            return False
        for row in rows:
            row.count += amount
        Tally.objects.bulk_update(rows, ["count"])
    return True


def forget(now: datetime) -> None:
    """What was counted before yesterday."""
    Tally.objects.filter(day__lt=(now - timedelta(days=1)).date()).delete()


def _key(what: str, of: str, day: str) -> str:
    return salted_hmac(f"recordwatch tally {what}", f"{of}\0{day}", algorithm="sha256").hexdigest()


class Pace:
    """Requests for each name: `burst` at once, then one every `every` seconds. In this process' memory alone."""

    def __init__(self, burst: int, every: float, names: int = 10_000) -> None:
        self._burst, self._every, self._names = burst, every, names
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, now: float | None = None) -> float:
        """Seconds until `name` may ask again; 0: now, and that is counted."""
        moment = time.monotonic() if now is None else now
        with self._lock:
            spent, since = self._spent.pop(name, (0.0, moment))
            spent = max(0.0, spent - (moment - since) / self._every)
            taken = spent + 1 <= self._burst
            self._spent[name] = (spent + 1 if taken else spent, moment)
            while len(self._spent) > self._names:
                self._spent.popitem(last=False)
        return 0.0 if taken else (spent + 1 - self._burst) * self._every
