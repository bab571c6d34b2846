"""Pieces of pages that stay as they are until something is committed: made once, shown to many.

Whatever a list of releases says comes from commits (events, restrictions, corrections), and each of them moves the
change log on; so a piece is made anew as soon as anything changed. What moves by itself (a restriction that lifts, a
portal's file) is waited for MOST_SECONDS.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from archive.catalog.models import ChangeLog
from releases.restricting.in_force import in_force
from web.shell import place

MOST_SECONDS = 60
_MOST = 64
"""Pieces; of some 80 kB each."""
_pieces: OrderedDict[Hashable, tuple[int, float, SafeString]] = OrderedDict()
_lock = threading.Lock()


def kept(name: Hashable, make: Callable[[], SafeString]) -> SafeString:
    """The piece called `name` (everything it depends on, besides the language and what is committed)."""
    now_shut = in_force()  # as this request knows it: perhaps from before the newest commit
    key = (str(place.home().path), get_language(), name, now_shut.records, now_shut.names.given)
    now, seq = time.monotonic(), ChangeLog.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    with _lock:
        known = _pieces.get(key)
        if known and known[0] == seq and now - known[1] < MOST_SECONDS:
            _pieces.move_to_end(key)
            return known[2]
    made = make()
    with _lock:
        _pieces[key] = (seq, now, made)
        while len(_pieces) > _MOST:
            _pieces.popitem(last=False)
    return made
