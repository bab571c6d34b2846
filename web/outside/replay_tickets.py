"""Tickets of the replay origin: whoever may read the newsroom gets one, in the address of what they open. It is good for
an hour, for reading what is archived there, and for nothing else.

In the address and not in a cookie: an archived page is shown in a frame with an origin that nothing shares, which no
cookie reaches.
"""

from __future__ import annotations

import re
import time

from django.utils.crypto import constant_time_compare, salted_hmac

LASTS = 3600
"""Seconds; a page that is open longer says that it is to be opened anew."""
_FORM = re.compile(r"([0-9a-f]{8,10})-([0-9a-f]{64})", re.ASCII)


def ticket(now: float | None = None) -> str:
    """A new one, as a piece of a path."""
    ends = f"{int(time.time() if now is None else now) + LASTS:x}"
    return f"{ends}-{_sealed(ends)}"


def good(given: str, now: float | None = None) -> bool:
    """Whether `given` is a ticket of this home whose hour is not over."""
    found = _FORM.fullmatch(given)
    if found is None or not constant_time_compare(found[2], _sealed(found[1])):
        return False
    return int(found[1], 16) > (time.time() if now is None else now)


def _sealed(ends: str) -> str:
    return salted_hmac("recordwatch.replay", ends, algorithm="sha256").hexdigest()
